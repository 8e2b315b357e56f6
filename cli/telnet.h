/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Telnet (RFC 854, 857, 858, 1073, 1091) as a router's console speaks it: bytes of the
 * wire to keys, output to bytes of the wire.  No socket.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct cli_telnet {
	unsigned state;
	uint8_t command; /* WILL, WONT, DO, DONT that waits for its option */
	bool after_cr;
	bool asked_type;
	uint8_t refused[2][32]; /* options answered with DONT and WONT, a bit each */
	uint8_t sub[64];        /* of a subnegotiation; what does not fit is dropped */
	unsigned sub_len;
	uint16_t columns; /* window of the client; 0: not told */
	uint16_t rows;
	char terminal[41];
};

/* Forget everything: a new connection. */
void cli_telnet_init(struct cli_telnet *t);

/* What we offer and ask when a client connects. */
void cli_telnet_start(struct cli_telnet *t, GByteArray *wire);

/* Keys go to keys, with every Enter (CR LF, CR NUL, CR, LF) as one '\r' and Break as 0x1e;
 * answers go to wire. */
void cli_telnet_input(struct cli_telnet *t, const uint8_t *data, size_t n,
	GByteArray *keys, GByteArray *wire);

void cli_telnet_output(const uint8_t *data, size_t n, GByteArray *wire);
