/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * show, clear and debug pppoe (ios-cli.md 6, 13.1, 13.2).  Compiled into rp.
 */
#include "base/net.h"
#include "rp/access.h"
#include "rp/internal.h"
#include "vpdn/cmd.h"

#include <string.h>

enum { ROWS_A_SLICE = 250 };

enum kind { KIND_PTA, KIND_FORWARDED, KIND_OTHER, N_KINDS };

struct tally {
	unsigned of[N_KINDS];
};

static enum kind kind_of(const struct vpdn_session_info *v)
{
	if (!v->open)
		return KIND_OTHER;
	return v->mate ? KIND_FORWARDED : KIND_PTA;
}

/* The next PPPoE session behind *at, in ours and in the engine's view. */
static bool next(const struct rp *rp, uint32_t *at, struct vpdn_session_info *v,
	struct pppoe_session_info *p)
{
	while (vpdn_next_session(rp->vpdn, at, v))
		if (v->pppoe && pppoe_session_get(vpdn_pppoe(rp->vpdn), v->pppoe, p))
			return true;
	return false;
}

/* ---- show pppoe session ----------------------------------------------------------- */

static unsigned count(const struct rp *rp, struct tally *t)
{
	struct vpdn_session_info v;
	struct pppoe_session_info p;
	uint32_t at = 0;
	unsigned n = 0;

	memset(t, 0, sizeof(*t));
	for (; next(rp, &at, &v, &p); n++)
		t->of[kind_of(&v)]++;
	return n;
}

static void print_count(struct cli_session *s, unsigned n, const char *what)
{
	if (n)
		cli_print(s, "%6u session%s %s\n", n, n == 1 ? " " : "s", what);
}

static void print_head(struct cli_session *s, const struct rp *rp)
{
	struct tally t;
	unsigned n = count(rp, &t);

	print_count(s, t.of[KIND_PTA], "in LOCALLY_TERMINATED (PTA) State");
	print_count(s, t.of[KIND_FORWARDED], "in FORWARDED (FWDED) State");
	print_count(s, t.of[KIND_OTHER], "in transient State");
	print_count(s, n, "total");
	if (n)
		cli_puts(s, "\nUniq ID  PPPoE  RemMAC          Port                    VT  VA    "
			    "     State\n"
			    "           SID  LocMAC                                      VA-st   "
			    "   Type\n");
}

static void vlan_text(const struct pppoe_peer *p, char out[32])
{
	out[0] = 0;
	if (p->n_vlan == 1)
		g_snprintf(out, 32, "VLAN: %u", p->vlan[0]);
	else if (p->n_vlan == 2)
		g_snprintf(out, 32, "VLAN: %u/%u", p->vlan[0], p->vlan[1]);
}

static const char *state_text(const struct rp *rp, const struct vpdn_session_info *v)
{
	struct ppp_link_info l;

	switch (kind_of(v)) {
	case KIND_PTA:
		return "PTA";
	case KIND_FORWARDED:
		return "FWDED";
	case KIND_OTHER:
	case N_KINDS:
		break;
	}
	if (v->closing)
		return "DISC";
	if (!ppp_link_get(vpdn_ppp(rp->vpdn), v->number, &l) || !l.lcp_open)
		return "LCP";
	return l.phase >= PPP_PHASE_NETWORK ? "NCP" : "AUTH";
}

static void print_row(struct cli_session *s, const struct rp *rp,
	const struct vpdn_session_info *v, const struct pppoe_session_info *p)
{
	bool up = kind_of(v) == KIND_PTA;
	char port[32], vlan[32], va[16] = "N/A", mac[15];

	access_port_name(rp, &p->peer, port);
	vlan_text(&p->peer, vlan);
	if (v->vaccess)
		g_snprintf(va, sizeof(va), "Vi2.%u", v->vaccess);
	cli_print(s, "%7u  %5u  %-14s  %-22s%4u  %-11s%-5s\n", v->unique_id, p->sid,
		mac_to_str(p->peer.client, mac), port, v->virtual_template, va,
		state_text(rp, v));
	cli_print(s, "%16s%-14s  %-22s      %-11s%-5s\n", "", mac_to_str(p->peer.ac, mac),
		vlan, up ? "UP" : "", "");
}

/* pos[0]: the head was printed; pos[1]: number of the session before. */
static enum cli_result show_session(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct cli_cursor *c = cli_cursor(s);
	uint32_t at = (uint32_t)c->pos[1];
	struct vpdn_session_info v;
	struct pppoe_session_info p;

	if (c->pos[0]++ == 0)
		print_head(s, rp);
	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!next(rp, &at, &v, &p))
			return CLI_DONE;
		c->pos[1] = at;
		if (access_is_by(rp, &p.peer, cli_str(args, "interface")))
			print_row(s, rp, &v, &p);
	}
	return CLI_MORE;
}

/* ---- show pppoe summary ----------------------------------------------------------- */

static void print_summary(struct cli_session *s, const char *name, const struct tally *t)
{
	cli_print(s, "%-32s%5u%8u%8u%8u\n", name,
		t->of[KIND_PTA] + t->of[KIND_FORWARDED] + t->of[KIND_OTHER], t->of[KIND_PTA],
		t->of[KIND_FORWARDED], t->of[KIND_OTHER]);
}

static enum cli_result show_summary(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const GPtrArray *ifaces = rp->cfg.net.ifaces;
	g_autofree struct tally *of = g_new0(struct tally, ifaces->len + 1);
	struct vpdn_session_info v;
	struct pppoe_session_info p;
	struct tally total;
	uint32_t at = 0;

	(void)count(rp, &total);
	while (next(rp, &at, &v, &p))
		for (guint i = 0; i < ifaces->len; i++)
			if (((const struct iface *)ifaces->pdata[i])->ifindex == p.peer.port)
				of[i].of[kind_of(&v)]++;
	cli_puts(s, "    PTA  : Locally terminated sessions\n"
		    "    FWDED: Forwarded sessions\n"
		    "    TRANS: All other sessions (in transient state)\n\n"
		    "                                TOTAL     PTA   FWDED   TRANS\n");
	print_summary(s, "TOTAL", &total);
	for (guint i = 0; i < ifaces->len; i++) {
		const struct tally *t = &of[i];

		if (t->of[KIND_PTA] || t->of[KIND_FORWARDED] || t->of[KIND_OTHER])
			print_summary(
				s, ((const struct iface *)ifaces->pdata[i])->name, t);
	}
	return CLI_DONE;
}

/* ---- show pppoe statistics -------------------------------------------------------- */

static void print_stat(struct cli_session *s, const char *name, uint64_t n, uint64_t cleared)
{
	cli_print(s, "%-30s%-13" G_GUINT64_FORMAT "%-13" G_GUINT64_FORMAT "\n", name, n,
		n - cleared);
}

#define EVENTS(X)                               \
	X("SSS CONNECT LOCAL", local)           \
	X("SSS FORWARDING", forwarding)         \
	X("SSS FORWARDED", forwarded)           \
	X("SSS DISCONNECT", disconnect)

#define PACKETS(X)                              \
	X("PADI RECEIVED", padi)                \
	X("PADO SENT", pado)                    \
	X("PADR RECEIVED", padr)                \
	X("PADR REPEATED", padr_repeated)       \
	X("PADS SENT", pads)                    \
	X("PADS SENT WITH ERROR", pads_error)   \
	X("PADT RECEIVED", padt_in)             \
	X("PADT SENT", padt_out)                \
	X("PPP FRAMES TO THE RP", ppp_in)       \
	X("BAD VENDOR TAGS", bad_vendor_tags)

static enum cli_result show_statistics(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const struct pppoe_stats *was = &rp->pppoe_cleared;
	const struct vpdn_pppoe_events *had = &rp->pppoe_events_cleared;
	struct vpdn_pppoe_events e;
	struct pppoe_stats st;

	vpdn_pppoe_events(rp->vpdn, &e);
	pppoe_ac_stats(vpdn_pppoe(rp->vpdn), &st);
	cli_print(s, "%-30s%-13s%-13s\n", "PPPoE Events", "TOTAL", "SINCE CLEARED");
#define X(name, m) print_stat(s, name, e.m, had->m);
	EVENTS(X)
#undef X
	cli_print(s, "\n%-30s%-13s%-13s\n", "PPPoE Statistics", "TOTAL", "SINCE CLEARED");
#define X(name, m) print_stat(s, name, st.m, was->m);
	PACKETS(X)
#undef X
	for (unsigned i = 0; i < PPPOE_N_DROPS; i++) {
		g_autofree char *drop = g_ascii_strup(pppoe_drop_name(i), -1);
		g_autofree char *name = g_strconcat("DROPPED, ", drop, NULL);

		if (st.drops[i])
			print_stat(s, name, st.drops[i], was->drops[i]);
	}
	return CLI_DONE;
}

/* ---- clear ------------------------------------------------------------------------ */

/* The digits of an address, without what stands between them. */
static void digits(const char *from, char out[13])
{
	unsigned n = 0;

	for (; *from && n < 12; from++)
		if (g_ascii_isxdigit(*from))
			out[n++] = g_ascii_tolower(*from);
	out[n] = 0;
}

static bool same_mac(const uint8_t mac[6], const char *text)
{
	char shown[15], a[13], b[13];

	digits(mac_to_str(mac, shown), a);
	digits(text, b);
	return !strcmp(a, b);
}

static bool is_meant(const struct rp *rp, const struct cli_args *args,
	const struct pppoe_session_info *p)
{
	const char *mac = cli_str(args, "mac");
	uint16_t n;

	if (cli_arg_u16(args, "vlan", &n) && (!p->peer.n_vlan || p->peer.vlan[0] != n))
		return false;
	if (cli_arg_u16(args, "sid", &n) && p->sid != n)
		return false;
	if (mac && !same_mac(p->peer.client, mac))
		return false;
	return access_is_by(rp, &p->peer, cli_str(args, "interface"));
}

static enum cli_result clear_sessions(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct cli_cursor *c = cli_cursor(s);
	uint32_t at = (uint32_t)c->pos[1];
	struct vpdn_session_info v;
	struct pppoe_session_info p;

	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "sessions are cleared on the active RP");
	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!next(rp, &at, &v, &p))
			return CLI_DONE;
		c->pos[1] = at;
		if (is_meant(rp, args, &p))
			vpdn_clear_session(rp->vpdn, v.number, rp->now);
	}
	return CLI_MORE;
}

static enum cli_result clear_statistics(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	pppoe_ac_stats(vpdn_pppoe(rp->vpdn), &rp->pppoe_cleared);
	vpdn_pppoe_events(rp->vpdn, &rp->pppoe_events_cleared);
	return CLI_DONE;
}

/* ---- debug ------------------------------------------------------------------------ */

static enum cli_result debug_pppoe(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	static const struct {
		const char *word, *name;
		unsigned bit;
	} kinds[] = {
		{ "events", "protocol events", RP_DEBUG_PPPOE_EVENTS },
		{ "packets", "control packets", RP_DEBUG_PPPOE_PACKETS },
		{ "errors", "protocol errors", RP_DEBUG_PPPOE_ERRORS },
	};
	struct rp *rp = user;
	bool on = !cli_no(args) && !cli_has(args, "undebug");

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!cli_has(args, kinds[i].word))
			continue;
		rp->debug_pppoe = (rp->debug_pppoe & ~kinds[i].bit) | (on ? kinds[i].bit : 0);
		cli_print(s, "PPPoE %s debugging is %s\n", kinds[i].name, on ? "on" : "off");
	}
	vpdn_set_pppoe_debug(rp->vpdn, rp->debug_pppoe != 0);
	return CLI_DONE;
}

/* clang-format off */
const struct cli_command pppoe_commands[] = {
	{ CLI_EXEC, "show pppoe session [interface <interface:iface>]", "PPPoE sessions", show_session },
	{ CLI_EXEC, "show pppoe summary", "How many PPPoE sessions by interface", show_summary },
	{ CLI_EXEC, "show pppoe statistics", "What PPPoE has done", show_statistics },
	{ CLI_PRIV, "clear pppoe {all | interface <interface:iface> [vlan <vlan:1-4094>] | rmac <mac:word> [sid <sid:1-65534>]}",
	            "End PPPoE sessions", clear_sessions },
	{ CLI_PRIV, "clear pppoe statistics", "Count from here", clear_statistics },
	{ CLI_PRIV, "[no] debug pppoe {events | packets | errors}", "Log what PPPoE does", debug_pppoe },
	{ CLI_PRIV, "undebug pppoe {events | packets | errors}", "Stop logging what PPPoE does", debug_pppoe },
	{ 0 },
};

const struct cli_word pppoe_words[] = {
	{ "show pppoe", "PPP over Ethernet" },
	{ "clear pppoe", "PPP over Ethernet" },
	{ "debug pppoe", "PPP over Ethernet" },
	{ "undebug pppoe", "PPP over Ethernet" },
	{ "pppoe all", "Every session" },
	{ "pppoe interface", "Sessions of one interface" },
	{ "pppoe rmac", "Sessions of one client" },
	{ "session interface", "Sessions of one interface" },
	{ "interface <interface>", "Name of the interface" },
	{ "<interface> vlan", "Only those with this outer tag" },
	{ "vlan <vlan>", "VLAN id" },
	{ "rmac <mac>", "Its address" },
	{ "<mac> sid", "Only that one" },
	{ "sid <sid>", "Session id" },
	{ "pppoe events", "Sessions that begin, go on and end" },
	{ "pppoe packets", "Discovery packets" },
	{ "pppoe errors", "What was dropped" },
	{ NULL, NULL },
};
/* clang-format on */
