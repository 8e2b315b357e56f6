/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of redundancy: what both route processors are and were, switchover by hand, and the
 * commit protocol at work (ios-cli.md 7, 10.4; ha-commit.md section 6).
 */
#include "rp/internal.h"

#include <string.h>

/* ---- configuration ---------------------------------------------------------------- */

static enum cli_result enter_redundancy(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_enter(s, CLI_CONFIG_RED, NULL, 0);
	return CLI_DONE;
}

static enum cli_result set_mode(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	rp->cfg.mode_set = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result enter_main_cpu(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	cli_enter(s, CLI_CONFIG_R_MC, NULL, 0);
	return CLI_DONE;
}

static enum cli_result set_standby_console(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	rp->cfg.standby_console = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result set_heartbeat(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	uint16_t misses = RF_MISSES_DEFAULT;

	rp->cfg.beat_ms = RF_BEAT_MS_DEFAULT;
	if (!cli_undo(args)) {
		cli_arg_u32(args, "milliseconds", &rp->cfg.beat_ms);
		cli_arg_u16(args, "misses", &misses);
	}
	rp->cfg.beat_misses = (uint8_t)misses;
	return CLI_DONE;
}

void nvgen_redundancy(const struct rp *rp, GString *out, bool all)
{
	const struct rp_config *c = &rp->cfg;

	g_string_append(out, "redundancy\n mode sso\n");
	if (all || c->beat_ms != RF_BEAT_MS_DEFAULT || c->beat_misses != RF_MISSES_DEFAULT)
		g_string_append_printf(
			out, " heartbeat %u %u\n", c->beat_ms, c->beat_misses);
	if (c->standby_console)
		g_string_append(out, " main-cpu\n  standby console enable\n");
	else if (all)
		g_string_append(out, " main-cpu\n  no standby console enable\n");
	g_string_append(out, "!\n");
}

/* ---- show redundancy -------------------------------------------------------------- */

static const char *swact_disabled(const struct rp *rp)
{
	if (!rp->rf.peer_in)
		return "system is simplex (no peer unit)";
	if (!rp->rf.hot_announced)
		return "the peer unit is still initializing";
	if (vpdn_unprotected(rp->vpdn))
		return "tunnels are not protected";
	return NULL;
}

static enum cli_result show_states(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct rf *rf = &rp->rf;
	const char *disabled = swact_disabled(rp);

	cli_print(s, "       my state = %-2d -%s \n", rf->my, rf_state_name(rf->my));
	cli_print(s, "     peer state = %-2d -%s \n", rf->peer, rf_state_name(rf->peer));
	cli_print(s, "           Mode = %s\n", rf->peer_in ? "Duplex" : "Simplex");
	cli_print(s, "           Unit = %s\n", rp->slot == SLOT_R0 ? "Primary" : "Secondary");
	cli_print(s, "        Unit ID = %u\n\n", rp_unit_id(rp->slot));
	cli_print(s, "Redundancy Mode (Operational) = %s\n",
		rf->peer_in ? "sso" : "Non-redundant");
	cli_print(s, "Redundancy Mode (Configured)  = sso\n");
	cli_print(s, "Redundancy State              = %s\n",
		rf->peer_in ? "sso" : "Non Redundant");
	cli_print(s, "     Maintenance Mode = Disabled\n");
	if (!rf_is_active(rf))
		cli_puts(s, "    Manual Swact = cannot be initiated from this the standby unit\n");
	else if (disabled)
		cli_print(s, "    Manual Swact = disabled (%s)\n", disabled);
	else
		cli_puts(s, "    Manual Swact = enabled\n");
	cli_print(s, " Communications = %s\n\n",
		rf->peer_in ? "Up" : "Down      Reason: Simplex mode");
	cli_print(s, "   client count = %u\n", CKPT_RF);
	cli_print(s, " client_notification_TMR = 30000 milliseconds\n");
	cli_print(s, "           RF debug mask = 0x0   \n");
	return CLI_DONE;
}

static void print_image(struct cli_session *s)
{
	cli_puts(s, "                 Image Version = twinrp Software (TWINRP-UNIVERSAL-M), "
		    "Version " RP_SOFTWARE ", RELEASE SOFTWARE\n"
		    "Technical Support: manual page twinrp(1)\n"
		    "Free software under the GNU General Public License, version 3 or later\n"
		    "Compiled " __DATE__ "\n"
		    "                          BOOT = "
		    RP_IMAGE ",1;\n"
		    "                   CONFIG_FILE = \n"
		    "        Configuration register = 0x2102\n");
}

static void print_system(struct cli_session *s, const struct rp *rp)
{
	const struct rf *rf = &rp->rf;
	const GArray *h = rf->history;
	char up[64];

	cli_puts(s, "Redundant System Information :\n------------------------------\n");
	cli_print(s, "       Available system uptime = %s\n",
		dur_to_uptime(time_sub(rp->now, board_system_start(rp->env)), up));
	cli_print(s, "Switchovers system experienced = %u\n", h->len);
	cli_print(s, "              Standby failures = %u\n", rf->standby_failures);
	cli_print(s, "        Last switchover reason = %s\n\n",
		h->len ? g_array_index(h, struct rf_switchover, h->len - 1).reason : "none");
	cli_print(s, "                 Hardware Mode = %s\n",
		rf->peer_in ? "Duplex" : "Simplex");
	cli_puts(s, "    Configured Redundancy Mode = sso\n");
	cli_print(s, "     Operating Redundancy Mode = %s\n",
		rf->peer_in ? "sso" : "Non-redundant");
	cli_puts(s, "              Maintenance Mode = Disabled\n");
	cli_print(s, "                Communications = %s\n\n",
		rf->peer_in ? "Up" : "Down      Reason: Failure");
}

static void print_processor(struct cli_session *s, const struct rp *rp, const char *which,
	const char *place, unsigned slot, enum rf_state state, base_time since)
{
	char up[64];
	g_autofree char *title = g_strdup_printf("%s Processor Information :", which);

	cli_print(s, "%s\n%.*s\n", title, (int)strlen(title),
		"----------------------------------------");
	cli_print(s, "%23s Location = slot %u\n", place, rp_location(slot));
	cli_print(s, "        Current Software state = %s \n", rf_state_name(state));
	cli_print(s, "       Uptime in current state = %s\n",
		dur_to_uptime(time_sub(rp->now, since), up));
	print_image(s);
}

static enum cli_result show_redundancy(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct rf *rf = &rp->rf;
	bool active = rf_is_active(rf);

	print_system(s, rp);
	print_processor(s, rp, "Current", active ? "Active" : "Standby", rp->slot, rf->my,
		rf->my_since);
	cli_puts(s, "\n");
	if (!active)
		cli_print(s, "Peer (slot: %u, state: %s) information is not available because "
			     "this is the standby processor\n",
			rp_location(rf->peer_slot), rf_state_name(rf->peer));
	else if (rf->peer_in)
		print_processor(s, rp, "Peer", "Standby", rf->peer_slot, rf->peer,
			rf->peer_since);
	else
		cli_print(s, "Peer (slot: %u) information is not available because it is in "
			     "'DISABLED' state\n",
			rp_location(rf->peer_slot));
	return CLI_DONE;
}

static enum cli_result show_switchovers(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const GArray *h = rp->rf.history;

	cli_puts(s, "Index  Previous  Current  Switchover             Switchover\n"
		    "       active    active   reason                 time\n"
		    "-----  --------  -------  ----------             ----------\n");
	for (guint k = 0; k < h->len; k++) {
		const struct rf_switchover *w = &g_array_index(h, struct rf_switchover, k);
		GDateTime *t = g_date_time_new_from_unix_utc(
			board_wall_epoch(rp->env) + w->at.ns / 1000000000);
		g_autofree char *text = g_date_time_format(t, "%H:%M:%S UTC %a %b %-d %Y");

		cli_print(s, "%4u %8u %8u    %-22s %s\n", k + 1, rp_unit_id(w->from),
			rp_unit_id(w->to), w->reason, text);
		g_date_time_unref(t);
	}
	return CLI_DONE;
}

/* ---- show redundancy commit ------------------------------------------------------- */

static const char *const bulk_names[] = {
	[CF_BULK_NONE] = "none",
	[CF_BULK_CONFIG] = "sending the configuration",
	[CF_BULK_OBJECTS] = "sending tunnels and sessions",
	[CF_BULK_DRAIN] = "waiting for the end marker",
	[CF_BULK_DONE] = "complete",
};

static void print_latency(struct cli_session *s, const struct txn *t)
{
	cli_puts(s, "Commit latency:\n");
	for (unsigned i = 0; i < TXN_LATENCY_BUCKETS; i++) {
		int64_t us = (int64_t)32 << i;

		if (!t->latency[i])
			continue;
		if (i == TXN_LATENCY_BUCKETS - 1)
			cli_print(s, "  %7" G_GINT64_FORMAT " us or more: ", us / 2);
		else
			cli_print(s, "  below %7" G_GINT64_FORMAT " us: ", us);
		cli_print(s, "%" G_GUINT64_FORMAT "\n", t->latency[i]);
	}
}

static void print_unprotected(struct cli_session *s, const struct rp *rp)
{
	struct l2tp_cc_info cc;
	uint32_t cursor = 0;

	cli_print(s, "Unprotected tunnels: %u\n", vpdn_unprotected(rp->vpdn));
	if (vpdn_unprotected(rp->vpdn) == 0)
		return;
	while (l2tp_next_cc(vpdn_l2tp(rp->vpdn), &cursor, &cc))
		if (cc.unprotected)
			cli_print(s, "  tunnel %u: S %u U %u R %u durable R %u queue %u\n",
				cc.id, cc.s, cc.u, cc.r_rx, cc.r_dur, cc.queued);
}

/* Who is told of roles, in that order: the facility, the checkpoint channel, and its clients
 * (base/ckpt.h), in the order in which their records are gathered (txn.c, vpdn/ckpt.c). */
static enum cli_result show_clients(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	static const struct {
		unsigned id, seq;
		const char *name;
	} clients[] = {
		/* clang-format off */
		{ 0,                   0,   "RF_INTERNAL_MSG" },
		{ 29,                  60,  "Redundancy Mode RF" },
		{ 25,                  68,  "CHKPT RF" },
		{ 100 + CKPT_CONFIG,   101, "Config Sync RF" },
		{ 100 + CKPT_RF,       102, "Switchover History" },
		{ 100 + CKPT_VPDN,     201, "VPDN HA, AAA accounting" },
		{ 100 + CKPT_PPP,      202, "PPP HA" },
		{ 100 + CKPT_PPPOE,    203, "PPPoE HA" },
		{ 100 + CKPT_L2TP,     204, "L2TP HA" },
		{ 65000,               390, "RF_LAST_CLIENT" },
		/* clang-format on */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
		cli_print(s, " clientID = %-8u clientSeq = %-8u %s\n", clients[i].id,
			clients[i].seq, clients[i].name);
	return CLI_DONE;
}

static enum cli_result show_commit(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct txn *t = &rp->txn;
	const struct cf *cf = &rp->cf;

	if (!rf_is_active(&rp->rf)) {
		cli_print(s, "Checkpoint store: %s\n",
			cf->open	? "open"
			: cf->failure ? cf->failure
				      : "waiting for a bulk synchronisation");
		cli_print(s, "Epoch %u, transactions applied %" G_GUINT64_FORMAT
			     ", messages received %" G_GUINT64_FORMAT
			     ", refused %" G_GUINT64_FORMAT "\n",
			cf->epoch, cf->applied, cf->received, cf->rejected);
		return CLI_DONE;
	}
	cli_print(s, "Checkpoint policy: committed, standby %s\n",
		!t->on			  ? "absent: nothing is held"
		: rp->rf.hot_announced ? "hot"
				       : "not hot");
	cli_print(s, "Epoch %u, transactions sent %" G_GUINT64_FORMAT
		     ", acknowledged %" G_GUINT64_FORMAT ", outstanding %u\n",
		t->epoch, t->seq, t->acked, txn_outstanding(rp));
	cli_print(s, "Held outputs: %u\n", vpdn_held(rp->vpdn));
	cli_print(s, "Since boot: transactions %" G_GUINT64_FORMAT
		     ", records %" G_GUINT64_FORMAT ", bytes %" G_GUINT64_FORMAT "\n",
		t->total, t->records, t->bytes);
	cli_print(s, "Ack budget: late (over %d ms) %" G_GUINT64_FORMAT
		     ", left without commit (over %d ms) %" G_GUINT64_FORMAT "\n",
		TXN_WARN_MS, t->warnings, TXN_RELEASE_MS, t->releases);
	cli_print(s, "Bulk: %s\n", bulk_names[cf->bulk]);
	print_unprotected(s, rp);
	print_latency(s, t);
	return CLI_DONE;
}

/* ---- switchover, reload ----------------------------------------------------------- */

static void order_slot(struct rp *rp, unsigned slot, enum slot_op op)
{
	struct msg_slot_order m = { .slot = (uint8_t)slot, .op = (uint8_t)op };

	ipc_send_rec(rp->env, SLOT_CHASSIS, IPC_SLOT_ORDER, &m);
}

static enum cli_result do_switchover(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	if (!answer->yes)
		return CLI_DONE;
	/* It may have changed while the question stood. */
	if (swact_disabled(rp))
		return cli_fail(s, "Standby not ready for switchover.");
	cli_puts(s, "\nManual Swact = enabled\n");
	order_slot(rp, rp->slot, SLOT_OP_SWITCHOVER);
	return CLI_DONE;
}

static enum cli_result ask_switchover(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	if (answer && answer->yes) {
		cli_puts(s, "Building configuration...\n");
		rp_config_save(user);
		cli_puts(s, "[OK]\n");
	}
	return cli_ask(s, CLI_ASK_CONFIRM, "Proceed with switchover to standby RP? [confirm]",
		do_switchover);
}

static enum cli_result force_switchover(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "Manual Swact = cannot be initiated from this the standby unit");
	if (!rp->rf.peer_in)
		return cli_fail(s, "There is no STANDBY present.");
	if (rp->rf.peer != RF_STANDBY_HOT)
		return cli_fail(s, "Standby RP is not in RF_STANDBY_HOT state");
	if (swact_disabled(rp))
		return cli_fail(s, "Standby not ready for switchover.");
	if (rp->cfg.changed)
		return cli_ask(s, CLI_ASK_YES_NO,
			"System configuration has been modified. Save? [yes/no]: ",
			ask_switchover);
	return ask_switchover(s, NULL, args, user);
}

static enum cli_result do_reload_peer(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	if (!answer->yes) {
		cli_puts(s, "Peer reload not performed\n");
		return CLI_DONE;
	}
	cli_puts(s, rp->rf.peer_in ? "\nPreparing to reload peer\n" : "\n");
	order_slot(rp, rp->rf.peer_in ? rp->rf.peer_slot : rp->slot, SLOT_OP_RELOAD);
	return CLI_DONE;
}

static enum cli_result reload_peer(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "the peer is reloaded from the active RP");
	return cli_ask(s, CLI_ASK_CONFIRM,
		rp->rf.peer_in ? "Reload peer [confirm]"
			       : "System is running in SIMPLEX mode, reload anyway? [confirm]",
		do_reload_peer);
}

static enum cli_result do_reload(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	if (answer->yes) {
		cli_puts(s, "\n");
		order_slot(rp, rp->slot, SLOT_OP_RELOAD);
	}
	return CLI_DONE;
}

static enum cli_result ask_reload(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	if (answer && answer->yes) {
		cli_puts(s, "Building configuration...\n");
		rp_config_save(user);
		cli_puts(s, "[OK]\n");
	}
	return cli_ask(s, CLI_ASK_CONFIRM, "Proceed with reload? [confirm]", do_reload);
}

static enum cli_result reload(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	if (rp->cfg.changed && rf_is_active(&rp->rf))
		return cli_ask(s, CLI_ASK_YES_NO,
			"System configuration has been modified. Save? [yes/no]: ",
			ask_reload);
	return ask_reload(s, NULL, args, user);
}

/* ---- hw-module -------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum slot_op op;
	const char *mnemonic;
} module_ops[] = {
	{ "reload", SLOT_OP_RELOAD, "SOFT_RELOADCARD" },
	{ "stop", SLOT_OP_STOP, "SOFT_STOPCARD" },
	{ "start", SLOT_OP_START, "SOFT_STARTCARD" },
};

static void module_op(struct rp *rp, const struct cli_args *args)
{
	const char *name = cli_str(args, "slot");
	unsigned slot = slot_from_name(name);

	for (size_t k = 0; k < G_N_ELEMENTS(module_ops); k++) {
		if (!cli_has(args, module_ops[k].word))
			continue;
		rp_log(rp, LOG_SEV_INFO, "IOSXE_OIR", module_ops[k].mnemonic,
			"Card (%s) %s by administrator from slot %s",
			slot_kind(slot) == BOARD_RP   ? "rp"
			: slot_kind(slot) == BOARD_FP ? "fp"
						      : "spa",
			module_ops[k].word, name);
		order_slot(rp, slot, module_ops[k].op);
	}
}

static enum cli_result do_module(struct cli_session *s, const struct cli_answer *answer,
	const struct cli_args *args, void *user)
{
	if (answer->yes) {
		cli_puts(s, "\n");
		module_op(user, args);
	}
	return CLI_DONE;
}

static enum cli_result hw_module(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const char *name = cli_str(args, "slot");
	unsigned slot = slot_from_name(name);

	if (slot == SLOT_NONE || slot >= SLOT_PEER)
		return cli_fail(s, "%s is no slot of this chassis", name);
	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "modules are handled from the active RP");
	if (cli_has(args, "start")) {
		if (rp->slots[slot].in || slot == rp->slot)
			return cli_fail(s, "%s is running", name);
		module_op(rp, args);
		return CLI_DONE;
	}
	if (!rp->slots[slot].in && slot != rp->slot)
		return cli_fail(s, "%s is not running", name);
	return cli_ask(s, CLI_ASK_CONFIRM,
		cli_has(args, "reload") ? "Proceed with reload of module? [confirm]"
					: "Proceed with stop of module? [confirm]",
		do_module);
}

/* clang-format off */
const struct cli_command redundancy_commands[] = {
	{ CLI_CONFIG,      "redundancy", "Redundancy of the route processors", enter_redundancy },
	{ CLI_CONFIG_RED,  "[no] mode sso", "How the standby RP is kept", set_mode },
	{ CLI_CONFIG_RED,  "[no] heartbeat <milliseconds:100-10000> [<misses:2-20>]",
	                   "How a hung RP is found", set_heartbeat },
	{ CLI_CONFIG_RED,  "main-cpu", "Settings of the RPs", enter_main_cpu },
	{ CLI_CONFIG_R_MC, "[no] standby console enable",
	                   "Commands on the standby's console", set_standby_console },
	{ CLI_EXEC,        "show redundancy", "Redundancy of the route processors", show_redundancy },
	{ CLI_EXEC,        "show redundancy states", "States of both route processors", show_states },
	{ CLI_EXEC,        "show redundancy switchover history", "Switchovers so far", show_switchovers },
	{ CLI_EXEC,        "show redundancy clients", "Who takes part in redundancy", show_clients },
	{ CLI_EXEC,        "show redundancy commit", "The commit protocol at work", show_commit },
	{ CLI_PRIV,        "redundancy force-switchover", "Let the standby RP take over", force_switchover },
	{ CLI_PRIV,        "redundancy reload peer", "Reload the standby RP", reload_peer },
	{ CLI_PRIV,        "reload", "Restart this RP", reload },
	{ CLI_PRIV,        "hw-module slot <slot:word> {reload | stop | start}",
	                   "Handle a module of the chassis", hw_module },
	{ CLI_PRIV,        "hw-module subslot <slot:word> {reload | stop | start}",
	                   "Handle a port adapter", hw_module },
	{ 0 },
};

const struct cli_word redundancy_words[] = {
	{ "show redundancy switchover", "Switchovers" },
	{ "mode", "How the standby RP is kept" },
	{ "mode sso", "Stateful switchover" },
	{ "standby", "The standby RP" },
	{ "standby console", "Console of the standby RP" },
	{ "redundancy reload", "Restart an RP" },
	{ "hw-module", "Modules of the chassis" },
	{ "slot <slot>", "R0, R1, F0, F1" },
	{ "subslot <slot>", "Bay of a port adapter: 0/0" },
	{ "<slot> reload", "Power off and on again" },
	{ "<slot> stop", "Power off" },
	{ "<slot> start", "Power on" },
	{ "heartbeat <milliseconds>", "Interval of heartbeats" },
	{ "<milliseconds> <misses>", "Heartbeats missed until an RP counts as hung" },
	{ NULL, NULL },
};
/* clang-format on */
