/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE subscribers; see subscriber.h.
 *
 *   PADR       a session; the FP knows of it, PADS leaves, LCP begins
 *   AUTH       where does he go?
 *   here       as an LNS serves a call (session.c)
 *   to an LNS  a call of ours with proxy AVPs (dialin.c); with its ICCN the FP switches (hop.c)
 *   the end    of PPP, PADT, or the end of the call: close.c
 *
 * Nothing of him is on the standby until his session is up; then its record, the PPPoE engine's,
 * and the link's or those of the call are in one transaction.
 */
#include "vpdn/subscriber.h"

#include <string.h>

#include "base/net.h"
#include "vpdn/hop.h"
#include "vpdn/internal.h"

enum {
	LINE_SPEED = 1000000000, /* bit/s, when no access node said anything else */
	FRAMING_SYNC = 1,
};

/* ---- configuration ---- */

static void fill_group(const struct vpdn *v, const struct vpdn_bba *b, struct pppoe_group *g)
{
	const char *host = v->config->hostname ? v->config->hostname : "Router";

	*g = (struct pppoe_group){
		.max_sessions = b->max_sessions,
		.per_mac = b->per_mac,
		.per_port = b->per_port,
		.per_vlan = b->per_vlan,
		.per_inner = b->per_inner,
		.payload_min = b->payload_min,
		.payload_max = b->payload_max,
		.throttle_requests = b->throttle_requests,
		.throttle_seconds = b->throttle_seconds,
		.throttle_delay = b->throttle_delay,
	};
	g_strlcpy(g->name, b->name, sizeof(g->name));
	g_strlcpy(g->ac_name, b->ac_name ? b->ac_name : host, sizeof(g->ac_name));
	g->n_services = MIN(b->services->len, (guint)PPPOE_SERVICES_MAX);
	for (unsigned i = 0; i < g->n_services; i++)
		g_strlcpy(g->services[i], b->services->pdata[i], sizeof(g->services[i]));
}

void subscriber_configure(struct vpdn *v)
{
	bool there[PPPOE_GROUPS_MAX + 1] = { false };

	for (guint i = 0; i < v->config->bbas->len; i++) {
		const struct vpdn_bba *b = v->config->bbas->pdata[i];
		struct pppoe_group g;

		fill_group(v, b, &g);
		there[b->id] = pppoe_ac_set_group(v->pppoe, b->id, &g);
	}
	for (uint16_t id = 1; id <= PPPOE_GROUPS_MAX; id++)
		if (!there[id])
			pppoe_ac_remove_group(v->pppoe, id);
}

/* ---- PADR ---- */

/* Why nobody gets a session now; NULL: he does. */
static const char *judge(const struct vpdn *v, const struct vpdn_bba *b)
{
	if (!b)
		return "no such group";
	if (!v->accepting)
		return "not ready for sessions yet";
	if (!vpdn_config_vtemplate(v->config, b->virtual_template, false))
		return "no virtual template";
	if (vpdn_acct_full(v))
		return "accounting is behind";
	if (slab_count(v->sessions) >= v->max_sessions)
		return "too many sessions";
	return NULL;
}

static void on_request(struct vpdn *v, uint32_t number)
{
	struct pppoe_session_info info;
	const struct vpdn_bba *b;
	struct session *s;
	const char *no;
	char name[L2TP_NAME_MAX], mac[15];

	if (!pppoe_session_get(v->pppoe, number, &info))
		return;
	b = vpdn_config_bba_by_id(v->config, info.group);
	no = judge(v, b);
	if (no) {
		vpdn_fail(v, NULL, 0, "No session resources", no);
		vpdn_debug_pppoe(v, "PPPoE: session of %s on port %u refused: %s",
			mac_to_str(info.peer.client, mac), info.peer.port, no);
		pppoe_session_reject(v->pppoe, number, no, v->now);
		return;
	}
	g_snprintf(name, sizeof(name), "pppoe %s", b->name);
	s = vsession_new(v, 0, 0, 0, name);
	s->pppoe = number;
	s->vtemplate = b->virtual_template;
	s->unique_id = ++v->last_unique;
	s->acct = accts_number(&v->accts);
	pppoe_session_accept(v->pppoe, number, s->number, v->now);
	vpdn_emit_fib(v, VPDN_FX_FIB_SESSION, s);
	vpdn_debug_pppoe(v, "PPPoE: session %u of %s on port %u accepted, Uniq-Sess-ID %u",
		info.sid, mac_to_str(info.peer.client, mac), info.peer.port, s->unique_id);
	vsession_connect(v, s);
}

/* ---- what the PPPoE engine says ---- */

/* Ours of one of the engine's. */
static struct session *owner_of(const struct vpdn *v, uint32_t pppoe)
{
	struct pppoe_session_info info;
	struct session *s;

	if (!pppoe_session_get(v->pppoe, pppoe, &info))
		return NULL;
	s = vsession_get(v, info.owner);
	return s && s->pppoe == pppoe ? s : NULL;
}

bool subscriber_take(
	struct vpdn *v, const struct pppoe_effect *fx, struct vpdn_effect *out)
{
	struct session *s;

	switch (fx->kind) {
	case PPPOE_FX_SEND:
		*out = (struct vpdn_effect){ .kind = VPDN_FX_ETHER,
			.port = fx->port,
			.bytes = fx->bytes,
			.len = fx->len };
		return true;
	case PPPOE_FX_REQUEST:
		on_request(v, fx->session);
		break;
	case PPPOE_FX_PPP:
		s = owner_of(v, fx->session);
		if (s)
			vsession_frame(v, s, fx->bytes, fx->len);
		break;
	case PPPOE_FX_DOWN:
		s = owner_of(v, fx->session);
		if (s)
			vsession_end(v, s, 0, 0, "PADT received", ACCT_USER_REQUEST);
		else
			pppoe_session_drop(v->pppoe, fx->session);
		break;
	case PPPOE_FX_DEBUG:
		*out = (struct vpdn_effect){
			.kind = VPDN_FX_DEBUG,
			.area = strstr(fx->text, "dropped") ? "pppoe-error"
							    : "pppoe-packet",
			.text = fx->text
		};
		return true;
	}
	return false;
}

bool subscriber_is_here(const struct vpdn *v, const struct session *s)
{
	struct pppoe_session_info info;

	return pppoe_session_get(v->pppoe, s->pppoe, &info) && info.owner == s->number &&
	       !info.ended;
}

void subscriber_close_strays(struct vpdn *v)
{
	g_autoptr(GArray) strays = g_array_new(false, false, sizeof(uint32_t));
	struct pppoe_session_info info;
	uint32_t cursor = 0;

	while (pppoe_next_session(v->pppoe, &cursor, &info))
		if (!owner_of(v, info.number))
			g_array_append_val(strays, info.number);
	for (guint i = 0; i < strays->len; i++)
		pppoe_session_close(
			v->pppoe, g_array_index(strays, uint32_t, i), NULL, v->now);
}

/* ---- where he goes ---- */

void subscriber_auth(struct vpdn *v, struct session *s, const struct ppp_effect *fx)
{
	const struct vpdn_vtemplate *vt =
		vpdn_config_vtemplate(v->config, s->vtemplate, false);

	if (fx->auth.method == PPP_AUTH_NONE) { /* nobody was asked */
		if (subscriber_stays(v, s))
			vsession_authenticated(
				v, s, vt->auth[0] == PPP_AUTH_NONE, NULL, "");
		return;
	}
	vsession_login(v, s, fx);
}

/* Next LNSs as text: "A,B/C"; a slash begins the next priority. */
static void add_addresses(struct vpdn_group *g, const char *text)
{
	struct vpdn_target t = { .priority = 1 };
	char one[16];

	while (*text) {
		size_t n = strcspn(text, ", /");

		if (n && n < sizeof(one)) {
			memcpy(one, text, n);
			one[n] = 0;
			if (ipv4_from_str(one, &t.ip) && g->targets->len < VPDN_TARGETS_MAX)
				g_array_append_val(g->targets, t);
		}
		text += n;
		t.priority += *text == '/';
		text += *text != 0;
	}
}

/* RFC 2868: lower preferences first. */
static void add_tunnels(struct vpdn_group *g, const struct profile *p)
{
	for (guint i = 0; i < p->tunnels->len && g->targets->len < VPDN_TARGETS_MAX; i++) {
		const struct profile_tunnel *pt = p->tunnels->pdata[i];
		struct vpdn_target t = {
			.ip = pt->server_ip,
			.priority = (uint16_t)MIN(pt->preference + 1, UINT16_MAX),
		};

		if (pt->client)
			(void)ipv4_from_str(pt->client, &t.local_ip);
		if (t.ip && (!pt->type || pt->type == PROFILE_TUNNEL_L2TP))
			g_array_append_val(g->targets, t);
	}
}

static void put(struct vpdn_group *g, bool given, enum vpdn_setting which, uint32_t number)
{
	if (given)
		vpdn_settings_put(&g->own, which, number);
}

static void put_number(struct vpdn_group *g, enum vpdn_setting which, uint32_t number)
{
	put(g, number != 0, which, number);
}

static void put_switch(struct vpdn_group *g, enum vpdn_setting which, uint8_t given)
{
	put(g, given != PROFILE_UNSET, which, given == PROFILE_YES);
}

static void put_text(
	struct vpdn_group *g, enum vpdn_setting which, const char *text, size_t cap)
{
	if (text && strlen(text) < cap)
		vpdn_settings_put_text(&g->own, which, text);
}

/* The settings of its tunnels. */
static void fill_given(const struct vpdn *v, struct vpdn_group *g, const struct profile *p)
{
	const struct profile_tunnel *first =
		p->tunnels->len ? p->tunnels->pdata[0] : NULL;

	g->request_dialin = g->request_l2tp = true;
	put_text(g, VPDN_SET_LOCAL_NAME,
		first && first->client_id ? first->client_id : p->tunnel_id, L2TP_NAME_MAX);
	put_text(g, VPDN_SET_PASSWORD,
		first && first->password ? first->password : p->password, L2TP_SECRET_MAX);
	put_switch(g, VPDN_SET_AUTHENTICATION, p->authen);
	put_switch(g, VPDN_SET_SSO, p->ha);
	put_switch(g, VPDN_SET_HIDDEN, p->hidden);
	put_switch(g, VPDN_SET_DROP_OUT_OF_ORDER, p->drop_out_of_order);
	put_switch(g, VPDN_SET_UDP_CHECKSUM, p->udp_checksum);
	put(g, p->hello_set, VPDN_SET_HELLO, p->hello_s);
	put_number(g, VPDN_SET_SOURCE_IP, p->source_ip);
	put_number(g, VPDN_SET_RWS, p->rws);
	put_number(g, VPDN_SET_RETRIES, p->retries);
	put_number(g, VPDN_SET_INITIAL_RETRIES, p->initial_retries);
	put_number(g, VPDN_SET_INITIAL_MIN, p->initial_min_s);
	put_number(g, VPDN_SET_INITIAL_MAX, p->initial_max_s);
	put_number(g, VPDN_SET_TIMEOUT_MIN, p->timeout_min_s);
	put_number(g, VPDN_SET_TIMEOUT_MAX, p->timeout_max_s);
	put_number(g, VPDN_SET_NO_SESSION, p->nosession_s);
	put_number(g, VPDN_SET_SETUP, p->setup_s);
	put_number(g, VPDN_SET_BUSY, p->busy_s);
	put_number(g, VPDN_SET_RESYNC, p->resync);
	for (guint i = 0; i < g->targets->len; i++) {
		struct vpdn_target *t = &g_array_index(g->targets, struct vpdn_target, i);

		if (!t->local_ip)
			t->local_ip = v->config->source_any;
	}
}

/* A group of what RADIUS says; sessions of one name share tunnels.  NULL: it names no LNS. */
static struct vpdn_group *given_group(
	const struct vpdn *v, const struct session *s, const struct profile *p)
{
	const struct profile_tunnel *first =
		p->tunnels->len ? p->tunnels->pdata[0] : NULL;
	g_autofree char *domain =
		s->username ? vpdn_config_domain(v->config, s->username) : NULL;
	const char *what = first && first->assignment ? first->assignment
			   : domain		      ? domain
						      : "";
	char name[L2TP_NAME_MAX];
	struct vpdn_group *g;

	g_snprintf(name, sizeof(name), VPDN_GIVEN_PREFIX "%s", what);
	g = vpdn_group_new(name);
	add_tunnels(g, p);
	if (!g->targets->len && p->addresses)
		add_addresses(g, p->addresses);
	if (!g->targets->len) {
		vpdn_group_free(g);
		return NULL;
	}
	fill_given(v, g, p);
	return g;
}

static bool vpdn_is_full(const struct vpdn *v)
{
	return v->config->session_limit && v->counts.sessions >= v->config->session_limit;
}

bool subscriber_forward(struct vpdn *v, struct session *s, const struct profile *p)
{
	const struct vpdn_request r = { .user = s->username };
	const struct vpdn_group *g = NULL;

	if (!v->config->enable || s->mate)
		return false;
	vpdn_group_free(g_steal_pointer(&s->given));
	if (p)
		s->given = given_group(v, s, p);
	if (!s->given && p && p->group)
		g = vpdn_config_group(v->config, p->group, false);
	if (!s->given && !g)
		g = vpdn_config_request(v->config, &r);
	if (!s->given && !g)
		return false;
	g_free(s->onward);
	s->onward = g_strdup(s->given ? s->given->name : g->name);
	s->tried = 0;
	if (v->config->softshut || vpdn_is_full(v)) {
		const char *no = v->config->softshut ? "vpdn softshut" : "VPDN session limit";

		vpdn_fail(v, s, 0, "Session limit exceeded", no);
		vsession_end(v, s, CDN_NO_FACILITIES, ERROR_NONE, no, ACCT_NAS_ERROR);
		return true;
	}
	v->pppoe_events.forwarding++;
	vpdn_debug_pppoe(v, "PPPoE: Uniq-Sess-ID %u is sent on by group %s", s->unique_id,
		s->onward);
	hop_begin(v, s);
	return true;
}

bool subscriber_stays(struct vpdn *v, struct session *s)
{
	const struct vpdn_vtemplate *vt =
		vpdn_config_vtemplate(v->config, s->vtemplate, false);

	if (vt && (vt->ip || vt->local_ip))
		return true;
	vpdn_fail(v, s, 0, "No VPDN group", "nobody takes the subscriber");
	ppp_link_auth_result(v->ppp, s->number, false, 0, "No service", v->now);
	return false;
}

/* ---- what the LNS is told ---- */

static struct l2tp_span span(const uint8_t *p, size_t n)
{
	return (struct l2tp_span){ p, p ? n : 0 };
}

static void fill_proxy(const struct ppp_proxy *p, struct l2tp_proxy *out)
{
	*out = (struct l2tp_proxy){
		.initial_lcp = span(p->first_received, p->first_received_len),
		.last_sent_lcp = span(p->last_sent, p->last_sent_len),
		.last_received_lcp = span(p->last_received, p->last_received_len),
		.auth_type = p->authen_type,
		.auth_id = p->id,
		.auth_name = span(p->name, p->name_len),
		.auth_challenge = span(p->challenge, p->challenge_len),
		.auth_response = span(p->response, p->response_len),
	};
}

static bool is_rate(unsigned n)
{
	return n <= PPPOE_LINE_RATE_LAST - PPPOE_LINE_FIRST;
}

/* Sub-tags and attributes have one order, but for a number that sub-tags leave out. */
static void fill_line(const struct pppoe_line_info *in, struct l2tp_line *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned n = 0; n < PPPOE_LINE_NUMBERS; n++) {
		unsigned skip = n + PPPOE_LINE_FIRST > PPPOE_LINE_DELAY_LAST;
		unsigned a = L2TP_LINE_ACTUAL_UP + n - skip;

		if (!(in->have & UINT32_C(1) << n))
			continue;
		out->have |= UINT32_C(1) << a;
		out->number[a] = (uint64_t)in->numbers[n] * (is_rate(n) ? 1000 : 1);
	}
	out->circuit_id = span((const uint8_t *)in->circuit_id, strlen(in->circuit_id));
	out->remote_id = span((const uint8_t *)in->remote_id, strlen(in->remote_id));
	out->have |= (uint32_t)(out->circuit_id.len > 0) << L2TP_LINE_CIRCUIT_ID;
	out->have |= (uint32_t)(out->remote_id.len > 0) << L2TP_LINE_REMOTE_ID;
	out->have |= (uint32_t)in->iwf << L2TP_LINE_IWF;
	out->number[L2TP_LINE_IWF] = in->iwf;
}

static uint32_t bps(const struct l2tp_line *line, enum l2tp_line_attr a)
{
	if (!(line->have & UINT32_C(1) << a) || !line->number[a])
		return LINE_SPEED;
	return (uint32_t)MIN(line->number[a], UINT32_MAX);
}

bool subscriber_facts(
	struct vpdn *v, const struct session *s, struct subscriber_facts *out)
{
	struct pppoe_session_info info;
	struct ppp_proxy proxy;

	memset(out, 0, sizeof(*out));
	if (!ppp_link_get_proxy(v->ppp, s->number, &proxy) ||
		!pppoe_session_get(v->pppoe, s->pppoe, &info))
		return false;
	fill_proxy(&proxy, &out->proxy);
	out->has_line = info.line != NULL;
	if (out->has_line)
		fill_line(info.line, &out->line);
	out->call.serial = s->unique_id;
	out->call.framing_type = FRAMING_SYNC;
	out->call.tx_bps = bps(&out->line, L2TP_LINE_ACTUAL_DOWN);
	out->call.rx_bps = bps(&out->line, L2TP_LINE_ACTUAL_UP);
	mac_to_str(info.peer.client, out->call.calling);
	return true;
}

bool subscriber_hand_over(struct vpdn *v, const struct session *s)
{
	if (!ppp_link_forward(v->ppp, s->number, v->now))
		return false;
	v->pppoe_events.forwarded++;
	vpdn_debug_pppoe(v, "PPPoE: Uniq-Sess-ID %u is forwarded", s->unique_id);
	return true;
}

/* ---- the end ---- */

void subscriber_hang_up(struct vpdn *v, const struct session *s)
{
	struct pppoe_session_info info;

	v->pppoe_events.disconnect++;
	vpdn_debug_pppoe(v, "PPPoE: Uniq-Sess-ID %u has ended%s%s", s->unique_id,
		s->end_text ? ": " : "", s->end_text ? s->end_text : "");
	if (!pppoe_session_get(v->pppoe, s->pppoe, &info) || info.owner != s->number)
		return;
	if (s->l2tp_gone)
		pppoe_session_drop(v->pppoe, s->pppoe);
	else
		pppoe_session_close(v->pppoe, s->pppoe, s->end_error ? s->end_text : NULL,
			v->now);
}
