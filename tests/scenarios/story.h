/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens in a world while RPs go: a call set-up with its tunnel, a failed login, a HELLO
 * exchange, hang-ups and tunnel ends from each side, a bulk, a configuration change; and how
 * it is judged afterwards.
 */
#pragma once

#include "tests/scenarios/world.h"

enum outcome {
	WHOLE,
	GONE,     /* everywhere */
	ORPHANED, /* one at the peer that is gone on RP and FP */
	PART, /* whole but for subscriber 1's tunnel, which is gone everywhere */
	HALF,
	N_OUTCOMES,
};

struct story {
	const char *name;
	bool bulk;                  /* R1 comes while R0 lives */
	bool stream;                /* probes run all the time, and not one is lost */
	bool connected;             /* the session is up and checkpointed before */
	unsigned tunnels, sessions; /* 0: one */
	const char *more_config;
	/* What happens meanwhile: an order to the LAC, a command on R0, configuration. */
	const char *order, *command;
	bool configure;
	const char *password; /* of the subscribers at first; NULL: the right one */
	unsigned seconds;     /* of the RP's life that are gone through */
	unsigned allowed;     /* bits of enum outcome */
	enum outcome last;    /* after the last item everything is long over */
};

extern const struct story stories[];
extern const unsigned n_stories;

/* NULL: there is none of that name. */
const struct story *story_get(const char *name);

/* Makes the world up to the story's beginning; microseconds of latency.  watch, unless NULL, is
 * started before the first tunnel; stop it before world_clear(). */
struct watch;
void story_begin(struct world *w, const struct story *s, int rp_rp_us, int rp_fp_us,
	uint64_t seed, struct watch **watch);

/* R1 comes, in stories with a bulk. */
void story_insert(struct world *w, const struct story *s);

/* Gives the orders; run, which lets time pass, is called for what takes some. */
typedef void (*story_run_fn)(struct world *w, base_dur d, void *user);
void story_act(struct world *w, const struct story *s, story_run_fn run, void *user);

/* To all subscribers and the host. */
void story_probes(struct world *w, const char *order);

/* A second of probes both ways, and what has become of those of subscriber 1. */
struct story_traffic {
	uint64_t sent[2], received[2], bad;
};

struct story_seen {
	bool shown; /* the RP says how many sessions it has */
	unsigned rp, fp, peer;
	bool first; /* subscriber 1 is up, as he sees it */
	struct story_traffic traffic;
	bool goes_on; /* what is down is called again, and one more, and all come up */
	bool config;  /* no half of it */
	char *differs; /* in the end, with both RPs in; g_free() it */
};

/* Long after; rp is the active one, the probes stand still.  all: it has all of the story's
 * configuration.  Puts both RPs in. */
void story_look(struct world *w, const struct story *s, unsigned rp, bool all,
	struct story_seen *seen);
enum outcome story_judge(const struct story_seen *seen);

/* All probes since the beginning have come, in order. */
bool story_none_lost(struct world *w);

/* A sentence about what was seen; free it. */
char *story_text(const struct story_seen *seen);
