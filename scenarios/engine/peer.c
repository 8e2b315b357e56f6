/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Orders to simulated peers, and their reports.
 */
#include "scenarios/engine/peer.h"

#include "base/text.h"

#include <string.h>

enum { REPORT_PART = 32768 };

static void send_part(
	struct board_env *env, uint32_t id, const char *text, size_t n, bool done)
{
	g_autofree char *part = g_strndup(text, n);
	struct msg_report m = { .id = id, .text = part, .done = done };

	ipc_send_rec(env, SLOT_CHASSIS, IPC_REPORT, &m);
}

void peer_reply(struct board_env *env, uint32_t id, const char *text)
{
	size_t left = strlen(text);

	for (; left > REPORT_PART; left -= REPORT_PART, text += REPORT_PART)
		send_part(env, id, text, REPORT_PART, false);
	send_part(env, id, text, left, true);
}

void peer_error(struct board_env *env, uint32_t id, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);

	g_autofree char *why = g_strdup_vprintf(format, ap);
	g_autofree char *text = g_strconcat("error: ", why, "\n", NULL);

	va_end(ap);
	peer_reply(env, id, text);
}

/* Does text match the name, whose " N" stands for a number? */
static bool matches(const char *name, const char *text, unsigned *number)
{
	size_t n = strlen(name);
	uint64_t value;

	*number = 0;
	if (!g_str_has_suffix(name, " N"))
		return strcmp(name, text) == 0;
	if (strncmp(name, text, n - 1) != 0 ||
		!g_ascii_string_to_unsigned(text + n - 1, 10, 0, 1000000, &value, NULL))
		return false;
	*number = (unsigned)value;
	return true;
}

void peer_dispatch(struct board_env *env, const struct peer_order *orders, void *self,
	const struct ipc_msg *msg, base_time now)
{
	struct msg_order m;
	unsigned number;

	if (msg->type != IPC_ORDER || !ipc_decode(msg, &m))
		return;
	while (m.text && orders->name && !matches(orders->name, m.text, &number))
		orders++;
	if (m.text && orders->name) {
		orders->run(self, m.id, number, now);
	} else {
		g_autofree char *shown =
			text_escape(m.text ? m.text : "", m.text ? strlen(m.text) : 0);

		peer_error(env, m.id, "no such order: %s", shown);
	}
	rec_clear(ipc_table(msg->type), &m);
}

char *report_word(const char *text, const char *key)
{
	g_autofree char *start = g_strconcat(key, "=", NULL);
	const char *at = text;

	while ((at = strstr(at, start))) {
		if (at == text || at[-1] == ' ' || at[-1] == '\n') {
			at += strlen(start);
			return g_strndup(at, strcspn(at, " \n"));
		}
		at++;
	}
	return NULL;
}

uint64_t report_number(const char *text, const char *key)
{
	g_autofree char *word = report_word(text, key);

	return word ? g_ascii_strtoull(word, NULL, 10) : 0;
}
