/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The LNSs behind a multihop node. */
#include "tests/vpdn/lab_internal.h"

void lab_drain_next(struct lab *lab, unsigned i)
{
	struct vpdn_effect fx;
	struct vpdn_fib fib;
	struct lab_event *ev;

	while (vpdn_poll(lab->next[i], &fx)) {
		if (fx.kind == VPDN_FX_UDP && !lab_is_lost(lab, LAB_LACS + i)) {
			ev = lab_schedule(lab, EV_UDP_TO_LNS, dur_ms(1), fx.bytes, fx.len);
			ev->lac = LAB_LACS + i;
		} else if (fx.kind == VPDN_FX_PPP && !lab_is_lost(lab, LAB_LACS + i) &&
			   vpdn_session_fib(lab->next[i], fx.session, &fib)) {
			ev = lab_schedule(lab, EV_FRAME_TO_LNS, dur_ms(1), fx.bytes, fx.len);
			ev->tunnel = fib.remote_tunnel;
			ev->session = fib.remote_session;
		} else if (fx.kind == VPDN_FX_FIB_STOP) {
			ev = lab_schedule(lab, EV_NEXT_STOPPED, dur_us(40), NULL, 0);
			ev->lac = i;
			ev->session = (uint16_t)fx.session;
		} else if (fx.kind == VPDN_FX_ACCT) {
			g_autofree char *id = g_strdup(fx.acct.id);

			vpdn_acct_done(lab->next[i], id, fx.acct.status, lab->now);
		}
	}
}

void lab_frame_to_next(struct lab *lab, const struct lab_event *ev)
{
	unsigned i = ev->lac - LAB_LACS;
	struct vpdn_session_info s;

	if (vpdn_session_find(lab->next[i], ev->tunnel, ev->session, &s))
		vpdn_input_ppp(lab->next[i], s.number, ev->bytes, ev->len, lab->now);
	lab_drain_next(lab, i);
}

void lab_udp_to_next(struct lab *lab, const struct lab_event *ev)
{
	struct l2tp_path path = lab_path(ev->lac);

	vpdn_input_udp(lab->next[ev->lac - LAB_LACS], &path, ev->bytes, ev->len, lab->now);
	lab_drain_next(lab, ev->lac - LAB_LACS);
}
