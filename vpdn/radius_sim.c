/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small RADIUS server, see radius_sim.h.
 */
#include "vpdn/radius_sim.h"

#include "base/net.h"
#include "base/rng.h"
#include "ppp/mschap.h"

#include <string.h>

enum { RNG_STREAM = 0x73696d72, ASKED = 256, RECORDS_MAX = 1 << 20 };

struct user {
	char *name, *password;
	GPtrArray *attrs; /* of struct item * */
};

struct item {
	const struct radius_row *row;
	uint8_t tag;
	char *value;
};

struct dgram {
	struct radius_sim_dgram d;
	uint8_t *bytes;
	base_time due;
};

struct radius_sim {
	char secret[RADIUS_SECRET_MAX];
	struct rng rng;
	struct radius_sim_manner manner;
	GHashTable *users;
	GQueue *out; /* struct dgram *, by due */
	struct dgram *current;
	GPtrArray *records;
	GPtrArray *taken; /* copies of a record, one for each request */
	GHashTable *by_id; /* "id/status" -> record */
	struct radius_sim_counts counts;
	GByteArray *last[2]; /* Access-Request, Accounting-Request */
	uint8_t last_id;
	uint8_t asked[ASKED][RADIUS_AUTH]; /* by identifier */
};

static void item_free(void *data)
{
	struct item *i = data;

	g_free(i->value);
	g_free(i);
}

static void user_free(void *data)
{
	struct user *u = data;

	g_free(u->name);
	g_free(u->password);
	g_ptr_array_unref(u->attrs);
	g_free(u);
}

static void dgram_free(void *data)
{
	struct dgram *d = data;

	g_free(d->bytes);
	g_free(d);
}

struct radius_sim *radius_sim_new(const char *secret, uint64_t seed)
{
	struct radius_sim *s = g_new0(struct radius_sim, 1);

	g_strlcpy(s->secret, secret, sizeof(s->secret));
	rng_init(&s->rng, seed, RNG_STREAM);
	s->users = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, user_free);
	s->out = g_queue_new();
	for (unsigned i = 0; i < G_N_ELEMENTS(s->last); i++)
		s->last[i] = g_byte_array_new();
	s->records = g_ptr_array_new_with_free_func(g_free);
	s->taken = g_ptr_array_new_with_free_func(g_free);
	s->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return s;
}

void radius_sim_free(struct radius_sim *s)
{
	if (!s)
		return;
	g_hash_table_unref(s->users);
	g_queue_free_full(s->out, dgram_free);
	for (unsigned i = 0; i < G_N_ELEMENTS(s->last); i++)
		g_byte_array_unref(s->last[i]);
	g_clear_pointer(&s->current, dgram_free);
	g_ptr_array_unref(s->records);
	g_ptr_array_unref(s->taken);
	g_hash_table_unref(s->by_id);
	g_free(s);
}

struct radius_sim_manner *radius_sim_manner(struct radius_sim *s)
{
	return &s->manner;
}

/* ---- users ---- */

void radius_sim_user(struct radius_sim *s, const char *name, const char *password)
{
	struct user *u = g_hash_table_lookup(s->users, name);

	if (!u) {
		u = g_new0(struct user, 1);
		u->name = g_strdup(name);
		u->attrs = g_ptr_array_new_with_free_func(item_free);
		g_hash_table_insert(s->users, u->name, u);
	}
	g_free(u->password);
	u->password = g_strdup(password);
}

static const struct radius_row *row_of(const char *name, size_t n)
{
	for (size_t i = 0; i < radius_n_rows; i++)
		if (!g_ascii_strncasecmp(radius_rows[i].name, name, n) &&
			!radius_rows[i].name[n])
			return &radius_rows[i];
	return NULL;
}

static bool is_number(const char *value, guint64 *n)
{
	return g_ascii_string_to_unsigned(value, 10, 0, UINT32_MAX, n, NULL);
}

static bool good_value(const struct radius_row *row, const char *value)
{
	guint64 n;
	uint32_t ip;

	switch ((enum radius_kind)row->kind) {
	case RADIUS_INT:
		return is_number(value, &n);
	case RADIUS_IP:
		return ipv4_from_str(value, &ip);
	case RADIUS_STR:
	case RADIUS_OCTETS:
		return *value && strlen(value) < 240;
	case RADIUS_VENDOR:
		break;
	}
	return false;
}

bool radius_sim_attr(
	struct radius_sim *s, const char *user, const char *name, const char *value)
{
	struct user *u = g_hash_table_lookup(s->users, user);
	size_t n = strcspn(name, ":");
	const struct radius_row *row = row_of(name, n);
	guint64 tag = 0;

	if (!u || !row || !good_value(row, value) ||
		(name[n] && !g_ascii_string_to_unsigned(
				    name + n + 1, 10, 0, RADIUS_TAG_MAX, &tag, NULL)))
		return false;

	struct item *i = g_new0(struct item, 1);

	i->row = row;
	i->tag = (uint8_t)tag;
	i->value = g_strdup(value);
	g_ptr_array_add(u->attrs, i);
	return true;
}

static void put_item(struct radius_sim *s, struct wr *w, const struct item *i,
	const struct radius_packet *p)
{
	uint32_t number = 0;
	guint64 n = 0;

	if (i->row->kind == RADIUS_IP)
		(void)ipv4_from_str(i->value, &number);
	else if (is_number(i->value, &n))
		number = (uint32_t)n;
	if (i->row->flags & RADIUS_SALTED)
		radius_put_tunnel_password(w, i->tag, (uint16_t)rng_u32(&s->rng), i->value,
			s->secret, p->authenticator);
	else if (i->row->flags & RADIUS_TAGGED && i->row->kind == RADIUS_INT)
		radius_put_tagged_u32(w, i->row->type, i->tag, number);
	else if (i->row->flags & RADIUS_TAGGED)
		radius_put_tagged_str(w, i->row->type, i->tag, i->value);
	else if (i->row->vendor && i->row->kind == RADIUS_STR)
		radius_put_vendor(
			w, i->row->vendor, i->row->type, i->value, strlen(i->value));
	else if (i->row->kind == RADIUS_INT || i->row->kind == RADIUS_IP)
		radius_put_u32(w, i->row->type, number);
	else
		radius_put_str(w, i->row->type, i->value);
}

/* ---- logins ---- */

static bool chap_ok(
	const struct radius_packet *p, const struct radius_attr *a, const char *password)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
	struct rd r = a->value;
	uint8_t id = rd_u8(&r), right[16];
	struct radius_attr challenge;
	gsize n = sizeof(right);

	g_checksum_update(sum, &id, 1);
	g_checksum_update(sum, (const guchar *)password, -1);
	if (radius_find(p->attrs, RADIUS_IETF, RA_CHAP_CHALLENGE, &challenge))
		g_checksum_update(
			sum, challenge.value.p, (gssize)rd_left(&challenge.value));
	else
		g_checksum_update(sum, p->authenticator, RADIUS_AUTH);
	g_checksum_get_digest(sum, right, &n);
	return rd_left(&r) == n && !memcmp(r.p, right, n);
}

/* RFC 2548, sections 2.1.3 and 2.3.2: identifier and flags stand in front of the responses. */
static bool mschap_ok(const struct radius_packet *p, const char *name, const char *password,
	char success[PPP_MSCHAP2_SUCCESS])
{
	struct radius_attr a, challenge;
	uint8_t value[PPP_MSCHAP_RESPONSE];
	bool v2 = radius_find(p->attrs, RADIUS_MICROSOFT, RA_MS_CHAP2_RESPONSE, &a);

	if ((!v2 && !radius_find(p->attrs, RADIUS_MICROSOFT, RA_MS_CHAP_RESPONSE, &a)) ||
		!radius_find(p->attrs, RADIUS_MICROSOFT, RA_MS_CHAP_CHALLENGE, &challenge) ||
		rd_left(&challenge.value) !=
			(v2 ? PPP_MSCHAP2_CHALLENGE : PPP_MSCHAP_CHALLENGE))
		return false;
	rd_skip(&a.value, 1);
	value[PPP_MSCHAP_RESPONSE - 1] = rd_u8(&a.value);
	rd_copy(&a.value, value, PPP_MSCHAP_RESPONSE - 1);
	return v2 ? ppp_mschap2_check(password, name, challenge.value.p, value, success)
		  : ppp_mschap_check(password, challenge.value.p, value);
}

/* The user that the request proves; NULL: none.  success: what proves the server to it. */
static struct user *login(struct radius_sim *s, const struct radius_packet *p,
	char success[PPP_MSCHAP2_SUCCESS])
{
	char name[RADIUS_TEXT_MAX], password[RADIUS_PASSWORD_MAX + 1];
	struct radius_attr a;
	struct user *u;

	if (s->manner.reject || !radius_find(p->attrs, RADIUS_IETF, RA_USER_NAME, &a) ||
		!radius_text(&a, name))
		return NULL;
	u = g_hash_table_lookup(s->users, name);
	if (!u)
		return NULL;
	if (radius_find(p->attrs, RADIUS_IETF, RA_USER_PASSWORD, &a))
		return radius_password(&a, s->secret, p->authenticator, password) &&
				       !strcmp(password, u->password)
			       ? u
			       : NULL;
	if (radius_find(p->attrs, RADIUS_IETF, RA_CHAP_PASSWORD, &a))
		return chap_ok(p, &a, u->password) ? u : NULL;
	return mschap_ok(p, name, u->password, success) ? u : NULL;
}

static void put_success(struct wr *w, const char *success)
{
	uint8_t value[PPP_MSCHAP2_SUCCESS] = { 1 }; /* identifier, then the text */

	memcpy(value + 1, success, PPP_MSCHAP2_SUCCESS - 1);
	radius_put_vendor(w, RADIUS_MICROSOFT, RA_MS_CHAP2_SUCCESS, value, sizeof(value));
}

static void keep(GByteArray *last, const struct radius_packet *p)
{
	g_byte_array_set_size(last, 0);
	g_byte_array_append(last, p->bytes, (guint)p->len);
}

/* An identifier, which nobody looks at, and the text. */
static void put_error(struct wr *w, const char *error)
{
	g_autofree char *value = g_strconcat("x", error, NULL);

	radius_put_vendor(w, RADIUS_MICROSOFT, RA_MS_CHAP_ERROR, value, strlen(value));
}

static void access_request(
	struct radius_sim *s, const struct radius_packet *p, struct wr *w)
{
	char success[PPP_MSCHAP2_SUCCESS] = "";
	struct user *u = s->manner.challenge ? NULL : login(s, p, success);

	s->counts.requests++;
	s->counts.accepts += u != NULL;
	s->counts.rejects += u == NULL;
	radius_begin(w,
		u		      ? RADIUS_ACCESS_ACCEPT
		: s->manner.challenge ? RADIUS_ACCESS_CHALLENGE
				      : RADIUS_ACCESS_REJECT,
		p->id, NULL);
	if (!s->manner.no_message_authenticator)
		radius_put_message_authenticator(w);
	if (!u && s->manner.message)
		radius_put_str(w, RA_REPLY_MESSAGE, s->manner.message);
	if (!u && s->manner.mschap_error)
		put_error(w, s->manner.mschap_error);
	if (success[0])
		put_success(w, success);
	for (guint i = 0; u && i < u->attrs->len; i++)
		put_item(s, w, u->attrs->pdata[i], p);
	if (u)
		wr_bytes(w, s->manner.attrs, s->manner.n_attrs);
}

/* ---- accounting ---- */

static uint32_t number(const struct radius_packet *p, uint8_t type)
{
	struct radius_attr a;

	return radius_find(p->attrs, RADIUS_IETF, type, &a) ? radius_u32(&a) : 0;
}

static void text(const struct radius_packet *p, uint8_t type, char out[RADIUS_TEXT_MAX])
{
	struct radius_attr a;

	out[0] = '\0';
	if (radius_find(p->attrs, RADIUS_IETF, type, &a))
		(void)radius_text(&a, out);
}

static struct radius_sim_record *record(
	struct radius_sim *s, const char *id, uint32_t status)
{
	g_autofree char *key = g_strdup_printf("%s/%u", id, status);
	struct radius_sim_record *r = g_hash_table_lookup(s->by_id, key);

	if (r || s->records->len == RECORDS_MAX)
		return r;
	r = g_new0(struct radius_sim_record, 1);
	g_strlcpy(r->id, id, sizeof(r->id));
	r->status = status;
	g_ptr_array_add(s->records, r);
	g_hash_table_insert(s->by_id, g_steal_pointer(&key), r);
	return r;
}

static void account(struct radius_sim *s, const struct radius_packet *p)
{
	char id[RADIUS_TEXT_MAX];
	struct radius_sim_record *r;
	uint64_t in, out;
	uint32_t seconds = number(p, RA_ACCT_SESSION_TIME);

	text(p, RA_ACCT_SESSION_ID, id);
	r = record(s, id, number(p, RA_ACCT_STATUS_TYPE));
	if (!r)
		return;
	in = (uint64_t)number(p, RA_ACCT_INPUT_GIGAWORDS) << 32 |
	     number(p, RA_ACCT_INPUT_OCTETS);
	out = (uint64_t)number(p, RA_ACCT_OUTPUT_GIGAWORDS) << 32 |
	      number(p, RA_ACCT_OUTPUT_OCTETS);
	r->shrank |= in < r->in_octets || out < r->out_octets || seconds < r->seconds;
	r->copies++;
	r->in_octets = in;
	r->out_octets = out;
	r->seconds = seconds;
	r->cause = number(p, RA_ACCT_TERMINATE_CAUSE);
	r->ip = number(p, RA_FRAMED_IP);
	r->has_class |= radius_count(p->attrs, RADIUS_IETF, RA_CLASS) > 0;
	text(p, RA_USER_NAME, r->user);
	if (s->taken->len < RECORDS_MAX)
		g_ptr_array_add(s->taken, g_memdup2(r, sizeof(*r)));
}

/* ---- datagrams ---- */

static void put_out(struct radius_sim *s, const struct wr *w, struct radius_sim_dgram d,
	base_time due)
{
	struct dgram *g;

	if (w->bad)
		return;
	g = g_new0(struct dgram, 1);
	g->bytes = g_memdup2(w->buf, w->len);
	d.bytes = g->bytes;
	d.len = w->len;
	g->d = d;
	g->due = due;
	g_queue_push_tail(s->out, g);
}

static void answered(struct radius_sim *s, const struct radius_packet *p)
{
	if (radius_verify(p, s->secret, s->asked[p->id]) == RADIUS_FORGED) {
		s->counts.forged++;
		return;
	}
	if (p->code == RADIUS_DISCONNECT_ACK || p->code == RADIUS_COA_ACK) {
		s->counts.acks++;
		return;
	}
	s->counts.naks++;
	s->counts.error_cause = number(p, RA_ERROR_CAUSE);
}

void radius_sim_input(struct radius_sim *s, uint32_t from_ip, uint16_t from_port,
	uint32_t to_ip, uint16_t to_port, const uint8_t *bytes, size_t n, base_time now)
{
	uint8_t buf[RADIUS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct radius_sim_dgram d = { .local_ip = to_ip,
		.ip = from_ip,
		.local_port = to_port,
		.port = from_port };
	struct radius_packet p;

	if (s->manner.dead)
		return;
	if (!radius_parse(&p, bytes, n)) {
		s->counts.malformed++;
		return;
	}
	if (p.code >= RADIUS_DISCONNECT_REQUEST) {
		answered(s, &p);
		return;
	}
	if (radius_verify(&p, s->secret, NULL) == RADIUS_FORGED ||
		radius_verify(&p, s->secret, NULL) == RADIUS_FORGED_MA) {
		s->counts.forged++;
		return;
	}
	if (p.code == RADIUS_ACCESS_REQUEST) {
		keep(s->last[0], &p);
		access_request(s, &p, &w);
	} else if (p.code == RADIUS_ACCT_REQUEST) {
		s->counts.accounting++;
		keep(s->last[1], &p);
		account(s, &p);
		if (s->manner.mute)
			return;
		radius_begin(&w, RADIUS_ACCT_RESPONSE, p.id, NULL);
	} else {
		s->counts.malformed++;
		return;
	}
	radius_seal(&w, s->secret, p.authenticator);
	put_out(s, &w, d, time_add(now, s->manner.delay));
}

uint8_t radius_sim_ask(struct radius_sim *s, enum radius_code code, uint32_t local_ip,
	uint16_t local_port, uint32_t ip, uint16_t port, const uint8_t *attrs, size_t n,
	base_time now)
{
	uint8_t buf[RADIUS_MAX], id = ++s->last_id;
	struct wr w = wr_init(buf, sizeof(buf));
	struct radius_sim_dgram d = { .local_ip = local_ip,
		.ip = ip,
		.local_port = local_port,
		.port = port };

	radius_begin(&w, code, id, NULL);
	radius_put_message_authenticator(&w);
	wr_bytes(&w, attrs, n);
	radius_seal(&w, s->secret, NULL);
	if (!w.bad)
		memcpy(s->asked[id], buf + 4, RADIUS_AUTH);
	put_out(s, &w, d, now);
	return id;
}

base_time radius_sim_next_due(const struct radius_sim *s)
{
	const struct dgram *g = g_queue_peek_head(s->out);

	return g ? g->due : BASE_TIME_NEVER;
}

bool radius_sim_poll(struct radius_sim *s, base_time now, struct radius_sim_dgram *out)
{
	const struct dgram *g = g_queue_peek_head(s->out);

	g_clear_pointer(&s->current, dgram_free);
	if (!g || time_before(now, g->due))
		return false;
	s->current = g_queue_pop_head(s->out);
	*out = s->current->d;
	return true;
}

/* ---- what was seen ---- */

bool radius_sim_last(
	const struct radius_sim *s, enum radius_code code, struct radius_packet *out)
{
	const GByteArray *last = s->last[code == RADIUS_ACCT_REQUEST];

	return last->len && radius_parse(out, last->data, last->len);
}

unsigned radius_sim_records(const struct radius_sim *s)
{
	return s->records->len;
}

const struct radius_sim_record *radius_sim_record(const struct radius_sim *s, unsigned i)
{
	return i < s->records->len ? s->records->pdata[i] : NULL;
}

unsigned radius_sim_taken(const struct radius_sim *s)
{
	return s->taken->len;
}

const struct radius_sim_record *radius_sim_taken_get(const struct radius_sim *s, unsigned i)
{
	return i < s->taken->len ? s->taken->pdata[i] : NULL;
}

void radius_sim_get_counts(const struct radius_sim *s, struct radius_sim_counts *out)
{
	*out = s->counts;
}
