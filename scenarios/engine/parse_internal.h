/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of the reader of files: parse.c reads lines and blocks, names.c knows what has been
 * named before.
 */
#pragma once

#include "scenarios/engine/parse.h"

struct parser {
	struct script *s;
	const struct script_env *env;
	GHashTable *lets; /* name: value */
	GHashTable *labels, *captures, *snapshots, *peers;
	unsigned depth, lines_read;
	bool booted, versioned, stop;
};

/* ---- parse.c ---- */

void parser_complain(struct parser *p, const char *file, unsigned line, unsigned column,
	const char *source, const char *format, ...) G_GNUC_PRINTF(6, 7);

/* ---- names.c ---- */

/* Where the word stands in the line, behind its first one; 1: nowhere. */
unsigned parser_column(const struct script_step *s, const char *word);
/* NULL: there is none. */
struct script_chassis *parser_chassis(const struct parser *p, const char *name);
/* The block's own; it complains when there can be none of that name. */
struct script_chassis *parser_add_chassis(struct parser *p, const struct script_step *s);
/* Complains that there is none of that name, and offers the nearest. */
void parser_no_chassis(struct parser *p, const struct script_step *s, unsigned column,
	const char *name);
void parser_take_boot(struct parser *p, const struct script_step *s);
void parser_add_peer(struct parser *p, struct script_step *s);
void parser_add_port(struct parser *p, struct script_step *s);
/* A link line before boot. */
void parser_add_cable(struct parser *p, struct script_step *s);
/* Looks whether all is there that the line names, and notes what it names first. */
void parser_check_names(struct parser *p, const struct script_step *s);
/* At the end: whether the ports are there to which something leads. */
void parser_check_ports(struct parser *p);
