/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What keeps clients from taking too much: sessions counted per group, MAC address, port and
 * VLAN; rates of PADI and PADR; and session ids, which rest before they are used again.
 *
 * Memory is bounded whatever is sent: there are as many counters as sessions, and clients whose
 * rates are watched share a table of fixed size, in which the one not heard for longest makes
 * room.
 */
#include "ppp/pppoe_internal.h"

/* ---- counters: one index from what is counted to how many ---- */

enum kind { BY_GROUP = 1, BY_MAC, BY_PORT, BY_VLAN, BY_INNER, KINDS };

static uint64_t mac_number(const uint8_t mac[6])
{
	struct rd r = rd_init(mac, 6);
	uint64_t hi = rd_u16(&r);

	return hi << 32 | rd_u32(&r);
}

/* Three bits of kind; groups have ten bits and addresses 48. */
static uint64_t count_key(enum kind kind, uint16_t group, const struct pppoe_peer *peer)
{
	uint64_t port = (uint64_t)peer->port << 24, key = 0;

	switch (kind) {
	case BY_GROUP:
		key = group;
		break;
	case BY_MAC:
		key = (uint64_t)group << 48 | mac_number(peer->client);
		break;
	case BY_PORT:
		key = port;
		break;
	case BY_VLAN:
		key = port | (uint64_t)peer->vlan[0] << 12;
		break;
	case BY_INNER:
		key = port | (uint64_t)peer->vlan[0] << 12 | peer->vlan[1];
		break;
	case KINDS:
		break;
	}
	return (uint64_t)kind << 61 | key;
}

void pppoe_count(struct pppoe_ac *ac, const struct pppoe_session *s, int by)
{
	for (enum kind k = BY_GROUP; k < KINDS; k++) {
		uint64_t key = count_key(k, s->group, &s->peer);
		uint32_t n = (uint32_t)((int64_t)index_get(ac->counts, key) + by);

		if (n)
			index_put(ac->counts, key, n);
		else
			index_del(ac->counts, key);
	}
	ac->live = (uint32_t)((int64_t)ac->live + by);
}

uint32_t pppoe_count_group(const struct pppoe_ac *ac, uint16_t group)
{
	struct pppoe_peer any = { 0 };

	return index_get(ac->counts, count_key(BY_GROUP, group, &any));
}

bool pppoe_limit_reached(
	const struct pppoe_ac *ac, uint16_t group, const struct pppoe_peer *peer)
{
	const struct pppoe_group *g = ac->groups[group];
	const uint32_t limits[KINDS] = {
		[BY_GROUP] = g->max_sessions,
		[BY_MAC] = g->per_mac,
		[BY_PORT] = g->per_port,
		[BY_VLAN] = g->per_vlan,
		[BY_INNER] = g->per_inner,
	};

	for (enum kind k = BY_GROUP; k < KINDS; k++)
		if (limits[k] &&
			index_get(ac->counts, count_key(k, group, peer)) >= limits[k])
			return true;
	return slab_count(ac->sessions) >= ac->cfg.max_sessions;
}

/* ---- rates ---- */

bool pppoe_bucket_take(struct pppoe_bucket *b, uint32_t rate, base_time now)
{
	enum { TOKEN = 1000 };
	int64_t ms = dur_to_ms(time_sub(now, b->at));
	uint64_t back = (uint64_t)MAX(ms, 0) * rate;

	if (b->spent && ms > 0) {
		b->spent -= MIN(back, b->spent);
		b->at = time_add(b->at, dur_ms(ms));
	}
	if (!b->spent)
		b->at = now;
	if (b->spent + TOKEN > (uint64_t)rate * TOKEN)
		return false;
	b->spent += TOKEN;
	return true;
}

static struct pppoe_source *fresh_source(
	struct pppoe_ac *ac, struct pppoe_source *s, uint64_t key)
{
	*s = (struct pppoe_source){ .key = key, .window = ac->now };
	return s;
}

struct pppoe_source *pppoe_source(struct pppoe_ac *ac, const struct pppoe_peer *peer)
{
	uint64_t key = (uint64_t)peer->port << 48 | mac_number(peer->client);
	uint64_t hash = (key ^ ac->source_salt) * UINT64_C(0x9e3779b97f4a7c15);
	size_t set = (size_t)(hash >> 32) % (PPPOE_SOURCES_MAX / PPPOE_SOURCE_WAYS);
	struct pppoe_source *s, *oldest;

	if (!ac->sources)
		ac->sources = g_new0(struct pppoe_source, PPPOE_SOURCES_MAX);
	s = oldest = ac->sources + set * PPPOE_SOURCE_WAYS;
	for (unsigned i = 0; i < PPPOE_SOURCE_WAYS; i++, s++) {
		if (s->key == key) {
			s->used = ac->now;
			return s;
		}
		if (!s->key || (oldest->key && time_before(s->used, oldest->used)))
			oldest = s;
	}
	fresh_source(ac, oldest, key)->used = ac->now;
	return oldest;
}

bool pppoe_source_request(
	struct pppoe_ac *ac, struct pppoe_source *src, const struct pppoe_group *g)
{
	if (!g->throttle_requests)
		return true;
	if (time_before(ac->now, src->deaf_until))
		return false;
	if (time_sub(ac->now, src->window).ns >= dur_s(g->throttle_seconds).ns) {
		src->window = ac->now;
		src->requests = 0;
	}
	if (++src->requests <= g->throttle_requests)
		return true;
	src->deaf_until = time_add(ac->now, dur_s(g->throttle_delay));
	src->requests = 0;
	src->window = src->deaf_until;
	return false;
}

/* ---- session ids ---- */

static bool rests(const struct pppoe_ac *ac, uint64_t key)
{
	uint32_t at = index_get(ac->resting_by_key, key);

	return at && time_before(ac->now, ac->resting[at - 1].until);
}

static void wake_oldest(struct pppoe_ac *ac)
{
	unsigned at = ac->resting_head;

	/* it may have been used and put to rest again since */
	if (index_get(ac->resting_by_key, ac->resting[at].key) == at + 1)
		index_del(ac->resting_by_key, ac->resting[at].key);
	ac->resting_head = (at + 1) % PPPOE_RESTING_MAX;
	ac->resting_n--;
}

void pppoe_sid_rest(struct pppoe_ac *ac, uint16_t port, uint16_t sid)
{
	uint64_t key = pppoe_sid_key(port, sid);
	unsigned at;

	if (!ac->resting)
		ac->resting = g_new0(struct pppoe_resting, PPPOE_RESTING_MAX);
	while (ac->resting_n &&
		(ac->resting_n == PPPOE_RESTING_MAX ||
			!time_before(ac->now, ac->resting[ac->resting_head].until)))
		wake_oldest(ac);
	at = (ac->resting_head + ac->resting_n++) % PPPOE_RESTING_MAX;
	ac->resting[at] = (struct pppoe_resting){ key,
		time_add(ac->now, dur_s(PPPOE_RESTING_S)) };
	index_put(ac->resting_by_key, key, at + 1);
}

static bool sid_free(const struct pppoe_ac *ac, uint16_t port, uint16_t sid)
{
	uint64_t key = pppoe_sid_key(port, sid);

	return !index_get(ac->by_sid, key) && !rests(ac, key);
}

/*
 * Ids go round in steps of two, so that the other RP's, which we may not have heard of, are
 * left alone (ha-commit.md H11); a port on which all of ours are taken gets theirs as well.
 */
uint16_t pppoe_sid_new(struct pppoe_ac *ac, uint16_t port)
{
	uint16_t sid = ac->next_sid;

	for (unsigned i = 0; i <= UINT16_MAX; i++) {
		if (sid && sid <= PPPOE_SID_MAX && sid_free(ac, port, sid)) {
			if (((sid ^ ac->next_sid) & 1) == 0)
				ac->next_sid = (uint16_t)(sid + 2);
			return sid;
		}
		sid = (uint16_t)(sid + 2);
		if (i == UINT16_MAX / 2)
			sid ^= 1;
	}
	return 0;
}
