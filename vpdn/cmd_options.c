/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of L2TP's options: hidden AVPs, data sequencing and checksums, timers of set-up,
 * congestion control (ios-cli.md 3.2).  Compiled into rp.  They hold for tunnels and calls that
 * come after them.
 */
#include "rp/internal.h"
#include "vpdn/cmd.h"

/* ---- switches of a group, off by default ------------------------------------------- */

static const struct {
	const char *word; /* the last one of the command */
	const char *command;
	size_t offset;
} switches[] = {
	/* clang-format off */
	{ "hidden",       "l2tp hidden",            offsetof(struct vpdn_group, hidden) },
	{ "sequencing",   "l2tp sequencing",        offsetof(struct vpdn_group, sequencing) },
	{ "out-of-order", "l2tp drop out-of-order", offsetof(struct vpdn_group, drop_out_of_order) },
	{ "checksum",     "l2tp ip udp checksum",   offsetof(struct vpdn_group, udp_checksum) },
	/* clang-format on */
};

static enum cli_result set_switch(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	for (size_t i = 0; g && i < G_N_ELEMENTS(switches); i++)
		if (cli_has(args, switches[i].word))
			*(bool *)((char *)g + switches[i].offset) = !cli_undo(args);
	return CLI_DONE;
}

static enum cli_result set_setup(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_group *g = vpdn_cmd_group(s, user);

	if (!g)
		return CLI_DONE;
	g->setup_s = 0;
	if (!cli_undo(args))
		cli_arg_u16(args, "seconds", &g->setup_s);
	return CLI_DONE;
}

static enum cli_result set_congestion(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	vpdn_cmd_config(user)->no_congestion_control = cli_no(args);
	return CLI_DONE;
}

/* ---- configuration text ------------------------------------------------------------ */

void nvgen_options_global(const struct vpdn_config *c, GString *out, bool all)
{
	if (c->no_congestion_control)
		g_string_append(out, "no l2tp congestion-control\n");
	else if (all)
		g_string_append(out, "l2tp congestion-control\n");
}

void nvgen_options(const struct vpdn_group *g, GString *out, bool all)
{
	for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
		bool on = *(const bool *)((const char *)g + switches[i].offset);

		if (on || all)
			g_string_append_printf(
				out, " %s%s\n", on ? "" : "no ", switches[i].command);
	}
	if (g->setup_s)
		g_string_append_printf(out, " l2tp tunnel timeout setup %u\n", g->setup_s);
}

/* clang-format off */
const struct cli_command option_commands[] = {
	{ CLI_CONFIG,      "[no] l2tp congestion-control",
	                   "Slow start and congestion avoidance of control messages (the default)", set_congestion },
	{ CLI_CONFIG_VPDN, "[no] l2tp hidden", "Hide the values of AVPs (needs a tunnel password)", set_switch },
	{ CLI_CONFIG_VPDN, "[no] l2tp sequencing", "Number data packets", set_switch },
	{ CLI_CONFIG_VPDN, "[no] l2tp drop out-of-order", "Drop numbered data packets that are late", set_switch },
	{ CLI_CONFIG_VPDN, "[no] l2tp ip udp checksum", "UDP checksum over data packets", set_switch },
	{ CLI_CONFIG_VPDN, "[no] l2tp tunnel timeout setup [<seconds:60-6000>]",
	                   "Time for a tunnel to become established", set_setup },
	{ 0 },
};

const struct cli_word option_words[] = {
	{ "l2tp congestion-control", "Congestion control of control channels" },
	{ "l2tp hidden", "Hide the values of AVPs" },
	{ "l2tp sequencing", "Number data packets" },
	{ "l2tp drop", "What is dropped" },
	{ "drop out-of-order", "Numbered data packets that are late" },
	{ "l2tp ip", "IP options of tunnels" },
	{ "ip udp", "UDP options of tunnels" },
	{ "udp checksum", "Checksum over data packets" },
	{ "tunnel timeout", "Timers of tunnels" },
	{ "timeout setup", "Time for a tunnel to become established" },
	{ "setup <seconds>", "Seconds, 10 by default" },
	{ NULL, NULL },
};
/* clang-format on */
