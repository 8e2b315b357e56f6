/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/rp/rig.h"

#include "base/net.h"

#include <string.h>

#define LNS_IP 0x0a630002u
#define LAC_IP 0x0a630001u

const char rig_startup[] = "hostname lns1\n"
			   "redundancy\n"
			   " mode sso\n"
			   "!\n"
			   "username alice password 0 alicepw\n"
			   "vpdn enable\n"
			   "vpdn-group 1\n"
			   " accept-dialin\n"
			   "  protocol l2tp\n"
			   "  virtual-template 1\n"
			   " local name lns1\n"
			   " no l2tp tunnel authentication\n"
			   "!\n"
			   "interface Loopback0\n"
			   " ip address 172.16.0.1 255.255.255.255\n"
			   "interface Virtual-Template1\n"
			   " ip unnumbered Loopback0\n"
			   " peer default ip address pool POOL\n"
			   " ppp authentication chap\n"
			   "ip local pool POOL 100.64.0.1 100.64.0.254\n"
			   "end\n";

/* ---- the toy RP ------------------------------------------------------------------- */

struct toy_out {
	unsigned type;
	GBytes *payload;
};

static void *toy_rp_power_on(struct board_env *env, const void *arg, base_time now)
{
	const struct rig_rp_arg *a = arg;
	struct toy_rp *t = &a->rig->toy;

	t->env = env;
	t->slot = a->slot;
	t->in = true;
	t->active = false;
	t->state = RF_NEGOTIATION;
	return t;
}

static void toy_rf(struct toy_rp *t)
{
	struct msg_rf m = {
		.state = t->active ? RF_ACTIVE : t->state,
		.epoch = t->epoch,
		.last_applied = t->told,
		.boot_to = t->peer_boot,
	};

	ipc_send_rec(t->env, t->slot == SLOT_R0 ? SLOT_R1 : SLOT_R0, IPC_RF, &m);
}

static void peer_up(struct toy_rp *t, const struct ipc_msg *msg)
{
	struct msg_slot m;

	g_assert_true(ipc_decode(msg, &m));
	if (m.slot <= SLOT_R1 && m.slot != t->slot)
		t->peer_boot = m.boot_id;
}

static void toy_ckpt(struct toy_rp *t, struct rig_seen *s, const struct ipc_msg *msg)
{
	struct rd r = msg->payload;

	s->epoch = rd_u32(&r);
	s->seq = rd_u64(&r);
	g_assert_cmpuint(rd_u64(&r), ==, board_boot_id(t->env));
	s->flags = rd_u8(&r);
	s->len = rd_left(&msg->payload);
	g_assert_false(r.bad);
	g_byte_array_append(t->parts, r.p, (guint)rd_left(&r));
	if (s->flags & CKPT_MORE)
		return;
	g_byte_array_set_size(t->last, 0);
	g_byte_array_append(t->last, t->parts->data, t->parts->len);
	g_byte_array_set_size(t->parts, 0);
	t->seq = s->seq;
}

static void toy_mark(struct toy_rp *t, struct rig_seen *s, const struct ipc_msg *msg)
{
	struct msg_ckpt_mark m;

	g_assert_true(ipc_decode(msg, &m));
	s->epoch = m.epoch;
	s->seq = m.seq;
	s->failed = m.failed;
	if (msg->type == IPC_CKPT_BEGIN) {
		t->epoch = m.epoch;
		t->seq = t->told = 0;
	}
}

static void toy_rp_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct toy_rp *t = self;

	for (size_t i = 0; i < n; i++) {
		struct rig_seen s = { .type = msgs[i].type, .at = now };
		struct msg_rf rf;
		struct msg_term term;

		switch (msgs[i].type) {
		case IPC_TERM:
			g_assert_true(ipc_decode(&msgs[i], &term));
			board_set_term(t->env, term.term);
			t->active = term.holder == t->slot;
			break;
		case IPC_PEER_UP:
			peer_up(t, &msgs[i]);
			continue;
		case IPC_RF:
			g_assert_true(ipc_decode(&msgs[i], &rf));
			t->peer_boot = msgs[i].boot_id;
			s.state = rf.state;
			s.order = rf.order;
			s.epoch = rf.epoch;
			if (rf.order && t->obey)
				t->state = rf.order;
			if ((rf.order && t->obey) || (!rf.order && !t->active))
				toy_rf(t);
			break;
		case IPC_CKPT:
			toy_ckpt(t, &s, &msgs[i]);
			break;
		case IPC_CKPT_BEGIN:
		case IPC_CKPT_END:
		case IPC_CKPT_ACK:
			toy_mark(t, &s, &msgs[i]);
			break;
		}
		g_array_append_val(t->seen, s);
	}
}

static void toy_ack(struct toy_rp *t)
{
	struct msg_ckpt_mark m = {
		.epoch = t->epoch + (t->lie_epoch ? 1 : 0),
		.seq = t->seq,
		.boot_to = t->peer_boot + (t->lie_boot ? 1 : 0),
		.failed = t->fail_next,
	};

	t->fail_next = false;
	t->told = t->seq;
	ipc_send_rec(t->env, t->slot == SLOT_R0 ? SLOT_R1 : SLOT_R0, IPC_CKPT_ACK, &m);
}

static bool toy_rp_work(void *self, base_time now, unsigned budget)
{
	struct toy_rp *t = self;
	struct toy_out *o;

	while ((o = g_queue_pop_head(&t->out))) {
		gsize n;
		const void *p = g_bytes_get_data(o->payload, &n);

		ipc_send(t->env,
			slot_kind(t->slot) == BOARD_RP && o->type == IPC_HOT
				? SLOT_CHASSIS
			: t->slot == SLOT_R0 ? SLOT_R1
					     : SLOT_R0,
			o->type, p, n);
		g_bytes_unref(o->payload);
		g_free(o);
	}
	if (t->fail_next || (t->ack && t->told != t->seq))
		toy_ack(t);
	return false;
}

static base_time toy_rp_next_due(const void *self)
{
	const struct toy_rp *t = self;

	return t->out.length || t->fail_next || (t->ack && t->told != t->seq)
		       ? BASE_TIME_ZERO
		       : BASE_TIME_NEVER;
}

static void toy_rp_destroy(void *self)
{
	((struct toy_rp *)self)->in = false;
}

static const struct board_ops toy_rp_board = {
	.kind = BOARD_RP,
	.power_on = toy_rp_power_on,
	.message = toy_rp_message,
	.work = toy_rp_work,
	.next_due = toy_rp_next_due,
	.destroy = toy_rp_destroy,
};

/* ---- the toy FP ------------------------------------------------------------------- */

static void *toy_fp_power_on(struct board_env *env, const void *arg, base_time now)
{
	struct toy_fp *f = &((const struct rig_rp_arg *)arg)->rig->fp;

	f->env = env;
	f->active = SLOT_NONE;
	f->lac = l2tp_engine_new(
		&(struct l2tp_engine_config){ .seed = board_seed(env) }, now);
	return f;
}

static void toy_fp_checked(struct toy_fp *f, const struct ipc_msg *msg)
{
	struct msg_fib_check m;

	g_assert_true(ipc_decode(msg, &m));
	f->checks++;
	if (f->mute)
		return;
	m.got = m.generation == f->generation ? f->got - f->lost : 0;
	m.dead = f->dead;
	ipc_send_rec(f->env, msg->from, IPC_FIB_CHECKED, &m);
}

static void toy_fp_count(struct toy_fp *f, const struct ipc_msg *msg)
{
	struct msg_fib_mark mark;

	if (msg->type == IPC_FIB_BEGIN) {
		g_assert_true(ipc_decode(msg, &mark));
		f->generation = mark.generation;
		f->got = f->lost = f->dead = 0;
	}
	f->got += msg->type == IPC_FIB_IFACE || msg->type == IPC_FIB_ROUTE ||
		  msg->type == IPC_FIB_SESSION || msg->type == IPC_FIB_STOP ||
		  msg->type == IPC_FIB_FREE || msg->type == IPC_FIB_END ||
		  msg->type == IPC_FIB_UNMARK;
}

static void toy_fp_message(
	void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct toy_fp *f = self;
	struct msg_fib_mark mark;

	for (size_t i = 0; i < n; i++) {
		toy_fp_count(f, &msgs[i]);
		if (msgs[i].type == IPC_FIB_CHECK)
			toy_fp_checked(f, &msgs[i]);
		f->begins += msgs[i].type == IPC_FIB_BEGIN;
		f->ends += msgs[i].type == IPC_FIB_END;
		f->upserts += msgs[i].type == IPC_FIB_SESSION;
		f->frees += msgs[i].type == IPC_FIB_FREE;
		f->ifaces += msgs[i].type == IPC_FIB_IFACE;
		f->routes += msgs[i].type == IPC_FIB_ROUTE;
		if (msgs[i].type == IPC_FIB_MARKS_READ)
			ipc_send_rec(f->env, msgs[i].from, IPC_FIB_MARKS,
				&(struct msg_fib_marks){ NULL });
		if (msgs[i].type != IPC_FIB_END || f->hold_sweep)
			continue;
		g_assert_true(ipc_decode(&msgs[i], &mark));
		f->active = msgs[i].from;
		ipc_send_rec(f->env, msgs[i].from, IPC_FIB_SWEPT, &mark);
	}
}

static void toy_fp_effects(struct toy_fp *f)
{
	struct l2tp_effect fx;

	while (l2tp_engine_poll(f->lac, &fx)) {
		uint8_t buf[2048];
		size_t n;

		f->cc_up += fx.kind == L2TP_FX_CC_UP;
		f->cc_down += fx.kind == L2TP_FX_CC_DOWN;
		f->session_up += fx.kind == L2TP_FX_SESSION_UP;
		if (fx.kind != L2TP_FX_SEND)
			continue;
		n = udp4_build(buf, sizeof(buf), fx.path.local_ip, fx.path.local_port,
			fx.path.remote_ip, fx.path.remote_port, 1, fx.bytes, fx.len,
			true);
		g_queue_push_tail(&f->punts, g_bytes_new(buf, n));
	}
}

static void toy_fp_take(
	struct toy_fp *f, const struct pkt *p, unsigned from, base_time now)
{
	struct rd r = rd_init((const uint8_t *)p + p->off, p->len);
	struct rig_packet seen = {
		.at = now, .from = (uint8_t)from, .flags = p->flags
	};
	struct ipv4_hdr ip;
	struct udp_hdr udp;

	g_assert_true(p->flags & PKT_INJECT_IP);
	g_assert_true(ipv4_parse(&r, &ip) && udp_parse(&r, &ip, &udp));

	struct l2tp_path path = { ip.dst, ip.src, udp.dport, udp.sport };
	struct rd body = r;
	uint16_t bits = rd_u16(&body);

	seen.control = bits & 0x8000;
	seen.zlb = seen.control && rd_left(&r) == 12;
	rd_skip(&body, 6);
	seen.ns = rd_u16(&body);
	seen.nr = rd_u16(&body);
	g_array_append_val(f->packets, seen);
	l2tp_engine_input(f->lac, &path, r.p, rd_left(&r), now);
	toy_fp_effects(f);
}

static void toy_fp_punt(struct toy_fp *f)
{
	GBytes *b;

	while (f->active != SLOT_NONE && (b = g_queue_pop_head(&f->punts))) {
		struct pkt *p;
		gsize n;
		const uint8_t *bytes = g_bytes_get_data(b, &n);

		g_assert_cmpuint(pkt_alloc(f->env, &p, 1), ==, 1);
		memcpy(pkt_data(p), bytes, n);
		p->len = (uint16_t)n;
		p->class = PKT_CLASS_CONTROL;
		if (pkt_tx(f->env, f->active, &p, 1) != 1)
			pkt_free(f->env, &p, 1);
		g_bytes_unref(b);
	}
}

static bool toy_fp_work(void *self, base_time now, unsigned budget)
{
	struct toy_fp *f = self;
	struct pkt *p[PKT_BURST];
	unsigned n;

	for (unsigned from = SLOT_R0; from <= SLOT_R1; from++) {
		n = pkt_rx(f->env, from, p, PKT_BURST);
		for (unsigned i = 0; i < n; i++)
			toy_fp_take(f, p[i], from, now);
		pkt_free(f->env, p, n);
	}
	l2tp_engine_tick(f->lac, now, 64);
	toy_fp_effects(f);
	toy_fp_punt(f);
	return false;
}

static base_time toy_fp_next_due(const void *self)
{
	const struct toy_fp *f = self;

	return f->punts.length && f->active != SLOT_NONE ? BASE_TIME_ZERO
							 : l2tp_engine_next_due(f->lac);
}

static void toy_fp_destroy(void *self)
{
	struct toy_fp *f = self;

	g_clear_pointer(&f->lac, l2tp_engine_free);
}

static const struct board_ops toy_fp_board = {
	.kind = BOARD_FP,
	.power_on = toy_fp_power_on,
	.message = toy_fp_message,
	.work = toy_fp_work,
	.next_due = toy_fp_next_due,
	.destroy = toy_fp_destroy,
};

/* ---- real RPs ---------------------------------------------------------------------- */

static void *real_power_on(struct board_env *env, const void *arg, base_time now)
{
	const struct rig_rp_arg *a = arg;

	return a->rig->rp[a->slot] = rp_board.power_on(env, &a->arg, now);
}

static void real_destroy(void *self)
{
	struct rp *rp = self;
	const struct rig_rp_arg *a =
		(const struct rig_rp_arg *)rp->arg; /* first member */

	a->rig->rp[a->slot] = NULL;
	rp_board.destroy(self);
}

/* ---- listening --------------------------------------------------------------------- */

static void on_exec(struct rig *rig, const struct ipc_msg *msg)
{
	struct msg_exec_out m;
	gsize n = 0;
	const char *text;

	g_assert_true(ipc_decode(msg, &m));
	text = m.text ? g_bytes_get_data(m.text, &n) : NULL;
	g_string_append_len(rig->answer, text ? text : "", (gssize)n);
	if (m.done) {
		rig->answers++;
		rig->done |= m.id == rig->last_id;
		rig->failed = m.failed;
	}
	rec_clear(ipc_table(msg->type), &m);
}

static void on_line(struct rig *rig, const struct ipc_msg *msg)
{
	struct msg_line m;
	gsize n = 0;
	const uint8_t *p;

	g_assert_true(ipc_decode(msg, &m));
	p = m.bytes ? g_bytes_get_data(m.bytes, &n) : NULL;
	if (msg->from == rig->line_slot && n)
		g_byte_array_append(rig->line[m.line], p, (guint)n);
	rec_clear(ipc_table(msg->type), &m);
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	struct rig *rig = user;
	struct msg_log m;
	char name[12];

	switch (msg->type) {
	case IPC_EXEC_OUT:
		on_exec(rig, msg);
		break;
	case IPC_LINE_OUT:
		on_line(rig, msg);
		break;
	case IPC_LINE_CLOSE:
		rig->lines_closed++;
		break;
	case IPC_LOG:
		g_assert_true(ipc_decode(msg, &m));
		g_string_append_printf(
			rig->log, "%s %s\n", slot_name(msg->from, name), m.text);
		rec_clear(ipc_table(msg->type), &m);
		break;
	}
}

/* ---- making ------------------------------------------------------------------------ */

static void declare(struct rig *rig, unsigned slot, unsigned boards)
{
	unsigned real = slot == SLOT_R0 ? RIG_REAL_R0 : RIG_REAL_R1;
	unsigned toy = slot == SLOT_R0 ? RIG_TOY_R0 : RIG_TOY_R1;

	rig->rp_arg[slot].rig = rig;
	rig->rp_arg[slot].slot = slot;
	if (boards & real)
		chassis_declare(rig->c, slot, &rig->rp_ops, &rig->rp_arg[slot]);
	else if (boards & toy)
		chassis_declare(rig->c, slot, &toy_rp_board, &rig->rp_arg[slot]);
	else
		return;
	chassis_insert(rig->c, slot, NULL);
}

struct rig *rig_new(const struct rig_config *cfg)
{
	struct rig *rig = g_new0(struct rig, 1);
	const char *startup = cfg->startup ? cfg->startup : rig_startup;

	rig->c = chassis_new(&(struct chassis_config){
		.seed = 7, .virtual = true, .timing_real = cfg->timing_real });
	rig->rp_ops = rp_board;
	rig->rp_ops.power_on = real_power_on;
	rig->rp_ops.destroy = real_destroy;
	rig->log = g_string_new(NULL);
	rig->answer = g_string_new(NULL);
	for (unsigned k = 0; k < N_LINES; k++)
		rig->line[k] = g_byte_array_new();
	rig->toy.seen = g_array_new(FALSE, TRUE, sizeof(struct rig_seen));
	rig->toy.parts = g_byte_array_new();
	rig->toy.last = g_byte_array_new();
	rig->toy.obey = rig->toy.ack = true;
	rig->fp.packets = g_array_new(FALSE, TRUE, sizeof(struct rig_packet));
	chassis_listen(rig->c, on_message, rig);
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		g_autoptr(GBytes) text = g_bytes_new(startup, strlen(startup));

		chassis_file_write(rig->c, slot, "startup-config", text);
		declare(rig, slot, cfg->boards);
	}
	if (!cfg->without_fp) {
		chassis_declare(rig->c, SLOT_F0, &toy_fp_board, &rig->rp_arg[0]);
		chassis_insert(rig->c, SLOT_F0, NULL);
	}
	return rig;
}

static void free_out(void *p)
{
	struct toy_out *o = p;

	g_bytes_unref(o->payload);
	g_free(o);
}

void rig_free(struct rig *rig)
{
	chassis_free(rig->c);
	g_string_free(rig->log, TRUE);
	g_string_free(rig->answer, TRUE);
	for (unsigned k = 0; k < N_LINES; k++)
		g_byte_array_unref(rig->line[k]);
	g_array_unref(rig->toy.seen);
	g_byte_array_unref(rig->toy.parts);
	g_byte_array_unref(rig->toy.last);
	g_queue_clear_full(&rig->toy.out, free_out);
	g_array_unref(rig->fp.packets);
	g_queue_clear_full(&rig->fp.punts, (GDestroyNotify)g_bytes_unref);
	g_free(rig);
}

/* ---- running ----------------------------------------------------------------------- */

void rig_run(struct rig *rig, int64_t ms)
{
	chassis_run(rig->c, time_add(chassis_now(rig->c), dur_ms(ms)));
}

static bool is_hot(const struct rig *rig)
{
	return rig->toy.in && rig->toy.active ? rig->toy.state == RF_STANDBY_HOT
	       : rig->toy.in                  ? rig->toy.state == RF_STANDBY_HOT
					      : chassis_standby_hot(rig->c);
}

void rig_run_hot(struct rig *rig)
{
	for (unsigned ms = 0; ms < 5000 && !is_hot(rig); ms += 10)
		rig_run(rig, 10);
	g_assert_true(is_hot(rig));
	rig_run(rig, 10);
}

/* ---- talking to RPs ---------------------------------------------------------------- */

void rig_exec_start(struct rig *rig, unsigned slot, uint32_t session,
	const char *command, const char *answers, size_t answers_len)
{
	g_autofree char *copy = g_strdup(command);
	g_autoptr(GBytes) b = answers ? g_bytes_new(answers, answers_len) : NULL;
	struct msg_exec m = {
		.id = ++rig->last_id,
		.session = session,
		.command = copy,
		.answers = b,
		.fresh = session == 0,
	};

	g_string_truncate(rig->answer, 0);
	rig->done = rig->failed = false;
	chassis_send_rec(rig->c, slot, IPC_EXEC, &m);
}

char *rig_exec(struct rig *rig, unsigned slot, uint32_t session, const char *command)
{
	base_time end = time_add(chassis_now(rig->c), dur_s(10));

	rig_exec_start(rig, slot, session, command, NULL, 0);
	while (!rig->done && chassis_step(rig->c, end))
		;
	g_assert_true(rig->done);
	return g_strdup(rig->answer->str);
}

void rig_type(struct rig *rig, unsigned slot, unsigned line, const char *text)
{
	g_autoptr(GBytes) b = g_bytes_new(text, strlen(text));
	struct msg_line m = { .line = (uint8_t)line, .bytes = b };

	rig->line_slot = slot;
	chassis_send_rec(rig->c, slot, IPC_LINE_IN, &m);
	rig_run(rig, 20);
}

char *rig_typed(struct rig *rig, unsigned line)
{
	GByteArray *b = rig->line[line];
	char *text = g_strndup((const char *)b->data, b->len);

	g_byte_array_set_size(b, 0);
	return text;
}

char *rig_running(struct rig *rig, unsigned slot)
{
	return rp_config_text(rig->rp[slot], false);
}

/* A board's turn comes when a message or its due time does: a message that says nothing. */
static void wake(struct rig *rig, unsigned slot)
{
	struct msg_slot m = { .slot = SLOT_SPA, .why = SLOT_WHY_INSERTED };

	chassis_send_rec(rig->c, slot, IPC_PEER_UP, &m);
}

void rig_toy_wake(struct rig *rig)
{
	wake(rig, rig->toy.slot);
}

void rig_toy_send(struct rig *rig, unsigned type, const void *payload, size_t len)
{
	struct toy_out *o = g_new0(struct toy_out, 1);

	o->type = type;
	o->payload = g_bytes_new(payload, len);
	g_queue_push_tail(&rig->toy.out, o);
	rig_toy_wake(rig);
}

void rig_toy_send_rec(struct rig *rig, unsigned type, const void *rec)
{
	uint8_t buf[4096];
	struct wr w = wr_init(buf, sizeof(buf));
	struct msg_rf rf;

	if (type == IPC_RF) {
		rf = *(const struct msg_rf *)rec;
		rf.boot_to = rig->toy.peer_boot;
		rec = &rf;
	}
	rec_encode(ipc_table(type), 1, rec, &w);
	g_assert_false(w.bad);
	rig_toy_send(rig, type, buf, w.len);
}

void rig_tunnel_up(struct rig *rig)
{
	struct l2tp_path path = { LAC_IP, LNS_IP, 1701, 1701 };
	struct l2tp_cc_params params = { .local_name = "lac1",
		.no_session_s = UINT32_MAX };

	rig->fp.cc = l2tp_cc_open(rig->fp.lac, &path, &params, chassis_now(rig->c));
	g_assert_cmpuint(rig->fp.cc, !=, 0);
	toy_fp_effects(&rig->fp);
	wake(rig, SLOT_F0);
	rig_run(rig, 500);
	g_assert_cmpuint(rig->fp.cc_up, >, 0);
}

void rig_hello(struct rig *rig)
{
	l2tp_cc_hello(rig->fp.lac, rig->fp.cc, chassis_now(rig->c));
	toy_fp_effects(&rig->fp);
	wake(rig, SLOT_F0);
	rig_run(rig, 1);
}

const struct rig_seen *rig_last(const struct rig *rig, unsigned type)
{
	for (guint k = rig->toy.seen->len; k-- > 0;) {
		const struct rig_seen *s =
			&g_array_index(rig->toy.seen, struct rig_seen, k);

		if (s->type == type)
			return s;
	}
	return NULL;
}

unsigned rig_count(const struct rig *rig, unsigned type)
{
	unsigned n = 0;

	for (guint k = 0; k < rig->toy.seen->len; k++)
		n += g_array_index(rig->toy.seen, struct rig_seen, k).type == type;
	return n;
}
