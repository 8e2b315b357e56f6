/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Editor over a session: any keys; afterwards Ctrl-C and Enter bring a prompt back.
 */
#include "cli/edit.h"

#include <string.h>

#include "tests/cli/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_prompt(struct cli_edit *e)
{
	GByteArray *out = cli_edit_output(e);

	g_byte_array_set_size(out, 0);
	/* a filter at the pager, the pager, a dialog or command, config mode */
	cli_edit_input(e, (const uint8_t *)"\003\003\003\003\r", 5);
	if (cli_edit_closed(e))
		return;
	g_assert_cmpuint(out->len, >, 0);
	g_assert_true(out->data[out->len - 1] == '#' || out->data[out->len - 1] == '>');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = world_new();
	struct cli_session *s = cli_session_new(w->tree, CLI_CONSOLE);
	struct cli_edit *e = cli_edit_new(s);

	w->secret = size % 2;
	cli_session_set_privileged(s, !w->secret);
	cli_edit_start(e);
	for (size_t i = 0; i < size && i < 4096; i++) {
		cli_edit_input(e, data + i, 1);
		if (data[i] == 0xfe)
			cli_edit_async(e, "%A-5-B: text", i % 2);
		if (data[i] == 0xfd)
			cli_edit_wake(e);
		cli_edit_work(e);
		if (cli_edit_output(e)->len > CLI_EDIT_HIGH / 2)
			g_byte_array_set_size(cli_edit_output(e), 0);
	}
	check_prompt(e);
	cli_edit_free(e);
	cli_session_free(s);
	world_free(w);
	return 0;
}
