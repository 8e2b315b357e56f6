/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers and tables that scenarios know by name, and the commands they are read from: all
 * that a scenario can know of a router is what the router shows.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct count {
	const char *name, *command;
	const char *pattern; /* its group is the number */
	unsigned group;      /* 0: the number of matches */
};

/* NULL: there is none of that name. */
const struct count *count_find(const char *name);
/* Names, ended by NULL. */
const char *const *count_names(void);
/* The number in the command's output; -1: it does not say. */
gint64 count_read(const struct count *c, const char *output);

enum { TABLE_FIELDS = 8 };

struct table {
	const char *name, *command;
	const char *pattern; /* a row; a named group for each field */
	const char *fields[TABLE_FIELDS];
};

const struct table *table_find(const char *name);
const char *const *table_names(void);

/* Rows with the fields wanted (NULL: all), sorted, a line each: "local-id=1 user=a\n". */
char *table_read(const struct table *t, const char *output, char *const *fields);
