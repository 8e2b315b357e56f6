/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of the operator console: any octets but NUL.  What is understood must hold together,
 * what is not must be told with a column and in printable characters.
 */
#include "scenarios/engine/script.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const GError *error, const char *line)
{
	unsigned long column;

	g_assert_true(g_str_has_prefix(error->message, "column "));
	column = strtoul(error->message + strlen("column "), NULL, 10);
	g_assert_cmpuint(column, >=, 1);
	g_assert_cmpuint(column, <=, strlen(line) + 1);
	g_assert_null(strpbrk(error->message, "\n\r\x1b"));
}

static void check_step(const struct script_step *s)
{
	g_assert_true(!s->command || !strpbrk(s->command, "\n\r"));
	if (s->verb == SCRIPT_WAIT)
		g_assert_cmpint(s->time.ns, >, 0);
	if (s->pred && (s->pred->text || s->pred->regex) && s->pred->kind != PRED_SAME)
		(void)pred_text_holds(s->pred, "a\nb", 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *line = g_strndup(size ? (const char *)data : "", size);
	g_autoptr(GError) error = NULL;
	struct script_step *s = script_parse(line, &error);

	g_assert_true(!s == !!error);
	if (s)
		check_step(s);
	else
		check_error(error, line);
	script_step_free(s);
	return 0;
}
