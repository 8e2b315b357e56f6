/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An RP pulled at every item of what it does: a call set-up with its tunnel, a HELLO exchange,
 * a hang-up from each side, a bulk.  Afterwards the session is whole on the other RP, FP and
 * peer, with traffic both ways, or it is gone on RP and FP; never anything between.  Channels
 * are made faster and slower in turn, so that other things meet.
 *
 * A failure names the channels' row and the item.
 */
#include "chassis/messages.h"
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <string.h>

enum { SETTLE_S = 180 };

/* Latencies in microseconds. */
static const struct {
	int rp_rp, rp_fp;
} channels[] = { { 30, 20 }, { 30, 20 }, { 3, 500 }, { 1500, 20 }, { 700, 700 },
	{ 40000, 5 } };

enum outcome {
	WHOLE,
	GONE,     /* everywhere */
	ORPHANED, /* one at the peer that is gone on RP and FP */
	HALF,
	N_OUTCOMES,
};

struct story {
	const char *name;
	unsigned slot;              /* RP that is pulled */
	bool bulk;                  /* R1 comes while R0 lives */
	bool stream;                /* probes run all the time, and not one is lost */
	bool connected;             /* the session is up and checkpointed before */
	unsigned tunnels, sessions; /* 0: one */
	const char *more_config;
	/* What happens while R0 is pulled: orders to the LAC, or a command on R0. */
	const char *order, *command;
	unsigned seconds;  /* of the RP's life that are gone through */
	unsigned allowed;  /* bits of enum outcome */
	enum outcome last; /* after the last item everything is long over */
};

static const struct story stories[] = {
	{
		.name = "set-up",
		.order = "connect",
		.seconds = 2,
		.allowed = 1 << WHOLE | 1 << GONE | 1 << ORPHANED,
		.last = WHOLE,
	},
	{
		.name = "set-up-standby",
		.slot = SLOT_R1,
		.order = "connect",
		.seconds = 2,
		.allowed = 1 << WHOLE,
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
		.name = "bulk-standby",
		.slot = SLOT_R1,
		.bulk = true,
		.connected = true,
		.seconds = 2,
		.allowed = 1 << WHOLE,
		.last = WHOLE,
	},
	{
		.name = "hello-standby",
		.slot = SLOT_R1,
		.connected = true,
		.order = "hello now",
		.seconds = 7,
		.allowed = 1 << WHOLE,
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
};

/* ---- one run ---- */

static void probes(struct world *w, const char *order)
{
	g_free(world_lac(w, order));
	g_free(world_host(w, order));
}

static void begin(struct world *w, const struct story *s, unsigned row)
{
	world_init(
		w, s->tunnels ? s->tunnels : 1, s->sessions ? s->sessions : 1, row + 1);
	w->lab_cfg.rp_rp_latency = dur_us(channels[row].rp_rp);
	w->lab_cfg.rp_fp_latency = dur_us(channels[row].rp_fp);
	w->lab_cfg.without_standby = s->bulk;
	w->lac.hello_s = 20;
	if (s->more_config) {
		char *text = g_strconcat(w->startup, s->more_config, NULL);

		g_free(w->startup);
		w->lab_cfg.startup = w->startup = text;
	}
	world_start(w);
	if (!s->connected)
		return;
	world_connect(w);
	lab_run(w->lab, dur_s(1));
	if (s->stream)
		return;
	probes(w, "stop probes");
	lab_run(w->lab, dur_ms(1500));
}

static void act(struct world *w, const struct story *s)
{
	struct msg_exec exec = { .fresh = true };

	if (s->order)
		g_free(world_lac(w, s->order));
	if (s->command) {
		exec.command = g_strdup(s->command);
		chassis_send_rec(lab_chassis(w->lab), SLOT_R0, IPC_EXEC, &exec);
		g_free(exec.command);
	}
	lab_run(w->lab, dur_s(s->seconds));
}

/* A second of probes both ways, and what has become of those of subscriber 1. */
struct traffic {
	uint64_t sent[2], received[2], bad;
};

/* The line of a report that has this word; "" when there is none. */
static char *line_with(const char *report, const char *word)
{
	g_auto(GStrv) lines = g_strsplit(report, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		if (strstr(lines[i], word))
			return g_strdup(lines[i]);
	return g_strdup("");
}

/* Adds (or takes away) what has been counted until now. */
static void count(struct world *w, struct traffic *t, int sign)
{
	g_autofree char *lacs = world_lac(w, "report"),
			*hosts = world_host(w, "report");
	g_autofree char *lac = line_with(lacs, "subscriber=1 ");
	g_autofree char *key = report_word(lac, "key");
	g_autofree char *word = g_strdup_printf("key=%s ", key);
	g_autofree char *host = line_with(hosts, word);

	t->sent[0] += (uint64_t)sign * report_number(lac, "sent");
	t->sent[1] += (uint64_t)sign * report_number(host, "sent");
	t->received[0] += (uint64_t)sign * report_number(host, "received");
	t->received[1] += (uint64_t)sign * report_number(lac, "received");
	t->bad = report_number(lacs, "wrong") + report_number(lacs, "duplicated") +
		 report_number(hosts, "wrong") + report_number(hosts, "duplicated");
}

static struct traffic traffic(struct world *w)
{
	struct traffic t = { 0 };

	probes(w, "stop probes");
	lab_run(w->lab, dur_ms(100));
	count(w, &t, -1);
	probes(w, "start probes");
	lab_run(w->lab, dur_s(1));
	probes(w, "stop probes");
	lab_run(w->lab, dur_ms(100));
	count(w, &t, 1);
	return t;
}

static bool flows(const struct traffic *t)
{
	return t->sent[0] && t->sent[1] && t->sent[0] == t->received[0] &&
	       t->sent[1] == t->received[1] && !t->bad;
}

static bool silent(const struct traffic *t)
{
	return !t->received[0] && !t->received[1] && !t->bad;
}

/* Since the beginning; the probes stand still. */
static bool none_lost(struct world *w)
{
	g_autofree char *lac = world_lac(w, "report"), *host = world_host(w, "report");

	return report_number(lac, "sent") == report_number(host, "received") &&
	       report_number(host, "sent") == report_number(lac, "received") &&
	       report_number(lac, "reordered") + report_number(host, "reordered") ==
		       0 &&
	       report_number(lac, "gap-us") < 20000 &&
	       report_number(host, "gap-us") < 20000;
}

struct seen {
	bool shown; /* the RP says how many sessions it has */
	unsigned rp, fp, peer;
	bool first; /* subscriber 1 is up, as he sees it */
	struct traffic traffic;
	bool goes_on;
};

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

static void look(struct world *w, unsigned rp, struct seen *seen)
{
	g_autofree char *report = world_lac(w, "report");
	g_autofree char *first = line_with(report, "subscriber=1 ");

	seen->first = strstr(first, "state=up");
	seen->shown = world_count(w, rp, &seen->rp);
	seen->peer = (unsigned)report_number(report, "sessions-up");
	seen->traffic = traffic(w);
	lab_run(w->lab, dur_s(2)); /* a report of the FP */
	seen->fp = w->fp.told ? w->fp.sessions : UINT32_MAX;
	seen->goes_on = seen->peer >= seen->rp && goes_on(w, rp, seen->peer - seen->rp);
}

/* A standby that took over has kept everything, or says that it started cold. */
static bool says_so(struct world *w, enum outcome outcome)
{
	const char *log = lab_log(w->lab);
	bool cold = strstr(log, "-COLD_START:");

	return !strstr(log, "-SWITCHOVER:") || cold == (outcome == GONE);
}

static enum outcome judge(const struct seen *seen)
{
	if (!seen->shown || !seen->goes_on || seen->rp != seen->fp)
		return HALF;
	if (seen->rp && seen->first && flows(&seen->traffic))
		return seen->rp == seen->peer ? WHOLE : ORPHANED;
	if (!seen->rp && silent(&seen->traffic))
		return seen->peer ? ORPHANED : GONE;
	return HALF;
}

/* False: the RP did not come to that item. */
static bool pull_at(const struct story *s, unsigned row, uint64_t item,
	unsigned counts[N_OUTCOMES], enum outcome *last)
{
	struct seen seen;
	enum outcome outcome;
	struct world w;
	bool pulled;

	begin(&w, s, row);
	if (s->bulk)
		world_insert(&w, SLOT_R1);
	g_assert_true(chassis_pull_at(
		lab_chassis(w.lab), s->slot, item, SLOT_WHY_PULLED, NULL));
	act(&w, s);
	pulled = !chassis_is_in(lab_chassis(w.lab), s->slot);
	if (pulled) {
		lab_run(w.lab, dur_s(SETTLE_S));
		look(&w, SLOT_R0 + SLOT_R1 - s->slot, &seen);
		outcome = *last = judge(&seen);
		counts[outcome]++;
		if (!(s->allowed & 1u << outcome) || (s->stream && !none_lost(&w)) ||
			(s->bulk && !says_so(&w, outcome))) {
			g_autofree char *lac = world_lac(&w, "report");

			g_error("%s, row %u, item %" G_GUINT64_FORMAT
				": sessions on RP %u, FP %u, peer %u, packets up %d of "
				"%d, "
				"down %d of %d, new calls %d\n%s%s",
				s->name, row, item, seen.rp, seen.fp, seen.peer,
				(int)seen.traffic.received[0],
				(int)seen.traffic.sent[0],
				(int)seen.traffic.received[1],
				(int)seen.traffic.sent[1], seen.goes_on, lac,
				lab_log(w.lab));
		}
	}
	world_clear(&w);
	return pulled;
}

/* One story, and where all of them add their counts. */
struct task {
	const struct story *story;
	unsigned *total; /* [N_OUTCOMES] */
};

static void test_story(gconstpointer data)
{
	const struct task *task = data;
	const struct story *s = task->story;
	unsigned counts[N_OUTCOMES] = { 0 }, items = 0;

	for (unsigned row = 0; row < G_N_ELEMENTS(channels); row++) {
		enum outcome last = HALF;
		uint64_t item = 1;

		while (pull_at(s, row, item, counts, &last))
			item++;
		g_assert_cmpuint(item, >, 4);
		g_assert_cmpint(last, ==, s->last);
		items += (unsigned)item - 1;
	}
	g_test_message(
		"%s: %s pulled at %u items: %u whole, %u gone, %u orphaned at the "
		"peer, %u half",
		s->name, s->slot == SLOT_R0 ? "R0" : "R1", items, counts[WHOLE],
		counts[GONE], counts[ORPHANED], counts[HALF]);
	for (unsigned i = 0; i < N_OUTCOMES; i++)
		task->total[i] += counts[i];
	g_assert_cmpuint(counts[HALF], ==, 0);
}

int main(int argc, char **argv)
{
	struct task tasks[G_N_ELEMENTS(stories)];
	unsigned total[N_OUTCOMES] = { 0 };
	int status;

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(stories); i++) {
		g_autofree char *path =
			g_strdup_printf("/scenarios/pull/%s", stories[i].name);

		tasks[i] = (struct task){ &stories[i], total };
		g_test_add_data_func(path, &tasks[i], test_story);
	}
	status = g_test_run();
	g_print("# pulled at %u items in all: %u whole, %u gone, %u orphaned at the "
		"peer, "
		"%u half\n",
		total[WHOLE] + total[GONE] + total[ORPHANED] + total[HALF],
		total[WHOLE], total[GONE], total[ORPHANED], total[HALF]);
	return status;
}
