/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of the scenario language (design.md section 7), which is also one line typed at the
 * operator console: reading only.  parse.h reads files of lines; act.h carries steps out.
 */
#pragma once

#include "chassis/slot.h"
#include "scenarios/engine/pred.h"
#include "scenarios/engine/words.h"

enum script_verb {
	SCRIPT_NOTHING, /* blank, or only a comment */
	/* what a file says of itself and of its world, before boot */
	SCRIPT_SCENARIO,
	SCRIPT_TITLE,
	SCRIPT_TAGS,
	SCRIPT_GOAL,
	SCRIPT_CLOCK,
	SCRIPT_CHASSIS, /* block */
	SCRIPT_CONFIG,  /* block */
	SCRIPT_PEER,
	SCRIPT_PORT,
	SCRIPT_BOOT,
	/* what it does and says */
	SCRIPT_SECTION,
	SCRIPT_SAY,
	SCRIPT_HINT,
	SCRIPT_PAUSE,
	SCRIPT_ASK, /* block */
	SCRIPT_AT,
	SCRIPT_AFTER,
	SCRIPT_LABEL,
	SCRIPT_DO,
	SCRIPT_SNAPSHOT,
	SCRIPT_REQUIRE,
	SCRIPT_CHECK,
	SCRIPT_WAIT,
	/* hands and eyes */
	SCRIPT_STATUS,
	SCRIPT_PULL,
	SCRIPT_INSERT,
	SCRIPT_CRASH,
	SCRIPT_HANG,
	SCRIPT_WAKE,
	SCRIPT_RESET,
	SCRIPT_LINK,
	SCRIPT_CAPTURE,
	SCRIPT_SHOW,
	SCRIPT_CLI,
	SCRIPT_HELP,
	SCRIPT_QUIT,
	/* for the reader of files (parse.c) */
	SCRIPT_LET,
	SCRIPT_REPEAT,
	SCRIPT_INCLUDE,
	SCRIPT_END,
};

enum script_capture_what { CAPTURE_LIST, CAPTURE_STOP, CAPTURE_PORT, CAPTURE_IPC };

/* A port, perhaps with its chassis: mid/Gi0/0/1. */
struct script_port {
	uint16_t ifindex; /* 0: none */
	struct script_node node;
};

struct script_capture {
	enum script_capture_what what;
	char *name;
	struct script_port port;  /* CAPTURE_PORT */
	struct script_place a, b; /* CAPTURE_IPC */
	char *path;       /* NULL: the name, .pcapng */
};

struct script_answer { /* of an ask block */
	char *name, *text;
	bool right;
};

enum { LINK_PORT_FAULTS = 8 };

struct script_link {
	struct script_port port; /* none: a channel between the slots */
	struct script_port to;   /* at the other end of a cable; none: not said */
	struct script_place a, b;
	bool faults; /* the line says more than what is joined */
	bool clear, cut, restore;
	/* what the line says; -1: nothing about it */
	int64_t delay_us, jitter_us, loss_ppm, dup_ppm, reorder_ppm, rate_bps, room;
	unsigned dir; /* 0: nothing; 1 in, 2 out, 3 both */
};

struct script_peer {
	char *name, *host_name;
	bool lac; /* it has subscribers; else a host */
	bool pppoe; /* with lac: its subscribers are on the wire, there is no LAC */
	bool lns;   /* no host, but an LNS */
	struct script_port port;
	uint32_t ip, mask, other; /* other: LNS, or gateway; 0: of the configuration */
	uint64_t tunnels, sessions, hello_s, pace_ms;
	uint64_t vlan, inner; /* pppoe */
	char *radius; /* a host's secret as a RADIUS server */
	char *user, *password, *secret, *target; /* target: host that gets its probes */
	unsigned pps;
	bool down; /* and back */
};

struct script_step {
	enum script_verb verb;
	/* where it stands; file NULL: typed */
	const char *file;
	unsigned line;
	char *source;
	char *filled; /* the source with what its $names stand for; NULL: it has none */

	char *label;
	struct script_place place;
	char *name;    /* chassis, peer, snapshot, let */
	char *text;    /* say, title, order, value, file; cli: of the refusal that is wanted;
			* boot: all names, blanks between */
	char *command; /* of show and cli; table of a snapshot */
	GBytes *answers; /* cli: "PROMPT\0TEXT\0..."; NULL: none */
	base_dur time;   /* wait, at, after, hang */
	char *time_text;
	uint64_t number; /* clock: seed; repeat; scenario */
	bool real;       /* clock */
	uint64_t item;   /* pull: at this item; 0: now */
	struct script_pred *pred;
	struct script_capture capture;
	struct script_link link;
	struct script_peer peer;
	char *kind, *argument; /* port */
	GPtrArray *choices;    /* ask: struct script_answer */
	char *explain;
};

enum script_where { SCRIPT_IN_FILE = 1, SCRIPT_TYPED = 2 };

/* Meaning of $NAME; NULL: there is none such. */
typedef const char *(*script_let_fn)(const char *name, void *user);

struct script_context {
	enum script_where where;
	script_let_fn let; /* NULL: a dollar is a dollar */
	const char *const *lets; /* names, for suggestions */
	void *user;
};

/* NULL and "column 6: ..." when the line cannot be understood; column (may be NULL) gets the
 * number. */
struct script_step *script_parse_in(
	const char *line, const struct script_context *ctx, unsigned *column, GError **error);
/* As it is typed at the operator console. */
struct script_step *script_parse(const char *line, GError **error);
void script_step_free(struct script_step *s);
/* The line as it is told to people. */
const char *script_step_source(const struct script_step *s);

/* "pull", "wait", ... */
const char *script_verb_name(enum script_verb verb);

/* What can be typed, a line each. */
extern const char script_help[];
