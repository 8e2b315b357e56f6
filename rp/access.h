/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The interface that a PPPoE client comes by: port and VLAN tags say which.
 */
#pragma once

#include "rp/internal.h"

/* What that interface says of a frame that came by a port (its ifindex). */
void access_of(const struct rp *rp, uint16_t port, const uint8_t *frame, size_t len,
	struct pppoe_access *out);

/* Its name, short: "Gi0/0/0.100"; "-" when it is gone.  out has room for 32 octets. */
void access_port_name(const struct rp *rp, const struct pppoe_peer *peer, char *out);

/* Does the client come by the interface of that name (canonical; a port: by any of its
 * subinterfaces as well)?  NULL: yes. */
bool access_is_by(const struct rp *rp, const struct pppoe_peer *peer, const char *name);
