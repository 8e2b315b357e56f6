/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When all is quiet: both RPs, the FPs and the LACs agree (I7, I8), and in the end nothing is
 * left (I13).
 */
#include "tests/sim/sim.h"

#include "chassis/internal.h"
#include "fp/path.h"
#include "l2tp/internal.h"
#include "rp/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts of what each has ---- */

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *sorted(GPtrArray *lines)
{
	char *text;

	g_ptr_array_sort(lines, by_text);
	g_ptr_array_add(lines, NULL);
	text = g_strjoinv("", (char **)lines->pdata);
	g_ptr_array_unref(lines);
	return text;
}

static GPtrArray *new_lines(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

/* Tunnels with all numbers, and sessions, of an RP's database. */
static char *database(const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	GPtrArray *lines = new_lines();
	struct vpdn_session_info s;
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(e, &cursor, &cc))
		if (cc.state == L2TP_CC_ESTABLISHED && cc.ha_enabled)
			g_ptr_array_add(lines,
				g_strdup_printf("tunnel %u/%u S %u U %u R %u queue %u\n",
					cc.id, cc.remote_id, cc.s, cc.u, cc.r_rx,
					cc.queued));
	for (cursor = 0; vpdn_next_session(rp->vpdn, &cursor, &s);)
		if (s.ha_enabled)
			g_ptr_array_add(lines,
				g_strdup_printf("session %u %u/%u %s unique %u ip %08x "
						"access %u %s%s\n",
					s.number, s.cc, s.session, s.username,
					s.unique_id, s.subscriber_ip, s.vaccess,
					s.open ? "open" : "not open",
					s.closing ? " closing" : ""));
	return sorted(lines);
}

/* As octets, whatever a record says. */
static void add_record(GPtrArray *lines, const char *what, const struct wr *w)
{
	GString *text = g_string_new(what);

	for (size_t i = 0; i < w->len; i++)
		g_string_append_printf(text, "%02x", w->buf[i]);
	g_string_append_c(text, '\n');
	g_ptr_array_add(lines, g_string_free(text, false));
}

static void pppoe_records(const struct rp *rp, GPtrArray *lines)
{
	struct pppoe_session_info p;
	uint32_t cursor = 0;

	while (pppoe_next_session(vpdn_pppoe(rp->vpdn), &cursor, &p))
		if (p.replicated)
			g_ptr_array_add(lines,
				g_strdup_printf("pppoe %u of %u: %u/%u %02x mtu %u%s\n",
					p.number, p.owner, p.peer.port, p.sid,
					p.peer.client[5], p.mtu, p.ended ? " ended" : ""));
}

static bool has_ha(const struct l2tp_engine *e, const struct l2tp_session *s)
{
	const struct l2tp_cc *cc = cc_by_id(e, s->cc);

	return cc && cc->params.ha;
}

/* The records that each RP would make of its tunnels and sessions. */
static char *records(const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	GPtrArray *lines = new_lines();
	const struct l2tp_session *s;
	uint8_t buf[4096];
	struct l2tp_cc *cc;
	uint32_t i = 0;

	while ((cc = slab_next(e->ccs, i, &i))) {
		struct wr w = wr_init(buf, sizeof(buf));

		if (cc->state != L2TP_CC_ESTABLISHED || !cc->params.ha)
			continue;
		ckpt_cc(NULL, cc, &w); /* asks nothing of the engine */
		add_record(lines, "cc ", &w);
		w = wr_init(buf, sizeof(buf));
		ckpt_seq(NULL, cc, &w);
		add_record(lines, "seq ", &w);
	}
	for (i = 0; (s = slab_next(e->all_sessions, i, &i));) {
		struct wr w = wr_init(buf, sizeof(buf));

		if (s->state != L2TP_SESSION_ESTABLISHED || !has_ha(e, s))
			continue;
		ckpt_session(s, &w);
		add_record(lines, "session ", &w);
	}
	pppoe_records(rp, lines);
	return sorted(lines);
}

static char *session_line(unsigned number, uint16_t cc, uint16_t id, uint16_t peer_cc,
	uint16_t peer_id, uint32_t ip)
{
	return g_strdup_printf(
		"%u %u/%u %u/%u %08x\n", number, cc, id, peer_cc, peer_id, ip);
}

static char *mate_line(unsigned number, unsigned mate)
{
	return g_strdup_printf("%u goes on in %u\n", number, mate);
}

static char *pppoe_entry(const struct vpdn_session_info *s, const struct vpdn_fib *f)
{
	return g_strdup_printf("%u pppoe %u/%u %02x\n", s->number, f->peer.port, f->pppoe_sid,
		f->peer.client[5]);
}

static char *fib_of_rp(const struct rp *rp)
{
	GPtrArray *lines = new_lines();
	struct vpdn_session_info s;
	struct vpdn_fib f;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s))
		if (vpdn_session_fib(rp->vpdn, s.number, &f)) {
			g_ptr_array_add(lines, f.pppoe ? pppoe_entry(&s, &f) :
				session_line(s.number, f.local_tunnel, f.local_session,
					f.remote_tunnel, f.remote_session,
					f.subscriber_ip));
			if (f.mate)
				g_ptr_array_add(lines, mate_line(s.number, f.mate));
		}
	return sorted(lines);
}

static char *fib_of_fp(const char *dump)
{
	g_auto(GStrv) rows = g_strsplit(dump, "\n", -1);
	GPtrArray *lines = new_lines();

	for (unsigned i = 0; rows[i]; i++) {
		unsigned n, lt, ls, rt, rs, ip[4];
		unsigned long long mac;

		if (sscanf(rows[i],
			    "session %u %u/%u %u/%u %*[0-9.]:%*u %*[0-9.]:%*u "
			    "%u.%u.%u.%u",
			    &n, &lt, &ls, &rt, &rs, &ip[0], &ip[1], &ip[2], &ip[3]) == 9)
			g_ptr_array_add(lines,
				session_line(n, (uint16_t)lt, (uint16_t)ls, (uint16_t)rt,
					(uint16_t)rs,
					ip[0] << 24 | ip[1] << 16 | ip[2] << 8 | ip[3]));
		if (sscanf(rows[i], "session %u pppoe %u/%u %llx", &n, &lt, &ls, &mac) == 4)
			g_ptr_array_add(lines, g_strdup_printf("%u pppoe %u/%u %02x\n", n, lt,
						       ls, (unsigned)mac & 0xff));
		if (g_str_has_prefix(rows[i], "session ") && strstr(rows[i], " mate "))
			g_ptr_array_add(lines,
				mate_line(n, (unsigned)strtoul(
						     strstr(rows[i], " mate ") + 6, NULL, 10)));
		if (g_str_has_suffix(rows[i], " stopped"))
			g_ptr_array_add(lines, g_strdup_printf("%u is stopped\n", n));
	}
	return sorted(lines);
}

/* A PPPoE session by port, id and client, and its state. */
static char *pppoe_text(unsigned port, uint16_t sid, const uint8_t mac[6], bool open)
{
	return g_strdup_printf("pppoe %u/%u %02x%02x%02x %s\n", port, sid, mac[1], mac[4],
		mac[5], open ? "open" : "not open");
}

static char *pppoe_line(const struct rp *rp, const struct vpdn_session_info *s)
{
	struct pppoe_session_info p = { 0 };

	pppoe_session_get(vpdn_pppoe(rp->vpdn), s->pppoe, &p);
	return pppoe_text(p.peer.port, p.sid, p.peer.client, s->open);
}

static void calls_of_subs(const struct sim *sim, unsigned way, GPtrArray *lines)
{
	const void *subs = stage_lac(sim, way);
	uint8_t mac[6];
	uint16_t sid;

	for (unsigned n = 1; subs && subs_session(subs, n, &sid, mac); n++)
		if (sid)
			g_ptr_array_add(lines, pppoe_text(stage_port(way), sid, mac, true));
}

/* Sessions by tunnel and id at both ends. */
static char *calls_of_rp(const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	GPtrArray *lines = new_lines();
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s)) {
		struct l2tp_session_info call;
		struct l2tp_cc_info cc;

		if (s.pppoe)
			g_ptr_array_add(lines, pppoe_line(rp, &s));
		else if (l2tp_cc_get(e, s.cc, &cc) &&
			l2tp_session_get(e, s.cc, s.session, &call))
			g_ptr_array_add(lines, g_strdup_printf("%u/%u %u/%u %s\n", s.cc,
						       s.session, cc.remote_id,
						       call.remote_id,
						       s.open ? "open" : "not open"));
	}
	return sorted(lines);
}

static void calls_of_lac(const struct sim *sim, unsigned lac, GPtrArray *lines)
{
	struct l2tp_session_info call;
	uint32_t cursor = 0;

	while (stage_next_call(sim, lac, &cursor, &call)) {
		struct l2tp_cc_info cc;

		if (stage_cc(sim, lac, call.cc, &cc))
			g_ptr_array_add(lines, g_strdup_printf("%u/%u %u/%u open\n",
						       cc.remote_id, call.remote_id,
						       call.cc, call.id));
	}
}

static char *calls_of_lacs(const struct sim *sim)
{
	GPtrArray *lines = new_lines();

	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_is_subs(sim, i))
			calls_of_subs(sim, i, lines);
		else
			calls_of_lac(sim, i, lines);
	return sorted(lines);
}

/* ---- comparing ---- */

static char *differ(const char *what, const char *a_name, char *a, const char *b_name, char *b)
{
	char *text = strcmp(a, b) == 0 ? NULL
				       : g_strdup_printf("%s: %s has\n%s%s has\n%s", what,
						 a_name, a, b_name, b);

	g_free(a);
	g_free(b);
	return text;
}

static char *pending(const struct rp *rp)
{
	struct vpdn_counts c;

	vpdn_get_counts(rp->vpdn, &c);
	return g_strdup_printf("%u records\n", c.acct_pending);
}

static char *rps_differ(
	const struct sim *sim, struct rp *active, struct rp *standby)
{
	char *text = differ("I7: databases", "active", database(active), "standby",
		planted(sim, PLANT_DATABASE) ? g_strdup("nothing") : database(standby));

	if (!text)
		text = differ("I7: records", "active", records(active), "standby",
			records(standby));
	if (!text)
		text = differ("I7: pending accounting", "active", pending(active), "standby",
			pending(standby));
	if (!text)
		text = differ("I7: configuration", "active", rp_config_text(active, false),
			"standby", rp_config_text(standby, false));
	return text;
}

static char *dump_fp(const struct sim *sim, unsigned slot)
{
	return sim->seats[slot].self
		       ? fp_path_dump(fp_board_path(sim->seats[slot].self))
		       : g_strdup("is out\n");
}

static char *fps_differ(const struct sim *sim, const struct rp *active)
{
	unsigned slot = chassis_active_fp(sim->chassis);
	g_autofree char *dump = NULL;
	char *text;

	if (slot == SLOT_NONE)
		return g_strdup("I7: there is no active FP");
	dump = dump_fp(sim, slot);
	text = differ("I7: FP table", "RP", fib_of_rp(active), "FP",
		planted(sim, PLANT_FIB) ? g_strdup("nothing") : fib_of_fp(dump));
	if (!text)
		text = differ("I7: FP tables", "active", g_strdup(dump), "standby",
			dump_fp(sim, SLOT_F0 + SLOT_F1 - slot));
	return text;
}

static char *not_protected(const struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(e, &cursor, &cc)) {
		if (cc.resync == L2TP_RESYNC_VERIFYING)
			return g_strdup_printf("I12: tunnel %u is in resync", cc.id);
		if (cc.ha_enabled && cc.state == L2TP_CC_ESTABLISHED &&
			(!cc.ha_established || cc.unprotected))
			return g_strdup_printf("I7: tunnel %u is not protected", cc.id);
	}
	return NULL;
}

/* A LAC that sends some messages once, or bears no gap, does not get in step again. */
static bool forgets(const struct sim *sim, unsigned lac)
{
	const struct manner *m = stage_manner(sim, lac);

	return m && (m->plan == PLAN_SETUP || stage_fragile(sim, lac));
}

/* Everything that was sent has been taken, and is known to have been (I4). */
static char *numbers_differ(const struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	struct l2tp_cc_info cc, peer;
	uint32_t cursor = 0;

	while (!ledger_ids_forgotten(sim) && l2tp_next_cc(e, &cursor, &cc)) {
		unsigned i = stage_lac_by_ip(sim, cc.path.remote_ip);

		if (cc.state != L2TP_CC_ESTABLISHED || i == SIM_LACS_MAX ||
			!stage_lac(sim, i) || forgets(sim, i))
			continue;
		if (!stage_cc(sim, i, cc.remote_id, &peer) || peer.remote_id != cc.id)
			return g_strdup_printf(
				"I8: LAC %u does not know of tunnel %u", i, cc.id);
		if (cc.s != cc.u || cc.s != peer.r_rx || peer.s != peer.u ||
			peer.s != cc.r_rx)
			return g_strdup_printf("I4: tunnel %u has S %u U %u R %u, LAC %u "
					       "has S %u U %u R %u",
				cc.id, cc.s, cc.u, cc.r_rx, i, peer.s, peer.u, peer.r_rx);
	}
	return NULL;
}

/* Every resync that a takeover began has ended, one way or the other (I12). */
static char *resyncs_differ(const struct sim *sim, const struct rp *rp)
{
	unsigned began = sim->seats[rp->slot].resyncs + planted(sim, PLANT_RESYNC_COUNT);
	struct l2tp_counts c;

	l2tp_get_counts(vpdn_l2tp(rp->vpdn), &c);
	if (c.resync_ok + c.resync_failed == began)
		return NULL;
	return g_strdup_printf("I12: %u resyncs began, %u went well, %u failed", began,
		c.resync_ok, c.resync_failed);
}

/* With HA every open session is kept by a standby; of a switched one no half alone. */
static char *not_kept(const struct rp *rp)
{
	struct vpdn_session_info s, mate;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s))
		if (s.open && s.ha_enabled && !s.ha_established &&
			!(s.mate && vpdn_session_get(rp->vpdn, s.mate, &mate) &&
				!mate.ha_enabled))
			return g_strdup_printf(
				"I7: session %u/%u is not HA-established", s.cc, s.session);
	return NULL;
}

char *quiet_differs(struct sim *sim)
{
	struct rp *active = stage_active(sim), *standby = stage_standby(sim);
	char *text;

	if (!active)
		return g_strdup("liveness: no RP is active");
	if (!standby || !chassis_standby_hot(sim->chassis) ||
		standby->rf.my != RF_STANDBY_HOT || active->rf.peer != RF_STANDBY_HOT)
		return g_strdup_printf("liveness: no standby is HOT: %s, %s; bulk %d, "
				       "transactions %" G_GUINT64_FORMAT
				       " acknowledged of %" G_GUINT64_FORMAT
				       ", %u tunnels unprotected",
			rf_state_name(active->rf.peer),
			standby ? rf_state_name(standby->rf.my) : "out", active->cf.bulk,
			active->txn.acked, active->txn.seq,
			vpdn_unprotected(active->vpdn));
	text = rps_differ(sim, active, standby);
	if (!text)
		text = not_protected(sim, active);
	if (!text)
		text = not_kept(active);
	if (!text)
		text = hop_torn(sim, active);
	if (!text)
		text = hop_torn(sim, standby);
	if (!text)
		text = resyncs_differ(sim, active);
	if (!text)
		text = fps_differ(sim, active);
	if (!text)
		text = witness_differs(sim, active);
	if (!text)
		text = differ("I8: calls", "RPs", calls_of_rp(active), "LACs",
			planted(sim, PLANT_CALLS) ? g_strdup("none")
						  : calls_of_lacs(sim));
	if (!text)
		text = numbers_differ(sim, active);
	return text;
}

static char *rp_not_empty(const struct sim *sim, const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	size_t timers = timer_count(e->wheel) + planted(sim, PLANT_TIMER);
	struct vpdn_counts c;

	vpdn_get_counts(rp->vpdn, &c);
	c.sessions += planted(sim, PLANT_LEFT);
	if (c.sessions || c.acct_pending)
		return g_strdup_printf("I13: R%u has %u sessions, %u accounting records",
			rp->slot, c.sessions, c.acct_pending);
	if (e->n_held + e->n_unprotected)
		return g_strdup_printf("I13: R%u holds %u messages, %u tunnels unprotected",
			rp->slot, e->n_held, e->n_unprotected);
	if (slab_count(e->ccs) || slab_count(e->all_sessions))
		return g_strdup_printf("I13: R%u has %u tunnels, %u L2TP sessions left",
			rp->slot, slab_count(e->ccs), slab_count(e->all_sessions));
	if (pppoe_ac_sessions(vpdn_pppoe(rp->vpdn)))
		return g_strdup_printf("I13: R%u has PPPoE sessions left", rp->slot);
	if (ppp_engine_links(vpdn_ppp(rp->vpdn)))
		return g_strdup_printf("I13: R%u has PPP links left", rp->slot);
	if (timers)
		return g_strdup_printf(
			"I14: R%u has %zu timers, and nothing they could be of", rp->slot,
			timers);
	return NULL;
}

/* All buffers are at home. */
static char *buffers_missing(const struct sim *sim)
{
	for (unsigned slot = 0; slot < N_SLOTS; slot++) {
		uint32_t home, size;

		if (!sim->seats[slot].self)
			continue;
		home = pool_home(sim->chassis, slot);
		size = pool_size(sim->chassis, slot) + planted(sim, PLANT_BUFFER);
		if (home != size)
			return g_strdup_printf("I13: slot %u has %u buffers of %u", slot,
				home, size);
	}
	return NULL;
}

char *quiet_not_empty(struct sim *sim)
{
	unsigned fp = chassis_active_fp(sim->chassis);
	char *text = quiet_differs(sim);

	for (unsigned slot = SLOT_R0; !text && slot <= SLOT_R1; slot++)
		text = rp_not_empty(sim, stage_rp(sim, slot));
	if (!text && fp_path_sessions(fp_board_path(sim->seats[fp].self)))
		text = g_strdup("I13: the FP has sessions left");
	if (!text)
		text = buffers_missing(sim);
	if (!text)
		text = accounts_open(sim);
	return text;
}

/* It has restarted and asked for a tunnel with the id of one that it has forgotten; answers that
 * were meant for the old one it takes for an acknowledgement, and waits for good. */
static bool waits_for_good(const struct sim *sim, unsigned lac)
{
	const struct manner *m = stage_manner(sim, lac);

	return m && m->ahead == AHEAD_FLUSH && sim->restarted >> lac & 1;
}

static bool knows_tunnel(const struct rp *rp, const struct l2tp_cc_info *of)
{
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	while (l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &cc))
		if (cc.remote_id == of->id && cc.state != L2TP_CC_CLOSING &&
			cc.path.remote_ip == of->path.local_ip)
			return true;
	return false;
}

/* Its SCCRQ was acknowledged by a ZLB, for it came twice; SCCRP was lost, and then the RP.  A
 * standby keeps a tunnel from its SCCCN on and not before, so nobody sends SCCRP again; and
 * the models have no timer for a set-up of which nothing is unacknowledged. */
static bool set_up_forgotten(
	struct sim *sim, unsigned lac, const struct peer_lac_line *line)
{
	const struct rp *rp = stage_active(sim);
	struct l2tp_cc_info cc;

	return stage_manner(sim, lac) && rp && chassis_term(sim->chassis) > 1 &&
	       stage_cc(sim, lac, line->cc, &cc) &&
	       cc.state == L2TP_CC_WAIT_REPLY && cc.s == cc.u &&
	       !knows_tunnel(rp, &cc);
}

/* A LAC opens one tunnel after the other: those after it wait for that one. */
static bool waits_for_set_up(
	struct sim *sim, unsigned lac, const struct peer_lac_line *line)
{
	struct peer_lac_line other;
	struct l2tp_cc_info cc;

	if (stage_cc(sim, lac, line->cc, &cc))
		return false;
	for (unsigned n = 1; stage_line(sim, lac, n, &other); n++)
		if (!other.up && set_up_forgotten(sim, lac, &other))
			return true;
	return false;
}

bool quiet_all_up(struct sim *sim)
{
	for (unsigned i = 0; i < stage_ways(sim); i++) {
		struct peer_lac_line line;

		if (!stage_calls(sim, i))
			continue;
		if (waits_for_good(sim, i))
			continue;
		if (!stage_lac(sim, i))
			return false;
		for (unsigned n = 1; stage_line(sim, i, n, &line); n++)
			if ((!line.up || line.hanging_up) &&
				!set_up_forgotten(sim, i, &line) &&
				!waits_for_set_up(sim, i, &line))
				return false;
	}
	return true;
}
