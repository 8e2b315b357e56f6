/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of the scenario language (design.md section 7), which is also one line typed at the
 * operator console.  Reading only: engine/operator.c carries them out.
 *
 * Words are separated by blanks; "strings" know \" \\ \n \r \t; /regexes/ know \/ for a slash;
 * # begins a comment.
 */
#pragma once

#include "base/time.h"
#include "chassis/slot.h"

#include <glib.h>

enum script_verb {
	SCRIPT_NOTHING, /* blank, or only a comment */
	SCRIPT_STATUS,
	SCRIPT_PULL,
	SCRIPT_INSERT,
	SCRIPT_SHOW,
	SCRIPT_CLI,
	SCRIPT_WAIT,
	SCRIPT_CAPTURE,
	SCRIPT_HELP,
	SCRIPT_QUIT,
};

enum script_place_kind {
	PLACE_SLOT,
	PLACE_SIP,     /* all SPAs in it */
	PLACE_ACTIVE,  /* the RP that is active when the line runs */
	PLACE_STANDBY, /* the other one */
};

struct script_place {
	enum script_place_kind kind;
	unsigned number; /* slot or SIP */
	char name[12];   /* as it is written in answers: "R0", "SIP0" */
};

enum script_capture_what { CAPTURE_LIST, CAPTURE_STOP, CAPTURE_PORT, CAPTURE_IPC };

struct script_capture {
	enum script_capture_what what;
	char *name;
	uint16_t ifindex; /* CAPTURE_PORT */
	unsigned a, b;    /* CAPTURE_IPC: slots */
	char *path;       /* NULL: the name, .pcapng */
};

struct script_step {
	enum script_verb verb;
	struct script_place place;
	char *command;
	GBytes *answers; /* "PROMPT\0TEXT\0..."; NULL: none */
	base_dur limit;
	char *limit_text;
	char *has;       /* wait: this text, or */
	GRegex *matches; /* this pattern */
	struct script_capture capture;
};

/* NULL and "column 6: ..." when the line cannot be understood. */
struct script_step *script_parse(const char *line, GError **error);
void script_step_free(struct script_step *s);

/* Does the output of a wait's command satisfy it? */
bool script_satisfied(const struct script_step *s, const char *output, size_t len);

/* What can be typed, a line each. */
extern const char script_help[];

#define SCRIPT_ERROR (script_error_quark())
GQuark script_error_quark(void);
enum script_error { SCRIPT_ERROR_SYNTAX };
