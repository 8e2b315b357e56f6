/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Predicates: what `wait`, `require` and `check` ask.  Reading only; judge.h answers them.
 *
 *   show RP "COMMAND" has|lacks "TEXT" | matches /RE/
 *   count NODE NAME CMP N                          a number out of a show, see counts.h
 *   counter PEER NAME CMP N                        a number out of a peer's report
 *   log SLOT has|lacks "TEXT" | matches /RE/
 *   packet CAPTURE match "EXPRESSION" count CMP N  see match.h
 *   gap PEER any|N [up|down] CMP DURATION
 *   loss PEER any|N [up|down] CMP SHARE
 *   order PEER any|N [up|down] CMP N               late, double, or another's
 *   same SNAPSHOT NODE TABLE [fields NAME...]
 *   peer PEER last-cdn cause N
 * then [since LABEL] [within DURATION]
 */
#pragma once

#include "scenarios/engine/words.h"

struct match;

/* The chassis that a word names, as in mid/R0. */
struct script_node {
	char name[SCRIPT_NAME_MAX + 1]; /* "": it names none, for there is just one */
	unsigned column; /* of the word; 0: typed by nobody */
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
	char name[SCRIPT_NAME_MAX + 14]; /* as in answers: "R0", "SIP0", "mid/R0" */
	struct script_node node;
};

enum pred_kind {
	PRED_SHOW,
	PRED_COUNT,
	PRED_COUNTER,
	PRED_LOG,
	PRED_PACKET,
	PRED_GAP,
	PRED_LOSS,
	PRED_ORDER,
	PRED_SAME,
	PRED_PEER,
};

enum pred_cmp { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
enum pred_text { TEXT_HAS, TEXT_LACKS, TEXT_MATCHES };
enum pred_way { WAY_UP = 1, WAY_DOWN = 2 };

struct script_pred {
	enum pred_kind kind;
	struct script_place place; /* show, log, count, same */
	char *command;             /* show */
	char *name;                /* count, counter, peer, capture, snapshot, or table */
	char *peer;
	enum pred_text how;
	char *text;
	GRegex *regex;
	char *expression; /* packet */
	struct match *match;
	unsigned subscriber; /* 0: any */
	unsigned ways;       /* of enum pred_way */
	enum pred_cmp cmp;
	int64_t value; /* number, nanoseconds, or parts of a million */
	char **fields; /* same; NULL: all */
	char *since;
	base_dur within; /* 0: now */
	unsigned since_column;
	unsigned name_column; /* of the peer, capture or snapshot: for complaints */
	char *said; /* its words, for messages */
};

/* NULL: w has the error. */
struct script_pred *pred_parse(struct words *w);
void pred_free(struct script_pred *p);

bool pred_text_holds(const struct script_pred *p, const char *text, size_t n);
bool pred_value_holds(const struct script_pred *p, int64_t value);

/* R0, 0/0, SIP0 */
bool place_from_name(const char *name, struct script_place *place);
/* Takes a slot; or an RP: R0, R1, active, standby; or one of these, or a chassis by its name (its
 * active RP).  In front of a slot and a role there may be a chassis: mid/R0, mid/active. */
bool words_take_place(struct words *w, struct script_place *place);
bool words_take_rp(struct words *w, struct script_place *place);
bool words_take_rp_or_node(struct words *w, struct script_place *place);
/* Cuts "mid/" off the front of a word, when a name of a chassis can be there. */
const char *node_split(const struct word *word, struct script_node *node);
/* A command in quotes, one line. */
char *words_take_command(struct words *w);
