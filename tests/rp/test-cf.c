/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The standby's side of checkpointing (ha-commit.md H2, H7), fed by a toy active RP: whole
 * transactions in their order or nothing, acknowledged after they are applied.
 */
#include "tests/rp/rig.h"

#include <string.h>

/* A toy active in R0, a real standby in R1, past its boot. */
static struct rig *standby_rig(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_TOY_R0 | RIG_REAL_R1 });

	rig_run(rig, 500);
	g_assert_true(rig->toy.active);
	g_assert_cmpuint(rig->rp[SLOT_R1]->rf.my, ==, RF_NEGOTIATION);
	g_assert_cmpuint(rig->toy.peer_boot, !=, 0);
	rig->toy.epoch = 5;
	return rig;
}

static struct cf *cf(struct rig *rig)
{
	return &rig->rp[SLOT_R1]->cf;
}

static void begin(struct rig *rig, uint32_t epoch)
{
	struct msg_ckpt_mark m = { .epoch = epoch, .boot_to = rig->toy.peer_boot };

	rig_toy_send_rec(rig, IPC_CKPT_BEGIN, &m);
	rig_run(rig, 5);
}

/* One message with one record; text NULL: no record. */
struct part {
	uint32_t epoch;
	uint64_t seq;
	uint8_t flags, client, type, op;
	const char *text;
	uint64_t boot_add;
	int length_add; /* what its length field is wrong by */
};

static void send_part(struct rig *rig, const struct part *p)
{
	uint8_t buf[4096];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u32(&w, p->epoch);
	wr_u64(&w, p->seq);
	wr_u64(&w, rig->toy.peer_boot + p->boot_add);
	wr_u8(&w, p->flags);
	if (p->text) {
		wr_u8(&w, p->client ? p->client : CKPT_CONFIG);
		wr_u8(&w, p->type ? p->type : CONFIG_REC_LINES);
		wr_u8(&w, p->op ? p->op : CKPT_UPSERT);
		wr_u64(&w, 0);
		wr_u32(&w, (uint32_t)((int)strlen(p->text) + p->length_add));
		wr_bytes(&w, p->text, strlen(p->text));
	}
	g_assert_false(w.bad);
	rig_toy_send(rig, IPC_CKPT, buf, w.len);
	rig_run(rig, 5);
}

static void send_line(struct rig *rig, uint64_t seq, const char *text)
{
	send_part(rig, &(struct part){ .epoch = 5, .seq = seq, .text = text });
}

static const char *hostname(struct rig *rig)
{
	return rig->rp[SLOT_R1]->cfg.hostname;
}

static void assert_ack(struct rig *rig, uint64_t seq, bool failed)
{
	const struct rig_seen *s = rig_last(rig, IPC_CKPT_ACK);

	g_assert_nonnull(s);
	g_assert_cmpuint(s->epoch, ==, 5);
	g_assert_cmpuint(s->seq, ==, seq);
	g_assert_cmpint(s->failed, ==, failed);
}

static void cf_applies(void)
{
	struct rig *rig = standby_rig();

	begin(rig, 5);
	g_assert_true(cf(rig)->open);
	g_assert_null(hostname(rig));
	send_line(rig, 1, "hostname one");
	g_assert_cmpstr(hostname(rig), ==, "one");
	assert_ack(rig, 1, false);
	send_line(rig, 2, "hostname two");
	assert_ack(rig, 2, false);
	g_assert_cmpstr(hostname(rig), ==, "two");
	g_assert_cmpuint(cf(rig)->received, ==, 2);
	rig_free(rig);
}

/* Several transactions in one turn have one acknowledgement, of the last. */
static void cf_one_ack(void)
{
	struct rig *rig = standby_rig();
	uint8_t buf[64];

	begin(rig, 5);
	for (unsigned seq = 1; seq <= 20; seq++) {
		struct wr w = wr_init(buf, sizeof(buf));

		wr_u32(&w, 5);
		wr_u64(&w, seq);
		wr_u64(&w, rig->toy.peer_boot);
		wr_u8(&w, 0);
		rig_toy_send(rig, IPC_CKPT, buf, w.len);
	}
	rig_run(rig, 5);
	assert_ack(rig, 20, false);
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_ACK), ==, 1);
	rig_free(rig);
}

/* Parts are applied together with the last, and not acknowledged before. */
static void cf_parts(void)
{
	struct rig *rig = standby_rig();
	uint8_t buf[256];
	struct wr w;

	begin(rig, 5);
	send_part(rig, &(struct part){ .epoch = 5,
			       .seq = 1,
			       .flags = CKPT_MORE,
			       .text = "hostname one" });
	g_assert_null(hostname(rig));
	g_assert_null(rig_last(rig, IPC_CKPT_ACK));
	/* A record may lie across the border of two parts. */
	w = wr_init(buf, sizeof(buf));
	wr_u32(&w, 5);
	wr_u64(&w, 1);
	wr_u64(&w, rig->toy.peer_boot);
	wr_u8(&w, CKPT_MORE);
	wr_u8(&w, CKPT_CONFIG);
	wr_u8(&w, CONFIG_REC_LINES);
	wr_u8(&w, CKPT_UPSERT);
	rig_toy_send(rig, IPC_CKPT, buf, w.len);
	w.len = 20;
	buf[20] = 0;
	wr_u8(&w, 0);
	wr_u64(&w, 0);
	wr_u32(&w, 11);
	wr_bytes(&w, "vpdn enable", 11);
	rig_toy_send(rig, IPC_CKPT, buf, w.len);
	rig_run(rig, 5);
	g_assert_cmpstr(hostname(rig), ==, "one");
	g_assert_true(vpdn_config(rig->rp[SLOT_R1]->vpdn)->enable);
	assert_ack(rig, 1, false);
	rig_free(rig);
}

/* What does not belong to this bulk or this power-up is dropped without a word. */
static void cf_foreign(void)
{
	struct rig *rig = standby_rig();

	send_line(rig, 1, "hostname early"); /* no begin yet */
	g_assert_null(hostname(rig));
	begin(rig, 5);
	send_part(rig, &(struct part){ .epoch = 4, .seq = 1, .text = "hostname old" });
	send_part(rig, &(struct part){ .epoch = 6, .seq = 1, .text = "hostname new" });
	send_part(rig,
		&(struct part){
			.epoch = 5, .seq = 1, .text = "hostname boot", .boot_add = 1 });
	g_assert_null(hostname(rig));
	g_assert_true(cf(rig)->open);
	g_assert_null(rig_last(rig, IPC_CKPT_ACK));
	send_line(rig, 1, "hostname right");
	g_assert_cmpstr(hostname(rig), ==, "right");
	rig_free(rig);
}

static void foreign_begin(struct rig *rig)
{
	struct msg_ckpt_mark m = { .epoch = 9, .boot_to = rig->toy.peer_boot + 1 };

	rig_toy_send_rec(rig, IPC_CKPT_BEGIN, &m);
	rig_run(rig, 5);
}

static void cf_foreign_begin(void)
{
	struct rig *rig = standby_rig();

	begin(rig, 5);
	send_line(rig, 1, "hostname kept");
	foreign_begin(rig);
	g_assert_cmpuint(cf(rig)->epoch, ==, 5);
	g_assert_cmpstr(hostname(rig), ==, "kept");
	rig_free(rig);
}

/* Each of these closes the store: failed acknowledgement, nothing applied until the next begin,
 * and the begin empties everything. */
static const struct {
	const char *name;
	struct part p;
} faults[] = {
	{ "gap", { .epoch = 5, .seq = 3, .text = "hostname gap" } },
	{ "repeated", { .epoch = 5, .seq = 1, .text = "hostname twice" } },
	{ "bad-line", { .epoch = 5, .seq = 2, .text = "hostname" } },
	{ "unknown-line", { .epoch = 5, .seq = 2, .text = "frobnicate" } },
	{ "refused-line", { .epoch = 5, .seq = 2, .text = "no username nobody" } },
	{ "unknown-client", { .epoch = 5, .seq = 2, .text = "x", .client = 99 } },
	{ "client-zero", { .epoch = 5, .seq = 2, .text = "x", .client = 200 } },
	{ "unknown-type", { .epoch = 5, .seq = 2, .text = "hostname t", .type = 77 } },
	{ "unknown-op", { .epoch = 5, .seq = 2, .text = "hostname o", .op = 9 } },
	{ "bad-tunnel", { .epoch = 5,
				.seq = 2,
				.text = "\1\2",
				.client = CKPT_L2TP,
				.type = 1 } },
	{ "bad-session", { .epoch = 5,
				 .seq = 2,
				 .text = "\1\2",
				 .client = CKPT_VPDN,
				 .type = 1 } },
	{ "bad-ppp", { .epoch = 5,
			     .seq = 2,
			     .text = "\1\2",
			     .client = CKPT_PPP,
			     .type = 1 } },
	{ "bad-history",
		{ .epoch = 5, .seq = 2, .text = "\1", .client = CKPT_RF, .type = 1 } },
	{ "too-long", { .epoch = 5, .seq = 2, .text = "hostname l", .length_add = 1 } },
	{ "too-short",
		{ .epoch = 5, .seq = 2, .text = "hostname s", .length_add = -1 } },
	{ "far-too-long", { .epoch = 5,
				  .seq = 2,
				  .text = "hostname f",
				  .length_add = INT32_MAX - 100 } },
};

static void cf_fault(gconstpointer data)
{
	const struct part *p = &faults[GPOINTER_TO_SIZE(data)].p;
	struct rig *rig = standby_rig();

	begin(rig, 5);
	send_line(rig, 1, "hostname good");
	send_part(rig, p);
	g_assert_false(cf(rig)->open);
	g_assert_nonnull(cf(rig)->failure);
	g_assert_cmpstr(hostname(rig), ==, "good");
	assert_ack(rig, 1, true);
	g_assert_nonnull(strstr(rig->log->str, "CKPT_FAILED"));
	/* Closed: also what would fit is not taken. */
	send_line(rig, 2, "hostname later");
	g_assert_cmpstr(hostname(rig), ==, "good");
	g_assert_cmpuint(cf(rig)->applied, ==, 1);
	/* The next begin opens it, empty. */
	begin(rig, 6);
	g_assert_true(cf(rig)->open);
	g_assert_null(cf(rig)->failure);
	g_assert_null(hostname(rig));
	send_part(
		rig, &(struct part){ .epoch = 6, .seq = 1, .text = "hostname again" });
	g_assert_cmpstr(hostname(rig), ==, "again");
	rig_free(rig);
}

/* A transaction of which a later record is bad: nothing of it may be left to go on from. */
static void cf_whole_or_closed(void)
{
	struct rig *rig = standby_rig();

	begin(rig, 5);
	send_part(rig, &(struct part){ .epoch = 5,
			       .seq = 1,
			       .flags = CKPT_MORE,
			       .text = "hostname half" });
	/* Framing is looked at before anything is applied. */
	send_part(rig,
		&(struct part){ .epoch = 5, .seq = 1, .text = "x", .length_add = 5 });
	g_assert_null(hostname(rig));
	g_assert_false(cf(rig)->open);
	assert_ack(rig, 0, true);
	rig_free(rig);
}

/* Another number in the middle of a transaction's parts. */
static void cf_part_missing(void)
{
	struct rig *rig = standby_rig();

	begin(rig, 5);
	send_part(rig, &(struct part){ .epoch = 5,
			       .seq = 1,
			       .flags = CKPT_MORE,
			       .text = "hostname half" });
	send_line(rig, 2, "hostname next");
	g_assert_null(hostname(rig));
	g_assert_false(cf(rig)->open);
	begin(rig, 6);
	send_part(rig, &(struct part){ .epoch = 6, .seq = 1, .text = "vpdn enable" });
	g_assert_null(hostname(rig)); /* nothing of the half one was kept */
	g_assert_true(cf(rig)->open);
	rig_free(rig);
}

static void heartbeat(struct rig *rig, uint32_t epoch, uint64_t last_sent)
{
	struct msg_rf m = {
		.state = RF_ACTIVE, .epoch = epoch, .last_sent = last_sent
	};

	rig_toy_send_rec(rig, IPC_RF, &m);
	rig_run(rig, 5);
}

/* H7: heartbeats carry (epoch, last sent): the same as applied is a lost acknowledgement and
 * it is repeated; more is a gap. */
static void cf_heartbeat(void)
{
	struct rig *rig = standby_rig();
	unsigned acks;

	begin(rig, 5);
	send_line(rig, 1, "hostname one");
	acks = rig_count(rig, IPC_CKPT_ACK);
	heartbeat(rig, 5, 1);
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_ACK), ==, acks + 1);
	assert_ack(rig, 1, false);
	heartbeat(rig, 4, 7); /* of a former bulk: nothing */
	g_assert_true(cf(rig)->open);
	heartbeat(rig, 5, 3);
	g_assert_false(cf(rig)->open);
	assert_ack(rig, 1, true);
	begin(rig, 6);
	acks = rig_count(rig, IPC_CKPT_ACK);
	heartbeat(rig, 7, 9); /* its begin was lost: told in its own name */
	g_assert_false(cf(rig)->open);
	g_assert_cmpuint(cf(rig)->epoch, ==, 7);
	g_assert_cmpuint(rig_count(rig, IPC_CKPT_ACK), ==, acks + 1);
	rig_free(rig);
}

/* Configuration that came is in force and saved as the active's. */
static void cf_startup(void)
{
	struct rig *rig = standby_rig();
	GBytes *b;

	begin(rig, 5);
	send_part(rig, &(struct part){ .epoch = 5,
			       .seq = 1,
			       .type = CONFIG_REC_STARTUP,
			       .text = "hostname saved\n" });
	assert_ack(rig, 1, false);
	b = chassis_file_read(rig->c, SLOT_R1, "startup-config");
	g_assert_nonnull(b);
	g_assert_cmpmem(
		g_bytes_get_data(b, NULL), g_bytes_get_size(b), "hostname saved\n", 15);
	g_bytes_unref(b);
	g_assert_null(hostname(rig)); /* only in NVRAM */
	rig_free(rig);
}

/* An active RP takes no records, and a standby no acknowledgements. */
static void cf_roles(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 | RIG_TOY_R1 });
	struct msg_ckpt_mark m;
	g_autofree char *before = NULL, *after = NULL;

	rig_run_hot(rig);
	before = rig_running(rig, SLOT_R0);
	m = (struct msg_ckpt_mark){ .epoch = 1, .boot_to = rig->toy.peer_boot };
	rig_toy_send_rec(rig, IPC_CKPT_BEGIN, &m);
	send_part(rig, &(struct part){ .epoch = 1, .seq = 1, .text = "hostname evil" });
	after = rig_running(rig, SLOT_R0);
	g_assert_cmpstr(before, ==, after);
	rig_free(rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/cf/applies", cf_applies);
	g_test_add_func("/rp/cf/one-ack", cf_one_ack);
	g_test_add_func("/rp/cf/parts", cf_parts);
	g_test_add_func("/rp/cf/foreign", cf_foreign);
	g_test_add_func("/rp/cf/foreign-begin", cf_foreign_begin);
	g_test_add_func("/rp/cf/whole-or-closed", cf_whole_or_closed);
	g_test_add_func("/rp/cf/part-missing", cf_part_missing);
	g_test_add_func("/rp/cf/heartbeat", cf_heartbeat);
	g_test_add_func("/rp/cf/startup", cf_startup);
	g_test_add_func("/rp/cf/roles", cf_roles);
	for (size_t k = 0; k < G_N_ELEMENTS(faults); k++) {
		g_autofree char *path =
			g_strdup_printf("/rp/cf/fault/%s", faults[k].name);

		g_test_add_data_func(path, GSIZE_TO_POINTER(k), cf_fault);
	}
	return g_test_run();
}
