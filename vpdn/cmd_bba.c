/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of bba-groups: who may have a PPPoE session (ios-cli.md 12.1).  Compiled into rp.
 */
#include "rp/internal.h"
#include "vpdn/cmd.h"

#include <string.h>

enum { PAYLOAD_MIN = 1493, PAYLOAD_MAX = 1500 };

static struct vpdn_bba *current(struct cli_session *s, struct rp *rp)
{
	const char *name = cli_context_name(s, CLI_CONFIG_BBA);
	struct vpdn_bba *b = name ? vpdn_config_bba(vpdn_cmd_config(rp), name, true) : NULL;

	if (!b)
		(void)cli_fail(s, "the group was removed by another session: enter it again");
	return b;
}

static enum cli_result enter_bba(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	const char *name = cli_str(args, "name");

	if (cli_undo(args)) {
		if (!vpdn_config_remove_bba(vpdn_cmd_config(user), name))
			return cli_fail(s, "bba-group %s is not configured", name);
		return CLI_DONE;
	}
	if (!vpdn_config_bba(vpdn_cmd_config(user), name, true))
		return cli_fail(s, "at most %d bba-groups can be configured, with names of up "
				   "to %d characters",
			VPDN_BBAS_MAX, VPDN_BBA_NAME_MAX - 1);
	cli_enter(s, CLI_CONFIG_BBA, name, 0);
	return CLI_DONE;
}

static enum cli_result set_virtual_template(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);

	if (!b)
		return CLI_DONE;
	b->virtual_template = 0;
	if (!cli_undo(args))
		cli_arg_u16(args, "number", &b->virtual_template);
	return CLI_DONE;
}

static enum cli_result set_ac_name(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);
	const char *name = cli_str(args, "name");

	if (!b)
		return CLI_DONE;
	if (!cli_undo(args) && strlen(name) >= PPPOE_NAME_MAX)
		return cli_fail(s, "a name has at most %d characters", PPPOE_NAME_MAX - 1);
	g_free(b->ac_name);
	b->ac_name = cli_undo(args) ? NULL : g_strdup(name);
	return CLI_DONE;
}

static enum cli_result set_service(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);
	const char *name = cli_str(args, "name");

	if (!b)
		return CLI_DONE;
	if (cli_undo(args) && !name) {
		g_ptr_array_set_size(b->services, 0);
	} else if (cli_undo(args)) {
		if (!vpdn_bba_remove_service(b, name))
			return cli_fail(s, "service %s is not configured", name);
	} else if (!vpdn_bba_add_service(b, name) &&
		   (b->services->len >= PPPOE_SERVICES_MAX || strlen(name) >= PPPOE_NAME_MAX)) {
		return cli_fail(s, "a group has at most %d services, with names of up to %d "
				   "characters",
			PPPOE_SERVICES_MAX, PPPOE_NAME_MAX - 1);
	}
	return CLI_DONE;
}

/* The limits, by the words of the command. */
static const struct {
	const char *word, *line;
	size_t offset;
} limits[] = {
	/* clang-format off */
	{ "max",      "sessions max limit",      offsetof(struct vpdn_bba, max_sessions) },
	{ "per-mac",  "sessions per-mac limit",  offsetof(struct vpdn_bba, per_mac) },
	{ "per-port", "sessions per-port limit", offsetof(struct vpdn_bba, per_port) },
	{ "per-vlan", "sessions per-vlan limit", offsetof(struct vpdn_bba, per_vlan) },
	/* clang-format on */
};

static enum cli_result set_limit(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);
	uint32_t n = 0, inner = 0;

	if (!b)
		return CLI_DONE;
	if (!cli_undo(args)) {
		cli_arg_u32(args, "number", &n);
		cli_arg_u32(args, "inner-number", &inner);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
		if (cli_has(args, limits[i].word))
			*(uint32_t *)(void *)((char *)b + limits[i].offset) = n;
	if (cli_has(args, "per-vlan"))
		b->per_inner = inner;
	return CLI_DONE;
}

static enum cli_result set_throttle(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);

	if (!b)
		return CLI_DONE;
	b->throttle_requests = b->throttle_seconds = b->throttle_delay = 0;
	if (cli_undo(args))
		return CLI_DONE;
	cli_arg_u16(args, "requests", &b->throttle_requests);
	cli_arg_u16(args, "seconds", &b->throttle_seconds);
	cli_arg_u16(args, "delay", &b->throttle_delay);
	return CLI_DONE;
}

static enum cli_result set_payload(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);
	uint16_t low = PAYLOAD_MIN, high = PAYLOAD_MAX;

	if (!b)
		return CLI_DONE;
	cli_arg_u16(args, "low", &low);
	cli_arg_u16(args, "high", &high);
	if (low > high)
		return cli_fail(s, "the minimum is more than the maximum");
	b->payload_min = cli_undo(args) ? 0 : low;
	b->payload_max = cli_undo(args) ? 0 : high;
	return CLI_DONE;
}

static enum cli_result set_vendor_tag(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_bba *b = current(s, user);

	if (!b)
		return CLI_DONE;
	if (cli_has(args, "circuit-id"))
		b->circuit_id = !cli_undo(args);
	else
		b->remote_id = !cli_undo(args);
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

static void nvgen_bba(const struct vpdn_bba *b, GString *out)
{
	g_string_append_printf(out, "bba-group pppoe %s\n", b->name);
	if (b->virtual_template)
		g_string_append_printf(out, " virtual-template %u\n", b->virtual_template);
	if (b->ac_name)
		g_string_append_printf(out, " ac name %s\n", b->ac_name);
	for (guint i = 0; i < b->services->len; i++)
		g_string_append_printf(
			out, " service name %s\n", (const char *)b->services->pdata[i]);
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		uint32_t n = *(const uint32_t *)(const void *)((const char *)b +
							       limits[i].offset);

		if (!n)
			continue;
		g_string_append_printf(out, " %s %u", limits[i].line, n);
		if (limits[i].offset == offsetof(struct vpdn_bba, per_vlan) && b->per_inner)
			g_string_append_printf(out, " inner %u", b->per_inner);
		g_string_append_c(out, '\n');
	}
	if (b->throttle_requests)
		g_string_append_printf(out, " sessions per-mac throttle %u %u %u\n",
			b->throttle_requests, b->throttle_seconds, b->throttle_delay);
	if (b->payload_max)
		g_string_append_printf(out, " tag ppp-max-payload minimum %u maximum %u\n",
			b->payload_min, b->payload_max);
	if (b->circuit_id)
		g_string_append(out, " vendor-tag circuit-id service\n");
	if (b->remote_id)
		g_string_append(out, " vendor-tag remote-id service\n");
	g_string_append(out, "!\n");
}

void nvgen_bbas(const struct rp *rp, GString *out, bool all)
{
	const GPtrArray *bbas = vpdn_config(rp->vpdn)->bbas;

	for (guint i = 0; i < bbas->len; i++)
		nvgen_bba(bbas->pdata[i], out);
}

/* clang-format off */
const struct cli_command bba_commands[] = {
	{ CLI_CONFIG,     "[no] bba-group pppoe <name:word!>", "Configure a group of PPPoE clients", enter_bba },
	{ CLI_CONFIG_BBA, "[no] virtual-template <number:1-4095>",
	                  "Virtual-Template of the sessions", set_virtual_template },
	{ CLI_CONFIG_BBA, "[no] ac name <name:word>", "Our name, as clients see it", set_ac_name },
	{ CLI_CONFIG_BBA, "[no] service name <name:word>",
	                  "A service that clients may ask for", set_service },
	{ CLI_CONFIG_BBA, "[no] sessions max limit <number:1-64000>",
	                  "Most sessions of the group", set_limit },
	{ CLI_CONFIG_BBA, "[no] sessions per-mac limit <number:1-64000>",
	                  "Most sessions of one client", set_limit },
	{ CLI_CONFIG_BBA, "[no] sessions per-port limit <number:1-64000>",
	                  "Most sessions of one port", set_limit },
	{ CLI_CONFIG_BBA, "[no] sessions per-vlan limit <number:1-64000> [inner <inner-number:1-64000>]",
	                  "Most sessions of one VLAN", set_limit },
	{ CLI_CONFIG_BBA, "[no] sessions per-mac throttle <requests:1-65535> <seconds:1-3600> <delay:0-3600>",
	                  "How often a client may ask for a session", set_throttle },
	{ CLI_CONFIG_BBA, "[no] tag ppp-max-payload [minimum <low:1493-1500>] [maximum <high:1493-1500>]",
	                  "Frames of more than 1492 octets, for clients that ask for them", set_payload },
	{ CLI_CONFIG_BBA, "[no] vendor-tag {circuit-id | remote-id} service",
	                  "RADIUS is told what the access node says of the line", set_vendor_tag },
	{ 0 },
};

const struct cli_word bba_words[] = {
	{ "bba-group", "Broadband access groups" },
	{ "bba-group pppoe", "PPP over Ethernet" },
	{ "pppoe <name>", "Name of the group; global is that of interfaces that name none" },
	{ "ac", "Access concentrator" },
	{ "service name", "Service-Name" },
	{ "sessions", "Limits of sessions" },
	{ "sessions max", "Of the group" },
	{ "sessions per-mac", "Of one client" },
	{ "sessions per-port", "Of one port" },
	{ "sessions per-vlan", "Of one outer VLAN of a port" },
	{ "<number> inner", "And of each inner VLAN of it" },
	{ "<inner-number>", "Number" },
	{ "throttle <requests>", "Requests (PADR) that a client may send" },
	{ "<requests> <seconds>", "Within these seconds" },
	{ "<seconds> <delay>", "Seconds that it is not heard when it sends more" },
	{ "tag", "Tags of PPPoE" },
	{ "ppp-max-payload minimum", "Smaller wishes are not answered" },
	{ "minimum <low>", "Octets" },
	{ "ppp-max-payload maximum", "Larger wishes get this" },
	{ "<low> maximum", "Larger wishes get this" },
	{ "maximum <high>", "Octets" },
	{ "vendor-tag", "Tags of the access node" },
	{ "vendor-tag circuit-id", "Agent Circuit ID" },
	{ "vendor-tag remote-id", "Agent Remote ID" },
	{ "circuit-id service", "As NAS-Port-Id" },
	{ "remote-id service", "As NAS-Port-Id, without a circuit ID" },
	{ NULL, NULL },
};
/* clang-format on */
