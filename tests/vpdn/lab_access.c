/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LACs of a lab that talk PPP to the subscriber before they call: LCP, and the name and proof, but
 * no verdict.  All of it goes to the LNS in the ICCN; from then on frames pass.
 */
#include "tests/vpdn/lab_internal.h"

#include <string.h>

enum { ACCESS_DELAY_US = 100 };

/* The AVPs as the LAC would send them, which the test may spoil. */
static void to_l2tp(const struct ppp_proxy *from, struct l2tp_proxy *to)
{
	*to = (struct l2tp_proxy){
		.initial_lcp = { from->first_received, from->first_received_len },
		.last_sent_lcp = { from->last_sent, from->last_sent_len },
		.last_received_lcp = { from->last_received, from->last_received_len },
		.auth_type = from->authen_type,
		.auth_id = from->id,
		.auth_name = { from->name, from->name_len },
		.auth_challenge = { from->challenge, from->challenge_len },
		.auth_response = { from->response, from->response_len },
	};
}

static void place(struct lab *lab, struct lab_call *c)
{
	struct l2tp_call call = { .serial = lab_call_number(lab, c),
		.framing_type = lab->framing_type ? lab->framing_type : 1,
		.tx_bps = 1000000 };
	struct ppp_proxy heard;
	struct l2tp_proxy proxy;

	g_assert_true(ppp_link_get_proxy(lab->lac_ppp, lab_call_number(lab, c), &heard));
	to_l2tp(&heard, &proxy);
	if (lab->spoil)
		lab->spoil(&proxy);
	c->session = l2tp_session_open_with(
		lab->lac[c->lac], c->cc, &call, NULL, &proxy, lab->now);
	g_assert_true(c->session || lab->strangers); /* its tunnel is gone */
}

static void drain(struct lab *lab)
{
	struct ppp_effect fx;

	while (ppp_engine_poll(lab->lac_ppp, &fx)) {
		struct lab_call *c = &lab->calls[fx.link];

		if (fx.kind == PPP_FX_SEND)
			lab_schedule(lab, EV_FRAME_FROM_ACCESS, dur_us(ACCESS_DELAY_US),
				fx.bytes, fx.len)
				->session = (uint16_t)fx.link;
		else if (fx.kind == PPP_FX_AUTH && !c->session) {
			place(lab, c);
			lab_drain_lac(lab, c->lac);
		}
	}
}

void lab_access_drop(struct lab *lab, struct lab_call *c)
{
	if (c->at_lac)
		ppp_link_drop(lab->lac_ppp, lab_call_number(lab, c));
	c->at_lac = false;
}

void lab_access_forward(struct lab *lab, struct lab_call *c)
{
	g_assert_true(ppp_link_forward(lab->lac_ppp, lab_call_number(lab, c), lab->now));
	lab_access_drop(lab, c);
}

void lab_access_send(struct lab *lab, const struct lab_call *c, const void *bytes, size_t len)
{
	lab_schedule(lab, EV_FRAME_TO_ACCESS, dur_us(ACCESS_DELAY_US), bytes, len)->session =
		(uint16_t)lab_call_number(lab, c);
}

void lab_access_frame(struct lab *lab, const struct lab_event *ev)
{
	struct lab_call *c = &lab->calls[ev->session];

	if (ev->kind == EV_FRAME_TO_ACCESS && c->at_lac) {
		ppp_link_input(lab->lac_ppp, ev->session, ev->bytes, ev->len, lab->now);
		drain(lab);
	} else if (ev->kind == EV_FRAME_FROM_ACCESS && c->linked) {
		ppp_link_input(lab->subscribers, ev->session, ev->bytes, ev->len, lab->now);
		lab_drain_subscribers(lab);
	}
}

unsigned lab_call_proxied(struct lab *lab, unsigned lac, uint16_t cc, const char *user,
	const char *password, enum ppp_auth auth)
{
	struct ppp_link_config cfg = { .lac = true,
		.auth = { auth, PPP_AUTH_NONE },
		.name = "a lac",
		.mru = lab->access_mru };
	unsigned n = lab_call_new(lab, lac, cc, user, password, auth);
	struct lab_call *c = &lab->calls[n];

	c->at_lac = true;
	g_assert_true(ppp_link_open(lab->lac_ppp, n, &cfg, lab->now));
	drain(lab);
	lab_subscriber_open(lab, c);
	lab_drain_subscribers(lab);
	return n;
}
