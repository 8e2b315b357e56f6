/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Modes: the table, the session's stack of them, prompts.
 *
 * The bottom of the stack is user or privileged EXEC; configuration modes lie on top, each
 * with the context it was entered with.  Every configuration suffix begins with "(config",
 * which clients rely on, and in these modes only 16 characters of the host name are shown.
 */
#include "cli/internal.h"

#include <string.h>

#define HOST_SHOWN 16

const struct cli_mode cli_modes[] = {
	/* clang-format off */
	{ CLI_USER,                 0,                    ">" },
	{ CLI_PRIV,                 0,                    "#" },
	{ CLI_CONFIG,               0,                    "(config)#" },
	{ CLI_CONFIG_VPDN,          CLI_CONFIG,           "(config-vpdn)#" },
	{ CLI_CONFIG_VPDN_ACC_IN,   CLI_CONFIG_VPDN,      "(config-vpdn-acc-in)#" },
	{ CLI_CONFIG_VPDN_REQ_IN,   CLI_CONFIG_VPDN,      "(config-vpdn-req-in)#" },
	{ CLI_CONFIG_VPDN_ACC_OU,   CLI_CONFIG_VPDN,      "(config-vpdn-acc-ou)#" },
	{ CLI_CONFIG_VPDN_REQ_OU,   CLI_CONFIG_VPDN,      "(config-vpdn-req-ou)#" },
	{ CLI_CONFIG_VPDN_TEMPL,    CLI_CONFIG,           "(config-vpdn-templ)#" },
	{ CLI_CONFIG_IF,            CLI_CONFIG,           "(config-if)#" },
	{ CLI_CONFIG_SUBIF,         CLI_CONFIG,           "(config-subif)#" },
	{ CLI_CONFIG_LINE,          CLI_CONFIG,           "(config-line)#" },
	{ CLI_CONFIG_RED,           CLI_CONFIG,           "(config-red)#" },
	{ CLI_CONFIG_R_MC,          CLI_CONFIG_RED,       "(config-r-mc)#" },
	{ CLI_CONFIG_BBA,           CLI_CONFIG,           "(config-bba-group)#" },
	{ CLI_CONFIG_RADIUS_SERVER, CLI_CONFIG,           "(config-radius-server)#" },
	{ CLI_CONFIG_SG_RADIUS,     CLI_CONFIG,           "(config-sg-radius)#" },
	{ CLI_CONFIG_VRF,           CLI_CONFIG,           "(config-vrf)#" },
	{ CLI_CONFIG_VRF_AF,        CLI_CONFIG_VRF,       "(config-vrf-af)#" },
	{ CLI_CONFIG_LOCSVR_DA,     CLI_CONFIG,           "(config-locsvr-da-radius)#" },
	{ CLI_CONFIG_L2TP_CLASS,    CLI_CONFIG,           "(config-l2tp-class)#" },
	{ 0 },
	/* clang-format on */
};

const struct cli_mode *cli_mode_find(const struct cli_tree *tree, uint64_t id)
{
	for (const struct cli_mode *m = tree->modes; m->id; m++)
		if (m->id == id)
			return m;
	return NULL;
}

uint64_t cli_session_mode(const struct cli_session *s)
{
	return s->stack[s->depth - 1].mode;
}

bool cli_in_config(const struct cli_session *s)
{
	return s->depth > 1;
}

void cli_frame_pop_to(struct cli_session *s, unsigned depth)
{
	bool was_config = cli_in_config(s);

	while (s->depth > depth)
		g_clear_pointer(&s->stack[--s->depth].name, g_free);
	if (was_config && s->depth == 1 && s->tree->hooks->config_leave)
		s->tree->hooks->config_leave(s, s->changed, s->tree->user);
}

void cli_frame_push(
	struct cli_session *s, uint64_t mode, const char *name, uint64_t number)
{
	if (!cli_in_config(s))
		s->changed = false;
	if (s->depth == CLI_STACK_MAX)
		cli_frame_pop_to(s, CLI_STACK_MAX - 1);
	s->stack[s->depth++] = (struct cli_frame){ mode, g_strdup(name), number };
}

void cli_enter(struct cli_session *s, uint64_t mode, const char *name, uint64_t number)
{
	const struct cli_mode *m = cli_mode_find(s->tree, mode);

	/* Also when a command is entered from a sibling, or from the mode itself. */
	while (m && s->depth > 2 && cli_session_mode(s) != m->parent)
		cli_frame_pop_to(s, s->depth - 1);
	cli_frame_push(s, mode, name, number);
}

static const struct cli_frame *find_frame(const struct cli_session *s, uint64_t mode)
{
	if (mode == 0)
		return &s->stack[s->depth - 1];
	for (unsigned d = s->depth; d > 0; d--)
		if (s->stack[d - 1].mode == mode)
			return &s->stack[d - 1];
	return NULL;
}

const char *cli_context_name(const struct cli_session *s, uint64_t mode)
{
	const struct cli_frame *f = find_frame(s, mode);

	return f ? f->name : NULL;
}

uint64_t cli_context_number(const struct cli_session *s, uint64_t mode)
{
	const struct cli_frame *f = find_frame(s, mode);

	return f ? f->number : 0;
}

/* One level up; from EXEC: out. */
void cli_leave(struct cli_session *s)
{
	if (cli_in_config(s))
		cli_frame_pop_to(s, s->depth - 1);
	else
		cli_close(s);
}

void cli_leave_config(struct cli_session *s)
{
	cli_frame_pop_to(s, 1);
}

void cli_session_configure(struct cli_session *s)
{
	cli_frame_pop_to(s, 1);
	s->stack[0].mode = CLI_PRIV;
	cli_frame_push(s, CLI_CONFIG, NULL, 0);
}

char *cli_session_prompt(const struct cli_session *s)
{
	const struct cli_hooks *h = s->tree->hooks;
	const char *host = h->hostname ? h->hostname(s->tree->user) : NULL;
	bool standby = h->standby && h->standby(s->tree->user);
	const struct cli_mode *mode = cli_mode_find(s->tree, cli_session_mode(s));
	int shown = cli_in_config(s) ? HOST_SHOWN : 63;

	return g_strdup_printf("%.*s%s%s", shown, host ? host : "Router",
		standby ? "-stby" : "", mode ? mode->suffix : ">");
}
