/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Line information and proxy AVPs as a session keeps them, and its record carries them: as AVPs,
 * encoded.  Few sessions have them, they are long, and nobody looks at them often.
 *
 * What of a peer's proxy AVPs makes no sense is left out here, so that owners need not look for
 * it: options of LCP that do not fit (all three lists then), authentication without its type.
 */
#include "l2tp/internal.h"

enum { LCP_OPTION_HDR = 2 };

static const uint64_t lcp_attrs = UINT64_C(1) << L2TP_ATTR_INITIAL_LCP |
				  UINT64_C(1) << L2TP_ATTR_LAST_SENT_LCP |
				  UINT64_C(1) << L2TP_ATTR_LAST_RECEIVED_LCP;

static const uint64_t auth_attrs = UINT64_C(1) << L2TP_ATTR_PROXY_TYPE |
				   UINT64_C(1) << L2TP_ATTR_PROXY_NAME |
				   UINT64_C(1) << L2TP_ATTR_PROXY_CHALLENGE |
				   UINT64_C(1) << L2TP_ATTR_PROXY_ID |
				   UINT64_C(1) << L2TP_ATTR_PROXY_RESPONSE;

/* ---- lines ---- */

GBytes *keep_line(const struct l2tp_line *line)
{
	uint8_t buf[512];
	struct wr w = wr_init(buf, sizeof(buf));

	if (!line || !line->have)
		return NULL;
	l2tp_line_write(line, &w);
	return w.bad || !w.len ? NULL : g_bytes_new(buf, w.len);
}

static struct rd reader(GBytes *kept)
{
	gsize n;
	const uint8_t *p = g_bytes_get_data(kept, &n);

	return rd_init(p, n);
}

void kept_line(GBytes *kept, struct l2tp_line *out)
{
	struct rd r = reader(kept);
	struct l2tp_avp avp;

	*out = (struct l2tp_line){ 0 };
	while (l2tp_avp_next(&r, &avp))
		if (avp.vendor == L2TP_LINE_VENDOR)
			(void)l2tp_line_take(out, avp.type, avp.value);
}

bool kept_line_sane(GBytes *kept)
{
	struct l2tp_line line;
	GBytes *again;
	bool same;

	kept_line(kept, &line);
	again = keep_line(&line);
	same = again && g_bytes_equal(kept, again);
	if (again)
		g_bytes_unref(again);
	return same;
}

/* ---- proxy ---- */

static void put_span(struct l2tp_msg *m, enum l2tp_attr attr, struct l2tp_span *field,
	const struct l2tp_span *from)
{
	if (!from->len)
		return;
	*field = *from;
	m->have |= l2tp_bit(attr);
}

void proxy_to_msg(const struct l2tp_proxy *p, struct l2tp_msg *m)
{
	put_span(m, L2TP_ATTR_INITIAL_LCP, &m->initial_lcp, &p->initial_lcp);
	put_span(m, L2TP_ATTR_LAST_SENT_LCP, &m->last_sent_lcp, &p->last_sent_lcp);
	put_span(m, L2TP_ATTR_LAST_RECEIVED_LCP, &m->last_received_lcp,
		&p->last_received_lcp);
	put_span(m, L2TP_ATTR_PRIVATE_GROUP, &m->private_group, &p->private_group);
	if (!p->auth_type)
		return;
	m->proxy_type = p->auth_type;
	m->have |= l2tp_bit(L2TP_ATTR_PROXY_TYPE);
	if (p->auth_type == L2TP_PROXY_NONE)
		return;
	put_span(m, L2TP_ATTR_PROXY_NAME, &m->proxy_name, &p->auth_name);
	put_span(m, L2TP_ATTR_PROXY_CHALLENGE, &m->proxy_challenge, &p->auth_challenge);
	put_span(m, L2TP_ATTR_PROXY_RESPONSE, &m->proxy_response, &p->auth_response);
	m->proxy_id = p->auth_id;
	if (p->auth_type != L2TP_PROXY_TEXT)
		m->have |= l2tp_bit(L2TP_ATTR_PROXY_ID);
}

/* As an ICCN that says nothing else. */
static GBytes *encode(const struct l2tp_msg *from, uint64_t attrs)
{
	uint8_t buf[L2TP_MESSAGE_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct l2tp_msg m = *from;
	GBytes *kept = NULL;

	if (!attrs)
		return NULL;
	m.type = L2TP_ICCN;
	m.have = attrs | l2tp_bit(L2TP_ATTR_TX_SPEED) | l2tp_bit(L2TP_ATTR_FRAMING_TYPE);
	m.tx_speed = m.framing_type = 0;
	m.line.have = 0;
	l2tp_msg_encode(&m, &w);
	if (!w.bad && w.len <= L2TP_PROXY_MAX)
		kept = g_bytes_new(buf, w.len);
	explicit_bzero(buf, w.len);
	return kept;
}

GBytes *keep_proxy(const struct l2tp_proxy *proxy)
{
	struct l2tp_msg m = { 0 };

	if (!proxy)
		return NULL;
	proxy_to_msg(proxy, &m);
	return encode(&m, m.have);
}

static bool options_fit(const struct l2tp_span *s)
{
	struct rd r = rd_init(s->p, s->len);

	while (rd_left(&r) > 0) {
		uint8_t len;

		rd_skip(&r, 1);
		len = rd_u8(&r);
		if (r.bad || len < LCP_OPTION_HDR)
			return false;
		rd_skip(&r, len - (size_t)LCP_OPTION_HDR);
	}
	return !r.bad;
}

GBytes *keep_proxy_of(const struct l2tp_msg *m)
{
	uint64_t attrs = l2tp_bit(L2TP_ATTR_PRIVATE_GROUP) & m->have;

	if (options_fit(&m->initial_lcp) && options_fit(&m->last_sent_lcp) &&
		options_fit(&m->last_received_lcp))
		attrs |= m->have & lcp_attrs;
	if (l2tp_has(m, L2TP_ATTR_PROXY_TYPE))
		attrs |= m->have & auth_attrs;
	return encode(m, attrs);
}

static bool decode(GBytes *kept, struct l2tp_msg *m)
{
	struct l2tp_fault f;

	return l2tp_msg_decode(reader(kept), m, &f) == L2TP_MSG_OK;
}

void kept_proxy(GBytes *kept, struct l2tp_proxy *out)
{
	struct l2tp_msg m;

	*out = (struct l2tp_proxy){ 0 };
	if (!decode(kept, &m))
		return;
	*out = (struct l2tp_proxy){
		.initial_lcp = m.initial_lcp,
		.last_sent_lcp = m.last_sent_lcp,
		.last_received_lcp = m.last_received_lcp,
		.auth_type = m.proxy_type,
		.auth_id = (uint8_t)m.proxy_id,
		.auth_name = m.proxy_name,
		.auth_challenge = m.proxy_challenge,
		.auth_response = m.proxy_response,
		.private_group = m.private_group,
	};
}

bool kept_proxy_sane(GBytes *kept)
{
	struct l2tp_msg m;

	return g_bytes_get_size(kept) <= L2TP_PROXY_MAX && decode(kept, &m) &&
	       m.type == L2TP_ICCN;
}
