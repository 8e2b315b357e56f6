/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What shows and the forwarding processor may ask.  All of it is derived from live
 * state at the moment of the question; nothing here changes anything.
 */
#include "vpdn/hop.h"
#include "vpdn/internal.h"
#include "vpdn/subscriber.h"

#include <string.h>

enum { ECHO_MISSES_DEFAULT = 5 };

const struct l2tp_engine *vpdn_l2tp(const struct vpdn *v)
{
	return v->l2tp;
}

const struct ppp_engine *vpdn_ppp(const struct vpdn *v)
{
	return v->ppp;
}

const struct pppoe_ac *vpdn_pppoe(const struct vpdn *v)
{
	return v->pppoe;
}

static void fill_link(
	const struct vpdn *v, const struct session *s, struct vpdn_fib *out)
{
	const struct vpdn_vtemplate *vt =
		vpdn_config_vtemplate(v->config, s->vtemplate, false);
	struct ppp_link_info link;

	out->mtu = vt && vt->mtu ? vt->mtu : VPDN_MTU_DEFAULT;
	out->mss = vt ? vt->mss : 0;
	out->source_check = vt && vt->source_check;
	out->echo_s =
		vt && vt->keepalive_set ? vt->keepalive_s : VPDN_KEEPALIVE_DEFAULT;
	out->echo_misses = vt && vt->keepalive_retries ? vt->keepalive_retries
						       : ECHO_MISSES_DEFAULT;
	if (!ppp_link_get(v->ppp, s->number, &link))
		return;
	out->local_magic = link.local_magic;
	out->remote_magic = link.peer_magic;
	if (link.peer_mru)
		out->mtu = MIN(out->mtu, link.peer_mru);
}

/* Numbers are sent if the LAC requires them, or if an LNS wants them; a LAC that does not
 * require them follows the LNS (RFC 2661, section 5.4). */
static void fill_options(const struct vpdn *v, const struct session *s,
	const struct l2tp_session_info *l2tp, struct vpdn_fib *out)
{
	const struct vpdn_group *g =
		vpdn_config_group(v->config, s->group->name, false);

	out->seq_required = l2tp->call.sequencing;
	out->seq_mirror = l2tp->lac && !l2tp->call.sequencing;
	out->sequencing = l2tp->call.sequencing ||
			  (!l2tp->lac && vpdn_config_number(v->config, g, VPDN_SET_SEQUENCING));
	out->seq_drop = vpdn_config_number(v->config, g, VPDN_SET_DROP_OUT_OF_ORDER);
	out->pmtu = vpdn_config_number(v->config, g, VPDN_SET_PMTU);
	out->checksum = vpdn_config_number(v->config, g, VPDN_SET_UDP_CHECKSUM);
}

static bool fill_pppoe(
	const struct vpdn *v, const struct session *s, struct vpdn_fib *out)
{
	struct pppoe_session_info info;

	if (!pppoe_session_get(v->pppoe, s->pppoe, &info))
		return false;
	out->pppoe = true;
	out->peer = info.peer;
	out->pppoe_sid = info.sid;
	out->mtu = info.mtu;
	if (s->open && s->mate) {
		out->mate = s->mate;
		return true;
	}
	out->subscriber_ip = s->ip;
	fill_link(v, s, out);
	out->mtu = MIN(out->mtu, info.mtu);
	return true;
}

bool vpdn_session_fib(const struct vpdn *v, uint32_t session, struct vpdn_fib *out)
{
	const struct session *s = vsession_get(v, session);
	struct l2tp_cc_info cc;
	struct l2tp_session_info l2tp;

	memset(out, 0, sizeof(*out));
	if (!s || s->closing || s->doom)
		return false;
	out->open = s->open;
	if (s->role == SESSION_PPPOE)
		return fill_pppoe(v, s, out);
	if (!l2tp_cc_get(v->l2tp, s->cc, &cc) ||
		!l2tp_session_get(v->l2tp, s->cc, s->lsid, &l2tp))
		return false;
	out->path = cc.path;
	out->local_tunnel = s->cc;
	out->local_session = s->lsid;
	out->remote_tunnel = cc.remote_id;
	out->remote_session = l2tp.remote_id;
	out->subscriber_ip = s->ip;
	fill_options(v, s, &l2tp, out);
	if (s->role == SESSION_LNS)
		fill_link(v, s, out);
	else if (s->open)
		out->mate = s->mate;
	return true;
}

/* The two halves of a session, as far as they are here. */
static bool has_l2tp(const struct vpdn *v, uint16_t cc, uint16_t lsid)
{
	struct l2tp_session_info info;

	return l2tp_session_get(v->l2tp, cc, lsid, &info) &&
	       info.state != L2TP_SESSION_CLOSED;
}

static bool has_ppp(const struct vpdn *v, const struct session *s)
{
	struct ppp_link_info link;

	if (s->role == SESSION_HOP_IN || s->role == SESSION_HOP_OUT || s->mate)
		return s->open && hop_mate(v, s);
	return s->open && ppp_link_get(v->ppp, s->number, &link);
}

static void describe(
	const struct vpdn *v, const struct session *s, struct vpdn_session_info *out)
{
	bool l2tp = s->role == SESSION_PPPOE ? subscriber_is_here(v, s)
					     : has_l2tp(v, s->cc, s->lsid);
	const struct session *mate = hop_mate(v, s);
	const char *name = s->username	? s->username
			   : mate && mate->username ? mate->username
						    : "";

	*out = (struct vpdn_session_info){
		.number = s->number,
		.cc = s->cc,
		.session = s->lsid,
		.username = name,
		.group = s->group->name,
		.virtual_template = s->vtemplate,
		.vaccess = s->vaccess,
		.unique_id = s->unique_id,
		.mate = s->mate,
		.lac = s->role == SESSION_HOP_OUT,
		.subscriber_ip = s->ip,
		.since = s->since,
		.open = s->open,
		.closing = s->closing,
		.ha_enabled = s->ha,
		.ha_established = s->est,
		.waiting_vpdn = l2tp && !has_ppp(v, s),
		.waiting_l2tp = !l2tp,
	};
	if (s->role == SESSION_PPPOE) {
		struct pppoe_session_info info;

		out->pppoe = s->pppoe;
		if (pppoe_session_get(v->pppoe, s->pppoe, &info))
			out->pppoe_sid = info.sid;
	}
}

bool vpdn_session_get(
	const struct vpdn *v, uint32_t number, struct vpdn_session_info *out)
{
	const struct session *s = vsession_get(v, number);

	if (s)
		describe(v, s, out);
	return s != NULL;
}

bool vpdn_session_find(const struct vpdn *v, uint16_t cc, uint16_t session,
	struct vpdn_session_info *out)
{
	const struct session *s = vsession_find(v, cc, session);

	if (s) {
		describe(v, s, out);
		return true;
	}
	if (!has_l2tp(v, cc, session))
		return false;
	*out = (struct vpdn_session_info){
		.cc = cc,
		.session = session,
		.username = "",
		.group = "",
		.ha_enabled = true,
		.waiting_vpdn = true,
	};
	return true;
}

bool vpdn_next_session(
	const struct vpdn *v, uint32_t *cursor, struct vpdn_session_info *out)
{
	const struct session *s;

	while ((s = slab_next(v->sessions, *cursor, cursor))) {
		if (!s->ended) {
			describe(v, s, out);
			return true;
		}
	}
	return false;
}

void vpdn_pppoe_events(const struct vpdn *v, struct vpdn_pppoe_events *out)
{
	*out = v->pppoe_events;
}

void vpdn_get_counts(const struct vpdn *v, struct vpdn_counts *out)
{
	*out = v->counts;
}

void vpdn_pool_usage(const struct vpdn *v, const struct vpdn_pool *pool,
	unsigned *free_, unsigned *in_use)
{
	pools_usage(v->pools, pool, free_, in_use);
}

unsigned vpdn_history_count(const struct vpdn *v)
{
	return failures_count(v->history);
}

const struct vpdn_failure *vpdn_history_get(const struct vpdn *v, unsigned i)
{
	return failures_get(v->history, i);
}

void vpdn_history_clear(struct vpdn *v)
{
	failures_clear(v->history);
}
