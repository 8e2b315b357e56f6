/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What kind of moment it is that something happens in: the faults of the catalogue
 * (reliability-security.md, section 6) are moments more often than they are events.  All this is
 * for coverage; nothing here judges.
 */
#include "tests/sim/sim.h"

#include "chassis/internal.h"
#include "fp/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "rp/internal.h"

#include <string.h>

enum { SLOW_US = 3000, SLOW_COMMIT_US = 90000 };

static void fault(struct sim *sim, bool is, const char *name)
{
	if (is)
		cover_hit(sim->cover, "fault/%s", name);
}

bool moment_in_bulk(const struct sim *sim)
{
	const struct rp *standby = stage_standby(sim);

	return standby && standby->rf.my >= RF_STANDBY_COLD &&
	       standby->rf.my < RF_STANDBY_HOT;
}

static bool in_resync(const struct rp *rp)
{
	struct l2tp_counts counts;

	l2tp_get_counts(vpdn_l2tp(rp->vpdn), &counts);
	return counts.tunnels_resync;
}

bool moment_in_resync(const struct sim *sim)
{
	return stage_active(sim) && in_resync(stage_active(sim));
}

bool moment_outage(const struct sim *sim)
{
	struct chassis_slot_info info;
	unsigned active = chassis_active(sim->chassis);

	return !stage_active(sim) || !chassis_slot_get(sim->chassis, active, &info) ||
	       info.hung;
}

/* ---- an RP goes ---- */

static unsigned type_of(const struct chan_msg *m)
{
	enum { TYPE_AT = CHAN_MSG_MIN + 6 };

	return m->len >= TYPE_AT + 2
		       ? (unsigned)m->bytes[TYPE_AT] << 8 | m->bytes[TYPE_AT + 1]
		       : 0;
}

static void note_tunnel(struct sim *sim, const struct l2tp_cc *cc)
{
	const struct chan *ch = &cc->chan;

	fault(sim, cc->state == L2TP_CC_WAIT_CONN, "F2 active goes, SCCRP sent");
	fault(sim, cc->state == L2TP_CC_CLOSING,
		"F10 active goes, a tunnel is closing");
	for (const struct chan_msg *m = ch->head; m; m = m->next) {
		bool sent = seq_diff(m->ns, ch->snd_max) < 0;

		fault(sim, type_of(m) == L2TP_ICRP && !sent,
			"F3 active goes, ICRP waits");
		fault(sim, type_of(m) == L2TP_ICRP && sent,
			"F4 active goes, ICRP sent");
		fault(sim, type_of(m) == L2TP_CDN,
			"F7 active goes, CDN not acknowledged");
	}
}

static void note_session(
	struct sim *sim, const struct rp *rp, const struct vpdn_session_info *s)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct l2tp_session_info call;
	bool there = l2tp_session_get(l2tp, s->cc, s->session, &call);

	fault(sim, s->closing && (!there || call.state == L2TP_SESSION_CLOSED),
		"F8 active goes, CDN received");
	fault(sim, s->closing && there && call.state == L2TP_SESSION_ESTABLISHED,
		"F9 active goes, about to send CDN");
	fault(sim, s->open && s->ha_enabled && !s->ha_established,
		"F5 active goes, ICCN or IPCP not committed");
}

static bool echoes_outstanding(const struct sim *sim)
{
	unsigned slot = chassis_active_fp(sim->chassis);
	const struct fp_path *f;

	if (slot == SLOT_NONE || !sim->seats[slot].self)
		return false;
	f = fp_board_path(sim->seats[slot].self);
	for (uint32_t i = 1; i <= f->sessions.highest; i++)
		if (f->sessions.entry[i].state & FP_SESSION_USED &&
			f->sessions.entry[i].echo_missed > 1)
			return true;
	return false;
}

static bool punts_wait(const struct sim_seat *seat)
{
	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++) {
		const struct ring *r = seat->env->pkt_in[fp];

		if (r && r->next != r->pub_head)
			return true;
	}
	return false;
}

static void note_active(struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct vpdn_session_info s;
	struct vpdn_counts counts;
	struct l2tp_cc *cc;
	uint32_t i = 0;

	while ((cc = slab_next(l2tp->ccs, i, &i)))
		note_tunnel(sim, cc);
	for (i = 0; vpdn_next_session(rp->vpdn, &i, &s);)
		note_session(sim, rp, &s);
	vpdn_get_counts(rp->vpdn, &counts);
	fault(sim, counts.acct_pending, "F54 active goes, accounting is pending");
	fault(sim, chassis_active_fp(sim->chassis) == SLOT_NONE,
		"F28 active goes, no FP");
	fault(sim, echoes_outstanding(sim), "F55 active goes, echoes are outstanding");
	fault(sim, punts_wait(&sim->seats[rp->slot]), "F30 active goes, punts wait");
	fault(sim, moment_in_bulk(sim), "F11 active goes in bulk");
	fault(sim, in_resync(rp), "F14 new active goes in its resync");
	fault(sim, rp->txn.seq == rp->txn.acked, "F1 active goes, quiet");
	fault(sim, rp->txn.seq != rp->txn.acked, "F6 active goes in traffic of calls");
}

void moment_going(struct sim *sim, unsigned slot)
{
	const struct rp *active = stage_active(sim);

	if (active && active->slot == slot) {
		note_active(sim, active);
		hop_going(sim, active);
	} else if (active) {
		fault(sim, moment_in_bulk(sim), "F12 standby goes in bulk");
	}
	if (active && active->slot != slot)
		fault(sim, in_resync(active), "F13 standby goes in resync");
}

/* ---- boundaries ---- */

static const char *phase_of(const struct sim_seat *seat)
{
	const struct rp *rp = seat->self;

	if (!rf_is_active(&rp->rf))
		return rp->rf.my >= RF_ACTIVE_FAST ? "takeover" : "standby";
	if (in_resync(rp))
		return "resync";
	if (moment_in_bulk(seat->sim))
		return "bulk";
	return chassis_standby_hot(seat->sim->chassis) ? "hot" : "alone";
}

/* The last record in a ring that has not been published yet. */
static const struct frame *last_frame(const struct ring *r)
{
	const struct frame *last = NULL;

	for (uint32_t at = r->pub_head; at != r->head;) {
		const struct frame *f = (const void *)(r->bytes + (at & (r->cap - 1)));

		if (f->type != IPC_NONE)
			last = f;
		at += f->size;
	}
	return last;
}

void moment_cut(const struct sim_seat *seat)
{
	const char *phase = phase_of(seat);

	for (unsigned to = 0; to < N_SLOTS; to++) {
		const struct channel *ch = seat->env->ipc_out[to];
		const struct ring *r = seat->env->pkt_out[to];
		const struct frame *f = ch ? last_frame(ch->ring) : NULL;

		if (f)
			cover_hit(seat->sim->cover, "boundary/%s, %s",
				ipc_type_name(f->type), phase);
		if (r && r->head != r->pub_head)
			cover_hit(seat->sim->cover, "boundary/packet, %s", phase);
	}
}

/* ---- a term ---- */

static bool near_wrap(const struct rp *rp)
{
	const struct l2tp_engine *l2tp = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc *cc;
	uint32_t i = 0;

	while ((cc = slab_next(l2tp->ccs, i, &i)))
		if (cc->chan.s < cc->chan.u || cc->chan.s >= 0xfffe || cc->chan.s <= 1)
			return true;
	return false;
}

void moment_term(struct sim *sim, const struct rp *rp, bool hot)
{
	const struct sim_shape *shape = &sim->plan->shape;
	unsigned fp = chassis_active_fp(sim->chassis);
	struct link_faults f;

	if (!hot)
		return;
	chassis_link_get(sim->chassis, SLOT_R0, SLOT_R1, &f);
	fault(sim, f.cut, "F17 takeover, the RPs cannot talk");
	fault(sim, shape->rp_rp_us >= SLOW_COMMIT_US, "F23 takeover by a slow standby");
	if (fp != SLOT_NONE)
		chassis_link_get(sim->chassis, rp->slot, fp, &f);
	fault(sim, f.delay.ns >= dur_us(SLOW_US).ns || shape->rp_fp_us >= SLOW_US,
		"F29 takeover, the FP is programmed late");
	fault(sim, near_wrap(rp) && shape->first_ns > 60000,
		"F41 takeover, numbers around the wrap");
	fault(sim, shape->id_space, "F60 takeover with few ids");
	for (unsigned i = 0; i < stage_ways(sim); i++) {
		struct msg_link m;

		chassis_link_port_get(sim->chassis, stage_port(i), &m);
		fault(sim, m.delay_us, "F31 takeover, packets are on their way");
	}
}

/* ---- peers ---- */

void moment_mended(struct sim *sim, unsigned lac)
{
	const struct rp *rp = stage_active(sim);
	struct l2tp_cc_info cc, peer;
	uint32_t cursor = 0;

	while (rp && stage_lac(sim, lac) && l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &cc))
		if (stage_lac_by_ip(sim, cc.path.remote_ip) == lac &&
			cc.state == L2TP_CC_ESTABLISHED &&
			(!stage_cc(sim, lac, cc.remote_id, &peer) ||
				peer.state == L2TP_CC_CLOSING))
			fault(sim, true, "F36 peer gave up and we did not hear it");
}

void moment_cdn(struct sim *sim, const struct wire_control *c)
{
	struct l2tp_msg m;
	struct l2tp_fault f;

	if (l2tp_msg_decode(c->body, &m, &f) != L2TP_MSG_OK)
		return;
	fault(sim, m.result.result == L2TP_CDN_ERROR && m.result.error == L2TP_ERROR_RESOURCES,
		"F26 no id is free");
	fault(sim,
		m.result.result == L2TP_CDN_ERROR && m.result.error == L2TP_ERROR_VENDOR,
		"F38 call refused in resync");
}
