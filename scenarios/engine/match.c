/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of a capture and expressions about them, see match.h.
 *
 * A frame is read once into facts; an expression is a tree over facts.  Which sessions are
 * established is followed through the file: SCCRP tells which tunnel numbers belong together,
 * ICCN that a session is up.  A CDN whose tunnel was not seen to begin counts as one of an
 * established session: better a check too strict than one that misses.
 *
 * Only files of base/pcapng.c are read: network order, nanoseconds.
 */
#include "scenarios/engine/match.h"

#include "base/buf.h"
#include "base/net.h"
#include "base/text.h"
#include "l2tp/message.h"
#include "l2tp/wire.h"
#include "ppp/wire.h"
#include "scenarios/engine/probe.h"
#include "scenarios/engine/words.h"

#include <string.h>

/* ---- facts ---- */

enum fact {
	FACT_ARP,
	FACT_IP,
	FACT_UDP,
	FACT_ICMP,
	FACT_IN,
	FACT_OUT,
	FACT_CONTROL,
	FACT_DATA,
	FACT_ZLB,
	FACT_LCP,
	FACT_PAP,
	FACT_CHAP,
	FACT_IPCP,
	FACT_INNER_IP,
	FACT_PROBE,
	FACT_PPPOE,
	FACT_PADI,
	FACT_PADO,
	FACT_PADR,
	FACT_PADS,
	FACT_PADT,
	N_FACTS,
};

static const char *const fact_names[] = {
	[FACT_ARP] = "arp",
	[FACT_IP] = "ip",
	[FACT_UDP] = "udp",
	[FACT_ICMP] = "icmp",
	[FACT_IN] = "in",
	[FACT_OUT] = "out",
	[FACT_CONTROL] = "l2tp.control",
	[FACT_DATA] = "l2tp.data",
	[FACT_ZLB] = "l2tp.zlb",
	[FACT_LCP] = "ppp.lcp",
	[FACT_PAP] = "ppp.pap",
	[FACT_CHAP] = "ppp.chap",
	[FACT_IPCP] = "ppp.ipcp",
	[FACT_INNER_IP] = "ppp.ip",
	[FACT_PROBE] = "probe",
	[FACT_PPPOE] = "pppoe",
	[FACT_PADI] = "pppoe.PADI",
	[FACT_PADO] = "pppoe.PADO",
	[FACT_PADR] = "pppoe.PADR",
	[FACT_PADS] = "pppoe.PADS",
	[FACT_PADT] = "pppoe.PADT",
};

struct facts {
	unsigned bits; /* 1 << enum fact */
	uint16_t message; /* L2TP message type; 0: none */
	bool established; /* CDN: of such a session */
	uint16_t tunnel, session, assigned_tunnel, assigned_session, ns, nr;
	uint32_t src, dst;
};

static void read_udp(struct facts *f, struct rd r, const struct ipv4_hdr *ip);

static void read_ip(struct facts *f, struct rd r, unsigned fact)
{
	struct ipv4_hdr ip;

	f->bits |= 1u << fact;
	if (!ipv4_parse(&r, &ip))
		return;
	if (fact == FACT_IP) {
		f->src = ip.src;
		f->dst = ip.dst;
	}
	if (ip.proto == IPPROTO_NUM_ICMP)
		f->bits |= 1u << FACT_ICMP;
	if (ip.proto == IPPROTO_NUM_UDP)
		read_udp(f, r, &ip);
}

static void read_ppp(struct facts *f, struct rd r)
{
	static const struct {
		uint16_t protocol;
		enum fact fact;
	} kinds[] = { { PPP_LCP, FACT_LCP }, { PPP_PAP, FACT_PAP },
		{ PPP_CHAP, FACT_CHAP }, { PPP_IPCP, FACT_IPCP } };
	uint16_t protocol;

	if (!ppp_hdr_parse(&r, &protocol))
		return;
	if (protocol == PPP_IPV4)
		read_ip(f, r, FACT_INNER_IP);
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (protocol == kinds[i].protocol)
			f->bits |= 1u << kinds[i].fact;
}

static void read_l2tp(struct facts *f, struct rd r)
{
	struct l2tp_fault fault;
	struct l2tp_msg m = { 0 };
	struct l2tp_hdr h;

	if (!l2tp_hdr_parse(&r, &h))
		return;
	f->tunnel = h.tunnel;
	f->session = h.session;
	f->ns = h.ns;
	f->nr = h.nr;
	if (!l2tp_is_control(&h)) {
		f->bits |= 1u << FACT_DATA;
		read_ppp(f, r);
		return;
	}
	f->bits |= 1u << FACT_CONTROL;
	if (!rd_left(&r)) {
		f->bits |= 1u << FACT_ZLB;
		return;
	}
	l2tp_msg_decode(r, &m, &fault);
	f->message = m.type;
	f->assigned_tunnel = m.assigned_tunnel;
	f->assigned_session = m.assigned_session;
}

static void read_udp(struct facts *f, struct rd r, const struct ipv4_hdr *ip)
{
	struct udp_hdr udp;
	struct probe probe;

	f->bits |= 1u << FACT_UDP;
	if (!udp_parse(&r, ip, &udp))
		return;
	if (udp.dport == PROBE_PORT && probe_parse(r, &probe))
		f->bits |= 1u << FACT_PROBE;
	if ((udp.dport == L2TP_UDP_PORT || udp.sport == L2TP_UDP_PORT) &&
		!(f->bits & (1u << FACT_DATA | 1u << FACT_CONTROL)))
		read_l2tp(f, r);
}

static void read_pppoe(struct facts *f, struct rd r)
{
	static const struct {
		uint8_t code;
		enum fact fact;
	} kinds[] = { { PPPOE_PADI, FACT_PADI }, { PPPOE_PADO, FACT_PADO },
		{ PPPOE_PADR, FACT_PADR }, { PPPOE_PADS, FACT_PADS },
		{ PPPOE_PADT, FACT_PADT } };
	struct pppoe_hdr h;

	f->bits |= 1u << FACT_PPPOE;
	if (!pppoe_hdr_parse(&r, &h))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (h.code == kinds[i].code)
			f->bits |= 1u << kinds[i].fact;
	if (h.code == PPPOE_SESSION)
		read_ppp(f, r);
}

static void read_frame(struct facts *f, struct rd r, bool out)
{
	struct eth_hdr eth;

	*f = (struct facts){ .bits = 1u << (out ? FACT_OUT : FACT_IN) };
	if (!eth_parse(&r, &eth))
		return;
	if (eth.type == ETHERTYPE_ARP)
		f->bits |= 1u << FACT_ARP;
	if (eth.type == ETHERTYPE_IPV4)
		read_ip(f, r, FACT_IP);
	if (eth.type == ETHERTYPE_PPPOE_DISC || eth.type == ETHERTYPE_PPPOE_SESS)
		read_pppoe(f, r);
}

/* ---- expressions ---- */

enum { NODES_MAX = 64, DEPTH_MAX = 16 };

enum node_kind { NODE_FACT, NODE_MESSAGE, NODE_ESTABLISHED, NODE_NOT, NODE_AND, NODE_OR };

struct node {
	enum node_kind kind;
	unsigned value; /* fact, or message */
	unsigned a, b;  /* nodes */
};

struct match {
	struct node nodes[NODES_MAX];
	unsigned n, root;
};

struct reader {
	struct match *m;
	const char *p;
	unsigned depth;
	GError **error;
};

static bool fail(struct reader *r, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool fail(struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);

	g_autofree char *why = g_strdup_vprintf(format, ap);

	va_end(ap);
	if (!*r->error)
		g_set_error(r->error, SCRIPT_ERROR, SCRIPT_ERROR_SYNTAX, "%s", why);
	return false;
}

static bool add(struct reader *r, struct node node, unsigned *at)
{
	if (r->m->n == NODES_MAX)
		return fail(r, "the expression is too long");
	*at = r->m->n++;
	r->m->nodes[*at] = node;
	return true;
}

/* A word, (, ), or the end (an empty one). */
static char *token(struct reader *r)
{
	size_t n;

	r->p += strspn(r->p, " \t");
	n = strcspn(r->p, " \t()");
	if (!n && *r->p)
		n = 1;
	if (n > 1 || (n && !strchr("()", *r->p))) {
		/* "(established)" belongs to its word. */
		if (g_str_has_prefix(r->p + n, "(established)"))
			n += strlen("(established)");
	}
	r->p += n;
	return g_strndup(r->p - n, n);
}

static bool token_is(struct reader *r, const char *text)
{
	const char *before = r->p;
	g_autofree char *t = token(r);

	if (strcmp(t, text) == 0)
		return true;
	r->p = before;
	return false;
}

static uint16_t message_of(const char *name)
{
	for (uint16_t type = 1; type < 32; type++)
		if (l2tp_msg_info(type) &&
			g_ascii_strcasecmp(l2tp_msg_name(type), name) == 0)
			return type;
	return 0;
}

static bool unknown_term(struct reader *r, const char *t)
{
	const char *known[N_FACTS + 34];
	char names[32][24];
	unsigned n = 0, messages = 0;
	const char *near;
	g_autofree char *shown = text_escape(t, strlen(t));

	for (unsigned i = 0; i < N_FACTS; i++)
		known[n++] = fact_names[i];
	for (uint16_t type = 1; type < 32; type++) {
		if (!l2tp_msg_info(type))
			continue;
		g_snprintf(names[messages], sizeof(names[0]), "l2tp.%s",
			l2tp_msg_name(type));
		known[n++] = names[messages++];
	}
	known[n] = NULL;
	near = words_nearest(t, known);
	if (!*t)
		return fail(r, "the expression ends too early");
	if (near)
		return fail(r, "no packet is \"%s\"; did you mean \"%s\"?", shown, near);
	return fail(r, "no packet is \"%s\": l2tp.CDN, ppp.lcp, arp and such are", shown);
}

static bool read_or(struct reader *r, unsigned *at);

static bool read_word(struct reader *r, unsigned *at)
{
	g_autofree char *t = token(r);
	struct node node = { NODE_MESSAGE };

	for (unsigned i = 0; i < N_FACTS; i++)
		if (strcmp(t, fact_names[i]) == 0)
			return add(r, (struct node){ NODE_FACT, i }, at);
	if (g_str_has_prefix(t, "l2tp.")) {
		if (g_ascii_strcasecmp(t, "l2tp.CDN(established)") == 0)
			return add(r, (struct node){ NODE_ESTABLISHED }, at);
		node.value = message_of(t + strlen("l2tp."));
	}
	return node.value ? add(r, node, at) : unknown_term(r, t);
}

static bool read_term(struct reader *r, unsigned *at)
{
	struct node node = { NODE_NOT };
	bool good;

	if (++r->depth > DEPTH_MAX)
		return fail(r, "the expression is too deep");
	if (token_is(r, "not")) {
		good = read_term(r, &node.a) && add(r, node, at);
	} else if (token_is(r, "(")) {
		good = read_or(r, at);
		if (good && !token_is(r, ")"))
			good = fail(r, "a ) is missing in the expression");
	} else {
		good = read_word(r, at);
	}
	r->depth--;
	return good;
}

static bool read_and(struct reader *r, unsigned *at)
{
	struct node node = { NODE_AND };

	if (!read_term(r, at))
		return false;
	while (token_is(r, "and")) {
		node.a = *at;
		if (!read_term(r, &node.b) || !add(r, node, at))
			return false;
	}
	return true;
}

static bool read_or(struct reader *r, unsigned *at)
{
	struct node node = { NODE_OR };

	if (!read_and(r, at))
		return false;
	while (token_is(r, "or")) {
		node.a = *at;
		if (!read_and(r, &node.b) || !add(r, node, at))
			return false;
	}
	return true;
}

struct match *match_new(const char *expression, GError **error)
{
	struct match *m = g_new0(struct match, 1);
	GError *bad = NULL;
	struct reader r = { .m = m, .p = expression, .error = &bad };

	if (read_or(&r, &m->root) && !token_is(&r, "")) {
		g_autofree char *t = token(&r);
		g_autofree char *shown = text_escape(t, strlen(t));

		fail(&r, "\"%s\" where and, or, or the end is expected", shown);
	}
	if (!bad)
		return m;
	g_propagate_error(error, bad);
	match_free(m);
	return NULL;
}

void match_free(struct match *m)
{
	g_free(m);
}

static bool holds(const struct match *m, unsigned at, const struct facts *f)
{
	const struct node *n = &m->nodes[at];

	switch (n->kind) {
	case NODE_FACT:
		return f->bits & 1u << n->value;
	case NODE_MESSAGE:
		return f->message && f->message == n->value;
	case NODE_ESTABLISHED:
		return f->message == L2TP_CDN && f->established;
	case NODE_NOT:
		return !holds(m, n->a, f);
	case NODE_AND:
		return holds(m, n->a, f) && holds(m, n->b, f);
	case NODE_OR:
		return holds(m, n->a, f) || holds(m, n->b, f);
	}
	return false;
}

bool match_frame(const struct match *m, const void *bytes, size_t n, bool out)
{
	struct facts f;

	read_frame(&f, rd_init(bytes, n), out);
	f.established = true;
	return holds(m, m->root, &f);
}

/* ---- what is established ---- */

/* Numbers of the router: it is the callee.  Keys: tunnel << 16 | session. */
struct follow {
	GHashTable *tunnel_of; /* the peer's tunnel number + 1: the router's + 1 */
	GHashTable *up;        /* sessions that are established */
};

static void *key(unsigned tunnel, unsigned session)
{
	return GUINT_TO_POINTER(tunnel << 16 | session);
}

static void follow(struct follow *f, struct facts *x)
{
	bool out = x->bits & 1u << FACT_OUT;
	unsigned theirs;

	if (x->message == L2TP_SCCRP && out)
		g_hash_table_insert(f->tunnel_of, GUINT_TO_POINTER(x->tunnel + 1u),
			GUINT_TO_POINTER(x->assigned_tunnel + 1u));
	if (x->message == L2TP_ICCN && !out)
		g_hash_table_add(f->up, key(x->tunnel, x->session));
	if (x->message != L2TP_CDN)
		return;
	theirs = GPOINTER_TO_UINT(
		g_hash_table_lookup(f->tunnel_of, GUINT_TO_POINTER(x->tunnel + 1u)));
	if (!out)
		x->established = g_hash_table_contains(f->up, key(x->tunnel, x->session));
	else
		x->established = !theirs || g_hash_table_contains(f->up,
						    key(theirs - 1, x->assigned_session));
}

/* ---- files ---- */

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPT_EPB_FLAGS = 2,
	BLOCK_MIN = 12,
};

struct packet {
	int64_t ns; /* Unix time */
	bool out;
	struct rd frame;
};

static bool outbound(struct rd options)
{
	while (rd_left(&options) >= 4) {
		uint16_t code = rd_u16(&options), len = rd_u16(&options);
		struct rd value = rd_sub(&options, len);

		rd_skip(&options, (size_t)(-len & 3));
		if (code == OPT_EPB_FLAGS)
			return (rd_u32(&value) & 3) == 2;
		if (!code)
			break;
	}
	return false;
}

/* The next packet; false at the end, also of what is written so far. */
static bool next_packet(struct rd *file, struct packet *p)
{
	while (rd_left(file) >= BLOCK_MIN) {
		struct rd ahead = *file, body;
		uint32_t type = rd_u32(&ahead), len = rd_u32(&ahead), n;

		if (len < BLOCK_MIN || len % 4 || len > rd_left(file))
			return false;
		body = rd_sub(&ahead, len - BLOCK_MIN);
		rd_skip(file, len);
		if (type != BLOCK_PACKET)
			continue;
		rd_skip(&body, 4); /* interface: there is one */
		p->ns = (int64_t)rd_u64(&body);
		n = rd_u32(&body);
		rd_skip(&body, 4); /* length on the wire */
		p->frame = rd_sub(&body, n);
		rd_skip(&body, (size_t)(-n & 3));
		p->out = outbound(body);
		return !body.bad;
	}
	return false;
}

static void describe(GString *out, const struct packet *p, const struct facts *f, base_time at)
{
	char src[16], dst[16];
	const char *what = f->message ? l2tp_msg_name(f->message) : NULL;

	for (unsigned i = N_FACTS; i-- > 0 && !what;)
		if (f->bits & 1u << i)
			what = fact_names[i];
	g_string_append_printf(out,
		"%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT " %s %s > %s %s tunnel %u "
		"session %u Ns %u Nr %u\n",
		at.ns / 1000000000, at.ns / 1000 % 1000000, p->out ? "out" : "in",
		ipv4_to_str(f->src, src), ipv4_to_str(f->dst, dst), what ? what : "frame",
		f->tunnel, f->session, f->ns, f->nr);
}

gint64 match_count(const struct match *m, const char *path, int64_t epoch,
	base_time since, unsigned keep, GString *seen, GError **error)
{
	g_autoptr(GMappedFile) map = g_mapped_file_new(path, false, error);
	struct follow state;
	struct packet p;
	struct facts f;
	struct rd file;
	gint64 n = 0;

	if (!map)
		return -1;
	file = rd_init(g_mapped_file_get_contents(map), g_mapped_file_get_length(map));
	state.tunnel_of = g_hash_table_new(NULL, NULL);
	state.up = g_hash_table_new(NULL, NULL);
	while (next_packet(&file, &p)) {
		base_time at = { p.ns - epoch };

		read_frame(&f, p.frame, p.out);
		follow(&state, &f);
		if (time_before(at, since) || !holds(m, m->root, &f))
			continue;
		if (seen && n < keep)
			describe(seen, &p, &f, at);
		n++;
	}
	g_hash_table_unref(state.tunnel_of);
	g_hash_table_unref(state.up);
	return n;
}
