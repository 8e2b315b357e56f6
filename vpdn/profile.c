/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From attributes to fields, see profile.h.
 *
 * Three tables: plain attributes, tunnel attributes (grouped by tag; those without a tag are
 * common to all, RFC 2868 section 3), and pairs "vpdn:name=value".  A later value replaces an
 * earlier one.
 */
#include "vpdn/profile.h"

#include <string.h>

#include "base/net.h"

enum {
	TUNNEL_L2TP = 3,
	MEDIUM_IPV4 = 1,
	PRIORITY_GROUPS = 6, /* of ip-addresses */
	NAS_CHOOSES = 0xfffffffe,
};

enum field_kind {
	F_U32,
	F_TEXT,
	F_SWITCH, /* yes, no, 1, 0 */
	F_U8,
	F_U16,
	F_IP,
};

/* ---- plain attributes ---- */

#define AT(m) offsetof(struct profile, m)

/* clang-format off */
static const struct plain_row {
	uint32_t vendor;
	uint8_t type;
	uint8_t kind;
	bool keep; /* as long as the session lives */
	size_t at;
} plain[] = {
	{ RADIUS_IETF, RA_FRAMED_IP,         F_U32,  false, AT(ip) },
	{ RADIUS_IETF, RA_FRAMED_NETMASK,    F_U32,  false, AT(mask) },
	{ RADIUS_IETF, RA_FRAMED_MTU,        F_U32,  true,  AT(mtu) },
	{ RADIUS_IETF, RA_FRAMED_POOL,       F_TEXT, false, AT(pool) },
	{ RADIUS_IETF, RA_SESSION_TIMEOUT,   F_U32,  true,  AT(session_timeout) },
	{ RADIUS_IETF, RA_IDLE_TIMEOUT,      F_U32,  true,  AT(idle_timeout) },
	{ RADIUS_IETF, RA_INTERIM_INTERVAL,  F_U32,  true,  AT(interim) },
	{ RADIUS_IETF, RA_SERVICE_TYPE,      F_U32,  false, AT(service_type) },
	{ RADIUS_IETF, RA_PORT_LIMIT,        F_U32,  false, AT(port_limit) },
	{ RADIUS_IETF, RA_FILTER_ID,         F_TEXT, false, AT(filter) },
	{ RADIUS_IETF, RA_REPLY_MESSAGE,     F_TEXT, false, AT(message) },
	{ RADIUS_MICROSOFT, RA_MS_PRIMARY_DNS,   F_U32, false, AT(dns[0]) },
	{ RADIUS_MICROSOFT, RA_MS_SECONDARY_DNS, F_U32, false, AT(dns[1]) },
};

/* ---- tunnel attributes ---- */

#define TUN(m) offsetof(struct profile_tunnel, m)
static const struct {
	uint8_t type;
	uint8_t kind;
	size_t at;
} tunnel_rows[] = {
	{ RA_TUNNEL_TYPE,            F_U32,  TUN(type) },
	{ RA_TUNNEL_MEDIUM,          F_U32,  TUN(medium) },
	{ RA_TUNNEL_CLIENT_ENDPOINT, F_TEXT, TUN(client) },
	{ RA_TUNNEL_SERVER_ENDPOINT, F_TEXT, TUN(server) },
	{ RA_TUNNEL_PASSWORD,        F_TEXT, TUN(password) },
	{ RA_TUNNEL_PRIVATE_GROUP,   F_TEXT, TUN(private_group) },
	{ RA_TUNNEL_ASSIGNMENT_ID,   F_TEXT, TUN(assignment) },
	{ RA_TUNNEL_PREFERENCE,      F_U32,  TUN(preference) },
	{ RA_TUNNEL_CLIENT_AUTH_ID,  F_TEXT, TUN(client_id) },
	{ RA_TUNNEL_SERVER_AUTH_ID,  F_TEXT, TUN(server_id) },
};

/* ---- pairs ---- */

static const struct pair_row {
	const char *name;
	uint8_t kind;
	uint32_t min, max; /* of a number, or octets of a text */
	size_t at;
} pairs[] = {
	{ "l2tp-silent-switchover",      F_SWITCH, 0, 0, AT(ha) },
	{ "l2tp-tunnel-resync-packet",   F_U16, 1, 1000, AT(resync) },
	{ "tunnel-id",                   F_TEXT, 1, 63, AT(tunnel_id) },
	{ "tunnel-type",                 F_TEXT, 1, 15, AT(tunnel_type) },
	{ "ip-addresses",                F_TEXT, 1, 247, AT(addresses) },
	{ "l2tp-tunnel-password",        F_TEXT, 1, 99, AT(password) },
	{ "source-ip",                   F_IP, 0, 0, AT(source_ip) },
	{ "gw-name",                     F_TEXT, 1, 63, AT(gw_name) },
	{ "nas-password",                F_TEXT, 1, 99, AT(nas_password) },
	{ "gw-password",                 F_TEXT, 1, 99, AT(gw_password) },
	{ "l2tp-tunnel-authen",          F_SWITCH, 0, 0, AT(authen) },
	{ "l2tp-hello-interval",         F_U16, 0, 1000, AT(hello_s) },
	{ "l2tp-hidden-avp",             F_SWITCH, 0, 0, AT(hidden) },
	{ "l2tp-drop-out-of-order",      F_SWITCH, 0, 0, AT(drop_out_of_order) },
	{ "l2tp-nosession-timeout",      F_U32, 1, 86400, AT(nosession_s) },
	{ "l2tp-tunnel-timeout-no-session", F_U32, 1, 86400, AT(nosession_s) },
	{ "l2tp-tunnel-retransmit-retries", F_U16, 5, 1000, AT(retries) },
	{ "l2tp-tunnel-retransmit-timeout-min", F_U8, 1, 8, AT(timeout_min_s) },
	{ "l2tp-tunnel-retransmit-timeout-max", F_U8, 1, 8, AT(timeout_max_s) },
	{ "l2tp-tunnel-retransmit-initial-retries", F_U16, 1, 1000, AT(initial_retries) },
	{ "l2tp-tunnel-retransmit-initial-timeout-min", F_U8, 1, 8, AT(initial_min_s) },
	{ "l2tp-tunnel-retransmit-initial-timeout-max", F_U8, 1, 8, AT(initial_max_s) },
	{ "l2tp-tunnel-recv-win",        F_U16, 1, 5000, AT(rws) },
	{ "l2tp-tunnel-timeout-setup",   F_U32, 1, 6000, AT(setup_s) },
	{ "l2tp-busy-disconnect",        F_U32, 1, 6000, AT(busy_s) },
	{ "l2tp-udp-checksum",           F_SWITCH, 0, 0, AT(udp_checksum) },
	{ "vpdn-group",                  F_TEXT, 1, 63, AT(group) },
	{ "vpn-vrf",                     F_TEXT, 1, 63, AT(vrf) },
	{ "vpn-id",                      F_TEXT, 1, 63, AT(vpn_id) },
	{ "dout-dialer",                 F_TEXT, 1, 63, AT(dialer) },
	{ "min-links",                   F_U16, 0, 255, AT(min_links) },
	{ "virtual-template",            F_U16, 1, 4095, AT(virtual_template) },
	{ "terminate-from",              F_TEXT, 1, 63, AT(terminate_from) },
	{ "session-limit",               F_U16, 0, 32767, AT(session_limit) },
};
/* clang-format on */

static void tunnel_free(void *data)
{
	struct profile_tunnel *t = data;

	g_free(t->server);
	g_free(t->client);
	g_free(t->password);
	g_free(t->assignment);
	g_free(t->client_id);
	g_free(t->server_id);
	g_free(t->private_group);
	g_free(t);
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
		if (plain[i].kind == F_TEXT)
			g_free(*(char **)((char *)p + plain[i].at));
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		if (pairs[i].kind == F_TEXT)
			g_free(*(char **)((char *)p + pairs[i].at));
	g_clear_pointer(&p->classes, g_bytes_unref);
	g_ptr_array_unref(p->tunnels);
	g_free(p);
}

static void set_text(void *to, const char *text)
{
	char **p = to;

	g_free(*p);
	*p = g_strdup(text);
}

/* ---- pairs ---- */

static bool number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
{
	guint64 n;

	if (!g_ascii_string_to_unsigned(text, 10, min, max, &n, NULL))
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool switch_of(const char *text, uint8_t *to)
{
	bool yes = !g_ascii_strcasecmp(text, "yes") || !strcmp(text, "1");

	if (!yes && g_ascii_strcasecmp(text, "no") && strcmp(text, "0"))
		return false;
	*to = yes ? PROFILE_YES : PROFILE_NO;
	return true;
}

static bool set_pair(struct profile *p, const struct pair_row *row, const char *value)
{
	char *to = (char *)p + row->at;
	size_t len = strlen(value);
	uint32_t n;

	switch ((enum field_kind)row->kind) {
	case F_TEXT:
		if (len < row->min || len > row->max)
			return false;
		set_text(to, value);
		return true;
	case F_SWITCH:
		return switch_of(value, (uint8_t *)to);
	case F_IP:
		return ipv4_from_str(value, (uint32_t *)(void *)to);
	case F_U8:
	case F_U16:
	case F_U32:
		break;
	}
	if (!number(value, row->min, row->max, &n))
		return false;
	if (row->kind == F_U8)
		*(uint8_t *)to = (uint8_t)n;
	else if (row->kind == F_U16)
		*(uint16_t *)(void *)to = (uint16_t)n;
	else
		*(uint32_t *)(void *)to = n;
	p->hello_set |= row->at == AT(hello_s);
	p->session_limit_set |= row->at == AT(session_limit);
	return true;
}

static bool dns_servers(struct profile *p, const char *value)
{
	g_auto(GStrv) words = g_strsplit_set(value, " ,", 3);
	unsigned n = 0;

	for (unsigned i = 0; words[i] && n < 2; i++)
		if (words[i][0] && !ipv4_from_str(words[i], &p->dns[n++]))
			return false;
	return n > 0;
}

/* Pairs of other services that matter here. */
static bool ip_pair(struct profile *p, const char *name, const char *value)
{
	if (!strcmp(name, "addr-pool")) {
		set_text(&p->pool, value);
		return true;
	}
	if (!strcmp(name, "dns-servers"))
		return dns_servers(p, value);
	p->unknown++;
	return true;
}

/* "service:name=value"; a "*" instead of "=" says that we may ignore it. */
static bool pair(struct profile *p, const char *text)
{
	size_t n_service = strcspn(text, ":=*"), n_name;
	const char *name = text + n_service + 1, *value;

	if (text[n_service] != ':')
		return false;
	n_name = strcspn(name, "=*");
	if (!name[n_name])
		return false;
	value = name + n_name + 1;

	g_autofree char *service = g_strndup(text, n_service);
	g_autofree char *attr = g_strndup(name, n_name);

	if (!strcmp(service, "ip"))
		return ip_pair(p, attr, value);
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++)
		if (!strcmp(service, "vpdn") && !strcmp(pairs[i].name, attr))
			return set_pair(p, &pairs[i], value);
	p->unknown++;
	return true;
}

/* ---- tunnels ---- */

static struct profile_tunnel *tunnel(struct profile *p, uint8_t tag)
{
	for (guint i = 0; i < p->tunnels->len; i++) {
		struct profile_tunnel *t = p->tunnels->pdata[i];

		if (t->tag == tag)
			return t;
	}
	if (p->tunnels->len == PROFILE_TUNNELS_MAX)
		return NULL;

	struct profile_tunnel *t = g_new0(struct profile_tunnel, 1);

	t->tag = tag;
	t->preference = UINT32_MAX; /* not given yet */
	g_ptr_array_add(p->tunnels, t);
	return t;
}

/* False: not a tunnel attribute. */
static bool tunnel_attr(struct profile *p, const struct radius_attr *a, const char *secret,
	const uint8_t *authenticator)
{
	char text[RADIUS_TEXT_MAX];
	size_t i = 0;

	while (i < G_N_ELEMENTS(tunnel_rows) && tunnel_rows[i].type != a->type)
		i++;
	if (i == G_N_ELEMENTS(tunnel_rows) || a->vendor != RADIUS_IETF)
		return false;

	bool ok = a->type == RA_TUNNEL_PASSWORD
			  ? secret && radius_tunnel_password(
					      a, secret, authenticator, text)
			  : tunnel_rows[i].kind == F_U32 || radius_text(a, text);
	struct profile_tunnel *t = ok ? tunnel(p, a->tag) : NULL;

	if (!t)
		p->malformed++;
	else if (tunnel_rows[i].kind == F_TEXT)
		set_text((char *)t + tunnel_rows[i].at, text);
	else
		*(uint32_t *)(void *)((char *)t + tunnel_rows[i].at) = radius_u32(a);
	return true;
}

static void inherit(char **to, const char *from)
{
	if (!*to)
		*to = g_strdup(from);
}

/* What has no tag holds for all tunnels that do not say otherwise. */
static void merge_common(struct profile_tunnel *t, const struct profile_tunnel *c)
{
	t->type = t->type ? t->type : c->type;
	t->medium = t->medium ? t->medium : c->medium;
	t->preference = t->preference == UINT32_MAX ? c->preference : t->preference;
	inherit(&t->server, c->server);
	inherit(&t->client, c->client);
	inherit(&t->password, c->password);
	inherit(&t->assignment, c->assignment);
	inherit(&t->client_id, c->client_id);
	inherit(&t->server_id, c->server_id);
	inherit(&t->private_group, c->private_group);
}

/* vpdn:ip-addresses: ',' and blank part equals, '/' the groups of priority. */
static void tunnels_of_pair(struct profile *p)
{
	g_auto(GStrv) groups = g_strsplit(p->addresses, "/", PRIORITY_GROUPS);

	for (unsigned g = 0; groups[g]; g++) {
		g_auto(GStrv) words = g_strsplit_set(groups[g], ", ", -1);

		for (unsigned i = 0; words[i]; i++) {
			struct profile_tunnel *t;
			uint32_t ip;

			if (!words[i][0])
				continue;
			if (!ipv4_from_str(words[i], &ip) ||
				p->tunnels->len == PROFILE_TUNNELS_MAX) {
				p->malformed++;
				continue;
			}
			t = g_new0(struct profile_tunnel, 1);
			t->preference = g;
			t->server = g_strdup(words[i]);
			g_ptr_array_add(p->tunnels, t);
		}
	}
}

static int by_preference(const void *a, const void *b)
{
	const struct profile_tunnel *x = *(void *const *)a, *y = *(void *const *)b;

	if (x->preference != y->preference)
		return x->preference < y->preference ? -1 : 1;
	return (int)x->tag - (int)y->tag;
}

static void finish_tunnels(struct profile *p)
{
	struct profile_tunnel *common = NULL;

	for (guint i = 0; i < p->tunnels->len && p->tunnels->len > 1; i++) {
		struct profile_tunnel *t = p->tunnels->pdata[i];

		if (t->tag == 0)
			common = t;
	}
	for (guint i = 0; common && i < p->tunnels->len; i++)
		if (p->tunnels->pdata[i] != common)
			merge_common(p->tunnels->pdata[i], common);
	if (common)
		g_ptr_array_remove(p->tunnels, common);
	if (p->addresses && !p->tunnels->len)
		tunnels_of_pair(p);
	for (guint i = p->tunnels->len; i-- > 0;) {
		struct profile_tunnel *t = p->tunnels->pdata[i];

		t->type = t->type ? t->type : TUNNEL_L2TP;
		t->medium = t->medium ? t->medium : MEDIUM_IPV4;
		t->preference = t->preference == UINT32_MAX ? 0 : t->preference;
		if (!t->password)
			t->password = g_strdup(p->password);
		if (!t->client_id)
			t->client_id = g_strdup(p->tunnel_id);
		if (t->server)
			(void)ipv4_from_str(t->server, &t->server_ip);
		if (t->type != TUNNEL_L2TP || t->medium != MEDIUM_IPV4 || !t->server_ip) {
			p->malformed++;
			g_ptr_array_remove_index(p->tunnels, i);
		}
	}
	g_ptr_array_sort(p->tunnels, by_preference);
}

/* ---- all of it ---- */

static const struct plain_row *plain_row(const struct radius_attr *a)
{
	for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
		if (plain[i].vendor == a->vendor && plain[i].type == a->type)
			return &plain[i];
	return NULL;
}

static void plain_attr(struct profile *p, const struct radius_attr *a)
{
	const struct plain_row *row = plain_row(a);
	char text[RADIUS_TEXT_MAX];

	if (!row)
		p->unknown++;
	else if (row->kind == F_U32)
		*(uint32_t *)(void *)((char *)p + row->at) = radius_u32(a);
	else if (radius_text(a, text))
		set_text((char *)p + row->at, text);
	else
		p->malformed++;
}

/* An identifier octet, then "S=" and 40 digits (RFC 2548, section 2.3.3). */
static void mschap2_attr(struct profile *p, const struct radius_attr *a)
{
	struct rd r = a->value;

	rd_skip(&r, 1);
	rd_copy(&r, p->mschap2, sizeof(p->mschap2));
	if (r.bad || memcmp(p->mschap2, "S=", 2)) {
		memset(p->mschap2, 0, sizeof(p->mschap2));
		p->malformed++;
	}
}

/* An identifier octet, then "E=691 R=0 ..." (RFC 2548, section 2.1.5).  Whether there may be
 * another try, and with which challenge, is ours to say. */
static void mschap_error_attr(struct profile *p, const struct radius_attr *a)
{
	char text[RADIUS_TEXT_MAX], *digits = text + 3;
	guint64 n;

	if (!radius_text(a, text) || !text[0] || strncmp(text + 1, "E=", 2)) {
		p->malformed++;
		return;
	}
	digits[strspn(digits, "0123456789")] = '\0';
	if (g_ascii_string_to_unsigned(digits, 10, 1, 9999, &n, NULL))
		p->mschap_error = (uint16_t)n;
	else
		p->malformed++;
}

static void take(struct profile *p, struct wr *classes, const struct radius_attr *a,
	const char *secret, const uint8_t *authenticator)
{
	char text[RADIUS_TEXT_MAX];

	if (a->malformed) {
		p->malformed++;
	} else if (a->vendor == RADIUS_CISCO && a->type == RA_CISCO_AVPAIR) {
		if (!radius_text(a, text) || !pair(p, text))
			p->malformed++;
	} else if (a->vendor == RADIUS_IETF && a->type == RA_CLASS) {
		struct wr was = *classes;

		radius_put(classes, RA_CLASS, a->value.p, rd_left(&a->value));
		if (classes->bad) {
			*classes = was;
			p->malformed++;
		}
	} else if (a->vendor == RADIUS_MICROSOFT && a->type == RA_MS_CHAP2_SUCCESS) {
		mschap2_attr(p, a);
	} else if (a->vendor == RADIUS_MICROSOFT && a->type == RA_MS_CHAP_ERROR) {
		mschap_error_attr(p, a);
	} else if (!tunnel_attr(p, a, secret, authenticator)) {
		plain_attr(p, a);
	}
}

struct profile *profile_new(
	struct rd attrs, const char *secret, const uint8_t *authenticator)
{
	struct profile *p = g_new0(struct profile, 1);
	struct radius_iter it = radius_iter(attrs);
	uint8_t buf[PROFILE_CLASS_MAX];
	struct wr classes = wr_init(buf, sizeof(buf));
	struct radius_attr a;

	p->tunnels = g_ptr_array_new_with_free_func(tunnel_free);
	while (radius_next(&it, &a))
		take(p, &classes, &a, secret, authenticator);
	if (classes.len)
		p->classes = g_bytes_new(buf, classes.len);
	if (p->ip >= NAS_CHOOSES) /* RFC 2865, section 5.8 */
		p->ip = 0;
	finish_tunnels(p);
	return p;
}

GBytes *profile_keep(struct rd attrs)
{
	struct radius_iter it = radius_iter(attrs);
	uint8_t buf[PROFILE_CLASS_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	struct radius_attr a;

	while (radius_next(&it, &a)) {
		const struct plain_row *row = plain_row(&a);
		struct wr was = w;

		if (a.malformed || a.vendor != RADIUS_IETF ||
			(a.type != RA_CLASS && !(row && row->keep)))
			continue;
		radius_put(&w, a.type, a.value.p, rd_left(&a.value));
		if (w.bad)
			w = was;
	}
	return w.len ? g_bytes_new(buf, w.len) : NULL;
}

bool profile_ha(const struct profile *p, bool global_on, bool group_on)
{
	if (!global_on || !group_on)
		return false;
	return !p || p->ha != PROFILE_NO;
}

uint16_t profile_resync(const struct profile *p, uint16_t group)
{
	return p && p->resync ? p->resync : group;
}
