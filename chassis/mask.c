/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See mask.h.  An automaton that is given one octet after the other; nothing is put aside, so
 * no transaction is too long for it.
 */
#include "chassis/mask.h"

#include <string.h>

/* In a line of configuration, what follows one of these is secret.  Lines come as they were
 * typed, so the beginning of a word, in any case, counts as the word. */
static const char *const words[] = { "password", "secret", "key", "key-string", "community",
	"server-key" };
enum { SERVER_KEY = 1 << 5, SERVER_KEY_LEAST = 8 }; /* shorter ones mean `server` */

enum { ALL_WORDS = (1 << G_N_ELEMENTS(words)) - 1 };

void mask_init(struct mask *m, chassis_ckpt_table_fn tables)
{
	*m = (struct mask){ .tables = tables };
}

void mask_gap(struct mask *m)
{
	m->open = false;
}

static void hide(struct mask *m, uint8_t *p)
{
	*p = MASK_OCTET;
	m->did = true;
}

/* ---- text ---- */

static void begin_word(struct mask *m)
{
	m->word = ALL_WORDS;
	m->word_at = 0;
}

static void begin_text(struct mask *m)
{
	m->place = MASK_IN_TEXT;
	m->hidden = false;
	begin_word(m);
}

static void text_octet(struct mask *m, uint8_t *p)
{
	char c = g_ascii_tolower((char)*p);

	if (c == '\n' || c == '\r' || !c) {
		m->hidden = false;
		begin_word(m);
	} else if (c == ' ' || c == '\t') {
		if (m->word_at < SERVER_KEY_LEAST)
			m->word &= ~(unsigned)SERVER_KEY;
		m->hidden |= m->word && m->word_at;
		begin_word(m);
	} else if (m->hidden) {
		hide(m, p);
	} else {
		for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
			if (m->word & 1u << i && words[i][m->word_at] != c)
				m->word &= ~(1u << i);
		m->word_at++;
	}
}

/* ---- fields ---- */

static const struct rec_field *find_field(const struct rec_table *t, uint8_t id)
{
	for (size_t i = 0; i < t->n_fields; i++)
		if (t->fields[i].id == id)
			return &t->fields[i];
	return NULL;
}

/* head holds the field's; left is what the record has behind it. */
static void begin_value(struct mask *m)
{
	const struct rec_field *f = find_field(m->table, m->head[0]);

	m->have = 0;
	m->value_left = (uint32_t)m->head[1] << 8 | m->head[2];
	m->hidden = !f || f->flags & REC_SECRET; /* unknown: of a newer version */
	m->place = m->value_left > m->left ? MASK_IN_DARK : MASK_IN_VALUE;
	if (!m->value_left)
		m->place = MASK_AT_FIELD;
}

static void field_octet(struct mask *m, uint8_t *p)
{
	m->head[m->have++] = *p;
	if (m->have == MASK_FIELD_HEAD)
		begin_value(m);
}

static void value_octet(struct mask *m, uint8_t *p)
{
	if (m->hidden)
		hide(m, p);
	if (!--m->value_left)
		m->place = MASK_AT_FIELD;
}

static void begin_fields(struct mask *m, const struct rec_table *table)
{
	m->table = table;
	m->have = 0;
	m->place = table ? MASK_AT_FIELD : MASK_IN_DARK;
}

/* ---- records ---- */

static void begin_record(struct mask *m)
{
	struct rd r = rd_init(m->head, sizeof(m->head));
	uint8_t client = rd_u8(&r), type = rd_u8(&r), op = rd_u8(&r);

	rd_skip(&r, 8);
	m->left = rd_u32(&r);
	if (op != CKPT_UPSERT && op != CKPT_DELETE)
		m->readable = false;
	else if (client == CKPT_CONFIG)
		begin_text(m);
	else
		begin_fields(m, m->tables ? m->tables(client, type) : NULL);
}

static void begin_records(struct mask *m)
{
	m->place = MASK_AT_RECORD;
	m->have = 0;
	m->left = 0;
}

static void record_octet(struct mask *m, uint8_t *p)
{
	m->head[m->have++] = *p;
	if (m->have < MASK_RECORD_HEAD)
		return;
	begin_record(m);
	if (!m->left)
		begin_records(m);
}

static void inner_octet(struct mask *m, uint8_t *p)
{
	m->left--;
	if (m->place == MASK_AT_FIELD)
		field_octet(m, p);
	else if (m->place == MASK_IN_VALUE)
		value_octet(m, p);
	else if (m->place == MASK_IN_TEXT)
		text_octet(m, p);
	else
		hide(m, p);
}

static unsigned darken(uint8_t *p, size_t n)
{
	if (n)
		memset(p, MASK_OCTET, n);
	return MASK_DID | MASK_UNREAD;
}

static unsigned mask_ckpt(struct mask *m, uint8_t *payload, size_t len)
{
	struct rd r = rd_init(payload, len);
	uint32_t epoch = rd_u32(&r);
	uint64_t seq = rd_u64(&r), boot_to = rd_u64(&r);
	uint8_t flags = rd_u8(&r);
	size_t at = len - rd_left(&r);

	if (r.bad) {
		m->open = false;
		return darken(payload, len);
	}
	if (!(flags & CKPT_CONT)) {
		begin_records(m);
		m->readable = true;
	} else if (!m->open || epoch != m->epoch || seq != m->seq || boot_to != m->boot_to) {
		m->readable = false;
	}
	m->open = flags & CKPT_MORE;
	m->epoch = epoch;
	m->seq = seq;
	m->boot_to = boot_to;
	for (; at < len && m->readable; at++) {
		if (m->place == MASK_AT_RECORD)
			record_octet(m, payload + at);
		else
			inner_octet(m, payload + at);
		if (m->place != MASK_AT_RECORD && !m->left)
			begin_records(m);
	}
	return m->readable ? (m->did ? MASK_DID : 0) : darken(payload + at, len - at);
}

static unsigned mask_fields(unsigned type, uint8_t *payload, size_t len)
{
	const struct rec_table *table = ipc_table(type);
	struct mask m = { .left = (uint32_t)len };

	if (!table)
		return darken(payload, len);
	begin_fields(&m, table);
	for (size_t at = 0; at < len; at++)
		inner_octet(&m, payload + at);
	return m.did ? MASK_DID : 0;
}

unsigned mask_record(struct mask *m, unsigned type, uint8_t *payload, size_t len)
{
	m->did = false;
	return type == IPC_CKPT ? mask_ckpt(m, payload, len) : mask_fields(type, payload, len);
}
