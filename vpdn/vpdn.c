/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VPDN core.
 *
 * It stands between two engines that know nothing of each other.  Whatever an engine
 * wants done comes out of vpdn_poll(): what is for the outside (a datagram, a frame, a
 * debug line) is handed on as it is; what is for us (a call wants in, a user wants to
 * be checked, a link is up) is acted upon, which may put orders into either engine and
 * effects of our own into our queue.  Our own come first, then L2TP, PPPoE (PADS before the
 * first frame of PPP), PPP, then what waited for a commit, until all are dry: then sessions that ended are given
 * back, since nothing can speak of their numbers any more.
 *
 * So one input and the polling after it is one transaction (ha-commit.md H2), and its
 * order is a function of the input alone.
 */
#include "vpdn/dialin.h"
#include "vpdn/internal.h"
#include "vpdn/logging.h"
#include "vpdn/subscriber.h"

#include <string.h>

enum { RNG_STREAM = 0x7664 }; /* "vd" */

static void own_effect_free(void *data)
{
	struct own_effect *o = data;

	if (!o)
		return;
	g_free(o->text);
	g_free(o);
}

static void group_use_free(void *data)
{
	struct group_use *g = data;

	g_free(g->name);
	g_free(g);
}

static void new_engines(struct vpdn *v, const struct vpdn_params *p, base_time now)
{
	struct l2tp_engine_config cfg = {
		.seed = p->seed,
		.id_parity = p->id_parity,
		.passive = p->passive,
		.first_ns = p->first_ns,
		.id_space = p->id_space,
		.max_tunnels = p->max_tunnels ? p->max_tunnels : VPDN_TUNNELS_DEFAULT,
		.max_sessions = v->max_sessions,
	};

	v->l2tp = l2tp_engine_new(&cfg, now);
	v->ppp = ppp_engine_new(p->seed, p->id_parity, p->passive, now);
	v->pppoe = pppoe_ac_new(&(struct pppoe_ac_config){ .seed = p->seed,
					.id_parity = p->id_parity,
					.passive = p->passive,
					.max_sessions = v->max_sessions },
		now);
}

struct vpdn *vpdn_new(const struct vpdn_params *p, base_time now)
{
	struct vpdn *v = g_new0(struct vpdn, 1);

	v->now = now;
	v->passive = p->passive;
	v->max_sessions = p->max_sessions ? p->max_sessions : VPDN_SESSIONS_DEFAULT;
	new_engines(v, p, now);
	v->config = vpdn_config_new();
	v->sessions = slab_new(sizeof(struct session), v->max_sessions);
	v->by_l2tp = index_new(64);
	v->tunnels = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	v->groups =
		g_hash_table_new_full(g_str_hash, g_str_equal, NULL, group_use_free);
	v->pools = pools_new();
	v->history = failures_new();
	v->vaccess = g_new0(struct ids, 1);
	v->ended = g_array_new(false, false, sizeof(uint32_t));
	v->effects = g_queue_new();
	v->late = g_queue_new();
	v->stopping = g_queue_new();
	v->accounting = !p->no_accounting;
	v->epoch_s = p->epoch_s;
	accts_init(&v->accts, p->seed, p->id_parity);
	callees_init(v);
	rng_init(&v->rng, p->seed, RNG_STREAM);
	vpdn_aaa_init(v, p->seed, p->id_parity);
	v->clocks = timer_wheel_new(now);
	vpdn_ckpt_init(v);
	return v;
}

void vpdn_free(struct vpdn *v)
{
	struct session *s;
	uint32_t n = 0;

	if (!v)
		return;
	while ((s = slab_next(v->sessions, n, &n))) {
		if (!s->ended)
			vsession_leave(v, s);
	}
	vpdn_close_free(v);
	accts_deinit(&v->accts);
	vpdn_aaa_free(v);
	timer_wheel_free(v->clocks);
	l2tp_engine_free(v->l2tp);
	ppp_engine_free(v->ppp);
	pppoe_ac_free(v->pppoe);
	slab_free(v->sessions);
	index_free(v->by_l2tp);
	g_hash_table_unref(v->tunnels);
	callees_deinit(v);
	g_hash_table_unref(v->groups);
	pools_free(v->pools);
	failures_free(v->history);
	g_free(v->vaccess);
	g_array_unref(v->ended);
	g_queue_free_full(v->effects, own_effect_free);
	g_queue_free_full(v->late, own_effect_free);
	own_effect_free(v->current);
	vpdn_ckpt_free(v);
	vpdn_config_free(v->config);
	g_free(v);
}

struct vpdn_config *vpdn_config(struct vpdn *v)
{
	return v->config;
}

void vpdn_set_accepting(struct vpdn *v, bool on)
{
	v->accepting = on;
}

/* ---- inputs ---- */

void vpdn_input_udp(struct vpdn *v, const struct l2tp_path *path, const uint8_t *dgram,
	size_t len, base_time now)
{
	v->now = now;
	l2tp_engine_input(v->l2tp, path, dgram, len, now);
}

void vpdn_input_ppp(struct vpdn *v, uint32_t session, const uint8_t *frame, size_t len,
	base_time now)
{
	struct session *s = vsession_get(v, session);

	v->now = now;
	if (s && !v->passive)
		vsession_frame(v, s, frame, len);
}

void vpdn_input_ether(struct vpdn *v, const struct pppoe_access *access,
	const uint8_t *frame, size_t len, base_time now)
{
	v->now = now;
	if (!v->passive)
		pppoe_ac_input(v->pppoe, access, frame, len, now);
}

void vpdn_heard(struct vpdn *v, uint16_t cc, base_time now)
{
	v->now = now;
	l2tp_cc_heard(v->l2tp, cc, now);
}

static void close_session(struct vpdn *v, uint32_t number, enum ppp_cause cause)
{
	struct session *s = vsession_get(v, number);

	if (!s || v->passive || s->closing)
		return;
	if (s->linked && !s->mate)
		ppp_link_close(v->ppp, number, cause, v->now);
	else
		vsession_end(v, s, CDN_ADMIN, ERROR_NONE, ppp_cause_text(cause),
			cause == PPP_CAUSE_ADMIN ? ACCT_ADMIN_RESET
						 : ACCT_LOST_CARRIER);
}

void vpdn_dead(struct vpdn *v, uint32_t session, enum ppp_cause cause, base_time now)
{
	v->now = now;
	close_session(v, session, cause);
}

void vpdn_clear_session(struct vpdn *v, uint32_t session, base_time now)
{
	v->now = now;
	close_session(v, session, PPP_CAUSE_ADMIN);
}

void vpdn_clear_tunnel(struct vpdn *v, uint16_t cc, base_time now)
{
	v->now = now;
	if (!v->passive)
		l2tp_cc_close(v->l2tp, cc, STOPCCN_CLEAR, ERROR_NONE,
			"cleared by administrator", now);
}

static bool follow(struct vpdn *v);

base_time vpdn_next_due(const struct vpdn *v)
{
	base_time own = time_min(vpdn_close_next_due(v), vpdn_acct_next_due(v));

	if (v->passive)
		return BASE_TIME_NEVER;
	if (v->follow_cc.on || v->follow_session.on || v->doomed.on)
		return v->now;
	own = time_min(own,
		time_min(radius_client_next_due(v->radius), vpdn_clocks_next_due(v)));
	return time_min(own,
		time_min(l2tp_engine_next_due(v->l2tp), ppp_engine_next_due(v->ppp)));
}

bool vpdn_tick(struct vpdn *v, base_time now, unsigned budget)
{
	v->now = now;

	if (v->passive)
		return false;

	bool more = l2tp_engine_tick(v->l2tp, now, budget);

	more |= ppp_engine_tick(v->ppp, now, budget);
	more |= vpdn_close_tick(v, VPDN_SLICE);
	more |= vpdn_acct_tick(v, VPDN_SLICE);
	more |= radius_client_tick(v->radius, now, budget);
	more |= vpdn_clocks_tick(v, VPDN_SLICE);
	more |= vpdn_takeover_tick(v);
	return follow(v) || more;
}

/* ---- our own effects ---- */

struct own_effect *vpdn_emit(struct vpdn *v, GQueue *queue, enum vpdn_effect_kind kind)
{
	struct own_effect *o = g_new0(struct own_effect, 1);

	o->fx.kind = kind;
	g_queue_push_tail(queue, o);
	return o;
}

void vpdn_emit_acct(struct vpdn *v, const struct acct *a)
{
	struct own_effect *o = vpdn_emit(v, v->late, VPDN_FX_ACCT);

	acct_id(a->key, o->id);
	o->text = g_strdup(a->user ? a->user : "");
	o->fx.acct = (struct vpdn_acct){
		.id = o->id,
		.status = a->key & ACCT_STATUS_MASK,
		.user = o->text,
		.ip = a->ip,
		.at = a->at,
		.counts = a->counts,
		.seconds = a->seconds,
		.cause = a->cause,
	};
}

void vpdn_emit_fib(struct vpdn *v, enum vpdn_effect_kind kind, const struct session *s)
{
	struct own_effect *o = vpdn_emit(v, v->effects, kind);

	o->fx.session = s->number;
	o->fx.cc = s->cc;
}

void vpdn_log(struct vpdn *v, enum log_severity severity, const char *mnemonic,
	const char *fmt, ...)
{
	struct own_effect *o = vpdn_emit(v, v->effects, VPDN_FX_LOG);
	va_list args;

	va_start(args, fmt);
	o->text = g_strdup_vprintf(fmt, args);
	va_end(args);
	o->fx.severity = severity;
	o->fx.facility = "VPDN";
	o->fx.mnemonic = mnemonic;
	o->fx.text = o->text;
}

void vpdn_debug(struct vpdn *v, const char *fmt, ...)
{
	struct own_effect *o = vpdn_emit(v, v->effects, VPDN_FX_DEBUG);
	va_list args;

	va_start(args, fmt);
	o->text = g_strdup_vprintf(fmt, args);
	va_end(args);
	o->fx.area = "vpdn";
	o->fx.text = o->text;
}

void vpdn_debug_pppoe(struct vpdn *v, const char *fmt, ...)
{
	struct own_effect *o = vpdn_emit(v, v->effects, VPDN_FX_DEBUG);
	va_list args;

	va_start(args, fmt);
	o->text = g_strdup_vprintf(fmt, args);
	va_end(args);
	o->fx.area = "pppoe";
	o->fx.text = o->text;
}

/* ---- tunnels and the history ---- */

static bool tunnel_ask(const struct vpdn *v, uint16_t cc, struct tunnel *t)
{
	struct l2tp_cc_info info;

	memset(t, 0, sizeof(*t));
	t->cc = cc;
	if (!l2tp_cc_get(v->l2tp, cc, &info))
		return false;
	t->up = info.state == L2TP_CC_ESTABLISHED;
	t->ha = info.params.ha;
	t->lac = info.lac;
	t->path = info.path;
	t->remote_id = info.remote_id;
	g_strlcpy(t->group, info.params.group, sizeof(t->group));
	g_strlcpy(t->local_name, info.params.local_name, sizeof(t->local_name));
	g_strlcpy(t->peer_name, info.peer_name ? info.peer_name : "",
		sizeof(t->peer_name));
	return true;
}

struct tunnel *vpdn_tunnel(struct vpdn *v, uint16_t cc)
{
	struct tunnel *t = g_hash_table_lookup(v->tunnels, GUINT_TO_POINTER(cc));
	struct tunnel fresh;

	if (t || !tunnel_ask(v, cc, &fresh))
		return t;
	t = g_memdup2(&fresh, sizeof(fresh));
	g_hash_table_insert(v->tunnels, GUINT_TO_POINTER(cc), t);
	return t;
}

void vpdn_fail(struct vpdn *v, const struct session *s, uint16_t cc, const char *type,
	const char *reason)
{
	const struct tunnel *t = g_hash_table_lookup(v->tunnels, GUINT_TO_POINTER(cc));
	struct vpdn_failure f = {
		.mid = s ? s->lsid : 0, .at = v->now
	};
	struct tunnel asked;

	if (!t) {
		(void)tunnel_ask(v, cc, &asked);
		t = &asked;
	}
	f.nas_ip = t->lac ? t->path.local_ip : t->path.remote_ip;
	f.gateway_ip = t->lac ? t->path.remote_ip : t->path.local_ip;
	f.nas_clid = t->lac ? cc : t->remote_id;
	f.gateway_clid = t->lac ? t->remote_id : cc;
	failures_text(f.user, sizeof(f.user), s ? s->username : NULL);
	failures_text(f.nas, sizeof(f.nas), t->lac ? t->local_name : t->peer_name);
	failures_text(f.gateway, sizeof(f.gateway), t->lac ? t->peer_name : t->local_name);
	g_strlcpy(f.type, type, sizeof(f.type));
	g_strlcpy(f.reason, reason, sizeof(f.reason));
	failures_add(v->history, &f);
}

static void cc_up(struct vpdn *v, uint16_t cc)
{
	struct tunnel *t = vpdn_tunnel(v, cc);

	if (t) {
		t->up = true;
		logging_tunnel_up(v, t);
		vpdn_acct_tunnel_up(v, t);
	}
	callee_tunnel_up(v, cc);
}

static void cc_down(struct vpdn *v, uint16_t cc, const struct l2tp_cause *cause)
{
	const struct tunnel *t = vpdn_tunnel(v, cc);
	char reason[96];
	bool bad = cause->by == L2TP_BY_TIMEOUT || cause->by == L2TP_BY_PROTOCOL;

	if (t && (bad || (!t->up && cause->by == L2TP_BY_PEER))) {
		failures_tunnel_reason(cause, reason, sizeof(reason));
		vpdn_fail(v, NULL, cc,
			t->up ? failures_session_type(cause) : "Tunnel setup failed",
			reason);
	}
	logging_tunnel_down(v, t, cause);
	callee_tunnel_down(v, cc, cause);
	vpdn_acct_tunnel_down(v, cc,
		cause->by == L2TP_BY_PEER    ? ACCT_USER_REQUEST
		: cause->by == L2TP_BY_LOCAL ? ACCT_ADMIN_RESET
					     : ACCT_LOST_SERVICE);
	g_hash_table_remove(v->tunnels, GUINT_TO_POINTER(cc));
}

/* The engine refuses calls in resync by itself and says so; the history shall tell. */
static void look_for_refusals(struct vpdn *v, uint16_t cc)
{
	struct l2tp_counts counts;

	l2tp_get_counts(v->l2tp, &counts);
	if (counts.refused_in_resync > v->refused_in_resync)
		vpdn_fail(v, NULL, cc, "Tunnel in HA resync", "Disconnect cause 611");
	v->refused_in_resync = counts.refused_in_resync;
}

/* ---- the pump ---- */

static void give_debug(struct vpdn_effect *out, const char *area, const char *text)
{
	out->kind = VPDN_FX_DEBUG;
	out->area = area;
	out->text = text;
}

/* True: *out is for the owner. */
static bool take_l2tp(
	struct vpdn *v, const struct l2tp_effect *fx, struct vpdn_effect *out)
{
	struct session *s = vsession_find(v, fx->cc, fx->session);

	switch (fx->kind) {
	case L2TP_FX_SEND:
		*out = (struct vpdn_effect){ .kind = VPDN_FX_UDP,
			.cc = fx->cc,
			.path = fx->path,
			.flags = fx->flags,
			.seq = fx->seq,
			.bytes = fx->bytes,
			.len = fx->len };
		return true;
	case L2TP_FX_UNMARK:
		*out = (struct vpdn_effect){ .kind = VPDN_FX_UNMARK,
			.cc = fx->cc,
			.seq = fx->seq,
			.deleted = fx->deleted };
		return true;
	case L2TP_FX_CC_REQUEST:
		vpdn_cc_request(v, fx);
		break;
	case L2TP_FX_CC_UP:
		cc_up(v, fx->cc);
		break;
	case L2TP_FX_CC_DOWN:
		cc_down(v, fx->cc, &fx->cause);
		break;
	case L2TP_FX_SESSION_REQUEST:
		vpdn_session_request(v, fx);
		break;
	case L2TP_FX_SESSION_UP:
		if (s)
			vsession_connect(v, s);
		break;
	case L2TP_FX_SESSION_DOWN:
		if (s)
			vsession_l2tp_down(v, s, &fx->cause);
		break;
	case L2TP_FX_SESSION_SLI:
		vpdn_debug(v, "tunnel %u, session %u: ACCM 0x%08x to send, 0x%08x to receive",
			fx->cc, fx->session, fx->accm[0], fx->accm[1]);
		break;
	case L2TP_FX_SESSION_WEN:
		vpdn_debug(v, "tunnel %u, session %u: line errors: CRC %u, framing %u",
			fx->cc, fx->session, fx->errors.crc, fx->errors.framing);
		break;
	case L2TP_FX_RESYNC_DONE:
		vpdn_debug(v, "tunnel %u: resync %s", fx->cc,
			fx->resync == L2TP_RESYNC_OK ? "done" : "failed");
		break;
	case L2TP_FX_DEBUG:
		look_for_refusals(v, fx->cc);
		give_debug(out, "l2tp", fx->text);
		out->cc = fx->cc;
		return true;
	}
	return false;
}

static bool take_ppp(
	struct vpdn *v, const struct ppp_effect *fx, struct vpdn_effect *out)
{
	struct session *s = vsession_get(v, fx->link);

	if (!s)
		return false;
	switch (fx->kind) {
	case PPP_FX_SEND:
		*out = (struct vpdn_effect){ .kind = VPDN_FX_PPP,
			.session = fx->link,
			.cc = s->cc,
			.bytes = fx->bytes,
			.len = fx->len };
		return true;
	case PPP_FX_AUTH:
		vsession_ppp_auth(v, s, fx);
		break;
	case PPP_FX_UP:
		vsession_ppp_up(v, s, fx);
		break;
	case PPP_FX_DOWN:
		vsession_ppp_down(v, s, fx);
		break;
	case PPP_FX_DEBUG:
		give_debug(out, "ppp", fx->text);
		out->session = fx->link;
		return true;
	}
	return false;
}

/* A session can end in the very input that made it: then the FP need not hear of its
 * begin. */
static bool is_void(const struct vpdn *v, const struct vpdn_effect *fx)
{
	struct vpdn_fib fib;

	return fx->kind == VPDN_FX_FIB_SESSION &&
	       !vpdn_session_fib(v, fx->session, &fib);
}

/* Answers to CoA and Disconnect. */
static bool poll_das(struct vpdn *v, struct vpdn_effect *out)
{
	struct das_dgram d;

	if (!das_poll(v->das, &d))
		return false;
	*out = (struct vpdn_effect){ .kind = VPDN_FX_RADIUS,
		.path = { .local_ip = d.local_ip,
			.remote_ip = d.ip,
			.local_port = d.local_port,
			.remote_port = d.port },
		.bytes = d.bytes,
		.len = d.len };
	return true;
}

static bool poll_own(struct vpdn *v, GQueue *queue, struct vpdn_effect *out)
{
	while ((v->current = g_queue_pop_head(queue))) {
		*out = v->current->fx;
		if (!is_void(v, out))
			return true;
		own_effect_free(v->current);
	}
	memset(out, 0, sizeof(*out));
	return false;
}

bool vpdn_poll(struct vpdn *v, struct vpdn_effect *out)
{
	struct l2tp_effect l2tp;
	struct ppp_effect ppp;
	struct pppoe_effect pppoe;
	struct radius_effect radius;

	g_clear_pointer(&v->current, own_effect_free);
	memset(out, 0, sizeof(*out));
	for (;;) {
		if (poll_own(v, v->effects, out))
			return true;
		if (l2tp_engine_poll(v->l2tp, &l2tp)) {
			if (take_l2tp(v, &l2tp, out))
				return true;
		} else if (pppoe_ac_poll(v->pppoe, &pppoe)) {
			if (subscriber_take(v, &pppoe, out))
				return true;
		} else if (ppp_engine_poll(v->ppp, &ppp)) {
			if (take_ppp(v, &ppp, out))
				return true;
		} else if (radius_client_poll(v->radius, &radius)) {
			if (vpdn_aaa_take(v, &radius, out))
				return true;
		} else if (poll_das(v, out)) {
			return true;
		} else if (poll_own(v, v->late, out)) {
			return true;
		} else {
			vsession_sweep(v);
			return false;
		}
	}
}

void vpdn_set_ppp_debug(struct vpdn *v, bool on)
{
	ppp_engine_set_debug(v->ppp, on);
}

void vpdn_set_pppoe_debug(struct vpdn *v, bool on)
{
	pppoe_ac_set_debug(v->pppoe, on);
}

/* ---- configuration ---- */

/* A group that is gone takes its tunnels along; HA switches reach living tunnels.  Returns what
 * that cost, in sessions. */
static unsigned follow_tunnel(struct vpdn *v, const struct l2tp_cc_info *info)
{
	const struct vpdn_group *g =
		vpdn_config_group(v->config, info->params.group, false);
	struct tunnel *t = vpdn_tunnel(v, info->id);
	bool given = vpdn_is_given(info->params.group);
	bool ha;

	if (info->state == L2TP_CC_IDLE || !t)
		return 1;
	ha = (given ? !v->config->no_l2tp_sso : g && vpdn_ha_wanted(v->config, g)) &&
	     !t->no_ha;
	if (!g && !given) {
		l2tp_cc_close(v->l2tp, info->id, STOPCCN_SHUTDOWN, ERROR_NONE,
			"VPDN group removed", v->now);
	} else if (t->ha != ha) {
		t->ha = !t->ha;
		l2tp_cc_set_ha(v->l2tp, info->id, t->ha);
	} else {
		return 1;
	}
	return 1 + info->sessions;
}

static void follow_tunnels(struct vpdn *v)
{
	struct l2tp_cc_info info;

	for (unsigned cost = 0; v->follow_cc.on && cost < VPDN_SLICE;) {
		v->follow_cc.on = l2tp_next_cc(v->l2tp, &v->follow_cc.cursor, &info);
		if (v->follow_cc.on)
			cost += follow_tunnel(v, &info);
	}
}

static void follow_session(struct vpdn *v, struct session *s)
{
	const struct tunnel *t = s->ended ? NULL : vsession_tunnel(v, s);
	bool replicated;

	if (!t || t->ha == s->ha || (s->role == SESSION_PPPOE && !s->open))
		return;
	vsession_set_ha(v, s, t->ha);
	replicated = vsession_replicated(v, s);
	if (!replicated)
		vsession_set_est(v, s, false);
	vsession_replicate(v, s, replicated);
	vpdn_ckpt_mark(v, s->number);
}

static void follow_sessions(struct vpdn *v)
{
	struct walk *w = &v->follow_session;

	for (unsigned n = 0; w->on && n < VPDN_SLICE; n++) {
		struct session *s = slab_next(v->sessions, w->cursor, &w->cursor);

		w->on = s != NULL;
		if (s)
			follow_session(v, s);
	}
}

/* The living follow the configuration, a slice at a time. */
static bool follow(struct vpdn *v)
{
	follow_tunnels(v);
	if (!v->follow_cc.on)
		follow_sessions(v);
	return v->follow_cc.on || v->follow_session.on;
}

void vpdn_config_changed(struct vpdn *v, base_time now)
{
	v->now = now;
	pools_sync(v->pools, v->config);
	subscriber_configure(v);
	vpdn_aaa_configure(v);
	failures_configure(
		v->history, v->config->history_size, !v->config->no_history_failure);
	if (v->passive)
		return;
	v->follow_cc = v->follow_session = (struct walk){ .on = true };
	(void)follow(v);
}
