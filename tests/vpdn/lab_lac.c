/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The LACs of a lab, and their subscribers. */
#include "tests/vpdn/lab_internal.h"

struct lab_call *lab_call_of(
	struct lab *lab, unsigned lac, uint16_t cc, uint16_t session)
{
	for (unsigned n = 1; n < LAB_CALLS; n++) {
		struct lab_call *c = &lab->calls[n];

		if (c->used && c->session && c->lac == lac && c->cc == cc &&
			c->session == session)
			return c;
	}
	return NULL;
}

unsigned lab_call_number(const struct lab *lab, const struct lab_call *c)
{
	return (unsigned)(c - lab->calls);
}

void lab_subscriber_open(struct lab *lab, struct lab_call *c)
{
	struct ppp_link_config cfg = {
		.client = true,
		.want_dns = true,
		.auth = { c->auth, PPP_AUTH_NONE },
		.ask_accm = lab->ask_accm,
		.accm = 0x000a0000,
	};

	g_strlcpy(cfg.name, c->user, sizeof(cfg.name));
	g_strlcpy(cfg.password, c->password, sizeof(cfg.password));
	c->linked = ppp_link_open(lab->subscribers, lab_call_number(lab, c), &cfg, lab->now);
	g_assert_true(c->linked);
}

static void subscriber_drop(struct lab *lab, struct lab_call *c)
{
	if (c->linked)
		ppp_link_drop(lab->subscribers, lab_call_number(lab, c));
	c->linked = c->up = false;
}

static void lac_effect(struct lab *lab, unsigned i, const struct l2tp_effect *fx)
{
	struct lab_call *c = lab_call_of(lab, i, fx->cc, fx->session);

	switch (fx->kind) {
	case L2TP_FX_SEND:
		if (!lab_is_lost(lab, i))
			lab_schedule(lab, EV_UDP_TO_LNS, dur_ms(1), fx->bytes, fx->len)
				->lac = i;
		break;
	case L2TP_FX_CC_UP:
		lab->lac_ups[i]++;
		break;
	case L2TP_FX_CC_DOWN:
		lab->cc_is_gone[i] = true;
		lab->cc_gone[i] = fx->cause;
		break;
	case L2TP_FX_SESSION_UP:
		if (c && c->at_lac)
			lab_access_forward(lab, c);
		else if (c)
			lab_subscriber_open(lab, c);
		break;
	case L2TP_FX_SESSION_DOWN:
		if (!c)
			break;
		lab_access_drop(lab, c);
		subscriber_drop(lab, c);
		c->gone = fx->cause;
		c->session = 0;
		break;
	case L2TP_FX_CC_REQUEST:
	case L2TP_FX_SESSION_REQUEST:
		g_assert_true(lab->strangers); /* it waits for our word in vain */
		break;
	case L2TP_FX_SESSION_SLI:
		lab->slis++;
		lab->sli_accm[0] = fx->accm[0];
		lab->sli_accm[1] = fx->accm[1];
		break;
	case L2TP_FX_SESSION_WEN:
	case L2TP_FX_UNMARK:
	case L2TP_FX_RESYNC_DONE:
	case L2TP_FX_DEBUG:
		break;
	}
}

void lab_drain_lac(struct lab *lab, unsigned i)
{
	struct l2tp_effect fx;

	while (l2tp_engine_poll(lab->lac[i], &fx))
		lac_effect(lab, i, &fx);
	lab_drain_subscribers(lab);
}

static void subscriber_send(
	struct lab *lab, const struct lab_call *c, const struct ppp_effect *fx)
{
	struct l2tp_cc_info cc;
	struct l2tp_session_info s;
	struct lab_event *ev;

	if (c->pppoe) {
		lab_pppoe_send(lab, c, fx->bytes, fx->len);
		return;
	}
	if (c->at_lac) {
		lab_access_send(lab, c, fx->bytes, fx->len);
		return;
	}
	if (!c->session || lab_is_lost(lab, c->lac) ||
		!l2tp_cc_get(lab->lac[c->lac], c->cc, &cc) ||
		!l2tp_session_get(lab->lac[c->lac], c->cc, c->session, &s))
		return;
	ev = lab_schedule(lab, EV_FRAME_TO_LNS, dur_ms(1), fx->bytes, fx->len);
	ev->tunnel = cc.remote_id;
	ev->session = s.remote_id;
}

static void subscriber_down(struct lab *lab, struct lab_call *c, enum ppp_cause cause)
{
	c->cause = cause;
	if (c->pppoe) {
		lab_pppoe_down(lab, c);
		return;
	}
	lab_access_drop(lab, c);
	subscriber_drop(lab, c);
	if (c->session)
		l2tp_session_close(
			lab->lac[c->lac], c->cc, c->session, 1, 0, "modem", lab->now);
}

void lab_drain_subscribers(struct lab *lab)
{
	struct ppp_effect fx;

	while (ppp_engine_poll(lab->subscribers, &fx)) {
		struct lab_call *c = &lab->calls[fx.link];

		switch (fx.kind) {
		case PPP_FX_SEND:
			subscriber_send(lab, c, &fx);
			break;
		case PPP_FX_UP:
			c->up = true;
			c->ip = fx.local_ip;
			c->dns = fx.dns[0];
			break;
		case PPP_FX_DOWN:
			subscriber_down(lab, c, fx.cause);
			if (!c->pppoe)
				lab_drain_lac(lab, c->lac);
			break;
		case PPP_FX_AUTH:
			g_assert_not_reached();
		case PPP_FX_DEBUG:
			break;
		}
	}
}

uint16_t lab_tunnel(struct lab *lab, unsigned lac, const char *secret)
{
	struct l2tp_cc_params p = { .challenge = secret != NULL,
		.no_session_s = UINT32_MAX };
	struct l2tp_path path = lab_path(lac);
	uint16_t cc;

	g_snprintf(p.local_name, sizeof(p.local_name), "lac%u", lac);
	g_strlcpy(p.secret, secret ? secret : "", sizeof(p.secret));
	cc = l2tp_cc_open(lab->lac[lac], &path, &p, lab->now);
	g_assert_cmpuint(cc, !=, 0);
	lab_drain_lac(lab, lac);
	return cc;
}

unsigned lab_call_new(struct lab *lab, unsigned lac, uint16_t cc, const char *user,
	const char *password, enum ppp_auth auth)
{
	unsigned n = 1;
	struct lab_call *c;

	while (lab->calls[n].used)
		n++;
	g_assert_cmpuint(n, <, LAB_CALLS);
	c = &lab->calls[n];
	*c = (struct lab_call){ .used = true, .lac = lac, .cc = cc, .auth = auth };
	g_strlcpy(c->user, user, sizeof(c->user));
	g_strlcpy(c->password, password, sizeof(c->password));
	return n;
}

unsigned lab_call(struct lab *lab, unsigned lac, uint16_t cc, const char *user,
	const char *password, enum ppp_auth auth)
{
	struct l2tp_call call = { .framing_type = lab->framing_type ? lab->framing_type : 1,
		.tx_bps = 1000000,
		.called = "5550100",
		.calling = "5550199" };
	unsigned n = lab_call_new(lab, lac, cc, user, password, auth);
	struct lab_call *c = &lab->calls[n];

	call.serial = n;
	c->session = l2tp_session_open(lab->lac[lac], cc, &call, lab->now);
	lab_drain_lac(lab, lac);
	return n;
}

void lab_hang_up(struct lab *lab, unsigned call)
{
	ppp_link_close(lab->subscribers, call, PPP_CAUSE_NORMAL, lab->now);
	lab_drain_subscribers(lab);
}

void lab_drop_carrier(struct lab *lab, unsigned call, uint16_t result)
{
	struct lab_call *c = &lab->calls[call];

	l2tp_session_close(
		lab->lac[c->lac], c->cc, c->session, result, 0, NULL, lab->now);
	lab_drain_lac(lab, c->lac);
}

void lab_stop_tunnel(struct lab *lab, unsigned lac, uint16_t cc)
{
	l2tp_cc_close(lab->lac[lac], cc, 1, 0, NULL, lab->now);
	lab_drain_lac(lab, lac);
}
