/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The route processor board.
 *
 * A turn: acknowledgements of the standby first, so that what they release leaves before
 * anything new is taken in; then other messages; then at most 256 inputs (punted packets) and
 * timers, all in one transaction, but for messages that change what a transaction is or where it
 * goes; the chassis publishes everything at once.  The standby takes the same turns with its
 * engines passive.
 */
#include "rp/internal.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

enum { TIMERS_A_TURN = 64, INPUTS_A_TURN = 256, LOG_LINES = 1000 };

/* ---- effects ---------------------------------------------------------------------- */

/* What no RADIUS server is to get. */
static void send_acct(struct rp *rp, const struct vpdn_acct *a)
{
	g_autofree char *id = g_strdup(a->id);
	g_autofree char *user = text_escape(a->user, strlen(a->user));
	struct msg_acct m = {
		.id = id,
		.status = a->status,
		.user = user,
		.ip = a->ip,
		.rx_packets = a->counts.rx_packets,
		.rx_bytes = a->counts.rx_bytes,
		.tx_packets = a->counts.tx_packets,
		.tx_bytes = a->counts.tx_bytes,
		.seconds = a->seconds,
		.cause = a->cause,
	};

	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_ACCT, &m);
}

static void on_acct_ok(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct msg_acct_ok m;

	if (!ipc_decode(msg, &m))
		return;
	if (m.id)
		vpdn_acct_done(rp->vpdn, m.id, m.status, now);
	rec_clear(ipc_table(msg->type), &m);
}

/* A log line for each line of the text. */
static void log_debug(struct rp *rp, const char *facility, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		rp_log(rp, LOG_SEV_DEBUG, facility, "DEBUG", "%s", lines[i]);
}

/* The switch of debug pppoe that it is for; 0: none. */
static unsigned pppoe_area(const char *area)
{
	static const struct {
		const char *area;
		unsigned bit;
	} areas[] = {
		{ "pppoe", RP_DEBUG_PPPOE_EVENTS },
		{ "pppoe-packet", RP_DEBUG_PPPOE_PACKETS },
		{ "pppoe-error", RP_DEBUG_PPPOE_ERRORS },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(areas); i++)
		if (!strcmp(area, areas[i].area))
			return areas[i].bit;
	return 0;
}

static void log_area(struct rp *rp, const char *area, const char *text)
{
	static const struct {
		const char *area, *facility;
		unsigned bit;
	} areas[] = {
		{ "l2tp", "L2TP", RP_DEBUG_L2TP },
		{ "vpdn", "VPDN", RP_DEBUG_VPDN },
		{ "ppp", "PPP", RP_DEBUG_PPP },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(areas); i++)
		if (rp->debug_areas & areas[i].bit && !strcmp(area, areas[i].area))
			log_debug(rp, areas[i].facility, text);
}

void rp_pump(struct rp *rp, base_time now)
{
	struct vpdn_effect fx;

	while (vpdn_poll(rp->vpdn, &fx)) {
		switch (fx.kind) {
		case VPDN_FX_UDP:
			punt_send_udp(rp, &fx);
			break;
		case VPDN_FX_PPP:
			punt_send_ppp(rp, &fx);
			break;
		case VPDN_FX_ETHER:
			punt_send_ether(rp, &fx);
			break;
		case VPDN_FX_RADIUS:
			punt_send_radius(rp, &fx);
			break;
		case VPDN_FX_FIB_READ:
			fman_read(rp, fx.session);
			break;
		case VPDN_FX_FIB_SESSION:
			fman_session(rp, fx.session);
			break;
		case VPDN_FX_FIB_STOP:
			fman_stop_session(rp, fx.session, now);
			break;
		case VPDN_FX_ACCT:
			send_acct(rp, &fx.acct);
			break;
		case VPDN_FX_UNMARK:
			fman_unmark(rp, fx.cc, fx.seq, fx.deleted);
			break;
		case VPDN_FX_FIB_FREE:
			fman_free(rp, fx.session);
			break;
		case VPDN_FX_LOG:
			rp_log(rp, fx.severity, fx.facility, fx.mnemonic, "%s", fx.text);
			break;
		case VPDN_FX_DEBUG:
			if (rp->debug_radius && !strcmp(fx.area, "radius"))
				log_debug(rp, "RADIUS", fx.text);
			else if (rp->debug_pppoe & pppoe_area(fx.area))
				log_debug(rp, "PPPOE", fx.text);
			else if (rp->debug_areas)
				log_area(rp, fx.area, fx.text);
			break;
		}
	}
}

/* Ends one input.  Its records wait for those of the turn's others. */
static void end_input(struct rp *rp, base_time now)
{
	rp_pump(rp, now);
	txn_input(rp);
}

/* Ends one input and with it the transaction. */
static void settle(struct rp *rp, base_time now)
{
	end_input(rp, now);
	txn_close(rp, false, now);
}

/* ---- log -------------------------------------------------------------------------- */

void rp_log(struct rp *rp, enum log_severity sev, const char *facility, const char *mnemonic,
	const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);

	g_autofree char *text = g_strdup_vprintf(fmt, ap);

	va_end(ap);
	log_add(rp->log, rp->now, sev, facility, mnemonic, "%s", text);

	g_autofree char *line =
		g_strdup_printf("%%%s-%d-%s: %s", facility, (int)sev, mnemonic, text);
	struct msg_log m = { .severity = (uint8_t)sev, .text = line, .at = rp->now };

	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_LOG, &m);
}

/* ---- board ------------------------------------------------------------------------ */

static void *rp_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct rp *rp = g_new0(struct rp, 1);
	char name[12];

	rp->env = env;
	rp->arg = arg;
	rp->slot = board_slot(env);
	rp->now = rp->booted = now;
	rp->log = log_new(slot_name(rp->slot, name), LOG_LINES);
	rp->vpdn = vpdn_new(&(struct vpdn_params){ .seed = board_seed(env),
				    .id_parity = rp->slot == SLOT_R0 ? 0 : 1,
				    .passive = true,
				    .epoch_s = board_wall_epoch(env),
				    .max_sessions = rp->arg ? rp->arg->max_sessions : 0,
				    .first_ns = rp->arg ? rp->arg->first_ns : 0,
				    .id_space = rp->arg ? rp->arg->id_space : 0 },
		now);
	rp->fp_told = SLOT_NONE;
	rp->pings = g_ptr_array_new();
	rp->counts = g_ptr_array_new();
	rp_config_init(rp);
	rf_init(rp, now);
	txn_init(rp);
	cf_init(rp);
	fman_init(rp);
	shell_init(rp, now);
	return rp;
}

static void rp_destroy(void *self)
{
	struct rp *rp = self;

	shell_deinit(rp);
	g_ptr_array_unref(rp->pings);
	g_ptr_array_unref(rp->counts);
	fman_deinit(rp);
	cf_deinit(rp);
	txn_deinit(rp);
	rf_deinit(rp);
	rp_config_deinit(rp);
	vpdn_free(rp->vpdn);
	log_free(rp->log);
	g_free(rp);
}

static void on_slot(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct msg_slot m;
	bool up = msg->type == IPC_PEER_UP;

	if (!ipc_decode(msg, &m) || m.slot >= N_SLOTS)
		return;
	rp->slots[m.slot].in = up;
	rp->slots[m.slot].boot_id = m.boot_id;
	rp->slots[m.slot].since = m.since;
	oir_on_slot(rp, &m, up);
	rf_on_peer(rp, &m, up, now);
	if (slot_kind(m.slot) == BOARD_FP) {
		if (!up && m.slot == rp->fman.fp)
			fman_stop(rp);
		if (rp->fman.fp == SLOT_NONE)
			fman_restart(rp, now);
	}
	if (slot_kind(m.slot) == BOARD_SPA)
		port_slot_changed(rp, m.slot, up);
}

static void on_port(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct msg_port_state m;

	if (!ipc_decode(msg, &m))
		return;
	port_on_state(rp, msg->from, &m);
	rec_clear(ipc_table(msg->type), &m);
}

static void dispatch(struct rp *rp, const struct ipc_msg *msg, base_time now)
{
	struct msg_term term;
	struct msg_hot hot;
	struct msg_slot fp;

	switch (msg->type) {
	case IPC_TERM:
		if (ipc_decode(msg, &term))
			rf_on_term(rp, &term, now);
		break;
	case IPC_PEER_UP:
	case IPC_PEER_DOWN:
		on_slot(rp, msg, now);
		break;
	case IPC_RF:
		rf_on_message(rp, msg, now);
		break;
	case IPC_CKPT_BEGIN:
	case IPC_CKPT:
	case IPC_CKPT_END:
	case IPC_CKPT_ACK:
		cf_on_message(rp, msg, now);
		break;
	case IPC_HOT_CONFIRM:
		if (ipc_decode(msg, &hot))
			rf_on_confirm(rp, &hot, now);
		break;
	case IPC_FP_ACTIVE:
		if (ipc_decode(msg, &fp))
			fman_on_fp_active(rp, fp.slot, now);
		break;
	case IPC_ACCT_OK:
		on_acct_ok(rp, msg, now);
		break;
	case IPC_FIB_MARKS:
	case IPC_FIB_SWEPT:
	case IPC_FIB_STOPPED:
	case IPC_FIB_DEAD:
	case IPC_FIB_CHECKED:
	case IPC_FIB_HEARD:
	case IPC_FIB_STATS:
		fman_on_message(rp, msg, now);
		break;
	case IPC_FIB_COUNTS:
		counts_on_message(rp, msg);
		break;
	case IPC_PORT_STATE:
		on_port(rp, msg, now);
		break;
	case IPC_LINE_IN:
	case IPC_LINE_OPEN:
	case IPC_LINE_CLOSE:
	case IPC_EXEC:
		shell_on_message(rp, msg, now);
		break;
	}
}

/* Another RP's word counts only under the present term. */
static bool fenced(const struct rp *rp, const struct ipc_msg *msg)
{
	return slot_kind(msg->from) == BOARD_RP && msg->term < rp->term &&
	       rule_holds(RULE_H8_FENCE);
}

/* News of the FP and answers to accounting come in crowds and only feed the engines: they share
 * the transaction of the turn. */
static bool shares_txn(unsigned type)
{
	switch (type) {
	case IPC_ACCT_OK:
	case IPC_FIB_STOPPED:
	case IPC_FIB_DEAD:
	case IPC_FIB_HEARD:
	case IPC_FIB_STATS:
	case IPC_FIB_COUNTS:
		return true;
	}
	return false;
}

static void rp_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct rp *rp = self;

	rp->now = now;
	for (size_t i = 0; i < n; i++)
		if (msgs[i].type == IPC_CKPT_ACK && !fenced(rp, &msgs[i]))
			dispatch(rp, &msgs[i], now);
	for (size_t i = 0; i < n; i++) {
		if (msgs[i].type == IPC_CKPT_ACK || fenced(rp, &msgs[i]))
			continue;
		if (shares_txn(msgs[i].type)) {
			dispatch(rp, &msgs[i], now);
			end_input(rp, now);
			continue;
		}
		txn_close(rp, false, now);
		dispatch(rp, &msgs[i], now);
		settle(rp, now);
	}
}

/* Punted packets, at most INPUTS_A_TURN; none while too much is held (H15). */
static bool take_punts(struct rp *rp, unsigned from, base_time now)
{
	struct pkt *p[PKT_BURST];
	unsigned taken = 0, n;

	do {
		/* While taking over they wait in their ring for the marks to be known. */
		if (txn_full(rp) || !time_is_never(rp->rf.marks_due))
			return false;
		n = pkt_rx(rp->env, from, p, PKT_BURST);
		for (unsigned i = 0; i < n; i++)
			if (rf_is_active(&rp->rf) && punt_input(rp, p[i], now))
				end_input(rp, now);
		txn_gather(rp);
		pkt_free(rp->env, p, n);
		taken += n;
	} while (n == PKT_BURST && taken < INPUTS_A_TURN);
	return n == PKT_BURST;
}

static bool rp_work(void *self, base_time now, unsigned budget)
{
	struct rp *rp = self;
	bool more = false;

	rp->now = now;
	more |= take_punts(rp, SLOT_F0, now);
	more |= take_punts(rp, SLOT_F1, now);
	txn_close(rp, false, now);
	rf_tick(rp, now);
	oir_tick(rp);
	txn_tick(rp, now);
	if (rf_is_active(&rp->rf) && !time_before(now, vpdn_next_due(rp->vpdn))) {
		more |= vpdn_tick(rp->vpdn, now, TIMERS_A_TURN);
		settle(rp, now);
	}
	fman_tick(rp, now);
	more |= fman_step(rp, now);
	more |= cf_bulk_step(rp, now);
	more |= shell_step(rp, now);
	settle(rp, now);
	if (!rp->ready_told && rp->fman.state == FMAN_READY) {
		struct msg_empty m = { 0 };

		rp->ready_told = true;
		ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_READY, &m);
	}
	return more;
}

static void rp_flush(void *self, base_time now)
{
	cf_flush(self);
}

static base_time rp_next_due(const void *self)
{
	const struct rp *rp = self;
	base_time due = time_min(rf_next_due(rp), txn_next_due(rp));

	if (rf_is_active(&rp->rf))
		due = time_min(due, vpdn_next_due(rp->vpdn));
	due = time_min(due, fman_next_due(rp));
	return time_min(due, shell_next_due(rp));
}

const struct board_ops rp_board = {
	.kind = BOARD_RP,
	.power_on = rp_power_on,
	.message = rp_message,
	.work = rp_work,
	.flush = rp_flush,
	.next_due = rp_next_due,
	.destroy = rp_destroy,
};
