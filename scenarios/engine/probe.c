/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Probes and flows, see probe.h.
 */
#include "scenarios/engine/probe.h"

enum { PROBE_MAGIC = 0x74777270 };

void probe_build(uint8_t buf[PROBE_LEN], const struct probe *p)
{
	struct wr w = wr_init(buf, PROBE_LEN);

	wr_u32(&w, PROBE_MAGIC);
	wr_u8(&w, p->direction);
	wr_u8(&w, 0);
	wr_u16(&w, p->run);
	wr_u32(&w, p->key);
	wr_u32(&w, p->number);
	wr_u64(&w, (uint64_t)p->sent.ns);
}

bool probe_parse(struct rd r, struct probe *p)
{
	if (rd_u32(&r) != PROBE_MAGIC)
		return false;
	p->direction = rd_u8(&r);
	rd_skip(&r, 1);
	p->run = rd_u16(&r);
	p->key = rd_u32(&r);
	p->number = rd_u32(&r);
	p->sent.ns = (int64_t)rd_u64(&r);
	return !r.bad;
}

static bool test_and_set(struct flow *f, uint32_t number)
{
	uint64_t *word = &f->seen[number % PROBE_WINDOW / 64];
	uint64_t bit = 1ull << number % 64;
	bool was = *word & bit;

	*word |= bit;
	return was;
}

/* The window moves on: numbers that it now covers have not been seen. */
static void advance(struct flow *f, uint32_t number)
{
	for (uint32_t i = 0; f->next <= number && i < PROBE_WINDOW; i++) {
		f->seen[f->next % PROBE_WINDOW / 64] &= ~(1ull << f->next % 64);
		f->next++;
	}
	f->next = number + 1;
}

static void measure_gap(struct flow *f, const struct probe *p, base_time now)
{
	base_dur gap = time_sub(now, f->last);

	if (f->received && f->run == p->run && gap.ns > f->gap.ns)
		f->gap = gap;
	f->last = now;
	f->run = p->run;
}

void flow_receive(struct flow *f, const struct probe *p, base_time now)
{
	if (p->number >= f->next) {
		advance(f, p->number);
	} else if (f->next - p->number > PROBE_WINDOW || test_and_set(f, p->number)) {
		f->duplicated++;
		return;
	} else {
		f->reordered++;
	}
	test_and_set(f, p->number);
	measure_gap(f, p, now);
	f->received++;
}

void flow_sum(struct flow *a, const struct flow *b)
{
	a->received += b->received;
	a->duplicated += b->duplicated;
	a->reordered += b->reordered;
	a->wrong += b->wrong;
	if (b->gap.ns > a->gap.ns)
		a->gap = b->gap;
}

void flow_print(const struct flow *f, GString *out)
{
	g_string_append_printf(out,
		" received=%" G_GUINT64_FORMAT " duplicated=%" G_GUINT64_FORMAT
		" reordered=%" G_GUINT64_FORMAT " wrong=%" G_GUINT64_FORMAT
		" gap-us=%" G_GINT64_FORMAT,
		f->received, f->duplicated, f->reordered, f->wrong, f->gap.ns / 1000);
}

void flow_print_silence(const struct flow *f, base_time now, GString *out)
{
	if (f->received)
		g_string_append_printf(out, " silent-us=%" G_GINT64_FORMAT,
			time_sub(now, f->last).ns / 1000);
}

void flow_mark(struct flow *f)
{
	f->gap = (base_dur){ 0 };
}

base_time probe_next_tick(base_time now, unsigned pps)
{
	int64_t interval;

	if (!pps)
		return BASE_TIME_NEVER;
	interval = 1000000000 / (int64_t)pps;
	return (base_time){ (now.ns / interval + 1) * interval };
}
