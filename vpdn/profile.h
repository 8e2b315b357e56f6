/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a RADIUS server says of a subscriber or of tunnels: the attributes of an
 * Access-Accept as fields (RFC 2865, 2868; the pairs of ios-cli.md 15).
 *
 * A number that is 0 and a text that is NULL were not given, a switch may be unset.
 * Everything is bounded and checked here; what is malformed or unknown is left out and
 * counted.
 */
#pragma once

#include "vpdn/radius.h"

enum {
	PROFILE_TUNNELS_MAX = 32,
	PROFILE_TUNNEL_L2TP = 3, /* a Tunnel-Type */
	PROFILE_CLASS_MAX = 512, /* octets of all Class attributes, and of profile_keep() */
};

enum profile_switch { PROFILE_UNSET, PROFILE_NO, PROFILE_YES };

/* One way to carry the subscriber on. */
struct profile_tunnel {
	uint8_t tag;
	uint32_t preference; /* lower first; equal ones share the load */
	uint32_t type, medium; /* 0: not given */
	char *server;          /* Tunnel-Server-Endpoint */
	uint32_t server_ip;    /* 0: not an IPv4 address */
	char *client;          /* Tunnel-Client-Endpoint */
	char *password;
	char *assignment; /* sessions with the same one share a tunnel */
	char *client_id;  /* our Host Name */
	char *server_id;  /* the peer's Host Name, as expected */
	char *private_group;
};

struct profile {
	/* the subscriber */
	uint32_t ip, mask; /* ip 0: none, or the NAS shall choose */
	char *pool;
	uint32_t dns[2];
	uint32_t mtu;
	uint32_t session_timeout, idle_timeout, interim; /* s */
	uint32_t service_type, port_limit;
	char *filter, *message;
	uint16_t mschap_error; /* of an Access-Reject: RFC 2433, section 9; 0: none */
	uint8_t mschap2[42]; /* "S=" and the digest; [0] 0: none */
	GBytes *classes;     /* the Class attributes as they came, to be sent back; NULL */

	/* tunnels, most preferred first */
	GPtrArray *tunnels; /* of struct profile_tunnel * */

	/* the pairs of service vpdn */
	uint8_t ha; /* l2tp-silent-switchover; this and the next: enum profile_switch */
	uint8_t authen, hidden, drop_out_of_order, udp_checksum;
	uint16_t resync;
	uint16_t hello_s, rws, retries, initial_retries;
	bool hello_set;
	uint8_t timeout_min_s, timeout_max_s, initial_min_s, initial_max_s;
	uint32_t nosession_s, setup_s, busy_s;
	uint16_t virtual_template, min_links, session_limit;
	bool session_limit_set;
	uint32_t source_ip;
	char *tunnel_id, *password, *addresses, *tunnel_type, *group, *vrf, *vpn_id;
	char *terminate_from, *gw_name, *nas_password, *gw_password, *dialer;

	unsigned unknown, malformed; /* attributes left out */
};

/* secret and authenticator (of the request) for Tunnel-Password; secret NULL: there can be
 * none.  Free it with profile_free(). */
struct profile *profile_new(
	struct rd attrs, const char *secret, const uint8_t *authenticator);
void profile_free(struct profile *p);

/* The attributes that a session needs as long as it lives, for its record: read them again
 * with profile_new().  NULL: none. */
GBytes *profile_keep(struct rd attrs);

/* Precedence of the pairs about high availability (ios-cli.md 15): off by the global switch
 * or by the group is off; else the profile decides, if it says anything.  p may be NULL. */
bool profile_ha(const struct profile *p, bool global_on, bool group_on);
/* The profile's value beats the group's. */
uint16_t profile_resync(const struct profile *p, uint16_t group);
