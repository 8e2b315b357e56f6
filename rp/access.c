/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE clients and our interfaces; see access.h.
 */
#include "rp/access.h"

#include <string.h>

#include "base/net.h"

enum { VLAN_ID = 0x0fff };

static const char port_prefix[] = "GigabitEthernet";

/* VLAN ids of a frame; 0: there is no such tag. */
static void read_tags(const uint8_t *frame, size_t len, uint16_t vlan[2])
{
	struct rd r = rd_init(frame, len);

	vlan[0] = vlan[1] = 0;
	rd_skip(&r, 2 * ETH_ALEN);
	for (unsigned i = 0; i < 2; i++) {
		uint16_t type = rd_u16(&r);

		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ)
			return;
		vlan[i] = rd_u16(&r) & VLAN_ID;
	}
}

void access_of(const struct rp *rp, uint16_t port, const uint8_t *frame, size_t len,
	struct pppoe_access *out)
{
	const struct iface *main_iface = iface_by_index(&rp->cfg.net, port);
	const struct iface *i;
	const struct vpdn_bba *b;
	uint16_t vlan[2];

	read_tags(frame, len, vlan);
	*out = (struct pppoe_access){ .port = port };
	if (!main_iface)
		return;
	put_u16(out->mac, (uint16_t)(main_iface->mac >> 32));
	put_u32(out->mac + 2, (uint32_t)main_iface->mac);
	i = iface_by_vlan(&rp->cfg.net, port, vlan[0], vlan[1]);
	b = i && i->pppoe_group
		    ? vpdn_config_bba(vpdn_config(rp->vpdn), i->pppoe_group, false)
		    : NULL;
	out->group = b ? b->id : 0;
}

static const struct iface *iface_of(const struct rp *rp, const struct pppoe_peer *p)
{
	return iface_by_vlan(&rp->cfg.net, p->port, p->n_vlan ? p->vlan[0] : 0,
		p->n_vlan > 1 ? p->vlan[1] : 0);
}

void access_port_name(const struct rp *rp, const struct pppoe_peer *peer, char *out)
{
	const struct iface *i = iface_of(rp, peer);
	const char *name = i ? i->name : "-";

	if (g_str_has_prefix(name, port_prefix))
		g_snprintf(out, sizeof(i->name), "Gi%s", name + strlen(port_prefix));
	else
		g_strlcpy(out, name, sizeof(i->name));
}

bool access_is_by(const struct rp *rp, const struct pppoe_peer *peer, const char *name)
{
	const struct iface *i = iface_of(rp, peer);
	const struct iface *port = iface_by_index(&rp->cfg.net, peer->port);

	return !name || (i && !strcmp(i->name, name)) || (port && !strcmp(port->name, name));
}
