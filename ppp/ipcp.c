/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IP Control Protocol: addresses (RFC 1332) and name servers (RFC 1877 options 129 and 131).
 *
 * The network side knows the peer's address before IPCP begins and insists on it; a peer
 * that does not take it ends with NO_ADDRESS.  The client asks for 0.0.0.0 and takes what
 * it is told.  Compression and NetBIOS servers are rejected.
 */
#include "ppp/internal.h"

enum {
	OPT_ADDRESS = 3,
	OPT_DNS1 = 129,
	OPT_DNS2 = 131,
};

static void put_ip(struct wr *w, uint8_t type, uint32_t ip)
{
	wr_u8(w, type);
	wr_u8(w, 6);
	wr_u32(w, ip);
}

/* False when the length is wrong. */
static bool get_ip(struct rd v, uint32_t *ip)
{
	*ip = rd_u32(&v);
	return !v.bad && !rd_left(&v);
}

static unsigned dns_at(uint8_t type)
{
	return type == OPT_DNS1 ? 0 : 1;
}

/* The peer's request that made us begin again has been looked at by now: it stays. */
static void reset(struct ppp_link *l)
{
	l->ipcp.ip = l->local_ip;
	l->ipcp.ask_ip = l->client || l->local_ip;
	for (unsigned i = 0; i < 2; i++) {
		l->ipcp.ask_dns[i] = l->client && l->want_dns;
		l->ipcp.dns[i] = l->ipcp.peer_dns[i] = 0;
	}
	l->ipcp.peer_ip = 0;
}

static void build(struct ppp_link *l, struct wr *w)
{
	if (l->ipcp.ask_ip)
		put_ip(w, OPT_ADDRESS, l->ipcp.ip);
	if (l->ipcp.ask_dns[0])
		put_ip(w, OPT_DNS1, l->ipcp.dns[0]);
	if (l->ipcp.ask_dns[1])
		put_ip(w, OPT_DNS2, l->ipcp.dns[1]);
}

static void begin(struct ppp_link *l)
{
	l->ipcp.cand_ip = 0;
	l->ipcp.cand_dns[0] = l->ipcp.cand_dns[1] = 0;
	l->ipcp.cand_has_ip = false;
}

/* Network side: says which address to take, but not for ever. */
static enum opt_verdict insist(struct ppp_link *l, struct wr *nak)
{
	if (l->cp[CP_IPCP].naks_sent >= l->max_failure)
		ppp_link_fail(l, PPP_CAUSE_NO_ADDRESS, true);
	put_ip(nak, OPT_ADDRESS, l->assigned_ip);
	return OPT_NAK_ALWAYS;
}

static enum opt_verdict peer_address(struct ppp_link *l, struct rd v, struct wr *nak)
{
	uint32_t ip;
	bool good = get_ip(v, &ip);

	if (l->client && (!good || !ip))
		return OPT_REJ; /* we have none to give */
	l->ipcp.cand_has_ip = true;
	if (!l->client && (!good || ip != l->assigned_ip))
		return insist(l, nak);
	l->ipcp.cand_ip = ip;
	return OPT_ACK;
}

static enum opt_verdict peer_dns(
	struct ppp_link *l, uint8_t type, struct rd v, struct wr *nak)
{
	uint32_t ours = l->client ? 0 : l->dns[dns_at(type)], ip;

	if (!ours)
		return OPT_REJ;
	if (!get_ip(v, &ip) || ip != ours) {
		put_ip(nak, type, ours);
		return OPT_NAK;
	}
	l->ipcp.cand_dns[dns_at(type)] = ip;
	return OPT_ACK;
}

static enum opt_verdict option(
	struct ppp_link *l, uint8_t type, struct rd v, struct wr *nak)
{
	switch (type) {
	case OPT_ADDRESS:
		return peer_address(l, v, nak);
	case OPT_DNS1:
	case OPT_DNS2:
		return peer_dns(l, type, v, nak);
	default:
		return OPT_REJ;
	}
}

/* A peer that asks for no address is told to ask (RFC 1332 section 3.3). */
static void missing(struct ppp_link *l, struct wr *nak)
{
	if (!l->client && !l->ipcp.cand_has_ip)
		insist(l, nak);
}

static void accept(struct ppp_link *l)
{
	l->ipcp.peer_ip = l->ipcp.cand_ip;
	l->ipcp.peer_dns[0] = l->ipcp.cand_dns[0];
	l->ipcp.peer_dns[1] = l->ipcp.cand_dns[1];
}

static void naked(struct ppp_link *l, uint8_t type, struct rd v)
{
	uint32_t ip;

	if (!l->client || !get_ip(v, &ip))
		return; /* our own address is not for the peer to choose */
	if (type == OPT_ADDRESS && l->ipcp.ask_ip)
		l->ipcp.ip = ip;
	else if ((type == OPT_DNS1 || type == OPT_DNS2) &&
		 l->ipcp.ask_dns[dns_at(type)])
		l->ipcp.dns[dns_at(type)] = ip;
}

static void rejected(struct ppp_link *l, uint8_t type)
{
	if (type == OPT_ADDRESS && l->client)
		ppp_link_fail(l, PPP_CAUSE_NO_ADDRESS, true);
	else if (type == OPT_ADDRESS)
		l->ipcp.ask_ip = false;
	else if (type == OPT_DNS1 || type == OPT_DNS2) {
		l->ipcp.ask_dns[dns_at(type)] = false;
		l->ipcp.dns[dns_at(type)] = 0;
	}
}

static void up(struct ppp_link *l)
{
	if (l->client && !l->ipcp.ip) {
		ppp_link_fail(l, PPP_CAUSE_NO_ADDRESS, true);
		return;
	}
	ppp_record_want(l);
	ppp_fx_up(l);
}

static void down(struct ppp_link *l)
{
	/* The owner hears of it when the link is up again, or down for good. */
}

/* Without IPCP the link is of no use. */
static void finished(struct ppp_link *l, enum fsm_event why)
{
	bool timeout = why == FSM_TO_MINUS && !l->cp[CP_IPCP].peer_term;

	if (l->cp[CP_IPCP].state == FSM_STOPPED)
		ppp_link_fail(l, timeout ? PPP_CAUSE_NCP_TIMEOUT : PPP_CAUSE_NO_NCP,
			!timeout);
}

static bool code(struct ppp_link *l, const struct cp_pkt *p)
{
	return false;
}

const struct cp_ops ppp_ipcp_ops = {
	.name = "IPCP",
	.protocol = PPP_IPCP,
	.reset = reset,
	.build = build,
	.begin = begin,
	.option = option,
	.missing = missing,
	.accept = accept,
	.naked = naked,
	.rejected = rejected,
	.up = up,
	.down = down,
	.finished = finished,
	.code = code,
};
