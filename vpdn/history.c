/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Failure history.  At most 50 rows, so finding a repeated one is a short walk, made
 * only when something fails.
 */
#include "vpdn/history.h"

#include "base/text.h"

enum {
	SIZE_DEFAULT = 20,
	SIZE_MAX_ROWS = 50,
};

struct failures {
	struct vpdn_failure rows[SIZE_MAX_ROWS];
	unsigned count, size;
	bool on;
};

struct failures *failures_new(void)
{
	struct failures *h = g_new0(struct failures, 1);

	h->size = SIZE_DEFAULT;
	h->on = true;
	return h;
}

void failures_free(struct failures *h)
{
	g_free(h);
}

static void remove_row(struct failures *h, unsigned i)
{
	h->count--;
	memmove(&h->rows[i], &h->rows[i + 1], (h->count - i) * sizeof(h->rows[0]));
}

void failures_configure(struct failures *h, unsigned size, bool on)
{
	h->size = size ? MIN(size, (unsigned)SIZE_MAX_ROWS) : SIZE_DEFAULT;
	h->on = on;
	while (h->count > h->size)
		remove_row(h, 0);
}

static bool is_repeat(const struct vpdn_failure *a, const struct vpdn_failure *b)
{
	return strcmp(a->user, b->user) == 0 && strcmp(a->nas, b->nas) == 0 &&
	       a->nas_ip == b->nas_ip && strcmp(a->type, b->type) == 0;
}

void failures_add(struct failures *h, const struct vpdn_failure *f)
{
	unsigned repeat = 1;

	if (!h->on)
		return;
	for (unsigned i = 0; i < h->count; i++) {
		if (is_repeat(&h->rows[i], f)) {
			repeat = h->rows[i].repeat + 1;
			remove_row(h, i);
			break;
		}
	}
	if (h->count == h->size)
		remove_row(h, 0);
	h->rows[h->count] = *f;
	h->rows[h->count++].repeat = repeat;
}

unsigned failures_count(const struct failures *h)
{
	return h->count;
}

const struct vpdn_failure *failures_get(const struct failures *h, unsigned i)
{
	return i < h->count ? &h->rows[i] : NULL;
}

void failures_clear(struct failures *h)
{
	h->count = 0;
}

void failures_text(char *to, size_t cap, const char *raw)
{
	g_autofree char *escaped = text_escape(raw ? raw : "", raw ? strlen(raw) : 0);

	g_strlcpy(to, escaped, cap);
}

static const char *const cdn_texts[] = {
	[1] = "Loss of carrier",
	[2] = "General error",
	[3] = "Administrative intervention",
	[4] = "Temporary lack of resources",
	[5] = "Permanent lack of resources",
	[6] = "Invalid destination",
	[7] = "No carrier detected",
	[8] = "Busy signal detected",
	[9] = "No dial tone",
	[10] = "Call not established within allotted time",
	[11] = "No appropriate framing",
};

static const char *const stopccn_texts[] = {
	[1] = "Request to clear control connection",
	[2] = "General error",
	[3] = "Control channel already exists",
	[4] = "Requester is not authorized",
	[5] = "Protocol version not supported",
	[6] = "Requester is being shut down",
	[7] = "Finite state machine error",
};

static const char *const error_texts[] = {
	[1] = "no control connection",
	[2] = "wrong length",
	[3] = "field out of range",
	[4] = "insufficient resources",
	[5] = "invalid session ID",
	[6] = "vendor error",
	[7] = "try another",
	[8] = "unknown mandatory AVP",
};

static const char *text_of(const char *const *table, size_t n, unsigned value)
{
	return value < n ? table[value] : NULL;
}

static void reason(const char *const *table, size_t n, const struct l2tp_cause *cause,
	char *to, size_t cap)
{
	const char *text = text_of(table, n, cause->result);
	const char *error =
		text_of(error_texts, G_N_ELEMENTS(error_texts), cause->error);

	if (cause->by == L2TP_BY_TIMEOUT)
		g_strlcpy(to, "No response from peer", cap);
	else if (!text)
		g_snprintf(to, cap, "Result code %u, error code %u", cause->result,
			cause->error);
	else if (cause->result == 2 && error)
		g_snprintf(to, cap, "%s: %s", text, error);
	else
		g_strlcpy(to, text, cap);
}

/* With what the peer's CDN says of PPP (RFC 3145). */
void failures_session_reason(const struct l2tp_cause *cause, char *to, size_t cap)
{
	const char *ppp = cause->ppp.known && cause->ppp.code ? l2tp_ppp_text(cause->ppp.code)
							      : NULL;
	size_t n;

	reason(cdn_texts, G_N_ELEMENTS(cdn_texts), cause, to, cap);
	n = strlen(to);
	if (ppp)
		g_snprintf(to + n, cap - n, ", PPP: %s", ppp);
	else if (cause->ppp.known && cause->ppp.code)
		g_snprintf(to + n, cap - n, ", PPP: code %u", cause->ppp.code);
}

void failures_tunnel_reason(const struct l2tp_cause *cause, char *to, size_t cap)
{
	reason(stopccn_texts, G_N_ELEMENTS(stopccn_texts), cause, to, cap);
}

const char *failures_session_type(const struct l2tp_cause *cause)
{
	static const char *const types[] = {
		[L2TP_BY_LOCAL] = "The local server closed this session",
		[L2TP_BY_PEER] = "The remote server closed this session",
		[L2TP_BY_TIMEOUT] = "Peer timed out",
		[L2TP_BY_PROTOCOL] = "Protocol error",
	};

	return types[cause->by];
}

bool failures_is_normal(const struct l2tp_cause *cause)
{
	return cause->by == L2TP_BY_LOCAL ||
	       (cause->by == L2TP_BY_PEER && cause->result == 1);
}
