/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RADIUS client, see radius_client.h.
 *
 * A packet is known by its source port and its identifier: a slot.  Each tells NAS-IP-Address,
 * the address that it comes from.  Slots are taken round
 * robin, so that an identifier rests as long as possible before it stands for another
 * request; when all are taken, requests wait.  A packet that differs in any octet, that is
 * the one for another server, gets another slot (RFC 2865, section 2.5).
 */
#include "vpdn/radius_client.h"

#include "base/log.h"
#include "base/net.h"
#include "base/rng.h"
#include "base/timer.h"

#include <string.h>

enum {
	SLOTS = RADIUS_PORTS * 256,
	NO_SLOT = SLOTS,
	RNG_STREAM = 0x72616469,
	HINT_S = 60, /* a server's dropped replies are logged that often */
};

struct server {
	struct radius_server conf;
	uint32_t id; /* never used again */
	bool dead;
	base_time dead_until, since, heard; /* heard: or when the silence began */
	base_dur previous;
	unsigned dead_times, misses, outstanding;
	base_time hint_due;
	struct radius_counts auth, acct;
};

struct request {
	uint64_t handle, token;
	uint8_t code; /* enum radius_code */
	char servers[RADIUS_TRY_MAX][RADIUS_NAME_MAX];
	unsigned n_servers, next; /* next: of those not yet tried */
	uint8_t *attrs;
	size_t n_attrs;
	char *password;
	base_time at;
	uint32_t server; /* id of the one that has it; 0 none */
	unsigned slot;
	unsigned left; /* repeats */
	uint8_t authenticator[RADIUS_AUTH];
	uint8_t *bytes; /* the packet that is under way */
	size_t len;
	struct timer timer;
};

struct effect {
	struct radius_effect fx;
	uint8_t *bytes, *reply;
	char *text;
	char key[RADIUS_SECRET_MAX];
	uint8_t authenticator[RADIUS_AUTH];
};

struct radius_client {
	struct rng rng;
	uint16_t first_port;
	GPtrArray *servers; /* struct server *, in order of configuration */
	uint32_t last_server;
	uint32_t deadtime_s, dead_s, dead_tries;
	GHashTable *requests; /* handle -> struct request *, never walked */
	uint64_t last_handle;
	struct request **slots;
	unsigned next_slot, used;
	GQueue *waiting; /* struct request * without a slot */
	struct timer_wheel *timers;
	GQueue *effects;
	struct effect *current;
	uint64_t unexpected;
	bool debug;
};

static void effect_free(void *data)
{
	struct effect *e = data;

	if (!e)
		return;
	g_free(e->bytes);
	g_free(e->reply);
	g_free(e->text);
	g_free(e);
}

static void request_free(void *data)
{
	struct request *r = data;

	if (r->password)
		memset(r->password, 0, strlen(r->password));
	g_free(r->password);
	g_free(r->attrs);
	g_free(r->bytes);
	g_free(r);
}

struct radius_client *radius_client_new(uint64_t seed, uint8_t parity, base_time now)
{
	struct radius_client *c = g_new0(struct radius_client, 1);

	rng_init(&c->rng, seed, RNG_STREAM + parity);
	c->first_port = (uint16_t)(RADIUS_PORT_FIRST + (parity & 1) * RADIUS_PORTS);
	c->servers = g_ptr_array_new_with_free_func(g_free);
	c->requests = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, request_free);
	c->slots = g_new0(struct request *, SLOTS);
	c->next_slot = rng_below(&c->rng, SLOTS);
	c->waiting = g_queue_new();
	c->timers = timer_wheel_new(now);
	c->effects = g_queue_new();
	c->dead_s = RADIUS_DEAD_S_DEFAULT;
	c->dead_tries = RADIUS_DEAD_TRIES_DEFAULT;
	return c;
}

void radius_client_free(struct radius_client *c)
{
	if (!c)
		return;
	radius_client_reset(c);
	g_hash_table_unref(c->requests);
	g_ptr_array_unref(c->servers);
	g_free(c->slots);
	g_queue_free(c->waiting);
	timer_wheel_free(c->timers);
	g_queue_free_full(c->effects, effect_free);
	effect_free(c->current);
	g_free(c);
}

/* ---- effects ---- */

static struct effect *emit(struct radius_client *c, enum radius_fx_kind kind)
{
	struct effect *e = g_new0(struct effect, 1);

	e->fx.kind = kind;
	g_queue_push_tail(c->effects, e);
	return e;
}

static void G_GNUC_PRINTF(4, 5) say(struct radius_client *c, enum log_severity severity,
	const char *mnemonic, const char *fmt, ...)
{
	struct effect *e = emit(c, RADIUS_FX_LOG);
	va_list ap;

	va_start(ap, fmt);
	e->text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	e->fx.severity = (int)severity;
	e->fx.mnemonic = mnemonic;
	e->fx.text = e->text;
}

static void trace(struct radius_client *c, const char *what, const struct server *s,
	const uint8_t *bytes, size_t n)
{
	struct radius_packet p;
	const char *name;
	char ip[16];

	if (!c->debug || !radius_parse(&p, bytes, n))
		return;

	struct effect *e = emit(c, RADIUS_FX_DEBUG);
	GString *text = g_string_new(NULL);

	name = radius_code_name(p.code);
	g_string_append_printf(text, "%s %s %s server %s %s, id %u, len %u", what,
		name ? name : "packet", *what == 'S' ? "to" : "from", s->conf.name,
		ipv4_to_str(s->conf.ip, ip), p.id, (unsigned)p.len);
	g_string_append_c(text, '\n');
	radius_print(p.attrs, text);
	g_string_truncate(text, text->len - 1);
	e->text = g_string_free(text, FALSE);
	e->fx.text = e->text;
}

static void done(struct radius_client *c, const struct request *r,
	enum radius_outcome outcome, const struct server *s, const struct radius_packet *p)
{
	struct effect *e = emit(c, RADIUS_FX_DONE);

	e->fx.token = r->token;
	e->fx.outcome = outcome;
	if (!p)
		return;
	e->reply = g_memdup2(p->attrs.p, rd_left(&p->attrs));
	e->fx.attrs = rd_init(e->reply, rd_left(&p->attrs));
	g_strlcpy(e->key, s->conf.key, sizeof(e->key));
	e->fx.key = e->key;
	memcpy(e->authenticator, r->authenticator, RADIUS_AUTH);
	e->fx.authenticator = e->authenticator;
}

bool radius_client_poll(struct radius_client *c, struct radius_effect *out)
{
	g_clear_pointer(&c->current, effect_free);
	c->current = g_queue_pop_head(c->effects);
	if (!c->current)
		return false;
	*out = c->current->fx;
	return true;
}

/* ---- servers ---- */

static struct server *server_by_id(const struct radius_client *c, uint32_t id)
{
	for (guint i = 0; i < c->servers->len; i++) {
		struct server *s = c->servers->pdata[i];

		if (s->id == id)
			return s;
	}
	return NULL;
}

static struct server *server_by_name(const struct radius_client *c, const char *name)
{
	for (guint i = 0; i < c->servers->len; i++) {
		struct server *s = c->servers->pdata[i];

		if (!strcmp(s->conf.name, name))
			return s;
	}
	return NULL;
}

static struct radius_counts *counts(struct server *s, uint8_t code)
{
	return code == RADIUS_ACCESS_REQUEST ? &s->auth : &s->acct;
}

static uint16_t port_of(const struct server *s, uint8_t code)
{
	return code == RADIUS_ACCESS_REQUEST ? s->conf.auth_port : s->conf.acct_port;
}

static void set_dead(struct radius_client *c, struct server *s, bool dead, base_time now)
{
	char ip[16];

	if (s->dead == dead)
		return;
	s->previous = time_sub(now, s->since);
	s->since = now;
	s->dead = dead;
	s->misses = 0;
	s->dead_times += dead;
	s->dead_until = dead ? time_add(now, dur_s(c->deadtime_s)) : BASE_TIME_ZERO;
	say(c, LOG_SEV_WARNING, dead ? "RADIUS_DEAD" : "RADIUS_ALIVE",
		dead ? "RADIUS server %s:%u,%u is not responding."
		     : "RADIUS server %s:%u,%u is being marked alive.",
		ipv4_to_str(s->conf.ip, ip), s->conf.auth_port, s->conf.acct_port);
}

/* To be passed over. */
static bool skipped(const struct server *s, base_time now)
{
	return s->dead && time_before(now, s->dead_until);
}

static void heard(struct radius_client *c, struct server *s, base_time now)
{
	s->heard = now;
	s->misses = 0;
	set_dead(c, s, false, now);
}

static void missed(struct radius_client *c, struct server *s, base_time now)
{
	s->misses++;
	if (s->misses >= c->dead_tries &&
		time_sub(now, s->heard).ns >= dur_s(c->dead_s).ns)
		set_dead(c, s, true, now);
}

/* ---- slots ---- */

static unsigned take_slot(struct radius_client *c, struct request *r)
{
	if (c->used == SLOTS)
		return NO_SLOT;
	while (c->slots[c->next_slot])
		c->next_slot = (c->next_slot + 1) % SLOTS;

	unsigned slot = c->next_slot;

	c->next_slot = (slot + 1) % SLOTS;
	c->slots[slot] = r;
	c->used++;
	return slot;
}

/* The packet that is under way is no longer waited for. */
static void withdraw(struct radius_client *c, struct request *r)
{
	struct server *s = r->server ? server_by_id(c, r->server) : NULL;

	timer_cancel(c->timers, &r->timer);
	if (r->slot != NO_SLOT) {
		c->slots[r->slot] = NULL;
		c->used--;
		r->slot = NO_SLOT;
		if (s)
			s->outstanding--;
	}
	r->server = 0;
	g_clear_pointer(&r->bytes, g_free);
}

static void forget(struct radius_client *c, struct request *r)
{
	withdraw(c, r);
	g_queue_remove(c->waiting, r);
	g_hash_table_remove(c->requests, &r->handle);
}

/* ---- sending ---- */

static void build(struct radius_client *c, struct request *r, const struct server *s,
	base_time now)
{
	uint8_t buf[RADIUS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	bool access = r->code == RADIUS_ACCESS_REQUEST;

	rng_bytes(&c->rng, r->authenticator, RADIUS_AUTH);
	radius_begin(&w, r->code, (uint8_t)r->slot, access ? r->authenticator : NULL);
	if (access)
		radius_put_message_authenticator(&w);
	if (r->password)
		radius_put_password(&w, r->password, s->conf.key, r->authenticator);
	radius_put_u32(&w, RA_NAS_IP, s->conf.local_ip);
	wr_bytes(&w, r->attrs, r->n_attrs);
	if (!access)
		radius_put_u32(&w, RA_ACCT_DELAY_TIME,
			(uint32_t)MAX(dur_to_ms(time_sub(now, r->at)) / 1000, 0));
	radius_seal(&w, s->conf.key, NULL);
	r->len = w.bad ? 0 : w.len;
	r->bytes = g_memdup2(buf, r->len);
	if (!access && r->len)
		memcpy(r->authenticator, buf + 4, RADIUS_AUTH);
}

static void transmit(struct radius_client *c, struct request *r, const struct server *s,
	base_time now)
{
	struct effect *e;

	trace(c, "Send", s, r->bytes, r->len);
	e = emit(c, RADIUS_FX_SEND);
	e->bytes = g_memdup2(r->bytes, r->len);
	e->fx.bytes = e->bytes;
	e->fx.len = r->len;
	e->fx.local_ip = s->conf.local_ip;
	e->fx.ip = s->conf.ip;
	e->fx.local_port = (uint16_t)(c->first_port + r->slot / 256);
	e->fx.port = port_of(s, r->code);
	timer_set(c->timers, &r->timer, time_add(now, dur_s(s->conf.timeout_s)));
}

static bool all_skipped(const struct radius_client *c, const struct request *r, base_time now)
{
	for (unsigned i = 0; i < r->n_servers; i++) {
		const struct server *s = server_by_name(c, r->servers[i]);

		if (s && !skipped(s, now))
			return false;
	}
	return true;
}

/* The next one to try; NULL: none is left. */
static struct server *choose(struct radius_client *c, struct request *r, base_time now)
{
	bool any = all_skipped(c, r, now);

	while (r->next < r->n_servers) {
		struct server *s = server_by_name(c, r->servers[r->next++]);

		if (s && s->conf.local_ip && port_of(s, r->code) &&
			(any || !skipped(s, now)))
			return s;
	}
	return NULL;
}

/* Goes to its next server, or has failed. */
static void go_on(struct radius_client *c, struct request *r, base_time now)
{
	struct server *s;

	for (;;) {
		withdraw(c, r);
		s = choose(c, r, now);
		if (!s) {
			done(c, r, RADIUS_OUT_TIMEOUT, NULL, NULL);
			forget(c, r);
			return;
		}
		r->slot = take_slot(c, r);
		if (r->slot == NO_SLOT) {
			r->next--;
			g_queue_push_tail(c->waiting, r);
			return;
		}
		r->server = s->id;
		if (s->outstanding++ == 0 && !s->misses)
			s->heard = now;
		r->left = s->conf.retransmit;
		r->timer.owner = r->slot;
		build(c, r, s, now);
		if (r->len)
			break; /* else its secret or password does not fit */
	}
	counts(s, r->code)->requests++;
	transmit(c, r, s, now);
}

/* Slots have become free. */
static void serve_waiting(struct radius_client *c, base_time now)
{
	struct request *r;

	while (c->used < SLOTS && (r = g_queue_pop_head(c->waiting)))
		go_on(c, r, now);
}

uint64_t radius_client_send(
	struct radius_client *c, const struct radius_request *q, base_time now)
{
	struct request *r = g_new0(struct request, 1);

	r->handle = ++c->last_handle;
	r->token = q->token;
	r->code = (uint8_t)q->code;
	r->n_servers = MIN(q->n_servers, (unsigned)RADIUS_TRY_MAX);
	for (unsigned i = 0; i < r->n_servers; i++)
		g_strlcpy(r->servers[i], q->servers[i], RADIUS_NAME_MAX);
	r->attrs = g_memdup2(q->attrs, q->n_attrs);
	r->n_attrs = q->n_attrs;
	r->password = g_strdup(q->password);
	r->at = q->at;
	r->slot = NO_SLOT;
	g_hash_table_insert(c->requests, &r->handle, r);

	uint64_t handle = r->handle; /* it may be over at once */

	go_on(c, r, now);
	return handle;
}

void radius_client_cancel(struct radius_client *c, uint64_t handle)
{
	struct request *r = g_hash_table_lookup(c->requests, &handle);

	if (r)
		forget(c, r);
}

void radius_client_reset(struct radius_client *c)
{
	struct effect *e;

	for (unsigned i = 0; i < SLOTS; i++)
		if (c->slots[i])
			withdraw(c, c->slots[i]);
	g_queue_clear(c->waiting);
	g_hash_table_remove_all(c->requests);
	while ((e = g_queue_pop_head(c->effects)))
		effect_free(e);
}

/* ---- configuration ---- */

static bool same_place(const struct radius_server *a, const struct radius_server *b)
{
	return a->ip == b->ip && a->auth_port == b->auth_port && a->acct_port == b->acct_port;
}

/* What the new list has of `name`, made of the old one. */
static struct server *adopt(
	struct radius_client *c, GPtrArray *old, const struct radius_server *conf, base_time now)
{
	for (guint i = 0; i < old->len; i++) {
		struct server *s = old->pdata[i];

		if (strcmp(s->conf.name, conf->name) || !same_place(&s->conf, conf))
			continue;
		s->conf = *conf;
		return g_ptr_array_steal_index(old, i);
	}

	struct server *s = g_new0(struct server, 1);

	s->conf = *conf;
	s->id = ++c->last_server;
	s->since = s->heard = now;
	return s;
}

void radius_client_configure(
	struct radius_client *c, const struct radius_client_config *cfg, base_time now)
{
	GPtrArray *old = c->servers;

	c->servers = g_ptr_array_new_with_free_func(g_free);
	for (unsigned i = 0; i < cfg->n_servers && i < RADIUS_SERVERS_MAX; i++)
		g_ptr_array_add(c->servers, adopt(c, old, &cfg->servers[i], now));
	c->deadtime_s = cfg->deadtime_s;
	c->dead_s = cfg->dead_s ? cfg->dead_s : RADIUS_DEAD_S_DEFAULT;
	c->dead_tries = cfg->dead_tries ? cfg->dead_tries : RADIUS_DEAD_TRIES_DEFAULT;
	if (old->len)
		for (unsigned i = 0; i < SLOTS; i++)
			if (c->slots[i] && !server_by_id(c, c->slots[i]->server))
				go_on(c, c->slots[i], now);
	g_ptr_array_unref(old);
	serve_waiting(c, now);
}

/* ---- inputs ---- */

bool radius_client_port(const struct radius_client *c, uint16_t port)
{
	return port >= c->first_port && port < c->first_port + RADIUS_PORTS;
}

/* An answer to something that we have asked there; otherwise NULL. */
static struct request *match(const struct radius_client *c, uint32_t ip, uint16_t port,
	uint16_t to_port, const struct radius_packet *p, struct server **from)
{
	unsigned slot = (unsigned)(to_port - c->first_port) * 256 + p->id;
	struct request *r = c->slots[slot];
	struct server *s = r ? server_by_id(c, r->server) : NULL;

	if (!s || s->conf.ip != ip || port_of(s, r->code) != port)
		return NULL;
	*from = s;
	return r;
}

static bool fits(uint8_t request, uint8_t reply)
{
	if (request == RADIUS_ACCT_REQUEST)
		return reply == RADIUS_ACCT_RESPONSE;
	return reply == RADIUS_ACCESS_ACCEPT || reply == RADIUS_ACCESS_REJECT ||
	       reply == RADIUS_ACCESS_CHALLENGE;
}

static void hint(struct radius_client *c, struct server *s, base_time now)
{
	char ip[16];

	if (time_before(now, s->hint_due))
		return;
	s->hint_due = time_add(now, dur_s(HINT_S));
	say(c, LOG_SEV_WARNING, "NO_MESSAGE_AUTHENTICATOR",
		"reply of RADIUS server %s (%s) has no Message-Authenticator: dropped; "
		"'no message-authenticator required' under 'radius server %s' accepts such "
		"replies",
		s->conf.name, ipv4_to_str(s->conf.ip, ip), s->conf.name);
}

/* Is it to be believed?  If not, that is counted. */
static bool genuine(struct radius_client *c, const struct request *r, struct server *s,
	const struct radius_packet *p, base_time now)
{
	struct radius_counts *n = counts(s, r->code);

	if (!fits(r->code, p->code)) {
		n->unexpected++;
		return false;
	}
	switch (radius_verify(p, s->conf.key, r->authenticator)) {
	case RADIUS_GENUINE:
		return true;
	case RADIUS_MA_MISSING:
		if (r->code == RADIUS_ACCT_REQUEST || s->conf.ma_optional)
			return true;
		n->unauthenticated++;
		hint(c, s, now);
		return false;
	case RADIUS_FORGED:
	case RADIUS_FORGED_MA:
		break;
	}
	n->forged++;
	return false;
}

static enum radius_outcome judge(struct server *s, uint8_t code)
{
	switch (code) {
	case RADIUS_ACCESS_ACCEPT:
		s->auth.accepts++;
		return RADIUS_OUT_ACCEPT;
	case RADIUS_ACCT_RESPONSE:
		s->acct.responses++;
		return RADIUS_OUT_ACCEPT;
	case RADIUS_ACCESS_CHALLENGE:
		s->auth.challenges++;
		return RADIUS_OUT_REJECT;
	}
	s->auth.rejects++;
	return RADIUS_OUT_REJECT;
}

void radius_client_input(struct radius_client *c, uint32_t from_ip, uint16_t from_port,
	uint16_t to_port, const uint8_t *bytes, size_t n, base_time now)
{
	struct radius_packet p;
	struct server *s = NULL;
	struct request *r;

	if (!radius_client_port(c, to_port))
		return;
	if (!radius_parse(&p, bytes, n)) {
		for (guint i = 0; i < c->servers->len; i++) {
			s = c->servers->pdata[i];
			if (s->conf.ip == from_ip)
				counts(s, from_port == s->conf.auth_port
						  ? RADIUS_ACCESS_REQUEST
						  : RADIUS_ACCT_REQUEST)
					->malformed++;
		}
		return;
	}
	r = match(c, from_ip, from_port, to_port, &p, &s);
	if (!r) {
		c->unexpected++;
		return;
	}
	if (!genuine(c, r, s, &p, now))
		return;
	trace(c, "Received", s, bytes, n);
	heard(c, s, now);
	done(c, r, judge(s, p.code), s, &p);
	forget(c, r);
	serve_waiting(c, now);
}

static void timed_out(struct radius_client *c, struct request *r, base_time now)
{
	struct server *s = server_by_id(c, r->server);

	if (!s) {
		go_on(c, r, now);
		return;
	}
	counts(s, r->code)->timeouts++;
	missed(c, s, now);
	if (r->left == 0 || (skipped(s, now) && !all_skipped(c, r, now))) {
		counts(s, r->code)->failovers++;
		go_on(c, r, now);
		return;
	}
	r->left--;
	counts(s, r->code)->repeats++;
	transmit(c, r, s, now);
}

base_time radius_client_next_due(const struct radius_client *c)
{
	return timer_next_due(c->timers);
}

bool radius_client_tick(struct radius_client *c, base_time now, unsigned budget)
{
	struct timer *t;

	while (budget-- && (t = timer_pop(c->timers, now)))
		timed_out(c, c->slots[t->owner], now);
	serve_waiting(c, now);
	return !time_before(now, timer_next_due(c->timers));
}

void radius_client_set_debug(struct radius_client *c, bool on)
{
	c->debug = on;
}

/* ---- queries ---- */

unsigned radius_client_servers(const struct radius_client *c)
{
	return c->servers->len;
}

bool radius_client_server(
	const struct radius_client *c, unsigned i, struct radius_server_info *out)
{
	const struct server *s = i < c->servers->len ? c->servers->pdata[i] : NULL;

	if (!s)
		return false;
	*out = (struct radius_server_info){
		.conf = &s->conf,
		.dead = s->dead,
		.since = s->since,
		.previous = s->previous,
		.dead_times = s->dead_times,
		.outstanding = s->outstanding,
		.auth = s->auth,
		.acct = s->acct,
	};
	return true;
}

unsigned radius_client_pending(const struct radius_client *c, unsigned *waiting)
{
	if (waiting)
		*waiting = c->waiting->length;
	return g_hash_table_size(c->requests);
}

uint64_t radius_client_unexpected(const struct radius_client *c)
{
	return c->unexpected;
}
