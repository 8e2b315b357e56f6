/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The L2TPv2 packet header (RFC 2661, section 3.1), and nothing above it: the part of L2TP
 * that the forwarding processor needs.
 */
#pragma once

#include "base/buf.h"

enum {
	L2TP_T = 0x8000,
	L2TP_L = 0x4000,
	L2TP_S = 0x0800,
	L2TP_O = 0x0200,
	L2TP_P = 0x0100,
	L2TP_VER_MASK = 0x000f,
	L2TP_VER = 2,
	L2TP_CONTROL_BITS = 0xc802,
	L2TP_CONTROL_HDR = 12,
};

struct l2tp_hdr {
	uint16_t bits;
	uint16_t tunnel, session; /* as assigned by the receiver */
	uint16_t ns, nr;          /* 0 without S */
};

static inline bool l2tp_is_control(const struct l2tp_hdr *h)
{
	return h->bits & L2TP_T;
}

/* Reads a header and leaves r at the AVPs (control) or the PPP frame (data), trimmed to
 * Length when L is set.  False: to be dropped silently (rules M1 to M16 of
 * reference/reliability-security.md, section 5). */
bool l2tp_hdr_parse(struct rd *r, struct l2tp_hdr *h);

/* Writes a control header with Length 12; the caller patches the length at offset 2. */
void l2tp_control_build(struct wr *w, uint16_t tunnel, uint16_t session, uint16_t ns,
	uint16_t nr);
