/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tunnel switching; see hop.h.
 *
 *   ICRQ, ICCN of the LAC   as for a call that ends here; PPP frames that come early are kept
 *   hop_begin()             a call to one of the group's LNSs; when that fails, to the next
 *   hop_up()                the call is open, once its ICCN is committed; accounting starts
 *   hop_open()              ICCN leaves: the FP switches frames between the two
 *   the end of one half     is the end of the other (close.c)
 */
#include "vpdn/hop.h"

#include "vpdn/dialin.h"
#include "vpdn/internal.h"
#include "vpdn/logging.h"
#include "vpdn/subscriber.h"

#include <string.h>

const struct vpdn_group *hop_group(
	const struct vpdn *v, const char *hostname, const struct l2tp_call *call)
{
	const struct vpdn_request r = { .hostname = hostname, .dnis = call->called };

	return v->config->multihop ? vpdn_config_request(v->config, &r) : NULL;
}

/* What PPP has negotiated so far is the next LNS's business: the proxy AVPs go there. */
void hop_consider(struct vpdn *v, struct session *s)
{
	struct l2tp_proxy proxy;
	const struct vpdn_group *g;

	if (!v->config->multihop || s->role != SESSION_LNS ||
		!l2tp_session_proxy(v->l2tp, s->cc, s->lsid, &proxy) ||
		!proxy.auth_name.len || proxy.auth_name.len >= PPP_NAME_MAX)
		return;

	g_autofree char *name =
		g_strndup((const char *)proxy.auth_name.p, proxy.auth_name.len);
	const struct vpdn_request r = { .user = name };

	g = vpdn_config_request(v->config, &r);
	if (!g)
		return;
	s->role = SESSION_HOP_IN;
	s->onward = g_strdup(g->name);
	g_free(s->username);
	s->username = g_steal_pointer(&name);
	vpdn_ckpt_mark(v, s->number);
}

struct session *hop_mate(const struct vpdn *v, const struct session *s)
{
	struct session *mate = s->mate ? vsession_get(v, s->mate) : NULL;

	return mate && mate->mate == s->number ? mate : NULL;
}

static void give_up(struct vpdn *v, struct session *in)
{
	static const char text[] = "no next LNS takes the call";

	vpdn_fail(v, in, in->cc, "No next hop", text);
	vsession_end(v, in, CDN_NO_FACILITIES, ERROR_NONE, text, ACCT_NAS_ERROR);
}

/* A subscriber's PPP is not where it can be handed over: it will ask again where he goes. */
static bool begun_again(struct vpdn *v, const struct session *in)
{
	struct subscriber_facts f;

	return in->role == SESSION_PPPOE && !in->closing && !subscriber_facts(v, in, &f) &&
	       !subscriber_hand_over(v, in);
}

void hop_begin(struct vpdn *v, struct session *in)
{
	const struct vpdn_group *g = in->given;
	struct session *out = NULL;
	int target;

	if (begun_again(v, in))
		return;
	if (!g && in->onward)
		g = vpdn_config_group(v->config, in->onward, false);
	if (in->closing || !g) {
		give_up(v, in);
		return;
	}
	while (!out && (target = callee_choose(v, g, in->tried)) >= 0) {
		in->tried |= UINT32_C(1) << target;
		out = dialin_call(v, g, (unsigned)target, in);
	}
	if (!out) {
		give_up(v, in);
		return;
	}
	out->mate = in->number;
	in->mate = out->number;
}

/* Bytes of a frame that goes into the other half: with FF 03, which PPPoE leaves out. */
static void pass_on(struct vpdn *v, const struct session *to, const uint8_t *frame, size_t len)
{
	static const uint8_t head[2] = { 0xff, 0x03 };
	struct own_effect *o = vpdn_emit(v, v->late, VPDN_FX_PPP);
	size_t add = len >= 2 && !memcmp(frame, head, 2) ? 0 : sizeof(head);

	o->text = g_malloc(add + len);
	memcpy(o->text, head, add);
	if (len)
		memcpy(o->text + add, frame, len);
	len += add;
	o->fx.session = to->number;
	o->fx.cc = to->cc;
	o->fx.bytes = (const uint8_t *)o->text;
	o->fx.len = len;
}

static void open_half(struct vpdn *v, struct session *s)
{
	s->since = v->now;
	s->iccn_waits = true;
	vsession_set_open(v, s, true);
	vpdn_ckpt_mark(v, s->number);
}

/* The subscriber's half follows the tunnel. */
static void open_subscriber(struct vpdn *v, struct session *in, const struct session *out)
{
	open_half(v, in);
	vsession_set_ha(v, in, out->ha);
	if (vsession_replicated(v, in))
		vsession_replicate(v, in, true);
	vsession_set_clocks(v, in);
}

/* PPP is not where it was when the call was placed; it will ask again. */
static void take_back(struct vpdn *v, struct session *in, struct session *out)
{
	in->mate = out->mate = 0;
	vsession_end(v, out, CDN_CARRIER, ERROR_NONE, "PPP has begun again", ACCT_NAS_ERROR);
}

static void pass_early(struct vpdn *v, struct session *from, const struct session *to)
{
	g_autoptr(GPtrArray) early = vsession_steal_early(from);

	for (unsigned i = 0; early && i < early->len; i++) {
		size_t len;
		const void *frame = g_bytes_get_data(g_ptr_array_index(early, i), &len);

		pass_on(v, to, frame, len);
	}
}

/* Before its ICCN an LNS has no use for frames of a call. */
void hop_open(struct vpdn *v, uint32_t number)
{
	struct session *in = vsession_get(v, number), *out = in ? hop_mate(v, in) : NULL;

	if (!out || !in->open || in->closing || out->closing || !in->iccn_waits)
		return;
	in->iccn_waits = out->iccn_waits = false;
	vpdn_emit_fib(v, VPDN_FX_FIB_SESSION, out);
	vpdn_emit_fib(v, VPDN_FX_FIB_SESSION, in);
	pass_early(v, in, out);
	pass_early(v, out, in);
}

void hop_up(struct vpdn *v, struct session *out)
{
	struct session *in = hop_mate(v, out);

	if (!in || in->closing || out->closing || out->open)
		return;
	if (in->role == SESSION_PPPOE && !subscriber_hand_over(v, in)) {
		take_back(v, in, out);
		return;
	}
	open_half(v, out);
	logging_user_up(v, in);
	vpdn_acct_start(v, in);
	if (in->role == SESSION_PPPOE)
		open_subscriber(v, in, out);
	else
		open_half(v, in);
	if (l2tp_cc_replicated(v->l2tp, out->cc)) /* ICCN is a record of this transaction */
		vpdn_hold(v, HELD_HOP, in->number);
	else
		hop_open(v, in->number);
	vpdn_debug(v, "session %u goes on as session %u", in->number, out->number);
}

bool hop_retry(struct vpdn *v, struct session *s, const struct l2tp_cause *cause)
{
	struct session *in = hop_mate(v, s);

	if (s->role != SESSION_HOP_OUT || s->open || s->closing || !in || in->closing ||
		cause->by == L2TP_BY_LOCAL)
		return false;
	in->mate = s->mate = 0;
	vpdn_ckpt_mark(v, in->number);
	hop_begin(v, in);
	return true;
}

void hop_end_mate(struct vpdn *v, struct session *s, const struct l2tp_cause *cause,
	enum acct_cause acct)
{
	struct session *mate = hop_mate(v, s);
	bool said = cause->by == L2TP_BY_PEER && cause->result;

	if (mate && !mate->closing)
		vsession_end(v, mate, said ? cause->result : CDN_ERROR,
			said ? cause->error : ERROR_VENDOR,
			said && cause->text[0] ? cause->text : "the other tunnel lost it",
			acct);
}

void hop_frame(struct vpdn *v, struct session *s, const uint8_t *frame, size_t len)
{
	const struct session *mate = hop_mate(v, s);

	if (s->open && mate && !s->closing)
		pass_on(v, mate, frame, len);
}
