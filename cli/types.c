/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Types of arguments: how a form names them, what they accept, how `?` shows them.
 */
#include "cli/internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

static const struct {
	const char *name;
	struct cli_type type;
	const char *shown;
	const char *help;
} types[] = {
	/* clang-format off */
	{ "u8",     { CLI_T_NUMBER, 0, UINT8_MAX },  NULL,             "Number" },
	{ "u16",    { CLI_T_NUMBER, 0, UINT16_MAX }, NULL,             "Number" },
	{ "u32",    { CLI_T_NUMBER, 0, UINT32_MAX }, NULL,             "Number" },
	{ "u64",    { CLI_T_NUMBER, 0, UINT64_MAX }, NULL,             "Number" },
	{ "ipv4",   { CLI_T_IPV4 },                  "A.B.C.D",        "IP address" },
	{ "mask",   { CLI_T_MASK },                  "A.B.C.D",        "IP subnet mask" },
	{ "prefix", { CLI_T_PREFIX },                "A.B.C.D/nn",     "IP prefix" },
	{ "ipv6",   { CLI_T_IPV6 },                  "X:X:X:X::X",     "IPv6 address" },
	{ "mac",    { CLI_T_MAC },                   "H.H.H",          "MAC address" },
	{ "time",   { CLI_T_TIME },                  "hh:mm:ss",       "Time" },
	{ "iface",  { CLI_T_IFACE },                 NULL,             "Interface" },
	{ "hex",    { CLI_T_HEX },                   "HEX",            "Hexadecimal digits" },
	{ "name",   { CLI_T_NAME },                  "WORD",           "Name" },
	{ "host",   { CLI_T_HOST },                  "Hostname or A.B.C.D", "Host or address" },
	{ "url",    { CLI_T_URL },                   "URL",            "File, as in bootflash:NAME" },
	{ "word",   { CLI_T_WORD },                  "WORD",           "Word" },
	{ "line",   { CLI_T_LINE },                  "LINE",           "Rest of the line" },
	/* clang-format on */
};

/* Shapes of the number behind an interface's name. */
enum shape {
	SHAPE_N,    /* Loopback0 */
	SHAPE_PORT, /* GigabitEthernet0/0/0, and 0 for the management port */
};

static const struct iface_kind {
	const char *name;
	const char *abbrev; /* accepted though it is no prefix, or not a unique one */
	enum shape shape;
	bool sub; /* has sub-interfaces */
	const char *help;
} iface_kinds[] = {
	/* clang-format off */
	{ "GigabitEthernet",    "Gi", SHAPE_PORT, true,  "GigabitEthernet IEEE 802.3z" },
	{ "Loopback",           "Lo", SHAPE_N,    false, "Loopback interface" },
	{ "Null",               "Nu", SHAPE_N,    false, "Null interface" },
	{ "Port-channel",       "Po", SHAPE_N,    true,  "Ethernet Channel of interfaces" },
	{ "TenGigabitEthernet", "Te", SHAPE_PORT, true,  "Ten Gigabit Ethernet" },
	{ "Tunnel",             "Tu", SHAPE_N,    false, "Tunnel interface" },
	{ "Virtual-Access",     "Vi", SHAPE_N,    true,  "Virtual Access interface" },
	{ "Virtual-Template",   "Vt", SHAPE_N,    false, "Virtual Template interface" },
	/* clang-format on */
};

const char *cli_iface_kind(unsigned i, const char **help)
{
	if (i >= G_N_ELEMENTS(iface_kinds))
		return NULL;
	*help = iface_kinds[i].help;
	return iface_kinds[i].name;
}

/* Digits only, no sign, no overflow. */
static bool read_number(const char *text, uint64_t *v)
{
	return g_ascii_isdigit(*text) &&
	       g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, v, NULL);
}

bool cli_type_parse(const char *text, struct cli_type *type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
		if (!strcmp(types[i].name, text)) {
			*type = types[i].type;
			return true;
		}
	}

	g_auto(GStrv) ends = g_strsplit(text, "-", 2);

	*type = (struct cli_type){ .id = CLI_T_NUMBER };
	return g_strv_length(ends) == 2 && read_number(ends[0], &type->lo) &&
	       read_number(ends[1], &type->hi) && type->lo <= type->hi;
}

/* ---- interface names ---------------------------------------------------------------- */

static const struct iface_kind *find_kind(const char *name, size_t n)
{
	const struct iface_kind *found = NULL;

	if (n == 0)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(iface_kinds); i++) {
		const struct iface_kind *k = &iface_kinds[i];

		if (n == strlen(k->abbrev) && !g_ascii_strncasecmp(k->abbrev, name, n))
			return k;
		if (n > strlen(k->name) || g_ascii_strncasecmp(k->name, name, n))
			continue;
		if (found) /* "virtual-" */
			return NULL;
		found = k;
	}
	return found;
}

/* One number of at most five digits; leading zeros go. */
static bool copy_number(const char **p, GString *out)
{
	unsigned v = 0, n = 0;

	for (; g_ascii_isdigit(**p) && n < 6; n++)
		v = v * 10 + (unsigned)(*(*p)++ - '0');
	g_string_append_printf(out, "%u", v);
	return n > 0 && n < 6;
}

/* Numbers of a kind.  True when the text is one; *partly when more could make it one. */
static bool copy_numbers(const struct iface_kind *k, const char *p, GString *out)
{
	unsigned parts = 1;

	if (!copy_number(&p, out))
		return false;
	for (; *p == '/' && k->shape == SHAPE_PORT && parts < 3; parts++) {
		g_string_append_c(out, *p++);
		if (!copy_number(&p, out))
			return false;
	}
	if (parts == 2)
		return false;
	if (*p == '.' && k->sub) {
		g_string_append_c(out, *p++);
		/* sub-interfaces go up to 4294967295; five digits are plenty here */
		if (!copy_number(&p, out))
			return false;
	}
	return !*p;
}

static const struct iface_kind *split_iface(const char *text, const char **numbers)
{
	size_t n = 0;

	while (g_ascii_isalpha(text[n]) || text[n] == '-')
		n++;
	*numbers = text + n + strspn(text + n, " ");
	return find_kind(text, n);
}

char *cli_iface_canon(const char *text)
{
	const char *numbers;
	const struct iface_kind *k = split_iface(text, &numbers);

	if (!k)
		return NULL;

	g_autoptr(GString) out = g_string_new(k->name);

	if (!copy_numbers(k, numbers, out))
		return NULL;
	return g_string_free(g_steal_pointer(&out), FALSE);
}

bool cli_iface_name_only(const char *text)
{
	const char *numbers;

	return split_iface(text, &numbers) && !*numbers;
}

/* ---- acceptance --------------------------------------------------------------------- */

static bool is_ipv4(const char *text, uint32_t *host)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return false;
	*host = ntohl(a.s_addr);
	return true;
}

static bool is_prefix(const char *text)
{
	g_auto(GStrv) part = g_strsplit(text, "/", 2);
	uint32_t a;
	uint64_t len;

	return g_strv_length(part) == 2 && is_ipv4(part[0], &a) &&
	       read_number(part[1], &len) && len <= 32;
}

static bool is_mac(const char *text)
{
	for (int i = 0; i < 14; i++) {
		if (i % 5 == 4 ? text[i] != '.' : !g_ascii_isxdigit(text[i]))
			return false;
	}
	return !text[14];
}

static bool is_time(const char *text)
{
	static const uint64_t limit[] = { 24, 60, 60 };
	g_auto(GStrv) part = g_strsplit(text, ":", 4);

	if (g_strv_length(part) != 3)
		return false;
	for (int i = 0; i < 3; i++) {
		uint64_t v;

		if (strlen(part[i]) > 2 || !read_number(part[i], &v) || v >= limit[i])
			return false;
	}
	return true;
}

static bool is_made_of(const char *text, const char *extra)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (!g_ascii_isalnum(text[n]) && !strchr(extra, text[n]))
			return false;
	return n > 0;
}

static bool in_range(const struct cli_type *type, const char *token)
{
	uint64_t v;

	return read_number(token, &v) && v >= type->lo && v <= type->hi;
}

static bool accepts(const struct cli_type *type, const char *token)
{
	struct in6_addr a6;
	uint32_t a;

	switch (type->id) {
	case CLI_T_NUMBER:
		return in_range(type, token);
	case CLI_T_IPV4:
		return is_ipv4(token, &a);
	case CLI_T_MASK:
		return is_ipv4(token, &a) && (~a & (~a + 1)) == 0;
	case CLI_T_PREFIX:
		return is_prefix(token);
	case CLI_T_IPV6:
		return inet_pton(AF_INET6, token, &a6) == 1;
	case CLI_T_MAC:
		return is_mac(token);
	case CLI_T_TIME:
		return is_time(token);
	case CLI_T_HEX:
		return token[0] &&
		       strspn(token, "0123456789abcdefABCDEF") == strlen(token);
	case CLI_T_NAME:
		return strlen(token) <= 63;
	case CLI_T_HOST:
		return strlen(token) <= 255 && is_made_of(token, ".-_:");
	case CLI_T_IFACE:
	case CLI_T_URL:
	case CLI_T_WORD:
	case CLI_T_LINE:
		return true;
	}
	return false;
}

enum cli_accept cli_type_accept(
	const struct cli_type *type, const char *token, char **value)
{
	if (type->id == CLI_T_IFACE) {
		*value = cli_iface_canon(token);
		if (*value)
			return CLI_ACCEPT_YES;
		return cli_iface_name_only(token) ? CLI_ACCEPT_SHORT : CLI_ACCEPT_NO;
	}
	if (!accepts(type, token))
		return CLI_ACCEPT_NO;
	*value = g_strdup(token);
	return CLI_ACCEPT_YES;
}

char *cli_type_shown(const struct cli_type *type)
{
	if (type->id == CLI_T_NUMBER)
		return g_strdup_printf("<%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT ">",
			type->lo, type->hi);
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i].type.id == type->id && types[i].shown)
			return g_strdup(types[i].shown);
	return g_strdup("WORD");
}

const char *cli_type_help(const struct cli_type *type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i].type.id == type->id)
			return types[i].help;
	return "";
}
