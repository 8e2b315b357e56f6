/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Consoles over real TCP on 127.0.0.1.  The chassis runs in this thread; a second thread is
 * the client, and tells the chassis what to do through a pipe.
 */
#include "chassis/console_internal.h"
#include "tests/chassis/toys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct rig {
	struct chassis *c;
	struct console_server *s;
	struct toy_script script;
	int orders[2]; /* from the client thread: one letter each */
	int answers[2];
	unsigned gone; /* operator connections, atomic */
	uint32_t slow_connection;
};

/* ---- the RP: says what it sees, and echoes ---- */

static void line_out(struct toy *toy, unsigned line, const char *text, size_t n)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, n);
	struct msg_line out = { .line = (uint8_t)line, .bytes = bytes };

	ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_LINE_OUT, &out);
}

static void line_in(struct toy *toy, const struct msg_line *line)
{
	struct msg_line close = { .line = line->line };
	size_t n;
	const char *p = g_bytes_get_data(line->bytes, &n);
	g_autofree char *much = NULL;

	if (n == 1 && *p == '\x04') { /* bye */
		ipc_send_rec(toy->env, SLOT_CHASSIS, IPC_LINE_CLOSE, &close);
	} else if (n == 1 && *p == '\x05') { /* far more than a client's buffer */
		much = g_malloc0(32768);
		for (unsigned i = 0; i < 256; i++)
			line_out(toy, line->line, much, 32768);
	} else {
		line_out(toy, line->line, p, n);
	}
}

static void rp_message(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct msg_line line;
	char text[64], name[12];

	if (msg->type != IPC_LINE_IN && msg->type != IPC_LINE_OPEN)
		return;
	g_assert_true(ipc_decode(msg, &line));
	if (msg->type == IPC_LINE_OPEN) {
		g_assert_cmpstr(line.from, ==, "127.0.0.1");
		g_snprintf(text, sizeof(text), "%s line %u\n",
			slot_name(board_slot(toy->env), name), line.line);
		line_out(toy, line.line, text, strlen(text));
	} else {
		line_in(toy, &line);
	}
	rec_clear(ipc_table(msg->type), &line);
}

/* ---- the operator's end ---- */

static void on_line(uint32_t connection, const char *line, void *user)
{
	struct rig *rig = user;
	g_autofree char *much = NULL;

	if (!strcmp(line, "quit")) {
		console_operator_reply(rig->s, connection, "bye\nok\n", true, true);
	} else if (!strcmp(line, "slow")) {
		rig->slow_connection = connection; /* answered by order 's' */
	} else if (!strcmp(line, "much")) {
		much = g_strnfill(512 * 1024, 'x');
		much[512 * 1024 - 1] = '\n';
		console_operator_reply(rig->s, connection, much, true, false);
	} else {
		console_operator_reply(rig->s, connection, line, false, false);
		console_operator_reply(rig->s, connection, "\nok\n", true, false);
	}
}

static void on_gone(uint32_t connection, void *user)
{
	struct rig *rig = user;

	__atomic_add_fetch(&rig->gone, 1, __ATOMIC_SEQ_CST);
}

static void on_order(int fd, short revents, void *user)
{
	struct rig *rig = user;
	char order;

	g_assert_cmpint(read(fd, &order, 1), ==, 1);
	switch (order) {
	case 'p':
		g_assert_true(chassis_pull(rig->c, SLOT_R0, SLOT_WHY_PULLED, NULL));
		break;
	case 'i':
		g_assert_true(chassis_insert(rig->c, SLOT_R0, NULL));
		break;
	case 's':
		console_operator_reply(rig->s, rig->slow_connection, "slow\nok\n", true,
			false);
		break;
	case 'v': /* is the first VTY line in use? */
		order = rig->s->vtys[0].conn ? 'y' : 'n';
		break;
	case 'q':
		chassis_stop(rig->c);
		break;
	}
	g_assert_cmpint(write(rig->answers[1], &order, 1), ==, 1);
}

static char order(struct rig *rig, char what)
{
	char back;

	g_assert_cmpint(write(rig->orders[1], &what, 1), ==, 1);
	g_assert_cmpint(read(rig->answers[0], &back, 1), ==, 1);
	return back;
}

/* ---- the client's end ---- */

static int dial(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval limit = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), small = 65536;

	g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), ==, 0);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(connect(fd, (void *)&sin, sizeof(sin)), ==, 0);
	g_assert_cmpint(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), ==,
		0);
	return fd;
}

static void say(int fd, const char *text)
{
	size_t n = strlen(text);

	g_assert_cmpint(send(fd, text, n, MSG_NOSIGNAL), ==, (ssize_t)n);
}

/* Reads until all of `want` is there; nothing else may come. */
static void expect(int fd, const char *want)
{
	char got[8192];
	size_t n = 0, len = strlen(want);

	g_assert_cmpuint(len, <, sizeof(got));
	while (n < len) {
		ssize_t r = recv(fd, got + n, len - n, 0);

		g_assert_cmpint(r, >, 0);
		n += (size_t)r;
	}
	got[n] = '\0';
	g_assert_cmpstr(got, ==, want);
}

static void expect_end(int fd)
{
	char byte;

	g_assert_cmpint(recv(fd, &byte, 1, 0), ==, 0);
	close(fd);
}

static bool quiet(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 0;
}

/* ---- cases, run in the client's thread ---- */

static void case_cable(struct rig *rig)
{
	int fd = dial(console_port_r0(rig->s)), second;

	expect(fd, "R0 line 0\n");
	say(fd, "\xff\xfd\x01""abc\r\n"); /* telnet octets pass as they are */
	expect(fd, "\xff\xfd\x01""abc\r\n");
	second = dial(console_port_r0(rig->s));
	expect(second, "This console is in use by another client.\r\n");
	expect_end(second);
	order(rig, 'p');
	say(fd, "nobody hears this");
	g_assert_true(quiet(fd, 100));
	order(rig, 'i');
	expect(fd, "R0 line 0\n");
	say(fd, "back");
	expect(fd, "back");
	say(fd, "\x04"); /* an RP does not close its console */
	say(fd, "x");
	expect(fd, "x");
	shutdown(fd, SHUT_WR);
	expect_end(fd);
	fd = dial(console_port_r0(rig->s)); /* the plug is free again */
	expect(fd, "R0 line 0\n");
	close(fd);
	fd = dial(console_port_r1(rig->s));
	expect(fd, "R1 line 0\n");
	close(fd);
}

static void case_vty(struct rig *rig)
{
	char want[32];
	int fds[5], fd;

	for (unsigned i = 0; i < 5; i++) {
		fds[i] = dial(console_port_vty(rig->s));
		g_snprintf(want, sizeof(want), "R0 line %u\n", i + 1);
		expect(fds[i], want);
	}
	fd = dial(console_port_vty(rig->s));
	expect(fd, "All lines are in use.\r\n");
	expect_end(fd);
	say(fds[2], "\x04");
	expect_end(fds[2]);
	fds[2] = dial(console_port_vty(rig->s));
	expect(fds[2], "R0 line 3\n");
	order(rig, 'p'); /* R1 is active now */
	for (unsigned i = 0; i < 5; i++)
		expect_end(fds[i]);
	fd = dial(console_port_vty(rig->s));
	expect(fd, "R1 line 4\n");
	order(rig, 'i'); /* R1 stays active, and keeps its lines */
	say(fd, "still");
	expect(fd, "still");
	close(fd);
}

static void case_operator(struct rig *rig)
{
	g_autofree char *fits = g_strnfill(4096, 'a');
	g_autofree char *exact = g_strdup_printf("%s\n", fits);
	g_autofree char *answer = g_strdup_printf("%s\nok\n", fits);
	g_autofree char *longer = g_strdup_printf("%sb\nafter\n", fits);
	int fd = dial(console_port_operator(rig->s));

	say(fd, "one\r\ntwo\nthr");
	expect(fd, "one\nok\ntwo\nok\n");
	say(fd, "ee\n");
	expect(fd, "three\nok\n");
	say(fd, exact);
	expect(fd, answer);
	say(fd, longer);
	expect(fd, "error: line too long\nafter\nok\n");
	g_assert_cmpint(send(fd, "a\0b\n", 4, 0), ==, 4);
	expect(fd, "error: line holds a NUL octet\n");
	say(fd, "\n");
	expect(fd, "\nok\n");
	say(fd, "quit\nnever\n");
	expect(fd, "bye\nok\n");
	expect_end(fd);
}

/* Lines are answered one at a time, and all of them after half-close. */
static void case_half_close(struct rig *rig)
{
	int fd = dial(console_port_operator(rig->s));

	say(fd, "slow\nsecond\nlast without an end");
	shutdown(fd, SHUT_WR);
	g_assert_true(quiet(fd, 100));
	order(rig, 's');
	expect(fd, "slow\nok\nsecond\nok\nlast without an end\nok\n");
	expect_end(fd);
	/* Gone while a line is being answered: the late answer does no harm. */
	fd = dial(console_port_operator(rig->s));
	say(fd, "one\nslow\n");
	expect(fd, "one\nok\n");
	close(fd);
	g_usleep(20000);
	order(rig, 's');
}

static void case_storm(struct rig *rig)
{
	int fds[33], fd;

	for (unsigned i = 0; i < 1000; i++)
		close(dial(console_port_operator(rig->s)));
	for (unsigned i = 0; i < 200; i++) {
		close(dial(console_port_vty(rig->s)));
		close(dial(console_port_r0(rig->s)));
	}
	g_usleep(300000); /* the last of the storm may still hold a place */
	g_assert_cmpuint(__atomic_load_n(&rig->gone, __ATOMIC_SEQ_CST), >, 0);
	for (unsigned i = 0; i < 32; i++) {
		fds[i] = dial(console_port_operator(rig->s));
		say(fds[i], "here\n");
		expect(fds[i], "here\nok\n");
	}
	fd = dial(console_port_operator(rig->s));
	expect(fd, "error: too many operator connections\n");
	expect_end(fd);
	for (unsigned i = 0; i < 32; i++)
		close(fds[i]);
}

/* Who does not read stops nobody else. */
static void case_stopped_reader(struct rig *rig)
{
	int console = dial(console_port_r0(rig->s));
	int vty = dial(console_port_vty(rig->s));
	int op = dial(console_port_operator(rig->s)), fd;
	char *waste = g_malloc(1 << 16);
	size_t got = 0;
	ssize_t n;

	say(console, "\x05");
	say(vty, "\x05");
	for (unsigned i = 0; i < 100; i++)
		say(op, "much\n");
	fd = dial(console_port_operator(rig->s));
	say(fd, "alive\n");
	expect(fd, "alive\nok\n");
	close(fd);
	fd = dial(console_port_vty(rig->s));
	say(fd, "x");
	close(fd);
	while (order(rig, 'v') == 'y')
		g_usleep(1000);
	/* The operator's answers waited, and all come when they are read. */
	while (got < 100ul * 512 * 1024) {
		n = recv(op, waste, 1 << 16, 0);
		g_assert_cmpint(n, >, 0);
		got += (size_t)n;
	}
	/* The VTY was cut, the console lost octets and goes on. */
	for (got = 0; (n = recv(vty, waste, 1 << 16, 0)) > 0; got += (size_t)n)
		;
	g_assert_true(n == 0 || errno == ECONNRESET);
	g_assert_cmpuint(got, <, 256 * 32768);
	while (!quiet(console, 200))
		g_assert_cmpint(recv(console, waste, 1 << 16, 0), >, 0);
	say(console, "on");
	expect(console, "on");
	g_free(waste);
	close(op);
	close(vty);
	close(console);
}

struct job {
	struct rig *rig;
	void (*fn)(struct rig *rig);
};

static void *client(void *arg)
{
	struct job *job = arg;

	job->fn(job->rig);
	order(job->rig, 'q');
	return NULL;
}

static struct console_config config(struct rig *rig)
{
	return (struct console_config){
		.address = "127.0.0.1",
		.on_line = on_line,
		.on_gone = on_gone,
		.user = rig,
	};
}

static void run_case(gconstpointer data)
{
	const struct chassis_config cfg = { .seed = 1 };
	struct rig rig = { .script = { .message = rp_message } };
	struct console_config console = config(&rig);
	struct job job = { &rig, *(void (*const *)(struct rig *))data };
	GError *error = NULL;
	GThread *thread;

	rig.c = chassis_new(&cfg);
	chassis_declare(rig.c, SLOT_R0, toy_ops(SLOT_R0), &rig.script);
	chassis_declare(rig.c, SLOT_R1, toy_ops(SLOT_R1), &rig.script);
	g_assert_true(chassis_insert(rig.c, SLOT_R0, NULL));
	g_assert_true(chassis_insert(rig.c, SLOT_R1, NULL));
	rig.s = console_server_new(rig.c, &console, &error);
	g_assert_no_error(error);
	g_assert_cmpint(pipe(rig.orders), ==, 0);
	g_assert_cmpint(pipe(rig.answers), ==, 0);
	chassis_watch(rig.c, rig.orders[0], POLLIN, on_order, &rig);
	thread = g_thread_new("client", client, &job);
	chassis_run_free(rig.c);
	g_thread_join(thread);
	if (job.fn == case_stopped_reader)
		g_assert_cmpuint(rig.s->cables[0].dropped, >, 0);
	chassis_unwatch(rig.c, rig.orders[0]);
	console_server_free(rig.s);
	chassis_free(rig.c);
	for (unsigned i = 0; i < 2; i++) {
		close(rig.orders[i]);
		close(rig.answers[i]);
	}
}

/* ---- addresses ---- */

static void test_addresses(void)
{
	const struct chassis_config cfg = { .seed = 1 };
	struct rig rig = { .c = chassis_new(&cfg) };
	struct console_config a = config(&rig), b = config(&rig), bad = config(&rig);
	struct console_server *s, *t;
	g_autofree char *want = NULL;
	GError *error = NULL;

	s = console_server_new(rig.c, &a, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(console_port_operator(s), !=, 0);
	b.r1_port = console_port_vty(s);
	t = console_server_new(rig.c, &b, &error);
	g_assert_null(t);
	g_assert_error(error, CHASSIS_ERROR, CHASSIS_ERROR_ADDRESS);
	want = g_strdup_printf("console port %u of 127.0.0.1 is in use: choose another with "
			       "--console, or 0 for any free one",
		b.r1_port);
	g_assert_cmpstr(error->message, ==, want);
	g_clear_error(&error);
	bad.address = "nowhere";
	g_assert_null(console_server_new(rig.c, &bad, &error));
	g_assert_error(error, CHASSIS_ERROR, CHASSIS_ERROR_ADDRESS);
	g_assert_nonnull(strstr(error->message, "\"nowhere\" is malformed"));
	g_clear_error(&error);
	console_server_free(s);
	chassis_free(rig.c);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		void (*fn)(struct rig *rig);
	} cases[] = {
		{ "/chassis/console/cable", case_cable },
		{ "/chassis/console/vty", case_vty },
		{ "/chassis/console/operator", case_operator },
		{ "/chassis/console/half-close", case_half_close },
		{ "/chassis/console/storm", case_storm },
		{ "/chassis/console/stopped-reader", case_stopped_reader },
	};

	g_test_init(&argc, &argv, NULL);
	for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
		g_test_add_data_func(cases[i].path, &cases[i].fn, run_case);
	g_test_add_func("/chassis/console/addresses", test_addresses);
	return g_test_run();
}
