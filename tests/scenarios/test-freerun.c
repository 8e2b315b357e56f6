/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole chassis in free run: wall clock, a thread a board, LAC and host on wires.  Boot,
 * sessions, then an RP is pulled and put in again a few times, each way, with probes and a new
 * call each time.  Made for the thread sanitizer; how much is lost depends on the machine.
 */
#include "rp/rp.h"
#include "scenarios/engine/peer.h"
#include "tests/scenarios/world.h"

#include <string.h>

enum {
	TUNNELS = 2,
	SESSIONS = 3,
	PULLS = 4,
	POLL_MS = 50,
	STAY_MS = 700, /* without a standby */
	PATIENCE_S = 100,
	SLOT_LAC = SLOT_PEER,
	SLOT_HOST,
};

enum stage { BOOT, CONNECT, STEADY, ALONE, RETURN, CALL, END };

static const char *const stage_names[] = { "boot", "connect", "steady", "alone",
	"return", "call", "end" };

struct run {
	struct world w; /* its configurations only: there is no lab */
	struct chassis *c;
	void *spa_arg;
	GString *answer, *log;
	char *report; /* of the LAC, the last whole one */
	enum stage stage;
	base_time since, began;
	unsigned pulls, active;
	uint64_t lines;
};

static int64_t ms_since(const struct run *r, base_time t)
{
	return dur_to_ms(time_sub(chassis_now(r->c), t));
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	struct run *r = user;
	struct msg_report m;
	struct msg_log l;

	if (msg->type == IPC_LOG && ipc_decode(msg, &l)) {
		g_string_append_printf(
			r->log, "%u %s\n", msg->from, l.text ? l.text : "");
		rec_clear(ipc_table(msg->type), &l);
	}
	if (msg->type != IPC_REPORT || !ipc_decode(msg, &m))
		return;
	if (m.id) {
		g_string_append(r->answer, m.text ? m.text : "");
		if (m.done) {
			g_free(r->report);
			r->report = g_strdup(r->answer->str);
			g_string_truncate(r->answer, 0);
		}
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void order(struct run *r, unsigned slot, const char *text, bool report)
{
	g_autofree char *copy = g_strdup(text);
	struct msg_order m = { .id = report, .text = copy };

	chassis_send_rec(r->c, slot, IPC_ORDER, &m);
}

static bool all_up(const struct run *r)
{
	return r->report && report_number(r->report, "sessions-up") == r->lines;
}

static void go(struct run *r, enum stage s)
{
	r->stage = s;
	r->since = chassis_now(r->c);
}

static void hand(struct run *r, bool in)
{
	GError *error = NULL;

	if (in)
		chassis_insert(r->c, r->active, &error);
	else
		chassis_pull(r->c, r->active, SLOT_WHY_PULLED, &error);
	g_assert_no_error(error);
}

static void next(struct run *r)
{
	switch (r->stage) {
	case BOOT:
		if (!chassis_standby_hot(r->c))
			return;
		order(r, SLOT_LAC, "connect", false);
		go(r, CONNECT);
		return;
	case CONNECT:
	case CALL:
		if (all_up(r))
			go(r, STEADY);
		return;
	case STEADY:
		if (ms_since(r, r->since) < STAY_MS)
			return;
		if (r->pulls == PULLS) {
			order(r, SLOT_LAC, "stop probes", false);
			order(r, SLOT_HOST, "stop probes", false);
			go(r, END);
			return;
		}
		r->active = chassis_active(r->c);
		r->pulls++;
		hand(r, false);
		go(r, ALONE);
		return;
	case ALONE:
		if (ms_since(r, r->since) < STAY_MS)
			return;
		g_assert_cmpuint(
			chassis_active(r->c), ==, SLOT_R0 + SLOT_R1 - r->active);
		hand(r, true);
		go(r, RETURN);
		return;
	case RETURN:
		if (!chassis_standby_hot(r->c))
			return;
		order(r, SLOT_LAC, "call", false);
		r->lines++;
		go(r, CALL);
		return;
	case END:
		if (ms_since(r, r->since) > STAY_MS)
			chassis_stop(r->c);
		return;
	}
}

static void tick(void *user)
{
	struct run *r = user;

	if (ms_since(r, r->began) > PATIENCE_S * 1000)
		g_error("no end of stage \"%s\" after %u pulls\n%s\n%s",
			stage_names[r->stage], r->pulls, r->report, r->log->str);
	next(r);
	order(r, SLOT_LAC, "report", true);
	chassis_at(r->c, time_add(chassis_now(r->c), dur_ms(POLL_MS)), tick, r);
}

static void declare(struct run *r)
{
	static const uint8_t slots[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_F1, SLOT_SPA,
		SLOT_LAC, SLOT_HOST };
	static const unsigned wires[LAB_PORTS] = { SLOT_LAC, SLOT_HOST, SLOT_NONE,
		SLOT_NONE };
	/* The machine may be slow: a board that got no time does not hang. */
	g_autofree char *text =
		g_strconcat(r->w.startup, "redundancy\n heartbeat 1000 15\n", NULL);
	g_autoptr(GBytes) startup = g_bytes_new(text, strlen(text));

	r->spa_arg = world_boards.spa_arg(wires);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		chassis_declare(r->c, slot, world_boards.rp, world_boards.rp_arg);
		chassis_file_write(r->c, slot, "startup-config", startup);
	}
	for (unsigned slot = SLOT_F0; slot <= SLOT_F1; slot++)
		chassis_declare(r->c, slot, world_boards.fp, NULL);
	chassis_declare(r->c, SLOT_SPA, world_boards.spa, r->spa_arg);
	chassis_declare(r->c, SLOT_LAC, &peer_lac_board, &r->w.lac);
	chassis_declare(r->c, SLOT_HOST, &peer_host_board, &r->w.host);
	chassis_wire(r->c, r->w.lac.net.ifindex, SLOT_LAC);
	chassis_wire(r->c, r->w.host.net.ifindex, SLOT_HOST);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		g_assert_true(chassis_insert(r->c, slots[i], NULL));
}

static void check(const struct run *r)
{
	static const char *const zero[] = { "duplicated", "wrong", "stopccn", "cdn",
		"tunnels-lost" };
	uint64_t sent = report_number(r->report, "sent");
	uint64_t received = report_number(r->report, "received");

	for (unsigned i = 0; i < G_N_ELEMENTS(zero); i++)
		if (report_number(r->report, zero[i]))
			g_error("%s\n%s\n%s", zero[i], r->report, r->log->str);
	g_assert_true(all_up(r));
	g_assert_cmpuint(sent, >, 1000);
	g_assert_cmpuint(received, >, sent / 2);
	g_assert_cmpuint(chassis_term(r->c), ==, PULLS + 1);
	g_test_message("%u pulls in %d ms, %u sessions kept; LAC: %" G_GUINT64_FORMAT
		       " probes sent, %" G_GUINT64_FORMAT
		       " received, longest gap %d ms",
		r->pulls, (int)ms_since(r, r->began), TUNNELS * SESSIONS, sent,
		received, (int)(report_number(r->report, "gap-us") / 1000));
}

static void test_pulls(void)
{
	struct run *r = g_new0(struct run, 1);

	world_init(&r->w, TUNNELS, SESSIONS, 1);
	r->w.lac.hello_s = 1;
	r->lines = TUNNELS * SESSIONS;
	r->answer = g_string_new(NULL);
	r->log = g_string_new(NULL);
	r->c = chassis_new(&(struct chassis_config){ .seed = 1 });
	chassis_listen(r->c, on_message, r);
	declare(r);
	r->began = r->since = chassis_now(r->c);
	tick(r);
	chassis_run_free(r->c);
	check(r);
	chassis_free(r->c);
	g_free(r->spa_arg);
	g_free(r->report);
	g_string_free(r->answer, true);
	g_string_free(r->log, true);
	g_free(r->w.startup);
	g_free(r->w.rp_arg);
	g_free(r);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scenarios/freerun/pulls", test_pulls);
	return g_test_run();
}
