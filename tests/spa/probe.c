/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/spa/probe.h"

static void free_msg(void *data)
{
	struct probe_msg *m = data;

	g_bytes_unref(m->payload);
	g_free(m);
}

static void free_pkt(void *data)
{
	struct probe_pkt *p = data;

	g_bytes_unref(p->bytes);
	g_free(p);
}

void probe_init(struct probe *p, unsigned listen_slot)
{
	*p = (struct probe){
		.listen = { listen_slot },
		.n_listen = 1,
		.msgs = g_ptr_array_new_with_free_func(free_msg),
		.pkts = g_ptr_array_new_with_free_func(free_pkt),
	};
}

void probe_deinit(struct probe *p)
{
	g_ptr_array_unref(p->msgs);
	g_ptr_array_unref(p->pkts);
}

void probe_forget(struct probe *p)
{
	g_ptr_array_set_size(p->msgs, 0);
	g_ptr_array_set_size(p->pkts, 0);
}

static void *power_on(struct board_env *env, const void *arg, base_time now)
{
	struct probe *const *p = arg;

	(*p)->env = env;
	return *p;
}

static void message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct probe *p = self;

	for (size_t i = 0; i < n; i++) {
		struct probe_msg *m = g_new0(struct probe_msg, 1);
		struct msg_term term;

		m->type = msgs[i].type;
		m->from = msgs[i].from;
		m->payload = g_bytes_new(msgs[i].payload.p, rd_left(&msgs[i].payload));
		g_ptr_array_add(p->msgs, m);
		if (msgs[i].type == IPC_TERM && ipc_decode(&msgs[i], &term)) {
			p->term = term.term;
			if (term.holder == board_slot(p->env))
				board_set_term(p->env, term.term);
		}
	}
}

static void keep(struct probe *p, unsigned from, struct pkt *pkt)
{
	struct probe_pkt *k = g_new0(struct probe_pkt, 1);

	*k = (struct probe_pkt){
		.from = (uint8_t)from,
		.class = pkt->class,
		.flags = pkt->flags,
		.ifindex = pkt->ifindex,
		.tunnel = pkt->tunnel,
		.session = pkt->session,
		.term = pkt->term,
		.bytes = g_bytes_new(pkt_data(pkt), pkt->len),
	};
	g_ptr_array_add(p->pkts, k);
}

static bool work(void *self, base_time now, unsigned budget)
{
	struct probe *p = self;

	for (unsigned i = 0; i < p->n_listen && !p->lazy; i++) {
		struct pkt *pkts[PKT_BURST];
		unsigned n;

		while ((n = pkt_rx(p->env, p->listen[i], pkts, PKT_BURST))) {
			for (unsigned k = 0; k < n; k++)
				keep(p, p->listen[i], pkts[k]);
			pkt_free(p->env, pkts, n);
		}
	}
	return false;
}

static base_time next_due(const void *self)
{
	return BASE_TIME_NEVER;
}

static void destroy(void *self)
{
	struct probe *p = self;

	p->env = NULL;
}

#define PROBE(of_kind)                                                                 \
	{                                                                              \
		.kind = of_kind, .power_on = power_on, .message = message,             \
		.work = work, .next_due = next_due, .destroy = destroy                 \
	}

const struct board_ops probe_rp = PROBE(BOARD_RP);
const struct board_ops probe_fp = PROBE(BOARD_FP);
const struct board_ops probe_peer = PROBE(BOARD_PEER);

unsigned probe_count(const struct probe *p, unsigned type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < p->msgs->len; i++)
		n += ((const struct probe_msg *)p->msgs->pdata[i])->type == type;
	return n;
}

unsigned probe_last(const struct probe *p, unsigned type, void *rec)
{
	for (unsigned i = p->msgs->len; i > 0; i--) {
		const struct probe_msg *m = p->msgs->pdata[i - 1];
		size_t n = g_bytes_get_size(m->payload);
		struct ipc_msg msg = { .type = m->type,
			.from = m->from,
			.payload = rd_init(g_bytes_get_data(m->payload, NULL), n) };

		if (m->type != type)
			continue;
		g_assert_true(ipc_decode(&msg, rec));
		return probe_count(p, type);
	}
	return 0;
}

void probe_send(struct probe *p, unsigned to, const struct probe_pkt *meta,
	GByteArray *take_bytes)
{
	struct pkt *pkt;

	g_assert_cmpuint(pkt_alloc(p->env, &pkt, 1), ==, 1);
	memcpy(pkt_data(pkt), take_bytes->data, take_bytes->len);
	pkt->len = (uint16_t)take_bytes->len;
	pkt->ifindex = meta->ifindex;
	pkt->session = meta->session;
	pkt->flags = meta->flags;
	pkt->term = meta->term;
	pkt->tunnel = meta->tunnel;
	pkt->mark = meta->mark;
	g_assert_cmpuint(pkt_tx(p->env, to, &pkt, 1), ==, 1);
	g_byte_array_unref(take_bytes);
}

const struct probe_pkt *probe_pkt_at(const struct probe *p, unsigned n)
{
	return n < p->pkts->len ? p->pkts->pdata[n] : NULL;
}
