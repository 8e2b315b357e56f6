/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VLAN tags (IEEE 802.1Q; two of them, 802.1ad): which subinterface has a frame, and taking tags
 * off and putting them on.
 *
 * An index leads from (port, outer tag, inner tag) to the subinterface.  Those with a range of
 * inner tags, of which there are few, are a list for each outer tag; the narrowest one that has
 * the inner tag is meant, and one with exactly this tag before all of them.
 */
#include "fp/internal.h"

enum {
	VID = 0x0fff,
	RANGE = 0xffff, /* in place of the inner tag: where the list of ranges begins */
};

static uint64_t key_of(uint16_t port, uint16_t outer, uint16_t inner)
{
	return (uint64_t)port << 32 | (uint32_t)outer << 16 | inner;
}

static uint64_t own_key(const struct fp_iface *i)
{
	return key_of(i->parent, i->outer, fp_iface_is_range(i) ? RANGE : i->inner_lo);
}

static bool is_tagged(const struct fp_iface *i)
{
	return i->configured && i->parent && i->outer;
}

static void set_tags(struct fp_iface *i)
{
	struct wr w = wr_init(i->tags, sizeof(i->tags));

	if (i->outer && !i->is_native) {
		wr_u16(&w, ETHERTYPE_VLAN);
		wr_u16(&w, i->outer);
	}
	if (w.len && i->inner_lo) {
		wr_u16(&w, ETHERTYPE_VLAN);
		wr_u16(&w, i->inner_lo);
	}
	i->tags_len = (uint8_t)w.len;
}

void fp_vlan_link(struct fp_path *f, uint16_t ifindex)
{
	struct fp_iface *i = &f->iface[ifindex];

	i->port = i->parent ? i->parent : ifindex;
	set_tags(i);
	if (!is_tagged(i))
		return;
	i->next_range =
		fp_iface_is_range(i) ? (uint16_t)index_get(f->vlans, own_key(i)) : 0;
	index_put(f->vlans, own_key(i), ifindex);
	if (i->is_native)
		f->iface[i->parent].native = ifindex;
}

/* Takes one out of the list of ranges. */
static void unlink_range(struct fp_path *f, uint16_t ifindex)
{
	const struct fp_iface *i = &f->iface[ifindex];
	uint16_t at = (uint16_t)index_get(f->vlans, own_key(i));

	if (at == ifindex) {
		if (i->next_range)
			index_put(f->vlans, own_key(i), i->next_range);
		else
			index_del(f->vlans, own_key(i));
		return;
	}
	while (at && f->iface[at].next_range != ifindex)
		at = f->iface[at].next_range;
	if (at)
		f->iface[at].next_range = i->next_range;
}

void fp_vlan_unlink(struct fp_path *f, uint16_t ifindex)
{
	const struct fp_iface *i = &f->iface[ifindex];

	if (!is_tagged(i))
		return;
	if (fp_iface_is_range(i))
		unlink_range(f, ifindex);
	else if (index_get(f->vlans, own_key(i)) == ifindex)
		index_del(f->vlans, own_key(i));
	if (f->iface[i->parent].native == ifindex)
		f->iface[i->parent].native = 0;
}

static uint16_t find_range(const struct fp_path *f, uint16_t at, uint16_t inner)
{
	const struct fp_iface *best = NULL;

	for (; at; at = f->iface[at].next_range) {
		const struct fp_iface *i = &f->iface[at];

		if (inner >= i->inner_lo && inner <= i->inner_hi &&
			(!best || i->inner_hi - i->inner_lo <
					  best->inner_hi - best->inner_lo))
			best = i;
	}
	return best ? (uint16_t)(best - f->iface) : 0;
}

uint16_t fp_vlan_find(const struct fp_path *f, uint16_t port, const struct fp_tags *t)
{
	uint32_t found;

	if (t->n == 0 || (t->n == 1 && t->vid[0] == 0)) /* with a priority only */
		return f->iface[port].native ? f->iface[port].native : port;
	if (t->n > 1 && t->vid[1] == 0)
		return 0;
	found = index_get(f->vlans, key_of(port, t->vid[0], t->n > 1 ? t->vid[1] : 0));
	if (!found && t->n > 1)
		found = find_range(f,
			(uint16_t)index_get(f->vlans, key_of(port, t->vid[0], RANGE)),
			t->vid[1]);
	return (uint16_t)found;
}

bool fp_tags_read(const struct pkt *p, struct fp_tags *t)
{
	const uint8_t *eth = (const uint8_t *)p + p->off;
	unsigned at = ETH_HDR;

	*t = (struct fp_tags){ .type = be16(eth + 12) };
	while (t->n < 2 && (t->type == ETHERTYPE_VLAN || t->type == ETHERTYPE_QINQ)) {
		if (p->len < at + FP_TAG)
			return false;
		t->vid[t->n++] = be16(eth + at) & VID;
		t->type = be16(eth + at + 2);
		at += FP_TAG;
	}
	t->off = (uint16_t)at;
	return true;
}

/* The addresses move up to the type behind the tags. */
void fp_tags_take_off(struct pkt *p, const struct fp_tags *t)
{
	uint8_t *eth = pkt_data(p);
	unsigned n = t->n * (unsigned)FP_TAG;

	if (n == 0)
		return;
	memmove(eth + n, eth, 2 * ETH_ALEN);
	pkt_pull(p, n);
}
