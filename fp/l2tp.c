/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * L2TP control to punt, PPP control to punt or to answer, LCP echoes of our own.
 *
 * Of L2TP control the FP reads only what tells its punt class.  Of PPP it knows LCP echoes
 * (RFC 1661 section 5.8): it answers them for sessions whose magic number the RP has given,
 * so that 64,000 of them need no RP, and sends its own.
 */
#include "l2tp/wire.h"
#include "fp/internal.h"
#include "ppp/wire.h"

enum {
	AVP_MESSAGE_TYPE = 0,
	MSG_HELLO = 6,
	LCP_HDR = 4,
	LCP_ECHO_HDR = 8, /* with the magic number */
};

/* At the AVPs: nothing (ZLB), or a Message Type AVP that says HELLO. */
static bool is_keepalive(struct rd r)
{
	if (rd_left(&r) == 0)
		return true;
	rd_skip(&r, 2);

	uint16_t vendor = rd_u16(&r);
	uint16_t type = rd_u16(&r);
	uint16_t value = rd_u16(&r);

	return !r.bad && vendor == 0 && type == AVP_MESSAGE_TYPE && value == MSG_HELLO;
}

void fp_l2tp_control(struct fp_path *f, struct pkt *p, unsigned hdr_len)
{
	const uint8_t *ip = pkt_data(p);
	struct rd r = rd_init(ip + hdr_len, p->len - hdr_len);
	struct udp_hdr udp;
	struct l2tp_hdr h;

	if (!udp_parse(&r, NULL, &udp) || !l2tp_hdr_parse(&r, &h)) {
		fp_drop(f, p, FP_DROP_L2TP_HEADER);
		return;
	}
	p->tunnel = h.tunnel;
	if (h.tunnel == 0) {
		fp_punt(f, p, PKT_CLASS_NEW_TUNNEL);
		return;
	}

	bool known = fp_tunnel_known(&f->sessions, h.tunnel) &&
		     f->sessions.tunnel[h.tunnel].remote_ip == be32(ip + 12);

	fp_punt(f, p,
		known && is_keepalive(r) ? PKT_CLASS_KEEPALIVE : PKT_CLASS_CONTROL);
}

/* Answers in place; p at the LCP header, of `len` octets. */
static void answer_echo(struct fp_path *f, uint32_t index, struct pkt *p, uint16_t len)
{
	struct fp_session *s = &f->sessions.entry[index];
	uint8_t *lcp = pkt_data(p);

	if (s->mtu && len > MAX(s->mtu, FP_MTU_MIN)) {
		fp_session_drop(f, s, p, FP_DROP_PPP);
		return;
	}
	p->len = len;
	lcp[0] = PPP_ECHO_REP;
	put_u32(lcp + 4, s->local_magic);

	uint8_t *ppp = pkt_push(p, FP_PPP_HDR);

	put_u16(ppp, 0xff03);
	put_u16(ppp + 2, PPP_LCP);
	fp_encap_ppp(f, index, p);
}

/* True when p (at its first octet, LCP hdr_len further on) was an echo and is taken. */
static bool echo_input(
	struct fp_path *f, uint32_t index, struct pkt *p, unsigned hdr_len)
{
	struct fp_session *s = &f->sessions.entry[index];
	const uint8_t *lcp = pkt_data(p) + hdr_len;
	unsigned left = p->len - hdr_len;

	if (left < LCP_HDR || (lcp[0] != PPP_ECHO_REQ && lcp[0] != PPP_ECHO_REP))
		return false;

	uint16_t len = be16(lcp + 2);

	if (len < LCP_ECHO_HDR || len > left) {
		fp_session_drop(f, s, p, FP_DROP_PPP);
		return true;
	}
	/* Our own magic number is a loop: for the RP, as everything without a magic. */
	if (!s->local_magic || be32(lcp + 4) == s->local_magic)
		return false;
	if (lcp[0] == PPP_ECHO_REQ) {
		pkt_pull(p, hdr_len);
		answer_echo(f, index, p, len);
		return true;
	}
	if (!timer_armed(&f->sessions.cold[index].echo))
		return false;
	s->echo_missed = 0;
	fp_done(f, p);
	return true;
}

/* A data protocol that nobody negotiated: the RP rejects it, but only so often. */
static void unknown_protocol(struct fp_path *f, struct fp_session *s, struct pkt *p)
{
	if (!(s->flags & FIB_SESSION_OPEN))
		fp_session_drop(f, s, p, FP_DROP_CLOSED);
	else if (s->state & FP_SESSION_STOPPED)
		fp_session_drop(f, s, p, FP_DROP_STOPPED);
	else if (!police_take(&f->unknown_ppp, f->now))
		fp_session_drop(f, s, p, FP_DROP_POLICED);
	else
		fp_punt(f, p, PKT_CLASS_PPP);
}

void fp_ppp_input(struct fp_path *f, uint32_t index, struct pkt *p, uint16_t protocol,
	unsigned hdr_len)
{
	if (protocol == PPP_LCP && echo_input(f, index, p, hdr_len))
		return;
	if (protocol < 0x8000)
		unknown_protocol(f, &f->sessions.entry[index], p);
	else
		fp_punt(f, p, PKT_CLASS_PPP);
}

static void send_echo(struct fp_path *f, uint32_t index)
{
	struct fp_session *s = &f->sessions.entry[index];
	struct pkt *p = fp_new_pkt(f);

	if (!p)
		return; /* not sent, so it cannot be missed */

	struct wr w = wr_init(pkt_data(p), FP_PPP_HDR + LCP_ECHO_HDR);

	ppp_hdr_build(&w, PPP_LCP);
	wr_u8(&w, PPP_ECHO_REQ);
	wr_u8(&w, ++s->echo_id);
	wr_u16(&w, LCP_ECHO_HDR);
	wr_u32(&w, s->local_magic);
	p->len = (uint16_t)w.len;
	s->echo_missed++;
	fp_encap_ppp(f, index, p);
}

void fp_echo_timer(struct fp_path *f, uint32_t index)
{
	struct fp_session *s = fp_sessions_get(&f->sessions, index);

	if (!s)
		return;
	if (f->standby) {
		timer_set(f->wheel, &f->sessions.cold[index].echo,
			time_add(f->now, dur_s(f->sessions.cold[index].echo_s)));
		return;
	}
	if (s->echo_misses && s->echo_missed >= s->echo_misses) {
		fp_sessions_set_dead(&f->sessions, index);
		return;
	}
	send_echo(f, index);
	timer_set(f->wheel, &f->sessions.cold[index].echo,
		time_add(f->now, dur_s(f->sessions.cold[index].echo_s)));
}
