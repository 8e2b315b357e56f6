/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows of the chassis as this RP sees it: what is in the slots, the software, users and
 * address pools (ios-cli.md 10, 13; shell-and-automation.md 11).  Types in the table of slots
 * are names that parsers know; nothing that is not simulated has a row.
 */
#include "base/net.h"
#include "base/text.h"
#include "rp/internal.h"

#include <string.h>
#include <unistd.h>

enum { ROWS_A_SLICE = 400 };

/* ---- show platform ---------------------------------------------------------------- */

static unsigned ports_of(const struct rp *rp, unsigned slot)
{
	const GPtrArray *all = rp->cfg.net.ifaces;
	unsigned n = 0;

	for (guint k = 0; k < all->len; k++) {
		const struct iface *i = all->pdata[k];

		n += !i->loopback && i->present &&
		     (slot == SLOT_NONE || ifindex_slot(i->ifindex) == slot);
	}
	return n;
}

static const char *slot_type(const struct rp *rp, unsigned slot)
{
	unsigned ports;

	switch (slot_kind(slot)) {
	case BOARD_RP:
		return "ASR1000-RP2";
	case BOARD_FP:
		return "ASR1000-ESP40";
	case BOARD_SPA:
		ports = ports_of(rp, slot);
		return ports <= 2   ? "SPA-2X1GE-V2"
		       : ports <= 5 ? "SPA-5X1GE-V2"
				    : "SPA-8X1GE-V2";
	case BOARD_PEER:
	case BOARD_CHASSIS:
		break;
	}
	return "";
}

static bool slot_in(const struct rp *rp, unsigned slot)
{
	return slot == rp->slot || rp->slots[slot].in;
}

static base_time slot_since(const struct rp *rp, unsigned slot)
{
	return slot == rp->slot ? rp->booted : rp->slots[slot].since;
}

static const char *rp_slot_state(enum rf_state s)
{
	if (s == RF_ACTIVE)
		return "ok, active";
	if (s >= RF_ACTIVE_FAST)
		return "init, active";
	if (s == RF_STANDBY_HOT)
		return "ok, standby";
	return s >= RF_STANDBY_COLD ? "init, standby" : "booting";
}

static const char *slot_state(const struct rp *rp, unsigned slot)
{
	switch (slot_kind(slot)) {
	case BOARD_RP:
		return rp_slot_state(slot == rp->slot ? rp->rf.my : rp->rf.peer);
	case BOARD_FP:
		return slot == fman_active_fp(rp) ? "ok, active" : "ok, standby";
	case BOARD_SPA:
	case BOARD_PEER:
	case BOARD_CHASSIS:
		break;
	}
	return "ok";
}

static void platform_row(struct cli_session *s, const char *slot, const char *type,
	const char *state, base_dur ago)
{
	char age[16];

	cli_print(s, "%-9s %-19s %-21s %-17s \n", slot, type, state,
		dur_to_age(ago, age));
}

static void platform_slot(struct cli_session *s, const struct rp *rp, unsigned slot)
{
	char name[12];
	g_autofree char *shown = g_strdup_printf(
		"%s%s", slot_kind(slot) == BOARD_SPA ? " " : "", slot_name(slot, name));

	if (slot_in(rp, slot))
		platform_row(s, shown, slot_type(rp, slot), slot_state(rp, slot),
			time_sub(rp->now, slot_since(rp, slot)));
}

/* A carrier is as old as the oldest of its adapters: it is no board of its own. */
static void platform_sip(struct cli_session *s, const struct rp *rp, unsigned sip)
{
	base_time since = BASE_TIME_NEVER;
	unsigned first = SLOT_SPA + sip * BAYS_PER_SIP;
	char name[4];

	for (unsigned bay = 0; bay < BAYS_PER_SIP; bay++)
		if (slot_in(rp, first + bay))
			since = time_min(since, slot_since(rp, first + bay));
	if (time_is_never(since))
		return;
	g_snprintf(name, sizeof(name), "%u", sip);
	platform_row(s, name, "ASR1000-SIP40", "ok", time_sub(rp->now, since));
	for (unsigned bay = 0; bay < BAYS_PER_SIP; bay++)
		platform_slot(s, rp, first + bay);
}

static enum cli_result show_platform(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;

	cli_puts(s, "Chassis type: ASR1006             \n\n"
		    "Slot      Type                State                 Insert time "
		    "(ago) \n"
		    "--------- ------------------- --------------------- "
		    "----------------- \n");
	for (unsigned sip = 0; sip < N_SIPS; sip++)
		platform_sip(s, rp, sip);
	for (unsigned slot = SLOT_R0; slot <= SLOT_F1; slot++)
		platform_slot(s, rp, slot);
	return CLI_DONE;
}

/* ---- show version ----------------------------------------------------------------- */

/* How this RP came to be what it is. */
static void print_returned(struct cli_session *s, const struct rp *rp)
{
	const GArray *h = rp->rf.history;
	const struct rf_switchover *last =
		h->len ? &g_array_index(h, struct rf_switchover, h->len - 1) : NULL;

	if (last && last->to == rp->slot && !time_before(last->at, rp->booted))
		cli_puts(s, "System returned to ROM by SSO Switchover\n");
	else if (last && last->from == rp->slot && !time_before(rp->booted, last->at))
		cli_puts(s, "System returned to ROM by reload\n");
	else
		cli_puts(s, "System returned to ROM by power-on\n");
	cli_print(s, "System image file is \"%s\"\n", RP_IMAGE);
	if (last)
		cli_print(s, "Last switchover reason: %s\n", last->reason);
}

static enum cli_result show_version(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const char *host = rp->cfg.hostname ? rp->cfg.hostname : "Router";
	char up[64];
	/* Of the machine that this runs on. */
	uint64_t memory_kb = (uint64_t)sysconf(_SC_PHYS_PAGES) *
			     (uint64_t)sysconf(_SC_PAGESIZE) / 1024;

	cli_print(s,
		"twinrp Software, Version %s (simulator). Command line modelled on "
		"Cisco IOS XE Software; not Cisco software.\n"
		"Free software under the GNU General Public License, version 3 or "
		"later\n\n",
		RP_SOFTWARE);
	cli_print(s, "%s uptime is %s\n", host,
		dur_to_uptime(time_sub(rp->now, board_system_start(rp->env)), up));
	cli_print(s, "Uptime for this control processor is %s\n",
		dur_to_uptime(time_sub(rp->now, rp->booted), up));
	print_returned(s, rp);
	cli_print(s,
		"\ncisco ASR1006 (RP2) processor (simulated) with %" G_GUINT64_FORMAT
		"K bytes of memory.\n",
		memory_kb);
	cli_print(s, "%u Gigabit Ethernet interfaces\n", ports_of(rp, SLOT_NONE));
	cli_puts(s, "\nConfiguration register is 0x2102\n");
	return CLI_DONE;
}

/* ---- show ppp all, show ip local pool --------------------------------------------- */

static const char *auth_column(const struct ppp_link_info *l)
{
	bool done = l->phase >= PPP_PHASE_NETWORK && !l->forwarded;

	switch (l->auth) {
	case PPP_AUTH_CHAP:
		return done ? "CHAP+" : "CHAP*";
	case PPP_AUTH_PAP:
		return done ? "PAP+" : "PAP*";
	case PPP_AUTH_MSCHAP:
	case PPP_AUTH_MSCHAP2:
		return done ? "MS-CHAP+" : "MS-CHAP*";
	case PPP_AUTH_NONE:
		break;
	}
	return "";
}

static void ppp_row(struct cli_session *s, const struct vpdn_session_info *v,
	const struct ppp_link_info *l)
{
	g_autofree char *name = text_escape(v->username, strlen(v->username));
	g_autofree char *intf = v->vaccess ? g_strdup_printf("Vi2.%u", v->vaccess)
					   : g_strdup_printf("0x%08X", v->unique_id);
	const char *auth = l->lcp_open ? auth_column(l) : "";
	bool network = l->phase >= PPP_PHASE_NETWORK && !l->forwarded;
	g_autofree char *layers = g_strdup_printf("%s%s%s%s%s",
		l->lcp_open ? "LCP+" : "LCP*", auth[0] ? " " : "", auth,
		!network ? "" : " ",
		!network                     ? ""
		: l->ipcp_open               ? "IPCP+"
					     : "IPCP*");
	const char *stage = l->forwarded                    ? "Fwded"
			    : v->open                       ? "LocalT"
			    : l->phase >= PPP_PHASE_NETWORK ? "NCP"
			    : l->lcp_open                   ? "Auth"
							    : "LCP";
	char ip[16];

	cli_print(s, "%-12s %-21s %-8s %-15s %s\n", intf, layers, stage,
		ipv4_to_str(v->subscriber_ip, ip), name);
}

static enum cli_result show_ppp_all(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct cli_cursor *c = cli_cursor(s);
	uint32_t at = (uint32_t)c->pos[1];
	struct vpdn_session_info v;
	struct ppp_link_info l;

	if (c->pos[0]++ == 0)
		cli_puts(s,
			"Interface/ID OPEN+ Nego* Fail-     Stage    Peer Address    "
			"Peer "
			"Name\n"
			"------------ --------------------- -------- --------------- "
			"--------------------\n");
	for (unsigned n = 0; n < ROWS_A_SLICE; n++) {
		if (!vpdn_next_session(rp->vpdn, &at, &v))
			return CLI_DONE;
		c->pos[1] = at;
		if (ppp_link_get(vpdn_ppp(rp->vpdn), v.number, &l))
			ppp_row(s, &v, &l);
	}
	return CLI_MORE;
}

static enum cli_result show_pool(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	const GPtrArray *pools = vpdn_config(rp->vpdn)->pools;
	const char *only = cli_str(args, "name");
	unsigned shown = 0;

	for (guint k = 0; k < pools->len; k++) {
		const struct vpdn_pool *p = pools->pdata[k];
		unsigned vacant, in_use;
		char low[16], high[16];

		if (only && strcmp(only, p->name))
			continue;
		if (shown++ == 0)
			cli_puts(s, " Pool                     Begin           End     "
				    "        "
				    "Free  In use   Blocked\n");
		vpdn_pool_usage(rp->vpdn, p, &vacant, &in_use);
		cli_print(s, " %-24s %-15s %-15s %4u %7u %9u\n", p->name,
			ipv4_to_str(p->low, low), ipv4_to_str(p->high, high), vacant,
			in_use, 0u); /* no address is ever blocked */
	}
	if (only && !shown)
		return cli_fail(s, "Pool %s does not exist", only);
	return CLI_DONE;
}

/* clang-format off */
const struct cli_command platform_commands[] = {
	{ CLI_EXEC, "show platform", "What is in the slots of the chassis", show_platform },
	{ CLI_EXEC, "show version", "Software and uptime", show_version },
	{ CLI_EXEC, "show ppp all", "Every PPP link", show_ppp_all },
	{ CLI_EXEC, "show ip local pool [<name:word>]", "Address pools and their use", show_pool },
	{ 0 },
};

const struct cli_word platform_words[] = {
	{ "show ppp", "Point-to-point protocol" },
	{ "ip local", "Addresses for subscribers" },
	{ "pool <name>", "Name of the pool" },
	{ NULL, NULL },
};
/* clang-format on */
