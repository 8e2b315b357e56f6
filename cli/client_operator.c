/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operator console with readline: history and completion of its words.  readline keeps its
 * state in globals, which is why this is a process of its own.
 */
#include "cli/client.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static const char *const words[] = { "status", "pull", "insert", "crash", "hang", "wake", "reset",
	"show", "cli", "wait", "until", "has", "matches", "link", "ipc", "capture", "stop", "inject",
	"restart", "quit", "help", "R0", "R1", "F0", "F1", "SIP0", "0/0", "0/1", "active",
	"standby", "cut", "restore", "clear", "delay", "loss", "dup", "reorder", "rate", "check",
	"require", "count", "counter", "packet", "gap", "order", "same", "since", "within", "label",
	"after", "at", "say", "section", "refused", "lacks", "do" };

static char *next_word(const char *text, int state)
{
	size_t n = strlen(text);
	int seen = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (!g_ascii_strncasecmp(words[i], text, n) && seen++ == state)
			return strdup(words[i]);
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	rl_attempted_completion_over = 1;
	return rl_completion_matches(text, next_word);
}

/* Prints the answer to one line; false when the connection has ended. */
static bool answer(FILE *f)
{
	char *text = NULL;
	size_t room = 0;
	bool more = true, open = false;

	while (more && getline(&text, &room, f) > 0) {
		open = true;
		more = strcmp(text, "ok\n") && !g_str_has_prefix(text, "error: ");
		fputs(text, stdout);
		open = !more;
	}
	free(text);
	return open;
}

int cli_client_operator(const char *at)
{
	int fd = cli_client_dial(at);
	bool open = true;
	char *line;
	FILE *f;

	if (fd < 0) {
		fprintf(stderr,
			"twinrp: no chassis answers at %s: start one with `twinrp --headless`, "
			"or name another with --at ADDR:PORT\n",
			at);
		return 2;
	}
	f = fdopen(fd, "r+");
	rl_readline_name = "twinrp";
	rl_attempted_completion_function = complete;
	rl_variable_bind("enable-bracketed-paste", "off");
	while (open && (line = readline(isatty(STDIN_FILENO) ? "operator> " : ""))) {
		if (line[strspn(line, " \t")]) {
			add_history(line);
			fprintf(f, "%s\n", line);
			fflush(f);
			open = answer(f);
		}
		free(line);
	}
	fclose(f);
	return 0;
}
