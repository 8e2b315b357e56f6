/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chassis of a run: two RPs, two FPs, one SPA, LACs and a host, the real boards, each in a
 * wrapper that looks on at the end of every turn.  The wrappers change nothing.
 */
#include "tests/sim/sim.h"

#include "chassis/internal.h"
#include "fp/fp.h"
#include "rp/internal.h"

#include <string.h>

/* ---- addresses ---- */

enum { LAC_NET = 0x0a630000, HOST_IP = 0xc0000201, HOST_GATEWAY = 0xc00002fe,
	LNS_POOL = 0x0b000000, LNS_PPP_IP = 0xac100101, NO_HELLO_ECHO_S = 5, SUBS_ECHO_S = 10, CRAWL_S = 5 };

static const unsigned ports[SIM_LACS_MAX + 1] = { 0, 2, 3, 1 };

uint16_t stage_port(unsigned i)
{
	return port_ifindex(SLOT_SPA, ports[i]);
}

unsigned stage_peer(unsigned i)
{
	return SLOT_PEER + i;
}

static uint32_t lac_ip(unsigned i)
{
	return LAC_NET + (i << 8) + 1;
}

unsigned stage_lac_by_ip(const struct sim *sim, uint32_t ip)
{
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (ip == lac_ip(i) && !stage_is_subs(sim, i))
			return i;
	return SIM_LACS_MAX;
}

unsigned stage_ways(const struct sim *sim)
{
	const struct sim_shape *s = &sim->plan->shape;

	return (unsigned)MIN(s->lacs + s->nexts + s->subs, SIM_LACS_MAX);
}

bool stage_is_lns(const struct sim *sim, unsigned i)
{
	const struct sim_shape *s = &sim->plan->shape;

	return i >= s->lacs && i < s->lacs + s->nexts;
}

bool stage_is_subs(const struct sim *sim, unsigned i)
{
	const struct sim_shape *s = &sim->plan->shape;

	return i >= s->lacs + s->nexts && i < stage_ways(sim);
}

bool stage_calls(const struct sim *sim, unsigned i)
{
	return i < sim->plan->shape.lacs || stage_is_subs(sim, i);
}

unsigned stage_way_by_port(const struct sim *sim, uint16_t port)
{
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_port(i) == port)
			return i;
	return SIM_LACS_MAX;
}

bool stage_switches(const struct sim *sim)
{
	return sim->plan->shape.nexts || sim->plan->shape.subs;
}

/* ---- what is in ---- */

static const struct sim_seat *seat_in(const struct sim *sim, unsigned slot)
{
	return slot < N_SLOTS && sim->seats[slot].self ? &sim->seats[slot] : NULL;
}

struct rp *stage_rp(const struct sim *sim, unsigned slot)
{
	const struct sim_seat *seat = slot <= SLOT_R1 ? seat_in(sim, slot) : NULL;

	return seat ? seat->self : NULL;
}

struct rp *stage_active(const struct sim *sim)
{
	struct rp *rp = stage_rp(sim, chassis_active(sim->chassis));

	return rp && rf_is_active(&rp->rf) ? rp : NULL;
}

struct rp *stage_standby(const struct sim *sim)
{
	unsigned active = chassis_active(sim->chassis);

	return active <= SLOT_R1 ? stage_rp(sim, SLOT_R0 + SLOT_R1 - active) : NULL;
}

const void *stage_lac(const struct sim *sim, unsigned i)
{
	const struct sim_seat *seat = seat_in(sim, stage_peer(i));

	return seat ? seat->self : NULL;
}

bool stage_cc(const struct sim *sim, unsigned i, uint16_t cc, struct l2tp_cc_info *out)
{
	const void *peer = stage_lac(sim, i);

	return peer && !stage_is_subs(sim, i) &&
	       (stage_is_lns(sim, i) ? lns_cc : peer_lac_cc)(peer, cc, out);
}

bool stage_next_call(const struct sim *sim, unsigned i, uint32_t *cursor,
	struct l2tp_session_info *out)
{
	const void *peer = stage_lac(sim, i);

	return peer && !stage_is_subs(sim, i) &&
	       (stage_is_lns(sim, i) ? lns_next_session : peer_lac_next_session)(
		       peer, cursor, out);
}

bool stage_line(const struct sim *sim, unsigned i, unsigned number,
	struct peer_lac_line *out)
{
	const void *peer = stage_lac(sim, i);

	if (!peer)
		return false;
	if (stage_is_subs(sim, i))
		return subs_line(peer, number, out);
	return (stage_is_lns(sim, i) ? lns_line : peer_lac_line)(peer, number, out);
}

/* ---- models ---- */

const struct manner *stage_manner(const struct sim *sim, unsigned i)
{
	return sim->model_arg[i].manner;
}

bool stage_fragile(const struct sim *sim, unsigned i)
{
	const struct manner *m = stage_manner(sim, i);

	return m && m->store == STORE_BLOCK;
}

bool stage_hasty(const struct sim *sim, unsigned i)
{
	const struct manner *m = stage_manner(sim, i);

	return m && m->waits[3] == 0;
}

char *stage_crimes(const struct sim *sim, unsigned i)
{
	const void *lac = stage_manner(sim, i) ? stage_lac(sim, i) : NULL;
	struct crimes c = { 0 };

	if (lac)
		model_crimes((stage_is_lns(sim, i) ? lns_speaker : peer_lac_speaker)(lac), &c);
	return crimes_text(&c);
}

/* What it sent beyond our window comes again one message a wait.  Our window is 1 with `l2tp
 * tunnel resync 1`: with such waits calls are given up on both sides, and dialled again, as fast
 * as its queue gets shorter. */
static bool crawls(const struct manner *m, int64_t late_s)
{
	bool one_by_one = m->plan == PLAN_FRONT || m->plan == PLAN_SETUP;

	return one_by_one && m->waits[0] + late_s >= CRAWL_S;
}

static void set_model(struct sim *sim, unsigned i)
{
	const struct sim_shape *s = &sim->plan->shape;
	const int64_t rows[SIM_LACS_MAX] = { s->peer1, s->peer2, s->peer3 };
	const struct manner *m;

	if (!rows[i])
		return;
	m = &manners[rows[i] - 1];
	sim->model_arg[i] = (struct model_arg){
		.manner = m,
		.late_s = (unsigned)s->late_s,
		.greedy = s->greedy && !crawls(m, s->late_s),
	};
	sim->lac_cfg[i].speaks = sim->lns_cfg[i].speaks = &model_l2tp;
	sim->lac_cfg[i].speaks_arg = sim->lns_cfg[i].speaks_arg = &sim->model_arg[i];
	/* Nothing else tells it that its tunnel is gone. */
	if (m->no_hello)
		sim->lac_cfg[i].echo_s = sim->lns_cfg[i].echo_s = NO_HELLO_ECHO_S;
	cover_hit(sim->cover, "peer/%s", m->name);
}

/* ---- looking on ---- */

static const char *const cc_names[] = { "idle", "wait-reply", "wait-conn", "established",
	"closing" };
static const char *const session_names[] = { "idle", "wait-tunnel", "wait-reply",
	"wait-connect", "established", "closed" };
static const char *const resync_names[] = { "none", "verifying", "ok", "failed" };
static const char *const ppp_names[] = { "dead", "establish", "authenticate", "network",
	"open", "terminate", "forwarded" };

/* A step of a state machine: one that it has (I11). */
static void G_GNUC_PRINTF(2, 3) edge(struct sim *sim, const char *format, ...)
{
	char name[96];
	va_list ap;

	va_start(ap, format);
	g_vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	if (planted(sim, PLANT_EDGE))
		g_strlcat(name, "->nowhere", sizeof(name));
	if (!cover_knows(name, sim->plan->shape.nexts, sim->plan->shape.subs))
		sim_fail(sim, "I11: %s", name);
	cover_hit(sim->cover, "%s", name);
}

/* What is looked at, and how its keys are told from others. */
enum machine { OF_CC, OF_RESYNC, OF_SESSION, OF_PPP, N_MACHINES };

static const struct {
	const char *name;
	const char *const *states;
	bool ends; /* an object of it that is gone has made a step */
} machines[N_MACHINES] = {
	[OF_CC] = { "cc", cc_names, true },
	[OF_RESYNC] = { "resync", resync_names, false },
	[OF_SESSION] = { "session", session_names, true },
	[OF_PPP] = { "ppp", ppp_names, true },
};

static void *state_key(enum machine m, uint32_t key)
{
	return GSIZE_TO_POINTER((gsize)m << 32 | key);
}

/* now: of this look; what remains in seat->states is gone. */
static void note_state(struct sim_seat *seat, GHashTable *now, enum machine m, uint32_t id,
	unsigned state)
{
	void *key = state_key(m, id), *old = g_hash_table_lookup(seat->states, key);
	unsigned was = old ? GPOINTER_TO_UINT(old) - 1 : 0;

	g_hash_table_insert(now, key, GUINT_TO_POINTER(state + 1));
	if (old)
		g_hash_table_remove(seat->states, key);
	if (seat->fresh || was == state)
		return;
	edge(seat->sim, "%s/%s->%s", machines[m].name, machines[m].states[was],
		machines[m].states[state]);
}

static void note_gone(struct sim_seat *seat)
{
	GHashTableIter i;
	void *key, *state;

	g_hash_table_iter_init(&i, seat->states);
	while (g_hash_table_iter_next(&i, &key, &state)) {
		unsigned m = (unsigned)(GPOINTER_TO_SIZE(key) >> 32);

		if (machines[m].ends)
			edge(seat->sim, "%s/%s->gone", machines[m].name,
				machines[m].states[GPOINTER_TO_UINT(state) - 1]);
	}
}

static void note_ppp(struct sim_seat *seat, GHashTable *now, const struct rp *rp)
{
	const struct ppp_engine *ppp = vpdn_ppp(rp->vpdn);
	struct vpdn_session_info s;
	struct ppp_link_info link;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s))
		if (ppp_link_get(ppp, s.number, &link))
			note_state(seat, now, OF_PPP, s.number, link.phase);
}

static void note_states(struct sim_seat *seat, const struct rp *rp)
{
	const struct l2tp_engine *e = vpdn_l2tp(rp->vpdn);
	GHashTable *now = g_hash_table_new(NULL, NULL);
	struct l2tp_session_info s;
	struct l2tp_counts counts;
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	l2tp_get_counts(e, &counts);
	if (seat->fresh)
		seat->resyncs = counts.tunnels_resync + counts.resync_ok +
				counts.resync_failed;
	if (counts.resync_failed)
		cover_hit(seat->sim->cover, "resync/failed");
	while (l2tp_next_cc(e, &cursor, &cc)) {
		note_state(seat, now, OF_CC, cc.id, cc.state);
		note_state(seat, now, OF_RESYNC, cc.id, cc.resync);
	}
	for (cursor = 0; l2tp_next_session(e, &cursor, &s);)
		note_state(seat, now, OF_SESSION, (uint32_t)s.cc << 16 | s.id, s.state);
	note_ppp(seat, now, rp);
	note_gone(seat);
	g_hash_table_unref(seat->states);
	seat->states = now;
	seat->fresh = false;
}

static void look_rp(struct sim_seat *seat)
{
	const struct rp *rp = seat->self;
	char name[12];

	if (rp->rf.my != seat->rf) {
		edge(seat->sim, "rf/%s->%s", rf_state_name(seat->rf),
			rf_state_name(rp->rf.my));
		sim_tell(seat->sim, "%s: %s", slot_name(seat->slot, name),
			rf_state_name(rp->rf.my));
		if (rp->rf.my == RF_STANDBY_COLD && rp->term > 1)
			cover_hit(seat->sim->cover,
				"fault/F15 former active returns as standby");
		seat->rf = (uint8_t)rp->rf.my;
	}
	wire_from_rp(seat);
	seat->acked = rp->txn.on ? rp->txn.acked : 0;
}

static void on_term(struct sim_seat *seat, const struct ipc_msg *msg)
{
	struct msg_term m;

	if (!ipc_decode(msg, &m) || m.holder != seat->slot)
		return;
	cover_hit(seat->sim->cover, "takeover/%s", m.hot ? "hot" : "cold");
	sim_tell(seat->sim, "term %" G_GUINT64_FORMAT " for R%u, %s", m.term, m.holder,
		m.hot ? "hot" : "cold");
	moment_term(seat->sim, seat->self, m.hot);
	ledger_term(seat->sim, seat->self, m.hot, m.term == 1);
	witness_term(seat->sim);
	seat->taking_over = m.hot;
}

/* It could not apply something, and so must not go on from there (H2). */
static void check_torn(struct sim_seat *seat)
{
	const struct rp *rp = seat->self;

	if (!seat->taking_over || !rp->cf.torn)
		return;
	cover_hit(seat->sim->cover, "takeover/torn");
	if (rp->rf.my == RF_ACTIVE_FAST)
		sim_fail(seat->sim, "I1: R%u takes over with half a transaction", seat->slot);
	ledger_term(seat->sim, rp, false, true);
}

/* ---- the wrapper ---- */

static void *seat_power_on(struct board_env *env, const void *arg, base_time now)
{
	/* Given to chassis_declare() as read-only by its type alone. */
	struct sim_seat *seat = *(struct sim_seat *const *)arg;

	seat->env = env;
	seat->states = g_hash_table_new(NULL, NULL);
	seat->unmarks = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	seat->rf = 0;
	seat->fresh = true;
	seat->acked = 0;
	for (unsigned to = 0; to < N_SLOTS; to++)
		seat->seen[to] = env->pkt_out[to] ? env->pkt_out[to]->head : 0;
	seat->self = seat->ops->power_on(env, seat->arg, now);
	return seat;
}

/* What the board has staged for another one since the last look: some of it gets lost.  Nobody
 * takes a record that is meant for a former power-up. */
static void lose_record(struct sim_seat *seat, unsigned to, struct frame *f)
{
	seat->lose[to]--;
	f->life = 0;
	cover_hit(seat->sim->cover, "fault/F21 a record is lost");
	cover_hit(seat->sim->cover, "lost/%s", ipc_type_name(f->type));
}

/* The last record of the transaction is none that there is: what is before it can be applied. */
static void spoil_record(struct sim_seat *seat, unsigned to, const struct frame *f)
{
	enum { HDR = 4 + 8 + 8 + 1, TYPE = 1, LEN = 1 + 1 + 1 + 8 };
	struct rd r = board_msg(f).payload;
	const uint8_t *last = NULL;

	rd_skip(&r, HDR);
	while (!r.bad && rd_left(&r)) {
		last = r.p;
		rd_skip(&r, LEN);
		rd_skip(&r, rd_u32(&r));
	}
	if (!last || r.bad)
		return;
	*((uint8_t *)(uintptr_t)last + TYPE) = UINT8_MAX;
	seat->spoil[to]--;
	seat->sim->channel_bad_until = time_add(seat->sim->chassis->now, dur_s(10));
	cover_hit(seat->sim->cover, "fault/F24 a record is damaged");
}

static void lose_records(struct sim_seat *seat, unsigned to)
{
	struct ring *r = seat->env->ipc_out[to] ? seat->env->ipc_out[to]->ring : NULL;

	if (!r)
		return;
	if ((int32_t)(seat->told[to] - r->pub_head) < 0)
		seat->told[to] = r->pub_head;
	while (seat->told[to] != r->head) {
		struct frame *f = (void *)(r->bytes + (seat->told[to] & (r->cap - 1)));

		seat->told[to] += f->size;
		if (f->type == IPC_NONE || !f->life)
			continue;
		if (seat->spoil[to] && f->type == IPC_CKPT)
			spoil_record(seat, to, f);
		else if (seat->lose[to])
			lose_record(seat, to, f);
		else
			continue;
		seat->sim->lost_until = time_add(seat->sim->chassis->now, dur_s(10));
	}
}

static void look_on(struct sim_seat *seat)
{
	for (unsigned to = 0; to < N_SLOTS; to++)
		if (seat->lose[to] || seat->spoil[to])
			lose_records(seat, to);
	if (seat->ops->kind == BOARD_RP && seat->env->items >= seat->env->cut)
		moment_cut(seat);
	if (seat->ops->kind == BOARD_RP)
		look_rp(seat);
	else if (seat->ops->kind == BOARD_FP)
		wire_from_fp(seat);
	else if (seat->ops->kind == BOARD_SPA &&
		 (seat->sim->verbose || stage_switches(seat->sim)))
		wire_from_spa(seat);
}

static void seat_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct sim_seat *seat = self;

	for (size_t i = 0; i < n; i++)
		if (seat->ops->kind == BOARD_RP && msgs[i].type == IPC_TERM)
			on_term(seat, &msgs[i]);
		else if (seat->ops->kind == BOARD_FP && msgs[i].type == IPC_FIB_MARKS_READ)
			witness_read(seat->sim, &msgs[i]);
		else if (seat->ops->kind == BOARD_FP && msgs[i].type == IPC_FIB_UNMARK)
			witness_unmark(seat, &msgs[i]);
	if (seat->ops->message)
		seat->ops->message(seat->self, msgs, n, now);
	if (seat->ops->kind == BOARD_RP)
		check_torn(seat);
	seat->taking_over = false;
	look_on(seat);
}

static bool seat_work(void *self, base_time now, unsigned budget)
{
	struct sim_seat *seat = self;
	bool more = seat->ops->work(seat->self, now, budget);

	look_on(seat);
	return more;
}

static void seat_flush(void *self, base_time now)
{
	struct sim_seat *seat = self;

	if (seat->ops->flush)
		seat->ops->flush(seat->self, now);
	look_on(seat);
	if (seat->ops->kind == BOARD_RP && rf_is_active(&((struct rp *)seat->self)->rf))
		note_states(seat, seat->self);
}

static base_time seat_next_due(const void *self)
{
	const struct sim_seat *seat = self;

	return seat->ops->next_due(seat->self);
}

static void seat_destroy(void *self)
{
	struct sim_seat *seat = self;

	if (seat->ops->kind == BOARD_RP && !seat->sim->ending) {
		moment_going(seat->sim, seat->slot);
		ledger_last_look(seat->sim, seat->slot);
	}
	seat->ops->destroy(seat->self);
	g_clear_pointer(&seat->states, g_hash_table_unref);
	g_clear_pointer(&seat->unmarks, g_hash_table_unref);
	seat->self = NULL;
	seat->env = NULL;
}

#define SEAT_BOARD(k)                                                                  \
	{                                                                              \
		.kind = (k), .power_on = seat_power_on, .message = seat_message,       \
		.work = seat_work, .flush = seat_flush, .next_due = seat_next_due,     \
		.destroy = seat_destroy,                                               \
	}

static const struct board_ops seat_rp = SEAT_BOARD(BOARD_RP);
static const struct board_ops seat_fp = SEAT_BOARD(BOARD_FP);
static const struct board_ops seat_spa = SEAT_BOARD(BOARD_SPA);
static const struct board_ops seat_peer = SEAT_BOARD(BOARD_PEER);

/* ---- building ---- */

static void declare(struct sim *sim, unsigned slot, const struct board_ops *wrapper,
	const struct board_ops *ops, const void *arg)
{
	struct sim_seat *seat = &sim->seats[slot];

	*seat = (struct sim_seat){ .sim = sim, .slot = slot, .ops = ops, .arg = arg };
	seat->me = seat;
	chassis_declare(sim->chassis, slot, wrapper, &seat->me);
}

static void subs_config(const struct sim *sim, GString *out)
{
	static const char *const vlans[] = { "\n", ".100\n encapsulation dot1Q 100\n",
		".100\n encapsulation dot1Q 100 second-dot1q 200-299\n" };

	g_string_append(out,
		"bba-group pppoe global\n"
		" virtual-template 1\n");
	for (unsigned i = 0; i < stage_ways(sim); i++)
		if (stage_is_subs(sim, i))
			g_string_append_printf(out,
				"interface GigabitEthernet0/0/%u%s"
				" pppoe enable group global\n",
				ports[i], vlans[sim->plan->shape.vlans]);
}

static char *config_text(const struct sim *sim)
{
	const struct sim_shape *s = &sim->plan->shape;
	GString *out = g_string_new(
		"hostname lns1\n"
		"username load1 password 0 loadpw\n"
		"vpdn enable\n"
		"vpdn-group 1\n"
		" accept-dialin\n"
		"  protocol l2tp\n"
		"  virtual-template 1\n"
		" local name lns1\n"
		" l2tp tunnel password 0 tunsecret\n");

	g_string_append_printf(out, " l2tp tunnel hello %d\n", (int)s->lns_hello_s);
	if (s->resync)
		g_string_append_printf(out, " l2tp tunnel resync %d\n", (int)s->resync);
	if (s->lns_rws)
		g_string_append_printf(
			out, " l2tp tunnel receive-window %d\n", (int)s->lns_rws);
	g_string_append(out, "interface Loopback0\n ip address 172.16.0.1 255.255.255.255\n");
	for (unsigned i = 0; i < stage_ways(sim) && !stage_is_subs(sim, i); i++)
		g_string_append_printf(out,
			"interface GigabitEthernet0/0/%u\n"
			" ip address 10.99.%u.2 255.255.255.0\n",
			ports[i], i);
	g_string_append_printf(out,
		"interface GigabitEthernet0/0/%u\n"
		" ip address 192.0.2.254 255.255.255.0\n"
		"interface Virtual-Template1\n"
		" ip unnumbered Loopback0\n"
		" peer default ip address pool POOL\n"
		" ppp authentication chap pap\n%s"
		"ip local pool POOL 100.64.0.1 100.64.0.254\n",
		ports[SIM_LACS_MAX], s->keepalive ? " keepalive 4 3\n" : "");
	if (s->radius)
		radius_config(out);
	if (s->nexts)
		hop_config(sim, out);
	if (s->subs)
		subs_config(sim, out);
	g_string_append(out, "end\n");
	return g_string_free(out, false);
}

static void declare_lns(struct sim *sim, unsigned i)
{
	const struct sim_shape *s = &sim->plan->shape;
	static const char *const names[] = { "LNS-1", "LNS-2", "LNS-3" };

	sim->lns_cfg[i] = (struct lns_config){
		.name = names[i],
		.net = { .ifindex = stage_port(i), .ip = lac_ip(i), .mask = 0xffffff00 },
		.user = "load1",
		.password = "loadpw",
		.secret = "tunsecret",
		.local_ip = LNS_PPP_IP,
		.pool = LNS_POOL + (i << 16),
		.probe_from = HOST_IP + 1 + i,
		.probe_pps = (unsigned)s->probe_pps,
		.hello_s = (unsigned)s->lac_hello_s,
		.rws = (unsigned)s->lac_rws,
		.first_ns = (uint16_t)s->first_ns,
		.id_space = (uint16_t)s->id_space,
		.proxy = s->proxy,
		/* The LAC does not ask who goes on whether he is there. */
		.echo_s = s->subs ? SUBS_ECHO_S : 0,
	};
	set_model(sim, i);
	declare(sim, stage_peer(i), &seat_peer, &lns_board, &sim->lns_cfg[i]);
}

static void declare_subs(struct sim *sim, unsigned i)
{
	const struct sim_shape *s = &sim->plan->shape;
	static const char *const names[] = { "DSL-1", "DSL-2", "DSL-3" };

	sim->subs_cfg[i] = (struct subs_config){
		.name = names[i],
		.ifindex = stage_port(i),
		.sessions = (unsigned)(s->tunnels * s->sessions),
		.user = "load1",
		.password = "loadpw",
		.domain = s->nexts && s->onward ? "isp.net" : NULL,
		.all_onward = s->onward == 1,
		.n_vlan = (uint8_t)s->vlans,
		.echo_s = SUBS_ECHO_S,
		.pace_ms = (unsigned)s->pace_ms,
		.probe_pps = (unsigned)s->probe_pps,
		.probe_to = HOST_IP,
	};
	declare(sim, stage_peer(i), &seat_peer, &subs_board, &sim->subs_cfg[i]);
	cover_hit(sim->cover, "hop/subscribers with %d VLAN tags", (int)s->vlans);
}

static void declare_peers(struct sim *sim)
{
	const struct sim_shape *s = &sim->plan->shape;
	static const char *const names[] = { "LAC-1", "LAC-2", "LAC-3" };

	for (unsigned i = 0; i < s->lacs; i++) {
		sim->lac_cfg[i] = (struct peer_lac_config){
			.name = names[i],
			.net = { .ifindex = stage_port(i), .ip = lac_ip(i),
				.mask = 0xffffff00 },
			.lns_ip = lac_ip(i) + 1,
			.tunnels = (unsigned)s->tunnels,
			.sessions = (unsigned)s->sessions,
			.user = "load1",
			.password = "loadpw",
			.secret = "tunsecret",
			.hello_s = (unsigned)s->lac_hello_s,
			.rws = (unsigned)s->lac_rws,
			.first_ns = (uint16_t)s->first_ns,
			.id_space = (uint16_t)s->id_space,
			.pace_ms = (unsigned)s->pace_ms,
			.probe_pps = (unsigned)s->probe_pps,
			.probe_to = HOST_IP,
		};
		set_model(sim, i);
		declare(sim, stage_peer(i), &seat_peer, &peer_lac_board, &sim->lac_cfg[i]);
	}
	for (unsigned i = (unsigned)s->lacs; i < stage_ways(sim); i++)
		if (stage_is_lns(sim, i))
			declare_lns(sim, i);
		else
			declare_subs(sim, i);
	sim->host_cfg = (struct peer_host_config){
		.name = "host",
		.net = { .ifindex = stage_port(SIM_LACS_MAX), .ip = HOST_IP,
			.mask = 0xffffff00, .gateway = HOST_GATEWAY },
		.probe_pps = (unsigned)s->probe_pps,
		.radius = s->radius ? "labsecret" : NULL,
		.user = "load1",
		.password = "loadpw",
	};
	declare(sim, stage_peer(SIM_LACS_MAX), &seat_peer, &peer_host_board, &sim->host_cfg);
}

static bool has_peer(const struct sim *sim, unsigned i)
{
	return i < stage_ways(sim) || i == SIM_LACS_MAX;
}

static void declare_spa(struct sim *sim)
{
	sim->spa_cfg.n_ports = 4;
	for (unsigned i = 0; i <= SIM_LACS_MAX; i++) {
		sim->spa_cfg.port[ports[i]].kind = "wire";
		sim->spa_cfg.port[ports[i]].peer_slot =
			has_peer(sim, i) ? stage_peer(i) : SLOT_NONE;
	}
	declare(sim, SLOT_SPA, &seat_spa, &spa_board, &sim->spa_cfg);
}

/* ---- listening ---- */

static void on_log(struct sim *sim, const struct ipc_msg *msg)
{
	struct msg_log m;
	bool rough = time_before(sim_now(sim), sim->channel_bad_until);

	if (!ipc_decode(msg, &m))
		return;
	if (m.text) {
		sim_hash(sim, m.text, strlen(m.text));
		sim_tell(sim, "R%u %s", msg->from, m.text);
		if (strstr(m.text, "-CKPT_FAILED:") && !rough)
			sim_fail(sim, "I7: a record cannot be applied: %s", m.text);
		if (strstr(m.text, "-FENCED:"))
			cover_hit(sim->cover, "fault/F18 hung active wakes");
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void on_acct(struct sim *sim, const struct ipc_msg *msg)
{
	struct msg_acct m;

	/* What a fenced RP says the sink does not take. */
	if (!arbiter_is_holder(sim->chassis, msg) || !ipc_decode(msg, &m))
		return;
	sim_tell(sim, "R%u: accounting %u of %s", msg->from, m.status, m.id);
	accounts_take(sim, &m);
	rec_clear(ipc_table(msg->type), &m);
}

static void on_report(struct sim *sim, const struct ipc_msg *msg)
{
	struct msg_report m;

	if (!ipc_decode(msg, &m))
		return;
	if (sim->report && m.id == sim->report_id) {
		g_string_append(sim->report, m.text ? m.text : "");
		sim->report_done |= m.done;
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	if (msg->type == IPC_LOG)
		on_log(user, msg);
	else if (msg->type == IPC_ACCT)
		on_acct(user, msg);
	else if (msg->type == IPC_REPORT)
		on_report(user, msg);
}

char *stage_report(struct sim *sim, unsigned i)
{
	char text[] = "report";
	struct msg_order m = { .id = ++sim->report_id, .text = text };
	base_time end = time_add(sim_now(sim), dur_s(5));
	char *answer = NULL;

	sim->report = g_string_new(NULL);
	sim->report_done = false;
	chassis_send_rec(sim->chassis, stage_peer(i), IPC_ORDER, &m);
	while (!sim->report_done && chassis_step(sim->chassis, end))
		;
	if (sim->report_done)
		answer = g_strdup(sim->report->str);
	g_string_free(g_steal_pointer(&sim->report), true);
	return answer;
}

static void on_event(unsigned slot, bool in, enum slot_why why, base_time now, void *user)
{
	char name[12];

	if (why == SLOT_WHY_HUNG)
		cover_hit(((struct sim *)user)->cover, "fault/F19 enough beats are missed");
	ledger_slot(user, slot);
	sim_tell(user, "%s is %s (%u)", slot_name(slot, name), in ? "in" : "out", why);
}

/* ---- life ---- */

void stage_begin(struct sim *sim)
{
	const struct chassis_config cfg = {
		.seed = (uint64_t)sim->plan->shape.seed,
		.virtual = true,
		.rp_rp_latency = dur_us(sim->plan->shape.rp_rp_us),
		.rp_fp_latency = dur_us(sim->plan->shape.rp_fp_us),
	};
	g_autofree char *text = config_text(sim);
	g_autoptr(GBytes) startup = g_bytes_new(text, strlen(text));

	sim->rp_arg = (struct rp_arg){ .config_name = "sim.cfg",
		.first_ns = (uint16_t)sim->plan->shape.first_ns,
		.id_space = (uint16_t)sim->plan->shape.id_space };
	sim->chassis = chassis_new(&cfg);
	chassis_listen(sim->chassis, on_message, sim);
	chassis_on_event(sim->chassis, on_event, sim);
	for (unsigned i = 0; i < 2; i++) {
		declare(sim, SLOT_R0 + i, &seat_rp, &rp_board, &sim->rp_arg);
		declare(sim, SLOT_F0 + i, &seat_fp, &fp_board, NULL);
		chassis_file_write(sim->chassis, SLOT_R0 + i, "startup-config", startup);
	}
	declare_spa(sim);
	declare_peers(sim);
	for (unsigned i = 0; i <= SIM_LACS_MAX; i++)
		if (has_peer(sim, i))
			chassis_wire(sim->chassis, stage_port(i), stage_peer(i));
	for (unsigned slot = 0; slot < N_SLOTS; slot++)
		if (sim->seats[slot].ops)
			chassis_insert(sim->chassis, slot, NULL);
	act_rings(sim);
}

void stage_end(struct sim *sim)
{
	sim->ending = true;
	chassis_free(sim->chassis);
	sim->chassis = NULL;
}
