/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE subscribers of a lab's router: one of our clients each, and the FP's part of their
 * frames.
 */
#include "tests/vpdn/lab_internal.h"

#include <string.h>

#include "base/net.h"

static const uint8_t ac_mac[6] = { 2, 0, 0, 0, 0, LAB_PORT };

/* Does the wire lose this one? */
static bool is_lost(struct lab *lab)
{
	return lab->port_cut || lab_is_lost(lab, 0);
}

void lab_ether_to_client(struct lab *lab, const uint8_t *bytes, size_t len)
{
	if (!is_lost(lab))
		lab_schedule(lab, EV_ETHER_TO_CLIENT, dur_ms(1), bytes, len);
}

void lab_pppoe_encap(struct lab *lab, uint32_t session, const uint8_t *ppp, size_t len)
{
	const struct vpdn_fib *fib = &lab->fp[session].fib;
	uint8_t buf[2048];
	size_t n = pppoe_frame_build(&fib->peer, fib->pppoe_sid, ppp, len, buf, sizeof(buf));

	g_assert_cmpuint(n, >, 0);
	lab_ether_to_client(lab, buf, n);
}

/* ---- the FP ---- */

/* Number of the entry that a session frame is for; 0: none. */
static uint32_t entry_of(const struct lab *lab, const uint8_t *frame, uint16_t sid)
{
	for (uint32_t n = 1; n <= LAB_SESSIONS; n++) {
		const struct lab_fp *fp = &lab->fp[n];

		if (fp->there && !fp->stopped && fp->fib.pppoe &&
			fp->fib.pppoe_sid == sid &&
			!memcmp(fp->fib.peer.client, frame + 6, 6))
			return n;
	}
	return 0;
}

static void take_frame(struct lab *lab, uint32_t n, const uint8_t *ppp, size_t len)
{
	uint8_t full[2048] = { 0xff, 0x03 };

	lab->fp[n].counts.rx_packets++;
	if (!lab_fp_switches(lab, n)) {
		if (lab->lns)
			vpdn_input_ppp(lab->lns, n, ppp, len, lab->now);
		return;
	}
	g_assert_cmpuint(len + 2, <=, sizeof(full));
	memcpy(full + 2, ppp, len);
	lab_encap(lab, lab->fp[n].fib.mate, full, len + 2);
}

void lab_ether_to_lac(struct lab *lab, const struct lab_event *ev)
{
	struct pppoe_access access = { .port = LAB_PORT };
	struct rd r = rd_init(ev->bytes, ev->len);
	uint32_t n = 0;
	uint16_t type, sid, len;

	rd_skip(&r, 12);
	type = rd_u16(&r);
	rd_skip(&r, 2);
	sid = rd_u16(&r);
	len = rd_u16(&r);
	if (type == ETHERTYPE_PPPOE_SESS && !r.bad && len <= rd_left(&r))
		n = entry_of(lab, ev->bytes, sid);
	if (n) {
		take_frame(lab, n, r.p, len);
	} else if (lab->lns) {
		const struct vpdn_bba *b =
			vpdn_config_bba(vpdn_config(lab->lns), "global", false);

		access.group = b ? b->id : 0;
		memcpy(access.mac, ac_mac, sizeof(ac_mac));
		vpdn_input_ether(lab->lns, &access, ev->bytes, ev->len, lab->now);
	}
	lab_drain(lab);
}

/* ---- the subscribers ---- */

static void client_send(struct lab *lab, const uint8_t *bytes, size_t len)
{
	if (!is_lost(lab))
		lab_schedule(lab, EV_ETHER_TO_LAC, dur_ms(1), bytes, len);
}

static void start_ppp(struct lab *lab, unsigned n)
{
	struct lab_call *c = &lab->calls[n];
	struct ppp_link_config cfg = { .client = true,
		.want_dns = true,
		.auth = { c->auth, PPP_AUTH_NONE },
		.mru = PPPOE_MTU,
		.echo_s = 10 };

	g_strlcpy(cfg.name, c->user, sizeof(cfg.name));
	g_strlcpy(cfg.password, c->password, sizeof(cfg.password));
	c->linked = ppp_link_open(lab->subscribers, n, &cfg, lab->now);
	g_assert_true(c->linked);
}

void lab_begin_again(struct lab *lab, unsigned call)
{
	ppp_link_drop(lab->subscribers, call);
	lab->calls[call].up = false;
	start_ppp(lab, call);
	lab_drain_subscribers(lab);
}

static void client_down(struct lab *lab, unsigned n)
{
	struct lab_call *c = &lab->calls[n];

	if (c->linked)
		ppp_link_drop(lab->subscribers, n);
	c->linked = c->up = false;
	c->left = true;
	pppoe_client_drop(lab->clients, n);
}

void lab_drain_clients(struct lab *lab)
{
	struct pppoe_client_effect fx;

	while (pppoe_clients_poll(lab->clients, &fx)) {
		switch (fx.kind) {
		case PPPOE_CLIENT_SEND:
			client_send(lab, fx.bytes, fx.len);
			break;
		case PPPOE_CLIENT_UP:
			lab->calls[fx.client].sid = fx.sid;
			start_ppp(lab, fx.client);
			break;
		case PPPOE_CLIENT_PPP:
			if (lab->calls[fx.client].linked)
				ppp_link_input(lab->subscribers, fx.client, fx.bytes,
					fx.len, lab->now);
			break;
		case PPPOE_CLIENT_DOWN:
			g_strlcpy(lab->calls[fx.client].why, fx.text ? fx.text : "",
				sizeof(lab->calls[0].why));
			client_down(lab, fx.client);
			break;
		}
	}
}

void lab_ether_to_clients(struct lab *lab, const struct lab_event *ev)
{
	pppoe_clients_input(lab->clients, LAB_PORT, ev->bytes, ev->len, lab->now);
	lab_drain_clients(lab);
	lab_drain_subscribers(lab);
}

void lab_pppoe_send(struct lab *lab, const struct lab_call *c, const uint8_t *ppp, size_t len)
{
	uint8_t buf[2048];
	size_t n = pppoe_client_frame(lab->clients, lab_call_number(lab, c), ppp, len, buf,
		sizeof(buf));

	if (n)
		client_send(lab, buf, n);
}

void lab_pppoe_down(struct lab *lab, struct lab_call *c)
{
	unsigned n = lab_call_number(lab, c);

	pppoe_client_close(lab->clients, n, NULL, lab->now);
	lab_drain_clients(lab);
	client_down(lab, n);
}

unsigned lab_subscribe(
	struct lab *lab, const char *user, const char *password, enum ppp_auth auth)
{
	static const struct pppoe_line_info line = { .circuit_id = "dslam 1/2:3",
		.remote_id = "line 77",
		.have = 1 << 0 | 1 << 1,
		.numbers = { 1000, 16000 } };
	struct pppoe_client_config cfg = { .port = LAB_PORT, .line = &line };
	unsigned n = 1;
	struct lab_call *c;

	while (lab->calls[n].used)
		n++;
	g_assert_cmpuint(n, <, LAB_CALLS);
	c = &lab->calls[n];
	*c = (struct lab_call){ .used = true, .pppoe = true, .auth = auth };
	g_strlcpy(c->user, user, sizeof(c->user));
	g_strlcpy(c->password, password, sizeof(c->password));
	cfg.mac[0] = 2;
	cfg.mac[4] = 1;
	cfg.mac[5] = (uint8_t)n;
	g_assert_true(pppoe_client_open(lab->clients, n, &cfg, lab->now));
	lab_drain_clients(lab);
	return n;
}

void lab_unplug(struct lab *lab, unsigned call)
{
	lab_pppoe_down(lab, &lab->calls[call]);
}

bool lab_subscriber(
	const struct lab *lab, const struct lab_call *c, struct vpdn_session_info *out)
{
	uint32_t cursor = 0;

	while (lab->lns && vpdn_next_session(lab->lns, &cursor, out))
		if (out->pppoe && out->pppoe_sid == c->sid)
			return true;
	return false;
}

/* The subscriber that a session is of has left. */
static bool is_dead(const struct lab *lab, const char *user)
{
	for (unsigned n = 1; n < LAB_CALLS; n++)
		if (lab->calls[n].used && !lab->calls[n].left &&
			!strcmp(lab->calls[n].user, user))
			return false;
	return true;
}

static void find_dead(struct lab *lab, struct vpdn *v)
{
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	while (v && vpdn_next_session(v, &cursor, &s))
		if (s.open && !s.closing && !s.mate && is_dead(lab, s.username))
			vpdn_dead(v, s.number, PPP_CAUSE_ECHO, lab->now);
}

void lab_keepalive(struct lab *lab)
{
	find_dead(lab, lab->lns);
	lab_drain(lab);
	for (unsigned i = 0; i < LAB_NEXTS && lab->next[i]; i++) {
		find_dead(lab, lab->next[i]);
		lab_drain_next(lab, i);
	}
}
