/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * R0 pulled at every item of what it does: a call set-up with its tunnel, a HELLO exchange, a
 * hang-up from each side.  Afterwards the session is whole on R1, FP and peer, with traffic
 * both ways, or it is gone on R1 and FP; never anything between.
 *
 * A failure names seed and item: -p and the numbers bring it back.
 */
#include "chassis/messages.h"
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <string.h>

enum { SETTLE_S = 180, SEEDS = 3 };

enum outcome {
	WHOLE,
	GONE,     /* everywhere */
	ORPHANED, /* at the peer; gone on R1 and FP */
	HALF,
	N_OUTCOMES,
};

struct story {
	const char *name;
	bool connected;  /* the session is up and checkpointed before */
	const char *more_config;
	/* What happens while R0 is pulled: orders to the LAC, or a command on R0. */
	const char *order, *command;
	unsigned seconds; /* of R0's life that are gone through */
	unsigned allowed; /* bits of enum outcome */
};

static const struct story stories[] = {
	{
		.name = "set-up",
		.order = "connect",
		.seconds = 2,
		.allowed = 1 << WHOLE | 1 << GONE | 1 << ORPHANED,
	},
	{
		.name = "hello",
		.connected = true,
		.order = "hello now",
		.seconds = 7, /* R0's own is due after five */
		.allowed = 1 << WHOLE,
	},
	{
		.name = "hang-up-by-subscriber",
		.connected = true,
		.order = "hangup 1",
		.seconds = 2,
		.allowed = 1 << GONE,
	},
	{
		.name = "hang-up-by-lac",
		.connected = true,
		.order = "drop 1",
		.seconds = 2,
		.allowed = 1 << GONE,
	},
	{
		.name = "hang-up-by-lns", /* the FP finds the subscriber dead */
		.connected = true,
		.more_config = "interface Virtual-Template1\n keepalive 1 2\n",
		.order = "mute 1",
		.seconds = 5,
		.allowed = 1 << GONE,
	},
	{
		.name = "tunnel-cleared",
		.connected = true,
		.command = "clear vpdn tunnel l2tp all",
		.seconds = 3,
		.allowed = 1 << WHOLE | 1 << GONE,
	},
};

/* ---- one run ---- */

static void begin(struct world *w, const struct story *s, uint64_t seed)
{
	world_init(w, 1, 1, seed);
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
	g_free(world_lac(w, "stop probes"));
	g_free(world_host(w, "stop probes"));
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

/* A second of probes both ways, and what has become of them. */
struct traffic {
	uint64_t sent[2], received[2], bad;
};

static struct traffic traffic(struct world *w)
{
	struct traffic t = { 0 };

	g_free(world_lac(w, "stop probes"));
	g_free(world_host(w, "stop probes"));
	lab_run(w->lab, dur_ms(100));
	g_free(world_lac(w, "start probes"));
	g_free(world_host(w, "start probes"));
	for (int sign = -1; sign <= 1; sign += 2) {
		g_autofree char *lac = world_lac(w, "report"), *host = world_host(w, "report");

		t.sent[0] += (uint64_t)sign * report_number(lac, "sent");
		t.sent[1] += (uint64_t)sign * report_number(host, "sent");
		t.received[0] += (uint64_t)sign * report_number(host, "received");
		t.received[1] += (uint64_t)sign * report_number(lac, "received");
		t.bad = report_number(lac, "wrong") + report_number(lac, "duplicated") +
			report_number(host, "wrong") + report_number(host, "duplicated");
		if (sign > 0)
			break;
		lab_run(w->lab, dur_s(1));
		g_free(world_lac(w, "stop probes"));
		g_free(world_host(w, "stop probes"));
		lab_run(w->lab, dur_ms(100));
	}
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

struct seen {
	bool shown;        /* R1 says how many sessions it has */
	unsigned rp, fp, peer;
	struct traffic traffic;
};

static enum outcome judge(struct world *w, struct seen *seen)
{
	g_autofree char *report = world_lac(w, "report");
	unsigned n[3] = { 0 };

	seen->shown = world_sessions(w, SLOT_R1, n);
	seen->rp = n[0];
	seen->peer = (unsigned)report_number(report, "sessions-up");
	seen->traffic = traffic(w);
	lab_run(w->lab, dur_s(2)); /* a report of the FP */
	seen->fp = w->fp.told ? w->fp.sessions : UINT32_MAX;
	if (!seen->shown)
		return HALF;
	if (seen->rp == 1 && seen->fp == 1 && seen->peer == 1 &&
	    flows(&seen->traffic))
		return WHOLE;
	if (seen->rp == 0 && seen->fp == 0 && silent(&seen->traffic))
		return seen->peer ? ORPHANED : GONE;
	return HALF;
}

/* False: R0 did not come to that item. */
static bool pull_at(const struct story *s, uint64_t seed, uint64_t item,
	unsigned counts[N_OUTCOMES])
{
	struct seen seen;
	enum outcome outcome;
	struct world w;
	bool pulled;

	begin(&w, s, seed);
	g_assert_true(chassis_pull_at(lab_chassis(w.lab), SLOT_R0, item, SLOT_WHY_PULLED,
		NULL));
	act(&w, s);
	pulled = !chassis_is_in(lab_chassis(w.lab), SLOT_R0);
	if (pulled) {
		lab_run(w.lab, dur_s(SETTLE_S));
		outcome = judge(&w, &seen);
		counts[outcome]++;
		if (!(s->allowed & 1u << outcome)) {
			g_autofree char *lac = world_lac(&w, "report");

			g_error("%s, seed %" G_GUINT64_FORMAT ", item %" G_GUINT64_FORMAT
				": sessions on R1 %u, FP %u, peer %u, packets up %d of %d, "
				"down %d of %d\n%s%s",
				s->name, seed, item, seen.rp, seen.fp, seen.peer,
				(int)seen.traffic.received[0], (int)seen.traffic.sent[0],
				(int)seen.traffic.received[1], (int)seen.traffic.sent[1],
				lac, lab_log(w.lab));
		}
	}
	world_clear(&w);
	return pulled;
}

static void test_story(gconstpointer data)
{
	const struct story *s = data;
	unsigned counts[N_OUTCOMES] = { 0 }, items = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t item = 1;

		while (pull_at(s, seed, item, counts))
			item++;
		g_assert_cmpuint(item, >, 5);
		items += (unsigned)item - 1;
	}
	g_test_message("%s: R0 pulled at %u items: %u whole, %u gone, %u orphaned at the "
		       "peer, %u half", s->name, items, counts[WHOLE], counts[GONE],
		counts[ORPHANED], counts[HALF]);
	g_assert_cmpuint(counts[HALF], ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(stories); i++) {
		g_autofree char *path = g_strdup_printf("/scenarios/pull/%s", stories[i].name);

		g_test_add_data_func(path, &stories[i], test_story);
	}
	return g_test_run();
}
