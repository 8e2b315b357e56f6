/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings of tunnels and calls that a VPDN group has, or a template has for many groups
 * (ios-cli.md 3.2).  What is not set is inherited, and in the end the default of the table:
 * vpdn_config_number() and its like in config.h look for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In the order in which they are written; the row of settings.c says what each is. */
enum vpdn_setting {
	VPDN_SET_SESSION_LIMIT, /* sessions of a group; no default */
	VPDN_SET_SOURCE_IP,     /* default 0: the address of the outgoing interface */
	VPDN_SET_LOCAL_NAME,    /* text */
	VPDN_SET_SSO,           /* switch, on */
	VPDN_SET_RENEGOTIATION, /* enum ppp_renegotiate */
	VPDN_SET_FORCE_CHAP,    /* switch, as the others up to the path MTU */
	VPDN_SET_HIDDEN,
	VPDN_SET_SEQUENCING,
	VPDN_SET_DROP_OUT_OF_ORDER,
	VPDN_SET_UDP_CHECKSUM,
	VPDN_SET_PMTU,
	VPDN_SET_QUIRK_WINDOW, /* messages under way to the peer at most; default 0: its window */
	VPDN_SET_HELLO,        /* s; 0 none */
	VPDN_SET_PASSWORD,     /* text */
	VPDN_SET_AUTHENTICATION, /* switch, on */
	VPDN_SET_BUSY,           /* s */
	VPDN_SET_RWS,
	VPDN_SET_RESYNC,
	VPDN_SET_INITIAL_RETRIES,
	VPDN_SET_INITIAL_MIN, /* s */
	VPDN_SET_INITIAL_MAX,
	VPDN_SET_RETRIES,
	VPDN_SET_TIMEOUT_MIN, /* s */
	VPDN_SET_TIMEOUT_MAX,
	VPDN_SET_NO_SESSION, /* s, VPDN_NEVER; no default: the engine's, LAC 15, LNS 10 */
	VPDN_SET_SETUP,      /* s */
	VPDN_SET_ZLB_DELAY,  /* ms */
	N_VPDN_SETTINGS,
};

enum { VPDN_NEVER = -1 }; /* as uint32_t: the largest */

enum vpdn_setting_kind {
	VPDN_SWITCH,
	VPDN_NUMBER,
	VPDN_ADDRESS,
	VPDN_TEXT,
	VPDN_CHOICE, /* number: index of `words`; 0 is its `no` form */
};

struct vpdn_setting_info {
	const char *command; /* without its argument */
	uint8_t kind;        /* enum vpdn_setting_kind */
	bool no_default;     /* the default cannot be written as a command */
	uint32_t dflt;
	const char *const *words; /* choice: ends with NULL; number: [0] is VPDN_NEVER's */
};

const struct vpdn_setting_info *vpdn_setting_info(enum vpdn_setting which);

/* Owns its texts. */
struct vpdn_settings {
	uint64_t set; /* bit by enum vpdn_setting: is configured here */
	uint32_t number[N_VPDN_SETTINGS];
	char *text[N_VPDN_SETTINGS];
};

static inline bool vpdn_settings_has(const struct vpdn_settings *s, enum vpdn_setting which)
{
	return s->set >> which & 1;
}

void vpdn_settings_put(struct vpdn_settings *s, enum vpdn_setting which, uint32_t number);
/* Copied. */
void vpdn_settings_put_text(
	struct vpdn_settings *s, enum vpdn_setting which, const char *text);
void vpdn_settings_unset(struct vpdn_settings *s, enum vpdn_setting which);
/* Nothing is set. */
void vpdn_settings_clear(struct vpdn_settings *s);
