/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See story.h.
 */
#include "tests/scenarios/story.h"

#include "chassis/messages.h"
#include "scenarios/engine/peer.h"
#include "tests/scenarios/watch.h"

#include <string.h>

const struct story stories[] = {
	{
		.name = "set-up",
		.order = "connect",
		.seconds = 2,
		.allowed = 1 << WHOLE | 1 << GONE | 1 << ORPHANED,
		.last = WHOLE,
	},
	{
		/* Before HOT a takeover is a cold start: the peer finds out by its HELLO. */
		.name = "bulk",
		.bulk = true,
		.connected = true,
		.tunnels = 2,
		.sessions = 2,
		.seconds = 2,
		.allowed = 1 << WHOLE | 1 << GONE,
		.last = WHOLE,
	},
	{
		.name = "hello",
		.connected = true,
		.order = "hello now",
		.seconds = 7, /* R0's own is due after five */
		.allowed = 1 << WHOLE,
		.last = WHOLE,
	},
	{
		.name = "stream",
		.connected = true,
		.stream = true,
		.order = "hello now",
		.seconds = 2,
		.allowed = 1 << WHOLE,
		.last = WHOLE,
	},
	{
		/* Beside an established one, which must stay whole. */
		.name = "second-call",
		.connected = true,
		.order = "call",
		.seconds = 2,
		.allowed = 1 << WHOLE | 1 << ORPHANED,
		.last = WHOLE,
	},
	{
		.name = "hang-up-by-subscriber",
		.connected = true,
		.order = "hangup 1",
		.seconds = 2,
		.allowed = 1 << GONE,
		.last = GONE,
	},
	{
		.name = "hang-up-by-lac",
		.connected = true,
		.order = "drop 1",
		.seconds = 2,
		.allowed = 1 << GONE,
		.last = GONE,
	},
	{
		.name = "hang-up-by-lns", /* the FP finds the subscriber dead */
		.connected = true,
		.more_config = "interface Virtual-Template1\n keepalive 1 2\n",
		.order = "mute 1",
		.seconds = 5,
		.allowed = 1 << GONE,
		.last = GONE,
	},
	{
		.name = "tunnel-cleared",
		.connected = true,
		.command = "clear vpdn tunnel l2tp all",
		.seconds = 3,
		.allowed = 1 << WHOLE | 1 << GONE,
		.last = GONE,
	},
	{
		.name = "tunnel-closed-by-lac",
		.connected = true,
		.order = "disconnect",
		.seconds = 2,
		.allowed = 1 << GONE,
		.last = GONE,
	},
	{
		.name = "failed-login",
		.order = "connect",
		.password = "wrong",
		.seconds = 2,
		.allowed = 1 << GONE,
		.last = GONE,
	},
	{
		.name = "bulk-20",
		.bulk = true,
		.connected = true,
		.tunnels = 4,
		.sessions = 5,
		.seconds = 2,
		.allowed = 1 << WHOLE | 1 << GONE,
		.last = WHOLE,
	},
	{
		.name = "configuration",
		.connected = true,
		.configure = true,
		.seconds = 2,
		.allowed = 1 << WHOLE,
		.last = WHOLE,
	},
};

const unsigned n_stories = G_N_ELEMENTS(stories);

const struct story *story_get(const char *name)
{
	for (unsigned i = 0; i < n_stories; i++)
		if (strcmp(stories[i].name, name) == 0)
			return &stories[i];
	return NULL;
}

/* Each line is a transaction: the RPs have all lines up to one of them. */
static const struct {
	const char *line,
		*shown; /* shown: in the running configuration; NULL: nothing */
} config_lines[] = {
	{ "configure terminal", NULL },
	{ "username c1 password 0 p1", "username c1 password" },
	{ "interface Loopback5", "interface Loopback5" },
	{ "ip address 172.16.5.1 255.255.255.255", " ip address 172.16.5.1 " },
	{ "vpdn-group 1", NULL },
	{ "l2tp tunnel hello 7", " l2tp tunnel hello 7" },
	{ "ip local pool SPARE 100.65.0.1 100.65.0.9", "ip local pool SPARE " },
	{ "end", NULL },
	{ "write memory", NULL },
};

/* ---- acting ---- */

void story_probes(struct world *w, const char *order)
{
	g_free(world_lac(w, order));
	g_free(world_host(w, order));
}

void story_begin(struct world *w, const struct story *s, int rp_rp_us, int rp_fp_us,
	uint64_t seed, struct watch **watch)
{
	world_init(
		w, s->tunnels ? s->tunnels : 1, s->sessions ? s->sessions : 1, seed);
	w->lab_cfg.rp_rp_latency = dur_us(rp_rp_us);
	w->lab_cfg.rp_fp_latency = dur_us(rp_fp_us);
	w->lab_cfg.without_standby = s->bulk;
	w->lac.hello_s = 20;
	if (s->password)
		w->lac.password = s->password;
	if (s->more_config) {
		char *text = g_strconcat(w->startup, s->more_config, NULL);

		g_free(w->startup);
		w->lab_cfg.startup = w->startup = text;
	}
	world_start(w);
	if (watch)
		*watch = watch_start(w);
	if (!s->connected)
		return;
	world_connect(w);
	lab_run(w->lab, dur_s(1));
	if (s->stream)
		return;
	story_probes(w, "stop probes");
	lab_run(w->lab, dur_ms(1500));
}

void story_insert(struct world *w, const struct story *s)
{
	if (s->bulk)
		world_insert(w, SLOT_R1);
}

static void command(struct world *w, const char *text, bool fresh)
{
	g_autofree char *copy = g_strdup(text);
	struct msg_exec exec = { .session = 1, .command = copy, .fresh = fresh };

	chassis_send_rec(lab_chassis(w->lab), SLOT_R0, IPC_EXEC, &exec);
}

void story_act(struct world *w, const struct story *s, story_run_fn run, void *user)
{
	if (s->order)
		g_free(world_lac(w, s->order));
	if (s->command)
		command(w, s->command, true);
	for (unsigned i = 0; s->configure && i < G_N_ELEMENTS(config_lines); i++) {
		command(w, config_lines[i].line, false);
		run(w, dur_ms(20), user);
	}
}

/* ---- looking ---- */

/* The first lines up to one, in order, on the RP that remains. */
static bool config_whole(struct world *w, const struct story *s, unsigned rp, bool all)
{
	g_autofree char *shown = lab_show(w->lab, rp, "show running-config", NULL);
	bool before = true;

	for (unsigned i = 0; s->configure && i < G_N_ELEMENTS(config_lines); i++) {
		bool is = config_lines[i].shown && strstr(shown, config_lines[i].shown);

		if (!config_lines[i].shown)
			continue;
		if (is > before || (all && !is))
			return false;
		before = is;
	}
	return true;
}

/* Adds (or takes away) what has been counted until now. */
static void count(struct world *w, struct story_traffic *t, int sign)
{
	g_autofree char *lacs = world_lac(w, "report"),
			*hosts = world_host(w, "report");
	g_autofree char *lac = world_line_with(lacs, "subscriber=1 ");
	g_autofree char *key = report_word(lac, "key");
	g_autofree char *word = g_strdup_printf("key=%s ", key);
	g_autofree char *host = world_line_with(hosts, word);

	t->sent[0] += (uint64_t)sign * report_number(lac, "sent");
	t->sent[1] += (uint64_t)sign * report_number(host, "sent");
	t->received[0] += (uint64_t)sign * report_number(host, "received");
	t->received[1] += (uint64_t)sign * report_number(lac, "received");
	t->bad = report_number(lacs, "wrong") + report_number(lacs, "duplicated") +
		 report_number(hosts, "wrong") + report_number(hosts, "duplicated");
}

static struct story_traffic traffic(struct world *w)
{
	struct story_traffic t = { 0 };

	story_probes(w, "stop probes");
	lab_run(w->lab, dur_ms(100));
	count(w, &t, -1);
	story_probes(w, "start probes");
	lab_run(w->lab, dur_s(1));
	story_probes(w, "stop probes");
	lab_run(w->lab, dur_ms(100));
	count(w, &t, 1);
	return t;
}

static bool flows(const struct story_traffic *t)
{
	return t->sent[0] && t->sent[1] && t->sent[0] == t->received[0] &&
	       t->sent[1] == t->received[1] && !t->bad;
}

static bool silent(const struct story_traffic *t)
{
	return !t->received[0] && !t->received[1] && !t->bad;
}

/* Since the beginning; the probes stand still. */
bool story_none_lost(struct world *w)
{
	g_autofree char *lac = world_lac(w, "report"), *host = world_host(w, "report");

	return report_number(lac, "sent") == report_number(host, "received") &&
	       report_number(host, "sent") == report_number(lac, "received") &&
	       report_number(lac, "reordered") + report_number(host, "reordered") ==
		       0 &&
	       report_number(lac, "gap-us") < 20000 &&
	       report_number(host, "gap-us") < 20000;
}

/* Whatever happened, life goes on: what is down is called again, and one more. */
static bool goes_on(struct world *w, unsigned rp, unsigned orphans)
{
	g_autofree char *report = NULL;
	uint64_t all;
	unsigned n;

	g_free(world_lac(w, "hello now"));
	lab_run(w->lab, dur_s(1));
	g_free(world_lac(w, "connect"));
	g_free(world_lac(w, "call"));
	report = world_lac(w, "report");
	all = report_number(report, "sessions");
	return lab_wait_report(w->lab, SLOT_PEER, "sessions-up", all, dur_s(30)) &&
	       world_count(w, rp, &n) && n + orphans == all;
}

/* Both RPs in again: all agree. */
static char *after_return(struct world *w)
{
	g_autofree char *a = NULL, *b = NULL;

	world_mend(w);
	if (!world_wait_hot(w, dur_s(30)))
		return g_strdup("not STANDBY HOT again");
	lab_run(w->lab, dur_s(1));
	a = lab_show(w->lab, SLOT_R0, "show running-config", NULL);
	b = lab_show(w->lab, SLOT_R1, "show running-config", NULL);
	if (!a || !b || g_strcmp0(strstr(a, "hostname"), strstr(b, "hostname")) != 0)
		return g_strconcat("configurations differ: ", a, b, NULL);
	return world_differs(w);
}

void story_look(struct world *w, const struct story *s, unsigned rp, bool all,
	struct story_seen *seen)
{
	g_autofree char *report = world_lac(w, "report");
	g_autofree char *first = world_line_with(report, "subscriber=1 ");

	seen->first = strstr(first, "state=up");
	seen->shown = world_count(w, rp, &seen->rp);
	seen->peer = (unsigned)report_number(report, "sessions-up");
	seen->traffic = traffic(w);
	lab_run(w->lab, dur_s(2)); /* a report of the FP */
	seen->fp = w->fp.told ? w->fp.sessions : UINT32_MAX;
	seen->config = config_whole(w, s, rp, all);
	w->cold |= s->bulk && !seen->rp;
	w->lac.password = "loadpw";
	seen->goes_on = seen->peer >= seen->rp && goes_on(w, rp, seen->peer - seen->rp);
	seen->differs = after_return(w);
}

enum outcome story_judge(const struct story_seen *seen)
{
	if (!seen->shown || !seen->goes_on || seen->rp != seen->fp || !seen->config ||
		seen->differs)
		return HALF;
	if (seen->rp && seen->first && flows(&seen->traffic))
		return seen->rp == seen->peer ? WHOLE : ORPHANED;
	if (!seen->rp && silent(&seen->traffic))
		return seen->peer ? ORPHANED : GONE;
	if (seen->rp == seen->peer && !seen->first && silent(&seen->traffic))
		return PART;
	return HALF;
}

char *story_text(const struct story_seen *seen)
{
	return g_strdup_printf(
		"sessions on RP %u, FP %u, peer %u, packets up %d of %d, down %d of %d, "
		"new calls %d, configuration %d, %s",
		seen->rp, seen->fp, seen->peer, (int)seen->traffic.received[0],
		(int)seen->traffic.sent[0], (int)seen->traffic.received[1],
		(int)seen->traffic.sent[1], seen->goes_on, seen->config,
		seen->differs ? seen->differs : "all agree");
}
