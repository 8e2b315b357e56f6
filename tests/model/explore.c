/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All states of a small model of the commit protocol (docs/ha.md), one after the other.
 *
 * Breadth first from the first state, so that what is found is a shortest way to it.  Every
 * configuration (judge.c says what may happen in each) must be clean with all rules on, and
 * for each rule of base/rule.h that it has there is one in which switching that rule off breaks an invariant.
 *
 *   explore                    both verdicts for everything, as TAP
 *   explore --trace RULE       the shortest way to harm without that rule
 *   explore --clean [CONFIG]   the size of the configurations, all rules on
 *   explore --matrix RULE      the verdict without that rule in every configuration
 *   explore --list             rules and configurations
 *
 * States are kept without their zeros: a bit for each octet, then those that are not zero.
 */
#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STATES_MAX = 2000000,
	SLOTS = 1 << 22,
	BITS = (sizeof(struct state) + 7) / 8,
	PACKED_MAX = BITS + sizeof(struct state),
	NOBODY = UINT32_MAX,
};

struct search {
	const struct model_config *cfg;
	uint64_t off;
	uint8_t *bytes;
	size_t used, room;
	uint64_t *at; /* of each state, in bytes */
	uint32_t *before, *slot;
	uint32_t n, now, wrong, settled;
	const char *why;
};

static void *need(void *p)
{
	if (!p) {
		fputs("explore: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

static size_t pack(const struct state *s, uint8_t *to)
{
	const uint8_t *from = (const uint8_t *)s;
	size_t n = BITS;

	memset(to, 0, BITS);
	for (size_t i = 0; i < sizeof(*s); i++) {
		if (!from[i])
			continue;
		to[i / 8] |= (uint8_t)(1u << i % 8);
		to[n++] = from[i];
	}
	return n;
}

static void unpack(const uint8_t *from, struct state *s)
{
	uint8_t *to = (uint8_t *)s;
	size_t n = BITS;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < sizeof(*s); i++)
		if (from[i / 8] >> i % 8 & 1)
			to[i] = from[n++];
}

static uint32_t hash(const uint8_t *p, size_t n)
{
	uint64_t h = 1469598103934665603u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return (uint32_t)(h ^ h >> 29) & (SLOTS - 1);
}

static size_t length(const struct search *x, uint32_t i)
{
	return (size_t)((i + 1 < x->n ? x->at[i + 1] : x->used) - x->at[i]);
}

/* The slot of these bytes, taken or free. */
static uint32_t *find(const struct search *x, const uint8_t *p, size_t n)
{
	uint32_t h = hash(p, n);

	for (;; h = (h + 1) & (SLOTS - 1)) {
		uint32_t i = x->slot[h];

		if (i == NOBODY ||
			(length(x, i) == n && memcmp(x->bytes + x->at[i], p, n) == 0))
			return &x->slot[h];
	}
}

static void add(void *user, const struct state *s, const char *about, int a, int b)
{
	struct search *x = user;
	uint8_t p[PACKED_MAX];
	size_t n = pack(s, p);
	uint32_t *slot = find(x, p, n);

	(void)about, (void)a, (void)b;
	if (*slot != NOBODY || x->why)
		return;
	if (x->n == STATES_MAX) {
		x->why = "more states than the bound";
		return;
	}
	if (x->room - x->used < n) {
		x->room = x->room ? 2 * x->room : 1 << 20;
		x->bytes = need(realloc(x->bytes, x->room));
	}
	*slot = x->n;
	x->at[x->n] = x->used;
	x->before[x->n] = x->n ? x->now : NOBODY;
	memcpy(x->bytes + x->used, p, n);
	x->used += n;
	x->settled += model_settled(x->cfg, s);
	x->why = model_wrong(x->cfg, s);
	if (x->why)
		x->wrong = x->n;
	x->n++;
}

static void search(struct search *x, const struct model_config *cfg, uint64_t off)
{
	struct state s;

	*x = (struct search){ .cfg = cfg, .off = off, .wrong = NOBODY };
	x->at = need(malloc(STATES_MAX * sizeof(*x->at)));
	x->before = need(malloc(STATES_MAX * sizeof(*x->before)));
	x->slot = need(malloc(SLOTS * sizeof(*x->slot)));
	memset(x->slot, 0xff, SLOTS * sizeof(*x->slot));
	model_first(cfg, &s);
	add(x, &s, NULL, 0, 0);
	for (; x->now < x->n && !x->why; x->now++) {
		unpack(x->bytes + x->at[x->now], &s);
		model_steps(cfg, off, &s, add, x);
	}
}

static void search_free(struct search *x)
{
	free(x->bytes);
	free(x->at);
	free(x->before);
	free(x->slot);
}

static unsigned depth(const struct search *x, uint32_t i)
{
	unsigned n = 0;

	for (; x->before[i] != NOBODY; i = x->before[i])
		n++;
	return n;
}

/* ---- traces ---- */

struct way {
	const struct search *x;
	uint32_t to;
	bool told;
};

static void tell(void *user, const struct state *s, const char *about, int a, int b)
{
	static const char *const letters[] = { "?", "ZLB", "HELLO", "ICRQ", "ICRP",
		"ICCN", "CDN", "StopCCN" };
	struct way *w = user;
	uint8_t p[PACKED_MAX];
	size_t n = pack(s, p);

	if (w->told || length(w->x, w->to) != n ||
		memcmp(w->x->bytes + w->x->at[w->to], p, n) != 0)
		return;
	w->told = true;
	for (; *about; about++) {
		if (about[0] == '%' && about[1] == 'd') {
			printf("%d", a);
			a = b;
			about++;
		} else {
			putchar(*about);
		}
	}
	if (b > 127)
		printf(" [tunnel %d: %s, Ns %d, Nr %d]", b >> 6 & 1,
			letters[b >> 8 & 7], b >> 3 & 7, b & 7);
	putchar('\n');
}

static void trace(const struct search *x, uint32_t i, unsigned n)
{
	struct way w = { x, i, false };
	struct state s;

	if (x->before[i] == NOBODY)
		return;
	trace(x, x->before[i], n - 1);
	unpack(x->bytes + x->at[x->before[i]], &s);
	printf("%4u  ", n);
	model_steps(x->cfg, x->off, &s, tell, &w);
}

/* ---- verdicts ---- */

static const struct {
	const char *name, *meaning;
} rules[N_MODEL_RULES] = {
#define X(symbol, name, meaning) { name, meaning },
	MODEL_RULES(X)
#undef X
};

static const struct model_config *config(const char *name)
{
	for (unsigned i = 0; i < model_n_configs; i++)
		if (strcmp(model_configs[i].name, name) == 0)
			return &model_configs[i];
	return NULL;
}

static bool clean(const struct model_config *cfg, unsigned n)
{
	struct search x;
	bool ok;

	search(&x, cfg, 0);
	ok = !x.why && x.settled;
	printf("%s %u - clean/%s # %u states, %u steps deep, %u at rest after a "
	       "takeover: %s\n",
		ok ? "ok" : "not ok", n, cfg->name, x.n, depth(&x, x.n - 1), x.settled,
		x.why ? x.why : cfg->about);
	if (x.wrong != NOBODY)
		trace(&x, x.wrong, depth(&x, x.wrong));
	fflush(stdout);
	search_free(&x);
	return ok;
}

static bool needed(unsigned rule, const struct model_config *cfg, unsigned n, bool show)
{
	struct search x;
	bool ok;

	search(&x, cfg, (uint64_t)1 << rule);
	ok = x.wrong != NOBODY;
	printf("%s %u - without/%s # in %s, %u states: ", ok ? "ok" : "not ok", n,
		rules[rule].name, cfg->name, x.n);
	if (ok)
		printf("%u steps: ", depth(&x, x.wrong));
	puts(x.why ? x.why : "nothing is wrong");
	if (ok && show)
		trace(&x, x.wrong, depth(&x, x.wrong));
	fflush(stdout);
	search_free(&x);
	return ok;
}

static bool all(void)
{
	unsigned n = 0, bad = 0;

	printf("1..%u\n", model_n_configs + N_MODEL_RULES);
	for (unsigned i = 0; i < model_n_configs; i++)
		bad += !clean(&model_configs[i], ++n);
	for (unsigned i = 0; i < N_MODEL_RULES; i++)
		bad += !needed(i, config(model_rule_config[i]), ++n, false);
	return !bad;
}

static void list(void)
{
	for (unsigned i = 0; i < N_MODEL_RULES; i++)
		printf("%-16s %s\n", rules[i].name, rules[i].meaning);
	putchar('\n');
	for (unsigned i = 0; i < model_n_configs; i++)
		printf("%-16s %s\n", model_configs[i].name, model_configs[i].about);
}

static int one_rule(const char *name, bool everywhere)
{
	for (unsigned i = 0; i < N_MODEL_RULES; i++) {
		if (strcmp(rules[i].name, name) != 0)
			continue;
		if (!everywhere)
			return !needed(i, config(model_rule_config[i]), 1, true);
		for (unsigned j = 0; j < model_n_configs; j++)
			(void)needed(i, &model_configs[j], j + 1, false);
		return 0;
	}
	fprintf(stderr, "explore: no rule %s; see --list\n", name);
	return 2;
}

static int some_clean(const char *name)
{
	bool ok = true;
	unsigned n = 0;

	if (name && !config(name)) {
		fprintf(stderr, "explore: no configuration %s; see --list\n", name);
		return 2;
	}
	for (unsigned i = 0; i < model_n_configs; i++)
		if (!name || strcmp(model_configs[i].name, name) == 0)
			ok = clean(&model_configs[i], ++n) && ok;
	return !ok;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return !all();
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list();
		return 0;
	}
	if (argc <= 3 && strcmp(argv[1], "--clean") == 0)
		return some_clean(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--trace") == 0)
		return one_rule(argv[2], false);
	if (argc == 3 && strcmp(argv[1], "--matrix") == 0)
		return one_rule(argv[2], true);
	fputs("usage: explore [--trace RULE | --clean [CONFIG] | --matrix RULE | "
	      "--list]\n",
		stderr);
	return 2;
}
