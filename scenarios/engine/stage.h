/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What steps act upon and look at: a chassis, the simulated peers on its wires by their names,
 * what has happened so far, labels and snapshots.
 *
 * A label is a moment, together with what every peer reported then; predicates with `since` are
 * about what came after it.
 */
#pragma once

#include "chassis/chassis.h"
#include "scenarios/engine/pred.h"

struct stage_peer {
	const char *name;
	unsigned slot;
	bool lac;
};

struct stage_event {
	base_time at;     /* since the stage began */
	const char *kind; /* "log", "board", "step", "check", "say"; static */
	unsigned slot;    /* SLOT_NONE: nobody's */
	char *text;       /* printable */
};

typedef void (*stage_event_fn)(const struct stage_event *e, void *user);

struct stage_config {
	struct chassis *chassis; /* must outlive the stage */
	const char *ports;       /* lines for `status`; NULL */
	const char *out_dir;     /* captures without a file go there; NULL: here */
	const struct stage_peer *peers;
	unsigned n_peers;
	unsigned probe_pps; /* of those who send; 0: nobody */
	uint32_t ids;       /* bits in the id of every question; other askers have others */
	unsigned keep;      /* events remembered */
	stage_event_fn on_event;
	void *user;
};

struct stage;

struct stage *stage_new(const struct stage_config *cfg);
/* Ends what goes on, without a word. */
void stage_free(struct stage *s);

struct chassis *stage_chassis(const struct stage *s);
const struct stage_config *stage_config(const struct stage *s);
/* Zero of the times that are told: when the stage was made. */
base_time stage_began(const struct stage *s);
base_time stage_now(const struct stage *s);
/* NULL: there is none. */
const struct stage_peer *stage_peer(const struct stage *s, const char *name);
/* The slot of an RP; SLOT_NONE: nobody has that role now. */
unsigned stage_resolve(const struct stage *s, const struct script_place *place);

/* Remembers and tells. */
void stage_tell(struct stage *s, const char *kind, unsigned slot, const char *text);
/* The last n, a line each: "12.345678 R0 log %SYS-...". */
void stage_last_events(const struct stage *s, unsigned n, GString *out);
void stage_event_print(const struct stage_event *e, GString *out);

/* Log lines of a slot at or after a moment of the stage, a line each. */
char *stage_log(const struct stage *s, unsigned slot, base_time since);

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

/* The file of a capture that runs or ran; NULL: there was none. */
const char *stage_capture_path(const struct stage *s, const char *name);
void stage_note_capture(struct stage *s, const char *name, const char *path);
/* Path of a capture without a file of its own, to be freed. */
char *stage_default_path(const struct stage *s, const char *name);

/* ---- for act.c ---- */

struct act;
GPtrArray *stage_acts(struct stage *s); /* struct act, those that go on */
uint32_t stage_next_id(struct stage *s);
