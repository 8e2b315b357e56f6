/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A port on a TAP: the test is the machine at the other end, by a packet socket on the TAP
 * interface.  All in a network namespace of this process, free run, real clock.  Needs the
 * rights to make namespaces and TAPs, and is skipped without them.
 */
#include "spa/spa.h"

#include "base/net.h"
#include "tests/spa/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAMES = 400, TYPE = 0x88b5 };

/* What it says is not among the lines of the test. */
static bool run_quietly(const char *cmd, char **said)
{
	g_autofree char *out = NULL;
	int status = -1;

	return g_spawn_command_line_sync(cmd, &out, said, &status, NULL) && status == 0;
}

static void run_cmd(const char *cmd)
{
	g_autofree char *said = NULL;

	if (!run_quietly(cmd, &said))
		g_error("%s: %s", cmd, said);
}

static bool enter_namespace(void)
{
	g_autofree char *said = NULL;

	if (unshare(CLONE_NEWNET) != 0 ||
		!run_quietly("ip tuntap add dev probe mode tap", &said))
		return false;
	run_cmd("ip link del probe");
	run_cmd("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	return true;
}

/* A packet socket on the machine's side of the cable, in this thread's namespace. */
static int open_far(const char *ifname)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_protocol = htons(TYPE) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	a.sll_ifindex = (int)if_nametoindex(ifname);
	g_assert_cmpint(a.sll_ifindex, >, 0);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(bind(fd, (struct sockaddr *)&a, sizeof(a)), ==, 0);
	return fd;
}

/* ---- a chassis of one port and a probe in the place of the FP ---- */

struct bench {
	struct probe f0;
	struct probe *f0_p;
	struct chassis *c;
	unsigned sent;
};

static const struct spa_config on_tap = {
	.port = { { .kind = "wire" }, { .kind = "tap", .arg = "tt0" } },
	.n_ports = 2,
};

static void insert(struct chassis *c, unsigned slot)
{
	g_autoptr(GError) error = NULL;

	chassis_insert(c, slot, &error);
	g_assert_no_error(error);
}

static struct bench *bench_new(void)
{
	struct bench *b = g_new0(struct bench, 1);
	struct chassis_config cfg = { .seed = 1 };

	b->c = chassis_new(&cfg);
	probe_init(&b->f0, SLOT_SPA);
	b->f0_p = &b->f0;
	chassis_declare(b->c, SLOT_F0, &probe_fp, &b->f0_p);
	chassis_declare(b->c, SLOT_SPA, &spa_board, &on_tap);
	insert(b->c, SLOT_F0);
	insert(b->c, SLOT_SPA);
	return b;
}

static void bench_free(struct bench *b)
{
	chassis_free(b->c);
	probe_deinit(&b->f0);
	g_free(b);
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

/* The port's last report. */
static bool last_state(const struct bench *b, struct msg_port_state *m)
{
	bool found = false;

	for (unsigned i = 0; i < b->f0.msgs->len; i++) {
		const struct probe_msg *p = b->f0.msgs->pdata[i];
		size_t n = g_bytes_get_size(p->payload);
		struct ipc_msg msg = { .type = p->type,
			.payload = rd_init(g_bytes_get_data(p->payload, NULL), n) };
		struct msg_port_state got;

		if (p->type != IPC_PORT_STATE)
			continue;
		g_assert_true(ipc_decode(&msg, &got));
		if (got.ifindex == port_ifindex(SLOT_SPA, 1)) {
			if (found)
				rec_clear(ipc_table(IPC_PORT_STATE), m);
			*m = got;
			found = true;
		} else {
			rec_clear(ipc_table(IPC_PORT_STATE), &got);
		}
	}
	return found;
}

static void assert_state(const struct bench *b, bool up, uint16_t mtu)
{
	struct msg_port_state m;

	g_assert_true(last_state(b, &m));
	g_assert_cmpint(m.up, ==, up);
	g_assert_cmpuint(m.mtu, ==, mtu);
	g_assert_cmphex(m.mac, ==, G_GUINT64_CONSTANT(0x020000000001));
	g_assert_cmpstr(m.driver, ==, "tap:tt0");
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
}

/* A frame of our type that says its number, of that many octets. */
static size_t frame_size(unsigned number)
{
	return 60 + number * 7 % 1400;
}

static void make_frame(uint8_t *f, unsigned number)
{
	memset(f, (int)number & 0xff, frame_size(number));
	memcpy(f, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x77\x88\xb5", 14);
	put_u32(f + 14, number);
}

/* How many arrived at the FP; each whole and in order. */
static unsigned count_in(const struct bench *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < b->f0.pkts->len; i++) {
		const struct probe_pkt *p = probe_pkt_at(&b->f0, i);
		size_t size = g_bytes_get_size(p->bytes);
		const uint8_t *d = g_bytes_get_data(p->bytes, NULL);
		uint8_t want[1514];

		if (size < 18 || d[12] != TYPE >> 8 || d[13] != (TYPE & 0xff))
			continue;
		make_frame(want, n);
		g_assert_cmpmem(d, size, want, frame_size(n));
		g_assert_cmpuint(p->ifindex, ==, port_ifindex(SLOT_SPA, 1));
		n++;
	}
	return n;
}

static void send_in(struct bench *b, int fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++, b->sent++) {
		uint8_t f[1514];
		size_t size = frame_size(b->sent);

		make_frame(f, b->sent);
		g_assert_cmpint(send(fd, f, size, 0), ==, (ssize_t)size);
	}
}

static void send_out(struct bench *b, unsigned n)
{
	const struct probe_pkt meta = { .ifindex = port_ifindex(SLOT_SPA, 1) };

	for (unsigned i = 0; i < n; i++) {
		GByteArray *a = g_byte_array_new();

		g_byte_array_set_size(a, (guint)frame_size(i));
		make_frame(a->data, i);
		probe_send(&b->f0, SLOT_SPA, &meta, a);
	}
}

/* How many the machine got; each whole and in order. */
static unsigned count_out(int fd)
{
	uint8_t f[2048], want[1514];
	unsigned count = 0;
	ssize_t n;

	while ((n = recv(fd, f, sizeof(f), 0)) > 0) {
		make_frame(want, count);
		g_assert_cmpmem(f, (size_t)n, want, frame_size(count));
		count++;
	}
	return count;
}

/* ---- cases ---- */

static void test_frames(void)
{
	struct bench *b = bench_new();
	struct msg_port_state m;
	int fd;

	run_for(b->c, 100);
	assert_state(b, false, 1500); /* made, and nobody has set it up */
	run_cmd("ip link set tt0 up");
	run_for(b->c, 1500);
	assert_state(b, true, 1500);
	fd = open_far("tt0");
	for (unsigned i = 0; i < FRAMES; i += 100) { /* a TAP holds 1,000 */
		send_in(b, fd, 100);
		run_for(b->c, 50);
	}
	g_assert_cmpuint(count_in(b), ==, FRAMES);
	send_out(b, 60);
	run_for(b->c, 1500);
	g_assert_cmpuint(count_out(fd), ==, 60);
	g_assert_true(last_state(b, &m));
	g_assert_cmpuint(m.rx_packets, ==, FRAMES);
	g_assert_cmpuint(m.tx_packets, ==, 60);
	g_assert_cmpuint(m.rx_drops + m.tx_drops, ==, 0);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	close(fd);
	bench_free(b);
	g_assert_cmpuint(if_nametoindex("tt0"), ==, 0); /* it went with the port */
}

/* Down, another MTU, gone, and made again. */
static void test_link(void)
{
	struct bench *b = bench_new();
	struct msg_port_state m;

	run_for(b->c, 100);
	run_cmd("ip link set tt0 up mtu 1400");
	run_for(b->c, 1500);
	assert_state(b, true, 1400);
	run_cmd("ip link set tt0 down");
	run_for(b->c, 1500);
	assert_state(b, false, 1400);
	send_out(b, 3);
	run_for(b->c, 1500);
	g_assert_true(last_state(b, &m));
	g_assert_cmpuint(m.tx_drops, ==, 3);
	rec_clear(ipc_table(IPC_PORT_STATE), &m);
	run_cmd("ip link del tt0");
	run_for(b->c, 2500);
	g_assert_cmpuint(if_nametoindex("tt0"), >, 0);
	run_cmd("ip link set tt0 up");
	run_for(b->c, 1500);
	assert_state(b, true, 1500);
	bench_free(b);
}

/* A gone TAP does not keep the board busy until it looks again. */
static void test_gone_is_idle(void)
{
	struct bench *b = bench_new();
	struct timespec before, after;

	run_for(b->c, 100);
	run_cmd("ip link del tt0");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	run_for(b->c, 600);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	g_assert_cmpint((after.tv_sec - before.tv_sec) * 1000 +
				(after.tv_nsec - before.tv_nsec) / 1000000,
		<, 200);
	bench_free(b);
}

static void test_attached(void)
{
	struct bench *b;
	int fd;

	run_cmd("ip tuntap add dev tt0 mode tap");
	run_cmd("ip link set tt0 up");
	b = bench_new();
	run_for(b->c, 1500);
	assert_state(b, true, 1500);
	fd = open_far("tt0");
	send_in(b, fd, 10);
	run_for(b->c, 50);
	g_assert_cmpuint(count_in(b), ==, 10);
	close(fd);
	bench_free(b);
	g_assert_cmpuint(if_nametoindex("tt0"), >, 0); /* it was there before */
	run_cmd("ip link del tt0");
}

/* Into another namespace while the port holds it. */
static void test_moved(void)
{
	struct bench *b = bench_new();
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	g_autofree char *move = NULL;
	int there, fd;

	g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
	there = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	g_assert_cmpint(setns(home, CLONE_NEWNET), ==, 0);
	move = g_strdup_printf(
		"ip link set dev tt0 netns /proc/%d/fd/%d", (int)getpid(), there);
	run_for(b->c, 100);
	run_cmd(move);
	g_assert_cmpuint(if_nametoindex("tt0"), ==, 0);
	run_for(b->c, 1500);
	assert_state(b, false, 1500); /* moving sets it down */

	g_assert_cmpint(setns(there, CLONE_NEWNET), ==, 0);
	run_cmd("ip link set tt0 up");
	fd = open_far("tt0");
	g_assert_cmpint(setns(home, CLONE_NEWNET), ==, 0);
	run_for(b->c, 1500);
	assert_state(b, true, 1500);
	send_in(b, fd, 10);
	send_out(b, 10);
	run_for(b->c, 50);
	g_assert_cmpuint(count_in(b), ==, 10);
	g_assert_cmpuint(count_out(fd), ==, 10);
	close(fd);
	bench_free(b);
	close(there);
	close(home);
}

static void assert_refused(const char *arg, int code, const char *why)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(spa_port_check("tap", arg, &error));
	g_assert_error(error, SPA_ERROR, code);
	if (!strstr(error->message, why))
		g_error("\"%s\" does not say \"%s\"", error->message, why);
}

static void test_check(void)
{
	g_autoptr(GError) error = NULL;
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI, .ifr_name = "busy" };
	int fd = open("/dev/net/tun", O_RDWR);

	g_assert_true(spa_port_check("tap", "tt0", &error));
	g_assert_no_error(error);
	g_assert_cmpuint(if_nametoindex("tt0"), ==, 0); /* nothing is left */
	assert_refused(NULL, SPA_ERROR_IFACE, "is not the name of an interface");
	assert_refused("", SPA_ERROR_IFACE, "is not the name of an interface");
	assert_refused("tap%d", SPA_ERROR_IFACE, "is not the name of an interface");
	assert_refused("a/b", SPA_ERROR_IFACE, "is not the name of an interface");
	assert_refused("sixteen-octets-x", SPA_ERROR_IFACE, "1 to 15 letters");
	assert_refused("lo", SPA_ERROR_IFACE, "is not a plain TAP");
	g_assert_cmpint(ioctl(fd, TUNSETIFF, &r), ==, 0);
	assert_refused("busy", SPA_ERROR_IFACE, "another program has it open");
	close(fd);
}

/* Without the right: in a child, which gives it up. */
static void test_no_right(void)
{
	if (g_test_subprocess()) {
		g_assert_cmpint(setuid(65534), ==, 0);
		assert_refused("tt0", SPA_ERROR_RIGHT, "run as root");
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	if (!enter_namespace()) {
		printf("1..0 # SKIP no right to make network namespaces and TAPs here\n");
		return 0;
	}
	g_test_add_func("/spa/tap/frames", test_frames);
	g_test_add_func("/spa/tap/link", test_link);
	g_test_add_func("/spa/tap/gone-is-idle", test_gone_is_idle);
	g_test_add_func("/spa/tap/attached", test_attached);
	g_test_add_func("/spa/tap/moved", test_moved);
	g_test_add_func("/spa/tap/check", test_check);
	g_test_add_func("/spa/tap/no-right", test_no_right);
	return g_test_run();
}
