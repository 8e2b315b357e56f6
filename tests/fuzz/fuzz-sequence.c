/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole conversations with a router and its standby: LACs, LNSs, PPPoE subscribers and RADIUS
 * servers of tests/vpdn/lab.c talk to it, and each octet says what happens next: calls, hang-ups,
 * time, losses, a bulk, a pull after so many items.  On their way to the router messages are
 * changed, cut, doubled and delayed, and messages come that were put together here, with numbers
 * that are right.
 *
 * Always: counts are those of a walk, and within their limits; each record can be applied.  In
 * the end all wires are cut, and nothing may be left.
 */
#include "ppp/pppoe_internal.h"
#include "tests/vpdn/lab_internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	STEPS_MAX = 60,
	WIRE_MAX = 4000, /* messages on their way */
	ATTRS_MAX = 128,
	END_S = 400, /* the longest retransmission, a HELLO before it, a pending Stop after it */
};

struct run {
	struct lab *lab;
	struct rd in;
	uint8_t attrs[LAB_RADIUS][ATTRS_MAX];
	bool config_changed;
};

/* ---- what must hold ---- */

static void check(const struct vpdn *v)
{
	struct vpdn_session_info s;
	struct vpdn_counts c, walked = { 0 };
	struct l2tp_counts l;
	uint32_t cursor = 0;

	if (!v)
		return;
	while (vpdn_next_session(v, &cursor, &s)) {
		if (s.pppoe) {
			walked.pppoe++;
			walked.pppoe_open += s.open;
			continue;
		}
		walked.sessions++;
		walked.sessions_open += s.open;
		walked.sessions_ha += s.ha_enabled;
		walked.sessions_ha_est += s.ha_established;
	}
	vpdn_get_counts(v, &c);
	walked.acct_pending = c.acct_pending;
	g_assert_cmpmem(&c, sizeof(c), &walked, sizeof(walked));
	g_assert_cmpuint(c.sessions + c.pppoe, <=, LAB_SESSIONS);
	l2tp_get_counts(vpdn_l2tp(v), &l);
	g_assert_cmpuint(l.tunnels, <=, LAB_TUNNELS);
	g_assert_cmpuint(l.sessions, <=, LAB_SESSIONS);
}

static void check_all(const struct lab *lab)
{
	check(lab->lns);
	check(lab->standby);
	g_assert_cmpuint(g_queue_get_length(lab->wire), <=, WIRE_MAX);
}

/* ---- time ---- */

static void time_goes(struct run *r)
{
	static const uint16_t ms[] = { 1, 3, 20, 100, 1000, 3000, 12000, 65000 };

	lab_run(r->lab, dur_ms(ms[rd_u8(&r->in) % G_N_ELEMENTS(ms)]));
}

/* ---- calls ---- */

static bool room(const struct lab *lab)
{
	return !lab->calls[LAB_CALLS - 2].used;
}

static enum ppp_auth method(uint8_t how)
{
	static const enum ppp_auth methods[] = { PPP_AUTH_PAP, PPP_AUTH_CHAP, PPP_AUTH_MSCHAP,
		PPP_AUTH_MSCHAP2 };
	enum ppp_auth m = methods[how % G_N_ELEMENTS(methods)];

	return ppp_auth_valid(m) ? m : PPP_AUTH_CHAP;
}

/* The tunnel of a LAC, opened if it has none. */
static uint16_t tunnel(struct lab *lab, unsigned lac, bool wrong)
{
	struct l2tp_cc_info info;
	uint32_t cursor = 0;

	while (l2tp_next_cc(lab->lac[lac], &cursor, &info))
		if (info.state != L2TP_CC_CLOSING && info.lac)
			return info.id;
	return lab_tunnel(lab, lac, wrong ? "wrong" : "tunsecret");
}

static void call(struct run *r)
{
	uint8_t how = rd_u8(&r->in);
	unsigned lac = how & 1;
	const char *password = (how & 0x30) == 0x30 ? "wrong" : "pw";
	uint16_t cc = tunnel(r->lab, lac, how >= 0xf0);
	struct l2tp_cc_info info;

	if (!room(r->lab) || !l2tp_cc_get(r->lab->lac[lac], cc, &info))
		return;
	if ((how & 0x0c) == 0x0c && info.state == L2TP_CC_ESTABLISHED)
		(void)lab_call_proxied(r->lab, lac, cc, "user1", password, method(how >> 1));
	else
		(void)lab_call(r->lab, lac, cc, "user2", password, method(how >> 1));
}

static void subscribe(struct run *r)
{
	uint8_t how = rd_u8(&r->in);
	static const char *const users[] = { "user3", "user4@far.example", "x@given.example",
		"nobody" };

	if (r->lab->access && room(r->lab))
		(void)lab_subscribe(r->lab, users[how & 3], how & 0x10 ? "wrong" : "pw",
			method(how >> 2));
}

static void end_call(struct run *r)
{
	uint8_t how = rd_u8(&r->in);
	unsigned n = 1 + how % (LAB_CALLS - 1);
	struct lab_call *c = &r->lab->calls[n];

	if (!c->used)
		return;
	if (c->linked && how & 0x40)
		lab_hang_up(r->lab, n);
	else if (c->pppoe && !c->left)
		lab_unplug(r->lab, n);
	else if (c->session)
		lab_drop_carrier(r->lab, n, 1 + how % 11);
}

static void end_tunnel(struct run *r)
{
	unsigned lac = rd_u8(&r->in) & 1;

	lab_stop_tunnel(r->lab, lac, tunnel(r->lab, lac, false));
}

/* ---- the router's own ---- */

static struct l2tp_cc_info any_tunnel(const struct lab *lab, uint8_t n)
{
	struct l2tp_cc_info info, found = { 0 };
	uint32_t cursor = 0;

	for (unsigned i = 0; l2tp_next_cc(vpdn_l2tp(lab->lns), &cursor, &info); i++)
		if (!found.id || i <= n % LAB_TUNNELS)
			found = info;
	return found;
}

static struct vpdn_session_info any_session(const struct lab *lab, uint8_t n)
{
	struct vpdn_session_info info, found = { 0 };
	uint32_t cursor = 0;

	for (unsigned i = 0; vpdn_next_session(lab->lns, &cursor, &info); i++)
		if (!found.number || i <= n % 16u)
			found = info;
	return found;
}

static void order(struct run *r)
{
	uint8_t how = rd_u8(&r->in), which = rd_u8(&r->in);
	struct lab *lab = r->lab;
	uint32_t session = any_session(lab, which).number;
	uint16_t cc = any_tunnel(lab, which).id;

	switch (how % 6) {
	case 0:
		vpdn_clear_session(lab->lns, session, lab->now);
		break;
	case 1:
		vpdn_clear_tunnel(lab->lns, cc, lab->now);
		break;
	case 2:
		vpdn_dead(lab->lns, session, PPP_CAUSE_ECHO, lab->now);
		break;
	case 3:
		vpdn_heard(lab->lns, cc, lab->now);
		break;
	case 4:
		vpdn_stop_again(lab->lns, lab->now);
		break;
	case 5:
		vpdn_release(lab->lns, lab->seq, lab->now);
		break;
	}
	lab_drain(lab);
}

static void change(struct vpdn *v, uint8_t what, base_time now)
{
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g = vpdn_config_group(c, "1", false);

	switch (what % 8) {
	case 0:
		c->no_l2tp_sso = !c->no_l2tp_sso;
		break;
	case 1:
		if (g)
			vpdn_settings_put(&g->own, VPDN_SET_SSO, what >> 3 & 1);
		break;
	case 2:
		(void)vpdn_config_remove_group(c, what & 8 ? "1" : "2");
		break;
	case 3:
		vpdn_config_remove_vtemplate(c, 1);
		break;
	case 4:
		vpdn_config_remove_pool(c, "POOL");
		break;
	case 5:
		if (g)
			vpdn_settings_put(&g->own, VPDN_SET_HIDDEN, what >> 3 & 1);
		break;
	case 6:
		if (g)
			vpdn_settings_put(&g->own, VPDN_SET_RENEGOTIATION, what >> 3 & 1);
		break;
	case 7:
		c->enable = !c->enable;
		break;
	}
	vpdn_config_changed(v, now);
}

static void configure(struct run *r)
{
	uint8_t what = rd_u8(&r->in);

	change(r->lab->lns, what, r->lab->now);
	if (r->lab->standby)
		change(r->lab->standby, what, r->lab->now);
	r->config_changed = true;
	lab_drain(r->lab);
}

/* ---- two RPs ---- */

/* A bulk beside what goes on, so many objects in a millisecond.  As in a real one nobody takes
 * over before it is done, and configuration waits. */
static void standby(struct run *r)
{
	uint8_t how = rd_u8(&r->in);
	struct lab *lab = r->lab;

	if (r->config_changed) /* the lab gives a new one the first configuration */
		return;
	lab->kill_at = UINT_MAX;
	if (!lab->standby)
		lab_add_standby(lab, dur_us(60));
	lab->commit_delay = dur_us(60 + (how >> 4) * 2000);
	lab_begin_bulk(lab);
	while (vpdn_bulk_next(lab->lns, 1 + how % 16)) {
		lab_drain(lab);
		lab_run(lab, dur_ms(1));
	}
	lab_run(lab, lab->commit_delay);
}

static void pull(struct run *r)
{
	uint8_t after = rd_u8(&r->in);

	if (!r->lab->standby)
		return;
	r->lab->kill_standby = (after & 0x83) == 0x83;
	r->lab->kill_at = r->lab->items + 1 + after % 128;
}

/* ---- messages on their way to the router ---- */

static bool to_router(const struct lab_event *ev)
{
	return ev->kind == EV_UDP_TO_LNS || ev->kind == EV_FRAME_TO_LNS ||
	       ev->kind == EV_ETHER_TO_LAC || ev->kind == EV_RADIUS_TO_LNS;
}

static struct lab_event *on_its_way(struct lab *lab, unsigned n)
{
	struct lab_event *found = NULL;

	for (GList *l = lab->wire->head; l; l = l->next)
		if (to_router(l->data) && (!found || n-- > 0))
			found = l->data;
	return found;
}

static void meddle(struct run *r)
{
	uint8_t how = rd_u8(&r->in), at = rd_u8(&r->in), with = rd_u8(&r->in);
	struct lab_event *ev = on_its_way(r->lab, how >> 3 & 7), *copy;

	if (!ev || !ev->len)
		return;
	switch (how & 7) {
	case 0:
		ev->len = at % ev->len;
		break;
	case 1:
	case 2:
		copy = lab_schedule(r->lab, ev->kind, dur_ms(at), ev->bytes, ev->len);
		copy->lac = ev->lac;
		copy->tunnel = ev->tunnel;
		copy->session = ev->session;
		if ((how & 7) == 2 && copy->len)
			copy->bytes[with % copy->len] ^= 0x10;
		break;
	default:
		ev->bytes[at % ev->len] ^= with ? with : 0xff;
		break;
	}
}

static void losses(struct run *r)
{
	uint8_t how = rd_u8(&r->in);

	r->lab->loss = how & 1 ? how * 2 : 0;
	r->lab->cut[0] = (how & 0x0e) == 0x0e;
	r->lab->next_cut[0] = (how & 0x32) == 0x32;
	r->lab->acct_deaf = (how & 0x70) == 0x70;
	r->lab->fp_mute = (how & 0x8c) == 0x8c;
}

/* ---- messages that nobody sent ---- */

static struct rd octets(struct run *r)
{
	size_t n = rd_u8(&r->in);

	return rd_sub(&r->in, MIN(n, rd_left(&r->in)));
}

/* AVPs after a header whose numbers are right, in sequence of a tunnel that is there. */
static void say(struct run *r)
{
	uint8_t which = rd_u8(&r->in);
	struct l2tp_cc_info cc = any_tunnel(r->lab, which);
	struct vpdn_session_info s = any_session(r->lab, which >> 4);
	struct rd body = octets(r);
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u16(&w, 0xc802);
	wr_u16(&w, 0);
	wr_u16(&w, cc.id);
	wr_u16(&w, which & 8 ? s.session : 0);
	wr_u16(&w, cc.r_rx);
	wr_u16(&w, cc.u);
	wr_bytes(&w, body.p, rd_left(&body));
	wr_set_u16(&w, 2, (uint16_t)w.len);
	if (!cc.id)
		cc.path = (struct l2tp_path){ LAB_LNS_IP, lab_path(0).local_ip, 1701, 1701 };
	if (!w.bad)
		vpdn_input_udp(r->lab->lns, &cc.path, buf, w.len, r->lab->now);
	lab_drain(r->lab);
}

static void say_ppp(struct run *r)
{
	struct vpdn_session_info s = any_session(r->lab, rd_u8(&r->in));
	struct rd body = octets(r);

	vpdn_input_ppp(r->lab->lns, s.number, body.p, rd_left(&body), r->lab->now);
	lab_drain(r->lab);
}

/* Of discovery, or of a session that may be there; the client is one of the lab's or not. */
static void say_ether(struct run *r)
{
	static const uint8_t codes[] = { PPPOE_PADI, PPPOE_PADR, PPPOE_PADT, PPPOE_PADO,
		PPPOE_SESSION };
	struct pppoe_access access = { LAB_PORT, 1, { 2, 0, 0, 0, 0, LAB_PORT } };
	uint8_t how = rd_u8(&r->in), code = codes[how % G_N_ELEMENTS(codes)], buf[512];
	struct pppoe_peer peer = { .client = { 2, 0, 0, 0, 0, LAB_PORT },
		.ac = { 2, 0, 0, 0, 1, (uint8_t)(how >> 4) } }; /* as if we were the client */
	struct wr w = wr_init(buf, sizeof(buf));
	struct rd body = octets(r);

	if (code == PPPOE_PADI)
		memset(peer.client, 0xff, sizeof(peer.client));
	pppoe_peer_build(&w, &peer,
		code == PPPOE_SESSION ? ETHERTYPE_PPPOE_SESS : ETHERTYPE_PPPOE_DISC);
	pppoe_hdr_build(&w, code, how & 8 ? any_session(r->lab, how >> 5).pppoe_sid : 0,
		(uint16_t)rd_left(&body));
	wr_bytes(&w, body.p, rd_left(&body));
	if (!w.bad && r->lab->access)
		vpdn_input_ether(r->lab->lns, &access, buf, w.len, r->lab->now);
	lab_drain(r->lab);
}

/* ---- RADIUS ---- */

static bool whole(struct rd attrs)
{
	struct radius_packet p;
	uint8_t buf[RADIUS_HDR + ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	radius_begin(&w, RADIUS_ACCESS_ACCEPT, 1, NULL);
	wr_bytes(&w, attrs.p, rd_left(&attrs));
	wr_set_u16(&w, 2, (uint16_t)w.len);
	return !w.bad && radius_parse(&p, buf, w.len);
}

static void servers(struct run *r)
{
	uint8_t how = rd_u8(&r->in);
	struct rd body = octets(r);
	struct radius_sim_manner *m;
	size_t n = MIN(rd_left(&body), ATTRS_MAX);

	if (!r->lab->radius[0])
		return;
	m = radius_sim_manner(r->lab->radius[how & 1]);
	m->dead = (how & 0x06) == 0x06;
	m->reject = (how & 0x18) == 0x18;
	m->challenge = (how & 0x28) == 0x28;
	m->mute = (how & 0x60) == 0x60;
	m->delay = dur_ms(how & 0x80 ? 3000 : 0);
	rd_copy(&body, r->attrs[how & 1], n);
	m->attrs = r->attrs[how & 1];
	m->n_attrs = whole(rd_init(r->attrs[how & 1], n)) ? n : 0;
}

static void das(struct run *r)
{
	uint8_t how = rd_u8(&r->in);
	struct rd body = octets(r);

	if (!r->lab->radius[0] || !whole(body))
		return;
	radius_sim_ask(r->lab->radius[0],
		how & 1 ? RADIUS_COA_REQUEST : RADIUS_DISCONNECT_REQUEST, LAB_RADIUS_IP, 40000,
		LAB_LNS_IP, 3799, body.p, rd_left(&body), r->lab->now);
}

/* ---- */

static void (*const ops[])(struct run *r) = {
	time_goes, call, subscribe, end_call, end_tunnel, order, configure, standby, pull, meddle,
	losses, say, say_ppp, say_ether, servers, das,
};

/* Nobody is there any more. */
static void assert_ends(struct run *r)
{
	struct lab *lab = r->lab;
	struct vpdn_counts c;
	struct l2tp_counts l;

	lab->kill_at = UINT_MAX;
	lab->loss = 0;
	lab->fp_mute = lab->acct_deaf = false;
	for (unsigned i = 0; i < LAB_RADIUS && lab->radius[i]; i++)
		*radius_sim_manner(lab->radius[i]) = (struct radius_sim_manner){ 0 };
	for (unsigned n = 1; n < LAB_CALLS; n++)
		if (lab->calls[n].used && lab->calls[n].pppoe && !lab->calls[n].left)
			lab_unplug(lab, n);
	lab_run(lab, dur_s(5));
	lab->cut[0] = lab->cut[1] = lab->next_cut[0] = lab->next_cut[1] = true;
	for (unsigned i = 0; i < END_S / 20; i++) {
		lab_keepalive(lab);
		lab_run(lab, dur_s(20));
	}
	lab->cut[0] = false; /* RADIUS servers are there too */
	lab_run(lab, dur_s(100));
	check_all(lab);
	vpdn_get_counts(lab->lns, &c);
	l2tp_get_counts(vpdn_l2tp(lab->lns), &l);
	g_assert_cmpuint(c.sessions + c.pppoe, ==, 0);
	g_assert_cmpuint(l.tunnels + l.sessions, ==, 0);
	g_assert_cmpuint(ppp_engine_links(vpdn_ppp(lab->lns)), ==, 0);
	g_assert_cmpuint(c.acct_pending, ==, 0);
	lab_assert_fp(lab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run r = { .in = rd_init(data, size) };
	uint8_t how = rd_u8(&r.in);

	r.lab = how & 1 ? lab_new_access(1, how & 2)
		: how & 2 ? lab_new_radius(1)
		: how & 4 ? lab_new_hop(1)
			  : lab_new(1);
	r.lab->strangers = true;
	if (how & 8)
		lab_add_standby(r.lab, dur_us(60));
	for (unsigned i = 0; i < STEPS_MAX && rd_left(&r.in) && !r.in.bad; i++) {
		if (!r.lab->lns) /* the other takes over */
			lab_run(r.lab, dur_ms(50));
		ops[rd_u8(&r.in) % G_N_ELEMENTS(ops)](&r);
		check_all(r.lab);
	}
	if (!r.lab->lns)
		lab_run(r.lab, dur_ms(50));
	assert_ends(&r);
	lab_free(r.lab);
	return 0;
}
