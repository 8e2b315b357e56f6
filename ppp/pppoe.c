/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The access concentrator: the table of sessions, frames in and out, and the two queues to the
 * owner.  Who may have a session is decided in pppoe_disc.c.
 *
 * Three indexes lead to a session: its number (the owner's way), port and session id (a frame's
 * way) and the PADR that it came from (a repeated PADR's way).  Numbers and session ids are
 * even on one RP and odd on the other, from a random start (ha-commit.md H11).
 */
#include "ppp/pppoe_internal.h"

static uint32_t or_default(uint32_t given, uint32_t otherwise)
{
	return given ? given : otherwise;
}

static void set_config(struct pppoe_ac *ac, const struct pppoe_ac_config *cfg)
{
	ac->cfg = *cfg;
	ac->cfg.max_sessions = or_default(cfg->max_sessions, PPPOE_SESSIONS_DEFAULT);
	ac->cfg.padi_rate = or_default(cfg->padi_rate, 500);
	ac->cfg.padi_mac_rate = or_default(cfg->padi_mac_rate, 10);
	ac->cfg.padt_rate = or_default(cfg->padt_rate, 100);
	ac->cfg.cookie_s = (uint16_t)or_default(cfg->cookie_s, 120);
	ac->cfg.secret_s = (uint16_t)or_default(cfg->secret_s, 600);
	ac->cfg.secret_s = MAX(ac->cfg.secret_s, ac->cfg.cookie_s);
}

struct pppoe_ac *pppoe_ac_new(const struct pppoe_ac_config *cfg, base_time now)
{
	struct pppoe_ac *ac = g_new0(struct pppoe_ac, 1);
	uint8_t parity = cfg->id_parity & 1;

	set_config(ac, cfg);
	ac->sessions = slab_new(sizeof(struct pppoe_session), ac->cfg.max_sessions);
	ac->by_number = index_new(16);
	ac->by_sid = index_new(16);
	ac->by_request = index_new(16);
	ac->counts = index_new(16);
	ac->resting_by_key = index_new(16);
	ac->recs = g_array_new(FALSE, FALSE, sizeof(struct pppoe_rec_entry));
	pppoe_fx_init(&ac->fx);
	rng_init(&ac->rng, cfg->seed, 0x50500000u | parity);
	ac->next_number = (rng_u32(&ac->rng) & ~1u) | parity;
	ac->next_sid = (uint16_t)((rng_u32(&ac->rng) & ~1u) | parity);
	ac->source_salt = rng_u64(&ac->rng);
	ac->passive = cfg->passive;
	ac->now = now;
	return ac;
}

static void free_contents(struct pppoe_session *s)
{
	g_clear_pointer(&s->service, g_free);
	g_clear_pointer(&s->line, g_free);
	g_clear_pointer(&s->host_uniq, g_bytes_unref);
}

static void forget_sessions(struct pppoe_ac *ac)
{
	uint32_t at = 0;
	struct pppoe_session *s;

	while ((s = slab_next(ac->sessions, at, &at)))
		pppoe_put(ac, s);
}

void pppoe_ac_free(struct pppoe_ac *ac)
{
	if (!ac)
		return;
	forget_sessions(ac);
	for (unsigned i = 0; i < G_N_ELEMENTS(ac->groups); i++)
		g_free(ac->groups[i]);
	slab_free(ac->sessions);
	index_free(ac->by_number);
	index_free(ac->by_sid);
	index_free(ac->by_request);
	index_free(ac->counts);
	index_free(ac->resting_by_key);
	g_array_free(ac->recs, TRUE);
	pppoe_fx_deinit(&ac->fx);
	g_free(ac->resting);
	g_free(ac->sources);
	explicit_bzero(&ac->secrets, sizeof(ac->secrets));
	g_free(ac);
}

bool pppoe_ac_set_group(struct pppoe_ac *ac, uint16_t id, const struct pppoe_group *group)
{
	struct pppoe_group *g;

	if (!id || id > PPPOE_GROUPS_MAX || !group->ac_name[0] ||
		group->n_services > PPPOE_SERVICES_MAX)
		return false;
	if (!ac->groups[id])
		ac->groups[id] = g_new(struct pppoe_group, 1);
	g = ac->groups[id];
	*g = *group;
	g->name[PPPOE_NAME_MAX - 1] = g->ac_name[PPPOE_NAME_MAX - 1] = 0;
	for (unsigned i = 0; i < PPPOE_SERVICES_MAX; i++)
		g->services[i][PPPOE_NAME_MAX - 1] = 0;
	return true;
}

void pppoe_ac_remove_group(struct pppoe_ac *ac, uint16_t id)
{
	if (id <= PPPOE_GROUPS_MAX)
		g_clear_pointer(&ac->groups[id], g_free);
}

/* ---- sessions ---- */

struct pppoe_session *pppoe_find(const struct pppoe_ac *ac, uint32_t number)
{
	return slab_get(ac->sessions, index_get(ac->by_number, number));
}

struct pppoe_session *pppoe_find_sid(const struct pppoe_ac *ac, uint16_t port, uint16_t sid)
{
	return slab_get(
		ac->sessions, index_get(ac->by_sid, pppoe_sid_key(port, sid)));
}

struct pppoe_session *pppoe_take(struct pppoe_ac *ac)
{
	uint32_t self;
	struct pppoe_session *s = slab_take(ac->sessions, &self);

	if (!s)
		return NULL;
	s->self = self;
	do
		ac->next_number += 2;
	while (!ac->next_number || pppoe_find(ac, ac->next_number));
	s->number = ac->next_number;
	return s;
}

void pppoe_enter(struct pppoe_ac *ac, struct pppoe_session *s)
{
	index_put(ac->by_number, s->number, s->self);
	index_put(ac->by_sid, pppoe_sid_key(s->peer.port, s->sid), s->self);
	if (s->request)
		index_put(ac->by_request, s->request, s->self);
	if (!s->ended)
		pppoe_count(ac, s, 1);
}

void pppoe_put(struct pppoe_ac *ac, struct pppoe_session *s)
{
	index_del(ac->by_number, s->number);
	index_del(ac->by_sid, pppoe_sid_key(s->peer.port, s->sid));
	if (s->request && index_get(ac->by_request, s->request) == s->self)
		index_del(ac->by_request, s->request);
	if (!s->ended)
		pppoe_count(ac, s, -1);
	free_contents(s);
	slab_put(ac->sessions, s->self);
}

/* The standby hears of it, if it knew; the id rests. */
static void forget(struct pppoe_ac *ac, struct pppoe_session *s)
{
	if (s->replicated)
		pppoe_record(ac, PPPOE_REC_SESSION, CKPT_DELETE, s->number);
	if (!ac->passive)
		pppoe_sid_rest(ac, s->peer.port, s->sid);
	pppoe_put(ac, s);
}

void pppoe_session_accept(
	struct pppoe_ac *ac, uint32_t session, uint32_t owner, base_time now)
{
	struct pppoe_session *s = pppoe_find(ac, session);
	struct pppoe_tags t = { 0 };
	gsize n = 0;

	if (!s || s->open || ac->passive)
		return;
	ac->now = now;
	s->open = true;
	s->owner = owner;
	s->since = now;
	if (s->host_uniq) {
		const void *p = g_bytes_get_data(s->host_uniq, &n);

		t.host_uniq = rd_init(p, n);
		t.has_host_uniq = true;
	}
	t.relay = rd_init(s->relay, s->relay_len);
	t.has_relay = s->relay_len;
	pppoe_send_pads(ac, s, &t);
	g_clear_pointer(&s->host_uniq, g_bytes_unref);
	if (s->replicated)
		pppoe_record(ac, PPPOE_REC_SESSION, CKPT_UPSERT, s->number);
}

static void send_reject(struct pppoe_ac *ac, const struct pppoe_session *s, const char *text)
{
	struct pppoe_packet p;
	g_autofree char *brief = g_strndup(text ? text : "", PPPOE_TEXT_MAX - 1);
	const char *service = s->service ? s->service : "";
	gsize n = 0;

	pppoe_packet_open(&p, &s->peer, PPPOE_PADS, 0);
	pppoe_tag_build(&p.w, PPPOE_TAG_SERVICE_NAME, service, strlen(service));
	pppoe_tag_build(&p.w, PPPOE_TAG_SYSTEM_ERROR, brief, strlen(brief));
	if (s->host_uniq) {
		const void *uniq = g_bytes_get_data(s->host_uniq, &n);

		pppoe_tag_build(&p.w, PPPOE_TAG_HOST_UNIQ, uniq, n);
	}
	if (s->relay_len)
		pppoe_tag_build(&p.w, PPPOE_TAG_RELAY_ID, s->relay, s->relay_len);
	if (!pppoe_packet_close(&p)) {
		pppoe_drop(ac, PPPOE_DROP_NO_ROOM);
		return;
	}
	ac->stats.pads_error++;
	pppoe_send(ac, s->peer.port, &p);
}

void pppoe_session_reject(
	struct pppoe_ac *ac, uint32_t session, const char *text, base_time now)
{
	struct pppoe_session *s = pppoe_find(ac, session);

	if (!s || s->open || ac->passive)
		return;
	ac->now = now;
	send_reject(ac, s, text);
	forget(ac, s);
}

void pppoe_session_close(
	struct pppoe_ac *ac, uint32_t session, const char *text, base_time now)
{
	struct pppoe_session *s = pppoe_find(ac, session);

	if (!s || ac->passive)
		return;
	ac->now = now;
	if (s->open && !s->ended) /* never PADT in answer to PADT */
		pppoe_send_padt(ac, &s->peer, s->sid, s, text);
	forget(ac, s);
}

void pppoe_session_drop(struct pppoe_ac *ac, uint32_t session)
{
	struct pppoe_session *s = pppoe_find(ac, session);

	if (s)
		forget(ac, s);
}

/* ---- frames ---- */

/* Data of a session that is not there: its client is told to ask for a new one. */
static void on_unknown(struct pppoe_ac *ac, const struct pppoe_peer *peer, uint16_t sid)
{
	pppoe_drop(ac, PPPOE_DROP_SESSION);
	if (sid && sid <= PPPOE_SID_MAX &&
		pppoe_bucket_take(&ac->padt, ac->cfg.padt_rate, ac->now))
		pppoe_send_padt(ac, peer, sid, NULL, NULL);
}

static void on_data(struct pppoe_ac *ac, const struct pppoe_access *access,
	const struct pppoe_peer *peer, const struct pppoe_hdr *h, struct rd *r)
{
	struct pppoe_session *s = pppoe_find_sid(ac, peer->port, h->session);

	if (h->code != PPPOE_SESSION || !rd_left(r))
		pppoe_drop(ac, PPPOE_DROP_MALFORMED);
	else if (memcmp(peer->ac, access->mac, ETH_ALEN) != 0)
		pppoe_drop(ac, PPPOE_DROP_NOT_OURS);
	else if (!s)
		on_unknown(ac, peer, h->session);
	else if (!pppoe_peer_equal(&s->peer, peer))
		pppoe_drop(ac, PPPOE_DROP_FOREIGN);
	else if (!s->open || s->ended)
		pppoe_drop(ac, PPPOE_DROP_CLOSED);
	else {
		ac->stats.ppp_in++;
		pppoe_fx_push(&ac->fx,
			(struct pppoe_fx){ .kind = PPPOE_FX_PPP,
				.who = s->number,
				.port = peer->port },
			r->p, rd_left(r), NULL, 0);
	}
}

/* A station's address: neither a group's nor nobody's. */
static bool station(const uint8_t mac[ETH_ALEN])
{
	static const uint8_t nobody[ETH_ALEN];

	return !(mac[0] & 1) && memcmp(mac, nobody, ETH_ALEN) != 0;
}

void pppoe_ac_input(struct pppoe_ac *ac, const struct pppoe_access *access,
	const uint8_t *frame, size_t len, base_time now)
{
	struct rd r = rd_init(frame, len);
	uint8_t dst[ETH_ALEN];
	struct pppoe_peer peer;
	struct pppoe_hdr h;
	uint16_t type;

	ac->now = now;
	if (ac->passive) {
		pppoe_drop(ac, PPPOE_DROP_PASSIVE);
		return;
	}
	if (!pppoe_peer_parse(&r, access->port, &peer, &type) ||
		!pppoe_hdr_parse(&r, &h)) {
		pppoe_drop(ac, PPPOE_DROP_MALFORMED);
		return;
	}
	if (!station(peer.client) || !memcmp(peer.client, access->mac, ETH_ALEN)) {
		pppoe_drop(ac, PPPOE_DROP_SOURCE);
		return;
	}
	if (type == ETHERTYPE_PPPOE_SESS) {
		on_data(ac, access, &peer, &h, &r);
	} else if (type == ETHERTYPE_PPPOE_DISC) {
		memcpy(dst, peer.ac, ETH_ALEN);
		memcpy(peer.ac, access->mac, ETH_ALEN); /* PADI: broadcast */
		pppoe_discovery(ac, access, &peer, &h, &r, dst);
	} else {
		pppoe_drop(ac, PPPOE_DROP_MALFORMED);
	}
}

size_t pppoe_frame_build(const struct pppoe_peer *peer, uint16_t sid, const uint8_t *ppp,
	size_t len, uint8_t *buf, size_t cap)
{
	struct wr w = wr_init(buf, cap);

	if (len >= 2 && ppp[0] == 0xff && ppp[1] == 0x03) {
		ppp += 2;
		len -= 2;
	}
	if (len > UINT16_MAX)
		return 0;
	pppoe_peer_build(&w, peer, ETHERTYPE_PPPOE_SESS);
	pppoe_hdr_build(&w, PPPOE_SESSION, sid, (uint16_t)len);
	wr_bytes(&w, ppp, len);
	return w.bad ? 0 : w.len;
}

size_t pppoe_session_frame(const struct pppoe_ac *ac, uint32_t session, const uint8_t *ppp,
	size_t len, uint8_t *buf, size_t cap)
{
	const struct pppoe_session *s = pppoe_find(ac, session);

	return s ? pppoe_frame_build(&s->peer, s->sid, ppp, len, buf, cap) : 0;
}

/* ---- effects ---- */

static const char *const drop_names[PPPOE_N_DROPS] = {
#define X(id, name) [id] = name,
	PPPOE_DROPS(X)
#undef X
};

const char *pppoe_drop_name(enum pppoe_drop why)
{
	return (unsigned)why < PPPOE_N_DROPS ? drop_names[why] : "?";
}

void pppoe_drop(struct pppoe_ac *ac, enum pppoe_drop why)
{
	ac->stats.drops[why]++;
	pppoe_debug(ac, "PPPoE: dropped: %s", drop_names[why]);
}

void pppoe_send(struct pppoe_ac *ac, uint16_t port, struct pppoe_packet *p)
{
	struct pppoe_fx fx = { .kind = PPPOE_FX_SEND, .port = port };

	pppoe_fx_push(&ac->fx, fx, p->buf, p->w.len, NULL, 0);
	if (ac->debug) {
		struct rd r = rd_init(p->buf + p->hdr, PPPOE_HDR);
		char mac[15];

		rd_skip(&r, 1);
		pppoe_debug(ac, "PPPoE: O %s to %s on port %u",
			pppoe_code_name(rd_u8(&r)), mac_to_str(p->buf, mac), port);
	}
}

void pppoe_debug(struct pppoe_ac *ac, const char *fmt, ...)
{
	struct pppoe_fx fx = { .kind = PPPOE_FX_DEBUG };
	va_list ap;

	if (!ac->debug)
		return;
	va_start(ap, fmt);

	g_autofree char *text = g_strdup_vprintf(fmt, ap);

	va_end(ap);
	pppoe_fx_push(&ac->fx, fx, NULL, 0, text, strlen(text));
}

bool pppoe_ac_poll(struct pppoe_ac *ac, struct pppoe_effect *out)
{
	const struct pppoe_fx *fx = pppoe_fx_pop(&ac->fx);

	if (!fx)
		return false;
	*out = (struct pppoe_effect){
		.kind = fx->kind,
		.port = fx->port,
		.session = fx->who,
		.bytes = pppoe_fx_kept(&ac->fx, fx->bytes),
		.len = fx->len,
		.text = pppoe_fx_kept(&ac->fx, fx->text),
	};
	return true;
}

/* ---- records ---- */

static bool *queued_flag(struct pppoe_ac *ac, uint8_t type, uint32_t number)
{
	struct pppoe_session *s;

	if (type == PPPOE_REC_AC)
		return &ac->secret_queued;
	s = pppoe_find(ac, number);
	return s ? &s->rec_queued : NULL;
}

void pppoe_record(struct pppoe_ac *ac, uint8_t type, uint8_t op, uint32_t number)
{
	struct pppoe_rec_entry r = { .type = type, .op = op, .number = number };
	bool *queued = queued_flag(ac, type, number);

	if (ac->passive || !ac->standby)
		return;
	if (op == CKPT_UPSERT) {
		if (!queued || *queued)
			return;
		*queued = true;
	} else if (queued) {
		*queued = false; /* a later wish stands behind the delete */
	}
	g_array_append_val(ac->recs, r);
}

void pppoe_ac_set_standby(struct pppoe_ac *ac, bool present)
{
	uint32_t at = 0;
	struct pppoe_session *s;

	while ((s = slab_next(ac->sessions, at, &at)))
		s->replicated = s->rec_queued = false;
	g_array_set_size(ac->recs, 0);
	ac->rec_head = 0;
	ac->secret_queued = false;
	ac->standby = present;
	if (ac->secrets.has_current)
		pppoe_record(ac, PPPOE_REC_AC, CKPT_UPSERT, 1);
}

void pppoe_session_set_replicated(struct pppoe_ac *ac, uint32_t session, bool on)
{
	struct pppoe_session *s = pppoe_find(ac, session);

	if (!s || (!on && !s->replicated))
		return;
	s->replicated = on;
	pppoe_record(ac, PPPOE_REC_SESSION, on ? CKPT_UPSERT : CKPT_DELETE, session);
}

static bool encode(struct pppoe_ac *ac, const struct pppoe_rec_entry *r, struct wr *w)
{
	struct pppoe_session *s;

	if (r->type == PPPOE_REC_AC) {
		ac->secret_queued = false;
		pppoe_ckpt_ac(ac, w);
		return true;
	}
	s = pppoe_find(ac, r->number);
	if (!s || !s->rec_queued)
		return false; /* its delete, or a later wish, stands behind */
	s->rec_queued = false;
	if (!s->replicated || !s->open)
		return false; /* accepted: it is wanted again */
	pppoe_ckpt_session(s, w);
	return true;
}

bool pppoe_ac_poll_record(struct pppoe_ac *ac, struct ckpt_record *out)
{
	while (ac->rec_head < ac->recs->len) {
		struct pppoe_rec_entry r =
			g_array_index(ac->recs, struct pppoe_rec_entry, ac->rec_head++);
		struct wr w = wr_init(ac->rec_buf, sizeof(ac->rec_buf));

		*out = (struct ckpt_record){ .client = CKPT_PPPOE,
			.type = r.type,
			.op = r.op,
			.key = r.number };
		if (r.op == CKPT_DELETE)
			return true;
		if (!encode(ac, &r, &w))
			continue;
		g_assert(!w.bad);
		out->bytes = ac->rec_buf;
		out->len = w.len;
		return true;
	}
	if (ac->rec_head)
		g_array_set_size(ac->recs, 0);
	ac->rec_head = 0;
	return false;
}

static bool apply_session(struct pppoe_ac *ac, const struct ckpt_record *rec)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct pppoe_session *s = pppoe_find(ac, (uint32_t)rec->key);
	uint32_t self;

	if (s)
		pppoe_put(ac, s);
	if (rec->op == CKPT_DELETE)
		return true;
	s = slab_take(ac->sessions, &self);
	if (!s)
		return false;
	s->self = self;
	s->number = (uint32_t)rec->key;
	if (!pppoe_ckpt_session_decode(s, &r) ||
		pppoe_find_sid(ac, s->peer.port, s->sid)) {
		free_contents(s);
		slab_put(ac->sessions, self);
		return false;
	}
	pppoe_enter(ac, s);
	return true;
}

bool pppoe_ac_apply(struct pppoe_ac *ac, const struct ckpt_record *rec, base_time now)
{
	struct rd r = rd_init(rec->bytes, rec->len);

	if (!ac->passive || rec->client != CKPT_PPPOE || !rec->key ||
		rec->key > UINT32_MAX ||
		(rec->op != CKPT_UPSERT && rec->op != CKPT_DELETE))
		return false;
	ac->now = now;
	if (rec->type == PPPOE_REC_SESSION)
		return apply_session(ac, rec);
	return rec->type == PPPOE_REC_AC && rec->op == CKPT_UPSERT && rec->key == 1 &&
	       pppoe_ckpt_ac_decode(ac, &r);
}

void pppoe_ac_reset(struct pppoe_ac *ac, base_time now)
{
	ac->now = now;
	forget_sessions(ac);
	pppoe_fx_forget(&ac->fx);
	g_array_set_size(ac->recs, 0);
	ac->rec_head = 0;
	ac->secret_queued = false;
	explicit_bzero(&ac->secrets, sizeof(ac->secrets));
}

void pppoe_ac_activate(struct pppoe_ac *ac, base_time now)
{
	ac->now = now;
	ac->passive = false;
}

/* ---- queries ---- */

static void tell(const struct pppoe_session *s, struct pppoe_session_info *out)
{
	*out = (struct pppoe_session_info){
		.number = s->number,
		.owner = s->owner,
		.sid = s->sid,
		.group = s->group,
		.peer = s->peer,
		.mtu = s->max_payload ? s->max_payload : PPPOE_MTU,
		.service = s->service ? s->service : "",
		.line = s->line,
		.open = s->open,
		.ended = s->ended,
		.replicated = s->replicated,
		.since = s->since,
	};
}

bool pppoe_session_get(
	const struct pppoe_ac *ac, uint32_t session, struct pppoe_session_info *out)
{
	const struct pppoe_session *s = pppoe_find(ac, session);

	if (s)
		tell(s, out);
	return s != NULL;
}

bool pppoe_next_session(
	const struct pppoe_ac *ac, uint32_t *cursor, struct pppoe_session_info *out)
{
	const struct pppoe_session *s = slab_next(ac->sessions, *cursor, cursor);

	if (s)
		tell(s, out);
	return s != NULL;
}

uint32_t pppoe_session_find(const struct pppoe_ac *ac, uint16_t port, uint16_t sid)
{
	const struct pppoe_session *s = pppoe_find_sid(ac, port, sid);

	return s ? s->number : 0;
}

uint32_t pppoe_ac_sessions(const struct pppoe_ac *ac)
{
	return ac->live;
}

uint32_t pppoe_group_sessions(const struct pppoe_ac *ac, uint16_t group)
{
	return group <= PPPOE_GROUPS_MAX ? pppoe_count_group(ac, group) : 0;
}

void pppoe_ac_stats(const struct pppoe_ac *ac, struct pppoe_stats *out)
{
	*out = ac->stats;
}

void pppoe_ac_set_debug(struct pppoe_ac *ac, bool on)
{
	ac->debug = on;
}
