/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Discovery, the access concentrator's side (RFC 2516, section 5; RFC 4638).
 *
 *   PADI  offers nothing it would not keep: no PADO for a service that the group does not have,
 *         nor while a limit is reached.  Leaves no state.
 *   PADR  must carry our cookie.  A repeat of one whose session lives is answered like the
 *         first; another one becomes a session, if the limits allow it still, and is put to
 *         the owner.
 *   PADT  ends a session when it comes from its client by its port and VLAN, and has no answer
 *         whatever it says.
 */
#include "ppp/pppoe_internal.h"

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* ---- what we send ---- */

static void put_name(struct pppoe_packet *p, uint16_t type, const char *name)
{
	pppoe_tag_build(&p->w, type, name, strlen(name));
}

static void put_payload(struct pppoe_packet *p, uint16_t payload)
{
	uint8_t value[2];

	if (!payload)
		return;
	put_u16(value, payload);
	pppoe_tag_build(&p->w, PPPOE_TAG_MAX_PAYLOAD, value, sizeof(value));
}

/* What we agree to of the client's PPP-Max-Payload; 0: nothing.  Up to 1492 it says nothing
 * (RFC 4638). */
static uint16_t agreed_payload(const struct pppoe_group *g, uint16_t asked)
{
	uint16_t agreed = MIN(asked, g->payload_max);

	return agreed > PPPOE_MTU && asked >= g->payload_min ? agreed : 0;
}

static bool is_service(struct rd name, const char *service)
{
	size_t n = rd_left(&name);

	return n == strlen(service) && memcmp(name.p, service, n) == 0;
}

/* An empty name asks for any service. */
static bool serves(const struct pppoe_group *g, const struct pppoe_tags *t)
{
	size_t n = rd_left(&t->service);

	if (!n)
		return true;
	if (n > PPPOE_SERVICE_MAX || memchr(t->service.p, 0, n))
		return false;
	if (!g->n_services)
		return true;
	for (unsigned i = 0; i < g->n_services; i++)
		if (is_service(t->service, g->services[i]))
			return true;
	return false;
}

static void send_pado(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_tags *t)
{
	const struct pppoe_group *g = ac->groups[access->group];
	uint8_t cookie[PPPOE_COOKIE_LEN];
	struct pppoe_packet p;

	pppoe_packet_open(&p, peer, PPPOE_PADO, 0);
	pppoe_tag_build(
		&p.w, PPPOE_TAG_SERVICE_NAME, t->service.p, rd_left(&t->service));
	for (unsigned i = 0; i < g->n_services; i++)
		if (!is_service(t->service, g->services[i]))
			put_name(&p, PPPOE_TAG_SERVICE_NAME, g->services[i]);
	put_name(&p, PPPOE_TAG_AC_NAME, g->ac_name);
	pppoe_cookie_make(ac, access->group, peer, cookie);
	pppoe_tag_build(&p.w, PPPOE_TAG_AC_COOKIE, cookie, sizeof(cookie));
	pppoe_packet_echo(&p, t);
	put_payload(&p, agreed_payload(g, t->max_payload));
	if (!pppoe_packet_close(&p)) {
		pppoe_drop(ac, PPPOE_DROP_NO_ROOM);
		return;
	}
	ac->stats.pado++;
	pppoe_send(ac, peer->port, &p);
}

/* PADS without a session: why not. */
static void send_refusal(struct pppoe_ac *ac, const struct pppoe_peer *peer,
	const struct pppoe_tags *t, uint16_t error, const char *text)
{
	struct pppoe_packet p;

	pppoe_packet_open(&p, peer, PPPOE_PADS, 0);
	pppoe_tag_build(
		&p.w, PPPOE_TAG_SERVICE_NAME, t->service.p, rd_left(&t->service));
	put_name(&p, error, text);
	pppoe_packet_echo(&p, t);
	if (!pppoe_packet_close(&p)) {
		pppoe_drop(ac, PPPOE_DROP_NO_ROOM);
		return;
	}
	ac->stats.pads_error++;
	pppoe_send(ac, peer->port, &p);
}

void pppoe_send_pads(
	struct pppoe_ac *ac, const struct pppoe_session *s, const struct pppoe_tags *t)
{
	struct pppoe_packet p;

	pppoe_packet_open(&p, &s->peer, PPPOE_PADS, s->sid);
	put_name(&p, PPPOE_TAG_SERVICE_NAME, s->service ? s->service : "");
	pppoe_packet_echo(&p, t);
	put_payload(&p, s->max_payload);
	if (!pppoe_packet_close(&p)) {
		pppoe_drop(ac, PPPOE_DROP_NO_ROOM);
		return;
	}
	ac->stats.pads++;
	pppoe_send(ac, s->peer.port, &p);
}

void pppoe_send_padt(struct pppoe_ac *ac, const struct pppoe_peer *peer, uint16_t sid,
	const struct pppoe_session *s, const char *text)
{
	struct pppoe_packet p;

	pppoe_packet_open(&p, peer, PPPOE_PADT, sid);
	if (text) {
		g_autofree char *brief = g_strndup(text, PPPOE_TEXT_MAX - 1);

		put_name(&p, PPPOE_TAG_GENERIC_ERROR, brief);
	}
	if (s && s->relay_len)
		pppoe_tag_build(&p.w, PPPOE_TAG_RELAY_ID, s->relay, s->relay_len);
	if (!pppoe_packet_close(&p)) {
		pppoe_drop(ac, PPPOE_DROP_NO_ROOM);
		return;
	}
	ac->stats.padt_out++;
	pppoe_send(ac, peer->port, &p);
}

/* ---- PADI ---- */

static void on_padi(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_tags *t)
{
	const struct pppoe_group *g = ac->groups[access->group];
	struct pppoe_source *src = pppoe_source(ac, peer);

	if (time_before(ac->now, src->deaf_until))
		pppoe_drop(ac, PPPOE_DROP_THROTTLED);
	else if (!pppoe_bucket_take(&src->padi, ac->cfg.padi_mac_rate, ac->now) ||
		 !pppoe_bucket_take(&ac->padi, ac->cfg.padi_rate, ac->now))
		pppoe_drop(ac, PPPOE_DROP_RATE);
	else if (!serves(g, t))
		pppoe_drop(ac, PPPOE_DROP_SERVICE);
	else if (pppoe_limit_reached(ac, access->group, peer))
		pppoe_drop(ac, PPPOE_DROP_LIMIT);
	else
		send_pado(ac, access, peer, t);
}

/* ---- PADR ---- */

static bool repeated(struct pppoe_ac *ac, const struct pppoe_peer *peer,
	const struct pppoe_tags *t, uint64_t request)
{
	struct pppoe_session *s =
		slab_get(ac->sessions, index_get(ac->by_request, request));

	if (!s || s->ended || !pppoe_peer_equal(&s->peer, peer))
		return false;
	if (!s->open)
		return true; /* the owner has not decided yet */
	ac->stats.padr_repeated++;
	pppoe_send_pads(ac, s, t);
	return true;
}

static void keep_request(struct pppoe_session *s, const struct pppoe_tags *t)
{
	size_t n = rd_left(&t->service);

	if (n)
		s->service = g_strndup((const char *)t->service.p, n);
	if (t->has_host_uniq)
		s->host_uniq = g_bytes_new(t->host_uniq.p, rd_left(&t->host_uniq));
	if (t->has_relay && rd_left(&t->relay)) {
		s->relay_len = (uint8_t)rd_left(&t->relay);
		memcpy(s->relay, t->relay.p, s->relay_len);
	}
	if (t->has_line)
		s->line = g_memdup2(&t->line, sizeof(t->line));
}

static void new_session(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_tags *t, uint64_t request)
{
	const struct pppoe_group *g = ac->groups[access->group];
	uint16_t sid = 0;
	struct pppoe_session *s;

	if (!pppoe_limit_reached(ac, access->group, peer))
		sid = pppoe_sid_new(ac, peer->port);
	s = sid ? pppoe_take(ac) : NULL;
	if (!s) {
		pppoe_drop(ac, PPPOE_DROP_LIMIT);
		send_refusal(
			ac, peer, t, PPPOE_TAG_SYSTEM_ERROR, "Session limit reached");
		return;
	}
	s->sid = sid;
	s->group = access->group;
	s->peer = *peer;
	s->request = request;
	s->since = ac->now;
	s->max_payload = agreed_payload(g, t->max_payload);
	keep_request(s, t);
	pppoe_enter(ac, s);
	pppoe_fx_push(&ac->fx,
		(struct pppoe_fx){ .kind = PPPOE_FX_REQUEST,
			.who = s->number,
			.port = peer->port },
		NULL, 0, NULL, 0);
}

static void on_padr(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_tags *t)
{
	const struct pppoe_group *g = ac->groups[access->group];
	uint64_t request;

	if (!t->has_cookie ||
		!pppoe_cookie_good(ac, access->group, peer, t->cookie)) {
		pppoe_drop(ac, PPPOE_DROP_COOKIE);
		return;
	}
	request = pppoe_request_key(peer, t);
	if (repeated(ac, peer, t, request))
		return;
	if (!pppoe_source_request(ac, pppoe_source(ac, peer), g)) {
		pppoe_drop(ac, PPPOE_DROP_THROTTLED);
		return;
	}
	if (!serves(g, t)) {
		pppoe_drop(ac, PPPOE_DROP_SERVICE);
		send_refusal(ac, peer, t, PPPOE_TAG_SERVICE_ERROR, "");
		return;
	}
	new_session(ac, access, peer, t, request);
}

/* ---- PADT ---- */

static void on_padt(struct pppoe_ac *ac, const struct pppoe_peer *peer, uint16_t sid,
	const struct pppoe_tags *t)
{
	struct pppoe_session *s = pppoe_find_sid(ac, peer->port, sid);
	bool text = t->has_generic_error;

	ac->stats.padt_in++;
	if (!s || !pppoe_peer_equal(&s->peer, peer)) {
		pppoe_drop(ac, s ? PPPOE_DROP_FOREIGN : PPPOE_DROP_SESSION);
		return;
	}
	if (s->ended || !s->open) {
		pppoe_drop(ac, PPPOE_DROP_CLOSED);
		return;
	}
	s->ended = true;
	pppoe_count(ac, s, -1);
	if (s->replicated)
		pppoe_record(ac, PPPOE_REC_SESSION, CKPT_UPSERT, s->number);
	pppoe_fx_push(&ac->fx,
		(struct pppoe_fx){ .kind = PPPOE_FX_DOWN,
			.who = s->number,
			.port = peer->port },
		NULL, 0, text ? t->generic_error.p : NULL,
		MIN(rd_left(&t->generic_error), PPPOE_TEXT_MAX - 1));
}

/* ---- all ---- */

/* Sent to whom it must be, with a session id where there is one (RFC 2516, section 5). */
static enum pppoe_drop check(const struct pppoe_access *access, const struct pppoe_hdr *h,
	const struct pppoe_tags *t, const uint8_t dst[6])
{
	bool to_us = !memcmp(dst, access->mac, ETH_ALEN);

	switch (h->code) {
	case PPPOE_PADI:
		if (!to_us && memcmp(dst, broadcast, ETH_ALEN))
			return PPPOE_DROP_NOT_OURS;
		return h->session || t->n_services != 1 ||
				       PPPOE_HDR + h->len > PPPOE_PADI_MAX
			       ? PPPOE_DROP_MALFORMED
			       : PPPOE_N_DROPS;
	case PPPOE_PADR:
		if (!to_us)
			return PPPOE_DROP_NOT_OURS;
		return h->session || t->n_services != 1 ? PPPOE_DROP_MALFORMED
							: PPPOE_N_DROPS;
	case PPPOE_PADT:
		if (!to_us)
			return PPPOE_DROP_NOT_OURS;
		return h->session ? PPPOE_N_DROPS : PPPOE_DROP_MALFORMED;
	default:
		return PPPOE_DROP_CODE;
	}
}

void pppoe_discovery(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_hdr *h, struct rd *r,
	const uint8_t dst[6])
{
	struct pppoe_tags t;
	enum pppoe_drop why;

	if (!pppoe_tags_parse(r, &t)) {
		pppoe_drop(ac, PPPOE_DROP_MALFORMED);
		return;
	}
	if (ac->debug) {
		char mac[15];

		pppoe_debug(ac, "PPPoE: I %s from %s on port %u", pppoe_code_name(h->code),
			mac_to_str(peer->client, mac), peer->port);
	}
	ac->stats.bad_vendor_tags += t.bad_vendor;
	why = check(access, h, &t, dst);
	if (why != PPPOE_N_DROPS) {
		pppoe_drop(ac, why);
		return;
	}
	if (h->code == PPPOE_PADT) {
		on_padt(ac, peer, h->session, &t);
		return;
	}
	if (!access->group || access->group > PPPOE_GROUPS_MAX ||
		!ac->groups[access->group]) {
		pppoe_drop(ac, PPPOE_DROP_GROUP);
		return;
	}
	if (h->code == PPPOE_PADI) {
		ac->stats.padi++;
		on_padi(ac, access, peer, &t);
	} else {
		ac->stats.padr++;
		on_padr(ac, access, peer, &t);
	}
}
