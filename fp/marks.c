/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Marks of unprotected tunnels.  There are none in good times and few in bad ones, and they
 * change at the pace of control messages: a sorted array is right.
 */
#include "fp/marks.h"

#include "base/buf.h"
#include "base/rule.h"

/* What is acknowledged is remembered too: the word of it comes by another way than the packets
 * do, and may be here first. */
struct mark {
	uint16_t tunnel;
	bool set;
	bool has_acked;
	uint32_t seq, acked;
};

struct fp_marks {
	GArray *marks; /* by tunnel */
	unsigned n_set;
};

struct fp_marks *fp_marks_new(void)
{
	struct fp_marks *m = g_new0(struct fp_marks, 1);

	m->marks = g_array_new(FALSE, FALSE, sizeof(struct mark));
	return m;
}

void fp_marks_free(struct fp_marks *m)
{
	if (!m)
		return;
	g_array_unref(m->marks);
	g_free(m);
}

static struct mark *at(const struct fp_marks *m, guint i)
{
	return &g_array_index(m->marks, struct mark, i);
}

/* The first mark whose tunnel is not below. */
static guint lower(const struct fp_marks *m, uint16_t tunnel)
{
	guint lo = 0, hi = m->marks->len;

	while (lo < hi) {
		guint mid = (lo + hi) / 2;

		if (at(m, mid)->tunnel < tunnel)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

bool fp_marks_get(const struct fp_marks *m, uint16_t tunnel, uint32_t *seq)
{
	guint i = lower(m, tunnel);

	if (i == m->marks->len || at(m, i)->tunnel != tunnel || !at(m, i)->set)
		return false;
	if (seq)
		*seq = at(m, i)->seq;
	return true;
}

/* The tunnel's entry, made when it is not there. */
static struct mark *entry(struct fp_marks *m, uint16_t tunnel)
{
	guint i = lower(m, tunnel);
	struct mark new = { .tunnel = tunnel };

	if (i == m->marks->len || at(m, i)->tunnel != tunnel)
		g_array_insert_val(m->marks, i, new);
	return at(m, i);
}

static void unset(struct fp_marks *m, struct mark *k)
{
	m->n_set -= k->set;
	k->set = false;
}

bool fp_marks_set(struct fp_marks *m, uint16_t tunnel, uint32_t seq)
{
	struct mark *k = entry(m, tunnel);

	if (k->has_acked && !seq_after(seq, k->acked) && rule_holds(RULE_H3_OVERTAKEN))
		return false;
	if (!k->set || seq_after(seq, k->seq))
		k->seq = seq;
	m->n_set += !k->set;
	k->set = true;
	return true;
}

static void covered(struct fp_marks *m, struct mark *k, uint32_t seq)
{
	if (!seq_after(k->seq, seq))
		unset(m, k);
}

static void acked(struct fp_marks *m, struct mark *k, uint32_t seq)
{
	if (!k->has_acked || seq_after(seq, k->acked))
		k->acked = seq;
	k->has_acked = true;
	covered(m, k, seq);
}

void fp_marks_acked(struct fp_marks *m, uint16_t tunnel, uint32_t seq)
{
	if (tunnel) {
		acked(m, entry(m, tunnel), seq);
		return;
	}
	for (guint i = 0; i < m->marks->len; i++)
		acked(m, at(m, i), seq);
}

void fp_marks_acked_there(struct fp_marks *m, uint16_t tunnel, uint32_t seq)
{
	for (guint i = 0; i < m->marks->len; i++)
		if (!tunnel || at(m, i)->tunnel == tunnel)
			covered(m, at(m, i), seq);
}

void fp_marks_drop(struct fp_marks *m, uint16_t tunnel)
{
	guint i = lower(m, tunnel);

	if (i == m->marks->len || at(m, i)->tunnel != tunnel)
		return;
	unset(m, at(m, i));
	g_array_remove_index(m->marks, i);
}

void fp_marks_new_term(struct fp_marks *m)
{
	for (guint i = m->marks->len; i-- > 0;) {
		at(m, i)->has_acked = false;
		if (!at(m, i)->set)
			g_array_remove_index(m->marks, i);
	}
}

void fp_marks_clear(struct fp_marks *m)
{
	g_array_set_size(m->marks, 0);
	m->n_set = 0;
}

GBytes *fp_marks_list(const struct fp_marks *m)
{
	size_t n = (size_t)m->n_set * 6;
	uint8_t *bytes = g_malloc(n);
	struct wr w = wr_init(bytes, n);

	for (guint i = 0; i < m->marks->len; i++) {
		if (!at(m, i)->set)
			continue;
		wr_u16(&w, at(m, i)->tunnel);
		wr_u32(&w, at(m, i)->seq);
	}
	return g_bytes_new_take(bytes, n);
}

GBytes *fp_marks_bits(const struct fp_marks *m)
{
	size_t n = (UINT16_MAX + 1) / 8;
	uint8_t *bytes = g_malloc0(n);

	for (guint i = 0; i < m->marks->len; i++)
		if (at(m, i)->set)
			bytes[at(m, i)->tunnel / 8] |=
				(uint8_t)(1u << at(m, i)->tunnel % 8);
	return g_bytes_new_take(bytes, n);
}

unsigned fp_marks_count(const struct fp_marks *m)
{
	return m->n_set;
}
