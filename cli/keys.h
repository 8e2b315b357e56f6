/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys to an edited line: one line of text, its cursor, and the echo that keeps a plain
 * terminal in step.  Knows no history, prompt or command; edit.c acts on the events.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define CLI_KEYS_MAX 254

enum cli_key_event {
	CLI_KEY_NONE,
	CLI_KEY_ENTER,
	CLI_KEY_HELP,      /* ? */
	CLI_KEY_COMPLETE,  /* Tab */
	CLI_KEY_INTERRUPT, /* Ctrl-C */
	CLI_KEY_ABORT,     /* Ctrl-Shift-6 */
	CLI_KEY_END,       /* Ctrl-Z */
	CLI_KEY_PREVIOUS,
	CLI_KEY_NEXT,
	CLI_KEY_REDRAW,
};

struct cli_keys {
	char text[CLI_KEYS_MAX + 1];
	unsigned len;
	unsigned pos;
	char cut[CLI_KEYS_MAX + 1]; /* what was deleted last, for Ctrl-Y */
	unsigned state;             /* inside an escape sequence, or after Ctrl-V */
	unsigned param;
	bool silent; /* passwords: nothing is echoed */
	bool plain;  /* dialogs: ? is a character, Tab nothing */
};

/* One byte in; echo is appended to out.  Enter must come as '\r'. */
enum cli_key_event cli_keys_byte(struct cli_keys *k, uint8_t byte, GByteArray *out);

/* Another text in place of what is there; the screen follows. */
void cli_keys_replace(struct cli_keys *k, const char *text, GByteArray *out);

/* The text again and the cursor in its place, after a prompt was printed. */
void cli_keys_redraw(const struct cli_keys *k, GByteArray *out);

/* Empty, without echo.  What was cut stays. */
void cli_keys_reset(struct cli_keys *k);
