/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "acdrive.h"

#include "base/net.h"
#include "tests/lib/hex.h"

static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

void ac_drive_new(struct ac_drive *d, const struct pppoe_ac_config *cfg)
{
	*d = (struct ac_drive){
		.ac = pppoe_ac_new(cfg, (base_time){ 5000000000 }),
		.now = { 5000000000 },
		.access = { 3, 1, { 2, 0, 0, 0, 0, 3 } },
		.peer = { .port = 3, .client = { 2, 0, 0, 0, 1, 1 } },
		.group = { .name = "bba", .ac_name = "ac" },
		.said = g_queue_new(),
		.frames = g_byte_array_new(),
	};
	memcpy(d->peer.ac, d->access.mac, 6);
	ac_drive_group(d);
}

void ac_drive_free(struct ac_drive *d)
{
	pppoe_ac_free(d->ac);
	g_queue_free_full(d->said, g_free);
	g_byte_array_free(d->frames, TRUE);
	g_free(d->cookie);
}

void ac_drive_group(struct ac_drive *d)
{
	g_assert_true(pppoe_ac_set_group(d->ac, 1, &d->group));
}

void ac_drive_mac(struct ac_drive *d, unsigned client)
{
	d->peer.client[3] = (uint8_t)(client >> 16);
	put_u16(d->peer.client + 4, (uint16_t)client);
}

void ac_drive_vlan(struct ac_drive *d, unsigned n, uint16_t outer, uint16_t inner)
{
	d->peer.n_vlan = (uint8_t)n;
	d->peer.tpid[0] = n == 2 ? ETHERTYPE_QINQ : n ? ETHERTYPE_VLAN : 0;
	d->peer.tpid[1] = n == 2 ? ETHERTYPE_VLAN : 0;
	d->peer.vlan[0] = n ? outer : 0;
	d->peer.vlan[1] = n == 2 ? inner : 0;
}

/* ---- in ---- */

static void put_header(struct ac_drive *d, struct wr *w, const uint8_t dst[6], uint16_t type)
{
	wr_bytes(w, dst, 6);
	wr_bytes(w, d->peer.client, 6);
	for (unsigned i = 0; i < d->peer.n_vlan; i++) {
		wr_u16(w, d->peer.tpid[i]);
		wr_u16(w, (uint16_t)(0xe000 | d->peer.vlan[i])); /* priority 7 */
	}
	wr_u16(w, type);
}

static GBytes *expand(struct ac_drive *d, const char *text)
{
	GString *s = g_string_new(text);
	GBytes *out;

	g_string_replace(s, " ", "", 0);
	g_string_replace(s, "C", d->cookie ? d->cookie : "", 0);
	out = hex(s->str);
	g_string_free(s, TRUE);
	return out;
}

static void send_in(struct ac_drive *d, const uint8_t dst[6], uint16_t type, uint8_t code,
	uint16_t sid, const char *payload)
{
	g_autoptr(GBytes) bytes = expand(d, payload);
	uint8_t frame[2000];
	struct wr w = wr_init(frame, sizeof(frame));
	gsize n;
	const void *p = g_bytes_get_data(bytes, &n);

	put_header(d, &w, dst, type);
	pppoe_hdr_build(&w, code, sid, (uint16_t)n);
	wr_bytes(&w, p, n);
	while (w.len < 60)
		wr_u8(&w, 0xee); /* Ethernet pads */
	g_assert_false(w.bad);
	ac_drive_frame(d, frame, w.len);
}

void ac_drive_frame(struct ac_drive *d, const void *frame, size_t n)
{
	g_autofree uint8_t *exact = g_memdup2(frame, n);

	d->access.port = d->peer.port;
	pppoe_ac_input(d->ac, &d->access, exact, n, d->now);
	ac_drive_pump(d);
}

void ac_drive_say_to(struct ac_drive *d, const uint8_t dst[6], uint8_t code, uint16_t sid,
	const char *tags)
{
	send_in(d, dst, ETHERTYPE_PPPOE_DISC, code, sid, tags);
}

void ac_drive_say(struct ac_drive *d, uint8_t code, uint16_t sid, const char *tags)
{
	ac_drive_say_to(
		d, code == PPPOE_PADI ? all : d->access.mac, code, sid, tags);
}

void ac_drive_data(struct ac_drive *d, uint16_t sid, const char *ppp)
{
	send_in(d, d->access.mac, ETHERTYPE_PPPOE_SESS, 0, sid, ppp);
}

/* ---- out ---- */

static void describe_tag(struct ac_drive *d, const struct pppoe_tag *t, GString *out)
{
	g_autofree char *value = to_hex(t->value.p, rd_left(&t->value));

	if (t->type == PPPOE_TAG_AC_COOKIE) {
		g_free(d->cookie);
		d->cookie = g_steal_pointer(&value);
		value = g_strdup("C");
	}
	g_string_append_printf(out, " %04x=%s", t->type, value);
}

/* To the client that speaks, from us, in its VLAN, and no octet too many. */
static void describe(struct ac_drive *d, const uint8_t *frame, size_t n)
{
	struct rd r = rd_init(frame, n);
	GString *out = g_string_new(NULL);
	struct eth_hdr eth;
	struct pppoe_hdr h;
	struct pppoe_tag t;

	g_assert_cmpuint(n, <=, PPPOE_FRAME_MAX);
	g_assert_true(eth_parse(&r, &eth));
	g_assert_cmpmem(eth.dst, 6, d->peer.client, 6);
	g_assert_cmpmem(eth.src, 6, d->access.mac, 6);
	g_assert_cmpuint(eth.n_vlan, ==, d->peer.n_vlan);
	g_assert_cmpmem(eth.vlan, 4, d->peer.vlan, 4);
	if (eth.n_vlan)
		g_assert_cmpuint(frame[12] << 8 | frame[13], ==, d->peer.tpid[0]);
	g_assert_cmphex(eth.type, ==, ETHERTYPE_PPPOE_DISC);
	g_assert_cmpuint(rd_left(&r), <=, 1500);
	g_assert_true(pppoe_hdr_parse(&r, &h));
	g_assert_cmpuint(r.end - frame, ==, n);
	g_string_append_printf(out, "%s %u", pppoe_code_name(h.code), h.session);
	while (pppoe_tag_next(&r, &t))
		describe_tag(d, &t, out);
	g_assert_false(r.bad);
	if (h.code == PPPOE_PADS)
		d->sid = h.session;
	g_queue_push_tail(d->said, g_string_free(out, FALSE));
}

void ac_drive_pump(struct ac_drive *d)
{
	struct pppoe_effect fx;
	uint8_t len[2];

	while (pppoe_ac_poll(d->ac, &fx)) {
		if (fx.kind == PPPOE_FX_DEBUG)
			continue;
		g_assert_cmpuint(fx.port, ==, d->peer.port);
		switch (fx.kind) {
		case PPPOE_FX_SEND:
			put_u16(len, (uint16_t)fx.len);
			g_byte_array_append(d->frames, len, 2);
			g_byte_array_append(d->frames, fx.bytes, (guint)fx.len);
			describe(d, fx.bytes, fx.len);
			break;
		case PPPOE_FX_REQUEST:
			d->session = fx.session;
			if (d->auto_accept)
				pppoe_session_accept(d->ac, fx.session, 7, d->now);
			else
				g_queue_push_tail(d->said, g_strdup("request"));
			break;
		case PPPOE_FX_PPP: {
			g_autofree char *ppp = to_hex(fx.bytes, fx.len);

			d->session = fx.session;
			g_queue_push_tail(d->said, g_strconcat("ppp ", ppp, NULL));
			break;
		}
		case PPPOE_FX_DOWN:
			d->session = fx.session;
			g_queue_push_tail(d->said,
				g_strconcat("down", fx.text ? " " : NULL, fx.text, NULL));
			break;
		case PPPOE_FX_DEBUG:
			break;
		}
	}
}

void ac_drive_wait(struct ac_drive *d, unsigned ms)
{
	d->now = time_add(d->now, dur_ms(ms));
}

char *ac_drive_said(struct ac_drive *d)
{
	return g_queue_pop_head(d->said);
}

void ac_drive_forget(struct ac_drive *d)
{
	char *s;

	while ((s = ac_drive_said(d)))
		g_free(s);
}

uint32_t ac_drive_open(struct ac_drive *d, const char *uniq)
{
	g_autofree char *tag = g_strdup_printf("0103%04x%s", (unsigned)strlen(uniq) / 2, uniq);
	g_autofree char *padi = g_strconcat("01010000", tag, NULL);
	g_autofree char *padr = g_strconcat("01010000 01040015C", tag, NULL);
	g_autofree char *pads = NULL;

	ac_drive_forget(d);
	ac_drive_say(d, PPPOE_PADI, 0, padi);
	ac_drive_forget(d);
	ac_drive_say(d, PPPOE_PADR, 0, padr);
	if (!d->auto_accept) {
		ac_expect(d, "request");
		pppoe_session_accept(d->ac, d->session, 7, d->now);
		ac_drive_pump(d);
	}
	pads = g_strdup_printf("PADS %u 0101= 0103=%s", d->sid, uniq);
	ac_expect(d, pads);
	g_assert_cmpuint(d->sid, >, 0);
	return d->session;
}

uint64_t ac_drive_drops(struct ac_drive *d, enum pppoe_drop why)
{
	struct pppoe_stats s;

	pppoe_ac_stats(d->ac, &s);
	return s.drops[why];
}
