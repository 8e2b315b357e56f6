/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated host on a wire, see peer_host.h.
 */
#include "scenarios/engine/peer_host.h"

#include "scenarios/engine/peer.h"
#include "scenarios/engine/probed.h"

enum { RADIUS_AUTH_PORT = 1812, RADIUS_ACCT_PORT = 1813,
	RADIUS_SLOW_S = 2 };

struct peer_host {
	struct board_env *env;
	const struct peer_host_config *cfg;
	struct nethost net;
	struct probed *subscribers;
	bool probing;
	uint16_t run;
	base_time probe_due;
	uint64_t foreign; /* datagrams that are no probes */
	struct radius_sim *radius;
};

static void *host_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct peer_host *h = g_new0(struct peer_host, 1);

	h->env = env;
	h->cfg = arg;
	nethost_init(&h->net, env, &h->cfg->net);
	h->subscribers = probed_new();
	h->probing = h->cfg->probe_pps;
	h->run = 1;
	h->probe_due = probe_next_tick(now, h->cfg->probe_pps);
	if (h->cfg->radius) {
		h->radius = radius_sim_new(h->cfg->radius, board_seed(env));
		radius_sim_user(h->radius, h->cfg->user, h->cfg->password);
	}
	return h;
}

static void host_destroy(void *self)
{
	struct peer_host *h = self;

	probed_free(h->subscribers);
	radius_sim_free(h->radius);
	nethost_deinit(&h->net);
	g_free(h);
}

/* ---- probes ---- */

static void host_udp(void *user, const struct ipv4_hdr *ip, const struct udp_hdr *udp,
	struct rd payload, base_time now)
{
	struct peer_host *h = user;
	struct probe p;

	if (h->radius &&
		(udp->dport == RADIUS_AUTH_PORT || udp->dport == RADIUS_ACCT_PORT)) {
		radius_sim_input(h->radius, ip->src, udp->sport, ip->dst, udp->dport,
			payload.p, rd_left(&payload), now);
		return;
	}
	if (udp->dport != PROBE_PORT || !probe_parse(payload, &p) ||
		p.direction != PROBE_UP) {
		h->foreign++;
		return;
	}
	probed_take(h->subscribers, &p, ip->src, now);
}

static void send_probes(struct peer_host *h, base_time now)
{
	uint8_t buf[PROBE_LEN];
	unsigned cursor = 0;
	struct probe p;
	uint32_t ip;

	while (probed_next(h->subscribers, &cursor, h->run, now, &p, &ip)) {
		probe_build(buf, &p);
		nethost_send_udp(
			&h->net, PROBE_PORT, ip, PROBE_PORT, buf, sizeof(buf), now);
	}
}

/* ---- orders ---- */

static void print_radius(const struct radius_sim *s, GString *out);

static void order_start(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_host *h = self;

	if (!h->probing)
		h->run++;
	h->probing = true;
	h->probe_due = probe_next_tick(now, h->cfg->probe_pps);
	peer_reply(h->env, id, "");
}

static void order_stop(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_host *h = self;

	h->probing = false;
	h->probe_due = BASE_TIME_NEVER;
	peer_reply(h->env, id, "");
}

static void order_forget(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_host *h = self;

	probed_forget(h->subscribers);
	peer_reply(h->env, id, "");
}

static void order_report(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_host *h = self;
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);

	g_string_append_printf(out, "peer=%s", h->cfg->name);
	probed_report(h->subscribers, now, out, lines);
	g_string_append_printf(out,
		" echoes=%" G_GUINT64_FORMAT " foreign=%" G_GUINT64_FORMAT
		" malformed=%" G_GUINT64_FORMAT " dropped=%" G_GUINT64_FORMAT
		" probing=%d",
		h->net.echoes, h->foreign, h->net.malformed, h->net.dropped, h->probing);
	if (h->radius)
		print_radius(h->radius, out);
	g_string_append_printf(out, "\n%s", lines->str);
	peer_reply(h->env, id, out->str);
}

static void order_mark(void *self, uint32_t id, unsigned number, base_time now)
{
	struct peer_host *h = self;

	order_report(self, id, number, now);
	probed_mark(h->subscribers);
}

static void manner(struct peer_host *h, uint32_t id, struct radius_sim_manner m)
{
	if (!h->radius) {
		peer_error(h->env, id, "it is no RADIUS server");
		return;
	}
	*radius_sim_manner(h->radius) = m;
	peer_reply(h->env, id, "");
}

static void order_answer(void *self, uint32_t id, unsigned number, base_time now)
{
	manner(self, id, (struct radius_sim_manner){ 0 });
}

static void order_dead(void *self, uint32_t id, unsigned number, base_time now)
{
	manner(self, id, (struct radius_sim_manner){ .dead = true });
}

static void order_mute(void *self, uint32_t id, unsigned number, base_time now)
{
	manner(self, id, (struct radius_sim_manner){ .mute = true });
}

static void order_reject(void *self, uint32_t id, unsigned number, base_time now)
{
	manner(self, id, (struct radius_sim_manner){ .reject = true });
}

static void order_slow(void *self, uint32_t id, unsigned number, base_time now)
{
	manner(self, id, (struct radius_sim_manner){ .delay = dur_s(RADIUS_SLOW_S) });
}

struct radius_sim *peer_host_radius(const void *self)
{
	return ((const struct peer_host *)self)->radius;
}

/* Sessions by what the detail file has of them. */
static void print_radius(const struct radius_sim *s, GString *out)
{
	unsigned starts = 0, stops = 0, copies = 0;
	struct radius_sim_counts n;

	for (unsigned i = 0; i < radius_sim_records(s); i++) {
		const struct radius_sim_record *r = radius_sim_record(s, i);

		starts += r->status == RADIUS_START;
		stops += r->status == RADIUS_STOP;
		copies += r->status == RADIUS_INTERIM ? 0 : r->copies - 1;
	}
	radius_sim_get_counts(s, &n);
	g_string_append_printf(out,
		" accepts=%u rejects=%u starts=%u stops=%u copies=%u forged=%u", n.accepts,
		n.rejects, starts, stops, copies, n.forged + n.malformed);
}

static const struct peer_order host_orders[] = {
	{ "radius answer", order_answer },
	{ "radius dead", order_dead },
	{ "radius mute", order_mute },
	{ "radius reject", order_reject },
	{ "radius slow", order_slow },
	{ "start probes", order_start },
	{ "stop probes", order_stop },
	{ "forget", order_forget },
	{ "report", order_report },
	{ "mark", order_mark },
	{ 0 },
};

/* ---- board ---- */

static void host_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct peer_host *h = self;

	for (size_t i = 0; i < n; i++)
		peer_dispatch(h->env, host_orders, h, &msgs[i], now);
}

static void send_radius(struct peer_host *h, base_time now)
{
	struct radius_sim_dgram d;

	while (h->radius && radius_sim_poll(h->radius, now, &d))
		nethost_send_udp(&h->net, d.local_port, d.ip, d.port, d.bytes, d.len, now);
}

static bool host_work(void *self, base_time now, unsigned budget)
{
	struct peer_host *h = self;
	bool more = nethost_work(&h->net, budget, host_udp, h, now);

	send_radius(h, now);
	if (!time_before(now, h->probe_due)) {
		send_probes(h, now);
		h->probe_due = probe_next_tick(now, h->cfg->probe_pps);
	}
	return more;
}

static base_time host_next_due(const void *self)
{
	const struct peer_host *h = self;

	base_time due = h->radius ? radius_sim_next_due(h->radius) : BASE_TIME_NEVER;

	return time_min(due, time_min(h->probe_due, nethost_next_due(&h->net)));
}

const struct board_ops peer_host_board = {
	.kind = BOARD_PEER,
	.power_on = host_power_on,
	.message = host_message,
	.work = host_work,
	.next_due = host_next_due,
	.destroy = host_destroy,
};
