/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What steps act upon and look at: one chassis or several in a row, the simulated peers on
 * their wires by their names, what has happened so far, labels and snapshots.
 *
 * A label is a moment, together with what every peer reported then; predicates with `since` are
 * about what came after it.
 */
#pragma once

#include "chassis/chassis.h"
#include "scenarios/engine/pred.h"

struct stage_node {
	const char *name; /* NULL: the only one, and nobody has named it */
	struct chassis *chassis;
};

struct stage_peer {
	const char *name;
	unsigned node; /* whose slot it is */
	unsigned slot;
	bool lac;
};

struct stage_event {
	base_time at;     /* since the stage began */
	const char *kind; /* "log", "board", "step", "check", "say"; static */
	const char *chassis; /* whose slot; NULL: there is just one */
	unsigned slot;    /* SLOT_NONE: nobody's */
	char *text;       /* printable */
};

typedef void (*stage_event_fn)(const struct stage_event *e, void *user);

struct stage_config {
	const struct stage_node *nodes; /* in the order of the row; chassis must outlive the stage */
	unsigned n_nodes;
	const char *ports;       /* lines for `status`; NULL */
	const char *out_dir;     /* captures without a file go there; NULL: here */
	const struct stage_peer *peers;
	unsigned n_peers;
	unsigned probe_pps; /* of those who send; 0: nobody */
	bool cables; /* ports of chassis are joined, and lines about two ports are of such */
	uint32_t ids;       /* bits in the id of every question; other askers have others */
	unsigned keep;      /* events remembered */
	stage_event_fn on_event;
	void *user;
};

struct stage;

struct stage *stage_new(const struct stage_config *cfg);
/* Ends what goes on, without a word. */
void stage_free(struct stage *s);

/* The first: its clock is that of all, and who runs it runs all. */
struct chassis *stage_chassis(const struct stage *s);
struct chassis *stage_chassis_at(const struct stage *s, unsigned node);
/* The place of a chassis that a word names; -1 and a sentence when there is none such, or it
 * names none and there are several. */
int stage_find_node(const struct stage *s, const struct script_node *node, GError **error);
const struct stage_config *stage_config(const struct stage *s);
/* Zero of the times that are told: when the stage was made. */
base_time stage_began(const struct stage *s);
base_time stage_now(const struct stage *s);
/* NULL: there is none. */
const struct stage_peer *stage_peer(const struct stage *s, const char *name);
/* The slot of an RP; SLOT_NONE: nobody has that role now. */
unsigned stage_resolve(
	const struct stage *s, unsigned node, const struct script_place *place);
/* "R0", "mid/R0": as it is called in sentences; to be freed. */
char *stage_slot_name(const struct stage *s, unsigned node, unsigned slot);

/* Remembers and tells. */
void stage_tell(struct stage *s, const char *kind, unsigned node, unsigned slot,
	const char *text);
/* The last n, a line each: "12.345678 R0 log %SYS-...", or "12.345678 mid/R0 log ...". */
void stage_last_events(const struct stage *s, unsigned n, GString *out);
void stage_event_print(const struct stage_event *e, GString *out);

/* Log lines of a slot at or after a moment of the stage, a line each. */
char *stage_log(const struct stage *s, unsigned node, unsigned slot, base_time since);

/* ---- labels and snapshots ---- */

/* Takes the reports of all peers (strings, in the order of the peers). */
void stage_mark(struct stage *s, const char *label, base_time at, GPtrArray *take_reports);

struct stage_mark {
	char *label;
	base_time at;
	GPtrArray *reports;
};

/* All marks in their order. */
const GPtrArray *stage_marks(const struct stage *s);
/* The last one of that name, its place among them in *index; NULL: there is none. */
const struct stage_mark *stage_find_mark(
	const struct stage *s, const char *label, unsigned *index);

void stage_keep(struct stage *s, const char *name, const char *text);
const char *stage_kept(const struct stage *s, const char *name);

/* The file of a capture that runs or ran, and whose it is (node may be NULL); NULL: there was
 * none. */
const char *stage_capture_path(const struct stage *s, const char *name, unsigned *node);
void stage_note_capture(
	struct stage *s, const char *name, unsigned node, const char *path);
/* Path of a capture without a file of its own, to be freed. */
char *stage_default_path(const struct stage *s, const char *name);

/* ---- for act.c ---- */

struct act;
GPtrArray *stage_acts(struct stage *s); /* struct act, those that go on */
uint32_t stage_next_id(struct stage *s);
