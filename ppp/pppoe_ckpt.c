/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checkpoint records of the access concentrator: the secrets behind the cookies, and sessions
 * that were accepted.
 *
 * Not in them: requests that the owner has not answered, rates, ids at rest.  What limits count
 * follows from the sessions.
 */
#include "ppp/pppoe_internal.h"

struct ac_rec {
	uint8_t number;
	base_time since;
	GBytes *current, *previous;
};

struct session_rec {
	uint32_t owner;
	uint16_t sid, group, port, outer, inner, outer_type, inner_type, max_payload;
	uint8_t n_vlan;
	uint64_t client, ac, request;
	base_time since;
	char *service;
	GBytes *line, *relay;
	bool ended;
};

/* clang-format off */
#define F(id, kind, flags, type, m) { id, 1, kind, flags, offsetof(struct type, m), #m }
static const struct rec_field ac_fields[] = {
	F(1, REC_U8,    0,          ac_rec, number),
	F(2, REC_TIME,  0,          ac_rec, since),
	F(3, REC_BYTES, REC_SECRET, ac_rec, current),
	F(4, REC_BYTES, REC_SECRET, ac_rec, previous),
};

static const struct rec_field session_fields[] = {
	F(1,  REC_U32,   0, session_rec, owner),
	F(2,  REC_U16,   0, session_rec, sid),
	F(3,  REC_U16,   0, session_rec, group),
	F(4,  REC_U16,   0, session_rec, port),
	F(5,  REC_U8,    0, session_rec, n_vlan),
	F(6,  REC_U16,   0, session_rec, outer),
	F(7,  REC_U16,   0, session_rec, inner),
	F(8,  REC_U16,   0, session_rec, outer_type),
	F(9,  REC_U16,   0, session_rec, inner_type),
	F(10, REC_U64,   0, session_rec, client),
	F(11, REC_U64,   0, session_rec, ac),
	F(12, REC_U16,   0, session_rec, max_payload),
	F(13, REC_U64,   0, session_rec, request),
	F(14, REC_TIME,  0, session_rec, since),
	F(15, REC_STR,   0, session_rec, service),
	F(16, REC_BYTES, 0, session_rec, line),
	F(17, REC_BYTES, 0, session_rec, relay),
	F(18, REC_BOOL,  0, session_rec, ended),
};
#undef F
/* clang-format on */

static const struct rec_table ac_table = {
	.name = "pppoe-ac",
	.size = sizeof(struct ac_rec),
	.fields = ac_fields,
	.n_fields = G_N_ELEMENTS(ac_fields),
};

static const struct rec_table session_table = {
	.name = "pppoe-session",
	.size = sizeof(struct session_rec),
	.fields = session_fields,
	.n_fields = G_N_ELEMENTS(session_fields),
};

const struct rec_table *pppoe_rec_table(uint8_t type)
{
	switch (type) {
	case PPPOE_REC_AC:
		return &ac_table;
	case PPPOE_REC_SESSION:
		return &session_table;
	default:
		return NULL;
	}
}

static uint64_t mac_pack(const uint8_t mac[ETH_ALEN])
{
	struct rd r = rd_init(mac, ETH_ALEN);
	uint64_t hi = rd_u16(&r);

	return hi << 32 | rd_u32(&r);
}

static bool mac_unpack(uint64_t from, uint8_t mac[ETH_ALEN])
{
	put_u16(mac, (uint16_t)(from >> 32));
	put_u32(mac + 2, (uint32_t)from);
	return from && from >> 48 == 0 && !(mac[0] & 1);
}

/* ---- sessions ---- */

void pppoe_ckpt_session(const struct pppoe_session *s, struct wr *w)
{
	uint8_t line[PPPOE_LINE_ENCODED_MAX];
	struct wr l = wr_init(line, sizeof(line));
	struct session_rec rec = {
		.owner = s->owner,
		.sid = s->sid,
		.group = s->group,
		.port = s->peer.port,
		.n_vlan = s->peer.n_vlan,
		.outer = s->peer.vlan[0],
		.inner = s->peer.vlan[1],
		.outer_type = s->peer.tpid[0],
		.inner_type = s->peer.tpid[1],
		.client = mac_pack(s->peer.client),
		.ac = mac_pack(s->peer.ac),
		.max_payload = s->max_payload,
		.request = s->request,
		.since = s->since,
		.service = s->service,
		.ended = s->ended,
	};

	if (s->line) {
		pppoe_line_build(&l, s->line);
		rec.line = g_bytes_new_static(line, l.len);
	}
	if (s->relay_len)
		rec.relay = g_bytes_new_static(s->relay, s->relay_len);
	rec_encode(&session_table, PPPOE_REC_VERSION_1, &rec, w);
	g_clear_pointer(&rec.line, g_bytes_unref);
	g_clear_pointer(&rec.relay, g_bytes_unref);
}

static bool tag_good(unsigned at, unsigned n_vlan, uint16_t type, uint16_t vlan)
{
	if (at >= n_vlan)
		return !type && !vlan;
	return (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) && vlan <= 0x0fff;
}

/* What an engine of ours can have written. */
static bool plausible(const struct session_rec *rec)
{
	return rec->sid && rec->sid <= PPPOE_SID_MAX && rec->port && rec->group &&
	       rec->group <= PPPOE_GROUPS_MAX && rec->n_vlan <= 2 &&
	       tag_good(0, rec->n_vlan, rec->outer_type, rec->outer) &&
	       tag_good(1, rec->n_vlan, rec->inner_type, rec->inner) &&
	       (!rec->max_payload || rec->max_payload > PPPOE_MTU) &&
	       (!rec->service || strlen(rec->service) <= PPPOE_SERVICE_MAX) &&
	       (!rec->relay || g_bytes_get_size(rec->relay) <= PPPOE_RELAY_ID_MAX);
}

static bool restore_line(struct pppoe_session *s, GBytes *bytes)
{
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);
	struct rd r = rd_init(p, n);

	s->line = g_new(struct pppoe_line_info, 1);
	return pppoe_line_parse(&r, s->line);
}

static bool restore(struct pppoe_session *s, struct session_rec *rec)
{
	gsize n;

	s->owner = rec->owner;
	s->sid = rec->sid;
	s->group = rec->group;
	s->max_payload = rec->max_payload;
	s->request = rec->request;
	s->since = rec->since;
	s->ended = rec->ended;
	s->open = s->replicated = true;
	s->peer = (struct pppoe_peer){
		.port = rec->port,
		.n_vlan = rec->n_vlan,
		.tpid = { rec->outer_type, rec->inner_type },
		.vlan = { rec->outer, rec->inner },
	};
	s->service = g_steal_pointer(&rec->service);
	if (rec->relay) {
		const void *p = g_bytes_get_data(rec->relay, &n);

		s->relay_len = (uint8_t)n;
		if (n)
			memcpy(s->relay, p, n);
	}
	return mac_unpack(rec->client, s->peer.client) &&
	       mac_unpack(rec->ac, s->peer.ac) &&
	       (!rec->line || restore_line(s, rec->line));
}

bool pppoe_ckpt_session_decode(struct pppoe_session *s, struct rd *r)
{
	struct session_rec rec;
	bool good;

	if (!rec_decode(&session_table, r, &rec))
		return false;
	good = plausible(&rec) && restore(s, &rec);
	rec_clear(&session_table, &rec);
	return good;
}

/* ---- secrets ---- */

void pppoe_ckpt_ac(const struct pppoe_ac *ac, struct wr *w)
{
	const struct pppoe_secrets *s = &ac->secrets;
	struct ac_rec rec = { .number = s->number, .since = s->since };

	if (s->has_current)
		rec.current = g_bytes_new_static(s->current, PPPOE_SECRET_LEN);
	if (s->has_previous)
		rec.previous = g_bytes_new_static(s->previous, PPPOE_SECRET_LEN);
	rec_encode(&ac_table, PPPOE_REC_VERSION_1, &rec, w);
	g_clear_pointer(&rec.current, g_bytes_unref);
	g_clear_pointer(&rec.previous, g_bytes_unref);
}

/* False when it has the wrong length; absent is fine. */
static bool take_secret(GBytes *from, uint8_t to[PPPOE_SECRET_LEN], bool *has)
{
	gsize n;
	const void *p;

	*has = from != NULL;
	if (!from)
		return true;
	p = g_bytes_get_data(from, &n);
	if (n != PPPOE_SECRET_LEN)
		return false;
	memcpy(to, p, PPPOE_SECRET_LEN);
	return true;
}

bool pppoe_ckpt_ac_decode(struct pppoe_ac *ac, struct rd *r)
{
	struct pppoe_secrets s = { 0 };
	struct ac_rec rec;
	bool good;

	if (!rec_decode(&ac_table, r, &rec))
		return false;
	s.number = rec.number;
	s.since = rec.since;
	good = take_secret(rec.current, s.current, &s.has_current) &&
	       take_secret(rec.previous, s.previous, &s.has_previous) &&
	       s.since.ns >= 0 && (s.has_current || !s.has_previous);
	if (good)
		ac->secrets = s;
	rec_clear(&ac_table, &rec);
	explicit_bzero(&s, sizeof(s));
	return good;
}
