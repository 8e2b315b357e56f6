/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SPA board.  Frames from ports go to the FP that the arbiter names (IPC_FP_ACTIVE), frames
 * from FPs to the port that their ifindex names.  A port is reported (IPC_PORT_STATE) to
 * RPs and FPs when the board comes up, when something of it changes, when one of them comes
 * up, and once a second while its counters move.  Between the two a direction of a port may
 * have faults (spa/fault.h) by the operator's hand.
 */
#include "spa/spa.h"

#include "chassis/messages.h"
#include "spa/fault.h"
#include "spa/port.h"

#include <poll.h>

enum {
	POLL_S = 1,
	/* Frames that faults may hold: the board's other buffers are for what comes in. */
	FAULTS_HOLD = 6144,
};

struct spa_port {
	struct port port;
	bool opened;
	bool admin_up;
	bool first_of_peer;     /* polls the rings of a peer that several wires share */
	bool cut;               /* no carrier by a fault */
	struct fault *in, *out; /* NULL: none */
	struct port_counters told;
};

struct spa {
	struct board_env *env;
	unsigned slot;
	unsigned n_ports;
	struct spa_port ports[PORTS_PER_SPA];
	uint64_t slots_in;
	unsigned fp;   /* the active one, SLOT_NONE: there is none */
	uint64_t term; /* orders of RPs with a lower one are void */
	base_time poll_due;
	bool polls;    /* some port wants poll_state() */
	bool active;   /* packets since the last report */
	bool faulty;   /* some port has faults */
	unsigned held; /* frames that faults hold */
	GArray *fds;
};

static const uint8_t listeners[] = { SLOT_R0, SLOT_R1, SLOT_F0, SLOT_F1 };

/* ---- telling ---- */

static bool is_in(const struct spa *s, unsigned slot)
{
	return s->slots_in >> slot & 1;
}

static uint64_t mac_number(const uint8_t *mac)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 6; i++)
		v = v << 8 | mac[i];
	return v;
}

static void tell_one(struct spa *s, struct spa_port *sp, unsigned to)
{
	const struct port *p = &sp->port;
	g_autofree char *driver =
		p->arg ? g_strdup_printf("%s:%s", p->ops->kind, p->arg)
		       : g_strdup(p->ops->kind);
	struct msg_port_state m = {
		.ifindex = p->ifindex,
		.up = sp->opened && sp->admin_up && p->state.carrier && !sp->cut,
		.present = true,
		.mac = mac_number(p->state.mac),
		.mtu = p->state.mtu,
		.driver = driver,
		.rx_packets = p->n.rx_packets,
		.tx_packets = p->n.tx_packets,
		.rx_drops = p->n.rx_drops,
		.tx_drops = p->n.tx_drops,
	};

	ipc_send_rec(s->env, to, IPC_PORT_STATE, &m);
}

static void tell_port(struct spa *s, struct spa_port *sp)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(listeners); i++) {
		if (is_in(s, listeners[i]))
			tell_one(s, sp, listeners[i]);
	}
	sp->told = sp->port.n;
}

static void tell_all_to(struct spa *s, unsigned to)
{
	for (unsigned i = 0; i < s->n_ports; i++)
		tell_one(s, &s->ports[i], to);
}

static void log_remark(struct spa *s, struct port *p, base_time now)
{
	char name[32];
	g_autofree char *text = g_strdup_printf(
		"%%SPA-4-PORT: %s: %s", port_name(p->ifindex, name), p->remark);
	struct msg_log m = { .severity = 4, .text = text, .at = now };

	ipc_send_rec(s->env, SLOT_CHASSIS, IPC_LOG, &m);
	g_clear_pointer(&p->remark, g_free);
}

/* ---- messages ---- */

static void on_peer(struct spa *s, const struct ipc_msg *msg)
{
	struct msg_slot m;

	if (!ipc_decode(msg, &m) || m.slot >= N_SLOTS)
		return;

	uint64_t bit = UINT64_C(1) << m.slot;

	if (msg->type == IPC_PEER_DOWN) {
		s->slots_in &= ~bit;
		if (s->fp == m.slot)
			s->fp = SLOT_NONE;
		return;
	}
	s->slots_in |= bit;
	if (slot_kind(m.slot) & (BOARD_RP | BOARD_FP))
		tell_all_to(s, m.slot);
}

static void on_fp_active(struct spa *s, const struct ipc_msg *msg)
{
	struct msg_slot m;

	if (ipc_decode(msg, &m) && slot_kind(m.slot) == BOARD_FP)
		s->fp = m.slot;
}

static void on_term(struct spa *s, const struct ipc_msg *msg)
{
	struct msg_term m;

	if (ipc_decode(msg, &m))
		s->term = MAX(s->term, m.term);
}

static void on_admin(struct spa *s, const struct ipc_msg *msg)
{
	struct msg_port_admin m;

	if (!ipc_decode(msg, &m) || m.port >= s->n_ports)
		return;

	struct spa_port *sp = &s->ports[m.port];

	if (sp->admin_up == m.up)
		return;
	sp->admin_up = m.up;
	tell_port(s, sp);
}

static void set_fault(
	struct spa *s, struct fault **f, const struct msg_link *m, unsigned dir)
{
	static const struct msg_link none = { 0 };
	bool meant = m->dir & dir;

	if (!*f && !meant)
		return;
	if (!*f)
		*f = fault_new(
			s->env, (uint64_t)m->port << 8 | dir, &s->held, FAULTS_HOLD);
	fault_set(*f, meant ? m : &none);
}

/* A port knows its carrier by what it receives: only a cut of that direction is seen. */
static void on_link(struct spa *s, const struct ipc_msg *msg)
{
	struct msg_link m;
	bool cut;

	if (!ipc_decode(msg, &m) || m.port >= s->n_ports)
		return;

	struct spa_port *sp = &s->ports[m.port];

	set_fault(s, &sp->in, &m, LINK_IN);
	set_fault(s, &sp->out, &m, LINK_OUT);
	s->faulty = true;
	cut = m.cut && m.dir & LINK_IN;
	if (cut == sp->cut)
		return;
	sp->cut = cut;
	tell_port(s, sp);
}

static void spa_message(void *self, const struct ipc_msg *msgs, size_t n, base_time now)
{
	struct spa *s = self;

	for (size_t i = 0; i < n; i++) {
		if (msgs[i].type == IPC_PEER_UP || msgs[i].type == IPC_PEER_DOWN)
			on_peer(s, &msgs[i]);
		else if (msgs[i].type == IPC_FP_ACTIVE)
			on_fp_active(s, &msgs[i]);
		else if (msgs[i].type == IPC_TERM)
			on_term(s, &msgs[i]);
		else if (msgs[i].type == IPC_PORT_ADMIN && msgs[i].term >= s->term)
			on_admin(s, &msgs[i]);
		else if (msgs[i].type == IPC_LINK)
			on_link(s, &msgs[i]);
	}
}

/* ---- packets ---- */

static bool is_usable(const struct spa_port *sp)
{
	return sp->opened && sp->admin_up;
}

static struct spa_port *port_of(struct spa *s, uint16_t ifindex)
{
	if (ifindex == 0 || ifindex >= IFINDEX_OTHER ||
		ifindex_slot(ifindex) != s->slot || ifindex_port(ifindex) >= s->n_ports)
		return NULL;
	return &s->ports[ifindex_port(ifindex)];
}

/* A peer may have several wires to this board: the frame says which one it came by. */
static struct spa_port *came_by(
	struct spa *s, struct spa_port *asked, const struct pkt *p)
{
	struct spa_port *sp = asked;

	if (asked->port.ops == &port_wire) {
		sp = port_of(s, p->ifindex);
		if (!sp || sp->port.ops != &port_wire ||
			sp->port.peer_slot != asked->port.peer_slot)
			sp = asked;
	}
	return sp;
}

/* Hands a run of frames that came by one port to the FP. */
static void to_fp(struct spa *s, struct spa_port *sp, struct pkt **pkts, unsigned n)
{
	unsigned taken = 0;

	for (unsigned i = 0; i < n; i++)
		pkts[i]->ifindex = sp->port.ifindex;
	if (is_usable(sp)) {
		sp->port.n.rx_packets += n;
		taken = pkt_tx(s->env, s->fp, pkts, n);
	}
	sp->port.n.rx_drops += n - taken;
	pkt_free(s->env, pkts + taken, n - taken);
}

static void came_in(struct spa *s, struct spa_port *sp, struct pkt **pkts, unsigned n,
	base_time now)
{
	if (sp->in)
		sp->port.n.rx_drops += fault_put(sp->in, pkts, n, now);
	else
		to_fp(s, sp, pkts, n);
}

static bool receive(struct spa *s, struct spa_port *asked, base_time now)
{
	struct pkt *pkts[PKT_BURST];
	unsigned n =
		asked->opened ? asked->port.ops->rx(&asked->port, pkts, PKT_BURST) : 0;

	for (unsigned i = 0, run; i < n; i += run) {
		struct spa_port *sp = came_by(s, asked, pkts[i]);

		for (run = 1; i + run < n && came_by(s, asked, pkts[i + run]) == sp;)
			run++;
		came_in(s, sp, pkts + i, run, now);
	}
	s->active |= n > 0;
	return n > 0;
}

/* Sends a run of frames for one port. */
static void transmit(struct spa *s, struct spa_port *sp, struct pkt **pkts, unsigned n,
	base_time now)
{
	if (sp && is_usable(sp)) {
		if (sp->out)
			sp->port.n.tx_drops += fault_put(sp->out, pkts, n, now);
		else
			sp->port.ops->tx(&sp->port, pkts, n);
		return;
	}
	if (sp)
		sp->port.n.tx_drops += n;
	pkt_free(s->env, pkts, n);
}

static bool send_from(struct spa *s, unsigned fp, base_time now)
{
	struct pkt *pkts[PKT_BURST];
	unsigned n = pkt_rx(s->env, fp, pkts, PKT_BURST);

	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 1;
			i + run < n && pkts[i + run]->ifindex == pkts[i]->ifindex;)
			run++;
		transmit(s, port_of(s, pkts[i]->ifindex), pkts + i, run, now);
	}
	s->active |= n > 0;
	return n > 0;
}

/* ---- faults ---- */

/* What has arrived at the other end of a faulty direction; one with nothing left to do goes. */
static bool arrive_in(struct spa *s, struct spa_port *sp, base_time now)
{
	struct pkt *pkts[PKT_BURST];
	unsigned n = sp->in ? fault_get(sp->in, pkts, PKT_BURST, now) : 0;

	if (n)
		to_fp(s, sp, pkts, n);
	else if (sp->in && fault_is_idle(sp->in))
		g_clear_pointer(&sp->in, fault_free);
	return n > 0;
}

static bool arrive_out(struct spa *s, struct spa_port *sp, base_time now)
{
	struct pkt *pkts[PKT_BURST];
	unsigned n = sp->out ? fault_get(sp->out, pkts, PKT_BURST, now) : 0;

	if (n && is_usable(sp)) {
		sp->port.ops->tx(&sp->port, pkts, n);
	} else if (n) {
		sp->port.n.tx_drops += n;
		pkt_free(s->env, pkts, n);
	} else if (sp->out && fault_is_idle(sp->out)) {
		g_clear_pointer(&sp->out, fault_free);
	}
	return n > 0;
}

static bool arrivals(struct spa *s, base_time now)
{
	bool more = false;

	if (!s->faulty)
		return false;
	s->faulty = false;
	for (unsigned i = 0; i < s->n_ports; i++) {
		struct spa_port *sp = &s->ports[i];

		more |= arrive_in(s, sp, now) | arrive_out(s, sp, now);
		s->faulty |= sp->in || sp->out;
	}
	s->active |= more;
	return more;
}

static base_time faults_due(const struct spa *s)
{
	base_time due = BASE_TIME_NEVER;

	for (unsigned i = 0; s->faulty && i < s->n_ports; i++) {
		const struct spa_port *sp = &s->ports[i];

		if (sp->in)
			due = time_min(due, fault_next_due(sp->in));
		if (sp->out)
			due = time_min(due, fault_next_due(sp->out));
	}
	return due;
}

/* ---- the board ---- */

/* An interface that was not there may have come, one that was there may have gone. */
static bool poll_port(struct spa_port *sp, base_time now)
{
	struct port *p = &sp->port;

	if (!p->ops->poll_state)
		return false;
	if (!sp->opened)
		return sp->opened = p->ops->open(p, NULL);

	bool changed = p->ops->poll_state(p, now);

	if (p->gone) {
		p->ops->close(p);
		p->gone = false;
		sp->opened = false;
	}
	return changed;
}

static void poll_ports(struct spa *s, base_time now)
{
	for (unsigned i = 0; i < s->n_ports; i++) {
		struct spa_port *sp = &s->ports[i];

		if (poll_port(sp, now) ||
			memcmp(&sp->told, &sp->port.n, sizeof(sp->told)) != 0)
			tell_port(s, sp);
		if (sp->port.remark)
			log_remark(s, &sp->port, now);
	}
	s->active = false;
	s->poll_due = time_add(now, dur_s(POLL_S));
}

static base_time report_due(const struct spa *s)
{
	return s->polls || s->active ? s->poll_due : BASE_TIME_NEVER;
}

static base_time spa_next_due(const void *self)
{
	return time_min(report_due(self), faults_due(self));
}

static bool spa_work(void *self, base_time now, unsigned budget)
{
	struct spa *s = self;
	unsigned done = 0;
	bool more;

	do {
		more = send_from(s, SLOT_F0, now) | send_from(s, SLOT_F1, now);
		for (unsigned i = 0; i < s->n_ports; i++) {
			if (s->ports[i].first_of_peer)
				more |= receive(s, &s->ports[i], now);
		}
		more |= arrivals(s, now);
		done++;
	} while (more && done < budget);
	if (!time_before(now, report_due(s)))
		poll_ports(s, now);
	return more;
}

static const GArray *spa_wait_fds(const void *self)
{
	const struct spa *s = self;

	g_array_set_size(s->fds, 0);
	for (unsigned i = 0; i < s->n_ports; i++) {
		const struct port *p = &s->ports[i].port;
		bool has_fd = s->ports[i].opened && p->ops->fd;
		struct pollfd fd = { .fd = has_fd ? p->ops->fd(p) : -1,
			.events = POLLIN };

		if (fd.fd >= 0)
			g_array_append_val(s->fds, fd);
	}
	return s->fds;
}

static bool shares_peer(const struct spa *s, unsigned n)
{
	const struct port *p = &s->ports[n].port;

	for (unsigned i = 0; i < n; i++) {
		if (p->ops == &port_wire && s->ports[i].port.ops == &port_wire &&
			s->ports[i].port.peer_slot == p->peer_slot)
			return true;
	}
	return false;
}

static void open_port(struct spa *s, unsigned n, const struct spa_config *cfg)
{
	struct spa_port *sp = &s->ports[n];
	const char *kind = cfg->port[n].kind ? cfg->port[n].kind : "wire";
	unsigned peer = cfg->port[n].peer_slot;
	g_autoptr(GError) error = NULL;

	sp->admin_up = true;
	sp->port = (struct port){
		.ops = port_kind(kind),
		.env = s->env,
		.ifindex = port_ifindex(s->slot, n),
		.arg = cfg->port[n].arg,
		.peer_slot =
			peer >= SLOT_PEER && peer < SLOT_CHASSIS ? peer : SLOT_NONE,
	};
	g_assert(sp->port.ops); /* spa_port_check() was asked */
	sp->opened = sp->port.ops->open(&sp->port, &error);
	if (!sp->opened)
		sp->port.remark = g_strdup(error->message);
	sp->first_of_peer = !shares_peer(s, n);
	s->polls |= sp->port.ops->poll_state != NULL;
	/* The listeners hear of it by their PEER_UP. */
}

static void *spa_power_on(struct board_env *env, const void *arg, base_time now)
{
	const struct spa_config *cfg = arg;
	struct spa *s = g_new0(struct spa, 1);

	s->env = env;
	s->fp = SLOT_NONE;
	s->slot = board_slot(env);
	s->n_ports = MIN(cfg->n_ports, PORTS_PER_SPA);
	s->fds = g_array_new(false, false, sizeof(struct pollfd));
	s->poll_due = time_add(now, dur_s(POLL_S));
	for (unsigned i = 0; i < s->n_ports; i++)
		open_port(s, i, cfg);
	return s;
}

static void spa_destroy(void *self)
{
	struct spa *s = self;

	for (unsigned i = 0; i < s->n_ports; i++) {
		struct port *p = &s->ports[i].port;

		if (s->ports[i].opened)
			p->ops->close(p);
		g_free(p->remark);
		fault_free(s->ports[i].in);
		fault_free(s->ports[i].out);
	}
	g_array_unref(s->fds);
	g_free(s);
}

const struct board_ops spa_board = {
	.kind = BOARD_SPA,
	.power_on = spa_power_on,
	.message = spa_message,
	.work = spa_work,
	.next_due = spa_next_due,
	.wait_fds = spa_wait_fds,
	.destroy = spa_destroy,
};

/* ---- kinds ---- */

GQuark spa_error_quark(void)
{
	return g_quark_from_static_string("twinrp-spa");
}

void port_own_mac(const struct port *p, uint8_t mac[6])
{
	unsigned slot = ifindex_slot(p->ifindex) - SLOT_SPA;

	mac[0] = 0x02;
	mac[1] = p->env ? (uint8_t)board_chassis(p->env) : 0; /* spa_port_check(): no board */
	mac[2] = 0;
	mac[3] = (uint8_t)(slot / BAYS_PER_SIP);
	mac[4] = (uint8_t)(slot % BAYS_PER_SIP);
	mac[5] = (uint8_t)ifindex_port(p->ifindex);
}

const struct port_ops *port_kind(const char *name)
{
	static const struct port_ops *const kinds[] = { &port_wire, &port_packet,
		&port_tap };

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (strcmp(kinds[i]->kind, name) == 0)
			return kinds[i];
	}
	return NULL;
}

bool spa_port_check(const char *kind, const char *arg, GError **error)
{
	struct port p = {
		.ops = port_kind(kind), .arg = arg, .ifindex = 1, .peer_slot = SLOT_NONE
	};

	if (!p.ops) {
		g_set_error(error, SPA_ERROR, SPA_ERROR_KIND,
			"there is no kind of port \"%s\" (wire, packet:INTERFACE, "
			"tap:NAME)",
			kind);
		return false;
	}

	bool ok = p.ops->open(&p, error);

	if (ok)
		p.ops->close(&p);
	g_free(p.remark);
	return ok;
}
