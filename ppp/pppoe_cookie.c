/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * AC-Cookies (RFC 2516, section 6 and appendix A): a PADI leaves nothing behind, since the
 * cookie in PADO says by itself whom it was made for and when.
 *
 *   u8 number of the secret | u32 time in ms | 16 octets of HMAC-SHA256(secret,
 *        group, port, VLAN tags, client's address, ours, time)
 *
 * A secret is used for cfg.secret_s and believed for as long again.  Secrets are drawn when a
 * packet needs one, not by a timer: an idle access concentrator does nothing.
 */
#include "ppp/pppoe_internal.h"

static uint32_t stamp(base_time now)
{
	return (uint32_t)(now.ns / 1000000);
}

static void renew(struct pppoe_ac *ac)
{
	struct pppoe_secrets *s = &ac->secrets;
	int64_t age = time_sub(ac->now, s->since).ns, span = dur_s(ac->cfg.secret_s).ns;

	if (s->has_current && age < span)
		return;
	s->has_previous = s->has_current && age < 2 * span;
	memcpy(s->previous, s->current, PPPOE_SECRET_LEN);
	rng_bytes(&ac->rng, s->current, PPPOE_SECRET_LEN);
	s->has_current = true;
	s->since = ac->now;
	s->number++;
	pppoe_record(ac, PPPOE_REC_AC, CKPT_UPSERT, 1);
}

static void put_peer(struct wr *w, const struct pppoe_peer *peer)
{
	wr_u16(w, peer->port);
	wr_u8(w, peer->n_vlan);
	wr_u16(w, peer->vlan[0]);
	wr_u16(w, peer->vlan[1]);
	wr_bytes(w, peer->client, ETH_ALEN);
	wr_bytes(w, peer->ac, ETH_ALEN);
}

static void sign(const uint8_t secret[PPPOE_SECRET_LEN], uint16_t group,
	const struct pppoe_peer *peer, uint32_t when, uint8_t out[16])
{
	uint8_t buf[32], digest[32];
	struct wr w = wr_init(buf, sizeof(buf));
	gsize n = sizeof(digest);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, secret, PPPOE_SECRET_LEN);

	wr_u16(&w, group);
	put_peer(&w, peer);
	wr_u32(&w, when);
	g_hmac_update(hmac, buf, (gssize)w.len);
	g_hmac_get_digest(hmac, digest, &n);
	g_hmac_unref(hmac);
	memcpy(out, digest, 16);
}

void pppoe_cookie_make(struct pppoe_ac *ac, uint16_t group, const struct pppoe_peer *peer,
	uint8_t out[PPPOE_COOKIE_LEN])
{
	renew(ac);
	out[0] = ac->secrets.number;
	put_u32(out + 1, stamp(ac->now));
	sign(ac->secrets.current, group, peer, stamp(ac->now), out + 5);
}

/* Takes the same time wherever they differ. */
static bool equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= a[i] ^ b[i];
	return diff == 0;
}

bool pppoe_cookie_good(struct pppoe_ac *ac, uint16_t group, const struct pppoe_peer *peer,
	struct rd cookie)
{
	const struct pppoe_secrets *s = &ac->secrets;
	const uint8_t *secret = NULL, *given;
	uint8_t number = rd_u8(&cookie), want[16];
	uint32_t when = rd_u32(&cookie);

	given = rd_take(&cookie, sizeof(want));
	if (cookie.bad || rd_left(&cookie))
		return false;
	renew(ac);
	if (number == s->number)
		secret = s->current;
	else if (s->has_previous && number == (uint8_t)(s->number - 1))
		secret = s->previous;
	if (!secret || stamp(ac->now) - when > ac->cfg.cookie_s * 1000u)
		return false;
	sign(secret, group, peer, when, want);
	return equal(given, want, sizeof(want));
}

uint64_t pppoe_request_key(const struct pppoe_peer *peer, const struct pppoe_tags *t)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	uint8_t buf[32], digest[32];
	struct wr w = wr_init(buf, sizeof(buf));
	gsize n = sizeof(digest);
	struct rd r;

	put_peer(&w, peer);
	g_checksum_update(sum, buf, (gssize)w.len);
	g_checksum_update(sum, t->cookie.p, (gssize)rd_left(&t->cookie));
	if (t->has_host_uniq && rd_left(&t->host_uniq))
		g_checksum_update(
			sum, t->host_uniq.p, (gssize)rd_left(&t->host_uniq));
	g_checksum_get_digest(sum, digest, &n);
	r = rd_init(digest, sizeof(digest));
	return rd_u64(&r) | 1;
}
