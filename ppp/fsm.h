/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The option negotiation automaton (RFC 1661 section 4), shared by LCP and IPCP.  This is the
 * table only; cp.c carries its actions out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum fsm_state {
	FSM_INITIAL,
	FSM_STARTING,
	FSM_CLOSED,
	FSM_STOPPED,
	FSM_CLOSING,
	FSM_STOPPING,
	FSM_REQ_SENT,
	FSM_ACK_RCVD,
	FSM_ACK_SENT,
	FSM_OPENED,
	FSM_STATES,
	FSM_NONE = FSM_STATES, /* as next state: the event cannot be in this state */
};

enum fsm_event {
	FSM_UP,
	FSM_DOWN,
	FSM_OPEN,
	FSM_CLOSE,
	FSM_TO_PLUS,
	FSM_TO_MINUS,
	FSM_RCR_PLUS,
	FSM_RCR_MINUS,
	FSM_RCA,
	FSM_RCN,
	FSM_RTR,
	FSM_RTA,
	FSM_RUC,
	FSM_RXJ_PLUS,
	FSM_RXJ_MINUS,
	FSM_RXR,
	FSM_EVENTS,
};

/* In the order in which they are carried out when a cell has several. */
enum fsm_action {
	FSM_TLD, /* this layer down */
	FSM_IRC, /* initialize restart count */
	FSM_ZRC, /* zero restart count */
	FSM_SCR, /* send Configure-Request */
	FSM_STR, /* send Terminate-Request */
	FSM_SCA, /* send Configure-Ack */
	FSM_SCN, /* send Configure-Nak or -Reject */
	FSM_STA, /* send Terminate-Ack */
	FSM_SCJ, /* send Code-Reject */
	FSM_SER, /* send Echo-Reply (or whatever the extra code wants) */
	FSM_TLU, /* this layer up */
	FSM_TLS, /* this layer started */
	FSM_TLF, /* this layer finished */
	FSM_ACTIONS,
};

struct fsm_cell {
	uint16_t acts; /* bit 1 << enum fsm_action */
	uint8_t next;  /* enum fsm_state; FSM_NONE: nothing happens */
};

/* state and event must be in range. */
const struct fsm_cell *fsm_cell(enum fsm_state state, enum fsm_event event);

/* The states in which the restart timer runs. */
bool fsm_timed(enum fsm_state state);

/* Req-Sent, Ack-Rcvd, Ack-Sent: our options are being negotiated. */
bool fsm_negotiating(enum fsm_state state);

const char *fsm_state_name(enum fsm_state state);
const char *fsm_event_name(enum fsm_event event);
