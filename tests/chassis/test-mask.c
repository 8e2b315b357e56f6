/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is secret is overwritten, whatever parts a transaction comes in, and nothing else is.
 */
#include "chassis/mask.h"

#include "base/rng.h"

#include <string.h>

struct thing {
	char *name, *secret;
	uint32_t number, pin;
	GBytes *key;
};

/* clang-format off */
#define F(id, kind, flags, m) { id, 1, kind, flags, offsetof(struct thing, m), #m }
static const struct rec_field fields[] = {
	F(1, REC_STR,   0,          name),
	F(2, REC_STR,   REC_SECRET, secret),
	F(3, REC_U32,   0,          number),
	F(4, REC_U32,   REC_SECRET, pin),
	F(5, REC_BYTES, REC_SECRET, key),
};
#undef F
/* clang-format on */

static const struct rec_table table = { "thing", sizeof(struct thing), fields,
	G_N_ELEMENTS(fields) };

enum { THING = 7, HEAD = 4 + 8 + 8 + 1 };

static const struct rec_table *tables(unsigned client, unsigned type)
{
	return client == CKPT_L2TP && type == THING ? &table : NULL;
}

/* ---- making transactions ---- */

static void add(GByteArray *a, uint8_t client, uint8_t type, uint8_t op, const void *bytes,
	size_t n)
{
	uint8_t head[MASK_RECORD_HEAD];
	struct wr w = wr_init(head, sizeof(head));

	wr_u8(&w, client);
	wr_u8(&w, type);
	wr_u8(&w, op);
	wr_u64(&w, 33003);
	wr_u32(&w, (uint32_t)n);
	g_byte_array_append(a, head, (guint)w.len);
	if (n)
		g_byte_array_append(a, bytes, (guint)n);
}

static void add_thing(GByteArray *a)
{
	char name[] = "seen-name", secret[] = "hidden-word";
	g_autoptr(GBytes) key = g_bytes_new_static("hidden-key", 10);
	struct thing t = { name, secret, 0x5ee05ee0, 0xdeadbeef, key };
	uint8_t buf[256];
	struct wr w = wr_init(buf, sizeof(buf));

	rec_encode(&table, 1, &t, &w);
	add(a, CKPT_L2TP, THING, CKPT_UPSERT, buf, w.len);
}

static void add_text(GByteArray *a, const char *text)
{
	add(a, CKPT_CONFIG, 1, CKPT_UPSERT, text, strlen(text));
}

static GByteArray *transaction(void)
{
	GByteArray *a = g_byte_array_new();

	add_thing(a);
	add_text(a, "hostname seen\n l2tp tunnel password 0 hidden-text\nseen-too\n");
	add(a, CKPT_L2TP, THING, CKPT_DELETE, NULL, 0);
	add(a, CKPT_L2TP, 200, CKPT_UPSERT, "hidden-as-unknown", 17);
	add_thing(a);
	return a;
}

static GByteArray *part(const GByteArray *all, size_t from, size_t to, uint64_t seq)
{
	GByteArray *a = g_byte_array_new();
	uint8_t head[HEAD];
	struct wr w = wr_init(head, sizeof(head));

	wr_u32(&w, 1);
	wr_u64(&w, seq);
	wr_u64(&w, 0x1234);
	wr_u8(&w, (from ? CKPT_CONT : 0) | (to < all->len ? CKPT_MORE : 0));
	g_byte_array_append(a, head, HEAD);
	g_byte_array_append(a, all->data + from, (guint)(to - from));
	return a;
}

static bool has(const GByteArray *a, const char *text)
{
	return memmem(a->data, a->len, text, strlen(text));
}

static void assert_no_secret(const GByteArray *a)
{
	static const uint8_t pin[] = { 0xde, 0xad, 0xbe, 0xef };

	g_assert_false(has(a, "hidden"));
	g_assert_false(has(a, "idden"));
	g_assert_null(memmem(a->data, a->len, pin, sizeof(pin)));
}

/* ---- cases ---- */

static void test_whole(void)
{
	g_autoptr(GByteArray) all = transaction();
	g_autoptr(GByteArray) a = part(all, 0, all->len, 1);
	g_autoptr(GByteArray) before = g_byte_array_new();
	struct mask m;
	unsigned seen = 0;

	g_byte_array_append(before, a->data, a->len);
	mask_init(&m, tables);
	g_assert_cmpuint(mask_record(&m, IPC_CKPT, a->data, a->len), ==, MASK_DID);
	assert_no_secret(a);
	g_assert_true(has(a, "seen-name"));
	g_assert_true(has(a, "\x5e\xe0\x5e\xe0"));
	g_assert_true(has(a, "hostname seen\n l2tp tunnel password * ***********\nseen-too\n"));
	/* Nothing but the secrets: 2 * (11 + 4 + 10) of things, 1 + 11 of text, 17. */
	for (guint i = 0; i < a->len; i++)
		seen += a->data[i] != before->data[i];
	g_assert_cmpuint(seen, ==, 2 * 25 + 12 + 17);
}

/* The same octets come out, wherever a transaction is cut into two or three. */
static void test_parts(void)
{
	g_autoptr(GByteArray) all = transaction();
	g_autoptr(GByteArray) whole = part(all, 0, all->len, 1);
	struct mask m;

	mask_init(&m, tables);
	mask_record(&m, IPC_CKPT, whole->data, whole->len);
	for (guint cut = 1; cut < all->len; cut++) {
		guint next = MIN(cut + 1 + cut % 5, all->len);
		g_autoptr(GByteArray) a = part(all, 0, cut, 2);
		g_autoptr(GByteArray) b = part(all, cut, next, 2);
		g_autoptr(GByteArray) c = part(all, next, all->len, 2);
		g_autoptr(GByteArray) sum = g_byte_array_new();

		mask_record(&m, IPC_CKPT, a->data, a->len);
		mask_record(&m, IPC_CKPT, b->data, b->len);
		if (next < all->len)
			mask_record(&m, IPC_CKPT, c->data, c->len);
		g_byte_array_append(sum, a->data + HEAD, a->len - HEAD);
		g_byte_array_append(sum, b->data + HEAD, b->len - HEAD);
		g_byte_array_append(sum, c->data + HEAD, c->len - HEAD);
		g_assert_cmpmem(sum->data, sum->len, whole->data + HEAD, whole->len - HEAD);
	}
}

/* A part whose beginning is not known shows nothing, and the next transaction all again. */
static void expect_dark(struct mask *m, GByteArray *a)
{
	g_assert_cmpuint(mask_record(m, IPC_CKPT, a->data, a->len), ==,
		MASK_DID | MASK_UNREAD);
	for (guint i = HEAD; i < a->len; i++)
		g_assert_cmpuint(a->data[i], ==, MASK_OCTET);
}

static void test_beginning_lost(void)
{
	g_autoptr(GByteArray) all = transaction();
	struct mask m;

	mask_init(&m, tables);
	for (unsigned i = 0; i < 4; i++) {
		g_autoptr(GByteArray) first = part(all, 0, 40, 5);
		g_autoptr(GByteArray) tail = part(all, 60, all->len, i == 2 ? 6 : 5);
		g_autoptr(GByteArray) next = part(all, 0, all->len, 7);

		if (i)
			mask_record(&m, IPC_CKPT, first->data, first->len);
		if (i == 1)
			mask_gap(&m);
		if (i == 3) { /* its end came already */
			g_autoptr(GByteArray) end = part(all, 40, all->len, 5);

			mask_record(&m, IPC_CKPT, end->data, end->len);
		}
		expect_dark(&m, tail);
		g_assert_cmpuint(mask_record(&m, IPC_CKPT, next->data, next->len), ==, MASK_DID);
		g_assert_true(has(next, "seen-name"));
		assert_no_secret(next);
	}
}

static void test_no_tables(void)
{
	g_autoptr(GByteArray) all = transaction();
	g_autoptr(GByteArray) a = part(all, 0, all->len, 1);
	struct mask m;

	mask_init(&m, NULL);
	mask_record(&m, IPC_CKPT, a->data, a->len);
	assert_no_secret(a);
	g_assert_false(has(a, "seen-name"));
	g_assert_true(has(a, "hostname seen"));
}

static void test_malformed(void)
{
	static const uint8_t too_long[] = { 1, 0, 200, 'h', 'i', 'd', 'd', 'e', 'n' };
	static const uint8_t unknown[] = { 99, 0, 6, 'h', 'i', 'd', 'd', 'e', 'n' };
	g_autoptr(GByteArray) all = g_byte_array_new();
	g_autoptr(GByteArray) a = NULL, b = NULL;
	uint8_t runt[] = "hidden";
	struct mask m;

	mask_init(&m, tables);
	add(all, CKPT_L2TP, THING, CKPT_UPSERT, too_long, sizeof(too_long));
	add(all, CKPT_L2TP, THING, CKPT_UPSERT, unknown, sizeof(unknown));
	add_thing(all);
	a = part(all, 0, all->len, 1);
	mask_record(&m, IPC_CKPT, a->data, a->len);
	assert_no_secret(a);
	g_assert_true(has(a, "seen-name")); /* the frame of records was whole */

	add(all, CKPT_L2TP, THING, 77, "x", 1); /* no such operation: nothing behind it counts */
	add_text(all, "hidden");
	b = part(all, 0, all->len, 2);
	g_assert_true(mask_record(&m, IPC_CKPT, b->data, b->len) & MASK_UNREAD);
	assert_no_secret(b);

	g_assert_true(mask_record(&m, IPC_CKPT, runt, sizeof(runt)) & MASK_UNREAD);
	g_assert_cmpuint(runt[0], ==, MASK_OCTET);
	runt[0] = 'h';
	g_assert_true(mask_record(&m, N_IPC_TYPES, runt, sizeof(runt)) & MASK_UNREAD);
	g_assert_cmpuint(runt[0], ==, MASK_OCTET);
}

static const struct {
	const char *name, *in, *out;
} texts[] = {
	/* clang-format off */
	{ "nothing",     "hostname lns1\n",              "hostname lns1\n" },
	{ "empty",       "\n\n",                         "\n\n" },
	{ "password",    "username a password 0 b c\nd", "username a password * * *\nd" },
	{ "secret",      "enable secret 5 $1$x",         "enable secret * ****" },
	{ "key",         " key 7 0822455D0A16\n!",       " key * ************\n!" },
	{ "server-key",  " client 10.0.0.1 server-key 0 s3cr", " client 10.0.0.1 server-key * ****" },
	{ "server",      "radius server A x",            "radius server A x" },
	{ "key-string",  " key-string abc",              " key-string ***" },
	{ "community",   "snmp-server community x RO",   "snmp-server community * **" },
	{ "abbreviated", "user a pass 0 b\nl2tp tun pa x", "user a pass * *\nl2tp tun pa *" },
	{ "one-letter",  "username a p b\n",             "username a p *\n" },
	{ "case",        "USERNAME A PASSWORD B\r\nx",   "USERNAME A PASSWORD *\r\nx" },
	{ "tab",         "key\tabc",                     "key\t***" },
	{ "longer-word", "passwords are x\nkeys x",      "passwords are x\nkeys x" },
	{ "inside",      "monkey x\nmy-secret x",        "monkey x\nmy-secret x" },
	{ "at-the-end",  "password\nx",                  "password\nx" },
	{ "two",         "key a password b\n",           "key * ******** *\n" },
	{ "ppp-stays",   "ppp authentication chap pap\npeer default ip address pool P",
	                 "ppp authentication chap pap\npeer default ip address pool P" },
	/* clang-format on */
};

static void test_text(gconstpointer data)
{
	unsigned i = GPOINTER_TO_UINT(data);
	g_autoptr(GByteArray) all = g_byte_array_new();
	g_autoptr(GByteArray) a = NULL;
	size_t at = HEAD + MASK_RECORD_HEAD;
	struct mask m;

	mask_init(&m, tables);
	add_text(all, texts[i].in);
	a = part(all, 0, all->len, 1);
	mask_record(&m, IPC_CKPT, a->data, a->len);
	g_assert_cmpmem(a->data + at, a->len - at, texts[i].out, strlen(texts[i].out));
}

/* Messages of which no field is secret stay as they are. */
static void test_messages(void)
{
	for (unsigned type = IPC_NONE + 1; type < N_IPC_TYPES; type++) {
		uint8_t bytes[] = { 1, 0, 1, 42 };
		struct mask m;

		if (type == IPC_CKPT)
			continue;
		mask_init(&m, tables);
		g_assert_cmpuint(mask_record(&m, type, bytes, sizeof(bytes)), ==, 0);
		g_assert_cmpuint(bytes[3], ==, 42);
	}
}

/* A mirror carries messages for FPs as octets that are not looked into: none may be secret. */
static void test_mirrored(void)
{
	for (unsigned type = IPC_NONE + 1; type < N_IPC_TYPES; type++) {
		const struct rec_table *t = ipc_table(type);

		if (!t || !(ipc_may_send(type, BOARD_RP, BOARD_FP) ||
				  ipc_may_send(type, BOARD_FP, BOARD_FP)))
			continue;
		for (size_t i = 0; i < t->n_fields; i++)
			if (t->fields[i].flags & REC_SECRET)
				g_error("%s: %s is secret", t->name, t->fields[i].name);
	}
}

/* Whatever comes, no octet outside is touched (sanitizers look) and the state stays sound. */
static void test_rubbish(void)
{
	struct rng rng;
	struct mask m;

	rng_init(&rng, 1, 1);
	mask_init(&m, tables);
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = rng_u64(&rng) % 200;
		g_autofree uint8_t *p = g_malloc(n);

		for (size_t k = 0; k < n; k++)
			p[k] = (uint8_t)(rng_u64(&rng) % 6 * (k % 7 ? 1 : 3));
		mask_record(&m, IPC_CKPT, p, n);
		g_assert_cmpuint(m.have, <=, MASK_RECORD_HEAD);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/mask/whole", test_whole);
	g_test_add_func("/chassis/mask/parts", test_parts);
	g_test_add_func("/chassis/mask/beginning-lost", test_beginning_lost);
	g_test_add_func("/chassis/mask/no-tables", test_no_tables);
	g_test_add_func("/chassis/mask/malformed", test_malformed);
	g_test_add_func("/chassis/mask/messages", test_messages);
	g_test_add_func("/chassis/mask/mirrored", test_mirrored);
	g_test_add_func("/chassis/mask/rubbish", test_rubbish);
	for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *path = g_strdup_printf("/chassis/mask/text/%s", texts[i].name);

		g_test_add_data_func(path, GUINT_TO_POINTER(i), test_text);
	}
	return g_test_run();
}
