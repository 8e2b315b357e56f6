/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rng.h"

#include "tests/lib/hex.h"

/* RFC 8439 appendix A.1 (nonce zero): test vectors 1, 2, 3 and 4.  The last one is from
 * OpenSSL: the upper half of the block counter. */
static const struct {
	uint32_t key0, key7; /* words of the key that are not zero */
	uint64_t block;
	const char *keystream;
} vectors[] = {
	/* clang-format off */
	{ 0, 0, 0,
	  "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
	  "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" },
	{ 0, 0, 1,
	  "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
	  "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
	{ 0, 0x01000000, 1,
	  "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
	  "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0" },
	{ 0x0000ff00, 0, 2,
	  "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
	  "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096" },
	{ 0, 0, UINT64_C(1) << 32,
	  "3db41d3aa0d329285de6f225e6e24bd59c9a17006943d5c9b680e3873bdc683a"
	  "5819469899989690c281cd17c96159af0682b5b903468a61f50228cf09622b5a" },
	/* clang-format on */
};

static void test_vectors(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
		struct rng r = { .block = vectors[i].block, .used = 64 };
		uint8_t out[64];

		/* The fourth vector has 0xff in octet 1 of its key. */
		r.key[0] = vectors[i].key0;
		r.key[7] = vectors[i].key7;
		rng_bytes(&r, out, sizeof(out));
		assert_hex(out, sizeof(out), vectors[i].keystream);
	}
}

/* The stream is the same however it is cut. */
static void test_cuts(void)
{
	struct rng a, b;
	uint8_t whole[300], parts[300];

	rng_init(&a, 42, 7);
	rng_bytes(&a, whole, sizeof(whole));
	rng_init(&b, 42, 7);
	for (size_t at = 0, n = 1; at < sizeof(parts); at += n, n = n * 3 % 71 + 1)
		rng_bytes(&b, parts + at, MIN(n, sizeof(parts) - at));
	g_assert_cmpmem(whole, sizeof(whole), parts, sizeof(parts));

	rng_init(&b, 42, 7);
	uint32_t first = rng_u32(&b);

	g_assert_cmphex(first, ==,
		whole[0] | whole[1] << 8 | whole[2] << 16 | (uint32_t)whole[3] << 24);
}

static void test_streams_differ(void)
{
	static const uint64_t pairs[][2] = { { 1, 0 }, { 0, 1 }, { 0, 0 }, { 1, 1 },
		{ UINT64_C(1) << 32, 0 }, { 0, UINT64_C(1) << 32 } };
	uint64_t seen[G_N_ELEMENTS(pairs)];

	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		struct rng r;

		rng_init(&r, pairs[i][0], pairs[i][1]);
		seen[i] = rng_u64(&r);
		for (size_t k = 0; k < i; k++)
			g_assert_cmphex(seen[i], !=, seen[k]);
	}
}

static void test_below(void)
{
	static const uint32_t limits[] = { 1, 2, 3, 7, 100, 0xc0000000, UINT32_MAX };
	struct rng r;

	rng_init(&r, 3, 3);
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		unsigned low = 0;

		for (unsigned k = 0; k < 20000; k++) {
			uint32_t v = rng_below(&r, limits[i]);

			g_assert_cmpuint(v, <, limits[i]);
			low += v < (limits[i] + UINT64_C(1)) / 2;
		}
		if (limits[i] >=
			100) { /* half of them below the half, within six sigma */
			g_assert_cmpuint(low, >, 10000 - 430);
			g_assert_cmpuint(low, <, 10000 + 430);
		}
	}
}

static void test_every_value_comes(void)
{
	unsigned count[7] = { 0 };
	struct rng r;

	rng_init(&r, 5, 5);
	for (unsigned k = 0; k < 70000; k++)
		count[rng_below(&r, 7)]++;
	for (size_t i = 0; i < 7; i++) {
		g_assert_cmpuint(count[i], >, 9400);
		g_assert_cmpuint(count[i], <, 10600);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/base/rng/vectors", test_vectors);
	g_test_add_func("/base/rng/cuts", test_cuts);
	g_test_add_func("/base/rng/streams-differ", test_streams_differ);
	g_test_add_func("/base/rng/below", test_below);
	g_test_add_func("/base/rng/every-value-comes", test_every_value_comes);
	return g_test_run();
}
