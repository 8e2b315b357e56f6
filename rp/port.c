/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports as the RP sees them: what the SPAs tell, what the SPAs are told.
 */
#include "rp/internal.h"

void port_send_admin(struct rp *rp, const struct iface *i)
{
	struct msg_port_admin m;

	if (i->loopback || i->port || !i->present || !rf_is_active(&rp->rf))
		return;
	m.port = (uint8_t)ifindex_port(i->ifindex);
	m.up = !i->shutdown;
	ipc_send_rec(rp->env, ifindex_slot(i->ifindex), IPC_PORT_ADMIN, &m);
}

static void log_updown(struct rp *rp, const struct iface *i)
{
	const char *state = i->link_up ? "up" : "down";

	if (!rf_is_active(&rp->rf) || i->shutdown)
		return;
	rp_log(rp, LOG_SEV_ERR, "LINK", "UPDOWN", "Interface %s, changed state to %s", i->name,
		state);
	rp_log(rp, LOG_SEV_NOTICE, "LINEPROTO", "UPDOWN",
		"Line protocol on Interface %s, changed state to %s", i->name, state);
}

static void set_link(struct rp *rp, struct iface *i, bool present, bool up)
{
	bool changed = i->link_up != up;

	i->present = present;
	i->link_up = up;
	if (changed)
		log_updown(rp, i);
}

void port_slot_changed(struct rp *rp, unsigned slot, bool in)
{
	struct iface_table *t = &rp->cfg.net;

	if (in)
		return; /* it tells of its ports itself */
	for (guint k = 0; k < t->ifaces->len; k++) {
		struct iface *i = t->ifaces->pdata[k];

		if (!i->loopback && !i->port && ifindex_slot(i->ifindex) == slot)
			set_link(rp, i, false, false);
	}
}

void port_on_state(struct rp *rp, unsigned slot, const struct msg_port_state *m)
{
	char name[32];
	struct iface *i;
	bool first;

	if (slot_kind(slot) != BOARD_SPA || !m->ifindex || m->ifindex >= IFINDEX_OTHER ||
		ifindex_slot(m->ifindex) != slot)
		return;
	i = iface_get(&rp->cfg.net, port_name(m->ifindex, name), m->present);
	if (!i)
		return;
	first = !i->present && m->present;
	i->mac = m->mac;
	g_free(i->driver);
	i->driver = g_strdup(m->driver);
	i->rx_lost = m->rx_drops;
	i->tx_lost = m->tx_drops;
	set_link(rp, i, m->present, m->up);
	if (first) {
		port_send_admin(rp, i);
		if (rf_is_active(&rp->rf))
			fman_iface(rp, i, false);
	}
}
