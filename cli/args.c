/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arguments of a handler: the words of a matched line, keywords in full spelling.
 */
#include "cli/internal.h"

#include <arpa/inet.h>
#include <string.h>

struct arg {
	const struct cli_node *node;
	char *value; /* NULL for a keyword */
};

struct cli_args {
	enum cli_flavour flavour;
	GArray *list;     /* struct arg, in order */
	GPtrArray *words; /* borrowed from list and nodes, NULL at the end */
	char *text;
};

static void arg_clear(gpointer data)
{
	g_free(((struct arg *)data)->value);
}

struct cli_args *cli_args_new(const struct cli_match *m)
{
	struct cli_args *a = g_new0(struct cli_args, 1);

	a->list = g_array_new(FALSE, FALSE, sizeof(struct arg));
	g_array_set_clear_func(a->list, arg_clear);
	a->words = g_ptr_array_new();
	a->flavour = m ? m->end_node->flavour : CLI_PLAIN;
	for (int i = m ? m->end : -1; i >= 0;) {
		const struct cli_step *s = &g_array_index(m->steps, struct cli_step, i);
		struct arg arg = { s->node, g_strdup(s->value) };

		if (s->node->flavour == CLI_PLAIN)
			g_array_prepend_val(a->list, arg);
		i = s->parent;
	}
	for (guint i = 0; i < a->list->len; i++) {
		const struct arg *arg = &g_array_index(a->list, struct arg, i);

		g_ptr_array_add(a->words, arg->value ? arg->value : arg->node->name);
	}
	g_ptr_array_add(a->words, NULL);
	a->text = g_strjoinv(" ", (char **)a->words->pdata);
	return a;
}

void cli_args_free(struct cli_args *a)
{
	if (!a)
		return;
	g_array_unref(a->list);
	g_ptr_array_unref(a->words);
	g_free(a->text);
	g_free(a);
}

bool cli_no(const struct cli_args *args)
{
	return args->flavour == CLI_NO;
}

bool cli_default(const struct cli_args *args)
{
	return args->flavour == CLI_DEFAULT;
}

static const struct arg *find(
	const struct cli_args *args, const char *name, bool keywords)
{
	for (guint i = 0; i < args->list->len; i++) {
		const struct arg *arg = &g_array_index(args->list, struct arg, i);

		if ((keywords || arg->value) && !strcmp(arg->node->name, name))
			return arg;
	}
	return NULL;
}

bool cli_has(const struct cli_args *args, const char *name)
{
	return find(args, name, true) != NULL;
}

const char *cli_str(const struct cli_args *args, const char *name)
{
	const struct arg *arg = find(args, name, false);

	return arg ? arg->value : NULL;
}

bool cli_arg_u64(const struct cli_args *args, const char *name, uint64_t *v)
{
	const char *text = cli_str(args, name);

	return text && g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, v, NULL);
}

bool cli_arg_u32(const struct cli_args *args, const char *name, uint32_t *v)
{
	uint64_t wide;

	if (!cli_arg_u64(args, name, &wide) || wide > UINT32_MAX)
		return false;
	*v = (uint32_t)wide;
	return true;
}

bool cli_arg_u16(const struct cli_args *args, const char *name, uint16_t *v)
{
	uint64_t wide;

	if (!cli_arg_u64(args, name, &wide) || wide > UINT16_MAX)
		return false;
	*v = (uint16_t)wide;
	return true;
}

static bool to_ipv4(const char *text, uint32_t *host_order)
{
	struct in_addr a;

	if (!text || inet_pton(AF_INET, text, &a) != 1)
		return false;
	*host_order = ntohl(a.s_addr);
	return true;
}

bool cli_arg_ipv4(const struct cli_args *args, const char *name, uint32_t *host_order)
{
	return to_ipv4(cli_str(args, name), host_order);
}

bool cli_arg_prefix(const struct cli_args *args, const char *name, uint32_t *host_order,
	unsigned *len)
{
	const char *text = cli_str(args, name);
	const char *slash = text ? strchr(text, '/') : NULL;
	uint64_t v;

	if (!slash || !g_ascii_string_to_unsigned(slash + 1, 10, 0, 32, &v, NULL))
		return false;

	g_autofree char *address = g_strndup(text, (size_t)(slash - text));

	*len = (unsigned)v;
	return to_ipv4(address, host_order);
}

bool cli_arg_mac(const struct cli_args *args, const char *name, uint8_t mac[6])
{
	const char *text = cli_str(args, name);
	unsigned digit = 0;

	if (!text)
		return false;
	for (; *text && digit < 12; text++) {
		int v = g_ascii_xdigit_value(*text);

		if (v < 0)
			continue;
		mac[digit / 2] = (uint8_t)(digit % 2 ? mac[digit / 2] << 4 | v : v);
		digit++;
	}
	return digit == 12;
}

bool cli_arg_ipv6(const struct cli_args *args, const char *name, uint8_t addr[16])
{
	const char *text = cli_str(args, name);

	return text && inet_pton(AF_INET6, text, addr) == 1;
}

const char *const *cli_words(const struct cli_args *args)
{
	return (const char *const *)args->words->pdata;
}

const char *cli_line_text(const struct cli_args *args)
{
	return args->text;
}
