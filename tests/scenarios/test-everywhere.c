/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An RP that goes at every item of what it does: a call set-up with its tunnel, a failed login,
 * a HELLO exchange, hang-ups and tunnel ends from each side, a bulk, a configuration change.
 * R0 is pulled, crashes or hangs (for good, or for five seconds), or R1 is pulled.  Afterwards
 * the session is whole on the remaining RP, FP and peer, with traffic both ways, or it is gone
 * on all; never anything between.  Then both RPs are put in again, and they, FP, peer and
 * accounting agree.
 * Channels are made faster and slower in turn, so that other things meet.
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

/* How it goes, and the rows of channels that are gone through. */
enum way { PULL_R0, CRASH_R0, HANG_R0, PULL_R1, N_WAYS };

static const struct {
	const char *name;
	unsigned slot;
	enum slot_why why;
	unsigned rows; /* bits */
} ways[N_WAYS] = {
	[PULL_R0] = { "pull", SLOT_R0, SLOT_WHY_PULLED, 0x3f },
	[CRASH_R0] = { "crash", SLOT_R0, SLOT_WHY_CRASHED, 0x05 },
	[HANG_R0] = { "hang", SLOT_R0, SLOT_WHY_HUNG, 0x0f }, /* odd rows: wakes up */
	[PULL_R1] = { "pull-standby", SLOT_R1, SLOT_WHY_PULLED, 0x29 },
};

enum outcome {
	WHOLE,
	GONE,     /* everywhere */
	ORPHANED, /* one at the peer that is gone on RP and FP */
	HALF,
	N_OUTCOMES,
};

struct story {
	const char *name;
	bool bulk;                  /* R1 comes while R0 lives */
	bool stream;                /* probes run all the time, and not one is lost */
	bool connected;             /* the session is up and checkpointed before */
	unsigned tunnels, sessions; /* 0: one */
	const char *more_config;
	/* What happens meanwhile: an order to the LAC, a command on R0, configuration. */
	const char *order, *command;
	bool configure;
	const char *password; /* of the subscribers at first; NULL: the right one */
	unsigned seconds;     /* of the RP's life that are gone through */
	unsigned allowed;     /* bits of enum outcome */
	enum outcome last;    /* after the last item everything is long over */
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
	if (s->password)
		w->lac.password = s->password;
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

/* ---- going ---- */

struct going {
	enum way way;
	unsigned row;
	uint64_t
		item; /* of the RP from now on; hanging, it may come to some more in its turn */
	uint64_t start;
	bool gone;
};

static void go_off(struct world *w, struct going *g)
{
	struct chassis *c = lab_chassis(w->lab);
	base_dur d = g->row & 1 ? dur_s(5) : dur_s(0);
	uint64_t items = chassis_items(c, ways[g->way].slot) - g->start;

	if (g->gone || items < g->item)
		return;
	g->gone = chassis_hang(c, ways[g->way].slot, d, NULL);
	g->item = items;
}

static void arm(struct world *w, struct going *g)
{
	struct chassis *c = lab_chassis(w->lab);

	g->start = chassis_items(c, ways[g->way].slot);
	if (g->way != HANG_R0)
		g_assert_true(chassis_pull_at(
			c, ways[g->way].slot, g->item, ways[g->way].why, NULL));
}

static void run(struct world *w, struct going *g, base_dur d)
{
	base_time end = time_add(chassis_now(lab_chassis(w->lab)), d);

	while (g->way == HANG_R0 && !g->gone && chassis_step(lab_chassis(w->lab), end))
		go_off(w, g);
	lab_run(w->lab, time_sub(end, chassis_now(lab_chassis(w->lab))));
	if (g->way != HANG_R0)
		g->gone = !chassis_is_in(lab_chassis(w->lab), ways[g->way].slot);
}

static void command(struct world *w, const char *text, bool fresh)
{
	g_autofree char *copy = g_strdup(text);
	struct msg_exec exec = { .session = 1, .command = copy, .fresh = fresh };

	chassis_send_rec(lab_chassis(w->lab), SLOT_R0, IPC_EXEC, &exec);
}

static void configure(struct world *w, struct going *g)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(config_lines); i++) {
		command(w, config_lines[i].line, false);
		run(w, g, dur_ms(20));
	}
}

static void act(struct world *w, const struct story *s, struct going *g)
{
	if (s->order)
		g_free(world_lac(w, s->order));
	if (s->command)
		command(w, s->command, true);
	if (s->configure)
		configure(w, g);
	run(w, g, dur_s(s->seconds));
}

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

/* A second of probes both ways, and what has become of those of subscriber 1. */
struct traffic {
	uint64_t sent[2], received[2], bad;
};

/* Adds (or takes away) what has been counted until now. */
static void count(struct world *w, struct traffic *t, int sign)
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
	bool config;   /* no half of it */
	char *differs; /* in the end, with both RPs in */
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

static void look(struct world *w, const struct story *s, unsigned rp, struct seen *seen)
{
	g_autofree char *report = world_lac(w, "report");
	g_autofree char *first = world_line_with(report, "subscriber=1 ");

	seen->first = strstr(first, "state=up");
	seen->shown = world_count(w, rp, &seen->rp);
	seen->peer = (unsigned)report_number(report, "sessions-up");
	seen->traffic = traffic(w);
	lab_run(w->lab, dur_s(2)); /* a report of the FP */
	seen->fp = w->fp.told ? w->fp.sessions : UINT32_MAX;
	seen->config = config_whole(w, s, rp, rp == SLOT_R0);
	w->cold = s->bulk && !seen->rp;
	w->lac.password = "loadpw";
	seen->goes_on = seen->peer >= seen->rp && goes_on(w, rp, seen->peer - seen->rp);
	seen->differs = after_return(w);
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
	if (!seen->shown || !seen->goes_on || seen->rp != seen->fp || !seen->config ||
		seen->differs)
		return HALF;
	if (seen->rp && seen->first && flows(&seen->traffic))
		return seen->rp == seen->peer ? WHOLE : ORPHANED;
	if (!seen->rp && silent(&seen->traffic))
		return seen->peer ? ORPHANED : GONE;
	return HALF;
}

static void complain(struct world *w, const struct story *s, const struct going *g,
	const struct seen *seen)
{
	g_autofree char *lac = world_lac(w, "report");

	g_error("%s, %s, row %u, item %" G_GUINT64_FORMAT
		": sessions on RP %u, FP %u, peer %u, packets up %d of %d, down %d of "
		"%d, "
		"new calls %d, configuration %d, %s\n%s%s",
		s->name, ways[g->way].name, g->row, g->item, seen->rp, seen->fp,
		seen->peer, (int)seen->traffic.received[0], (int)seen->traffic.sent[0],
		(int)seen->traffic.received[1], (int)seen->traffic.sent[1],
		seen->goes_on, seen->config,
		seen->differs ? seen->differs : "all agree", lac, lab_log(w->lab));
}

static unsigned allowed(const struct story *s, enum way way)
{
	return way == PULL_R1 ? 1u << s->last : s->allowed;
}

/* False: the RP did not come to that item. */
static bool go_at(const struct story *s, struct going *g, unsigned counts[N_OUTCOMES],
	enum outcome *last)
{
	struct seen seen = { 0 };
	enum outcome outcome;
	struct world w;

	begin(&w, s, g->row);
	if (s->bulk)
		world_insert(&w, SLOT_R1);
	arm(&w, g);
	act(&w, s, g);
	if (g->gone) {
		bool stream;

		if (!s->stream)
			probes(&w, "stop probes");
		lab_run(w.lab, dur_s(SETTLE_S));
		look(&w, s, SLOT_R0 + SLOT_R1 - ways[g->way].slot, &seen);
		stream = !s->stream || none_lost(&w);
		outcome = *last = judge(&seen);
		counts[outcome]++;
		if (!(allowed(s, g->way) & 1u << outcome) || !stream ||
			(s->bulk && !says_so(&w, outcome)))
			complain(&w, s, g, &seen);
		g_free(seen.differs);
	}
	world_clear(&w);
	return g->gone;
}

/* One story, and where all of them add their counts. */
struct task {
	const struct story *story;
	enum way way;
	unsigned *total; /* [N_OUTCOMES] */
};

static void test_story(gconstpointer data)
{
	const struct task *task = data;
	const struct story *s = task->story;
	unsigned counts[N_OUTCOMES] = { 0 }, items = 0;

	for (unsigned row = 0; row < G_N_ELEMENTS(channels); row++) {
		struct going g = { .way = task->way, .row = row, .item = 1 };
		enum outcome last = HALF;
		unsigned n = 0;

		if (!(ways[task->way].rows & 1u << row))
			continue;
		while (go_at(s, &g, counts, &last)) {
			g = (struct going){ task->way, row, g.item + 1 };
			n++;
		}
		g_assert_cmpuint(n, >, 2);
		g_assert_cmpint(last, ==, s->last);
		items += n;
	}
	g_test_message(
		"%s, %s at %u items: %u whole, %u gone, %u orphaned at the peer, "
		"%u half",
		s->name, ways[task->way].name, items, counts[WHOLE], counts[GONE],
		counts[ORPHANED], counts[HALF]);
	for (unsigned i = 0; i < N_OUTCOMES; i++)
		task->total[i] += counts[i];
	g_assert_cmpuint(counts[HALF], ==, 0);
}

int main(int argc, char **argv)
{
	struct task tasks[N_WAYS][G_N_ELEMENTS(stories)];
	unsigned total[N_OUTCOMES] = { 0 };
	int status;

	g_test_init(&argc, &argv, NULL);
	for (unsigned way = 0; way < N_WAYS; way++) {
		for (unsigned i = 0; i < G_N_ELEMENTS(stories); i++) {
			g_autofree char *path =
				g_strdup_printf("/scenarios/everywhere/%s/%s",
					ways[way].name, stories[i].name);

			tasks[way][i] = (struct task){ &stories[i], way, total };
			g_test_add_data_func(path, &tasks[way][i], test_story);
		}
	}
	status = g_test_run();
	g_print("# at %u items in all: %u whole, %u gone, %u orphaned at the peer, %u "
		"half\n",
		total[WHOLE] + total[GONE] + total[ORPHANED] + total[HALF],
		total[WHOLE], total[GONE], total[ORPHANED], total[HALF]);
	return status;
}
