/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A TAP of this machine: the port is one end of a cable, the TAP interface the other, as if
 * the machine's kernel were the router's neighbour.  A TAP that is there already is attached
 * (and stays when the port closes); otherwise it is made, down and without address, and goes
 * with the port.
 *
 * The interface may be moved into another namespace while the descriptor is held, where it
 * cannot be asked by name.  What the descriptor itself tells is enough for the carrier: it
 * can be written while the interface is up, and is in error when the interface is gone.
 */
#include "spa/port.h"
#include "spa/spa.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	MTU_DEFAULT = 1500,
	MTU_MAX = 1900, /* what fits a buffer with its headers */
};

struct tap_port {
	int fd;
	int ask_fd;  /* of the namespace in which the TAP was opened */
	int index;   /* the kernel's */
	bool broken; /* the descriptor is in error: not to be polled */
};

/* ---- state ---- */

/* The MTU, when the interface is still where it was opened; else what it was. */
static void read_mtu(const struct tap_port *k, uint16_t *mtu)
{
	struct ifreq r = { 0 };

	if (ioctl(k->fd, TUNGETIFF, &r) != 0 ||
		(int)if_nametoindex(r.ifr_name) != k->index)
		return;
	if (ioctl(k->ask_fd, SIOCGIFMTU, &r) == 0)
		*mtu = (uint16_t)CLAMP(r.ifr_mtu, 0, MTU_MAX);
}

/* Reads carrier and MTU; false when the interface is gone. */
static bool read_state(const struct tap_port *k, struct port_state *s)
{
	struct pollfd p = { .fd = k->fd, .events = POLLOUT };

	if (k->broken || poll(&p, 1, 0) < 0 || p.revents & (POLLERR | POLLNVAL))
		return false;
	s->carrier = p.revents & POLLOUT;
	read_mtu(k, &s->mtu);
	return true;
}

/* ---- opening ---- */

static bool refuse(GError **error, int code, const char *arg, const char *why)
{
	g_set_error(error, SPA_ERROR, code, "TAP \"%s\": %s", arg, why);
	return false;
}

static bool refuse_open(GError **error, const char *arg, int err)
{
	if (err == EPERM || err == EACCES)
		return refuse(error, SPA_ERROR_RIGHT, arg,
			"/dev/net/tun may not be opened: run as root or bind a wire");
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		return refuse(error, SPA_ERROR_RIGHT, arg,
			"this machine has no /dev/net/tun (modprobe tun makes it)");
	return refuse(error, SPA_ERROR_SYSTEM, arg, g_strerror(err));
}

static bool refuse_attach(GError **error, const char *arg, int err)
{
	if (err == EPERM || err == EACCES)
		return refuse(error, SPA_ERROR_RIGHT, arg,
			"needs the right CAP_NET_ADMIN: run as root, or let root make "
			"it with "
			"\"ip tuntap add mode tap user\"");
	if (err == EBUSY)
		return refuse(
			error, SPA_ERROR_IFACE, arg, "another program has it open");
	if (err == EINVAL)
		return refuse(error, SPA_ERROR_IFACE, arg,
			"an interface of that name is there and is not a plain TAP: "
			"take "
			"another name");
	return refuse(error, SPA_ERROR_SYSTEM, arg, g_strerror(err));
}

static void tap_close(struct port *p)
{
	struct tap_port *k = p->self;

	if (k->fd >= 0)
		close(k->fd);
	if (k->ask_fd >= 0)
		close(k->ask_fd);
	g_clear_pointer(&p->self, g_free);
}

static bool attach(struct port *p, GError **error)
{
	struct tap_port *k = p->self;
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	k->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (k->fd < 0)
		return refuse_open(error, p->arg, errno);
	g_strlcpy(r.ifr_name, p->arg, sizeof(r.ifr_name));
	if (ioctl(k->fd, TUNSETIFF, &r) != 0)
		return refuse_attach(error, p->arg, errno);
	k->ask_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	k->index = (int)if_nametoindex(r.ifr_name);
	if (k->ask_fd < 0 || !k->index || !read_state(k, &p->state))
		return refuse(
			error, SPA_ERROR_SYSTEM, p->arg, "does not tell its state");
	return true;
}

/* A name that the kernel takes as it is: it would fill in a number for "%d". */
static bool is_name(const char *arg)
{
	return arg && *arg && strlen(arg) < IFNAMSIZ && !strpbrk(arg, "/:% \t") &&
	       strcmp(arg, ".") != 0 && strcmp(arg, "..") != 0;
}

static bool tap_open(struct port *p, GError **error)
{
	struct tap_port *k;

	if (!is_name(p->arg))
		return refuse(error, SPA_ERROR_IFACE, p->arg ? p->arg : "",
			"is not the name of an interface: give 1 to 15 letters and "
			"digits, as "
			"in tap:tap0");
	k = g_new0(struct tap_port, 1);
	k->fd = k->ask_fd = -1;
	p->self = k;
	p->state = (struct port_state){ .mtu = MTU_DEFAULT };
	port_own_mac(p, p->state.mac);
	if (attach(p, error))
		return true;
	tap_close(p);
	return false;
}

/* ---- frames ---- */

/* One frame into a buffer: 1 taken, 0 too long for it, -1 there is none. */
static int read_frame(struct tap_port *k, struct pkt *pkt)
{
	uint8_t beyond;
	struct iovec iov[] = { { pkt_data(pkt), PKT_DATA_MAX }, { &beyond, 1 } };
	ssize_t n = readv(k->fd, iov, G_N_ELEMENTS(iov));

	if (n < 0) {
		k->broken |= errno != EAGAIN && errno != EINTR && errno != EIO;
		return -1;
	}
	if (n > PKT_DATA_MAX)
		return 0;
	pkt->len = (uint16_t)n;
	return 1;
}

static unsigned tap_rx(struct port *p, struct pkt **pkts, unsigned n)
{
	struct tap_port *k = p->self;
	unsigned got = k->broken ? 0 : pkt_alloc(p->env, pkts, n);
	unsigned kept = 0;
	int r = 0;

	/* Without buffers frames wait in the TAP, which drops when it is full. */
	while (kept < got && r >= 0) {
		r = read_frame(k, pkts[kept]);
		kept += r > 0;
		p->n.rx_drops += r == 0;
	}
	if (kept < got)
		pkt_free(p->env, pkts + kept, got - kept);
	return kept;
}

static void tap_tx(struct port *p, struct pkt **pkts, unsigned n)
{
	struct tap_port *k = p->self;

	for (unsigned i = 0; i < n; i++) {
		ssize_t sent;

		do
			sent = write(k->fd, pkt_data(pkts[i]), pkts[i]->len);
		while (sent < 0 && errno == EINTR);
		p->n.tx_packets += sent >= 0;
		p->n.tx_drops += sent < 0;
	}
	pkt_free(p->env, pkts, n);
}

static bool tap_poll_state(struct port *p, base_time now)
{
	struct port_state old = p->state;

	if (!read_state(p->self, &p->state)) {
		p->state.carrier = false;
		p->gone = true;
		return true;
	}
	return p->state.carrier != old.carrier || p->state.mtu != old.mtu;
}

static int tap_fd(const struct port *p)
{
	const struct tap_port *k = p->self;

	return k->broken ? -1 : k->fd;
}

const struct port_ops port_tap = {
	.kind = "tap",
	.open = tap_open,
	.rx = tap_rx,
	.tx = tap_tx,
	.poll_state = tap_poll_state,
	.fd = tap_fd,
	.close = tap_close,
};
