/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A wire: packet rings to a board of kind peer.  Frames go through in the buffers of whoever
 * made them.  With nobody at the other end the carrier is up all the same, and what is sent
 * is counted and gone.
 */
#include "spa/port.h"

enum { WIRE_MTU = 1500 };

static bool wire_open(struct port *p, GError **error)
{
	p->state = (struct port_state){ .carrier = true, .mtu = WIRE_MTU };
	port_own_mac(p, p->state.mac);
	return true;
}

static unsigned wire_rx(struct port *p, struct pkt **pkts, unsigned n)
{
	return p->peer_slot == SLOT_NONE ? 0 : pkt_rx(p->env, p->peer_slot, pkts, n);
}

static void wire_tx(struct port *p, struct pkt **pkts, unsigned n)
{
	unsigned taken = 0;

	if (p->peer_slot != SLOT_NONE) {
		taken = pkt_tx(p->env, p->peer_slot, pkts, n);
		p->n.tx_drops += n - taken;
		p->n.tx_packets += taken;
	} else {
		p->n.tx_packets += n;
	}
	pkt_free(p->env, pkts + taken, n - taken);
}

static void wire_close(struct port *p)
{
}

const struct port_ops port_wire = {
	.kind = "wire",
	.open = wire_open,
	.rx = wire_rx,
	.tx = wire_tx,
	.close = wire_close,
};
