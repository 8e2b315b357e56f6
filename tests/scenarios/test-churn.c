/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Twenty calls come and twenty go each second, and every ten seconds something happens to an RP,
 * in both directions.  No session that was HA-established is lost; at each quiet moment active,
 * standby, FP and the LAC have the same sessions, and accounting has had one Start and one Stop
 * of each that has gone.
 *
 * By hand: CHURN_SECONDS=3600 CHURN_SEED=7 test-scenarios-churn -p /scenarios/churn/hour
 */
#include "base/rng.h"
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <stdio.h>
#include <string.h>

enum {
	TUNNELS = 4,
	LINES = 200, /* in all tunnels; half of them are up, on the average */
	SECONDS = 3600,
	SECONDS_SLOW = 300,
	TICK_MS = 50, /* one call comes, one goes */
	EVENT_S = 10,
	MEND_S = 5,       /* after the event */
	QUIET_EVENTS = 3, /* a quiet moment after each of so many */
	SETTLE_S = 10,
};

/* Of the channels in microseconds, by seed. */
static const struct {
	int rp_rp, rp_fp;
} channels[] = { { 40000, 5 }, { 30, 20 }, { 1500, 300 }, { 15000, 3000 } };

/* A line as the LAC has told last, and the time before. */
struct line {
	bool up;
	bool down;                /* not on the way */
	unsigned session, before; /* 0: not up */
	base_time ordered;        /* to hang up */
};

struct churn {
	struct world w;
	uint64_t seed;
	struct rng rng;
	struct line lines[LINES];
	const char *event;
	unsigned slot, events[N_WORLD_EVENTS][2], dialed, hung_up, quiet, switchovers;
	unsigned settled; /* seconds that it took at most until all were equal */
};

static base_time now(const struct churn *c)
{
	return chassis_now(lab_chassis(c->w.lab));
}

static void complain(struct churn *c, const char *what)
{
	const char *log = lab_log(c->w.lab);
	size_t n = strlen(log);

	g_error("seed %" G_GUINT64_FORMAT ", at %d s, after %s of %s: %s\n%s", c->seed,
		(int)(now(c).ns / 1000000000), c->event ? c->event : "nothing",
		c->slot == SLOT_R0 ? "R0" : "R1", what,
		n > 4000 ? log + n - 4000 : log);
}

static void order(struct churn *c, const char *what, unsigned line)
{
	g_autofree char *text = g_strdup_printf("%s %u", what, line + 1);
	struct msg_order m = { .text = text };

	chassis_send_rec(
		lab_chassis(c->w.lab), lab_lac_slot(c->w.lab, 0), IPC_ORDER, &m);
}

/* ---- what the LAC says ---- */

static void read_line(struct churn *c, const char *text)
{
	unsigned number, session = 0;
	const char *local = strstr(text, " local=");
	struct line *l;

	if (sscanf(text, "subscriber=%u ", &number) != 1 || number > LINES || !local)
		return;
	l = &c->lines[number - 1];
	l->before = l->session;
	l->up = strstr(text, " state=up ") != NULL;
	l->down = strstr(text, " state=down ") != NULL;
	if (l->up)
		sscanf(local, " local=%*u/%u", &session);
	l->session = session;
}

/* Established is what was up at two looks: the router has had a second to commit it. */
static void look(struct churn *c)
{
	g_autofree char *report = world_lac(&c->w, "report");
	g_auto(GStrv) lines = g_strsplit(report, "\n", -1);
	static const char *const zero[] = { "stopccn", "tunnels-lost", "wrong",
		"duplicated" };

	for (unsigned i = 0; i < G_N_ELEMENTS(zero); i++)
		if (report_number(report, zero[i]))
			complain(c, zero[i]);
	for (unsigned i = 0; lines[i]; i++) {
		unsigned number = 0, was = 0;

		if (sscanf(lines[i], "subscriber=%u ", &number) == 1 &&
			number <= LINES &&
			c->lines[number - 1].before == c->lines[number - 1].session)
			was = c->lines[number - 1].session;
		read_line(c, lines[i]);
		if (was && c->lines[number - 1].session != was &&
			time_is_never(c->lines[number - 1].ordered))
			complain(c, lines[i]);
	}
}

/* ---- calls ---- */

/* Some line that is, or is not, up; LINES: none. */
static unsigned pick(struct churn *c, bool up)
{
	unsigned from = rng_below(&c->rng, LINES);

	for (unsigned i = 0; i < LINES; i++) {
		unsigned n = (from + i) % LINES;

		if (up ? c->lines[n].up && time_is_never(c->lines[n].ordered)
		       : c->lines[n].down)
			return n;
	}
	return LINES;
}

static void dial(struct churn *c)
{
	unsigned n = pick(c, false);

	if (n == LINES)
		return;
	c->lines[n] = (struct line){ .ordered = BASE_TIME_NEVER };
	order(c, "redial", n);
	c->dialed++;
}

static void hang_up(struct churn *c)
{
	unsigned n = pick(c, true);

	if (n == LINES)
		return;
	c->lines[n].ordered = now(c);
	order(c, rng_below(&c->rng, 2) ? "hangup" : "drop", n);
	c->hung_up++;
}

/* A second; calls: they come and go. */
static void second(struct churn *c, bool calls)
{
	for (unsigned ms = 0; ms < 1000; ms += TICK_MS) {
		if (calls) {
			dial(c);
			hang_up(c);
		}
		lab_run(c->w.lab, dur_ms(TICK_MS));
	}
	look(c);
}

/* ---- events ---- */

static void happen(struct churn *c)
{
	static const enum world_event of_standby[] = { WORLD_PULL, WORLD_CRASH,
		WORLD_HANG_5S, WORLD_HANG, WORLD_RESET, WORLD_HW_RELOAD };
	bool standby = rng_below(&c->rng, 3) == 0;
	enum world_event e =
		standby ? of_standby[rng_below(&c->rng, G_N_ELEMENTS(of_standby))]
			: rng_below(&c->rng, N_WORLD_EVENTS);

	if (!world_wait_hot(&c->w, dur_ms(1)))
		complain(c, "not STANDBY HOT when the next event is due");
	c->event = world_event_name(e);
	c->slot = standby ? world_standby(&c->w) : world_active(&c->w);
	c->events[e][standby]++;
	c->switchovers += !standby;
	lab_run(c->w.lab, dur_us(rng_below(&c->rng, 20000)));
	world_happen(&c->w, e, c->slot);
}

static void quiet(struct churn *c)
{
	for (unsigned s = 0;; s++) {
		g_autofree char *differs = NULL;

		second(c, false);
		differs = world_differs(&c->w);
		look(c);
		if (!differs) {
			c->settled = MAX(c->settled, s);
			break;
		}
		if (s == SETTLE_S)
			complain(c, differs);
	}
	c->quiet++;
}

static void begin(struct churn *c)
{
	world_init(&c->w, TUNNELS, LINES / TUNNELS, c->seed);
	c->w.lab_cfg.rp_rp_latency =
		dur_us(channels[c->seed % G_N_ELEMENTS(channels)].rp_rp);
	c->w.lab_cfg.rp_fp_latency =
		dur_us(channels[c->seed % G_N_ELEMENTS(channels)].rp_fp);
	c->w.lac.hello_s = 7;
	c->w.lac.probe_pps = 2;
	c->w.host.probe_pps = 0;
	rng_init(&c->rng, c->seed, 1);
	for (unsigned i = 0; i < LINES; i++)
		c->lines[i].ordered = BASE_TIME_NEVER;
	world_start(&c->w);
	world_connect(&c->w);
	lab_run(c->w.lab, dur_s(2));
	look(c);
	for (unsigned i = 0; i < LINES / 2; i++)
		hang_up(c);
	lab_run(c->w.lab, dur_s(2));
	look(c);
}

/* Each Start and each Stop has come, and the chassis has taken doubles for what they are. */
static void check_accounting(struct churn *c)
{
	struct chassis_acct_counts counts;
	unsigned open;

	chassis_acct_counts(lab_chassis(c->w.lab), &counts);
	g_assert_true(world_acct_open(&c->w, &open));
	if (counts.taken - counts.doubles != 2 * g_hash_table_size(c->w.acct) - open)
		complain(c, "accounting records that are neither first nor doubles");
	if (g_hash_table_size(c->w.acct) < c->dialed * 9 / 10)
		complain(c, "fewer sessions accounted for than were dialed");
	g_test_message("accounting: %" G_GUINT64_FORMAT " records, %" G_GUINT64_FORMAT
		       " of them doubles",
		counts.taken, counts.doubles);
}

static void churn(uint64_t seed, unsigned seconds)
{
	struct churn *c = g_new0(struct churn, 1);
	unsigned events = 0;

	c->seed = seed;
	begin(c);
	for (unsigned s = 0; s < seconds; s++) {
		if (s % EVENT_S == 0 && s) {
			happen(c);
			events++;
		}
		if (s % EVENT_S == MEND_S)
			world_mend(&c->w);
		second(c, true);
		if (s % (EVENT_S * QUIET_EVENTS) == EVENT_S * QUIET_EVENTS - 1)
			quiet(c);
	}
	check_accounting(c);
	g_test_message("seed %" G_GUINT64_FORMAT ": %u s, %u events, %u of them of the "
		       "active RP, %u calls, %u hang-ups, equal at %u quiet moments, "
		       "after %u s at most",
		seed, seconds, events, c->switchovers, c->dialed, c->hung_up, c->quiet,
		c->settled + 1);
	g_assert_cmpuint(chassis_term(lab_chassis(c->w.lab)), ==, c->switchovers + 1);
	world_clear(&c->w);
	g_free(c);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = g_getenv(name);

	return text ? g_ascii_strtoull(text, NULL, 10) : otherwise;
}

static void test_hour(void)
{
	churn(setting("CHURN_SEED", 1), (unsigned)setting("CHURN_SECONDS", SECONDS));
}

static void test_slow(void)
{
	for (uint64_t seed = 2; seed <= 4; seed++)
		churn(seed, SECONDS_SLOW);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/churn/hour", test_hour);
	g_test_add_func("/scenarios/churn/slow-channels", test_slow);
	return g_test_run();
}
