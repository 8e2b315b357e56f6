/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See telnet.h.  We echo and suppress go-ahead whatever the client answers: some clients
 * refuse every option and still count on the echo.  An option we do not know is refused
 * once and then ignored, so that two stubborn ends cannot talk forever.
 */
#include "cli/telnet.h"

#include <string.h>

enum {
	SE = 240,
	BRK = 243,
	IP = 244,
	SB = 250,
	WILL = 251,
	WONT = 252,
	DO = 253,
	DONT = 254,
	IAC = 255,
};

enum {
	OPT_ECHO = 1,
	OPT_SGA = 3,
	OPT_TTYPE = 24,
	OPT_NAWS = 31,
};

enum {
	ST_DATA,
	ST_IAC,
	ST_OPTION,
	ST_SUB,
	ST_SUB_IAC,
};

/* A subnegotiation that never ends must not swallow the session. */
#define SUB_GIVE_UP 512

#define KEY_ABORT 0x1e

void cli_telnet_init(struct cli_telnet *t)
{
	*t = (struct cli_telnet){ 0 };
}

static void send_option(GByteArray *wire, uint8_t command, uint8_t option)
{
	uint8_t b[] = { IAC, command, option };

	g_byte_array_append(wire, b, sizeof(b));
}

void cli_telnet_start(struct cli_telnet *t, GByteArray *wire)
{
	cli_telnet_init(t);
	send_option(wire, WILL, OPT_ECHO);
	send_option(wire, WILL, OPT_SGA);
	send_option(wire, DO, OPT_TTYPE);
	send_option(wire, DO, OPT_NAWS);
}

static void refuse_once(
	struct cli_telnet *t, bool theirs, uint8_t option, GByteArray *wire)
{
	uint8_t *seen = &t->refused[theirs][option / 8];
	uint8_t bit = (uint8_t)(1u << option % 8);

	if (*seen & bit)
		return;
	*seen |= bit;
	send_option(wire, theirs ? DONT : WONT, option);
}

static void ask_type(struct cli_telnet *t, GByteArray *wire)
{
	static const uint8_t send[] = { IAC, SB, OPT_TTYPE, 1, IAC, SE };

	if (!t->asked_type)
		g_byte_array_append(wire, send, sizeof(send));
	t->asked_type = true;
}

static void take_option(struct cli_telnet *t, uint8_t option, GByteArray *wire)
{
	switch (t->command) {
	case DO:
		if (option != OPT_ECHO && option != OPT_SGA)
			refuse_once(t, false, option, wire);
		break;
	case WILL:
		if (option == OPT_TTYPE)
			ask_type(t, wire);
		else if (option != OPT_NAWS && option != OPT_SGA)
			refuse_once(t, true, option, wire);
		break;
	default: /* WONT and DONT: as it is, or ignored on purpose */
		break;
	}
}

static void take_sub(struct cli_telnet *t)
{
	const uint8_t *b = t->sub;

	if (t->sub_len == 5 && b[0] == OPT_NAWS) {
		t->columns = (uint16_t)(b[1] << 8 | b[2]);
		t->rows = (uint16_t)(b[3] << 8 | b[4]);
	} else if (t->sub_len > 2 && t->sub_len <= sizeof(t->sub) &&
		   b[0] == OPT_TTYPE && b[1] == 0) {
		unsigned n = MIN(t->sub_len - 2, (unsigned)sizeof(t->terminal) - 1);

		for (unsigned i = 0; i < n; i++)
			t->terminal[i] =
				g_ascii_isprint((char)b[2 + i]) ? (char)b[2 + i] : '.';
		t->terminal[n] = '\0';
	}
}

static void key(GByteArray *keys, uint8_t byte)
{
	g_byte_array_append(keys, &byte, 1);
}

static void take_data(struct cli_telnet *t, uint8_t byte, GByteArray *keys)
{
	bool tail = t->after_cr && (byte == '\n' || byte == '\0');

	t->after_cr = byte == '\r';
	if (tail || byte == '\0')
		return;
	key(keys, byte == '\n' ? '\r' : byte);
}

static void take_command(struct cli_telnet *t, uint8_t byte, GByteArray *keys)
{
	t->state = ST_DATA;
	switch (byte) {
	case IAC:
		take_data(t, byte, keys);
		break;
	case WILL:
	case WONT:
	case DO:
	case DONT:
		t->command = byte;
		t->state = ST_OPTION;
		break;
	case SB:
		t->sub_len = 0;
		t->state = ST_SUB;
		break;
	case BRK:
	case IP:
		key(keys, KEY_ABORT);
		break;
	default: /* NOP (a keep-alive of some clients), AYT and the rest */
		break;
	}
}

static void sub_byte(struct cli_telnet *t, uint8_t byte)
{
	if (t->sub_len < sizeof(t->sub))
		t->sub[t->sub_len] = byte;
	t->state = ++t->sub_len > SUB_GIVE_UP ? ST_DATA : ST_SUB;
}

static void take_byte(
	struct cli_telnet *t, uint8_t byte, GByteArray *keys, GByteArray *wire)
{
	switch (t->state) {
	case ST_DATA:
		if (byte == IAC)
			t->state = ST_IAC;
		else
			take_data(t, byte, keys);
		break;
	case ST_IAC:
		take_command(t, byte, keys);
		break;
	case ST_OPTION:
		t->state = ST_DATA;
		take_option(t, byte, wire);
		break;
	case ST_SUB:
		if (byte == IAC)
			t->state = ST_SUB_IAC;
		else
			sub_byte(t, byte);
		break;
	case ST_SUB_IAC:
		if (byte == IAC) {
			sub_byte(t, byte);
			break;
		}
		take_sub(t);
		t->state = ST_DATA;
		if (byte != SE) /* the client forgot SE; this is its next command */
			take_command(t, byte, keys);
		break;
	}
}

void cli_telnet_input(struct cli_telnet *t, const uint8_t *data, size_t n,
	GByteArray *keys, GByteArray *wire)
{
	for (size_t i = 0; i < n; i++)
		take_byte(t, data[i], keys, wire);
}

void cli_telnet_output(const uint8_t *data, size_t n, GByteArray *wire)
{
	while (n > 0) {
		const uint8_t *iac = memchr(data, IAC, n);
		size_t run = iac ? (size_t)(iac - data) + 1 : n;

		g_byte_array_append(wire, data, (guint)run);
		if (iac)
			g_byte_array_append(wire, iac, 1);
		data += run;
		n -= run;
	}
}
