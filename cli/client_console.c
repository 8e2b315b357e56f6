/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A terminal as the console of an RP: raw keys one way, bytes the other, and just enough telnet
 * to tell the size of the window.  The line editor is the RP's own, so that this terminal and
 * any telnet client behave the same.
 */
#include "cli/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
	IAC = 255,
	DONT = 254,
	DO = 253,
	WONT = 252,
	WILL = 251,
	SB = 250,
	SE = 240,
	OPT_ECHO = 1,
	OPT_SGA = 3,
	OPT_NAWS = 31,
	LEAVE = 0x1d, /* Ctrl-] */
};

enum telnet_state { DATA, COMMAND, OPTION, SUB, SUB_IAC };

struct console {
	int fd;
	enum telnet_state state;
	uint8_t verb;
	bool gone;
};

static void put(struct console *c, const uint8_t *p, size_t n)
{
	while (n > 0 && !c->gone) {
		ssize_t w = write(c->fd, p, n);

		if (w > 0) {
			p += w;
			n -= (size_t)w;
		} else if (w < 0 && errno != EINTR) {
			c->gone = true;
		}
	}
}

static void send_size(struct console *c)
{
	struct winsize w = { .ws_col = 80, .ws_row = 24 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);

	const uint8_t msg[] = { IAC, SB, OPT_NAWS, (uint8_t)(w.ws_col >> 8), (uint8_t)w.ws_col,
		(uint8_t)(w.ws_row >> 8), (uint8_t)w.ws_row, IAC, SE };

	put(c, msg, sizeof(msg));
}

/* The server's offers are taken, its wishes refused but for the window size. */
static void option(struct console *c, uint8_t opt)
{
	uint8_t answer[3] = { IAC, 0, opt };

	switch (c->verb) {
	case WILL:
		answer[1] = opt == OPT_ECHO || opt == OPT_SGA ? DO : DONT;
		break;
	case DO:
		answer[1] = opt == OPT_NAWS || opt == OPT_SGA ? WILL : WONT;
		break;
	default:
		return;
	}
	put(c, answer, sizeof(answer));
	if (c->verb == DO && opt == OPT_NAWS)
		send_size(c);
}

/* What the terminal shall show of what has come; returns the number of bytes in out. */
static size_t decode(struct console *c, const uint8_t *in, size_t n, uint8_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t b = in[i];

		switch (c->state) {
		case DATA:
			if (b == IAC)
				c->state = COMMAND;
			else if (b != 0)
				out[len++] = b;
			break;
		case COMMAND:
			c->verb = b;
			c->state = b == SB ? SUB : b >= WILL && b <= DONT ? OPTION : DATA;
			if (b == IAC)
				out[len++] = b;
			break;
		case OPTION:
			option(c, b);
			c->state = DATA;
			break;
		case SUB:
			c->state = b == IAC ? SUB_IAC : SUB;
			break;
		case SUB_IAC:
			c->state = b == SE ? DATA : SUB;
			break;
		}
	}
	return len;
}

/* False: Ctrl-] was typed, or the terminal is gone. */
static bool keys(struct console *c)
{
	uint8_t in[256], out[512];
	ssize_t n = read(STDIN_FILENO, in, sizeof(in));
	size_t len = 0;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (in[i] == LEAVE) {
			put(c, out, len);
			return false;
		}
		if (in[i] == IAC)
			out[len++] = IAC;
		out[len++] = in[i];
	}
	put(c, out, len);
	return true;
}

static void screen(struct console *c)
{
	uint8_t in[4096], out[4096];
	ssize_t n = read(c->fd, in, sizeof(in));

	if (n == 0 || (n < 0 && errno != EINTR)) {
		c->gone = true;
		return;
	}
	if (n > 0 && write(STDOUT_FILENO, out, decode(c, in, (size_t)n, out)) < 0)
		c->gone = true;
}

static void loop(struct console *c)
{
	struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = c->fd, .events = POLLIN } };

	while (!c->gone) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents)
			screen(c);
		if (p[0].revents && !keys(c))
			return;
	}
}

int cli_client_console(const char *at, const char *welcome)
{
	struct console c = { .fd = cli_client_dial(at) };
	struct termios old, raw;
	bool terminal = tcgetattr(STDIN_FILENO, &old) == 0;

	if (c.fd < 0) {
		fprintf(stderr,
			"twinrp: no console answers at %s: start a chassis with `twinrp "
			"--headless`, or name another with --at ADDR:PORT\n",
			at);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	if (terminal) {
		raw = old;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	if (welcome && write(STDOUT_FILENO, welcome, strlen(welcome)) < 0)
		c.gone = true;
	loop(&c);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
		fputs(c.gone ? "\nThe chassis closed the console.\n" : "\n", stdout);
	}
	close(c.fd);
	return 0;
}
