/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The witness (H3, I3): once a packet of a tunnel has left without its commit, the FP in use
 * has a mark of the tunnel until the standby has caught up; and none in the end (I7).  When a
 * new active RP has read the marks, nothing of an older term passes the FP (I2).
 */
#include "tests/sim/sim.h"

#include "chassis/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "rp/internal.h"

#include <string.h>

enum { TOLD_MS = 20 };

struct left {
	base_time at;    /* the last such packet */
	uint16_t ns, nr; /* the highest */
	uint32_t mark;   /* likewise: low bits of the transaction number */
	bool has_ns;
};

struct witness {
	GHashTable *left; /* tunnel -> struct left */
	uint64_t term; /* of the RP that has read the marks */
};

void witness_new(struct sim *sim)
{
	sim->witness = g_new0(struct witness, 1);
	sim->witness->left = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void witness_free(struct sim *sim)
{
	g_hash_table_unref(sim->witness->left);
	g_clear_pointer(&sim->witness, g_free);
}

/* Another RP clears what is marked. */
void witness_term(struct sim *sim)
{
	g_hash_table_remove_all(sim->witness->left);
}

void witness_read(struct sim *sim, const struct ipc_msg *msg)
{
	sim->witness->term = MAX(sim->witness->term, msg->term);
}

/* Its acknowledgement may be here before the packet. */
struct told {
	uint64_t term;
	uint32_t seq;
};

void witness_unmark(struct sim_seat *fp, const struct ipc_msg *msg)
{
	struct msg_fib_unmark m;
	struct told *t;
	void *key;

	if (fp->slot != chassis_active_fp(fp->sim->chassis) || !ipc_decode(msg, &m))
		return;
	key = GUINT_TO_POINTER(m.tunnel);
	t = g_hash_table_lookup(fp->unmarks, key);
	if (m.deleted && !m.tunnel)
		g_hash_table_remove_all(fp->unmarks);
	else if (m.deleted)
		g_hash_table_remove(fp->unmarks, key);
	else if (m.tunnel && (!t || msg->term > t->term ||
				     (msg->term == t->term && (int32_t)(m.seq - t->seq) > 0)))
		g_hash_table_insert(fp->unmarks, key,
			g_memdup2(&(struct told){ msg->term, m.seq }, sizeof(*t)));
}

/* No mark is left, or set, of what the FP in use was told to be acknowledged (in the numbers of
 * this term): a takeover would clear the tunnel without need. */
static void check_told(struct sim *sim)
{
	unsigned slot = chassis_active_fp(sim->chassis);
	const struct sim_seat *fp = slot == SLOT_NONE ? NULL : &sim->seats[slot];
	GHashTableIter i;
	void *key, *value;

	if (!fp || !fp->self)
		return;
	g_hash_table_iter_init(&i, fp->unmarks);
	while (g_hash_table_iter_next(&i, &key, &value)) {
		const struct told *t = value;
		uint32_t seq;

		if (t->term == chassis_term(sim->chassis) &&
			fp_board_mark(fp->self, (uint16_t)GPOINTER_TO_UINT(key), &seq) &&
			(int32_t)(seq - t->seq) <= 0)
			sim_fail(sim,
				"I3: tunnel %u has the mark %u, and the FP was told that %u is "
				"acknowledged",
				GPOINTER_TO_UINT(key), seq, t->seq);
	}
}

static void note_left(struct sim *sim, const struct pkt *p, const struct wire_control *c)
{
	void *key = GUINT_TO_POINTER(p->tunnel);
	struct left *l = g_hash_table_lookup(sim->witness->left, key);
	bool first = !l;

	if (first) {
		l = g_new0(struct left, 1);
		g_hash_table_insert(sim->witness->left, key, l);
	}
	l->at = sim_now(sim);
	if (first || (int32_t)(p->mark - l->mark) > 0)
		l->mark = p->mark;
	l->nr = first ? c->h.nr : seq_max(l->nr, c->h.nr);
	if (wire_is_zlb(c))
		return;
	l->ns = l->has_ns ? seq_max(l->ns, c->h.ns) : c->h.ns;
	l->has_ns = true;
}

/* Something has left that the standby has not confirmed.  Not so when the RP has the tunnel for
 * unprotected by packets that are still on their way, or were lost on it: the FP, which may just
 * have unmarked it, marks it when one comes.  And of what the standby has acknowledged a new FP is
 * told no mark: a tunnel that is no longer replicated keeps its own until it is gone. */
static bool unconfirmed(const struct rp *rp, const struct left *l)
{
	return (int32_t)(l->mark - (uint32_t)rp->txn.acked) > 0;
}

void witness_packet(struct sim *sim, const struct pkt *p, const struct wire_control *c)
{
	if (p->term < (uint32_t)sim->witness->term)
		sim_fail(sim, "I2: a packet of term %u passes the FP, whose marks were read in "
			      "term %u",
			p->term, (unsigned)sim->witness->term);
	if (p->flags & PKT_UNCOMMITTED)
		note_left(sim, p, c);
}

/* The FP in use, if it was there when the packet left and has had time to hear of it.  While the
 * standby is not HOT nobody asks it. */
static const struct sim_seat *witness_of(const struct sim *sim, base_time left)
{
	unsigned slot = chassis_active_fp(sim->chassis);
	struct chassis_slot_info info;

	if (slot == SLOT_NONE || !sim->seats[slot].self || !chassis_standby_hot(sim->chassis) ||
		!chassis_slot_get(sim->chassis, slot, &info) || info.hung ||
		!time_before(info.since, left))
		return NULL;
	return time_sub(sim_now(sim), left).ns > dur_ms(TOLD_MS).ns ? &sim->seats[slot]
								    : NULL;
}

/* The tunnel counts as protected again. */
static void check_covered(struct sim *sim, uint16_t tunnel, const struct left *l)
{
	const struct rp *rp = stage_active(sim), *standby = stage_standby(sim);
	const struct l2tp_cc *held;

	if (!standby || !chassis_standby_hot(sim->chassis) || !standby->cf.open ||
		standby->cf.epoch != rp->txn.epoch)
		return;
	held = cc_by_id(vpdn_l2tp(standby->vpdn), tunnel);
	if (held && (seq_diff(l->nr, held->chan.r_rx) > 0 ||
			    (l->has_ns && seq_diff(l->ns, held->chan.s) >= 0)))
		sim_fail(sim, "I3: tunnel %u is protected again, and the standby lacks what "
			      "has left",
			tunnel);
}

void witness_look(struct sim *sim)
{
	const struct rp *rp = stage_active(sim);
	GHashTableIter i;
	void *tunnel, *left;

	check_told(sim);
	g_hash_table_iter_init(&i, sim->witness->left);
	while (rp && g_hash_table_iter_next(&i, &tunnel, &left)) {
		uint16_t id = (uint16_t)GPOINTER_TO_UINT(tunnel);
		const struct l2tp_cc *cc = cc_by_id(vpdn_l2tp(rp->vpdn), id);
		const struct sim_seat *fp = witness_of(sim, ((struct left *)left)->at);

		if (!cc || !cc->marked) {
			if (cc && cc->replicated)
				check_covered(sim, id, left);
			g_hash_table_iter_remove(&i);
		} else if (fp && unconfirmed(rp, left)) {
			cover_hit(sim->cover, "check/the FP is witness");
			if (!fp_board_marked(fp->self, id))
				sim_fail(sim, "I3: tunnel %u is unprotected, and the FP does "
					      "not know it",
					id);
		}
	}
}

/* At the FP in use, or at the other one. */
static bool is_marked(const struct sim *sim, uint16_t tunnel)
{
	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++)
		if (sim->seats[fp].self && fp_board_marked(sim->seats[fp].self, tunnel))
			return true;
	return false;
}

char *witness_differs(const struct sim *sim, const struct rp *rp)
{
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &cc))
		if (!cc.unprotected && is_marked(sim, cc.id))
			return g_strdup_printf(
				"I7: tunnel %u is protected, and marked at an FP", cc.id);
	return NULL;
}
