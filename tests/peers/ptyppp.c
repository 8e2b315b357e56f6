/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PPP end on a pty, standing in for pppd where the kernel has no /dev/ppp.
 *
 * xl2tpd runs it as "pppd /dev/pts/N passive nodetach : name NAME file OPTIONS".  One
 * process is one subscriber (or, with `server`, the access server's side): asynchronous
 * HDLC framing (RFC 1662), LCP (RFC 1661), PAP (RFC 1334), CHAP-MD5 (RFC 1994) or, as
 * client, MS-CHAPv2 (RFC 2759), IPCP
 * (RFC 1332) with name servers (RFC 1877), and a TUN device for the IP packets.  The PPP
 * here is on purpose not the one in ppp/: a peer that shares our code proves nothing.
 *
 * The options file holds one "key value" a line; see option() for the keys.  What happens
 * is appended to the status file, one line an event: seconds, event, key=value ...
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/buf.h"

#include "tests/peers/ptyio.h"
#include "tests/peers/ptymschap.h"

enum {
	PROTO_IP = 0x0021,
	PROTO_IPCP = 0x8021,
	PROTO_LCP = 0xc021,
	PROTO_PAP = 0xc023,
	PROTO_CHAP = 0xc223,
};

enum code {
	CONF_REQ = 1,
	CONF_ACK,
	CONF_NAK,
	CONF_REJ,
	TERM_REQ,
	TERM_ACK,
	CODE_REJ,
	PROTO_REJ,
	ECHO_REQ,
	ECHO_REPLY,
};

enum {
	LCP_MRU = 1,
	LCP_ACCM,
	LCP_AUTH,
	LCP_MAGIC = 5,
	LCP_PFC = 7,
	LCP_ACFC = 8,
	IPCP_ADDRESS = 3,
	IPCP_DNS1 = 129,
	IPCP_DNS2 = 131,
	MS_CHAP2 = 0x81, /* algorithm of CHAP */
};

#define RETRY_MS 3000
#define RETRIES  10 /* of 3 s each; more of shorter ones */

/* One option that we ask for; dropped when the peer rejects it. */
struct want {
	uint8_t type;
	uint8_t len; /* of the value */
	uint8_t value[5];
	bool on;
};

/* LCP or IPCP: the negotiation of one protocol. */
struct ncp {
	uint16_t proto;
	uint8_t id; /* of our newest Configure-Request */
	bool started;
	bool got_ack;  /* the peer accepts what we ask */
	bool sent_ack; /* we accept what the peer asks */
	unsigned tries;
	int64_t retry_at;
	struct want want[4];
};

struct ptyppp {
	const char *tty;
	char *user;
	char *password;
	char *status;
	char *netns;
	char *tun_name;
	bool server;
	bool refuse_pap;
	bool refuse_chap;
	bool mschap2; /* client: nothing but MS-CHAPv2 */
	uint16_t demand; /* server: PROTO_PAP or PROTO_CHAP */
	uint32_t local;  /* addresses in host order */
	uint32_t remote;
	uint32_t dns1;
	uint32_t dns2;

	int line;
	int tun;
	bool finished;
	int64_t retry_ms;
	struct ncp lcp;
	struct ncp ipcp;
	uint16_t auth; /* what the peer wants of us; 0 nothing */
	bool authenticated;
	uint8_t auth_id;
	int64_t auth_at; /* PAP request, CHAP challenge or response goes out again */
	uint8_t challenge[16];
	uint8_t response[300]; /* CHAP, of a client; RFC 1994 4.2: it may be repeated */
	size_t response_len;
	struct hdlc_rx rx;
	uint64_t bad_fcs;
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Appends one event to the status file, in a single write so that readers see whole lines. */
G_GNUC_PRINTF(2, 3)
static void report(const struct ptyppp *p, const char *fmt, ...)
{
	struct timespec ts;
	va_list ap;

	if (!p->status)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	va_start(ap, fmt);
	g_autofree char *text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	g_autofree char *line = g_strdup_printf(
		"%lld.%06ld %s\n", (long long)ts.tv_sec, ts.tv_nsec / 1000, text);
	int fd = open(p->status, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	if (write(fd, line, strlen(line)) < 0)
		perror("status");
	close(fd);
}

static const char *addr_text(uint32_t host_order, char buf[INET_ADDRSTRLEN])
{
	struct in_addr a = { .s_addr = htonl(host_order) };

	return inet_ntop(AF_INET, &a, buf, INET_ADDRSTRLEN);
}

static void send_packet(struct ptyppp *p, uint16_t proto, uint8_t code, uint8_t id,
	const uint8_t *body, size_t n)
{
	uint8_t buf[PPP_MTU];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(n + 4));
	wr_bytes(&w, body, n);
	if (!w.bad)
		hdlc_send(p->line, proto, buf, w.len);
}

/* Configure-Request and its answers, the same for LCP and IPCP. */

static void conf_request(struct ptyppp *p, struct ncp *ncp)
{
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));

	for (size_t i = 0; i < G_N_ELEMENTS(ncp->want); i++) {
		const struct want *o = &ncp->want[i];

		if (!o->on)
			continue;
		wr_u8(&w, o->type);
		wr_u8(&w, o->len + 2);
		wr_bytes(&w, o->value, o->len);
	}
	ncp->started = true;
	ncp->got_ack = false;
	ncp->retry_at = now_ms() + p->retry_ms;
	send_packet(p, ncp->proto, CONF_REQ, ++ncp->id, buf, w.len);
}

static struct want *want_of(struct ncp *ncp, uint8_t type)
{
	for (size_t i = 0; i < G_N_ELEMENTS(ncp->want); i++)
		if (ncp->want[i].on && ncp->want[i].type == type)
			return &ncp->want[i];
	return NULL;
}

static uint32_t want_u32(struct ncp *ncp, uint8_t type)
{
	const struct want *o = want_of(ncp, type);
	struct rd r = rd_init(o ? o->value : NULL, o ? o->len : 0);

	return o ? rd_u32(&r) : 0;
}

/* What we say to one option of the peer's request: CONF_ACK, CONF_NAK (with the value we
 * would take in `nak`) or CONF_REJ. */
static enum code judge_lcp(struct ptyppp *p, uint8_t type, struct rd v, struct wr *nak)
{
	switch (type) {
	case LCP_MRU:
	case LCP_ACCM:
	case LCP_MAGIC:
	case LCP_PFC:
	case LCP_ACFC:
		return CONF_ACK;
	case LCP_AUTH: {
		uint16_t proto = rd_u16(&v);
		uint8_t algorithm = rd_u8(&v);

		if (p->server)
			return CONF_REJ;
		if (p->mschap2 && proto == PROTO_CHAP && algorithm == MS_CHAP2)
			p->auth = PROTO_CHAP;
		else if (p->mschap2)
			wr_bytes(nak,
				(const uint8_t[]){ LCP_AUTH, 5, 0xc2, 0x23, MS_CHAP2 }, 5);
		else if (proto == PROTO_PAP && !p->refuse_pap)
			p->auth = PROTO_PAP;
		else if (proto == PROTO_CHAP && algorithm == 5 && !p->refuse_chap)
			p->auth = PROTO_CHAP;
		else if (!p->refuse_chap)
			wr_bytes(nak, (const uint8_t[]){ LCP_AUTH, 5, 0xc2, 0x23, 5 },
				5);
		else if (!p->refuse_pap)
			wr_bytes(nak, (const uint8_t[]){ LCP_AUTH, 4, 0xc0, 0x23 }, 4);
		else
			return CONF_REJ;
		return nak->len ? CONF_NAK : CONF_ACK;
	}
	default:
		return CONF_REJ;
	}
}

static enum code judge_ipcp(struct ptyppp *p, uint8_t type, struct rd v, struct wr *nak)
{
	uint32_t asked = rd_u32(&v);
	uint32_t good;

	if (type == IPCP_ADDRESS && !p->server) {
		p->remote = asked;
		return asked ? CONF_ACK : CONF_REJ;
	}
	if (type == IPCP_ADDRESS)
		good = p->remote;
	else if (type == IPCP_DNS1 && p->server)
		good = p->dns1;
	else if (type == IPCP_DNS2 && p->server && p->dns2)
		good = p->dns2;
	else
		return CONF_REJ;
	if (asked == good)
		return CONF_ACK;
	wr_u8(nak, type);
	wr_u8(nak, 6);
	wr_u32(nak, good);
	return CONF_NAK;
}

static void conf_judge(struct ptyppp *p, struct ncp *ncp, uint8_t id, struct rd body)
{
	uint8_t buf[2][PPP_MTU];
	struct wr nak = wr_init(buf[0], PPP_MTU);
	struct wr rej = wr_init(buf[1], PPP_MTU);
	struct rd all = body;

	if (ncp == &p->lcp)
		p->auth = 0;
	while (rd_left(&body) > 0) {
		uint8_t hdr[2];

		rd_copy(&body, hdr, sizeof(hdr));
		struct rd value = rd_sub(&body, hdr[1] < 2 ? PPP_MTU : hdr[1] - 2u);
		uint8_t one[8];
		struct wr better = wr_init(one, sizeof(one));
		enum code say;

		if (value.bad) {
			report(p, "malformed proto=%04x", ncp->proto);
			return;
		}
		if (ncp == &p->lcp)
			say = judge_lcp(p, hdr[0], value, &better);
		else
			say = judge_ipcp(p, hdr[0], value, &better);
		if (say == CONF_NAK)
			wr_bytes(&nak, one, better.len);
		if (say != CONF_REJ)
			continue;
		wr_bytes(&rej, hdr, 2);
		wr_bytes(&rej, value.p, rd_left(&value));
	}
	ncp->sent_ack = !rej.len && !nak.len;
	if (rej.len)
		send_packet(p, ncp->proto, CONF_REJ, id, buf[1], rej.len);
	else if (nak.len)
		send_packet(p, ncp->proto, CONF_NAK, id, buf[0], nak.len);
	else
		send_packet(p, ncp->proto, CONF_ACK, id, all.p, rd_left(&all));
}

/* A Nak gives the value to ask for next, a Reject takes the option off our list. */
static void conf_changed(
	struct ptyppp *p, struct ncp *ncp, enum code code, struct rd body)
{
	while (rd_left(&body) > 0) {
		uint8_t type = rd_u8(&body);
		uint8_t len = rd_u8(&body);
		struct rd value = rd_sub(&body, len < 2 ? PPP_MTU : len - 2u);
		struct want *o = want_of(ncp, type);

		if (value.bad)
			return;
		if (o && code == CONF_REJ) {
			report(p, "rejected proto=%04x option=%u", ncp->proto, type);
			o->on = false;
		} else if (o && rd_left(&value) <= sizeof(o->value)) {
			o->len = (uint8_t)rd_left(&value);
			rd_copy(&value, o->value, o->len);
		}
	}
	conf_request(p, ncp);
}

/* Authentication. */

static void chap_hash(uint8_t id, const char *secret, const uint8_t *challenge,
	size_t n, uint8_t out[16])
{
	g_autoptr(GChecksum) md5 = g_checksum_new(G_CHECKSUM_MD5);
	gsize len = 16;

	g_checksum_update(md5, &id, 1);
	g_checksum_update(md5, (const guchar *)secret, (gssize)strlen(secret));
	g_checksum_update(md5, challenge, (gssize)n);
	g_checksum_get_digest(md5, out, &len);
}

static void pap_request(struct ptyppp *p)
{
	uint8_t buf[520];
	struct wr w = wr_init(buf, sizeof(buf));

	wr_u8(&w, (uint8_t)strlen(p->user));
	wr_bytes(&w, p->user, (uint8_t)strlen(p->user));
	wr_u8(&w, (uint8_t)strlen(p->password));
	wr_bytes(&w, p->password, (uint8_t)strlen(p->password));
	p->auth_at = now_ms() + p->retry_ms;
	send_packet(p, PROTO_PAP, 1, ++p->auth_id, buf, w.len);
}

static void chap_challenge(struct ptyppp *p)
{
	uint8_t buf[64];
	struct wr w = wr_init(buf, sizeof(buf));

	for (size_t i = 0; i < sizeof(p->challenge); i++)
		p->challenge[i] = (uint8_t)g_random_int();
	wr_u8(&w, sizeof(p->challenge));
	wr_bytes(&w, p->challenge, sizeof(p->challenge));
	wr_bytes(&w, "server", 6);
	p->auth_at = now_ms() + p->retry_ms;
	send_packet(p, PROTO_CHAP, 1, ++p->auth_id, buf, w.len);
}

static void authenticate_again(struct ptyppp *p)
{
	if (p->demand == PROTO_CHAP) {
		chap_challenge(p);
	} else if (p->auth == PROTO_PAP) {
		pap_request(p);
	} else if (p->auth == PROTO_CHAP) {
		p->auth_at = now_ms() + p->retry_ms;
		send_packet(p, PROTO_CHAP, 2, p->auth_id, p->response, p->response_len);
	}
}

static void start_ipcp(struct ptyppp *p)
{
	p->authenticated = true;
	p->auth_at = INT64_MAX;
	uint16_t by = p->server ? p->demand : p->auth;

	report(p, "authenticated by=%s",
		by == PROTO_PAP    ? "pap"
		: p->mschap2       ? "mschapv2"
		: by == PROTO_CHAP ? "chap"
				   : "none");
	conf_request(p, &p->ipcp);
}

static void auth_failed(struct ptyppp *p, const char *why)
{
	report(p, "auth-failed by=%s", why);
	p->finished = true;
}

static bool same_text(struct rd *r, size_t n, const char *text)
{
	const uint8_t *p = rd_take(r, n);

	return p && n == strlen(text) && memcmp(p, text, n) == 0;
}

static void input_pap(struct ptyppp *p, uint8_t code, uint8_t id, struct rd body)
{
	if (code == 1 && p->demand == PROTO_PAP) {
		bool ok = same_text(&body, rd_u8(&body), p->user);

		ok = same_text(&body, rd_u8(&body), p->password) && ok;
		send_packet(p, PROTO_PAP, ok ? 2 : 3, id, (const uint8_t[]){ 0 }, 1);
		if (!ok)
			auth_failed(p, "pap");
		else if (!p->authenticated)
			start_ipcp(p);
	} else if (code == 2 && p->auth == PROTO_PAP && !p->authenticated) {
		start_ipcp(p);
	} else if (code == 3 && p->auth == PROTO_PAP) {
		auth_failed(p, "pap");
	}
}

/* Our answer to a Challenge; false when there is none. */
static bool chap_response(struct ptyppp *p, uint8_t id, struct rd value, struct wr *w)
{
	uint8_t out[MSCHAP2_RESPONSE];

	if (!p->mschap2) {
		chap_hash(id, p->password, value.p, rd_left(&value), out);
		wr_u8(w, 16);
		wr_bytes(w, out, 16);
	} else {
		rd_copy(&value, p->challenge, sizeof(p->challenge));
		for (size_t i = 0; i < MSCHAP2_CHALLENGE; i++)
			out[i] = (uint8_t)g_random_int();
		if (value.bad || !mschap2_respond(p->user, p->password, p->challenge, out))
			return false;
		wr_u8(w, sizeof(out));
		wr_bytes(w, out, sizeof(out));
	}
	wr_bytes(w, p->user, strlen(p->user));
	return true;
}

/* With MS-CHAPv2 the server has to prove itself, too. */
static void chap_succeeded(struct ptyppp *p, struct rd body)
{
	if (p->mschap2 && !mschap2_success(p->user, p->password, p->challenge,
			p->response + 1, body.p, rd_left(&body)))
		auth_failed(p, "mschapv2-server");
	else
		start_ipcp(p);
}

static void input_chap(struct ptyppp *p, uint8_t code, uint8_t id, struct rd body)
{
	if (code == 1 && p->auth == PROTO_CHAP) {
		struct rd value = rd_sub(&body, rd_u8(&body));
		struct wr w = wr_init(p->response, sizeof(p->response));

		if (!chap_response(p, id, value, &w))
			return;
		p->response_len = w.len;
		p->auth_id = id;
		p->auth_at = now_ms() + p->retry_ms;
		send_packet(p, PROTO_CHAP, 2, id, p->response, w.len);
	} else if (code == 2 && p->demand == PROTO_CHAP && id == p->auth_id) {
		uint8_t got[16];
		uint8_t digest[16];

		chap_hash(id, p->password, p->challenge, sizeof(p->challenge), digest);
		bool ok = rd_u8(&body) == sizeof(got);

		rd_copy(&body, got, sizeof(got));
		ok = ok && !body.bad && memcmp(got, digest, sizeof(got)) == 0;
		ok = same_text(&body, rd_left(&body), p->user) && ok;
		send_packet(p, PROTO_CHAP, ok ? 3 : 4, id, NULL, 0);
		if (!ok)
			auth_failed(p, "chap");
		else if (!p->authenticated)
			start_ipcp(p);
	} else if (code == 3 && p->auth == PROTO_CHAP && !p->authenticated) {
		chap_succeeded(p, body);
	} else if (code == 4 && p->auth == PROTO_CHAP) {
		auth_failed(p, "chap");
	}
}

static void ipcp_up(struct ptyppp *p)
{
	char a[4][INET_ADDRSTRLEN];
	uint32_t local = want_u32(&p->ipcp, IPCP_ADDRESS);

	p->ipcp.retry_at = INT64_MAX;
	if (p->tun >= 0)
		close(p->tun); /* a new address after a renegotiation */
	p->tun = tun_open(p->tun_name, local, p->remote, !p->server);
	if (p->tun < 0) {
		p->finished = true;
		return;
	}
	report(p, "ipcp-up local=%s peer=%s dns1=%s dns2=%s tun=%s pid=%d",
		addr_text(local, a[0]), addr_text(p->remote, a[1]),
		addr_text(p->server ? p->dns1 : want_u32(&p->ipcp, IPCP_DNS1), a[2]),
		addr_text(p->server ? p->dns2 : want_u32(&p->ipcp, IPCP_DNS2), a[3]),
		p->tun_name, (int)getpid());
}

/* Phases. */

static bool opened(const struct ncp *ncp)
{
	return ncp->got_ack && ncp->sent_ack;
}

static void lcp_up(struct ptyppp *p)
{
	p->lcp.retry_at = INT64_MAX;
	report(p, "lcp-up auth=%04x", p->server ? p->demand : p->auth);
	if (p->demand == PROTO_CHAP)
		chap_challenge(p);
	else if (p->auth == PROTO_PAP)
		pap_request(p);
	else if (!p->auth && !p->demand)
		start_ipcp(p);
}

/* The peer starts over: everything above this protocol begins again too. */
static void ncp_down(struct ptyppp *p, struct ncp *ncp)
{
	report(p, "%s-down", ncp == &p->lcp ? "lcp" : "ipcp");
	ncp->got_ack = false;
	ncp->sent_ack = false;
	ncp->tries = 0;
	if (ncp == &p->lcp) {
		p->authenticated = false;
		p->auth_at = INT64_MAX;
		p->ipcp.started = false;
		p->ipcp.got_ack = false;
		p->ipcp.sent_ack = false;
	}
}

static void input_ncp(
	struct ptyppp *p, struct ncp *ncp, uint8_t code, uint8_t id, struct rd body)
{
	bool was_open = opened(ncp);

	switch (code) {
	case CONF_REQ:
		if (was_open) {
			ncp_down(p, ncp);
			was_open = false;
		}
		if (!ncp->started || (!ncp->got_ack && ncp->retry_at == INT64_MAX))
			conf_request(p, ncp);
		conf_judge(p, ncp, id, body);
		break;
	case CONF_ACK:
		if (id != ncp->id)
			break;
		ncp->got_ack = true;
		ncp->retry_at = INT64_MAX;
		break;
	case CONF_NAK:
	case CONF_REJ:
		if (id == ncp->id)
			conf_changed(p, ncp, code, body);
		break;
	case TERM_REQ:
		report(p, "terminated proto=%04x", ncp->proto);
		send_packet(p, ncp->proto, TERM_ACK, id, NULL, 0);
		p->finished = true;
		break;
	case ECHO_REQ:
		if (ncp != &p->lcp || !was_open)
			break;
		uint8_t reply[PPP_MTU];
		struct wr w = wr_init(reply, sizeof(reply));
		const struct want *magic = want_of(ncp, LCP_MAGIC);

		wr_bytes(&w, magic ? magic->value : (const uint8_t[4]){ 0 }, 4);
		rd_skip(&body, 4);
		wr_bytes(&w, body.p, rd_left(&body));
		send_packet(p, PROTO_LCP, ECHO_REPLY, id, reply, w.len);
		report(p, "echo-request id=%u", id);
		break;
	case PROTO_REJ:
		report(p, "protocol-reject proto=%04x", rd_u16(&body));
		break;
	default:
		break;
	}
	if (!was_open && opened(ncp)) {
		if (ncp == &p->lcp)
			lcp_up(p);
		else
			ipcp_up(p);
	}
}

static void input_ip(struct ptyppp *p, struct rd r)
{
	if (p->tun >= 0 && opened(&p->ipcp) && write(p->tun, r.p, rd_left(&r)) < 0)
		report(p, "tun-write-failed errno=%d", errno);
}

static void input_frame(struct ptyppp *p, const uint8_t *frame, size_t n)
{
	if (n < 4)
		return;
	if (!hdlc_fcs_good(frame, n)) {
		report(p, "bad-fcs count=%llu", (unsigned long long)++p->bad_fcs);
		return;
	}
	struct rd r = rd_init(frame, n - 2);

	if (r.p[0] == 0xff && r.p[1] == 0x03)
		rd_skip(&r, 2);
	uint16_t proto = rd_u8(&r);

	if (!(proto & 1))
		proto = (uint16_t)(proto << 8 | rd_u8(&r));
	if (proto == PROTO_IP) {
		input_ip(p, r);
		return;
	}
	struct rd whole = r;
	uint8_t code = rd_u8(&r);
	uint8_t id = rd_u8(&r);
	uint16_t len = rd_u16(&r);
	struct rd body = rd_sub(&r, len < 4 ? PPP_MTU : len - 4u);

	if (body.bad) {
		report(p, "malformed proto=%04x", proto);
	} else if (proto == PROTO_LCP) {
		input_ncp(p, &p->lcp, code, id, body);
	} else if (!opened(&p->lcp)) {
		return; /* RFC 1661 3.4: nothing else counts before LCP is open */
	} else if (proto == PROTO_PAP) {
		input_pap(p, code, id, body);
	} else if (proto == PROTO_CHAP) {
		input_chap(p, code, id, body);
	} else if (proto == PROTO_IPCP) {
		if (p->authenticated)
			input_ncp(p, &p->ipcp, code, id, body);
	} else {
		uint8_t buf[PPP_MTU];
		struct wr w = wr_init(buf, sizeof(buf));

		wr_u16(&w, proto);
		wr_bytes(&w, whole.p, MIN(rd_left(&whole), 64));
		send_packet(p, PROTO_LCP, PROTO_REJ, ++p->lcp.id, buf, w.len);
		report(p, "rejecting proto=%04x", proto);
	}
}

/* I/O. */

static void read_line(struct ptyppp *p)
{
	uint8_t buf[4096];
	ssize_t n = read(p->line, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		report(p, "hangup");
		p->finished = true;
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if (hdlc_input(&p->rx, buf[i]))
			input_frame(p, p->rx.frame, p->rx.len);
}

static void read_tun(struct ptyppp *p)
{
	uint8_t buf[PPP_MTU];

	for (int burst = 0; burst < 32; burst++) {
		ssize_t n = read(p->tun, buf, sizeof(buf));

		if (n <= 0)
			return;
		if (buf[0] >> 4 == 4 &&
			opened(&p->ipcp)) /* no IPv6 noise of the kernel */
			hdlc_send(p->line, PROTO_IP, buf, (size_t)n);
	}
}

static void retry(struct ptyppp *p, struct ncp *ncp, int64_t now)
{
	if (!ncp->started || now < ncp->retry_at)
		return;
	if (++ncp->tries * p->retry_ms > RETRIES * RETRY_MS) {
		report(p, "timeout proto=%04x", ncp->proto);
		p->finished = true;
		return;
	}
	conf_request(p, ncp);
}

static void work(struct ptyppp *p)
{
	while (!p->finished && !stop_signal) {
		struct pollfd fds[2] = {
			{ .fd = p->line, .events = POLLIN },
			{ .fd = p->tun, .events = POLLIN },
		};

		if (poll(fds, 2, 100) > 0) {
			if (fds[0].revents)
				read_line(p);
			if (fds[1].revents)
				read_tun(p);
		}
		int64_t now = now_ms();

		retry(p, &p->lcp, now);
		retry(p, &p->ipcp, now);
		if (now >= p->auth_at && !p->authenticated && opened(&p->lcp))
			authenticate_again(p);
	}
	if (stop_signal && p->lcp.started)
		send_packet(p, PROTO_LCP, TERM_REQ, ++p->lcp.id, NULL, 0);
	report(p, "exit signal=%d", (int)stop_signal);
}

static uint32_t parse_addr(const char *text)
{
	struct in_addr a = { 0 };

	inet_pton(AF_INET, text, &a);
	return ntohl(a.s_addr);
}

/* Keys of the options file that are a text or an address. */
static const struct {
	const char *key;
	bool addr;
	size_t at;
} option_keys[] = {
	/* clang-format off */
	{ "user",     false, offsetof(struct ptyppp, user) },
	{ "password", false, offsetof(struct ptyppp, password) },
	{ "status",   false, offsetof(struct ptyppp, status) },
	{ "netns",    false, offsetof(struct ptyppp, netns) },
	{ "tun",      false, offsetof(struct ptyppp, tun_name) },
	{ "local",    true,  offsetof(struct ptyppp, local) },
	{ "remote",   true,  offsetof(struct ptyppp, remote) },
	{ "dns1",     true,  offsetof(struct ptyppp, dns1) },
	{ "dns2",     true,  offsetof(struct ptyppp, dns2) },
	/* clang-format on */
};

/* One line of the options file; also `refuse pap|chap` (client), `server pap|chap` (be the
 * server's side and demand that), `only mschapv2` (client) and `retry MS` (the restart
 * timer). */
static bool option(struct ptyppp *p, const char *key, const char *value)
{
	bool chap = !strcmp(value, "chap");

	if (!strcmp(key, "only")) {
		p->mschap2 = !strcmp(value, "mschapv2");
		return p->mschap2;
	}
	if (!strcmp(key, "refuse")) {
		*(chap ? &p->refuse_chap : &p->refuse_pap) = true;
		return true;
	}
	if (!strcmp(key, "retry")) {
		p->retry_ms = g_ascii_strtoll(value, NULL, 10);
		return p->retry_ms > 0;
	}
	if (!strcmp(key, "server")) {
		p->server = true;
		p->demand = chap ? PROTO_CHAP : PROTO_PAP;
		return true;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(option_keys); i++) {
		void *field = (char *)p + option_keys[i].at;

		if (strcmp(key, option_keys[i].key))
			continue;
		if (option_keys[i].addr)
			*(uint32_t *)field = parse_addr(value);
		else
			*(char **)field = g_strdup(value);
		return true;
	}
	return false;
}

static bool read_options(struct ptyppp *p, const char *file)
{
	g_autofree char *all = NULL;

	if (!g_file_get_contents(file, &all, NULL, NULL)) {
		fprintf(stderr, "ptyppp: cannot read %s\n", file);
		return false;
	}
	g_auto(GStrv) lines = g_strsplit(all, "\n", -1);

	for (char **l = lines; *l; l++) {
		char *line = g_strstrip(*l);
		char *value = strchr(line, ' ');

		if (!*line || *line == '#')
			continue;
		if (value)
			*value++ = '\0';
		if (!value || !option(p, line, g_strstrip(value))) {
			fprintf(stderr, "ptyppp: %s: bad line: %s\n", file, line);
			return false;
		}
	}
	return true;
}

/* LOCAL:REMOTE gives the addresses, the file the rest; other words that xl2tpd adds for
 * pppd mean nothing here. */
static bool arguments(struct ptyppp *p, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		g_auto(GStrv) pair = g_strsplit(argv[i], ":", 2);

		if (!strncmp(argv[i], "/dev/", 5)) {
			p->tty = argv[i];
		} else if (!strcmp(argv[i], "file") && i + 1 < argc) {
			if (!read_options(p, argv[++i]))
				return false;
		} else if (g_strv_length(pair) == 2 && g_ascii_isdigit(argv[i][0])) {
			p->local = parse_addr(pair[0]);
			p->remote = parse_addr(pair[1]);
		}
	}
	return p->user && p->password && p->tun_name;
}

static void ask_for(struct ncp *ncp, size_t at, uint8_t type, uint32_t value)
{
	ncp->want[at] = (struct want){ .type = type, .len = 4, .on = true };
	put_u32(ncp->want[at].value, value);
}

static void set_wishes(struct ptyppp *p)
{
	ask_for(&p->lcp, 0, LCP_ACCM, 0);
	ask_for(&p->lcp, 1, LCP_MAGIC, g_random_int() | 1);
	if (p->demand == PROTO_CHAP)
		p->lcp.want[2] = (struct want){ LCP_AUTH, 3, { 0xc2, 0x23, 5 }, true };
	else if (p->demand == PROTO_PAP)
		p->lcp.want[2] = (struct want){ LCP_AUTH, 2, { 0xc0, 0x23 }, true };
	ask_for(&p->ipcp, 0, IPCP_ADDRESS, p->local);
	if (p->server)
		return;
	ask_for(&p->ipcp, 1, IPCP_DNS1, 0);
	ask_for(&p->ipcp, 2, IPCP_DNS2, 0);
}

int main(int argc, char **argv)
{
	struct ptyppp p = {
		.tun = -1,
		.retry_ms = RETRY_MS,
		.auth_at = INT64_MAX,
		.lcp = { .proto = PROTO_LCP, .retry_at = INT64_MAX },
		.ipcp = { .proto = PROTO_IPCP, .retry_at = INT64_MAX },
	};
	struct sigaction act = { .sa_handler = on_signal };
	struct sched_param prio = { .sched_priority = 10 };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	if (!arguments(&p, argc, argv)) {
		fprintf(stderr,
			"usage: ptyppp [/dev/pts/N] [pppd words] file OPTIONS\n");
		return 2;
	}
	p.line = line_open(p.tty);
	if (p.line < 0 || (p.netns && !netns_enter(p.netns)))
		return 1;
	/* A late peer must not be taken for a lossy router; without the right, as is. */
	if (sched_setscheduler(0, SCHED_FIFO, &prio) < 0)
		report(&p, "normal-priority");
	set_wishes(&p);
	report(&p, "start pid=%d", (int)getpid());
	conf_request(&p, &p.lcp);
	work(&p);
	return 0;
}
