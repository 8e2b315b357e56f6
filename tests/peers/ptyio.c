/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asynchronous HDLC framing (RFC 1662) on a pty, and a TUN device with its addresses.
 */
#include "tests/peers/ptyio.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <glib.h>

#include "base/buf.h"

/* The slave is canonical with ICRNL and OPOST on; TCSANOW, since a flush would throw away
 * the peer's first Configure-Request. */
int line_open(const char *tty)
{
	struct termios t;
	int line = tty ? open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC) : STDIN_FILENO;

	if (line < 0) {
		perror(tty);
		return -1;
	}
	if (tcgetattr(line, &t) == 0) {
		cfmakeraw(&t);
		tcsetattr(line, TCSANOW, &t);
	}
	return fcntl(line, F_SETFL, O_NONBLOCK) == 0 ? line : -1;
}

static uint16_t fcs16(const uint8_t *p, size_t n)
{
	uint16_t fcs = 0xffff;

	for (size_t i = 0; i < n; i++) {
		fcs ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			fcs = fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1;
	}
	return fcs;
}

bool hdlc_fcs_good(const uint8_t *frame, size_t n)
{
	return fcs16(frame, n) == 0xf0b8;
}

bool hdlc_input(struct hdlc_rx *rx, uint8_t octet)
{
	if (rx->complete) {
		rx->complete = false;
		rx->len = 0;
	}
	if (octet == 0x7e) {
		rx->complete = rx->in_frame && rx->len > 0;
		rx->in_frame = true;
		rx->escaped = false;
		if (!rx->complete)
			rx->len = 0;
	} else if (octet == 0x7d) {
		rx->escaped = true;
	} else if (rx->len < sizeof(rx->frame)) {
		rx->frame[rx->len++] = rx->escaped ? octet ^ 0x20 : octet;
		rx->escaped = false;
	} else {
		rx->in_frame = false; /* too long: lost until the next flag */
	}
	return rx->complete;
}

static void write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && (errno == EAGAIN || errno == EINTR)) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };

			if (poll(&wait, 1, 1000) == 0)
				return; /* nobody reads: the frame is lost */
			continue;
		}
		if (done <= 0)
			return; /* the reading side notices that the line is gone */
		p += done;
		n -= (size_t)done;
	}
}

void hdlc_send(int line, uint16_t proto, const uint8_t *body, size_t n)
{
	uint8_t plain[PPP_MTU + 64];
	uint8_t coded[2 * sizeof(plain) + 2];
	struct wr w = wr_init(plain, sizeof(plain) - 2);
	struct wr out = wr_init(coded, sizeof(coded));

	wr_u16(&w, 0xff03);
	wr_u16(&w, proto);
	wr_bytes(&w, body, n);
	if (w.bad)
		return;
	uint16_t fcs = (uint16_t)~fcs16(plain, w.len);

	plain[w.len++] = (uint8_t)fcs;
	plain[w.len++] = (uint8_t)(fcs >> 8);
	wr_u8(&out, 0x7e);
	for (size_t i = 0; i < w.len; i++) {
		uint8_t c = plain[i];

		if (c < 0x20 || c == 0x7d || c == 0x7e) {
			wr_u8(&out, 0x7d);
			c ^= 0x20;
		}
		wr_u8(&out, c);
	}
	wr_u8(&out, 0x7e);
	write_all(line, coded, out.len);
}

static bool if_ioctl(int s, unsigned long request, void *arg, const char *what)
{
	if (ioctl(s, request, arg) == 0)
		return true;
	fprintf(stderr, "ptyppp: %s: %s\n", what, strerror(errno));
	return false;
}

static void set_addr(struct ifreq *ifr, uint32_t host_order)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_addr.s_addr = htonl(host_order);
	memcpy(&ifr->ifr_addr, &sin, sizeof(sin));
}

static bool add_default_route(int s, struct ifreq *ifr)
{
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = ifr->ifr_name };

	set_addr(ifr, 0);
	route.rt_dst = ifr->ifr_addr;
	route.rt_genmask = ifr->ifr_addr;
	return if_ioctl(s, SIOCADDRT, &route, "default route");
}

int tun_open(const char *name, uint32_t local, uint32_t remote, bool default_route)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (tun < 0 || s < 0) {
		fprintf(stderr, "ptyppp: /dev/net/tun: %s\n", strerror(errno));
		return -1;
	}
	g_strlcpy(ifr.ifr_name, name, IFNAMSIZ);
	bool ok = if_ioctl(tun, TUNSETIFF, &ifr, "TUNSETIFF");

	set_addr(&ifr, local);
	ok = ok && if_ioctl(s, SIOCSIFADDR, &ifr, "SIOCSIFADDR");
	set_addr(&ifr, remote);
	ok = ok && if_ioctl(s, SIOCSIFDSTADDR, &ifr, "SIOCSIFDSTADDR");
	set_addr(&ifr, 0xffffffff);
	ok = ok && if_ioctl(s, SIOCSIFNETMASK, &ifr, "SIOCSIFNETMASK");
	ifr.ifr_mtu = 1400;
	ok = ok && if_ioctl(s, SIOCSIFMTU, &ifr, "SIOCSIFMTU");
	ifr.ifr_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT | IFF_NOARP;
	ok = ok && if_ioctl(s, SIOCSIFFLAGS, &ifr, "SIOCSIFFLAGS");
	if (ok && default_route)
		ok = add_default_route(s, &ifr);
	close(s);
	if (ok)
		return tun;
	close(tun);
	return -1;
}

bool netns_enter(const char *name)
{
	g_autofree char *path = g_strdup_printf("/run/netns/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, 0) < 0) {
		fprintf(stderr, "ptyppp: namespace %s: %s\n", name, strerror(errno));
		return false;
	}
	return close(fd) == 0;
}
