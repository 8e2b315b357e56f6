/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames into the PPPoE access concentrator: {u8 what, u16 length, octets} again and again.
 *
 *   0 the octets are a frame           4 session data, octets from PPP's protocol on
 *   1 PADI with these tags             5 so many seconds pass (first octet)
 *   2 PADR with these tags and the     6 the owner closes the latest session
 *     latest cookie                    7 another client (first octet), VLAN (second, third)
 *   3 PADT of the latest session
 */
#include "ppp/pppoe_internal.h"

enum { WHATS = 8, ROOM = 2048 };

struct run {
	struct pppoe_ac *ac;
	struct pppoe_access access;
	struct pppoe_peer peer;
	base_time now;
	uint8_t cookie[PPPOE_COOKIE_LEN];
	uint16_t sid;
	uint32_t session;
	unsigned sent;
	bool was_padt;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One answer at most, to who asked, of which every length is right. */
static void check_sent(struct run *run, const struct pppoe_effect *fx)
{
	struct rd r = rd_init(fx->bytes, fx->len);
	struct pppoe_peer to;
	struct pppoe_tags t;
	struct pppoe_hdr h;
	uint16_t type;

	g_assert_cmpuint(fx->len, <=, PPPOE_FRAME_MAX);
	g_assert_true(pppoe_peer_parse(&r, run->access.port, &to, &type));
	g_assert_cmpmem(to.client, 6, run->access.mac, 6); /* the frame's source */
	g_assert_true(pppoe_hdr_parse(&r, &h));
	g_assert_true(r.end == fx->bytes + fx->len);
	g_assert_true(pppoe_tags_parse(&r, &t));
	g_assert_false(run->was_padt);
	run->sent++;
	if (h.code == PPPOE_PADO)
		rd_copy(&t.cookie, run->cookie, PPPOE_COOKIE_LEN);
	if (h.code == PPPOE_PADS && h.session)
		run->sid = h.session;
}

static void pump(struct run *run)
{
	struct pppoe_effect fx;

	while (pppoe_ac_poll(run->ac, &fx)) {
		switch (fx.kind) {
		case PPPOE_FX_SEND:
			check_sent(run, &fx);
			break;
		case PPPOE_FX_REQUEST:
			run->session = fx.session;
			if (fx.session & 2)
				pppoe_session_accept(run->ac, fx.session, 1, run->now);
			else
				pppoe_session_reject(
					run->ac, fx.session, "no", run->now);
			pppoe_session_set_replicated(run->ac, fx.session, true);
			break;
		case PPPOE_FX_DOWN:
			pppoe_session_drop(run->ac, fx.session);
			break;
		case PPPOE_FX_PPP:
			g_assert_cmpuint(fx.len, >, 0);
			break;
		case PPPOE_FX_DEBUG:
			g_assert_true(g_utf8_validate(fx.text, -1, NULL));
			break;
		}
	}
}

static void feed(struct run *run, const void *frame, size_t n)
{
	uint8_t *exact = g_memdup2(frame, n);
	struct rd r = rd_init(exact, n);
	struct pppoe_peer peer;
	struct pppoe_hdr h;
	uint16_t type;

	run->sent = 0;
	run->was_padt = pppoe_peer_parse(&r, 1, &peer, &type) &&
			type == ETHERTYPE_PPPOE_DISC && pppoe_hdr_parse(&r, &h) &&
			h.code == PPPOE_PADT;
	pppoe_ac_input(run->ac, &run->access, exact, n, run->now);
	pump(run);
	g_assert_cmpuint(run->sent, <=, 1);
	run->was_padt = false;
	g_free(exact);
}

static void packet(struct run *run, uint16_t type, uint8_t code, uint16_t sid, struct rd *r)
{
	uint8_t buf[ROOM];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t n = MIN(rd_left(r), 1500u), at;

	/* a peer's header names its client as receiver; here it is the other way round */
	wr_bytes(&w, code == PPPOE_PADI ? (const void *)"\xff\xff\xff\xff\xff\xff"
					: (const void *)run->access.mac, 6);
	wr_bytes(&w, run->peer.client, 6);
	for (unsigned i = 0; i < run->peer.n_vlan; i++) {
		wr_u16(&w, run->peer.tpid[i]);
		wr_u16(&w, run->peer.vlan[i]);
	}
	wr_u16(&w, type);
	at = w.len;
	pppoe_hdr_build(&w, code, sid, 0);
	if (code == PPPOE_PADR)
		pppoe_tag_build(&w, PPPOE_TAG_AC_COOKIE, run->cookie, PPPOE_COOKIE_LEN);
	wr_bytes(&w, rd_take(r, n), n);
	wr_set_u16(&w, at + PPPOE_LEN_AT, (uint16_t)(w.len - at - PPPOE_HDR));
	g_assert_false(w.bad);
	feed(run, buf, w.len);
}

static void another_client(struct run *run, struct rd *r)
{
	run->peer.client[5] = rd_u8(r);
	run->peer.n_vlan = rd_u8(r) % 3;
	run->peer.vlan[0] = rd_u8(r);
}

static void step(struct run *run, uint8_t what, struct rd *r)
{
	switch (what % WHATS) {
	case 0:
		feed(run, r->p, rd_left(r));
		break;
	case 1:
		packet(run, ETHERTYPE_PPPOE_DISC, PPPOE_PADI, 0, r);
		break;
	case 2:
		packet(run, ETHERTYPE_PPPOE_DISC, PPPOE_PADR, 0, r);
		break;
	case 3:
		packet(run, ETHERTYPE_PPPOE_DISC, PPPOE_PADT, run->sid, r);
		break;
	case 4:
		packet(run, ETHERTYPE_PPPOE_SESS, PPPOE_SESSION, run->sid, r);
		break;
	case 5:
		run->now = time_add(run->now, dur_s(rd_u8(r)));
		break;
	case 6:
		pppoe_session_close(run->ac, run->session, "x", run->now);
		pump(run);
		break;
	case 7:
		another_client(run, r);
		break;
	}
}

/* Records can always be made, and a standby takes them. */
static void check_records(struct run *run)
{
	struct pppoe_ac *standby = pppoe_ac_new(
		&(struct pppoe_ac_config){ .seed = 2, .passive = true }, run->now);
	struct ckpt_record rec;

	while (pppoe_ac_poll_record(run->ac, &rec))
		g_assert_true(pppoe_ac_apply(standby, &rec, run->now));
	pppoe_ac_free(standby);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	uint8_t how = rd_u8(&r);
	struct pppoe_group group = { .name = "g", .ac_name = "ac", .n_services = how & 1,
		.services = { "gold" }, .payload_max = how & 2 ? 1500 : 0,
		.per_mac = how & 4 ? 2 : 0, .per_vlan = how & 8 ? 3 : 0,
		.throttle_requests = how & 16 ? 2 : 0, .throttle_seconds = 5,
		.throttle_delay = 9 };
	struct run run = {
		.ac = pppoe_ac_new(&(struct pppoe_ac_config){ .seed = 1, .max_sessions = 8 },
			BASE_TIME_ZERO),
		.access = { 1, 1, { 2, 0, 0, 0, 0, 1 } },
		.peer = { .port = 1, .client = { 2, 0, 0, 0, 1, 1 },
			.tpid = { ETHERTYPE_QINQ, ETHERTYPE_VLAN } },
	};

	g_assert_true(pppoe_ac_set_group(run.ac, 1, &group));
	pppoe_ac_set_debug(run.ac, how & 32);
	pppoe_ac_set_standby(run.ac, how & 64);
	while (rd_left(&r)) {
		uint8_t what = rd_u8(&r);
		uint16_t n = rd_u16(&r);
		struct rd octets = rd_sub(&r, MIN(n, rd_left(&r)));

		if (!octets.bad)
			step(&run, what, &octets);
		g_assert_cmpuint(pppoe_ac_sessions(run.ac), <=, 8);
	}
	check_records(&run);
	pppoe_ac_free(run.ac);
	return 0;
}
