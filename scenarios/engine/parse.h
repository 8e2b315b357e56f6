/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of the scenario language, read into steps: `let`, `repeat` and `include` are done
 * away with, blocks are in their steps, names are checked.  The language is told in
 * docs/scenario-language.md.
 */
#pragma once

#include "scenarios/engine/script.h"

enum {
	SCRIPT_STEPS_MAX = 100000,
	SCRIPT_DEPTH_MAX = 8, /* of includes and of blocks */
	SCRIPT_ERRORS_MAX = 20,
	SCRIPT_FILE_MAX = 4 << 20,
	SCRIPT_CHASSIS_MAX = 8,
	SCRIPT_PEERS_MAX = 16, /* LACs and hosts */
	SCRIPT_CABLES_MAX = 8,
};

struct script_complaint {
	char *file;
	unsigned line, column; /* from 1 */
	char *text;
	char *source; /* the line */
};

/* Text of an included file, `name` as it is written in the file `from`; NULL and an error.
 * path: how messages call it, and what it will be `from` for. */
typedef char *(*script_read_fn)(
	const char *name, const char *from, char **path, void *user, GError **error);

/* Complains of a configuration block; returns the number of its bad lines. */
typedef void (*script_complain_fn)(unsigned line, unsigned column, const char *text,
	const char *reason, void *user);
typedef unsigned (*script_config_fn)(
	const char *text, size_t n, script_complain_fn fn, void *user);

struct script_env {
	script_read_fn read; /* NULL: nothing can be included */
	void *user;
	script_config_fn check_config; /* NULL: configurations are not looked at */
};

/* What a file says of one chassis. */
struct script_chassis {
	char *name;
	GString *inventory; /* lines of its block */
	char *config;       /* NULL: none */
	bool booted;        /* at the line that is being read */
};

struct script {
	char *file;
	GPtrArray *steps;  /* struct script_step, owned */
	GPtrArray *errors; /* struct script_complaint, owned; in order */
	GPtrArray *files;  /* names that steps borrow */
	const char *title, *tags, *goal;
	const struct script_step *clock; /* NULL: not said */
	GPtrArray *chassis; /* struct script_chassis, owned, in their order */
	GPtrArray *peers, *ports, *cables; /* struct script_step, borrowed */
	bool real;
	uint64_t seed;
};

/* Always returns a script; it can be run when it has no errors.  name: of the file. */
struct script *script_load(
	const char *text, size_t n, const char *name, const struct script_env *env);
void script_free(struct script *s);

/* The place of a chassis among those of the script; the only one may be left unnamed.  -1: there
 * is none such. */
int script_chassis_index(const struct script *s, const struct script_node *node);

/* "lesson.scn:7:3: there is ...\n  pull R9\n       ^\n" */
void script_error_print(const struct script_complaint *e, GString *out);

/* The reader that includes files of the disk, relative to the file that names them. */
char *script_read_disk(
	const char *name, const char *from, char **path, void *user, GError **error);
