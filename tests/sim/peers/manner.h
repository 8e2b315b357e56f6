/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How other implementations of RFC 2661 react on the control channel: one row each, one column
 * for each reaction in which they differ.  What the columns do is in ctl.c and model.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum answer {
	ANSWER_NONE,
	ANSWER_ZLB,     /* with the true Ns and Nr */
	ANSWER_IF_IDLE, /* ZLB when nothing of its own is unacknowledged, else nothing */
	ANSWER_RESEND,  /* all that is unacknowledged; ZLB when there is nothing */
	ANSWER_ECHO,    /* ZLB whose Nr is the Ns that came + 1, and whose Ns the Nr */
};

enum store {
	STORE_NONE,
	STORE_WINDOW, /* kept until its turn comes, when within the window */
	STORE_BLOCK,  /* queued; at the head of the queue it stops everything behind it */
};

/* An Nr that acknowledges what was never sent. */
enum ahead {
	AHEAD_DROP,    /* the whole packet */
	AHEAD_IGNORE,  /* this Nr, not the rest */
	AHEAD_FLUSH,   /* taken as it is: all that is queued is thrown away, sent or not */
	AHEAD_STOPCCN, /* in a message: the tunnel is closed; in a ZLB: dropped */
};

enum plan {
	PLAN_FRONT,  /* one timer, the lowest message is sent again */
	PLAN_WINDOW, /* one timer, all that was sent is sent again */
	PLAN_EACH,   /* each message has a timer of its own */
	PLAN_SETUP,  /* as FRONT for the messages of a set-up; others are sent once */
};

enum { MANNER_WAITS = 16 };

struct manner {
	const char *name;
	const char *vendor;  /* Vendor Name AVP; NULL: none */
	uint16_t rws;        /* Receive Window Size AVP; 0: none, which means 4 */
	uint16_t ack_ms;     /* how long a ZLB waits; 0: at once */
	uint8_t dup, fut;    /* enum answer: a message with a lower, a higher Ns */
	uint8_t zlb_dup, zlb_fut; /* the same for a ZLB */
	uint8_t store;       /* enum store: a message with a higher Ns */
	bool zlb_nr, odd_nr; /* Nr of a ZLB, of a message with a wrong Ns is taken */
	uint8_t ahead;       /* enum ahead */
	bool stale_nr;       /* what is sent again has the Nr of the first time */
	uint8_t plan;        /* enum plan */
	uint8_t waits[MANNER_WAITS];  /* seconds after each sending; then it gives up */
	uint8_t hello[MANNER_WAITS];  /* the same for a HELLO, when it differs */
	bool greedy;         /* sends beyond our window */
	bool wrap_blind;     /* takes a duplicate from before the wrap for a future message */
	bool echoes_session; /* a ZLB about an unknown session names it in its header */
	bool cdn0_fatal;     /* CDN with session 0 in its header ends the tunnel */
	bool stray_fatal;    /* CDN, ICRP for an unknown call ends the tunnel */
	bool wen_fatal;      /* WEN ends the tunnel */
	bool no_hello;
};

enum manner_id {
	MANNER_RFC2661,
	MANNER_XL2TPD,
	MANNER_L2TPNS,
	MANNER_ACCEL_PPP,
	MANNER_BNG_BLASTER,
	MANNER_LWIP,
	MANNER_MPD5,
	MANNER_NPPPD,
	MANNER_RP_L2TP,
	MANNER_GO_L2TP,
	N_MANNERS,
};

extern const struct manner manners[N_MANNERS];
