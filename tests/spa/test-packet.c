/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A port on a real interface: one end of a veth pair in a network namespace of this
 * process, a plain packet socket at the other end.  Free run, real clock.  Needs the right
 * to make namespaces and is skipped without it.
 */
#include "spa/spa.h"

#include "base/net.h"
#include "tests/spa/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAMES = 500, WAIT_MS = 5000 };

/* A peer of the test's own thread would need locks: this FP keeps counts and sends back what
 * it gets, marked. */
struct echo_fp {
	struct board_env *env;
};

static void *echo_on(struct board_env *env, const void *arg, base_time now)
{
	struct echo_fp *e = g_new0(struct echo_fp, 1);

	e->env = env;
	return e;
}

static void echo_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
}

/* Turns the frame round: MAC addresses change places, the type becomes 0x88b6. */
static void turn_round(struct pkt *p)
{
	uint8_t *d = pkt_data(p);
	uint8_t mac[ETH_ALEN];

	memcpy(mac, d, ETH_ALEN);
	memcpy(d, d + ETH_ALEN, ETH_ALEN);
	memcpy(d + ETH_ALEN, mac, ETH_ALEN);
	d[12] = 0x88;
	d[13] = 0xb6;
}

static bool echo_work(void *self, base_time now, unsigned budget)
{
	struct echo_fp *e = self;
	struct pkt *pkts[PKT_BURST];
	unsigned n = pkt_rx(e->env, SLOT_SPA, pkts, PKT_BURST);
	unsigned taken;

	for (unsigned i = 0; i < n; i++)
		turn_round(pkts[i]);
	taken = pkt_tx(e->env, SLOT_SPA, pkts, n);
	pkt_free(e->env, pkts + taken, n - taken);
	return n > 0;
}

static base_time echo_due(const void *self)
{
	return BASE_TIME_NEVER;
}

static const struct board_ops echo_fp = {
	.kind = BOARD_FP,
	.power_on = echo_on,
	.message = echo_message,
	.work = echo_work,
	.next_due = echo_due,
	.destroy = g_free,
};

/* ---- the other end of the cable ---- */

struct far {
	struct chassis *c;
	int fd;
	unsigned sent, came;
	bool wrong;
	GString *log;
	unsigned states_down;
};

static void run_cmd(const char *cmd)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL; /* not among the lines of the test */
	int status;

	g_spawn_command_line_sync(cmd, &said, NULL, &status, &error);
	g_assert_no_error(error);
	g_assert_true(g_spawn_check_wait_status(status, NULL));
}

static bool enter_namespace(void)
{
	if (unshare(CLONE_NEWNET) != 0)
		return false;
	return system("ip link add twa type veth peer name twb 2>/dev/null && "
		      "ip link set twa up && ip link set twb up && "
		      "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 2>/dev/null; "
		      "ip link show twb >/dev/null 2>&1") == 0;
}

static int open_far(void)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);

	a.sll_ifindex = (int)if_nametoindex("twb");
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(bind(fd, (struct sockaddr *)&a, sizeof(a)), ==, 0);
	return fd;
}

/* A frame of n octets that says its number. */
static size_t make_frame(uint8_t *f, unsigned number, size_t n)
{
	memset(f, 0, n);
	memcpy(f, "\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x77\x88\xb5", 14);
	put_u32(f + 14, number);
	return n;
}

static void send_some(void *user)
{
	struct far *far = user;
	uint8_t f[1514];

	for (unsigned i = 0; i < 20 && far->sent < FRAMES; i++) {
		size_t n = make_frame(f, far->sent, 60 + far->sent % 1400);

		if (send(far->fd, f, n, 0) != (ssize_t)n)
			break;
		far->sent++;
	}
	chassis_at(far->c, time_add(chassis_now(far->c), dur_ms(1)), send_some, far);
}

static void hear(int fd, short revents, void *user)
{
	struct far *far = user;
	uint8_t f[2048];
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while ((n = recvfrom(fd, f, sizeof(f), 0, (struct sockaddr *)&from, &len)) >
		0) {
		if (from.sll_pkttype == PACKET_OUTGOING || f[12] != 0x88 ||
			f[13] != 0xb6)
			continue;
		if ((f[14] << 24 | f[15] << 16 | f[16] << 8 | f[17]) !=
				(int)far->came ||
			n != 60 + (ssize_t)far->came % 1400 || f[5] != 0x77)
			far->wrong = true;
		far->came++;
	}
	if (far->came == FRAMES)
		chassis_stop(far->c);
}

static void too_late(void *user)
{
	struct far *far = user;

	chassis_stop(far->c);
}

static void insert(struct chassis *c, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_insert(c, slot, &error);
	g_assert_no_error(error);
}

static struct chassis *make_chassis(const struct spa_config *spa)
{
	struct chassis_config cfg = { .seed = 1 };
	struct chassis *c = chassis_new(&cfg);

	chassis_declare(c, SLOT_F0, &echo_fp, NULL);
	chassis_declare(c, SLOT_SPA, &spa_board, spa);
	insert(c, SLOT_F0);
	insert(c, SLOT_SPA);
	return c;
}

static const struct spa_config on_twa = {
	.port = { { .kind = "packet", .arg = "twa" } },
	.n_ports = 1,
};

/* All frames come back, each once, in order, whole. */
static void test_frames(void)
{
	struct far far = { .fd = open_far() };

	far.c = make_chassis(&on_twa);
	chassis_watch(far.c, far.fd, POLLIN, hear, &far);
	chassis_at(far.c, time_add(chassis_now(far.c), dur_ms(50)), send_some, &far);
	chassis_at(
		far.c, time_add(chassis_now(far.c), dur_ms(WAIT_MS)), too_late, &far);
	chassis_run_free(far.c);
	g_assert_cmpuint(far.came, ==, FRAMES);
	g_assert_false(far.wrong);
	chassis_free(far.c);
	close(far.fd);
}

/* ---- one port without a chassis around it would need an env; so a listening one ---- */

static void note_log(const struct ipc_msg *msg, base_time now, void *user)
{
	struct far *far = user;
	struct msg_log m;

	if (msg->type != IPC_LOG || !ipc_decode(msg, &m))
		return;
	g_string_append(far->log, m.text);
	rec_clear(ipc_table(IPC_LOG), &m);
	chassis_stop(far->c);
}

/* A frame larger than the MTU can only be one that segmentation left to us. */
static void send_giant(void *user)
{
	struct far *far = user;
	uint8_t f[4014];

	make_frame(f, 0, sizeof(f));
	g_assert_cmpint(send(far->fd, f, sizeof(f), 0), ==, (ssize_t)sizeof(f));
}

static void test_gso(void)
{
	struct far far = { .fd = open_far(), .log = g_string_new(NULL) };

	run_cmd("ip link set twb mtu 4000");
	run_cmd("ip link set twa mtu 4000"); /* veth refuses what is above */
	far.c = make_chassis(&on_twa);
	chassis_listen(far.c, note_log, &far);
	chassis_at(far.c, time_add(chassis_now(far.c), dur_ms(50)), send_giant, &far);
	chassis_at(
		far.c, time_add(chassis_now(far.c), dur_ms(WAIT_MS)), too_late, &far);
	chassis_run_free(far.c);
	g_assert_nonnull(
		strstr(far.log->str, "GigabitEthernet0/0/0: dropped 1 frames"));
	g_assert_nonnull(
		strstr(far.log->str, "ethtool -K twa tx off gso off gro off tso off"));
	chassis_free(far.c);
	g_string_free(far.log, TRUE);
	run_cmd("ip link set twa mtu 1500");
	run_cmd("ip link set twb mtu 1500");
	close(far.fd);
}

/* ---- what the FP sees: kept by a probe, read after the run ---- */

struct watcher {
	struct probe f0;
	struct probe *f0_p;
	struct chassis *c;
};

static struct watcher *watch_twa(void)
{
	struct watcher *w = g_new0(struct watcher, 1);
	struct chassis_config cfg = { .seed = 1 };

	w->c = chassis_new(&cfg);
	probe_init(&w->f0, SLOT_SPA);
	w->f0_p = &w->f0;
	chassis_declare(w->c, SLOT_F0, &probe_fp, &w->f0_p);
	chassis_declare(w->c, SLOT_SPA, &spa_board, &on_twa);
	insert(w->c, SLOT_F0);
	insert(w->c, SLOT_SPA);
	return w;
}

static void free_watcher(struct watcher *w)
{
	chassis_free(w->c);
	probe_deinit(&w->f0);
	g_free(w);
}

static void stop(void *user)
{
	chassis_stop(user);
}

static void run_for(struct chassis *c, int64_t ms)
{
	chassis_at(c, time_add(chassis_now(c), dur_ms(ms)), stop, c);
	chassis_run_free(c);
}

/* The kernel leaves the UDP checksum of a local sender undone on a veth: a datagram sent by
 * an ordinary socket must arrive with a good one, and a tagged frame with its tag. */
static void send_udp(void *user)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	to.sin_addr.s_addr = htonl(0x0a090002);
	for (unsigned n = 1; n < 20; n++)
		g_assert_cmpint(sendto(fd, "some odd and even lengths", n, 0,
					(struct sockaddr *)&to, sizeof(to)),
			==, n);
	close(fd);
}

static void send_tagged(void *user)
{
	int fd = open_far();
	uint8_t f[64] = { 0 };

	memcpy(f,
		"\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x77\x81\x00\x00\x2a\x88"
		"\xb5",
		18);
	g_assert_cmpint(send(fd, f, sizeof(f), 0), ==, sizeof(f));
	close(fd);
}

static void test_checksums_and_tags(void)
{
	struct watcher *w;
	unsigned datagrams = 0, tagged = 0;

	run_cmd("ip addr add 10.9.0.1/24 dev twb");
	run_cmd("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev twb");
	run_cmd("ethtool -K twb tx on");
	w = watch_twa();
	chassis_at(w->c, time_add(chassis_now(w->c), dur_ms(50)), send_udp, NULL);
	chassis_at(w->c, time_add(chassis_now(w->c), dur_ms(60)), send_tagged, NULL);
	run_for(w->c, 400);
	for (unsigned i = 0; i < w->f0.pkts->len; i++) {
		GBytes *b = probe_pkt_at(&w->f0, i)->bytes;
		struct rd r = rd_init(g_bytes_get_data(b, NULL), g_bytes_get_size(b));
		struct eth_hdr eth;
		struct ipv4_hdr ip;
		struct udp_hdr udp;

		g_assert_true(eth_parse(&r, &eth));
		if (eth.n_vlan) {
			g_assert_cmpuint(eth.vlan[0], ==, 42);
			g_assert_cmphex(eth.type, ==, 0x88b5);
			tagged++;
		}
		if (eth.type != ETHERTYPE_IPV4 || !ipv4_parse(&r, &ip) ||
			ip.proto != IPPROTO_NUM_UDP)
			continue;
		g_assert_true(udp_parse(&r, &ip, &udp));
		g_assert_cmpuint(udp.sum, !=, 0);
		datagrams++;
	}
	g_assert_cmpuint(datagrams, ==, 19);
	g_assert_cmpuint(tagged, ==, 1);
	free_watcher(w);
}

static void link_down(void *user)
{
	run_cmd("ip link set twb down");
}

static void link_up(void *user)
{
	run_cmd("ip link set twb up");
}

static void test_link(void)
{
	struct watcher *w = watch_twa();
	struct msg_port_state m;
	unsigned down = 0;

	chassis_at(w->c, time_add(chassis_now(w->c), dur_ms(100)), link_down, NULL);
	chassis_at(w->c, time_add(chassis_now(w->c), dur_ms(1600)), link_up, NULL);
	run_for(w->c, 3500);
	for (unsigned i = 0; i < w->f0.msgs->len; i++) {
		const struct probe_msg *p = w->f0.msgs->pdata[i];
		size_t n = g_bytes_get_size(p->payload);
		struct ipc_msg msg = { .type = p->type,
			.payload = rd_init(g_bytes_get_data(p->payload, NULL), n) };

		if (p->type != IPC_PORT_STATE)
			continue;
		g_assert_true(ipc_decode(&msg, &m));
		down += !m.up;
		g_assert_cmpstr(m.driver, ==, "packet:twa");
		rec_clear(ipc_table(IPC_PORT_STATE), &m);
	}
	g_assert_cmpuint(down, >=, 1);
	probe_last(&w->f0, IPC_PORT_STATE, &m);
	g_assert_true(m.up);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	free_watcher(w);
}

static void take_away(void *user)
{
	run_cmd("ip link del twa");
}

static void bring_back(void *user)
{
	run_cmd("ip link add twa type veth peer name twb");
	run_cmd("ip link set twa up");
	run_cmd("ip link set twb up");
}

static void test_gone_and_back(void)
{
	struct watcher *w = watch_twa();
	struct msg_port_state m;

	chassis_at(w->c, time_add(chassis_now(w->c), dur_ms(100)), take_away, NULL);
	run_for(w->c, 1500);
	g_assert_cmpuint(probe_last(&w->f0, IPC_PORT_STATE, &m), >=, 2);
	g_assert_false(m.up);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	probe_forget(&w->f0);
	bring_back(NULL);
	chassis_at(w->c, time_add(chassis_now(w->c), dur_ms(2500)), send_tagged, NULL);
	run_for(w->c, 3000);
	probe_last(&w->f0, IPC_PORT_STATE, &m);
	g_assert_true(m.up);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	g_assert_cmpuint(w->f0.pkts->len, >=, 1);
	free_watcher(w);
}

static void test_check(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_true(spa_port_check("packet", "twa", &error));
	g_assert_no_error(error);
	run_cmd("ip link set lo up");
	g_assert_false(spa_port_check("packet", "lo", &error));
	g_assert_error(error, SPA_ERROR, SPA_ERROR_IFACE);
	g_assert_cmpstr(
		error->message, ==, "interface \"lo\" is not Ethernet: bind another");
}

/* Without the right: in a child, which gives it up. */
static void test_no_right(void)
{
	if (g_test_subprocess()) {
		g_autoptr(GError) error = NULL;

		g_assert_cmpint(setuid(65534), ==, 0);
		g_assert_false(spa_port_check("packet", "twa", &error));
		g_assert_error(error, SPA_ERROR, SPA_ERROR_RIGHT);
		g_print("%s\n", error->message);
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stdout(
		"*interface \"twa\" needs the right CAP_NET_RAW: run as root or "
		"bind a wire*");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (!enter_namespace()) {
		printf("1..0 # SKIP no right to make network namespaces here\n");
		return 0;
	}
	g_test_add_func("/spa/packet/frames", test_frames);
	g_test_add_func("/spa/packet/gso", test_gso);
	g_test_add_func("/spa/packet/checksums-and-tags", test_checksums_and_tags);
	g_test_add_func("/spa/packet/link", test_link);
	g_test_add_func("/spa/packet/gone-and-back", test_gone_and_back);
	g_test_add_func("/spa/packet/check", test_check);
	g_test_add_func("/spa/packet/no-right", test_no_right);
	return g_test_run();
}
