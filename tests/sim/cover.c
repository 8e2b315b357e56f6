/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has been reached over all seeds.  Whatever is hit is counted; the list below is what
 * should be.
 */
#include "tests/sim/sim.h"

#include <string.h>

enum { NAME_MAX_LEN = 96 };

/* Faults by the numbers of the catalogue (reliability-security.md, section 6), and others.  Not
 * here: F24 (damaged records) and F25, F50, F51 (limits and disk of one RP) have unit tests; F40
 * and F42 the models of peers in tests/sim/peers; F43 means nothing to a virtual clock; F44 needs
 * thousands of tunnels; F46 to F48 (ISSU), F54's CoA, and F56 (other
 * features) come with what they are about. */
static const char *const wanted[] = {
	"fault/F1 active goes, quiet",
	"fault/F2 active goes, SCCRP sent",
	"fault/F3 active goes, ICRP waits",
	"fault/F4 active goes, ICRP sent",
	"fault/F5 active goes, ICCN or IPCP not committed",
	"fault/F6 active goes in traffic of calls",
	"fault/F7 active goes, CDN not acknowledged",
	"fault/F8 active goes, CDN received",
	"fault/F9 active goes, about to send CDN",
	"fault/F10 active goes, a tunnel is closing",
	"fault/F11 active goes in bulk",
	"fault/F12 standby goes in bulk",
	"fault/F13 standby goes in resync",
	"fault/F14 new active goes in its resync",
	"fault/F15 former active returns as standby",
	"fault/F16 both RPs boot together",
	"fault/F17 takeover, the RPs cannot talk",
	"fault/F18 hung active wakes",
	"fault/F19 some beats are missed",
	"fault/F19 enough beats are missed",
	"fault/F20 output leaves uncommitted",
	"fault/F21 a record is lost",
	"fault/F22 back-pressure",
	"fault/F23 takeover by a slow standby",
	"fault/F26 no id is free",
	"fault/F27 active FP restarts",
	"fault/F27 no FP is left",
	"fault/F28 active goes, no FP",
	"fault/F29 takeover, the FP is programmed late",
	"fault/F30 active goes, punts wait",
	"fault/F31 takeover, packets are on their way",
	"fault/F32 loss in resync",
	"fault/F33 reorder and duplicates",
	"fault/F34 one-way loss",
	"fault/F35 link down",
	"fault/F36 peer gave up and we did not hear it",
	"fault/F37 peer restarts in an outage",
	"fault/F38 call refused in resync",
	"fault/F39 peer speaks in an outage",
	"fault/F41 takeover, numbers around the wrap",
	"fault/F45 an RP stands still",
	"fault/F49 configuration in bulk",
	"fault/F52 force-switchover, not hot",
	"fault/F53 force-switchover",
	"fault/F54 active goes, accounting is pending",
	"fault/F55 active goes, echoes are outstanding",
	"fault/F57 l2tp sso enable toggled",
	"fault/F59 all cleared in bulk",
	"fault/F60 takeover with few ids",
	"takeover/hot", "takeover/cold",
	"resync/failed",
	"acct/start", "acct/stop", "acct/double",
	"radius/dead", "radius/mute", "radius/slow", "radius/very-slow",
	"radius/unsigned",
	"wrap/ns", "check/number of a mark",
	"peer/rfc2661", "peer/xl2tpd", "peer/l2tpns", "peer/accel-ppp", "peer/bng-blaster",
	"peer/lwip", "peer/mpd5", "peer/npppd", "peer/rp-l2tp", "peer/go-l2tp",
};

/* The same of calls that go on to LNSs (--profile multihop, lac): so much in few seeds. */
static const char *const hop_wanted[] = {
	"check/a packet through the switch",
	"event/accept", "event/vpdn",
	"fault/F58 active goes, SCCRQ sent",
	"fault/F58 active goes, a call waits for its tunnel",
	"fault/F58 active goes, ICRQ sent",
	"fault/F58 active goes, a call is switched",
	"fault/F58 active goes, both halves are ending",
	"gone/hung up", "gone/cleared", "gone/its LAC closed the tunnel",
	"gone/its LAC could not be reached", "gone/its LAC restarted",
	"hop/an LNS takes no calls", "hop/an LNS takes no tunnels",
	"hop/softshut", "hop/session-limit", "hop/no sso enable", "hop/another LNS",
	"takeover/hot", "takeover/cold", "resync/failed",
};

static const char *const lac_wanted[] = {
	"hop/an LNS goes on from proxy LCP",
	"hop/subscribers with 0 VLAN tags", "hop/subscribers with 1 VLAN tags",
	"hop/subscribers with 2 VLAN tags",
};

/* The last record, or packet, that an RP staged before it was cut off, and what it was at then. */
static const char *const boundaries[] = {
	"acct, alone", "acct, bulk", "acct, hot", "acct, resync", "beat, alone",
	"beat, bulk", "beat, hot", "beat, resync", "beat, standby", "ckpt, bulk",
	"ckpt, hot", "ckpt, resync", "ckpt-ack, standby", "ckpt-begin, bulk",
	"ckpt-end, bulk", "detection, alone", "detection, resync", "exec-out, alone",
	"exec-out, bulk", "exec-out, hot", "exec-out, resync", "fib-begin, alone",
	"fib-begin, hot", "fib-begin, resync", "fib-check, alone", "fib-check, hot",
	"fib-check, resync", "fib-free, alone", "fib-free, hot", "fib-iface, alone",
	"fib-iface, bulk", "fib-iface, hot", "fib-iface, resync",
	"fib-marks-read, takeover", "fib-session, alone", "fib-session, bulk",
	"fib-session, hot", "fib-session, resync", "fib-stop, alone",
	"fib-stop, bulk", "fib-stop, hot", "fib-stop, resync", "fib-unmark, hot",
	"hot, bulk", "line-out, alone", "line-out, bulk", "line-out, hot",
	"line-out, standby", "line-out, takeover", "log, alone", "log, bulk",
	"log, hot", "log, resync", "log, takeover", "packet, alone", "packet, bulk",
	"packet, hot", "packet, resync", "port-admin, alone", "port-admin, hot",
	"port-admin, resync", "rf, alone", "rf, bulk", "rf, hot", "rf, resync",
	"rf, standby", "rf, takeover", "slot-order, alone", "slot-order, hot",
};

/* The steps of all state machines as a look after each turn sees them: several in one turn look
 * like one.  rare: it needs luck that not every few thousand seeds have. */
struct edge {
	const char *name;
	bool rare;
};

static const struct edge edges[] = {
#include "tests/sim/edges.h"
};

/* Those of calls that go on to LNSs. */
static const struct edge hop_edges[] = {
#include "tests/sim/edges-hop.h"
};

/* And of PPPoE subscribers. */
static const struct edge lac_edges[] = {
#include "tests/sim/edges-lac.h"
};

static bool is_one_of(const struct edge *all, size_t n, const char *edge)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, edge) == 0)
			return true;
	return false;
}

bool cover_knows(const char *edge, bool hop, bool lac)
{
	return is_one_of(edges, G_N_ELEMENTS(edges), edge) ||
	       (hop && is_one_of(hop_edges, G_N_ELEMENTS(hop_edges), edge)) ||
	       (lac && is_one_of(lac_edges, G_N_ELEMENTS(lac_edges), edge));
}

void cover_init(struct cover *c)
{
	c->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void cover_deinit(struct cover *c)
{
	g_hash_table_unref(c->counts);
}

static uint64_t *count_of(struct cover *c, const char *name)
{
	uint64_t *n = g_hash_table_lookup(c->counts, name);

	if (!n) {
		n = g_new0(uint64_t, 1);
		g_hash_table_insert(c->counts, g_strdup(name), n);
	}
	return n;
}

void cover_hit(struct cover *c, const char *format, ...)
{
	char name[NAME_MAX_LEN];
	va_list ap;

	va_start(ap, format);
	g_vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	++*count_of(c, name);
}

void cover_save(const struct cover *c, FILE *to)
{
	GHashTableIter i;
	void *name, *n;

	g_hash_table_iter_init(&i, c->counts);
	while (g_hash_table_iter_next(&i, &name, &n))
		fprintf(to, "%" G_GUINT64_FORMAT " %s\n", *(uint64_t *)n, (char *)name);
}

void cover_load(struct cover *c, FILE *from)
{
	char name[NAME_MAX_LEN];
	uint64_t n;

	while (fscanf(from, "%" G_GUINT64_FORMAT " %95[^\n]\n", &n, name) == 2)
		*count_of(c, name) += n;
}

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static bool lacks(const struct cover *c, GString *out, const char *kind, const char *name)
{
	g_autofree char *full = g_strconcat(kind, "/", name, NULL);

	if (g_hash_table_contains(c->counts, full))
		return false;
	g_string_append_printf(out, "not reached: %s\n", full);
	return true;
}

static unsigned lack_of(
	const struct cover *c, GString *out, const char *const *names, size_t n)
{
	unsigned missing = 0;

	for (size_t i = 0; i < n; i++) {
		if (g_hash_table_contains(c->counts, names[i]))
			continue;
		g_string_append_printf(out, "not reached: %s\n", names[i]);
		missing++;
	}
	return missing;
}

static unsigned lack_edges(
	const struct cover *c, GString *out, const struct edge *all, size_t n)
{
	unsigned missing = 0;

	for (size_t i = 0; i < n; i++)
		if (!all[i].rare)
			missing += lack_of(c, out, &all[i].name, 1);
	return missing;
}

unsigned cover_report(const struct cover *c, GString *out, bool all)
{
	GList *keys = g_list_sort(g_hash_table_get_keys(c->counts), by_text);
	unsigned missing;

	for (GList *k = keys; all && k; k = k->next)
		g_string_append_printf(out, "%10" G_GUINT64_FORMAT "  %s\n",
			*(uint64_t *)g_hash_table_lookup(c->counts, k->data),
			(char *)k->data);
	g_list_free(keys);
	if (c->topology == SIM_MULTIHOP)
		return lack_of(c, out, hop_wanted, G_N_ELEMENTS(hop_wanted)) +
		       lack_edges(c, out, hop_edges, G_N_ELEMENTS(hop_edges));
	if (c->topology == SIM_LAC)
		return lack_of(c, out, hop_wanted, G_N_ELEMENTS(hop_wanted)) +
		       lack_edges(c, out, hop_edges, G_N_ELEMENTS(hop_edges)) +
		       lack_edges(c, out, lac_edges, G_N_ELEMENTS(lac_edges)) +
		       lack_of(c, out, lac_wanted, G_N_ELEMENTS(lac_wanted));
	missing = lack_of(c, out, wanted, G_N_ELEMENTS(wanted)) +
		  lack_edges(c, out, edges, G_N_ELEMENTS(edges));
	for (unsigned i = 0; i < G_N_ELEMENTS(boundaries); i++)
		missing += lacks(c, out, "boundary", boundaries[i]);
	for (unsigned i = 0; i < SIM_ACCEPT; i++) /* what follows is for hop_wanted */
		missing += lacks(c, out, "event", sim_event_name(i));
	return missing;
}
