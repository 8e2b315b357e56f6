/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often strangers may ask (rows 2 and 3 of the threats): token buckets for SCCRQ, one for
 * all and one for each source, and for ICRQ.  A source that has an established tunnel is no
 * stranger, unless it has more than 64 half-open ones.
 *
 * The buckets of sources are found by a hash of the address, with a salt that outsiders do not
 * know: a flood from invented addresses costs no memory, and at worst strangers share a bucket.
 */
#include "l2tp/internal.h"

enum {
	KNOWN_HALF_OPEN = 64,
	BURST_SOURCE = 8, /* what may be half open at a time */
};

void limits_init(struct l2tp_engine *e)
{
	memset(&e->limits, 0, sizeof(e->limits));
	e->limits.salt = rng_u64(&e->rng);
}

/* Takes one of `per_s` a second, `burst` at once. */
static bool take(struct bucket *b, uint32_t per_s, uint32_t burst, base_time now)
{
	uint64_t each = (uint64_t)dur_s(1).ns / per_s;
	uint64_t passed = (uint64_t)MAX(time_sub(now, b->at).ns, 0);

	if (per_s == UINT32_MAX)
		return true;
	b->spent -= MIN(b->spent, passed);
	b->at = now;
	if (b->spent + each > each * burst)
		return false;
	b->spent += each;
	return true;
}

static struct bucket *source_bucket(struct l2tp_engine *e, uint32_t ip)
{
	uint64_t h = (e->limits.salt ^ ip) * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return &e->limits.source[(h >> 40) % LIMIT_SOURCES];
}

static bool known(const struct l2tp_engine *e, uint32_t ip)
{
	return index_get(e->known, ip) &&
	       index_get(e->half_open_src, ip) < KNOWN_HALF_OPEN;
}

/* Too many that are half open already: of all strangers, or of this one. */
static bool crowded(const struct l2tp_engine *e, uint32_t ip)
{
	return !index_get(e->known, ip) &&
	       (e->counts.half_open >= e->cfg.max_half_open ||
		       index_get(e->half_open_src, ip) >=
			       e->cfg.max_half_open_per_source);
}

bool limit_sccrq(struct l2tp_engine *e, const struct l2tp_path *path)
{
	const struct l2tp_engine_config *c = &e->cfg;
	uint32_t ip = path->remote_ip;

	if (known(e, ip))
		return true;
	if (crowded(e, ip)) {
		engine_drop(e, NULL, L2TP_DROP_LIMIT);
		return false;
	}
	if (take(source_bucket(e, ip), c->sccrq_per_s_source,
		    MAX(BURST_SOURCE, c->sccrq_per_s_source), e->now) &&
		take(&e->limits.sccrq, c->sccrq_per_s, c->sccrq_per_s, e->now))
		return true;
	engine_drop(e, NULL, L2TP_DROP_RATE);
	return false;
}

bool limit_icrq(struct l2tp_engine *e, struct l2tp_cc *cc)
{
	if (known(e, cc->path.remote_ip) ||
		take(&e->limits.icrq, e->cfg.icrq_per_s, e->cfg.icrq_per_s, e->now))
		return true;
	engine_drop(e, cc, L2TP_DROP_RATE);
	return false;
}
