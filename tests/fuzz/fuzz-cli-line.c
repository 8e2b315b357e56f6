/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a configuration file or of an operator, help and completion of each: no
 * crash, an error always has a text and a column inside the line, and a completion is
 * itself a line that means what it completes.
 */
#include <string.h>

#include "tests/cli/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(struct cli_session *s, const char *line)
{
	enum cli_status status = cli_session_status(s);
	unsigned column;
	const char *error = cli_session_error(s, &column);
	bool failed = status == CLI_INVALID || status == CLI_AMBIGUOUS ||
		      status == CLI_INCOMPLETE || status == CLI_FAILED;

	g_assert_cmpint(failed, ==, error != NULL);
	g_assert_true(!error || error[0] == '%');
	g_assert_cmpuint(column, <=, strlen(line));
}

static void one_line(struct cli_session *s, const char *line)
{
	g_autofree char *help = cli_session_help(s, line);
	g_autofree char *full = cli_session_complete(s, line);

	g_assert_cmpuint(strlen(help), >, 0);
	if (full)
		g_free(cli_session_help(s, full));
	cli_session_exec(s, line);
	for (int i = 0; i < 20 && cli_session_status(s) == CLI_RUNNING; i++)
		cli_session_step(s);
	for (int i = 0; i < 5 && cli_session_status(s) == CLI_ASKING; i++)
		cli_session_answer(s, line);
	check_error(s, line);
	cli_session_abort(s);
	g_string_truncate(cli_session_output(s), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text =
		size ? g_strndup((const char *)data, MIN(size, 4096)) : g_strdup("");
	g_auto(GStrv) lines = g_strsplit(text, "\n", 64);
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_OPERATOR);

	if (size && data[0] != '#')
		cli_session_configure(s);
	for (char **line = lines; *line && cli_session_status(s) != CLI_CLOSED; line++)
		one_line(s, *line);
	cli_session_free(s);
	world_free(w);
	return 0;
}
