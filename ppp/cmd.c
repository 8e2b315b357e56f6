/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands of PPP: Virtual-Template interfaces (ios-cli.md 12, 13.3).  Compiled into rp.
 */
#include "ppp/cmd.h"

#include "base/net.h"
#include "rp/internal.h"

#include <string.h>

enum { VTEMPLATE_MAX = 4095 };

/* A Virtual-Template's context is "vt" and its number: see ppp_cmd_vtemplate(). */
struct vpdn_vtemplate *ppp_cmd_vt(struct cli_session *s, struct rp *rp)
{
	uint64_t n = cli_context_number(s, CLI_CONFIG_IF);

	return n ? vpdn_config_vtemplate(vpdn_config(rp->vpdn), (unsigned)n, false) : NULL;
}

static enum cli_result not_here(struct cli_session *s)
{
	return cli_fail(s, "this command is for Virtual-Template interfaces");
}

enum cli_result ppp_cmd_vtemplate(struct cli_session *s, const struct cli_args *args,
	struct rp *rp, const char *name)
{
	struct vpdn_config *c = vpdn_config(rp->vpdn);
	uint64_t n;

	if (!g_ascii_string_to_unsigned(name + strlen("Virtual-Template"), 10, 1,
		    VTEMPLATE_MAX, &n, NULL))
		return cli_fail(s, "a Virtual-Template has a number from 1 to %d",
			VTEMPLATE_MAX);
	if (cli_no(args)) {
		if (!vpdn_config_remove_vtemplate(c, (unsigned)n))
			return cli_fail(s, "%s is not configured", name);
		return CLI_DONE;
	}
	if (cli_default(args)) { /* stays, without what was configured in it */
		if (vpdn_config_remove_vtemplate(c, (unsigned)n))
			vpdn_config_vtemplate(c, (unsigned)n, true);
		return CLI_DONE;
	}
	vpdn_config_vtemplate(c, (unsigned)n, true);
	cli_enter(s, CLI_CONFIG_IF, name, n);
	return CLI_DONE;
}

enum cli_result ppp_cmd_vt_address(
	struct cli_session *s, const struct cli_args *args, struct rp *rp)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, rp);

	if (!t)
		return not_here(s);
	t->ip = t->mask = 0;
	if (cli_no(args) || cli_default(args))
		return CLI_DONE;
	cli_arg_ipv4(args, "address", &t->ip);
	cli_arg_ipv4(args, "mask", &t->mask);
	g_clear_pointer(&t->unnumbered, g_free);
	return CLI_DONE;
}

enum cli_result ppp_cmd_vt_mtu(
	struct cli_session *s, const struct cli_args *args, struct rp *rp)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, rp);
	uint16_t mtu = 0;

	if (!t)
		return not_here(s);
	if (!cli_no(args))
		cli_arg_u16(args, "bytes", &mtu);
	t->mtu = mtu == 1500 ? 0 : mtu;
	return CLI_DONE;
}

static enum cli_result set_unnumbered(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	g_clear_pointer(&t->unnumbered, g_free);
	if (cli_no(args))
		return CLI_DONE;
	t->unnumbered = g_strdup(cli_str(args, "interface"));
	t->ip = t->mask = 0;
	return CLI_DONE;
}

static enum cli_result set_pool(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	g_free(t->pool);
	t->pool = cli_undo(args) ? NULL : g_strdup(cli_str(args, "name"));
	if (t->pool)
		t->peer_ip = 0;
	return CLI_DONE;
}

static enum cli_result set_peer_address(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	t->peer_ip = 0;
	if (cli_undo(args))
		return CLI_DONE;
	cli_arg_ipv4(args, "address", &t->peer_ip);
	g_clear_pointer(&t->pool, g_free);
	return CLI_DONE;
}

static const char *const auth_words[] = {
	[PPP_AUTH_PAP] = "pap",
	[PPP_AUTH_CHAP] = "chap",
	[PPP_AUTH_MSCHAP] = "ms-chap",
	[PPP_AUTH_MSCHAP2] = "ms-chap-v2",
};

static enum ppp_auth auth_of(const char *word)
{
	for (unsigned i = PPP_AUTH_PAP; i < G_N_ELEMENTS(auth_words); i++)
		if (!strcmp(word, auth_words[i]))
			return i;
	return PPP_AUTH_NONE;
}

static bool listed(const struct vpdn_vtemplate *t, enum ppp_auth a)
{
	for (unsigned i = 0; i < PPP_AUTHS_MAX; i++)
		if (t->auth[i] == a)
			return true;
	return false;
}

/* "default" is what counts without a list. */
static void set_list(char **to, const struct cli_args *args)
{
	const char *name = cli_undo(args) ? NULL : cli_str(args, "list");

	g_free(*to);
	*to = name && strcmp(name, "default") ? g_strdup(name) : NULL;
}

static enum cli_result set_service_list(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	set_list(cli_has(args, "accounting") ? &t->acct_list : &t->author_list, args);
	return CLI_DONE;
}

static enum cli_result set_authentication(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);
	const char *const *w = cli_words(args);
	unsigned n = 0;

	if (!t)
		return not_here(s);
	memset(t->auth, 0, sizeof(t->auth));
	set_list(&t->authen_list, args);
	if (cli_undo(args))
		return CLI_DONE;
	for (; *w && n < PPP_AUTHS_MAX; w++) {
		enum ppp_auth a = auth_of(*w);

		if (a == PPP_AUTH_NONE || listed(t, a))
			continue;
		if (!ppp_auth_valid(a)) {
			memset(t->auth, 0, sizeof(t->auth));
			return cli_fail(s, "this build has no %s", *w);
		}
		t->auth[n++] = a;
	}
	return CLI_DONE;
}

static enum cli_result set_dns(struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	t->dns[0] = t->dns[1] = 0;
	if (cli_no(args))
		return CLI_DONE;
	cli_arg_ipv4(args, "primary", &t->dns[0]);
	cli_arg_ipv4(args, "secondary", &t->dns[1]);
	return CLI_DONE;
}

static enum cli_result set_keepalive(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);
	uint16_t retries = 0;

	if (!t)
		return not_here(s);
	t->keepalive_set = !cli_default(args);
	t->keepalive_s = 0;
	t->keepalive_retries = 0;
	if (cli_no(args) || cli_default(args))
		return CLI_DONE;
	t->keepalive_s = VPDN_KEEPALIVE_DEFAULT;
	cli_arg_u16(args, "seconds", &t->keepalive_s);
	if (cli_arg_u16(args, "retries", &retries))
		t->keepalive_retries = (uint8_t)retries;
	return CLI_DONE;
}

static enum cli_result set_timeout(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);
	uint16_t *to;

	if (!t)
		return not_here(s);
	to = cli_has(args, "retry") ? &t->timeout_retry_s : &t->timeout_auth_s;
	*to = 0;
	if (!cli_no(args) && !cli_default(args))
		cli_arg_u16(args, "seconds", to);
	return CLI_DONE;
}

static enum cli_result set_idle(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	t->idle_s = 0;
	if (!cli_undo(args))
		cli_arg_u32(args, "idle", &t->idle_s);
	return CLI_DONE;
}

static enum cli_result set_adaptive(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);

	if (!t)
		return not_here(s);
	t->mtu_adaptive = !cli_undo(args);
	return CLI_DONE;
}

/* Counters of RFC 1661, section 4.6, and of failed logins. */
static const struct {
	const char *word;
	size_t offset;
	uint8_t dflt;
} counters[] = {
	{ "max-bad-auth", offsetof(struct vpdn_vtemplate, max_bad_auth), 0 },
	{ "max-configure", offsetof(struct vpdn_vtemplate, max_configure), 10 },
	{ "max-failure", offsetof(struct vpdn_vtemplate, max_failure), 5 },
	{ "max-terminate", offsetof(struct vpdn_vtemplate, max_terminate), 2 },
};

static enum cli_result set_counter(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct vpdn_vtemplate *t = ppp_cmd_vt(s, user);
	uint16_t n = 0;

	if (!t)
		return not_here(s);
	if (!cli_undo(args))
		cli_arg_u16(args, "number", &n);
	for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
		if (cli_has(args, counters[i].word))
			*(uint8_t *)((char *)t + counters[i].offset) =
				n == counters[i].dflt ? 0 : (uint8_t)n;
	return CLI_DONE;
}

/* ---- configuration text ----------------------------------------------------------- */

static void nvgen_authentication(const struct vpdn_vtemplate *t, GString *out)
{
	if (!t->auth[0])
		return;
	g_string_append(out, " ppp authentication");
	for (unsigned i = 0; i < PPP_AUTHS_MAX && t->auth[i]; i++)
		g_string_append_printf(out, " %s", auth_words[t->auth[i]]);
	if (t->authen_list)
		g_string_append_printf(out, " %s", t->authen_list);
	g_string_append_c(out, '\n');
}

static void nvgen_counters(const struct vpdn_vtemplate *t, GString *out, bool all)
{
	for (size_t i = 0; i < G_N_ELEMENTS(counters); i++) {
		uint8_t n = *(const uint8_t *)((const char *)t + counters[i].offset);

		if (n || (all && counters[i].dflt))
			g_string_append_printf(out, " ppp %s %u\n", counters[i].word,
				n ? n : counters[i].dflt);
	}
}

static void nvgen_keepalive(const struct vpdn_vtemplate *t, GString *out, bool all)
{
	if (t->keepalive_set && t->keepalive_s == 0)
		g_string_append(out, " no keepalive\n");
	else if (t->keepalive_set && t->keepalive_retries)
		g_string_append_printf(
			out, " keepalive %u %u\n", t->keepalive_s, t->keepalive_retries);
	else if (t->keepalive_set && (all || t->keepalive_s != VPDN_KEEPALIVE_DEFAULT))
		g_string_append_printf(out, " keepalive %u\n", t->keepalive_s);
	else if (all)
		g_string_append_printf(out, " keepalive %u\n", VPDN_KEEPALIVE_DEFAULT);
}

static void nvgen_vtemplate(const struct vpdn_vtemplate *t, GString *out, bool all)
{
	char a[16], b[16];

	g_string_append_printf(out, "interface Virtual-Template%u\n", t->number);
	if (t->mtu || all)
		g_string_append_printf(out, " mtu %u\n", t->mtu ? t->mtu : 1500);
	if (t->unnumbered)
		g_string_append_printf(out, " ip unnumbered %s\n", t->unnumbered);
	else if (t->ip)
		g_string_append_printf(out, " ip address %s %s\n", ipv4_to_str(t->ip, a),
			ipv4_to_str(t->mask, b));
	else
		g_string_append(out, " no ip address\n");
	if (t->source_check)
		g_string_append(out, " ip verify unicast source reachable-via rx\n");
	if (t->mss)
		g_string_append_printf(out, " ip tcp adjust-mss %u\n", t->mss);
	if (t->pool)
		g_string_append_printf(out, " peer default ip address pool %s\n", t->pool);
	else if (t->peer_ip)
		g_string_append_printf(out, " peer default ip address %s\n",
			ipv4_to_str(t->peer_ip, a));
	nvgen_keepalive(t, out, all);
	if (t->mtu_adaptive)
		g_string_append(out, " ppp mtu adaptive\n");
	nvgen_authentication(t, out);
	if (t->author_list)
		g_string_append_printf(out, " ppp authorization %s\n", t->author_list);
	if (t->acct_list)
		g_string_append_printf(out, " ppp accounting %s\n", t->acct_list);
	if (t->dns[0] && t->dns[1])
		g_string_append_printf(out, " ppp ipcp dns %s %s\n",
			ipv4_to_str(t->dns[0], a), ipv4_to_str(t->dns[1], b));
	else if (t->dns[0])
		g_string_append_printf(out, " ppp ipcp dns %s\n", ipv4_to_str(t->dns[0], a));
	if (t->timeout_retry_s || all)
		g_string_append_printf(out, " ppp timeout retry %u\n",
			t->timeout_retry_s ? t->timeout_retry_s : 3);
	if (t->timeout_auth_s || all)
		g_string_append_printf(out, " ppp timeout authentication %u\n",
			t->timeout_auth_s ? t->timeout_auth_s : 10);
	if (t->idle_s)
		g_string_append_printf(out, " ppp timeout idle %u\n", t->idle_s);
	nvgen_counters(t, out, all);
	g_string_append(out, "!\n");
}

void nvgen_vtemplates(const struct rp *rp, GString *out, bool all)
{
	const GPtrArray *v = vpdn_config(rp->vpdn)->vtemplates;

	for (guint k = 0; k < v->len; k++)
		nvgen_vtemplate(v->pdata[k], out, all);
}

/* clang-format off */
const struct cli_command ppp_commands[] = {
	{ CLI_CONFIG_IF, "[no] ip unnumbered <interface:iface>",
	                 "Use the address of another interface", set_unnumbered },
	{ CLI_CONFIG_IF, "[no] peer default ip address pool <name:word>",
	                 "Give the peer an address of a local pool", set_pool },
	{ CLI_CONFIG_IF, "[no] peer default ip address <address:ipv4>",
	                 "Give the peer this address", set_peer_address },
	{ CLI_CONFIG_IF, "[no] ppp authentication {chap | ms-chap | ms-chap-v2 | pap}... [<list:word>]",
	                 "How the peer proves who it is, in order", set_authentication },
	{ CLI_CONFIG_IF, "[no] ppp ipcp dns <primary:ipv4> [<secondary:ipv4>]",
	                 "Name servers told to the peer", set_dns },
	{ CLI_CONFIG_IF, "[no] keepalive [<seconds:1-32767> [<retries:1-255>]]",
	                 "LCP echo interval", set_keepalive },
	{ CLI_CONFIG_IF, "[no] ppp authorization <list:word>",
	                 "Authorization list of the subscribers", set_service_list },
	{ CLI_CONFIG_IF, "[no] ppp accounting <list:word>",
	                 "Accounting list of the subscribers", set_service_list },
	{ CLI_CONFIG_IF, "[no] ppp timeout {retry | authentication} <seconds:1-255>",
	                 "PPP timers", set_timeout },
	{ CLI_CONFIG_IF, "[no] ppp timeout idle <idle:1-2147483>",
	                 "Seconds without a packet of the subscriber until he is disconnected", set_idle },
	{ CLI_CONFIG_IF, "[no] ppp max-bad-auth <number:1-255>",
	                 "Failed logins after which the peer may try again", set_counter },
	{ CLI_CONFIG_IF, "[no] ppp max-configure <number:1-255>",
	                 "Configure-Requests without an answer", set_counter },
	{ CLI_CONFIG_IF, "[no] ppp max-failure <number:2-255>",
	                 "Configure-Naks before rejecting", set_counter },
	{ CLI_CONFIG_IF, "[no] ppp max-terminate <number:2-255>",
	                 "Terminate-Requests without an answer", set_counter },
	{ CLI_CONFIG_IF, "[no] ppp mtu adaptive",
	                 "The MTU follows what the peer can receive", set_adaptive },
	{ 0 },
};

const struct cli_word ppp_words[] = {
	{ "ppp", "Point-to-Point Protocol" },
	{ "authentication chap", "Challenge Handshake Authentication Protocol" },
	{ "authentication ms-chap", "Microsoft's CHAP (RFC 2433)" },
	{ "authentication ms-chap-v2", "Microsoft's CHAP, both sides prove themselves" },
	{ "authentication pap", "Password Authentication Protocol" },
	{ "ppp ipcp", "IP control protocol" },
	{ "dns <primary>", "First name server" },
	{ "<primary> <secondary>", "Second name server" },
	{ "timeout retry", "Wait for an answer to a Configure-Request" },
	{ "ppp mtu", "MTU of the link" },
	{ "<list>", "Name of a method list of AAA" },
	{ "timeout authentication", "Time to finish authentication" },
	{ "peer", "The far end of the link" },
	{ "peer default", "Unless authorization says otherwise" },
	{ "peer default ip", "IP settings of the peer" },
	{ "peer default ip address", "Address of the peer" },
	{ "pool <name>", "Name of the pool" },
	{ "unnumbered <interface>", "Interface whose address is used" },
	{ "<seconds>", "Seconds" },
	{ "<retries>", "Unanswered echoes until the link is down" },
	{ NULL, NULL },
};
/* clang-format on */
