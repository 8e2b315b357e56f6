/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Control messages: decode and encode by table.
 *
 * Rules for what a peer may get wrong are those of RFC 2661, sections 4.1 and 7.1, where
 * they agree: an AVP that is unknown or malformed is ignored when it is not mandatory, and
 * makes the message unacceptable when it is.  Of attributes that we know, the table says
 * whether they are mandatory, not the peer's M bit: many peers get it wrong.  Hidden AVPs
 * that cannot be read count as malformed, by their M bit, and so do access line AVPs (RFC 5515).
 */
#include "l2tp/message.h"

#include "l2tp/codes.h"
#include "l2tp/hide.h"

#include <glib.h>

#define B(a) (UINT64_C(1) << L2TP_ATTR_##a)

static const struct l2tp_msg_info msgs[] = {
	/* clang-format off */
	{ L2TP_SCCRQ,   "SCCRQ",   L2TP_SCOPE_TUNNEL,
	  B(PROTOCOL_VERSION) | B(HOST_NAME) | B(FRAMING_CAPS) | B(ASSIGNED_TUNNEL),
	  B(BEARER_CAPS) | B(RECEIVE_WINDOW) | B(CHALLENGE) | B(TIE_BREAKER) | B(FIRMWARE) | B(VENDOR_NAME) },
	{ L2TP_SCCRP,   "SCCRP",   L2TP_SCOPE_TUNNEL,
	  B(PROTOCOL_VERSION) | B(FRAMING_CAPS) | B(HOST_NAME) | B(ASSIGNED_TUNNEL),
	  B(BEARER_CAPS) | B(FIRMWARE) | B(VENDOR_NAME) | B(RECEIVE_WINDOW) | B(CHALLENGE) | B(RESPONSE) },
	{ L2TP_SCCCN,   "SCCCN",   L2TP_SCOPE_TUNNEL,  0, B(RESPONSE) },
	{ L2TP_STOPCCN, "StopCCN", L2TP_SCOPE_TUNNEL,  B(ASSIGNED_TUNNEL) | B(RESULT_CODE), 0 },
	{ L2TP_HELLO,   "HELLO",   L2TP_SCOPE_TUNNEL,  0, 0 },
	{ L2TP_OCRQ,    "OCRQ",    L2TP_SCOPE_SESSION,
	  B(ASSIGNED_SESSION) | B(CALL_SERIAL) | B(MIN_BPS) | B(MAX_BPS) | B(BEARER_TYPE) | B(FRAMING_TYPE) | B(CALLED),
	  B(SUB_ADDRESS) },
	{ L2TP_OCRP,    "OCRP",    L2TP_SCOPE_SESSION, B(ASSIGNED_SESSION), B(PHYSICAL_CHANNEL) },
	{ L2TP_OCCN,    "OCCN",    L2TP_SCOPE_SESSION, B(TX_SPEED) | B(FRAMING_TYPE), B(RX_SPEED) | B(SEQUENCING) },
	{ L2TP_ICRQ,    "ICRQ",    L2TP_SCOPE_SESSION, B(ASSIGNED_SESSION) | B(CALL_SERIAL),
	  B(BEARER_TYPE) | B(PHYSICAL_CHANNEL) | B(CALLING) | B(CALLED) | B(SUB_ADDRESS) },
	{ L2TP_ICRP,    "ICRP",    L2TP_SCOPE_SESSION, B(ASSIGNED_SESSION), 0 },
	{ L2TP_ICCN,    "ICCN",    L2TP_SCOPE_SESSION, B(TX_SPEED) | B(FRAMING_TYPE),
	  B(INITIAL_LCP) | B(LAST_SENT_LCP) | B(LAST_RECEIVED_LCP) | B(PROXY_TYPE) | B(PROXY_NAME) |
	  B(PROXY_CHALLENGE) | B(PROXY_ID) | B(PROXY_RESPONSE) | B(PRIVATE_GROUP) | B(RX_SPEED) | B(SEQUENCING) },
	{ L2TP_CDN,     "CDN",     L2TP_SCOPE_SESSION, B(RESULT_CODE) | B(ASSIGNED_SESSION), B(Q931_CAUSE) | B(PPP_DISCONNECT) },
	{ L2TP_WEN,     "WEN",     L2TP_SCOPE_SESSION, B(CALL_ERRORS), 0 },
	{ L2TP_SLI,     "SLI",     L2TP_SCOPE_SESSION, B(ACCM), 0 },
	/* clang-format on */
};

#undef B

const struct l2tp_msg_info *l2tp_msg_info(uint16_t type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(msgs); i++)
		if (msgs[i].type == type)
			return &msgs[i];
	return NULL;
}

const char *l2tp_msg_name(uint16_t type)
{
	const struct l2tp_msg_info *info = l2tp_msg_info(type);

	return info ? info->name : "unknown";
}

/* ---- decode ---- */

G_GNUC_PRINTF(3, 4)
static void fault(struct l2tp_fault *f, uint16_t error, const char *fmt, ...)
{
	va_list ap;

	if (f->result)
		return; /* the first one is the one we tell */
	f->result = 2;
	f->error = error;
	va_start(ap, fmt);
	g_vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void *field(const struct l2tp_attr_info *a, struct l2tp_msg *m)
{
	return (uint8_t *)m + a->offset;
}

static struct l2tp_span take_rest(struct rd *r)
{
	struct l2tp_span s = { .len = rd_left(r) };

	s.p = rd_take(r, s.len);
	return s;
}

static void read_result(struct rd v, struct l2tp_result *res)
{
	res->result = rd_u16(&v);
	if (rd_left(&v) >= 2) {
		res->error = rd_u16(&v);
		res->text = take_rest(&v);
	}
}

static void read_q931(struct rd v, struct l2tp_q931 *q)
{
	q->cause = rd_u16(&v);
	q->message = rd_u8(&v);
	q->text = take_rest(&v);
}

static void read_ppp(struct rd v, struct l2tp_ppp_disconnect *p)
{
	p->code = rd_u16(&v);
	p->protocol = rd_u16(&v);
	p->direction = rd_u8(&v);
	p->text = take_rest(&v);
}

static void read_u32s(struct rd v, uint32_t *to)
{
	rd_skip(&v, 2);
	for (; rd_left(&v) >= 4; to++)
		*to = rd_u32(&v);
}

/* Stores a value whose length the table allows. */
static void store(const struct l2tp_attr_info *a, struct rd v, struct l2tp_msg *m)
{
	void *to = field(a, m);

	switch ((enum l2tp_attr_kind)a->kind) {
	case ATTR_EMPTY:
		break;
	case ATTR_U16:
		*(uint16_t *)to = rd_u16(&v);
		break;
	case ATTR_U32:
		*(uint32_t *)to = rd_u32(&v);
		break;
	case ATTR_U64:
		*(uint64_t *)to = rd_u64(&v);
		break;
	case ATTR_BYTES:
		*(struct l2tp_span *)to = take_rest(&v);
		break;
	case ATTR_DIGEST:
		rd_copy(&v, to, 16);
		break;
	case ATTR_RESULT:
		read_result(v, to);
		break;
	case ATTR_Q931:
		read_q931(v, to);
		break;
	case ATTR_U32S:
		read_u32s(v, to);
		break;
	case ATTR_PPP:
		read_ppp(v, to);
		break;
	case ATTR_IGNORED:
		break;
	}
}

/* Is it a number that must not be 0, or a name that must not be empty? */
static bool out_of_range(const struct l2tp_attr_info *a, struct rd v)
{
	if (!(a->rules & ATTR_NOT_ZERO))
		return false;
	return a->kind == ATTR_BYTES ? rd_left(&v) == 0 : rd_u16(&v) == 0;
}

/* The second of a kind counts only if it is an id that contradicts the first. */
static void check_duplicate(
	const struct l2tp_avp *avp, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	struct rd v = avp->value;
	uint16_t id = rd_u16(&v);

	if ((avp->type == L2TP_ATTR_ASSIGNED_TUNNEL && id != m->assigned_tunnel) ||
		(avp->type == L2TP_ATTR_ASSIGNED_SESSION && id != m->assigned_session))
		fault(f, L2TP_ERROR_RANGE, "contradicting AVP %u", avp->type);
	if (avp->type == L2TP_ATTR_MESSAGE_TYPE)
		fault(f, L2TP_ERROR_RANGE, "second Message Type");
}

static void read_known(const struct l2tp_avp *avp, const struct l2tp_attr_info *a,
	struct l2tp_msg *m, struct l2tp_fault *f)
{
	size_t len = rd_left(&avp->value);
	bool tell = (a->rules & ATTR_M) && !(a->rules & ATTR_LENIENT);

	if (l2tp_has(m, avp->type) && avp->type != L2TP_ATTR_RANDOM_VECTOR) {
		check_duplicate(avp, m, f);
		return;
	}
	if (len < a->min || len > a->max) {
		if (tell)
			fault(f, L2TP_ERROR_LENGTH, "bad length of AVP %u", avp->type);
		return;
	}
	if (out_of_range(a, avp->value)) {
		if (tell)
			fault(f, L2TP_ERROR_RANGE, "bad value of AVP %u", avp->type);
		return;
	}
	store(a, avp->value, m);
	m->have |= l2tp_bit(avp->type);
}

/* Known and not hidden (any more). */
static void read_clear(const struct l2tp_avp *avp, const struct l2tp_msg_info *info,
	struct l2tp_msg *m, struct l2tp_fault *f)
{
	if (avp->type == L2TP_ATTR_MESSAGE_TYPE ||
		avp->type == L2TP_ATTR_RANDOM_VECTOR ||
		((info->must | info->may) & l2tp_bit(avp->type)))
		read_known(avp, l2tp_attr_info(avp->type), m, f);
}

/* Recovers the value of a hidden AVP; false: it cannot be. */
static bool unhide(struct l2tp_avp *avp, struct l2tp_unhide *u, const struct l2tp_msg *m)
{
	size_t len = rd_left(&avp->value);
	uint8_t *p = u->room + u->used;
	struct rd plain;

	if (!u->secret || !u->secret[0] || !l2tp_has(m, L2TP_ATTR_RANDOM_VECTOR) ||
		len < 2 || len > sizeof(u->room) - u->used)
		return false;
	memcpy(p, rd_take(&avp->value, len), len);
	u->used += len;
	l2tp_unhide(avp->type, u->secret, m->random_vector.p, m->random_vector.len, p, len);
	plain = rd_init(p, len);
	avp->value = rd_sub(&plain, rd_u16(&plain)); /* what follows is padding */
	return !avp->value.bad;
}

static void read_hidden(struct l2tp_avp *avp, const struct l2tp_msg_info *info,
	struct l2tp_unhide *u, struct l2tp_msg *m, struct l2tp_fault *f)
{
	const struct l2tp_attr_info *a = l2tp_attr_info(avp->type);

	if (!(a->rules & ATTR_HIDEABLE)) {
		if (a->rules & ATTR_M)
			fault(f, L2TP_ERROR_RANGE, "AVP %u must not be hidden",
				avp->type);
	} else if (u->later) {
		m->unread |= l2tp_bit(avp->type);
	} else if (unhide(avp, u, m)) {
		read_clear(avp, info, m, f);
	} else if (avp->mandatory) {
		fault(f, L2TP_ERROR_VENDOR, "hidden AVP %u without secret", avp->type);
	}
}

static void read_avp(struct l2tp_avp *avp, const struct l2tp_msg_info *info,
	struct l2tp_unhide *u, struct l2tp_msg *m, struct l2tp_fault *f)
{
	const struct l2tp_attr_info *a = avp->vendor ? NULL : l2tp_attr_info(avp->type);

	if (avp->reserved) {
		if (avp->mandatory)
			fault(f, L2TP_ERROR_RANGE, "reserved bits in AVP %u", avp->type);
	} else if (avp->vendor == L2TP_LINE_VENDOR && info->type == L2TP_ICRQ &&
		   !avp->hidden && l2tp_line_take(&m->line, avp->type, avp->value)) {
		return;
	} else if (!a) {
		if (avp->mandatory)
			fault(f, L2TP_ERROR_UNKNOWN_AVP, "unknown AVP %u vendor %u",
				avp->type, avp->vendor);
	} else if (avp->hidden) {
		read_hidden(avp, info, u, m, f);
	} else {
		read_clear(avp, info, m, f);
	}
}

/* The first AVP: Message Type.  False: what follows cannot be understood. */
static bool read_type(
	struct rd *r, struct l2tp_msg *m, struct l2tp_fault *f, bool *mandatory)
{
	struct l2tp_avp avp;

	if (!l2tp_avp_next(r, &avp)) {
		fault(f, L2TP_ERROR_LENGTH, "AVP framing");
		return false;
	}
	if (avp.vendor || avp.type != L2TP_ATTR_MESSAGE_TYPE || avp.hidden ||
		avp.reserved) {
		fault(f, L2TP_ERROR_RANGE, "Message Type is not first");
		return false;
	}
	if (rd_left(&avp.value) != 2) {
		fault(f, L2TP_ERROR_LENGTH, "bad length of AVP 0");
		return false;
	}
	m->type = rd_u16(&avp.value);
	m->have |= l2tp_bit(L2TP_ATTR_MESSAGE_TYPE);
	*mandatory = avp.mandatory;
	return true;
}

static enum l2tp_verdict unknown_message(
	bool mandatory, const struct l2tp_msg *m, struct l2tp_fault *f)
{
	if (!mandatory)
		return L2TP_MSG_IGNORE;
	fault(f, L2TP_ERROR_UNKNOWN_AVP, "unknown message type %u", m->type);
	f->tunnel = true;
	return L2TP_MSG_BAD;
}

static void check_mandatory(const struct l2tp_msg_info *info, const struct l2tp_msg *m,
	struct l2tp_fault *f)
{
	uint64_t missing = info->must & ~(m->have | m->unread);

	if (missing)
		fault(f, L2TP_ERROR_RANGE, "%s without AVP %d", info->name,
			__builtin_ctzll(missing));
}

enum l2tp_verdict l2tp_msg_decode_hidden(struct rd avps, struct l2tp_unhide *u,
	struct l2tp_msg *m, struct l2tp_fault *f)
{
	struct l2tp_avp avp;
	bool mandatory = true;
	unsigned n = 1;

	*m = (struct l2tp_msg){ 0 };
	*f = (struct l2tp_fault){ 0 };
	if (rd_left(&avps) > L2TP_MESSAGE_MAX)
		fault(f, L2TP_ERROR_RESOURCES, "message too long");
	if (f->result || !read_type(&avps, m, f, &mandatory))
		return L2TP_MSG_BAD;

	const struct l2tp_msg_info *info = l2tp_msg_info(m->type);

	if (!info)
		return unknown_message(mandatory, m, f);
	while (l2tp_avp_next(&avps, &avp)) {
		if (++n > L2TP_AVPS_MAX) {
			fault(f, L2TP_ERROR_RESOURCES, "too many AVPs");
			break;
		}
		read_avp(&avp, info, u, m, f);
	}
	if (avps.bad)
		fault(f, L2TP_ERROR_LENGTH, "AVP framing");
	check_mandatory(info, m, f);
	return f->result ? L2TP_MSG_BAD : L2TP_MSG_OK;
}

enum l2tp_verdict l2tp_msg_decode(
	struct rd avps, struct l2tp_msg *m, struct l2tp_fault *f)
{
	struct l2tp_unhide u;

	u.secret = NULL;
	u.later = false;
	u.used = 0;
	return l2tp_msg_decode_hidden(avps, &u, m, f);
}

/* ---- encode ---- */

static void write_span(struct wr *w, const struct l2tp_span *s)
{
	wr_bytes(w, s->p, s->len);
}

static void write_result(struct wr *w, const struct l2tp_result *res)
{
	wr_u16(w, res->result);
	if (res->error || res->text.len) {
		wr_u16(w, res->error);
		write_span(w, &res->text);
	}
}

static void write_u32s(struct wr *w, const uint32_t *v, size_t octets)
{
	wr_u16(w, 0);
	for (size_t i = 0; i < octets / 4; i++)
		wr_u32(w, v[i]);
}

static void write_value(
	struct wr *w, const struct l2tp_attr_info *a, const struct l2tp_msg *m)
{
	const void *from = (const uint8_t *)m + a->offset;
	const struct l2tp_q931 *q = from;
	const struct l2tp_ppp_disconnect *p = from;

	switch ((enum l2tp_attr_kind)a->kind) {
	case ATTR_EMPTY:
		break;
	case ATTR_U16:
		wr_u16(w, *(const uint16_t *)from);
		break;
	case ATTR_U32:
		wr_u32(w, *(const uint32_t *)from);
		break;
	case ATTR_U64:
		wr_u64(w, *(const uint64_t *)from);
		break;
	case ATTR_BYTES:
		write_span(w, from);
		break;
	case ATTR_DIGEST:
		wr_bytes(w, from, 16);
		break;
	case ATTR_RESULT:
		write_result(w, from);
		break;
	case ATTR_Q931:
		wr_u16(w, q->cause);
		wr_u8(w, q->message);
		write_span(w, &q->text);
		break;
	case ATTR_U32S:
		write_u32s(w, from, a->min - 2u);
		break;
	case ATTR_PPP:
		wr_u16(w, p->code);
		wr_u16(w, p->protocol);
		wr_u8(w, p->direction);
		write_span(w, &p->text);
		break;
	case ATTR_IGNORED:
		break;
	}
}

static void write_clear(
	struct wr *w, uint16_t type, const struct l2tp_attr_info *a, const struct l2tp_msg *m)
{
	size_t at = l2tp_avp_open(w, type);

	write_value(w, a, m);
	l2tp_avp_close(w, at, a->rules & ATTR_M ? AVP_M : 0);
}

static bool is_hidden(
	uint16_t type, const struct l2tp_attr_info *a, const struct l2tp_hiding *h)
{
	return h && a->rules & ATTR_HIDEABLE && type != L2TP_ATTR_ASSIGNED_TUNNEL &&
	       type != L2TP_ATTR_ASSIGNED_SESSION;
}

static void write_vector(struct wr *w, const struct l2tp_hiding *h)
{
	size_t at = l2tp_avp_open(w, L2TP_ATTR_RANDOM_VECTOR);

	wr_bytes(w, h->vector, sizeof(h->vector));
	l2tp_avp_close(w, at, AVP_M);
}

static void write_hidden(struct wr *w, uint16_t type, const struct l2tp_attr_info *a,
	const struct l2tp_msg *m, const struct l2tp_hiding *h)
{
	size_t at = l2tp_avp_open(w, type), begin = w->len;

	wr_u16(w, 0);
	write_value(w, a, m);
	if (!w->bad)
		wr_set_u16(w, begin, (uint16_t)(w->len - begin - 2));
	if (a->kind == ATTR_BYTES) /* the vector is as random as anything */
		wr_bytes(w, h->vector, MIN(h->padding, sizeof(h->vector)));
	if (w->bad)
		return;
	l2tp_hide(type, h->secret, h->vector, sizeof(h->vector), w->buf + begin,
		w->len - begin);
	l2tp_avp_close(w, at, AVP_H | (a->rules & ATTR_M ? AVP_M : 0));
}

void l2tp_msg_encode_hidden(
	const struct l2tp_msg *m, const struct l2tp_hiding *h, struct wr *w)
{
	uint64_t todo = m->have | l2tp_bit(L2TP_ATTR_MESSAGE_TYPE);
	bool vector = false;

	for (; todo; todo &= todo - 1) {
		uint16_t type = (uint16_t)__builtin_ctzll(todo);
		const struct l2tp_attr_info *a = l2tp_attr_info(type);

		if (!is_hidden(type, a, h)) {
			write_clear(w, type, a, m);
			continue;
		}
		if (!vector)
			write_vector(w, h);
		vector = true;
		write_hidden(w, type, a, m, h);
	}
	l2tp_line_write(&m->line, w);
}

void l2tp_msg_encode(const struct l2tp_msg *m, struct wr *w)
{
	l2tp_msg_encode_hidden(m, NULL, w);
}
