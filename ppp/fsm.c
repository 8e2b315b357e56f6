/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * State transition table of RFC 1661 section 4.1, laid out like there: one row an event, one
 * column a state.  The restart and passive options are not used: an Open event in Stopped,
 * Stopping or Opened changes nothing, and a peer that never answers makes the layer finish.
 */
#include "ppp/fsm.h"

#include <glib.h>

enum {
	tld = 1 << FSM_TLD,
	irc = 1 << FSM_IRC,
	zrc = 1 << FSM_ZRC,
	scr = 1 << FSM_SCR,
	str = 1 << FSM_STR,
	sca = 1 << FSM_SCA,
	scn = 1 << FSM_SCN,
	sta = 1 << FSM_STA,
	scj = 1 << FSM_SCJ,
	ser = 1 << FSM_SER,
	tlu = 1 << FSM_TLU,
	tls = 1 << FSM_TLS,
	tlf = 1 << FSM_TLF,
};

#define NEVER                                                                          \
	{                                                                              \
		0, FSM_NONE                                                            \
	}

static const struct fsm_cell table[FSM_EVENTS][FSM_STATES] = {
	/* clang-format off */
	/*                    0 Initial    1 Starting   2 Closed           3 Stopped          4 Closing    5 Stopping   6 Req-Sent       7 Ack-Rcvd       8 Ack-Sent       9 Opened */
	[FSM_UP] =        { { 0, 2 },    {irc|scr,6}, NEVER,             NEVER,             NEVER,       NEVER,       NEVER,           NEVER,           NEVER,           NEVER },
	[FSM_DOWN] =      { NEVER,       NEVER,       { 0, 0 },          { tls, 1 },        { 0, 0 },    { 0, 1 },    { 0, 1 },        { 0, 1 },        { 0, 1 },        { tld, 1 } },
	[FSM_OPEN] =      { { tls, 1 },  { 0, 1 },    { irc|scr, 6 },    { 0, 3 },          { 0, 5 },    { 0, 5 },    { 0, 6 },        { 0, 7 },        { 0, 8 },        { 0, 9 } },
	[FSM_CLOSE] =     { { 0, 0 },    { tlf, 0 },  { 0, 2 },          { 0, 2 },          { 0, 4 },    { 0, 4 },    { irc|str, 4 },  { irc|str, 4 },  { irc|str, 4 },  { tld|irc|str, 4 } },
	[FSM_TO_PLUS] =   { NEVER,       NEVER,       NEVER,             NEVER,             { str, 4 },  { str, 5 },  { scr, 6 },      { scr, 6 },      { scr, 8 },      NEVER },
	[FSM_TO_MINUS] =  { NEVER,       NEVER,       NEVER,             NEVER,             { tlf, 2 },  { tlf, 3 },  { tlf, 3 },      { tlf, 3 },      { tlf, 3 },      NEVER },
	[FSM_RCR_PLUS] =  { NEVER,       NEVER,       { sta, 2 },        {irc|scr|sca,8},   { 0, 4 },    { 0, 5 },    { sca, 8 },      { sca|tlu, 9 },  { sca, 8 },      { tld|scr|sca, 8 } },
	[FSM_RCR_MINUS] = { NEVER,       NEVER,       { sta, 2 },        {irc|scr|scn,6},   { 0, 4 },    { 0, 5 },    { scn, 6 },      { scn, 7 },      { scn, 6 },      { tld|scr|scn, 6 } },
	[FSM_RCA] =       { NEVER,       NEVER,       { sta, 2 },        { sta, 3 },        { 0, 4 },    { 0, 5 },    { irc, 7 },      { scr, 6 },      { irc|tlu, 9 },  { tld|scr, 6 } },
	[FSM_RCN] =       { NEVER,       NEVER,       { sta, 2 },        { sta, 3 },        { 0, 4 },    { 0, 5 },    { irc|scr, 6 },  { scr, 6 },      { irc|scr, 8 },  { tld|scr, 6 } },
	[FSM_RTR] =       { NEVER,       NEVER,       { sta, 2 },        { sta, 3 },        { sta, 4 },  { sta, 5 },  { sta, 6 },      { sta, 6 },      { sta, 6 },      { tld|zrc|sta, 5 } },
	[FSM_RTA] =       { NEVER,       NEVER,       { 0, 2 },          { 0, 3 },          { tlf, 2 },  { tlf, 3 },  { 0, 6 },        { 0, 6 },        { 0, 8 },        { tld|scr, 6 } },
	[FSM_RUC] =       { NEVER,       NEVER,       { scj, 2 },        { scj, 3 },        { scj, 4 },  { scj, 5 },  { scj, 6 },      { scj, 7 },      { scj, 8 },      { scj, 9 } },
	[FSM_RXJ_PLUS] =  { NEVER,       NEVER,       { 0, 2 },          { 0, 3 },          { 0, 4 },    { 0, 5 },    { 0, 6 },        { 0, 6 },        { 0, 8 },        { 0, 9 } },
	[FSM_RXJ_MINUS] = { NEVER,       NEVER,       { tlf, 2 },        { tlf, 3 },        { tlf, 2 },  { tlf, 3 },  { tlf, 3 },      { tlf, 3 },      { tlf, 3 },      { tld|irc|str, 5 } },
	[FSM_RXR] =       { NEVER,       NEVER,       { 0, 2 },          { 0, 3 },          { 0, 4 },    { 0, 5 },    { 0, 6 },        { 0, 7 },        { 0, 8 },        { ser, 9 } },
	/* clang-format on */
};

const struct fsm_cell *fsm_cell(enum fsm_state state, enum fsm_event event)
{
	g_assert(state < FSM_STATES && event < FSM_EVENTS);
	return &table[event][state];
}

bool fsm_timed(enum fsm_state state)
{
	return state >= FSM_CLOSING && state <= FSM_ACK_SENT;
}

bool fsm_negotiating(enum fsm_state state)
{
	return state >= FSM_REQ_SENT && state <= FSM_ACK_SENT;
}

const char *fsm_state_name(enum fsm_state state)
{
	static const char *const names[FSM_STATES] = { "Initial", "Starting", "Closed",
		"Stopped", "Closing", "Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent",
		"Opened" };

	return state < FSM_STATES ? names[state] : "?";
}

const char *fsm_event_name(enum fsm_event event)
{
	static const char *const names[FSM_EVENTS] = { "Up", "Down", "Open", "Close",
		"TO+", "TO-", "RCR+", "RCR-", "RCA", "RCN", "RTR", "RTA", "RUC", "RXJ+",
		"RXJ-", "RXR" };

	return event < FSM_EVENTS ? names[event] : "?";
}
