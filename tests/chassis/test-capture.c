/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures: every item that is published is in the file once, under both clocks; a slow disk
 * costs records, never time.
 */
#include "chassis/capture.h"
#include "tests/chassis/toys.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void insert(struct chassis *c, unsigned slot)
{
	GError *error = NULL;

	chassis_insert(c, slot, &error);
	g_assert_no_error(error);
}

static base_time at_ms(int64_t ms)
{
	return time_add(BASE_TIME_ZERO, dur_ms(ms));
}

/* ---- reading files ---- */

struct packet {
	int64_t at;
	unsigned dir; /* 1 in, 2 out */
	char *comment;
	GBytes *bytes;
};

struct file {
	char *interface;
	unsigned link;
	GPtrArray *packets;
};

static void packet_free(void *p)
{
	struct packet *k = p;

	g_free(k->comment);
	g_bytes_unref(k->bytes);
	g_free(k);
}

/* Calls for each option of a block until the end. */
static void read_options(struct rd *r, char **text, uint16_t text_code, unsigned *dir)
{
	while (rd_left(r) >= 4) {
		uint16_t code = rd_u16(r), n = rd_u16(r);
		const uint8_t *p = rd_take(r, n);

		rd_skip(r, -n & 3);
		if (r->bad || !code)
			return;
		if (code == text_code)
			*text = g_strndup((const char *)p, n);
		else if (code == 2 && dir)
			*dir = p[3];
	}
}

static void read_packet(struct file *f, struct rd *r)
{
	struct packet *k = g_new0(struct packet, 1);
	uint32_t n;

	rd_skip(r, 4);
	k->at = (int64_t)rd_u64(r);
	n = rd_u32(r);
	rd_skip(r, 4);
	k->bytes = g_bytes_new(rd_take(r, n), n);
	rd_skip(r, -n & 3);
	read_options(r, &k->comment, 1, &k->dir);
	g_ptr_array_add(f->packets, k);
}

static struct file *file_parse(const char *bytes, size_t len)
{
	struct file *f = g_new0(struct file, 1);
	struct rd all = rd_init((const void *)bytes, len);

	f->packets = g_ptr_array_new_with_free_func(packet_free);
	while (rd_left(&all)) {
		uint32_t type = rd_u32(&all), n = rd_u32(&all);
		struct rd r = rd_sub(&all, n - 12);

		g_assert_cmpuint(rd_u32(&all), ==, n);
		g_assert_false(all.bad);
		if (type == 1) {
			g_assert_null(f->interface);
			f->link = rd_u16(&r);
			rd_skip(&r, 6);
			read_options(&r, &f->interface, 2, NULL);
		} else if (type == 6) {
			read_packet(f, &r);
		}
	}
	return f;
}

static struct file *file_read(const char *path)
{
	g_autofree char *bytes = NULL;
	GError *error = NULL;
	gsize n;

	g_file_get_contents(path, &bytes, &n, &error);
	g_assert_no_error(error);
	return file_parse(bytes, n);
}

static void file_free(struct file *f)
{
	g_free(f->interface);
	g_ptr_array_unref(f->packets);
	g_free(f);
}

/* ---- a talk of R0, R1 and F0 ---- */

enum { BALLS = 50 };

static void serve(struct toy *toy, base_time now)
{
	if (board_slot(toy->env) == SLOT_R0)
		toy->due = time_add(now, dur_ms(1));
}

static bool is_ball(const struct ipc_msg *msg)
{
	return msg->type == IPC_CKPT_ACK || msg->type == IPC_FIB_STOP ||
	       msg->type == IPC_FIB_DEAD;
}

static void give_back(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	if (is_ball(msg) && toy_number(msg) + 1 < BALLS)
		toy_send(toy, msg->from, toy_number(msg) + 1);
}

static bool first_ball(struct toy *toy, base_time now)
{
	if (toy->due.ns <= now.ns) {
		toy->due = BASE_TIME_NEVER;
		toy_send(toy, SLOT_R1, 0);
		toy_send(toy, SLOT_F0, 0);
	}
	return false;
}

static const struct toy_script ping_pong = {
	.start = serve,
	.message = give_back,
	.work = first_ball,
};

static void declare_all(struct chassis *c, const struct toy_script *script)
{
	static const unsigned slots[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_F1, SLOT_SPA };

	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		chassis_declare(c, slots[i], toy_ops(slots[i]), script);
	for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++)
		insert(c, slots[i]);
}

static void capture_ipc(struct chassis *c, const char *name, unsigned a, unsigned b,
	const char *path)
{
	GError *error = NULL;

	chassis_capture_ipc(c, name, a, b, path, &error);
	g_assert_no_error(error);
}

static uint64_t stop(struct chassis *c, const char *name, uint64_t *dropped)
{
	GError *error = NULL;
	uint64_t packets = 0;

	chassis_capture_stop(c, name, &packets, dropped, &error);
	g_assert_no_error(error);
	return packets;
}

/* The ball in a captured record of R0 and R1. */
static uint32_t ball_of(const struct packet *k)
{
	gsize n;
	const uint8_t *p = g_bytes_get_data(k->bytes, &n);
	struct ipc_msg msg = { .type = p[1], .payload = rd_init(p, n) };

	g_assert_cmpuint(p[0], ==, CAPTURE_VERSION);
	g_assert_cmpuint(p[4], ==, 0); /* nothing masked */
	rd_skip(&msg.payload, CAPTURE_HEAD);
	return toy_number(&msg);
}

static void judge_ping_pong(const struct file *f)
{
	g_assert_cmpstr(f->interface, ==, "ipc R0-R1");
	g_assert_cmpuint(f->link, ==, 147);
	g_assert_cmpuint(f->packets->len, ==, BALLS);
	for (unsigned i = 0; i < BALLS; i++) {
		const struct packet *k = f->packets->pdata[i];
		const uint8_t *p = g_bytes_get_data(k->bytes, NULL);

		g_assert_cmpuint(ball_of(k), ==, i);
		g_assert_cmpuint(p[2], ==, i % 2 ? SLOT_R1 : SLOT_R0);
		g_assert_cmpuint(p[3], ==, i % 2 ? SLOT_R0 : SLOT_R1);
		g_assert_cmpuint(k->dir, ==, i % 2 ? 1 : 2);
		g_assert_cmpstr(k->comment, ==,
			i % 2 ? "R1 -> R0 ckpt-ack" : "R0 -> R1 ckpt-ack");
		if (i)
			g_assert_cmpint(k->at, >=,
				((const struct packet *)f->packets->pdata[i - 1])->at);
	}
}

static char *folder(void)
{
	GError *error = NULL;
	char *dir = g_dir_make_tmp("twinrp-capture-XXXXXX", &error);

	g_assert_no_error(error);
	return dir;
}

static void remove_folder(char *dir)
{
	GDir *d = g_dir_open(dir, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(d))) {
		g_autofree char *path = g_build_filename(dir, name, NULL);

		unlink(path);
	}
	g_dir_close(d);
	rmdir(dir);
	g_free(dir);
}

/* ---- rounds ---- */

static char *virtual_run(const char *path, uint64_t seed, gsize *n)
{
	struct chassis *c = toy_chassis(seed);
	char *bytes;
	uint64_t dropped = 1;

	declare_all(c, &ping_pong);
	capture_ipc(c, "ck", SLOT_R0, SLOT_R1, path);
	chassis_run(c, at_ms(100));
	g_assert_cmpuint(stop(c, "ck", &dropped), ==, BALLS);
	g_assert_cmpuint(dropped, ==, 0);
	chassis_free(c);
	g_assert_true(g_file_get_contents(path, &bytes, n, NULL));
	return bytes;
}

static void test_records(void)
{
	char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "ck.pcapng", NULL);
	gsize n, n_again, n_other;
	g_autofree char *bytes = virtual_run(path, 7, &n);
	g_autofree char *again = virtual_run(path, 7, &n_again);
	g_autofree char *other = virtual_run(path, 8, &n_other); /* other boot ids */
	struct file *f = file_parse(bytes, n);
	const struct packet *first = f->packets->pdata[0];
	struct stat st;

	g_assert_cmpmem(bytes, n, again, n_again);
	g_assert_cmpuint(n, ==, n_other);
	g_assert_cmpint(memcmp(bytes, other, n), !=, 0);
	judge_ping_pong(f);
	/* 2026-01-01T00:00:00Z and a millisecond */
	g_assert_cmpint(first->at, ==, 1767225600001000000);
	g_assert_cmpint(stat(path, &st), ==, 0);
	g_assert_cmpuint(st.st_mode & 0777, ==, 0600);
	file_free(f);
	remove_folder(dir);
}

/* Both see the same; a pull ends it where the pull was. */
static void test_pull(void)
{
	char *dir = folder();
	g_autofree char *a = g_build_filename(dir, "a", NULL);
	g_autofree char *b = g_build_filename(dir, "b", NULL);
	struct chassis *c = toy_chassis(1);
	struct file *fa, *fb;

	declare_all(c, &ping_pong);
	capture_ipc(c, "a", SLOT_R0, SLOT_R1, a);
	capture_ipc(c, "b", SLOT_R1, SLOT_R0, b);
	chassis_pull_at(c, SLOT_R0, 5, SLOT_WHY_PULLED, NULL);
	chassis_run(c, at_ms(100));
	chassis_free(c); /* ends captures, too */
	fa = file_read(a);
	fb = file_read(b);
	/* F0 is nearer than R1: items 1 and 4 went to R1, which answered the first. */
	g_assert_cmpuint(fa->packets->len, ==, 3);
	g_assert_cmpuint(fb->packets->len, ==, 3);
	g_assert_cmpstr(fb->interface, ==, "ipc R1-R0");
	for (unsigned i = 0; i < fa->packets->len; i++) {
		const struct packet *x = fa->packets->pdata[i], *y = fb->packets->pdata[i];

		g_assert_true(g_bytes_equal(x->bytes, y->bytes));
		g_assert_cmpuint(x->dir + y->dir, ==, 3);
	}
	file_free(fa);
	file_free(fb);
	remove_folder(dir);
}

/* ---- frames ---- */

/* The SPA sends frames of two ports to the FP, which sends them back by the other one. */
static bool send_frames(struct toy *toy, base_time now)
{
	unsigned slot = board_slot(toy->env);
	struct pkt *p;

	if (slot == SLOT_F0) {
		while (pkt_rx(toy->env, SLOT_SPA, &p, 1)) {
			p->ifindex = p->ifindex == port_ifindex(SLOT_SPA, 0)
					     ? port_ifindex(SLOT_SPA, 1)
					     : port_ifindex(SLOT_SPA, 0);
			p->tunnel = 77;
			p->flags = PKT_UNCOMMITTED;
			pkt_data(p)[0] = 'F';
			g_assert_cmpuint(pkt_tx(toy->env, SLOT_SPA, &p, 1), ==, 1);
		}
	} else if (slot == SLOT_SPA) {
		while (pkt_rx(toy->env, SLOT_F0, &p, 1))
			pkt_free(toy->env, &p, 1);
		for (; toy->n < 20; toy->n++) {
			if (!pkt_alloc(toy->env, &p, 1))
				break;
			p->len = 60;
			memset(pkt_data(p), (int)toy->n, 60);
			p->ifindex = port_ifindex(SLOT_SPA, toy->n % 2);
			if (!pkt_tx(toy->env, SLOT_F0, &p, 1)) {
				pkt_free(toy->env, &p, 1);
				break;
			}
		}
	}
	return false;
}

static void test_frames(void)
{
	static const struct toy_script script = { .work = send_frames };
	char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "w", NULL);
	struct chassis *c = toy_chassis(1);
	GError *error = NULL;
	struct file *f;
	unsigned in = 0, out = 0;

	declare_all(c, &script);
	chassis_capture_port(c, "w", port_ifindex(SLOT_SPA, 0), path, &error);
	g_assert_no_error(error);
	chassis_run(c, at_ms(10));
	g_assert_cmpuint(stop(c, "w", NULL), ==, 20);
	chassis_free(c);
	f = file_read(path);
	g_assert_cmpstr(f->interface, ==, "GigabitEthernet0/0/0");
	g_assert_cmpuint(f->link, ==, 1);
	for (unsigned i = 0; i < f->packets->len; i++) {
		const struct packet *k = f->packets->pdata[i];
		gsize n;
		const uint8_t *p = g_bytes_get_data(k->bytes, &n);

		g_assert_cmpuint(n, ==, 60);
		if (k->dir == 1) {
			g_assert_cmpstr(k->comment, ==, "0/0 -> F0");
			g_assert_cmpuint(p[0], ==, 2 * in++); /* port 0 has the even ones */
		} else {
			g_assert_cmpstr(k->comment, ==, "F0 -> 0/0 tunnel 77 uncommitted");
			g_assert_cmpuint(p[0], ==, 'F');
			g_assert_cmpuint(p[1], ==, 1 + 2 * out++);
		}
	}
	g_assert_cmpuint(in, ==, 10);
	g_assert_cmpuint(out, ==, 10);
	file_free(f);
	remove_folder(dir);
}

/* ---- what is refused ---- */

static void expect_error(GError **error, const char *text)
{
	g_assert_nonnull(*error);
	g_assert_true(g_str_has_prefix((*error)->message, text));
	g_clear_error(error);
}

static void test_refused(void)
{
	char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "a", NULL);
	g_autofree char *nowhere = g_build_filename(dir, "no", "a", NULL);
	struct chassis *c = toy_chassis(1);
	struct chassis_capture_info info;
	GError *error = NULL;

	declare_all(c, &ping_pong);
	g_assert_false(chassis_capture_ipc(c, "a", SLOT_R0, SLOT_R1, nowhere, &error));
	expect_error(&error, "cannot make the capture file ");
	g_assert_false(chassis_capture_get(c, 0, &info));
	g_assert_false(chassis_capture_ipc(c, "a", SLOT_R0, SLOT_R0, path, &error));
	expect_error(&error, "there is no channel between R0 and R0");
	g_assert_false(chassis_capture_ipc(c, "a", SLOT_R0, SLOT_SPA + 1, path, &error));
	expect_error(&error, "there is no channel between R0 and 0/1");
	/* What people type at consoles is not for files. */
	g_assert_false(chassis_capture_ipc(c, "a", SLOT_R0, SLOT_CHASSIS, path, &error));
	expect_error(&error, "there is no channel between R0 and ");
	g_assert_false(chassis_capture_port(c, "a", port_ifindex(SLOT_SPA + 1, 0), path, &error));
	expect_error(&error, "this chassis has no port GigabitEthernet0/1/0");
	g_assert_false(chassis_capture_stop(c, "a", NULL, NULL, &error));
	expect_error(&error, "there is no capture called a");
	capture_ipc(c, "a", SLOT_R0, SLOT_R1, path);
	g_assert_false(chassis_capture_ipc(c, "a", SLOT_R0, SLOT_R1, nowhere, &error));
	expect_error(&error, "a capture called a runs already");
	g_assert_false(chassis_capture_ipc(c, "b", SLOT_R0, SLOT_R1, path, &error));
	expect_error(&error, "capture a writes to ");
	for (unsigned i = 1; i < CAPTURES_MAX; i++) {
		g_autofree char *more = g_strdup_printf("%s%u", path, i);

		capture_ipc(c, more, SLOT_R0, SLOT_R1, more);
	}
	g_assert_false(chassis_capture_ipc(c, "b", SLOT_R0, SLOT_R1, nowhere, &error));
	expect_error(&error, "16 captures run already");
	g_assert_true(chassis_capture_get(c, 0, &info));
	g_assert_cmpstr(info.name, ==, "a");
	g_assert_cmpstr(info.point, ==, "ipc R0-R1");
	g_assert_cmpstr(info.path, ==, path);
	g_assert_true(chassis_capture_get(c, CAPTURES_MAX - 1, &info));
	g_assert_false(chassis_capture_get(c, CAPTURES_MAX, &info));
	chassis_free(c);
	remove_folder(dir);
}

static void test_full_disk(void)
{
	struct chassis *c = toy_chassis(1);
	GError *error = NULL;

	declare_all(c, &ping_pong);
	capture_ipc(c, "a", SLOT_R0, SLOT_R1, "/dev/full");
	chassis_run(c, at_ms(100));
	g_assert_false(chassis_capture_stop(c, "a", NULL, NULL, &error));
	expect_error(&error, "cannot write the capture file");
	chassis_free(c);
}

/* ---- free run ---- */

static struct chassis *free_chassis(const struct toy_script *script)
{
	const struct chassis_config cfg = { .seed = 1 };
	struct chassis *c = chassis_new(&cfg);

	declare_all(c, script);
	return c;
}

static void stop_chassis(void *user)
{
	chassis_stop(user);
}

static void run_for(struct chassis *c, int64_t ms)
{
	chassis_at(c, time_add(chassis_now(c), dur_ms(ms)), stop_chassis, c);
	chassis_run_free(c);
}

static void test_free_run(void)
{
	char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "ck", NULL);
	struct chassis *c = free_chassis(&ping_pong);
	uint64_t dropped = 1, packets;
	int64_t now = g_get_real_time() * 1000;
	const struct packet *first;
	struct file *f;

	capture_ipc(c, "ck", SLOT_R0, SLOT_R1, path);
	run_for(c, 500);
	packets = stop(c, "ck", &dropped);
	chassis_free(c);
	g_assert_cmpuint(packets, ==, BALLS);
	g_assert_cmpuint(dropped, ==, 0);
	f = file_read(path);
	judge_ping_pong(f);
	first = f->packets->pdata[0];
	g_assert_cmpint(ABS(first->at - now), <, 5000000000);
	file_free(f);
	remove_folder(dir);
}

/* Started and stopped again and again while boards publish all the time. */
static void endless(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	if (is_ball(msg))
		toy_send(toy, msg->from, toy_number(msg) + 1);
}

struct restless {
	struct chassis *c;
	char *path;
	unsigned rounds;
	uint64_t packets;
};

static void turn_over(void *user)
{
	struct restless *r = user;

	if (r->rounds % 2)
		r->packets += stop(r->c, "x", NULL);
	else
		capture_ipc(r->c, "x", SLOT_R0, SLOT_R1, r->path);
	if (++r->rounds < 40)
		chassis_at(r->c, time_add(chassis_now(r->c), dur_ms(5)), turn_over, r);
	else
		chassis_stop(r->c);
}

static void test_restless(void)
{
	static const struct toy_script script = {
		.start = serve,
		.message = endless,
		.work = first_ball,
	};
	char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "x", NULL);
	struct restless r = { .c = free_chassis(&script), .path = path };
	struct file *f;

	chassis_at(r.c, time_add(chassis_now(r.c), dur_ms(10)), turn_over, &r);
	chassis_run_free(r.c);
	chassis_free(r.c);
	g_assert_cmpuint(r.packets, >, 0);
	/* The last of them: consecutive balls. */
	f = file_read(path);
	for (unsigned i = 1; i < f->packets->len; i++)
		g_assert_cmpuint(ball_of(f->packets->pdata[i]), ==,
			ball_of(f->packets->pdata[i - 1]) + 1);
	file_free(f);
	remove_folder(dir);
}

/* ---- a disk that stands still ---- */

enum { FLOOD = 400, FLOOD_SIZE = 60000 };

struct flood {
	struct chassis *c;
	uint32_t got; /* by R1 */
};

static bool flood_work(struct toy *toy, base_time now)
{
	static const uint8_t bytes[FLOOD_SIZE];

	/* To the one that is ready: it has sent an ack. */
	if (board_slot(toy->env) != SLOT_R0 || !toy->mine)
		return false;
	for (unsigned i = 0; i < 4 && toy->n < FLOOD; i++, toy->n++)
		ipc_send(toy->env, SLOT_R1, IPC_CKPT, bytes, sizeof(bytes));
	return toy->n < FLOOD;
}

static void flood_message(struct toy *toy, const struct ipc_msg *msg, base_time now)
{
	struct flood *f = toy->script->user;

	if (board_slot(toy->env) == SLOT_R0 && msg->type == IPC_PEER_UP)
		toy->mine = toy;
	if (msg->type == IPC_CKPT && ++f->got == FLOOD)
		chassis_stop(f->c);
}

static void *read_all(void *arg)
{
	int fd = GPOINTER_TO_INT(arg);
	GByteArray *all = g_byte_array_new();
	uint8_t buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		g_byte_array_append(all, buf, (guint)n);
	return all;
}

static void test_slow_disk(void)
{
	struct flood flood = { 0 };
	const struct toy_script script = {
		.message = flood_message,
		.work = flood_work,
		.user = &flood,
	};
	char *dir = folder();
	g_autofree char *path = g_build_filename(dir, "fifo", NULL);
	uint64_t packets, dropped = 0, lost = 0;
	GThread *reader;
	GByteArray *all;
	struct file *f;
	int fd;

	g_assert_cmpint(mkfifo(path, 0600), ==, 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	g_assert_cmpint(fd, >=, 0);
	flood.c = free_chassis(&script);
	capture_ipc(flood.c, "x", SLOT_R0, SLOT_R1, path);
	/* Nobody reads: the writer stands still, R0 and R1 go on to their end. */
	chassis_run_free(flood.c);
	g_assert_cmpuint(flood.got, ==, FLOOD);
	fcntl(fd, F_SETFL, 0);
	reader = g_thread_new("reader", read_all, GINT_TO_POINTER(fd));
	packets = stop(flood.c, "x", &dropped);
	all = g_thread_join(reader);
	chassis_free(flood.c);
	close(fd);
	g_assert_cmpuint(dropped, >, 0);
	g_assert_cmpuint(packets, >, 0);
	g_assert_cmpuint(packets + dropped, ==, FLOOD);
	f = file_parse((const char *)all->data, all->len);
	g_assert_cmpuint(f->packets->len, ==, packets);
	for (unsigned i = 0; i < f->packets->len; i++) {
		const struct packet *k = f->packets->pdata[i];
		const uint8_t *p = g_bytes_get_data(k->bytes, NULL);

		lost += (uint64_t)p[6] << 8 | p[7];
	}
	g_assert_cmpuint(lost, <=, dropped);
	file_free(f);
	g_byte_array_unref(all);
	remove_folder(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/capture/records", test_records);
	g_test_add_func("/chassis/capture/pull", test_pull);
	g_test_add_func("/chassis/capture/frames", test_frames);
	g_test_add_func("/chassis/capture/refused", test_refused);
	g_test_add_func("/chassis/capture/full-disk", test_full_disk);
	g_test_add_func("/chassis/capture/free-run", test_free_run);
	g_test_add_func("/chassis/capture/restless", test_restless);
	g_test_add_func("/chassis/capture/slow-disk", test_slow_disk);
	return g_test_run();
}
