/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The PPP engine: the table of links, the timers, and the two queues to the owner (effects
 * and records).
 *
 * Life of a link: ppp_link_open() makes it and starts LCP (cp.c, lcp.c); LCP opened starts
 * authentication (auth.c), which starts IPCP (ipcp.c); IPCP opened is PPP_FX_UP and, for a
 * replicated link, its record (ckpt.c).  Whatever ends it, LCP terminates and PPP_FX_DOWN is
 * the last effect.  The owner then drops the link.
 *
 * Effects keep offsets into one arena that is emptied when all have been polled, so bytes
 * are copied once and nothing is allocated for a packet.  An event costs the same with one
 * link as with 64k.
 */
#include "ppp/internal.h"

struct fx_entry {
	struct ppp_effect fx;
	uint64_t serial;
	uint32_t self;
	size_t bytes, name, password, challenge, text; /* offsets; 0: none */
};

struct rec_entry {
	uint32_t number, self;
	uint64_t serial;
	bool gone;
};

struct ppp_engine *ppp_engine_new(
	uint64_t seed, uint64_t stream, bool passive, base_time now)
{
	struct ppp_engine *e = g_new0(struct ppp_engine, 1);

	e->links = slab_new(sizeof(struct ppp_link), PPP_LINKS_MAX);
	e->by_number = index_new(64);
	e->wheel = timer_wheel_new(now);
	e->fx = g_array_new(FALSE, FALSE, sizeof(struct fx_entry));
	e->recs = g_array_new(FALSE, FALSE, sizeof(struct rec_entry));
	e->arena = g_byte_array_new();
	g_byte_array_set_size(e->arena, 1); /* offset 0 means none */
	rng_init(&e->rng, seed, stream);
	e->passive = passive;
	e->now = now;
	return e;
}

static void drop_all(struct ppp_engine *e)
{
	uint32_t at = 0;
	struct ppp_link *l;

	while ((l = slab_next(e->links, at, &at)))
		ppp_link_put(l);
}

void ppp_engine_free(struct ppp_engine *e)
{
	if (!e)
		return;
	drop_all(e);
	slab_free(e->links);
	index_free(e->by_number);
	timer_wheel_free(e->wheel);
	g_array_free(e->fx, TRUE);
	g_array_free(e->recs, TRUE);
	g_byte_array_free(e->arena, TRUE);
	g_free(e);
}

/* ---- links ---- */

struct ppp_link *ppp_link_find(const struct ppp_engine *e, uint32_t number)
{
	return slab_get(e->links, index_get(e->by_number, number));
}

struct ppp_link *ppp_link_take(struct ppp_engine *e, uint32_t number)
{
	uint32_t self;
	struct ppp_link *l;

	if (!number || ppp_link_find(e, number))
		return NULL;
	l = slab_take(e->links, &self);
	if (!l)
		return NULL;
	l->e = e;
	l->number = number;
	l->self = self;
	l->serial = ++e->last_serial;
	l->restarts_from = l->proto_rej_after = e->now;
	for (unsigned t = 0; t < PPP_TIMERS; t++) {
		l->timers[t].kind = t;
		l->timers[t].owner = self;
	}
	index_put(e->by_number, number, self);
	return l;
}

void ppp_link_put(struct ppp_link *l)
{
	struct ppp_engine *e = l->e;

	for (unsigned t = 0; t < PPP_TIMERS; t++)
		ppp_link_disarm(l, t);
	ppp_link_clear(l);
	index_del(e->by_number, l->number);
	slab_put(e->links, l->self);
}

void ppp_link_arm(struct ppp_link *l, enum ppp_timer t, unsigned seconds)
{
	timer_set(l->e->wheel, &l->timers[t], time_add(l->e->now, dur_s(seconds)));
}

void ppp_link_disarm(struct ppp_link *l, enum ppp_timer t)
{
	timer_cancel(l->e->wheel, &l->timers[t]);
}

static bool auths_valid(const struct ppp_link_config *cfg)
{
	for (unsigned i = 0; i < PPP_AUTHS_MAX; i++)
		if (!ppp_auth_valid(cfg->auth[i]))
			return false;
	return true;
}

static struct ppp_link *new_link(struct ppp_engine *e, uint32_t number,
	const struct ppp_link_config *cfg, base_time now)
{
	struct ppp_link *l;

	if (e->passive || !auths_valid(cfg))
		return NULL;
	e->now = now;
	l = ppp_link_take(e, number);
	if (!l)
		return NULL;
	ppp_link_init(l, cfg);
	ppp_cp_event(l, CP_IPCP, FSM_OPEN, NULL);
	return l;
}

bool ppp_link_open(struct ppp_engine *e, uint32_t link,
	const struct ppp_link_config *cfg, base_time now)
{
	struct ppp_link *l = new_link(e, link, cfg, now);

	if (!l)
		return false;
	ppp_cp_event(l, CP_LCP, FSM_OPEN, NULL);
	ppp_cp_event(l, CP_LCP, FSM_UP, NULL);
	return true;
}

static bool is_chap(uint8_t method)
{
	return ppp_chap_response_len(method) != 0;
}

/* Only methods of the CHAP family may be asked for; MD5 if there is none. */
static void keep_chap(struct ppp_link *l)
{
	uint8_t kept[PPP_AUTHS_MAX] = { PPP_AUTH_CHAP };
	unsigned n = 0;

	for (unsigned i = 0; i < PPP_AUTHS_MAX && l->auth_list[i]; i++)
		if (is_chap(l->auth_list[i]))
			kept[n++] = l->auth_list[i];
	memcpy(l->auth_list, kept, sizeof(kept));
}

static bool any_proxy(const struct ppp_proxy *p)
{
	return p->first_received || p->last_sent || p->last_received || p->authen_type;
}

bool ppp_link_open_proxied(struct ppp_engine *e, uint32_t link,
	const struct ppp_link_config *cfg, const struct ppp_proxy *proxy, base_time now)
{
	struct ppp_link *l = new_link(e, link, cfg, now);
	enum ppp_cause cause = PPP_CAUSE_NONE;
	bool given = any_proxy(proxy);

	if (!l)
		return false;
	if (cfg->force_chap)
		keep_chap(l);
	if (given && cfg->renegotiate != PPP_RENEGOTIATE_ALWAYS &&
		ppp_proxy_take(l, proxy, cfg->force_chap, &cause)) {
		ppp_link_settle(l);
		return true;
	}
	if (given && cfg->renegotiate == PPP_RENEGOTIATE_NEVER) {
		ppp_link_fail(l, cause, true);
		l->closing = l->finished = true;
		ppp_link_settle(l);
		return true;
	}
	ppp_cp_event(l, CP_LCP, FSM_OPEN, NULL);
	ppp_cp_event(l, CP_LCP, FSM_UP, NULL);
	return true;
}

bool ppp_link_forward(struct ppp_engine *e, uint32_t link, base_time now)
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (!l || e->passive || !l->lac || !l->auth.owed || l->failed)
		return false;
	e->now = now;
	if (l->auth.state != AUTH_PENDING) {
		ppp_auth_settled(l);
		return false;
	}
	l->auth.owed = false;
	l->forwarded = true;
	for (unsigned t = 0; t < PPP_TIMERS; t++)
		ppp_link_disarm(l, t);
	ppp_record_want(l);
	return true;
}

static void dispatch(struct ppp_link *l, uint16_t protocol, struct rd *r)
{
	enum ppp_phase phase = ppp_link_phase(l);
	bool network = phase == PPP_PHASE_NETWORK || phase == PPP_PHASE_OPEN;

	switch (protocol) {
	case PPP_LCP:
		ppp_cp_input(l, CP_LCP, r);
		return;
	case PPP_PAP:
	case PPP_CHAP:
		ppp_auth_input(l, protocol, r);
		return;
	case PPP_IPV4:
	case PPP_IPV6:
		return; /* user data is the FP's */
	case PPP_IPCP:
		if (network)
			ppp_cp_input(l, CP_IPCP, r);
		else
			l->e->stats.unexpected++;
		return;
	default:
		l->e->stats.unknown++;
		if (network)
			ppp_lcp_protocol_reject(l, protocol, r);
		return;
	}
}

void ppp_link_input(struct ppp_engine *e, uint32_t link, const uint8_t *frame,
	size_t len, base_time now)
{
	struct ppp_link *l = ppp_link_find(e, link);
	struct rd r = rd_init(frame, len);
	uint16_t protocol;

	if (!l || e->passive || l->told || l->forwarded)
		return;
	e->now = now;
	e->stats.in++;
	if (!ppp_hdr_parse(&r, &protocol)) {
		e->stats.malformed++;
		return;
	}
	dispatch(l, protocol, &r);
	ppp_link_settle(l);
}

void ppp_link_auth_result(struct ppp_engine *e, uint32_t link, bool ok,
	uint32_t peer_ip, const char *message, base_time now)
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (!l || e->passive || l->client || !l->auth.owed)
		return;
	e->now = now;
	if (ok && l->auth.state == AUTH_PENDING)
		l->assigned_ip = peer_ip;
	ppp_auth_verdict(l, ok, message);
	ppp_link_settle(l);
}

void ppp_link_set_peer_ip(struct ppp_engine *e, uint32_t link, uint32_t peer_ip)
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (l && !l->client)
		l->assigned_ip = peer_ip;
}

void ppp_link_set_dns(struct ppp_engine *e, uint32_t link, const uint32_t dns[2])
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (!l || l->client)
		return;
	l->dns[0] = dns[0];
	l->dns[1] = dns[1];
}

void ppp_link_close(
	struct ppp_engine *e, uint32_t link, enum ppp_cause cause, base_time now)
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (!l || e->passive)
		return;
	e->now = now;
	ppp_link_fail(l, cause, false);
	if (l->forwarded) /* PPP's end is the LNS's */
		l->closing = l->finished = true;
	ppp_link_settle(l);
}

void ppp_link_drop(struct ppp_engine *e, uint32_t link)
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (!l)
		return;
	ppp_record_gone(l);
	ppp_link_put(l);
}

/* ---- time ---- */

base_time ppp_engine_next_due(const struct ppp_engine *e)
{
	return e->passive ? BASE_TIME_NEVER : timer_next_due(e->wheel);
}

static void expired(struct ppp_link *l, enum ppp_timer t)
{
	switch (t) {
	case PPP_T_LCP:
		ppp_cp_timeout(l, CP_LCP);
		break;
	case PPP_T_IPCP:
		ppp_cp_timeout(l, CP_IPCP);
		break;
	case PPP_T_AUTH_RETRY:
		ppp_auth_retry(l);
		break;
	case PPP_T_AUTH_DEADLINE:
		ppp_link_fail(l, PPP_CAUSE_AUTH_TIMEOUT, true);
		break;
	case PPP_T_ECHO:
		ppp_lcp_echo_due(l);
		break;
	case PPP_TIMERS:
		break;
	}
	ppp_link_settle(l);
}

bool ppp_engine_tick(struct ppp_engine *e, base_time now, unsigned budget)
{
	struct timer *t;

	if (e->passive)
		return false;
	e->now = now;
	for (; budget; budget--) {
		t = timer_pop(e->wheel, now);
		if (!t)
			return false;
		expired(slab_get(e->links, t->owner), (enum ppp_timer)t->kind);
	}
	return !time_before(now, timer_next_due(e->wheel));
}

/* ---- effects ---- */

static size_t keep(struct ppp_engine *e, const void *bytes, size_t n)
{
	size_t at = e->arena->len;

	g_byte_array_append(e->arena, bytes, (guint)n);
	return at;
}

static size_t keep_str(struct ppp_engine *e, const char *s)
{
	return s ? keep(e, s, strlen(s) + 1) : 0;
}

static const void *kept(const struct ppp_engine *e, size_t at)
{
	return at ? e->arena->data + at : NULL;
}

static void push(struct ppp_link *l, struct fx_entry *x)
{
	x->fx.link = l->number;
	x->self = l->self;
	x->serial = l->serial;
	g_array_append_vals(l->e->fx, x, 1);
}

void ppp_send(struct ppp_link *l, uint16_t protocol, uint8_t code, uint8_t id,
	const void *body, size_t n)
{
	struct ppp_engine *e = l->e;
	struct fx_entry x = { .fx.kind = PPP_FX_SEND, .bytes = e->arena->len };

	x.fx.len = 4 + PPP_PKT_HDR + n; /* FF 03, protocol */
	g_byte_array_set_size(e->arena, (guint)(x.bytes + x.fx.len));

	struct wr w = wr_init(e->arena->data + x.bytes, x.fx.len);

	ppp_hdr_build(&w, protocol);
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(PPP_PKT_HDR + n));
	wr_bytes(&w, body, n);
	g_assert(!w.bad && n + PPP_PKT_HDR <= PPP_PKT_MAX);
	e->stats.out++;
	push(l, &x);
}

void ppp_fx_auth(struct ppp_link *l, const struct auth_claim *claim)
{
	struct ppp_engine *e = l->e;
	struct fx_entry x = {
		.fx.kind = PPP_FX_AUTH,
		.fx.auth.method = l->auth.method,
		.fx.auth.proxied = l->auth_proxied,
		.fx.auth.id = l->auth.id,
		.fx.auth.challenge_len = claim->challenge_len,
		.fx.auth.response_len = claim->response_len,
	};

	x.name = keep_str(e, claim->name);
	x.password = keep_str(e, claim->password);
	if (claim->response_len)
		memcpy(x.fx.auth.response, claim->response, claim->response_len);
	if (claim->challenge_len)
		x.challenge = keep(e, claim->challenge, claim->challenge_len);
	push(l, &x);
}

static void addresses(
	const struct ppp_link *l, uint32_t *local, uint32_t *peer, uint32_t dns[2])
{
	const uint32_t *from = l->client ? l->ipcp.dns : l->ipcp.peer_dns;

	*local = l->client ? l->ipcp.ip : l->local_ip;
	*peer = l->ipcp.peer_ip;
	dns[0] = from[0];
	dns[1] = from[1];
}

void ppp_fx_up(struct ppp_link *l)
{
	struct fx_entry x = { .fx.kind = PPP_FX_UP };

	addresses(l, &x.fx.local_ip, &x.fx.peer_ip, x.fx.dns);
	push(l, &x);
}

void ppp_fx_down(struct ppp_link *l)
{
	struct fx_entry x = {
		.fx.kind = PPP_FX_DOWN,
		.fx.cause = l->cause,
		.fx.by_peer = l->by_peer,
	};

	push(l, &x);
}

void ppp_debug(struct ppp_link *l, const char *fmt, ...)
{
	struct fx_entry x = { .fx.kind = PPP_FX_DEBUG };
	va_list ap;

	if (!l->e->debug)
		return;
	va_start(ap, fmt);

	g_autofree char *text = g_strdup_vprintf(fmt, ap);

	va_end(ap);
	x.text = keep_str(l->e, text);
	push(l, &x);
}

void ppp_engine_set_debug(struct ppp_engine *e, bool on)
{
	e->debug = on;
}

/* Is it still the link that the entry was made for? */
static struct ppp_link *still(
	const struct ppp_engine *e, uint32_t self, uint64_t serial)
{
	struct ppp_link *l = slab_get(e->links, self);

	return l && l->serial == serial ? l : NULL;
}

static void forget_effects(struct ppp_engine *e)
{
	g_array_set_size(e->fx, 0);
	e->fx_head = 0;
	g_byte_array_set_size(e->arena, 1);
}

bool ppp_engine_poll(struct ppp_engine *e, struct ppp_effect *out)
{
	while (e->fx_head < e->fx->len) {
		struct fx_entry *x =
			&g_array_index(e->fx, struct fx_entry, e->fx_head++);

		if (!still(e, x->self, x->serial))
			continue; /* dropped: its effects are gone with it */
		*out = x->fx;
		out->bytes = kept(e, x->bytes);
		out->auth.name = kept(e, x->name);
		out->auth.password = kept(e, x->password);
		out->auth.challenge = kept(e, x->challenge);
		out->text = kept(e, x->text);
		return true;
	}
	forget_effects(e);
	return false;
}

/* ---- records ---- */

static void queue_record(struct ppp_link *l, bool gone)
{
	struct rec_entry r = {
		.number = l->number,
		.self = l->self,
		.serial = l->serial,
		.gone = gone,
	};

	g_array_append_val(l->e->recs, r);
}

void ppp_record_want(struct ppp_link *l)
{
	if (!l->replicated || l->rec_queued || l->e->passive)
		return;
	l->rec_queued = true;
	queue_record(l, false);
}

void ppp_record_gone(struct ppp_link *l)
{
	if (!l->replicated || l->e->passive)
		return;
	l->rec_queued = false; /* a later wish stands behind the delete */
	queue_record(l, true);
}

/* A link that the other RP can go on with. */
static bool recordable(const struct ppp_link *l)
{
	enum ppp_phase phase = ppp_link_phase(l);

	return phase == PPP_PHASE_OPEN || phase == PPP_PHASE_FORWARDED;
}

void ppp_link_set_replicated(struct ppp_engine *e, uint32_t link, bool on)
{
	struct ppp_link *l = ppp_link_find(e, link);

	if (!l)
		return;
	if (!on)
		ppp_record_gone(l);
	l->replicated = on;
	if (on && recordable(l))
		ppp_record_want(l);
}

void ppp_engine_forget_standby(struct ppp_engine *e)
{
	uint32_t at = 0;
	struct ppp_link *l;

	while ((l = slab_next(e->links, at, &at)))
		l->replicated = l->rec_queued = false;
	g_array_set_size(e->recs, 0);
	e->rec_head = 0;
}

bool ppp_engine_poll_record(struct ppp_engine *e, struct ckpt_record *out)
{
	while (e->rec_head < e->recs->len) {
		struct rec_entry r =
			g_array_index(e->recs, struct rec_entry, e->rec_head);
		struct ppp_link *l = still(e, r.self, r.serial);
		struct wr w = wr_init(e->rec_buf, sizeof(e->rec_buf));

		e->rec_head++;
		*out = (struct ckpt_record){ .client = CKPT_PPP,
			.type = PPP_REC_LINK,
			.op = CKPT_DELETE,
			.key = r.number };
		if (r.gone)
			return true;
		if (!l)
			continue;
		l->rec_queued = false;
		if (!l->replicated || !recordable(l))
			continue; /* closed again before anybody asked */
		ppp_ckpt_encode(l, &w);
		g_assert(!w.bad);
		out->op = CKPT_UPSERT;
		out->bytes = e->rec_buf;
		out->len = w.len;
		return true;
	}
	if (e->rec_head)
		g_array_set_size(e->recs, 0);
	e->rec_head = 0;
	return false;
}

bool ppp_engine_apply(
	struct ppp_engine *e, const struct ckpt_record *rec, base_time now)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct ppp_link *l;

	if (!e->passive || rec->client != CKPT_PPP || rec->type != PPP_REC_LINK ||
		!rec->key || rec->key > UINT32_MAX)
		return false;
	e->now = now;
	l = ppp_link_find(e, (uint32_t)rec->key);
	if (rec->op != CKPT_UPSERT && rec->op != CKPT_DELETE)
		return false;
	if (l)
		ppp_link_put(l);
	if (rec->op == CKPT_DELETE)
		return true;
	l = ppp_link_take(e, (uint32_t)rec->key);
	if (!l)
		return false;
	if (!ppp_ckpt_decode(l, &r)) {
		ppp_link_put(l);
		return false;
	}
	return true;
}

void ppp_engine_reset(struct ppp_engine *e, base_time now)
{
	e->now = now;
	drop_all(e);
	forget_effects(e);
	g_array_set_size(e->recs, 0);
	e->rec_head = 0;
}

void ppp_engine_activate(struct ppp_engine *e, base_time now)
{
	uint32_t at = 0;
	struct ppp_link *l;

	e->now = now;
	e->passive = false;
	while ((l = slab_next(e->links, at, &at)))
		if (!l->forwarded)
			ppp_lcp_echo_start(l); /* a whole interval before the first echo */
}

/* ---- queries ---- */

bool ppp_link_get(const struct ppp_engine *e, uint32_t link, struct ppp_link_info *out)
{
	const struct ppp_link *l = ppp_link_find(e, link);

	if (!l)
		return false;
	*out = (struct ppp_link_info){
		.phase = ppp_link_phase(l),
		.auth = l->auth.method,
		.peer_name = l->auth.peer_name,
		.local_magic = l->lcp.magic,
		.peer_magic = l->lcp.peer.magic,
		.peer_mru = l->lcp.peer.mru,
		.peer_accm = l->lcp.peer.accm,
		.lcp_open = l->cp[CP_LCP].state == FSM_OPENED,
		.ipcp_open = l->cp[CP_IPCP].state == FSM_OPENED,
		.lcp_proxied = l->lcp_proxied,
		.auth_proxied = l->auth_proxied,
		.forwarded = l->forwarded,
		.replicated = l->replicated,
	};
	addresses(l, &out->local_ip, &out->peer_ip, out->dns);
	return true;
}

size_t ppp_engine_links(const struct ppp_engine *e)
{
	return slab_count(e->links);
}

void ppp_engine_stats(const struct ppp_engine *e, struct ppp_stats *out)
{
	*out = e->stats;
}
