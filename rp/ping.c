/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ping: ICMP echo (RFC 792) from the active RP through the FP, one request at a time; the FP
 * punts the replies.  The terminal's abort keys end the command like any other.
 */
#include "base/net.h"
#include "rp/internal.h"

#include <string.h>

enum {
	ICMP_HDR = 8,
	ICMP_TYPE_REPLY = 0,
	ICMP_TYPE_ECHO = 8,
	BYTES_DEFAULT = 100, /* of the IPv4 packet */
	BYTES_MIN = 36,
	BYTES_MAX = 2000,
	REPEAT_DEFAULT = 5,
	TIMEOUT_DEFAULT_S = 2,
	MARKS_A_LINE = 70,
};

/* One running command.  Owner: its cursor; rp->pings lists all of them. */
struct ping {
	struct rp *rp;
	uint32_t from, to;
	uint16_t id, seq;
	uint16_t size;
	uint32_t repeat, sent, got;
	base_dur timeout;
	base_time sent_at;
	bool waiting;
	base_dur rtt; /* of the last; negative: no reply yet */
	int64_t min_ms, max_ms, sum_ms;
};

static void ping_free(void *p)
{
	struct ping *g = p;

	g_ptr_array_remove_fast(g->rp->pings, g);
	g_free(g);
}

/* ---- packets ---------------------------------------------------------------------- */

static void send_echo(struct ping *g)
{
	uint8_t buf[BYTES_MAX];
	struct wr w = wr_init(buf, sizeof(buf));
	size_t n = g->size - IPV4_HDR;

	wr_u8(&w, ICMP_TYPE_ECHO);
	wr_u8(&w, 0);
	wr_u16(&w, 0);
	wr_u16(&w, g->id);
	wr_u16(&w, ++g->seq);
	while (w.len < n)
		wr_u8(&w, w.len & 1 ? 0xcd : 0xab);
	wr_set_u16(&w, 2, csum(buf, w.len, 0));
	g->sent++;
	g->sent_at = g->rp->now;
	g->waiting = true;
	g->rtt = (base_dur){ -1 };
	/* An address of our own: no packet leaves. */
	if (iface_by_ip(&g->rp->cfg.net, g->to))
		g->rtt = (base_dur){ 0 };
	else
		punt_send_icmp(g->rp, g->from, g->to, buf, w.len);
}

bool ping_input(struct rp *rp, const uint8_t *packet, size_t len)
{
	struct rd r = rd_init(packet, len);
	struct ipv4_hdr ip;

	if (!ipv4_parse(&r, &ip) || ip.proto != IPPROTO_NUM_ICMP ||
		csum(r.p, rd_left(&r), 0))
		return false;

	uint16_t type = rd_u16(&r); /* with the code */

	rd_u16(&r);

	uint16_t id = rd_u16(&r), seq = rd_u16(&r);

	if (r.bad || type != ICMP_TYPE_REPLY << 8)
		return false;
	for (guint i = 0; i < rp->pings->len; i++) {
		struct ping *g = rp->pings->pdata[i];

		if (g->id != id || g->seq != seq || g->to != ip.src ||
			g->from != ip.dst || !g->waiting || g->rtt.ns >= 0)
			continue;
		g->rtt = time_sub(rp->now, g->sent_at);
		shell_wake_at(rp, rp->now);
	}
	return true;
}

/* ---- the command ------------------------------------------------------------------ */

/* A subscriber knows us by a loopback, which is first in the table. */
static uint32_t source_for(const struct iface_table *t, uint32_t ip)
{
	uint32_t from = iface_source_for(t, ip);

	for (guint k = 0; k < t->ifaces->len && !from; k++)
		from = ((const struct iface *)t->ifaces->pdata[k])->ip;
	return from;
}

static bool take_source(struct cli_session *s, struct ping *g, const char *text)
{
	struct iface_table *t = &g->rp->cfg.net;
	g_autofree char *name = text ? cli_iface_canon(text) : NULL;
	const struct iface *i = name ? iface_get(t, name, false) : NULL;
	uint32_t ip;

	if (!text)
		g->from = source_for(t, g->to);
	else if (ipv4_from_str(text, &ip))
		g->from = iface_by_ip(t, ip) ? ip : 0;
	else
		g->from = i ? i->ip : 0;
	if (g->from)
		return true;
	if (text)
		cli_fail(s, "Invalid source address- IP address not on any of our up "
			    "interfaces");
	else
		cli_fail(s, "no interface has an IP address to ping from");
	return false;
}

static void begin(struct cli_session *s, struct ping *g)
{
	char to[16], from[16];

	cli_puts(s, "Type escape sequence to abort.\n");
	cli_print(s, "Sending %u, %u-byte ICMP Echos to %s, timeout is %d seconds:\n",
		g->repeat, g->size, ipv4_to_str(g->to, to),
		(int)(dur_to_ms(g->timeout) / 1000));
	if (cli_cursor(s)->pos[0])
		cli_print(s, "Packet sent with a source address of %s \n",
			ipv4_to_str(g->from, from));
}

static struct ping *ping_new(
	struct cli_session *s, const struct cli_args *args, struct rp *rp)
{
	struct ping *g = g_new0(struct ping, 1);
	struct cli_cursor *c = cli_cursor(s);
	uint32_t timeout = TIMEOUT_DEFAULT_S;
	uint16_t size = BYTES_DEFAULT;

	g->rp = rp;
	g_ptr_array_add(rp->pings, g);
	c->state = g;
	c->free_state = ping_free;
	g->id = rp->punt.ping_id++;
	g->repeat = REPEAT_DEFAULT;
	cli_arg_ipv4(args, "address", &g->to);
	cli_arg_u32(args, "count", &g->repeat);
	cli_arg_u16(args, "bytes", &size);
	cli_arg_u32(args, "seconds", &timeout);
	g->size = size;
	g->timeout = dur_s(timeout);
	c->pos[0] = cli_has(args, "from");
	return g;
}

static void mark(struct cli_session *s, struct ping *g, bool replied)
{
	g->waiting = false;
	cli_puts(s, replied ? "!" : ".");
	if (g->sent % MARKS_A_LINE == 0 || g->sent == g->repeat)
		cli_puts(s, "\n");
	if (!replied)
		return;

	/* Whole milliseconds, at least one, as everybody prints them. */
	int64_t ms = MAX(dur_to_ms(g->rtt), 1);

	g->min_ms = g->got ? MIN(g->min_ms, ms) : ms;
	g->max_ms = MAX(g->max_ms, ms);
	g->sum_ms += ms;
	g->got++;
}

static void end(struct cli_session *s, const struct ping *g)
{
	cli_print(s, "Success rate is %u percent (%u/%u)",
		(unsigned)((uint64_t)g->got * 100 / g->sent), g->got, g->sent);
	if (g->got)
		cli_print(s, ", round-trip min/avg/max = %d/%d/%d ms", (int)g->min_ms,
			(int)(g->sum_ms / g->got), (int)g->max_ms);
	cli_puts(s, "\n");
}

static enum cli_result ping(
	struct cli_session *s, const struct cli_args *args, void *user)
{
	struct rp *rp = user;
	struct ping *g = cli_cursor(s)->state;

	if (!rf_is_active(&rp->rf))
		return cli_fail(s, "ping works on the active RP only");
	if (!g) {
		g = ping_new(s, args, rp);
		if (!take_source(s, g, cli_str(args, "from")))
			return CLI_DONE;
		begin(s, g);
		send_echo(g);
	}
	if (g->rtt.ns >= 0) {
		mark(s, g, true);
	} else if (!time_before(rp->now, time_add(g->sent_at, g->timeout))) {
		mark(s, g, false);
	} else {
		shell_wake_at(rp, time_add(g->sent_at, g->timeout));
		return CLI_WAIT;
	}
	if (g->sent == g->repeat) {
		end(s, g);
		return CLI_DONE;
	}
	send_echo(g);
	return CLI_MORE;
}

/* clang-format off */
const struct cli_command ping_commands[] = {
	{ CLI_EXEC, "ping [ip] <address:ipv4> [repeat <count:1-100000> | size <bytes:36-2000> | source <from:word> | timeout <seconds:0-3600>]...",
	            "Send echo messages", ping },
	{ 0 },
};

const struct cli_word ping_words[] = {
	{ "ping ip", "IP echo" },
	{ "ping <address>", "Address to ping" },
	{ "<address> repeat", "How many requests" },
	{ "<address> size", "Octets of each IPv4 packet" },
	{ "<address> source", "Address or interface to send from" },
	{ "<address> timeout", "Seconds to wait for each reply" },
	{ NULL, NULL },
};
/* clang-format on */

G_STATIC_ASSERT(BYTES_MIN >= IPV4_HDR + ICMP_HDR);
