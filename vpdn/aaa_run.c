/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AAA at work: method lists over local users and RADIUS.
 *
 * Each question is a job: its list's methods are tried in order.  A method that says yes or
 * no ends it; one that cannot say (no server answers) hands on to the next.  Whatever answer
 * comes, it comes in order with the other effects, by vpdn_aaa_take().
 *
 * Jobs are not checkpointed: who waits for a login is in set-up, and goes with its RP; an
 * accounting record is an object of its own (acct.h), which the new active RP sends again.
 */
#include "vpdn/internal.h"

#include <string.h>

#include "base/net.h"
#include "vpdn/aaa.h"
#include "vpdn/hop.h"
#include "vpdn/subscriber.h"

enum {
	SERVICE_FRAMED = 2,
	SERVICE_OUTBOUND = 5,
	PROTOCOL_PPP = 1,
	PORT_VIRTUAL = 5,
	PORT_PPPOE = 32, /* PPPoE over Ethernet; the next: with one VLAN tag, with two */
	TUNNEL_L2TP = 3,
	MEDIUM_IPV4 = 1,
	ATTRS_MAX = 2048,
	VALUE = 250, /* octets of a text in a request */
};

enum job_kind {
	JOB_LOGIN, /* of a session */
	JOB_WHERE, /* where does the subscriber's domain go? Becomes JOB_LOGIN if nowhere */
	JOB_ACCT,  /* an accounting record; key */
	JOB_PEER,  /* tunnel authorization of a peer that calls; cc */
};

struct aaa_job {
	uint64_t token, handle; /* handle: of the RADIUS request under way; 0 none */
	uint8_t kind;           /* enum job_kind */
	uint32_t session;
	uint16_t cc;
	uint64_t key;
	struct aaa_method methods[AAA_METHODS_MAX]; /* as they were configured */
	unsigned n_methods, next;
	struct aaa_login login; /* its pointers are into `store` */
	GBytes *store[3];
	char *name, *password;
	char proof[PPP_MSCHAP2_SUCCESS]; /* MS-CHAPv2 was right; "" otherwise */
};

static void job_free(void *data)
{
	struct aaa_job *j = data;

	for (size_t i = 0; i < G_N_ELEMENTS(j->store); i++)
		if (j->store[i])
			g_bytes_unref(j->store[i]);
	if (j->password)
		memset(j->password, 0, strlen(j->password));
	g_free(j->password);
	g_free(j->name);
	g_free(j);
}

void vpdn_aaa_init(struct vpdn *v, uint64_t seed, uint8_t parity)
{
	v->radius = radius_client_new(seed, parity, v->now);
	v->das = das_new();
	v->peer_jobs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	v->jobs = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, job_free);
}

void vpdn_aaa_free(struct vpdn *v)
{
	radius_client_free(v->radius);
	das_free(v->das);
	g_hash_table_unref(v->peer_jobs);
	g_hash_table_unref(v->jobs);
}

void vpdn_aaa_reset(struct vpdn *v)
{
	radius_client_reset(v->radius);
	g_hash_table_remove_all(v->jobs);
	g_hash_table_remove_all(v->peer_jobs);
}

/* ---- configuration ---- */

static void fill_server(
	const struct aaa_config *c, const struct aaa_server *s, struct radius_server *out)
{
	const char *key = s->key ? s->key : c->key;

	*out = (struct radius_server){
		.ip = s->ip,
		.local_ip = key ? s->local_ip : 0, /* without a secret there is no way */
		.auth_port = s->auth_port,
		.acct_port = s->acct_port,
		.timeout_s = s->timeout_s ? s->timeout_s : c->timeout_s,
		.retransmit = s->retransmit_set	  ? s->retransmit
			      : c->retransmit_set ? c->retransmit
						  : RADIUS_RETRANSMIT_DEFAULT,
		.ma_optional = s->no_message_authenticator,
	};
	if (!out->timeout_s)
		out->timeout_s = RADIUS_TIMEOUT_DEFAULT;
	g_strlcpy(out->name, s->name, sizeof(out->name));
	g_strlcpy(out->key, key ? key : "", sizeof(out->key));
}

void vpdn_aaa_configure(struct vpdn *v)
{
	const struct aaa_config *c = v->config->aaa;
	struct radius_server servers[AAA_SERVERS_MAX];
	struct radius_client_config cfg = {
		.servers = servers,
		.n_servers = c->servers->len,
		.deadtime_s = c->deadtime_min * 60u,
		.dead_s = c->dead_s,
		.dead_tries = c->dead_tries,
	};

	for (guint i = 0; i < c->servers->len; i++)
		fill_server(c, c->servers->pdata[i], &servers[i]);
	radius_client_configure(v->radius, &cfg, v->now);
	vpdn_das_configure(v);
}

/* ---- jobs ---- */

static struct aaa_job *job_new(
	struct vpdn *v, enum job_kind kind, const struct aaa_list *list)
{
	struct aaa_job *j = g_new0(struct aaa_job, 1);

	j->token = ++v->last_job;
	j->kind = (uint8_t)kind;
	if (list) {
		memcpy(j->methods, list->methods, sizeof(j->methods));
		j->n_methods = list->n_methods;
	}
	g_hash_table_insert(v->jobs, &j->token, j);
	return j;
}

static void job_end(struct vpdn *v, struct aaa_job *j)
{
	g_hash_table_remove(v->jobs, &j->token);
}

void vpdn_aaa_cancel(struct vpdn *v, uint64_t token)
{
	struct aaa_job *j = g_hash_table_lookup(v->jobs, &token);

	if (!j)
		return;
	radius_client_cancel(v->radius, j->handle);
	job_end(v, j);
}

/* False: the method has no server. */
static bool ask_servers(struct vpdn *v, struct aaa_job *j, const struct aaa_method *m,
	enum radius_code code, const struct wr *attrs, base_time at)
{
	const char *names[RADIUS_TRY_MAX];
	struct radius_request q = { .code = code,
		.servers = names,
		.attrs = attrs->buf,
		.n_attrs = attrs->len,
		.password = j->password,
		.at = at,
		.token = j->token };

	q.n_servers = aaa_config_method_servers(v->config->aaa, m, names, RADIUS_TRY_MAX);
	if (!q.n_servers || attrs->bad)
		return false;
	j->handle = radius_client_send(v->radius, &q, v->now);
	return true;
}

static void put_text(struct wr *w, uint8_t type, const char *text)
{
	if (text && *text)
		radius_put(w, type, text, MIN(strlen(text), (size_t)VALUE));
}

static void put_nas(const struct vpdn *v, struct wr *w)
{
	put_text(w, RA_NAS_ID, v->config->hostname);
}

/* ---- what is known of a session ---- */

/* A subscriber of ours: his line. */
static void put_access(const struct vpdn *v, const struct session *s, struct wr *w)
{
	struct pppoe_session_info info;
	const struct vpdn_bba *b;
	char mac[15];

	if (!pppoe_session_get(v->pppoe, s->pppoe, &info))
		return;
	b = vpdn_config_bba_by_id(v->config, info.group);
	put_text(w, RA_CALLING_STATION, mac_to_str(info.peer.client, mac));
	radius_put_u32(w, RA_NAS_PORT, s->unique_id);
	radius_put_u32(w, RA_NAS_PORT_TYPE, PORT_PPPOE + info.peer.n_vlan);
	if (b && b->circuit_id && info.line && info.line->circuit_id[0])
		put_text(w, RA_NAS_PORT_ID, info.line->circuit_id);
	else if (b && b->remote_id && info.line && info.line->remote_id[0])
		put_text(w, RA_NAS_PORT_ID, info.line->remote_id);
}

static void put_call(const struct vpdn *v, const struct session *s, struct wr *w)
{
	struct l2tp_session_info l2tp;
	char port[32];

	if (s->role == SESSION_PPPOE) {
		put_access(v, s, w);
		return;
	}

	if (l2tp_session_get(v->l2tp, s->cc, s->lsid, &l2tp)) {
		put_text(w, RA_CALLED_STATION, l2tp.call.called);
		put_text(w, RA_CALLING_STATION, l2tp.call.calling);
	}
	g_snprintf(port, sizeof(port), "Uniq-Sess-ID%u", s->unique_id);
	radius_put_u32(w, RA_NAS_PORT, s->unique_id);
	radius_put_u32(w, RA_NAS_PORT_TYPE, PORT_VIRTUAL);
	put_text(w, RA_NAS_PORT_ID, port);
}

/* Tunnel attributes of accounting (RFC 2867, RFC 2868): the LAC is the client. */
static void put_tunnel(const struct tunnel *t, const char *connection, struct wr *w)
{
	char ip[16];

	radius_put_tagged_u32(w, RA_TUNNEL_TYPE, 0, TUNNEL_L2TP);
	radius_put_tagged_u32(w, RA_TUNNEL_MEDIUM, 0, MEDIUM_IPV4);
	put_text(w, RA_TUNNEL_CLIENT_ENDPOINT,
		ipv4_to_str(t->lac ? t->path.local_ip : t->path.remote_ip, ip));
	put_text(w, RA_TUNNEL_SERVER_ENDPOINT,
		ipv4_to_str(t->lac ? t->path.remote_ip : t->path.local_ip, ip));
	put_text(w, RA_TUNNEL_CLIENT_AUTH_ID, t->lac ? t->local_name : t->peer_name);
	put_text(w, RA_TUNNEL_SERVER_AUTH_ID, t->lac ? t->peer_name : t->local_name);
	put_text(w, RA_ACCT_TUNNEL_CONNECTION, connection);
}

GBytes *vpdn_aaa_tunnel_attrs(const struct tunnel *t, uint64_t number)
{
	uint8_t buf[ACCT_ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	char id[ACCT_ID_LEN + 1];

	acct_id(number, id);
	put_tunnel(t, id, &w);
	return g_bytes_new(buf, w.bad ? 0 : w.len);
}

GBytes *vpdn_aaa_session_attrs(struct vpdn *v, const struct session *s)
{
	uint8_t buf[ACCT_ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf)), was;
	struct tunnel *t = vsession_tunnel(v, s);
	gsize n = 0;
	const void *p = s->kept ? g_bytes_get_data(s->kept, &n) : NULL;
	struct radius_iter it = radius_iter(rd_init(p, n));
	struct radius_attr a;
	char connection[32];

	radius_put_u32(&w, RA_ACCT_AUTHENTIC, s->authentic);
	put_call(v, s, &w);
	g_snprintf(connection, sizeof(connection), "%u", s->unique_id);
	was = w;
	if (t)
		put_tunnel(t, connection, &w);
	if (w.bad)
		w = was;
	while (radius_next(&it, &a)) {
		was = w;
		if (a.vendor == RADIUS_IETF && a.type == RA_CLASS)
			radius_put(&w, RA_CLASS, a.value.p, rd_left(&a.value));
		if (w.bad)
			w = was;
	}
	return g_bytes_new(buf, w.len);
}

/* ---- logins ---- */

static void put_proof(const struct aaa_login *l, struct wr *w)
{
	uint8_t buf[1 + 49];

	switch (l->method) {
	case AAA_LOGIN_PAP: /* hidden by the client */
		break;
	case AAA_LOGIN_CHAP:
		buf[0] = l->id;
		memcpy(buf + 1, l->response, 16);
		radius_put(w, RA_CHAP_PASSWORD, buf, 17);
		radius_put(w, RA_CHAP_CHALLENGE, l->challenge, l->challenge_len);
		break;
	case AAA_LOGIN_MSCHAP: /* RFC 2548, section 2.1.3; flags 1: the NT response */
	case AAA_LOGIN_MSCHAP2: /* section 2.3.2 */
		radius_put_vendor(w, RADIUS_MICROSOFT, RA_MS_CHAP_CHALLENGE, l->challenge,
			l->challenge_len);
		buf[0] = l->id;
		/* v1: ident, flags, LM, NT; on the link the flags come last.  v2: ident, flags,
		 * peer's challenge, reserved, NT. */
		buf[1] = l->response[48];
		memcpy(buf + 2, l->response, 48);
		radius_put_vendor(w, RADIUS_MICROSOFT,
			l->method == AAA_LOGIN_MSCHAP ? RA_MS_CHAP_RESPONSE
						      : RA_MS_CHAP2_RESPONSE,
			buf, sizeof(buf));
		break;
	}
}

static bool ask_login(struct vpdn *v, struct aaa_job *j, const struct aaa_method *m)
{
	uint8_t buf[ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	const struct session *s = vsession_get(v, j->session);
	char id[ACCT_ID_LEN + 1];

	put_text(&w, RA_USER_NAME, j->name);
	put_proof(&j->login, &w);
	radius_put_u32(&w, RA_SERVICE_TYPE, SERVICE_FRAMED);
	radius_put_u32(&w, RA_FRAMED_PROTOCOL, PROTOCOL_PPP);
	put_nas(v, &w);
	if (s) {
		put_call(v, s, &w);
		acct_id(s->acct, id);
		put_text(&w, RA_ACCT_SESSION_ID, id);
	}
	return ask_servers(v, j, m, RADIUS_ACCESS_REQUEST, &w, v->now);
}

static bool check_local(const struct vpdn *v, struct aaa_job *j)
{
	const struct aaa_login *l = &j->login;

	switch (l->method) {
	case AAA_LOGIN_PAP:
		return j->password && aaa_check_pap(v->config, j->name, j->password);
	case AAA_LOGIN_CHAP:
		return aaa_check_chap(v->config, j->name, l->id, l->challenge,
			l->challenge_len, l->response);
	case AAA_LOGIN_MSCHAP:
	case AAA_LOGIN_MSCHAP2:
		return aaa_check_mschap(v->config, j->name, l, j->proof);
	}
	return false;
}

static const struct vpdn_vtemplate *vtemplate_of(
	const struct vpdn *v, const struct session *s)
{
	return vpdn_config_vtemplate(v->config, s->vtemplate, false);
}

/* What MS-CHAP's Failure is to say instead of 691. */
static void name_error(const struct aaa_job *j, struct profile *p)
{
	if (!p || !p->mschap_error ||
		(j->login.method != AAA_LOGIN_MSCHAP && j->login.method != AAA_LOGIN_MSCHAP2))
		return;
	g_free(p->message);
	p->message = g_strdup_printf("E=%u", p->mschap_error);
}

static void login_over(struct vpdn *v, struct aaa_job *j, bool ok, enum aaa_authentic by,
	const struct radius_effect *fx)
{
	struct session *s = vsession_get(v, j->session);
	const struct vpdn_vtemplate *vt = s ? vtemplate_of(v, s) : NULL;
	const struct aaa_list *l = aaa_config_find(
		v->config->aaa, AAA_AUTHOR_NETWORK, vt ? vt->author_list : NULL);
	/* What RADIUS says about the subscriber counts if it may authorize. */
	bool counts = fx && l && l->n_methods && l->methods[0].kind == AAA_GROUP;
	struct profile *p = NULL;

	if (fx)
		p = profile_new(fx->attrs, fx->key, fx->authenticator);
	if (p && p->mschap2[0])
		memcpy(j->proof, p->mschap2, sizeof(p->mschap2));
	ok = ok && (j->login.method != AAA_LOGIN_MSCHAP2 || j->proof[0]);
	if (s && s->job == j->token) {
		s->job = 0;
		if (ok) {
			s->authentic = (uint8_t)by;
			g_clear_pointer(&s->kept, g_bytes_unref);
			s->kept = counts ? profile_keep(fx->attrs) : NULL;
		}
		if (!ok)
			name_error(j, p);
		vsession_authenticated(v, s, ok, counts || !ok ? p : NULL, j->proof);
	}
	profile_free(p);
	job_end(v, j);
}

/* Its next method; the last word is no. */
static void login_next(struct vpdn *v, struct aaa_job *j)
{
	while (j->next < j->n_methods) {
		const struct aaa_method *m = &j->methods[j->next++];

		switch ((enum aaa_method_kind)m->kind) {
		case AAA_GROUP:
			if (ask_login(v, j, m))
				return;
			break;
		case AAA_LOCAL:
			login_over(v, j, check_local(v, j), AAA_BY_LOCAL, NULL);
			return;
		case AAA_NO:
			login_over(v, j, true, AAA_BY_NONE, NULL);
			return;
		}
	}
	login_over(v, j, false, AAA_BY_NONE, NULL);
}

static const void *keep(GBytes **store, const void *p, size_t n)
{
	*store = g_bytes_new(p, n);
	return g_bytes_get_data(*store, NULL);
}

static void set_methods(struct aaa_job *j, const struct aaa_list *list)
{
	j->next = 0;
	if (list) {
		memcpy(j->methods, list->methods, sizeof(j->methods));
		j->n_methods = list->n_methods;
	} else { /* as without aaa new-model: what is configured here only */
		j->methods[0].kind = AAA_LOCAL;
		j->n_methods = 1;
	}
}

static void login_begin(struct vpdn *v, struct aaa_job *j)
{
	const struct aaa_config *c = v->config->aaa;
	const struct session *s = vsession_get(v, j->session);
	const struct vpdn_vtemplate *vt = s ? vtemplate_of(v, s) : NULL;
	const char *name = vt ? vt->authen_list : NULL;

	j->kind = JOB_LOGIN;
	set_methods(j, c->new_model ? aaa_config_find(c, AAA_AUTHEN_PPP, name) : NULL);
	login_next(v, j);
}

/* ---- where a subscriber goes ---- */

static bool ask_where(struct vpdn *v, struct aaa_job *j, const struct aaa_method *m)
{
	g_autofree char *domain = vpdn_config_domain(v->config, j->name);
	char *own = j->password;
	uint8_t buf[ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	char fixed[] = "cisco"; /* ios-cli.md 15 */
	bool asked;

	if (!domain)
		return false;
	put_text(&w, RA_USER_NAME, domain);
	radius_put_u32(&w, RA_SERVICE_TYPE, SERVICE_OUTBOUND);
	put_nas(v, &w);
	j->password = fixed;
	asked = ask_servers(v, j, m, RADIUS_ACCESS_REQUEST, &w, v->now);
	j->password = own;
	return asked;
}

/* He goes on, or logs in here. */
static void where_over(struct vpdn *v, struct aaa_job *j, const struct profile *p,
	const struct radius_effect *fx)
{
	struct session *s = vsession_get(v, j->session);
	uint64_t token = j->token;

	if (!s || s->closing || s->job != token) {
		job_end(v, j);
		return;
	}
	s->job = 0;
	g_clear_pointer(&s->kept, g_bytes_unref);
	s->kept = fx ? profile_keep(fx->attrs) : NULL;
	if (subscriber_forward(v, s, p) || !subscriber_stays(v, s)) {
		job_end(v, j);
		return;
	}
	s->job = token;
	login_begin(v, j);
}

static void where_next(struct vpdn *v, struct aaa_job *j)
{
	while (j->next < j->n_methods) {
		const struct aaa_method *m = &j->methods[j->next++];

		if (m->kind == AAA_GROUP && ask_where(v, j, m))
			return;
		if (m->kind != AAA_GROUP)
			break; /* the groups that are configured here */
	}
	where_over(v, j, NULL, NULL);
}

static void where_done(struct vpdn *v, struct aaa_job *j, const struct radius_effect *fx)
{
	struct profile *p = NULL;

	j->handle = 0;
	if (fx->outcome == RADIUS_OUT_TIMEOUT) {
		where_next(v, j);
		return;
	}
	if (fx->outcome == RADIUS_OUT_ACCEPT)
		p = profile_new(fx->attrs, fx->key, fx->authenticator);
	where_over(v, j, p, p ? fx : NULL);
	profile_free(p);
}

void vpdn_aaa_login(struct vpdn *v, struct session *s, const struct aaa_login *l)
{
	const struct aaa_config *c = v->config->aaa;
	const struct vpdn_vtemplate *vt = vtemplate_of(v, s);
	const char *name = vt ? vt->author_list : NULL;
	struct aaa_job *j = job_new(v, JOB_LOGIN, NULL);

	j->session = s->number;
	j->name = g_strdup(l->name);
	j->password = g_strdup(l->password);
	j->login = *l;
	j->login.name = j->name;
	j->login.password = j->password;
	if (l->challenge)
		j->login.challenge = keep(&j->store[0], l->challenge, l->challenge_len);
	if (l->response)
		j->login.response = keep(&j->store[1], l->response, l->response_len);
	s->job = j->token;
	if (s->role != SESSION_PPPOE) {
		login_begin(v, j);
		return;
	}
	j->kind = JOB_WHERE;
	set_methods(j, c->new_model ? aaa_config_find(c, AAA_AUTHOR_NETWORK, name) : NULL);
	where_next(v, j);
}

/* ---- tunnel authorization ---- */

static bool ask_peer(struct vpdn *v, struct aaa_job *j, const struct aaa_method *m)
{
	uint8_t buf[ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	put_text(&w, RA_USER_NAME, j->name);
	radius_put_u32(&w, RA_SERVICE_TYPE, SERVICE_OUTBOUND);
	put_nas(v, &w);
	return ask_servers(v, j, m, RADIUS_ACCESS_REQUEST, &w, v->now);
}

static void peer_over(
	struct vpdn *v, struct aaa_job *j, bool ok, const struct radius_effect *fx)
{
	const uint64_t *latest =
		g_hash_table_lookup(v->peer_jobs, GUINT_TO_POINTER(j->cc));
	struct profile *p =
		fx && ok ? profile_new(fx->attrs, fx->key, fx->authenticator) : NULL;

	if (latest && *latest == j->token) { /* else the id is another tunnel's now */
		g_hash_table_remove(v->peer_jobs, GUINT_TO_POINTER(j->cc));
		vpdn_cc_answer(v, j->cc, j->name, ok, p);
	}
	profile_free(p);
	job_end(v, j);
}

static void peer_next(struct vpdn *v, struct aaa_job *j)
{
	while (j->next < j->n_methods) {
		const struct aaa_method *m = &j->methods[j->next++];

		if (m->kind == AAA_GROUP && ask_peer(v, j, m))
			return;
		if (m->kind != AAA_GROUP) { /* what is configured here is all there is */
			peer_over(v, j, true, NULL);
			return;
		}
	}
	peer_over(v, j, false, NULL);
}

bool vpdn_aaa_peer(struct vpdn *v, uint16_t cc, const char *name)
{
	const struct aaa_config *c = v->config->aaa;
	const struct aaa_list *list =
		c->new_model && c->tunnel_author
			? aaa_config_find(c, AAA_AUTHOR_NETWORK, c->tunnel_author)
			: NULL;
	struct aaa_job *j;

	if (!list)
		return false;
	j = job_new(v, JOB_PEER, list);
	j->cc = cc;
	j->name = g_strdup(name);
	j->password = g_strdup(c->tunnel_password ? c->tunnel_password : "cisco");
	g_hash_table_replace(v->peer_jobs, GUINT_TO_POINTER(cc),
		g_memdup2(&j->token, sizeof(j->token)));
	peer_next(v, j);
	return true;
}

static void peer_done(struct vpdn *v, struct aaa_job *j, const struct radius_effect *fx)
{
	j->handle = 0;
	if (fx->outcome == RADIUS_OUT_TIMEOUT)
		peer_next(v, j);
	else
		peer_over(v, j, fx->outcome == RADIUS_OUT_ACCEPT, fx);
}

/* ---- accounting ---- */

/* Sessions by the list of their Virtual-Template or the default one, tunnels and their links by
 * those that are named. */
static const struct aaa_list *acct_list(
	const struct vpdn *v, unsigned status, const char *session_list)
{
	const struct aaa_config *c = v->config->aaa;
	const char *name = status >= VPDN_ACCT_LINK_START     ? c->session_acct
			   : status >= VPDN_ACCT_TUNNEL_START ? c->tunnel_acct
			   : session_list		      ? session_list
							      : "default";

	return c->new_model && name ? aaa_config_find(c, AAA_ACCT_NETWORK, name) : NULL;
}

const char *vpdn_aaa_acct_list(const struct vpdn *v, const struct session *s)
{
	const struct vpdn_vtemplate *vt = vtemplate_of(v, s);

	return vt ? vt->acct_list : NULL;
}

enum aaa_record vpdn_aaa_record(const struct vpdn *v, const char *list)
{
	const struct aaa_list *l = acct_list(v, VPDN_ACCT_START, list);

	return l ? (enum aaa_record)l->record : AAA_RECORD_START_STOP;
}

bool vpdn_aaa_accounts(const struct vpdn *v, unsigned status, const char *list)
{
	const struct aaa_list *l = acct_list(v, status, list);

	return l && l->record != AAA_RECORD_NONE && l->n_methods &&
	       l->methods[0].kind == AAA_GROUP;
}

static void put_octets(struct wr *w, uint8_t low, uint8_t high, uint64_t n)
{
	radius_put_u32(w, low, (uint32_t)n);
	radius_put_u32(w, high, (uint32_t)(n >> 32));
}

static void put_counts(const struct acct *o, struct wr *w)
{
	radius_put_u32(w, RA_ACCT_SESSION_TIME, o->seconds);
	put_octets(w, RA_ACCT_INPUT_OCTETS, RA_ACCT_INPUT_GIGAWORDS, o->counts.rx_bytes);
	put_octets(w, RA_ACCT_OUTPUT_OCTETS, RA_ACCT_OUTPUT_GIGAWORDS, o->counts.tx_bytes);
	radius_put_u32(w, RA_ACCT_INPUT_PACKETS, (uint32_t)o->counts.rx_packets);
	radius_put_u32(w, RA_ACCT_OUTPUT_PACKETS, (uint32_t)o->counts.tx_packets);
}

static void put_record(const struct vpdn *v, const struct acct *o, struct wr *w)
{
	uint8_t status = o->key & ACCT_STATUS_MASK;
	int64_t at = v->epoch_s + o->at.ns / dur_s(1).ns;
	char id[ACCT_ID_LEN + 1];
	gsize n = 0;
	const void *p = o->attrs ? g_bytes_get_data(o->attrs, &n) : NULL;

	bool tunnel = status >= VPDN_ACCT_TUNNEL_START && status < VPDN_ACCT_LINK_START;
	bool begin = status == VPDN_ACCT_START || status == VPDN_ACCT_TUNNEL_START ||
		     status == VPDN_ACCT_LINK_START || status == VPDN_ACCT_TUNNEL_REJECT;

	acct_id(o->key, id);
	radius_put_u32(w, RA_ACCT_STATUS_TYPE, status);
	put_text(w, RA_ACCT_SESSION_ID, id);
	put_text(w, RA_USER_NAME, o->user);
	if (!tunnel) {
		radius_put_u32(w, RA_SERVICE_TYPE, SERVICE_FRAMED);
		radius_put_u32(w, RA_FRAMED_PROTOCOL, PROTOCOL_PPP);
	}
	if (o->ip)
		radius_put_u32(w, RA_FRAMED_IP, o->ip);
	put_nas(v, w);
	wr_bytes(w, p, n);
	if (!begin)
		put_counts(o, w);
	if (o->cause && !begin && status != VPDN_ACCT_INTERIM)
		radius_put_u32(w, RA_ACCT_TERMINATE_CAUSE, o->cause);
	radius_put_u32(w, RA_EVENT_TIMESTAMP, (uint32_t)at);
}

/* False: none of the methods can take it. */
static bool acct_next(struct vpdn *v, struct aaa_job *j, struct acct *o)
{
	uint8_t buf[ATTRS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));

	put_record(v, o, &w);
	while (j->next < j->n_methods) {
		const struct aaa_method *m = &j->methods[j->next++];

		if (m->kind == AAA_GROUP &&
			ask_servers(v, j, m, RADIUS_ACCT_REQUEST, &w, o->at))
			return true;
	}
	return false;
}

bool vpdn_aaa_account(struct vpdn *v, struct acct *o)
{
	struct aaa_job *j;

	unsigned status = o->key & ACCT_STATUS_MASK;

	if (!vpdn_aaa_accounts(v, status, o->list))
		return false;
	if (o->job)
		return true;
	j = job_new(v, JOB_ACCT, acct_list(v, status, o->list));
	j->key = o->key;
	o->job = j->token;
	if (!acct_next(v, j, o)) {
		o->job = 0;
		job_end(v, j);
		vpdn_acct_unanswered(v, o);
	}
	return true;
}

static void acct_done(
	struct vpdn *v, struct aaa_job *j, const struct radius_effect *fx)
{
	struct acct *o = vpdn_acct_get(v, j->key);

	j->handle = 0;
	if (o && fx->outcome == RADIUS_OUT_TIMEOUT && acct_next(v, j, o))
		return;
	if (o) {
		o->job = 0;
		if (fx->outcome == RADIUS_OUT_TIMEOUT)
			vpdn_acct_unanswered(v, o);
		else
			vpdn_acct_taken(v, o);
	}
	job_end(v, j);
}

/* ---- answers ---- */

static void login_done(
	struct vpdn *v, struct aaa_job *j, const struct radius_effect *fx)
{
	j->handle = 0;
	if (fx->outcome == RADIUS_OUT_TIMEOUT)
		login_next(v, j);
	else
		login_over(v, j, fx->outcome == RADIUS_OUT_ACCEPT, AAA_BY_RADIUS, fx);
}

static void answer(struct vpdn *v, const struct radius_effect *fx)
{
	struct aaa_job *j = g_hash_table_lookup(v->jobs, &fx->token);

	if (!j)
		return;
	switch ((enum job_kind)j->kind) {
	case JOB_LOGIN:
		login_done(v, j, fx);
		break;
	case JOB_WHERE:
		where_done(v, j, fx);
		break;
	case JOB_ACCT:
		acct_done(v, j, fx);
		break;
	case JOB_PEER:
		peer_done(v, j, fx);
		break;
	}
}

bool vpdn_aaa_take(struct vpdn *v, const struct radius_effect *fx, struct vpdn_effect *out)
{
	switch (fx->kind) {
	case RADIUS_FX_SEND:
		*out = (struct vpdn_effect){ .kind = VPDN_FX_RADIUS,
			.path = { .local_ip = fx->local_ip,
				.remote_ip = fx->ip,
				.local_port = fx->local_port,
				.remote_port = fx->port },
			.bytes = fx->bytes,
			.len = fx->len };
		return true;
	case RADIUS_FX_DONE:
		answer(v, fx);
		return false;
	case RADIUS_FX_LOG:
		*out = (struct vpdn_effect){ .kind = VPDN_FX_LOG,
			.severity = fx->severity,
			.facility = "RADIUS",
			.mnemonic = fx->mnemonic,
			.text = fx->text };
		return true;
	case RADIUS_FX_DEBUG:
		*out = (struct vpdn_effect){
			.kind = VPDN_FX_DEBUG, .area = "radius", .text = fx->text
		};
		return true;
	}
	return false;
}

void vpdn_input_radius(struct vpdn *v, const struct l2tp_path *path, const uint8_t *bytes,
	size_t n, base_time now)
{
	v->now = now;
	if (v->passive)
		return;
	if (path->local_port == das_port(v->das)) {
		vpdn_das_input(v, path, bytes, n, now);
		return;
	}
	radius_client_input(v->radius, path->remote_ip, path->remote_port,
		path->local_port, bytes, n, now);
}

bool vpdn_radius_port(const struct vpdn *v, uint16_t port)
{
	return radius_client_port(v->radius, port) || (port && port == das_port(v->das));
}

const struct radius_client *vpdn_radius(const struct vpdn *v)
{
	return v->radius;
}

void vpdn_set_radius_debug(struct vpdn *v, bool on)
{
	radius_client_set_debug(v->radius, on);
}
