/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See logging.h. */
#include "vpdn/logging.h"

#include "base/net.h"

static bool on(const struct vpdn *v, unsigned what)
{
	return v->config->logging & what;
}

/* May this end be told? */
static bool tells(const struct vpdn *v, unsigned what, bool normal)
{
	return on(v, what) && (!normal || on(v, VPDN_LOG_NORMAL | VPDN_LOG_ALL));
}

/* "LAC lac1 192.0.2.1": the other end of a tunnel. */
static void peer_text(const struct tunnel *t, char *to, size_t cap)
{
	char name[64], ip[16];

	failures_text(name, sizeof(name), t->peer_name);
	g_snprintf(to, cap, "%s %s %s", t->lac ? "LNS" : "LAC", name,
		ipv4_to_str(t->path.remote_ip, ip));
}

static const char *our_end(const struct tunnel *t)
{
	return !t ? "PPPoE LAC" : t->lac ? "L2TP LAC" : "L2TP LNS";
}

static void cause_text(const struct vpdn *v, uint16_t result, uint16_t error, const char *text,
	bool normal, char *to, size_t cap)
{
	char shown[96];

	to[0] = '\0';
	if (normal && !on(v, VPDN_LOG_ALL))
		return;
	failures_text(shown, sizeof(shown), text);
	g_snprintf(to, cap, "; Result %u, Error %u%s%s", result, error, shown[0] ? ", " : "",
		shown);
}

void logging_tunnel_up(struct vpdn *v, const struct tunnel *t)
{
	char peer[96];

	if (!on(v, VPDN_LOG_EVENTS))
		return;
	peer_text(t, peer, sizeof(peer));
	vpdn_log(v, LOG_SEV_INFO, "SETUP", "L2TP tunnel %u to %s is up", t->cc, peer);
}

void logging_tunnel_down(
	struct vpdn *v, const struct tunnel *t, const struct l2tp_cause *cause)
{
	bool normal = failures_is_normal(cause);
	char peer[96], why[160];

	if (!t || !tells(v, VPDN_LOG_TUNNEL_DROP, normal))
		return;
	peer_text(t, peer, sizeof(peer));
	cause_text(v, cause->result, cause->error, cause->text, normal, why, sizeof(why));
	vpdn_log(v, LOG_SEV_NOTICE, "DOWN", "L2TP tunnel %u to %s %s%s", t->cc, peer,
		cause->by == L2TP_BY_TIMEOUT ? "is unreachable"
		: cause->by == L2TP_BY_PEER  ? "was closed by the peer"
					     : "was closed",
		why);
}

void logging_user_up(struct vpdn *v, const struct session *s)
{
	const struct tunnel *t = s->cc ? vpdn_tunnel(v, s->cc) : NULL;
	char user[64], ip[16];

	if (!on(v, VPDN_LOG_USER))
		return;
	failures_text(user, sizeof(user), s->username);
	if (s->mate)
		vpdn_log(v, LOG_SEV_INFO, "OPEN", "%s, user %s goes on to the next LNS",
			our_end(t), user);
	else
		vpdn_log(v, LOG_SEV_INFO, "OPEN", "%s, user %s on Vi2.%u, address %s",
			our_end(t), user, s->vaccess, ipv4_to_str(s->ip, ip));
}

void logging_user_dropped(
	struct vpdn *v, const struct session *s, const struct l2tp_cause *cause)
{
	const struct tunnel *t = vpdn_tunnel(v, s->cc);
	bool normal = failures_is_normal(cause);
	char user[64], peer[96], why[160];

	if (!t || !tells(v, VPDN_LOG_REMOTE, normal))
		return;
	failures_text(user, sizeof(user), s->username);
	peer_text(t, peer, sizeof(peer));
	cause_text(v, cause->result, cause->error, cause->text, normal, why, sizeof(why));
	vpdn_log(v, LOG_SEV_INFO, "CLOSE", "%s closed user %s%s", peer, user, why);
}

void logging_user_closed(struct vpdn *v, const struct session *s, uint16_t result,
	uint16_t error, const char *text, bool normal)
{
	const struct tunnel *t = s->cc ? vpdn_tunnel(v, s->cc) : NULL;
	char user[64], why[160];

	if (!tells(v, VPDN_LOG_LOCAL, normal) || s->role == SESSION_HOP_OUT)
		return;
	failures_text(user, sizeof(user), s->username);
	cause_text(v, result, error, text, normal, why, sizeof(why));
	vpdn_log(v, LOG_SEV_INFO, "CLOSE", "%s closed user %s%s", our_end(t), user, why);
}

void logging_unanswered(struct vpdn *v, const struct acct *o)
{
	char id[ACCT_ID_LEN + 1], user[64];

	if (!on(v, VPDN_LOG_ACCOUNTING))
		return;
	acct_id(o->key, id);
	failures_text(user, sizeof(user), o->user);
	vpdn_log(v, LOG_SEV_NOTICE, "ACCOUNT",
		"Accounting record %s, status %u, user %s: no answer, it is sent again", id,
		(unsigned)(o->key & ACCT_STATUS_MASK), user);
}
