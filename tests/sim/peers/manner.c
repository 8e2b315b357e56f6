/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows, see manner.h.  RFC 2661 leaves to implementations whether a future message is
 * queued, and says nothing about an Nr of the future.
 */
#include "tests/sim/peers/manner.h"

/* clang-format off */
const struct manner manners[N_MANNERS] = {
	[MANNER_RFC2661] = {
		.name = "rfc2661", .rws = 8, .ack_ms = 50,
		.dup = ANSWER_ZLB, .fut = ANSWER_ZLB, .store = STORE_WINDOW,
		.zlb_nr = true, .odd_nr = true, .ahead = AHEAD_DROP,
		.plan = PLAN_FRONT, .waits = { 1, 2, 4, 8, 16 },
	},
	[MANNER_XL2TPD] = {
		.name = "xl2tpd", .vendor = "xelerance.com", .rws = 4,
		.dup = ANSWER_ZLB, .ahead = AHEAD_FLUSH, .stale_nr = true,
		.plan = PLAN_EACH, .waits = { 1, 2, 4, 8, 16 },
		.greedy = true, .wrap_blind = true, .echoes_session = true,
		.cdn0_fatal = true,
	},
	[MANNER_L2TPNS] = {
		.name = "l2tpns", .vendor = "Linux L2TPNS",
		.dup = ANSWER_IF_IDLE, .fut = ANSWER_IF_IDLE, .ahead = AHEAD_FLUSH,
		.plan = PLAN_WINDOW, .waits = { 1, 2, 4, 8, 16, 32 },
		.wen_fatal = true,
	},
	[MANNER_ACCEL_PPP] = {
		.name = "accel-ppp", .rws = 16,
		.dup = ANSWER_ZLB, .fut = ANSWER_ZLB, .store = STORE_WINDOW,
		.zlb_nr = true, .odd_nr = true, .ahead = AHEAD_DROP,
		.plan = PLAN_FRONT, .waits = { 1, 2, 4, 8, 16, 16 },
	},
	[MANNER_BNG_BLASTER] = {
		.name = "bng-blaster", .rws = 16, .ack_ms = 10,
		.dup = ANSWER_ZLB, .zlb_dup = ANSWER_ZLB,
		.zlb_nr = true, .odd_nr = true, .ahead = AHEAD_FLUSH,
		.plan = PLAN_FRONT, .waits = { 1, 2, 4, 8, 16, 32 },
	},
	[MANNER_LWIP] = {
		.name = "lwip", .rws = 1,
		.dup = ANSWER_ECHO, .zlb_dup = ANSWER_ECHO, .ahead = AHEAD_FLUSH,
		.plan = PLAN_SETUP, .waits = { 5, 5, 5, 5, 5, 5 },
		.no_hello = true,
	},
	[MANNER_MPD5] = {
		.name = "mpd5", .rws = 8,
		.dup = ANSWER_ZLB, .fut = ANSWER_ZLB,
		.zlb_nr = true, .odd_nr = true, .ahead = AHEAD_IGNORE,
		.plan = PLAN_FRONT, .waits = { 1, 2, 4, 8, 16, 30 },
	},
	[MANNER_NPPPD] = {
		.name = "npppd", .rws = 4,
		.dup = ANSWER_RESEND, .fut = ANSWER_RESEND,
		.zlb_dup = ANSWER_RESEND, .zlb_fut = ANSWER_RESEND,
		.zlb_nr = true, .odd_nr = true, .ahead = AHEAD_STOPCCN,
		.plan = PLAN_WINDOW, .waits = { 2, 2, 2, 2, 2, 2 },
		.hello = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 },
		.stray_fatal = true,
	},
	[MANNER_RP_L2TP] = {
		.name = "rp-l2tp", .vendor = "Roaring Penguin Software Inc.", .rws = 8,
		.ack_ms = 100,
		.dup = ANSWER_ZLB, .fut = ANSWER_ZLB, .ahead = AHEAD_FLUSH,
		.plan = PLAN_FRONT, .waits = { 1, 2, 4, 8, 8 },
	},
	[MANNER_GO_L2TP] = {
		.name = "go-l2tp", .rws = 4, .ack_ms = 100,
		.dup = ANSWER_ZLB, .store = STORE_BLOCK,
		.zlb_nr = true, .odd_nr = true, .ahead = AHEAD_DROP,
		.plan = PLAN_FRONT, .waits = { 1, 2, 4 },
	},
};
/* clang-format on */
