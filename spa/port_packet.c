/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A real interface by AF_PACKET: frames come through a TPACKET_V2 ring (one copy, no system
 * call while there is more), and go by sendmmsg() past the queueing discipline.
 *
 * The interface keeps its own MAC address and is set promiscuous.  Three things that the
 * kernel leaves half done are put right here: transport checksums of local senders, VLAN
 * tags taken out of the frame, and frames larger than the MTU (segmentation offload), which
 * are dropped, counted, and explained once a minute.
 */
#include "base/net.h"
#include "spa/port.h"
#include "spa/spa.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FRAME = 2048,
	BLOCK = 65536,
	BLOCKS = 32,
	FRAMES = BLOCK / FRAME * BLOCKS,
	RING = BLOCK * BLOCKS,
	TX_ROOM = 8 << 20,
	MTU_MAX = 1900, /* what fits FRAME with its headers */
	TAG = 4,
	REMARK_S = 60,
};

struct packet_port {
	int rx_fd, tx_fd;
	int index; /* the kernel's */
	uint8_t *ring;
	unsigned at;
	uint64_t told_gso;
	base_time remark_due;
};

/* ---- opening ---- */

static bool refuse(GError **error, int code, const char *arg, const char *what)
{
	g_set_error(error, SPA_ERROR, code, "interface \"%s\": %s: %s", arg, what,
		g_strerror(errno));
	return false;
}

static bool ask(int fd, unsigned long request, const char *name, struct ifreq *r)
{
	*r = (struct ifreq){ 0 };
	g_strlcpy(r->ifr_name, name, sizeof(r->ifr_name));
	return ioctl(fd, request, r) == 0;
}

/* Reads carrier, MTU and MAC; false when the interface is gone. */
static bool read_state(int fd, const char *name, struct port_state *s)
{
	struct ifreq flags, mtu, mac;

	if (!ask(fd, SIOCGIFFLAGS, name, &flags) || !ask(fd, SIOCGIFMTU, name, &mtu) ||
		!ask(fd, SIOCGIFHWADDR, name, &mac))
		return false;
	*s = (struct port_state){ 0 };
	s->carrier = (flags.ifr_flags & IFF_UP) && (flags.ifr_flags & IFF_RUNNING);
	s->mtu = (uint16_t)CLAMP(mtu.ifr_mtu, 0, MTU_MAX);
	memcpy(s->mac, mac.ifr_hwaddr.sa_data, sizeof(s->mac));
	return true;
}

static bool is_ethernet(int fd, const char *name)
{
	struct ifreq r;

	return ask(fd, SIOCGIFHWADDR, name, &r) &&
	       r.ifr_hwaddr.sa_family == ARPHRD_ETHER;
}

static bool set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) == 0;
}

static bool bind_to(int fd, int index, uint16_t protocol)
{
	struct sockaddr_ll a = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static bool set_promiscuous(int fd, int index)
{
	struct packet_mreq m = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &m, sizeof(m)) == 0;
}

static bool map_ring(struct packet_port *k)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = FRAME,
		.tp_frame_nr = FRAMES,
	};
	void *ring;

	if (setsockopt(k->rx_fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) != 0)
		return false;
	ring = mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, k->rx_fd, 0);
	if (ring == MAP_FAILED)
		return false;
	k->ring = ring;
	return true;
}

static bool set_up_rx(struct packet_port *k)
{
	return set_option(k->rx_fd, PACKET_VERSION, TPACKET_V2) &&
	       set_option(k->rx_fd, PACKET_IGNORE_OUTGOING, 1) && map_ring(k) &&
	       set_promiscuous(k->rx_fd, k->index) &&
	       bind_to(k->rx_fd, k->index, ETH_P_ALL);
}

/* The kernel charges a frame to the socket until its receiver has looked at it: room for what
 * piles up while that one does not get the processor. */
static void ask_for_room(int fd)
{
	int bytes = TX_ROOM;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static bool set_up_tx(struct packet_port *k)
{
	ask_for_room(k->tx_fd);
	return set_option(k->tx_fd, PACKET_QDISC_BYPASS, 1) &&
	       bind_to(k->tx_fd, k->index, 0);
}

static void packet_close(struct port *p)
{
	struct packet_port *k = p->self;

	if (k->ring)
		munmap(k->ring, RING);
	if (k->rx_fd >= 0)
		close(k->rx_fd);
	if (k->tx_fd >= 0)
		close(k->tx_fd);
	g_clear_pointer(&p->self, g_free);
}

static bool open_sockets(struct port *p, GError **error)
{
	struct packet_port *k = p->self;
	int type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;

	k->rx_fd = socket(AF_PACKET, type, 0);
	k->tx_fd = socket(AF_PACKET, type, 0);
	if (k->rx_fd < 0 || k->tx_fd < 0) {
		if (errno != EPERM && errno != EACCES)
			return refuse(
				error, SPA_ERROR_SYSTEM, p->arg, "no packet socket");
		g_set_error(error, SPA_ERROR, SPA_ERROR_RIGHT,
			"interface \"%s\" needs the right CAP_NET_RAW: run as root or "
			"bind "
			"a wire",
			p->arg);
		return false;
	}
	k->index = (int)if_nametoindex(p->arg);
	if (!is_ethernet(k->rx_fd, p->arg)) {
		g_set_error(error, SPA_ERROR, SPA_ERROR_IFACE,
			"interface \"%s\" is not Ethernet: bind another", p->arg);
		return false;
	}
	if (!set_up_rx(k))
		return refuse(error, SPA_ERROR_SYSTEM, p->arg, "no receive ring");
	if (!set_up_tx(k))
		return refuse(error, SPA_ERROR_SYSTEM, p->arg, "cannot send");
	return true;
}

static bool packet_open(struct port *p, GError **error)
{
	struct packet_port *k;

	if (!p->arg || !if_nametoindex(p->arg)) {
		g_set_error(error, SPA_ERROR, SPA_ERROR_IFACE,
			"no interface \"%s\" on this machine (ip link shows them)",
			p->arg ? p->arg : "");
		return false;
	}
	k = g_new0(struct packet_port, 1);
	k->rx_fd = k->tx_fd = -1;
	p->self = k;
	if (open_sockets(p, error) && read_state(k->rx_fd, p->arg, &p->state))
		return true;
	packet_close(p);
	return false;
}

/* ---- receiving ---- */

static struct tpacket2_hdr *frame_at(const struct packet_port *k, unsigned i)
{
	return (struct tpacket2_hdr *)(void *)(k->ring + (size_t)i * FRAME);
}

static uint32_t status_of(const struct tpacket2_hdr *h)
{
	return __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);
}

static unsigned count_ready(const struct packet_port *k, unsigned max)
{
	unsigned n = 0;

	while (n < max && status_of(frame_at(k, (k->at + n) % FRAMES)) & TP_STATUS_USER)
		n++;
	return n;
}

/* Where the transport checksum is, from the start of the datagram; 0: nowhere. */
static unsigned checksum_at(uint8_t proto)
{
	return proto == IPPROTO_NUM_UDP ? 6 : proto == IPPROTO_NUM_TCP ? 16 : 0;
}

/* The kernel left the checksum to a network card that is not there. */
static void complete_checksum(struct pkt *p)
{
	struct rd r = rd_init(pkt_data(p), p->len);
	struct eth_hdr eth;
	struct ipv4_hdr ip;

	if (!eth_parse(&r, &eth) || eth.type != ETHERTYPE_IPV4 || !ipv4_parse(&r, &ip))
		return;

	size_t len = rd_left(&r);
	unsigned at = checksum_at(ip.proto);
	uint8_t *l4 = pkt_data(p) + (r.p - pkt_data(p));

	if (!at || len < at + 2u || ip.frag & (IPV4_MF | IPV4_OFFSET))
		return;
	put_u16(l4 + at, 0);

	uint16_t sum =
		csum(l4, len, csum_pseudo(ip.src, ip.dst, ip.proto, (uint16_t)len));

	put_u16(l4 + at, sum || ip.proto != IPPROTO_NUM_UDP ? sum : 0xffff);
}

/* Copies a frame of the ring, tag put back; false when it does not fit. */
static bool copy_frame(const struct tpacket2_hdr *h, uint32_t status, struct pkt *p)
{
	const uint8_t *bytes = (const uint8_t *)h + h->tp_mac;
	unsigned len = h->tp_snaplen;
	unsigned tag = status & TP_STATUS_VLAN_VALID ? TAG : 0;
	uint8_t *to = pkt_data(p);

	if (len != h->tp_len || len < ETH_HDR || len + tag > PKT_DATA_MAX)
		return false;
	memcpy(to, bytes, 2 * ETH_ALEN);
	if (tag) {
		bool typed = status & TP_STATUS_VLAN_TPID_VALID;

		put_u16(to + 12, typed ? h->tp_vlan_tpid : ETHERTYPE_VLAN);
		put_u16(to + 14, h->tp_vlan_tci);
	}
	memcpy(to + 12 + tag, bytes + 12, len - 12);
	p->len = (uint16_t)(len + tag);
	if (status & TP_STATUS_CSUM_VALID)
		p->flags |= PKT_CSUM_OK;
	if (status & TP_STATUS_CSUMNOTREADY)
		complete_checksum(p);
	return true;
}

static bool is_larger_than_mtu(const struct port *p, const struct tpacket2_hdr *h)
{
	return h->tp_len > p->state.mtu + (unsigned)ETH_HDR + 2 * TAG;
}

static bool take_frame(struct port *p, struct tpacket2_hdr *h, struct pkt *pkt)
{
	bool gso = is_larger_than_mtu(p, h);
	bool ok = !gso && copy_frame(h, status_of(h), pkt);

	p->n.rx_gso += gso;
	p->n.rx_drops += !ok;
	__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	return ok;
}

/* An interface that goes down leaves an error on the socket: poll() would not sleep until it
 * has been read. */
static void clear_error(const struct packet_port *k)
{
	int err;
	socklen_t len = sizeof(err);

	(void)getsockopt(k->rx_fd, SOL_SOCKET, SO_ERROR, &err, &len);
}

static unsigned packet_rx(struct port *p, struct pkt **pkts, unsigned n)
{
	struct packet_port *k = p->self;
	unsigned ready = count_ready(k, n);
	unsigned got = ready ? pkt_alloc(p->env, pkts, ready) : 0;
	unsigned kept = 0;

	if (!ready)
		clear_error(k);
	for (unsigned i = 0; i < ready; i++) {
		struct tpacket2_hdr *h = frame_at(k, k->at);

		k->at = (k->at + 1) % FRAMES;
		if (i >= got) { /* no buffers: lost here rather than later */
			p->n.rx_drops++;
			__atomic_store_n(
				&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		} else if (take_frame(p, h, pkts[i])) {
			pkts[kept++] = pkts[i];
		} else {
			pkt_free(p->env, &pkts[i], 1);
		}
	}
	return kept;
}

/* ---- sending ---- */

static void packet_tx(struct port *p, struct pkt **pkts, unsigned n)
{
	struct packet_port *k = p->self;
	struct mmsghdr msgs[PKT_BURST] = { 0 };
	struct iovec iov[PKT_BURST];
	unsigned done = 0;

	g_assert(n <= PKT_BURST);
	for (unsigned i = 0; i < n; i++) {
		iov[i] = (struct iovec){ pkt_data(pkts[i]), pkts[i]->len };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < n) {
		int sent = sendmmsg(k->tx_fd, msgs + done, n - done, MSG_DONTWAIT);

		if (sent > 0) {
			p->n.tx_packets += (unsigned)sent;
			done += (unsigned)sent;
		} else if (errno != EINTR) { /* this one cannot be sent: the next may */
			p->n.tx_drops++;
			done++;
		}
	}
	pkt_free(p->env, pkts, n);
}

/* ---- state ---- */

static void remark_gso(struct port *p, base_time now)
{
	struct packet_port *k = p->self;

	if (p->n.rx_gso == k->told_gso || time_before(now, k->remark_due))
		return;
	p->remark = g_strdup_printf(
		"dropped %" G_GUINT64_FORMAT " frames larger than the MTU "
		"(%u): switch segmentation off at both ends of the link, here by: "
		"ethtool -K %s tx off gso off gro off tso off",
		p->n.rx_gso - k->told_gso, p->state.mtu, p->arg);
	k->told_gso = p->n.rx_gso;
	k->remark_due = time_add(now, dur_s(REMARK_S));
}

static bool packet_poll_state(struct port *p, base_time now)
{
	struct packet_port *k = p->self;
	struct port_state old = p->state;

	if ((int)if_nametoindex(p->arg) != k->index ||
		!read_state(k->rx_fd, p->arg, &p->state)) {
		p->state.carrier = false;
		p->gone = true;
		return true;
	}
	remark_gso(p, now);
	return p->state.carrier != old.carrier || p->state.mtu != old.mtu ||
	       memcmp(p->state.mac, old.mac, sizeof(old.mac)) != 0;
}

static int packet_fd(const struct port *p)
{
	const struct packet_port *k = p->self;

	return k->rx_fd;
}

const struct port_ops port_packet = {
	.kind = "packet",
	.open = packet_open,
	.rx = packet_rx,
	.tx = packet_tx,
	.poll_state = packet_poll_state,
	.fd = packet_fd,
	.close = packet_close,
};
