/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has been reached over all seeds.  Whatever is hit is counted; the list below is what
 * should be.
 */
#include "tests/sim/sim.h"

/* Faults by the numbers of the catalogue (reliability-security.md, section 6), states, edges. */
static const char *const wanted[] = {
	"fault/F1 active goes, quiet",
	"fault/F6 active goes in traffic of calls",
	"fault/F11 active goes in bulk",
	"fault/F12 standby goes in bulk",
	"fault/F13 standby goes in resync",
	"fault/F14 new active goes in its resync",
	"fault/F15 former active returns as standby",
	"fault/F18 hung active wakes",
	"fault/F20 output leaves uncommitted",
	"fault/F22 back-pressure",
	"fault/F27 active FP restarts",
	"fault/F32 loss in resync",
	"fault/F33 reorder and duplicates",
	"fault/F34 one-way loss",
	"fault/F35 link down",
	"fault/F37 peer restarts while no RP is active",
	"fault/F38 calls refused in resync",
	"fault/F49 configuration in bulk",
	"fault/F52 force-switchover, not hot",
	"fault/F53 force-switchover",
	"rf/0->2", "rf/2->3", "rf/3->4", "rf/4->5", "rf/5->6", "rf/6->7", "rf/7->8",
	"rf/2->13", "rf/3->13", "rf/4->13", "rf/5->13", "rf/6->13", "rf/7->13", "rf/8->13",
	"rf/7->9", "rf/8->9", "rf/9->13",
	"rf/5->4", "rf/6->4", "rf/7->4", "rf/8->4",
	"takeover/hot", "takeover/cold",
	"resync/verifying", "resync/ok", "resync/failed",
	"cc/idle->wait-conn", "cc/wait-conn->established", "cc/wait-conn->gone",
	"cc/established->gone",
	"session/idle->wait-connect", "session/wait-connect->established",
	"session/wait-connect->gone", "session/established->gone",
	"acct/start", "acct/stop", "acct/double",
	"wrap/ns",
	"peer/rfc2661", "peer/xl2tpd", "peer/l2tpns", "peer/accel-ppp", "peer/bng-blaster",
	"peer/lwip", "peer/mpd5", "peer/npppd", "peer/rp-l2tp", "peer/go-l2tp",
};

void cover_init(struct cover *c)
{
	c->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void cover_deinit(struct cover *c)
{
	g_hash_table_unref(c->counts);
}

void cover_hit(struct cover *c, const char *format, ...)
{
	char name[96];
	uint64_t *n;
	va_list ap;

	va_start(ap, format);
	g_vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	n = g_hash_table_lookup(c->counts, name);
	if (!n) {
		n = g_new0(uint64_t, 1);
		g_hash_table_insert(c->counts, g_strdup(name), n);
	}
	++*n;
}

static int by_text(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

unsigned cover_report(const struct cover *c, GString *out, bool all)
{
	GList *keys = g_list_sort(g_hash_table_get_keys(c->counts), by_text);
	unsigned missing = 0;

	for (GList *k = keys; all && k; k = k->next)
		g_string_append_printf(out, "%10" G_GUINT64_FORMAT "  %s\n",
			*(uint64_t *)g_hash_table_lookup(c->counts, k->data),
			(char *)k->data);
	g_list_free(keys);
	for (unsigned i = 0; i < G_N_ELEMENTS(wanted); i++) {
		if (g_hash_table_contains(c->counts, wanted[i]))
			continue;
		g_string_append_printf(out, "not reached: %s\n", wanted[i]);
		missing++;
	}
	for (unsigned i = 0; i < N_SIM_EVENTS; i++) {
		g_autofree char *name = g_strdup_printf("event/%s", sim_event_name(i));

		if (g_hash_table_contains(c->counts, name))
			continue;
		g_string_append_printf(out, "not reached: %s\n", name);
		missing++;
	}
	return missing;
}
