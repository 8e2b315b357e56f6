/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where accounting records end: the sink of what RPs send out (IPC_ACCT).
 *
 * Records come at least once: a new active RP sends again what was not answered.  The last
 * ACCT_KEPT of different (id, status) are kept with how often each came, so that it can be
 * asked whether every session was accounted exactly once.  An interim record replaces the one
 * before and is no double.  Only the holder of the term is listened to.
 */
#include "chassis/internal.h"

#include <string.h>

enum { ACCT_KEPT = 65536, ACCT_ID_MAX = 253, ACCT_INTERIM = 3 };

struct record {
	struct msg_acct acct;
	unsigned copies;
};

struct acct {
	GHashTable *seen; /* struct record by itself */
	GPtrArray *kept;  /* struct record: a ring once it is full */
	unsigned oldest;
	struct chassis_acct_counts counts;
};

static guint record_hash(gconstpointer p)
{
	const struct msg_acct *a = &((const struct record *)p)->acct;

	return g_str_hash(a->id) * 4 + a->status;
}

static gboolean record_equal(gconstpointer x, gconstpointer y)
{
	const struct msg_acct *a = &((const struct record *)x)->acct;
	const struct msg_acct *b = &((const struct record *)y)->acct;

	return a->status == b->status && strcmp(a->id, b->id) == 0;
}

static void record_free(struct record *r)
{
	rec_clear(ipc_table(IPC_ACCT), &r->acct);
	g_free(r);
}

struct acct *acct_new(void)
{
	struct acct *a = g_new0(struct acct, 1);

	a->seen = g_hash_table_new(record_hash, record_equal);
	a->kept = g_ptr_array_new();
	return a;
}

void acct_free(struct acct *a)
{
	g_hash_table_unref(a->seen);
	for (unsigned i = 0; i < a->kept->len; i++)
		record_free(g_ptr_array_index(a->kept, i));
	g_ptr_array_unref(a->kept);
	g_free(a);
}

static void keep(struct acct *a, struct record *take)
{
	struct record *old;

	g_hash_table_add(a->seen, take);
	if (a->kept->len < ACCT_KEPT) {
		g_ptr_array_add(a->kept, take);
		return;
	}
	old = g_ptr_array_index(a->kept, a->oldest);
	g_hash_table_remove(a->seen, old);
	record_free(old);
	g_ptr_array_index(a->kept, a->oldest) = take;
	a->oldest = (a->oldest + 1) % ACCT_KEPT;
	a->counts.dropped++;
}

static void count(struct acct *a, struct record *take)
{
	struct record *known = g_hash_table_lookup(a->seen, take);

	a->counts.taken++;
	if (!known) {
		take->copies = 1;
		keep(a, take);
		return;
	}
	known->copies++;
	if (take->acct.status == ACCT_INTERIM) {
		struct msg_acct older = known->acct;

		known->acct = take->acct;
		take->acct = older;
	} else {
		a->counts.doubles++;
	}
	record_free(take);
}

void acct_take(struct chassis *c, const struct ipc_msg *msg)
{
	struct record *r;
	struct msg_acct_ok ok;

	if (!arbiter_is_holder(c, msg))
		return;
	r = g_new0(struct record, 1);
	if (!ipc_decode(msg, &r->acct)) {
		g_free(r);
		return;
	}
	if (!r->acct.id || !*r->acct.id || strlen(r->acct.id) > ACCT_ID_MAX) {
		record_free(r);
		return;
	}
	ok = (struct msg_acct_ok){ .id = r->acct.id, .status = r->acct.status };
	chassis_send_rec(c, msg->from, IPC_ACCT_OK, &ok);
	count(c->acct, r);
}

void chassis_acct_counts(const struct chassis *c, struct chassis_acct_counts *out)
{
	*out = c->acct->counts;
	out->kept = c->acct->kept->len;
}

bool chassis_acct_get(
	const struct chassis *c, unsigned index, struct msg_acct *out, unsigned *copies)
{
	const struct acct *a = c->acct;
	const struct record *r;

	if (index >= a->kept->len)
		return false;
	r = g_ptr_array_index(a->kept, (a->oldest + index) % a->kept->len);
	*out = r->acct;
	*copies = r->copies;
	return true;
}
