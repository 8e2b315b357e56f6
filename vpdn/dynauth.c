/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disconnect and CoA requests of RADIUS (RFC 5176), as far as they concern sessions.
 *
 * A request names exactly one session: by Acct-Session-Id, User-Name, Framed-IP-Address or
 * NAS-Port, all that it gives must agree.  An ACK is a promise, so it leaves when the standby has
 * the record of what was done, as everything does that the outside relies on: a session that
 * was disconnected stays so after a switchover.
 */
#include "vpdn/internal.h"

#include <string.h>

enum { AUTHORIZE_ONLY = 17 /* Service-Type (RFC 5176, section 3.1) */ };

/* What a request says. */
struct order {
	char user[RADIUS_TEXT_MAX], id[RADIUS_TEXT_MAX];
	bool has_user, has_id, has_ip, has_port;
	uint32_t ip, port;
	bool has_timeout, has_interim;
	uint32_t timeout, interim;
};

static void set_u32(const struct radius_attr *a, uint32_t *to, bool *has)
{
	*to = radius_u32(a);
	*has = true;
}

/* One attribute into the order; anything but DAS_OK ends it. */
static enum das_error take(const struct vpdn *v, const struct das_request *q,
	const struct radius_attr *a, struct order *o)
{
	char text[RADIUS_TEXT_MAX];

	if (a->vendor != RADIUS_IETF)
		return DAS_UNSUPPORTED_ATTRIBUTE;
	if (a->malformed)
		return DAS_INVALID_VALUE;
	switch (a->type) {
	case RA_USER_NAME:
		o->has_user = true;
		return radius_text(a, o->user) ? DAS_OK : DAS_INVALID_VALUE;
	case RA_ACCT_SESSION_ID:
		o->has_id = true;
		return radius_text(a, o->id) ? DAS_OK : DAS_INVALID_VALUE;
	case RA_FRAMED_IP:
		set_u32(a, &o->ip, &o->has_ip);
		return DAS_OK;
	case RA_NAS_PORT:
		set_u32(a, &o->port, &o->has_port);
		return DAS_OK;
	case RA_NAS_IP:
		return radius_u32(a) == q->local_ip ? DAS_OK : DAS_NAS_MISMATCH;
	case RA_NAS_ID:
		return radius_text(a, text) && !g_strcmp0(text, v->config->hostname)
			       ? DAS_OK
			       : DAS_NAS_MISMATCH;
	case RA_SESSION_TIMEOUT:
		set_u32(a, &o->timeout, &o->has_timeout);
		return q->disconnect ? DAS_UNSUPPORTED_ATTRIBUTE : DAS_OK;
	case RA_INTERIM_INTERVAL:
		set_u32(a, &o->interim, &o->has_interim);
		return q->disconnect ? DAS_UNSUPPORTED_ATTRIBUTE : DAS_OK;
	case RA_SERVICE_TYPE:
		return radius_u32(a) == AUTHORIZE_ONLY ? DAS_UNSUPPORTED_SERVICE
						       : DAS_UNSUPPORTED_ATTRIBUTE;
	case RA_EVENT_TIMESTAMP:
	case RA_MESSAGE_AUTHENTICATOR:
	case RA_PROXY_STATE:
	case RA_REPLY_MESSAGE:
	case RA_ACCT_TERMINATE_CAUSE:
		return DAS_OK;
	}
	return DAS_UNSUPPORTED_ATTRIBUTE;
}

static enum das_error read_order(
	const struct vpdn *v, const struct das_request *q, struct order *o)
{
	struct radius_iter it = radius_iter(q->attrs);
	struct radius_attr a;
	enum das_error e = DAS_OK;

	memset(o, 0, sizeof(*o));
	while (e == DAS_OK && radius_next(&it, &a))
		e = take(v, q, &a, o);
	if (e != DAS_OK)
		return e;
	if (!o->has_user && !o->has_id && !o->has_ip && !o->has_port)
		return DAS_MISSING_ATTRIBUTE;
	if (!q->disconnect && !o->has_timeout && !o->has_interim)
		return DAS_MISSING_ATTRIBUTE;
	return DAS_OK;
}

static bool matches(const struct session *s, const struct order *o)
{
	char id[ACCT_ID_LEN + 1];

	if (s->ended || s->closing || !s->open)
		return false;
	acct_id(s->acct, id);
	return (!o->has_id || !g_ascii_strcasecmp(id, o->id)) &&
	       (!o->has_user || !g_strcmp0(s->username, o->user)) &&
	       (!o->has_ip || s->ip == o->ip) &&
	       (!o->has_port || s->unique_id == o->port);
}

static enum das_error find(
	const struct vpdn *v, const struct order *o, struct session **found)
{
	struct session *s;
	uint32_t n = 0;

	*found = NULL;
	while ((s = slab_next(v->sessions, n, &n))) {
		if (!matches(s, o))
			continue;
		if (*found)
			return DAS_MULTIPLE;
		*found = s;
	}
	return *found ? DAS_OK : DAS_NOT_FOUND;
}

/* The kept attributes with these two in the place of what they were. */
static void change(struct session *s, const struct order *o)
{
	uint8_t buf[PROFILE_CLASS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	gsize n = 0;
	const void *p = s->kept ? g_bytes_get_data(s->kept, &n) : NULL;
	struct radius_iter it = radius_iter(rd_init(p, n));
	struct radius_attr a;

	if (o->has_timeout)
		radius_put_u32(&w, RA_SESSION_TIMEOUT, o->timeout);
	if (o->has_interim)
		radius_put_u32(&w, RA_INTERIM_INTERVAL, o->interim);
	while (radius_next(&it, &a)) {
		struct wr was = w;

		if ((o->has_timeout && a.type == RA_SESSION_TIMEOUT) ||
			(o->has_interim && a.type == RA_INTERIM_INTERVAL))
			continue;
		radius_put(&w, a.type, a.value.p, rd_left(&a.value));
		if (w.bad)
			w = was;
	}
	g_clear_pointer(&s->kept, g_bytes_unref);
	s->kept = g_bytes_new(buf, w.len);
}

/* In resync nothing may be promised (RFC 5176: resources are not available). */
static bool can_promise(struct vpdn *v, const struct session *s)
{
	const struct tunnel *t = vsession_tunnel(v, s);
	struct l2tp_cc_info cc;

	if (!t)
		return v->accepting && s->role == SESSION_PPPOE;
	return v->accepting && l2tp_cc_get(v->l2tp, t->cc, &cc) &&
	       cc.resync != L2TP_RESYNC_VERIFYING;
}

static enum das_error carry_out(struct vpdn *v, const struct das_request *q)
{
	struct order o;
	struct session *s;
	enum das_error e = read_order(v, q, &o);

	if (e == DAS_OK)
		e = find(v, &o, &s);
	if (e != DAS_OK)
		return e;
	if (!can_promise(v, s))
		return DAS_RESOURCES;

	bool gated = vsession_replicated(v, s);

	if (q->disconnect) {
		vpdn_debug(v, "session %u: Disconnect-Request", s->number);
		vsession_end(v, s, CDN_ADMIN, ERROR_NONE, "RADIUS Disconnect-Request",
			ACCT_ADMIN_RESET);
	} else {
		change(s, &o);
		vpdn_ckpt_mark(v, s->number);
		vsession_set_clocks(v, s);
	}
	if (gated)
		vpdn_hold(v, HELD_DAS, q->token);
	else
		das_answer(v->das, q->token, DAS_OK);
	return DAS_OK;
}

void vpdn_das_input(struct vpdn *v, const struct l2tp_path *path, const uint8_t *bytes,
	size_t n, base_time now)
{
	struct das_request q;
	enum das_error e;

	if (!das_input(v->das, path->remote_ip, path->remote_port, path->local_ip,
		    path->local_port, bytes, n, now, v->epoch_s + now.ns / dur_s(1).ns, &q))
		return;
	e = carry_out(v, &q);
	if (e != DAS_OK)
		das_answer(v->das, q.token, e);
}

void vpdn_das_configure(struct vpdn *v)
{
	const struct aaa_config *c = v->config->aaa;
	struct das_client clients[DAS_CLIENTS_MAX];
	unsigned n = 0;

	for (guint i = 0; i < c->clients->len && n < DAS_CLIENTS_MAX; i++) {
		const struct aaa_client *k = c->clients->pdata[i];
		const char *key = k->key ? k->key : c->das_key;

		clients[n] = (struct das_client){ .ip = k->ip };
		g_strlcpy(clients[n++].key, key ? key : "", RADIUS_SECRET_MAX);
	}
	das_configure(v->das, clients, n,
		!c->dynamic_author ? 0
		: c->das_port	   ? c->das_port
				   : AAA_DAS_PORT_DEFAULT);
}

void vpdn_das_counts(const struct vpdn *v, struct das_counts *out)
{
	das_get_counts(v->das, out);
}
