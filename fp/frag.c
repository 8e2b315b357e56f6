/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IPv4 fragmentation and reassembly (RFC 791, 815 in spirit).  Both are slow paths and copy.
 *
 * Reassembly is bounded: so many packets at a time, so many separate pieces of each, two
 * seconds, one buffer; overlapping fragments give up the whole packet (RFC 5722 reasons).
 */
#include "fp/internal.h"

/* ---- cutting ---- */

/* In all fragments but the first, options without the copied bit become no-operations. */
static void blank_options(uint8_t *hdr, unsigned hdr_len)
{
	unsigned i = IPV4_HDR;

	while (i < hdr_len && hdr[i] != 0) {
		unsigned len = hdr[i] == 1 ? 1 : i + 1 < hdr_len ? hdr[i + 1] : 0;

		if (len == 0 || (len == 1 && hdr[i] != 1) || i + len > hdr_len)
			return;
		if (!(hdr[i] & 0x80))
			memset(hdr + i, 1, len);
		i += len;
	}
}

static void build_piece(struct pkt *to, const struct pkt *p, unsigned hdr_len,
	unsigned from, unsigned len)
{
	const uint8_t *ip = (const uint8_t *)p + p->off;
	uint16_t frag = be16(ip + 6);
	bool last = hdr_len + from + len == p->len;
	uint8_t *h = pkt_data(to);

	memcpy(h, ip, hdr_len);
	memcpy(h + hdr_len, ip + hdr_len + from, len);
	if (from > 0)
		blank_options(h, hdr_len);
	to->len = (uint16_t)(hdr_len + len);
	to->ifindex = p->ifindex;
	to->session = p->session;
	put_u16(h + 2, to->len);
	put_u16(h + 6, (uint16_t)(frag + from / 8) | (last ? 0 : IPV4_MF));
	put_u16(h + 10, 0);
	put_u16(h + 10, csum(h, hdr_len, 0));
}

unsigned fp_frag_cut(struct fp_path *f, const struct pkt *p, unsigned hdr_len,
	unsigned mtu, struct pkt **pieces)
{
	unsigned payload = p->len - hdr_len;
	unsigned step = (mtu - hdr_len) & ~7u;
	unsigned n = (payload + step - 1) / step;

	if (n > FP_FRAGS_MAX)
		return 0;

	unsigned got = f->alloc(f->alloc_user, pieces, n);

	if (got < n) {
		f->drops[FP_DROP_NO_BUFFER]++;
		for (unsigned i = 0; i < got; i++)
			fp_done(f, pieces[i]);
		return 0;
	}
	for (unsigned i = 0; i < n; i++)
		build_piece(
			pieces[i], p, hdr_len, i * step, MIN(step, payload - i * step));
	return n;
}

/* ---- joining ---- */

static struct fp_reassembly *find(struct fp_path *f, const uint8_t *ip)
{
	struct fp_reassembly *spare = NULL;

	for (unsigned i = 0; i < FP_REASSEMBLIES; i++) {
		struct fp_reassembly *r = &f->frags.r[i];

		if (!r->p)
			spare = spare ? spare : r;
		else if (r->src == be32(ip + 12) && r->dst == be32(ip + 16) &&
			 r->id == be16(ip + 4) && r->proto == ip[9])
			return r;
	}
	return spare;
}

static void end(struct fp_path *f, struct fp_reassembly *r)
{
	timer_cancel(f->wheel, &r->timer);
	r->p = NULL;
}

static void give_up(struct fp_path *f, struct fp_reassembly *r)
{
	fp_drop(f, r->p, FP_DROP_REASSEMBLY);
	end(f, r);
}

static bool begin(struct fp_path *f, struct fp_reassembly *r, const struct pkt *p)
{
	const uint8_t *ip = (const uint8_t *)p + p->off;
	struct pkt *whole = fp_new_pkt(f);

	if (!whole)
		return false;
	*r = (struct fp_reassembly){
		.p = whole,
		.src = be32(ip + 12),
		.dst = be32(ip + 16),
		.id = be16(ip + 4),
		.proto = ip[9],
		.timer = { .kind = FP_TIMER_FRAG, .owner = (uint32_t)(r - f->frags.r) },
	};
	whole->ifindex = p->ifindex;
	whole->session = p->session;
	whole->len = IPV4_HDR;
	memcpy(pkt_data(whole), ip, IPV4_HDR);
	timer_set(f->wheel, &r->timer, time_add(f->now, dur_ms(FP_REASSEMBLY_MS)));
	return true;
}

/* Notes octets [from, to); false when they overlap others or there are too many holes. */
static bool add_span(struct fp_reassembly *r, uint16_t from, uint16_t to)
{
	unsigned at = 0;

	while (at < r->n_spans && r->span[at].to <= from)
		at++;
	if (at < r->n_spans && r->span[at].from < to)
		return false;

	bool joins_left = at > 0 && r->span[at - 1].to == from;
	bool joins_right = at < r->n_spans && r->span[at].from == to;

	if (joins_left && joins_right) {
		r->span[at - 1].to = r->span[at].to;
		memmove(&r->span[at], &r->span[at + 1],
			(r->n_spans - at - 1u) * sizeof(r->span[0]));
		r->n_spans--;
	} else if (joins_left) {
		r->span[at - 1].to = to;
	} else if (joins_right) {
		r->span[at].from = from;
	} else if (r->n_spans == FP_HOLES_MAX) {
		return false;
	} else {
		memmove(&r->span[at + 1], &r->span[at],
			(r->n_spans - at) * sizeof(r->span[0]));
		r->span[at] = (struct fp_span){ from, to };
		r->n_spans++;
	}
	return true;
}

/* Copies the fragment in; false when it cannot belong. */
static bool put(struct fp_reassembly *r, const struct pkt *p, unsigned hdr_len)
{
	const uint8_t *ip = (const uint8_t *)p + p->off;
	unsigned frag = be16(ip + 6);
	unsigned len = p->len - hdr_len;
	unsigned from = (frag & IPV4_OFFSET) * 8;
	unsigned to = from + len;
	bool more = frag & IPV4_MF;

	if (len == 0 || (more && len % 8) || to > PKT_DATA_MAX - IPV4_HDR)
		return false;
	if ((r->total && (to > r->total || !more)) ||
		!add_span(r, (uint16_t)from, (uint16_t)to))
		return false;
	memcpy(pkt_data(r->p) + IPV4_HDR + from, ip + hdr_len, len);
	if (!more)
		r->total = (uint16_t)to;
	return r->span[r->n_spans - 1].to <= (r->total ? r->total : UINT16_MAX);
}

static struct pkt *whole_packet(struct fp_path *f, struct fp_reassembly *r)
{
	struct pkt *p = r->p;
	uint8_t *h = pkt_data(p);

	p->len = (uint16_t)(IPV4_HDR + r->total);
	h[0] = 0x45;
	put_u16(h + 2, p->len);
	put_u16(h + 6, 0);
	put_u16(h + 10, 0);
	put_u16(h + 10, csum(h, IPV4_HDR, 0));
	end(f, r);
	return p;
}

struct pkt *fp_frag_join(struct fp_path *f, struct pkt *p, unsigned hdr_len)
{
	struct fp_reassembly *r = find(f, pkt_data(p));

	if (!r || (!r->p && !begin(f, r, p))) {
		fp_drop(f, p, FP_DROP_REASSEMBLY);
		return NULL;
	}

	bool fits = put(r, p, hdr_len);

	fp_done(f, p);
	if (!fits)
		give_up(f, r);
	else if (r->total && r->n_spans == 1 && r->span[0].from == 0 &&
		 r->span[0].to == r->total)
		return whole_packet(f, r);
	return NULL;
}

void fp_frag_timer(struct fp_path *f, uint32_t number)
{
	struct fp_reassembly *r = &f->frags.r[number];

	if (r->p)
		give_up(f, r);
}

void fp_frag_flush(struct fp_path *f)
{
	for (unsigned i = 0; i < FP_REASSEMBLIES; i++)
		fp_frag_timer(f, i);
}
