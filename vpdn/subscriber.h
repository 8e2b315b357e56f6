/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PPPoE subscribers: sessions of role SESSION_PPPOE, which join a session of the PPPoE engine to
 * a PPP link, and to a call that we place when the link goes on to an LNS.
 *
 * Where it goes is decided when the subscriber has said who he is (partial authentication, RFC
 * 2661 section 4.4.5):
 *
 *   1. what RADIUS says of his domain, if network authorization asks a server: its tunnels
 *   2. the request-dialin group of his domain
 *   3. here, if the Virtual-Template has an address: he is authenticated, and a RADIUS profile
 *      of his own with tunnels still sends him on
 *   4. else he is refused
 *
 * Sent on he is one half of a switched session (hop.h); his session ends with its other half.
 */
#pragma once

#include "l2tp/l2tp.h"
#include "ppp/pppoe.h"
#include "vpdn/config.h"
#include "vpdn/profile.h"

struct vpdn;
struct vpdn_effect;
struct session;

/* The engine gets the bba-groups as they are configured now. */
void subscriber_configure(struct vpdn *v);

/* One effect of the PPPoE engine; true: *out is for the owner. */
bool subscriber_take(
	struct vpdn *v, const struct pppoe_effect *fx, struct vpdn_effect *out);

/* PPP_FX_AUTH of a subscriber's link. */
void subscriber_auth(struct vpdn *v, struct session *s, const struct ppp_effect *fx);

/* Sends him on, by p's tunnels or (p without any, or NULL) by the group of his domain.  False:
 * there is no way on. */
bool subscriber_forward(struct vpdn *v, struct session *s, const struct profile *p);

/* He shall be served here; false: he was refused, since that is not configured. */
bool subscriber_stays(struct vpdn *v, struct session *s);

/* What we tell the LNS of him.  All is borrowed until an engine is called.  False: PPP is not
 * where it can be handed over. */
struct subscriber_facts {
	struct l2tp_call call;
	struct l2tp_line line;
	bool has_line;
	struct l2tp_proxy proxy;
};

bool subscriber_facts(
	struct vpdn *v, const struct session *s, struct subscriber_facts *out);

/* The LNS has him.  False: PPP has begun again meanwhile. */
bool subscriber_hand_over(struct vpdn *v, const struct session *s);

/* Second phase of his end: PADT if it is owed, and the PPPoE session is forgotten. */
void subscriber_hang_up(struct vpdn *v, const struct session *s);

/* PPPoE sessions that have no session here (a switchover). */
void subscriber_close_strays(struct vpdn *v);

/* His PPPoE session is here, and not ended. */
bool subscriber_is_here(const struct vpdn *v, const struct session *s);
