/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reliable channel by itself: numbers, windows, order, holding back. */
#include "l2tp/chan.h"

#include <glib.h>

static const uint8_t body[CHAN_MSG_MIN + 2];

static void append(struct chan *ch, unsigned n)
{
	while (n--)
		chan_append(ch, body, sizeof(body), 0);
}

/* Sends all that may leave; returns how many. */
static unsigned send_all(struct chan *ch)
{
	struct chan_msg *m;
	unsigned n = 0;

	for (; (m = chan_next(ch)); n++)
		chan_sent(ch, m);
	return n;
}

static void diff(void)
{
	g_assert_cmpint(seq_diff(1, 0), ==, 1);
	g_assert_cmpint(seq_diff(0, 65535), ==, 1);
	g_assert_cmpint(seq_diff(65535, 0), ==, -1);
	g_assert_cmpint(seq_diff(0, 32769), ==, 32767);
	g_assert_cmpint(seq_diff(5, 5), ==, 0);
	g_assert_cmpuint(seq_max(2, 65530), ==, 2);
}

static void numbering(void)
{
	struct chan ch;

	chan_init(&ch, 8);
	ch.s = ch.u = ch.snd_max = 65535;
	append(&ch, 2);
	g_assert_cmpuint(ch.head->ns, ==, 65535);
	g_assert_cmpuint(ch.tail->ns, ==, 0);
	g_assert_cmpuint(ch.head->bytes[CHAN_NS_AT], ==, 0xff);
	g_assert_cmpuint(ch.s, ==, 1);
	g_assert_false(chan_nr_sane(&ch, 0)); /* nothing was sent */
	g_assert_cmpuint(send_all(&ch), ==, 1);
	g_assert_true(chan_nr_sane(&ch, 0));
	g_assert_false(chan_nr_sane(&ch, 1));
	g_assert_cmpuint(chan_acked(&ch, 0), ==, 1);
	g_assert_cmpuint(chan_acked(&ch, 65535), ==, 0); /* old */
	g_assert_cmpuint(send_all(&ch), ==, 1);
	g_assert_cmpuint(chan_acked(&ch, 1), ==, 1);
	g_assert_null(ch.head);
	chan_deinit(&ch);
}

/* Appendix A: 1, 2, 4 up to ssthresh, then one for each window. */
static void slow_start(void)
{
	struct chan ch;
	unsigned n;

	chan_init(&ch, 8);
	chan_set_peer_window(&ch, 100);
	append(&ch, 500);
	for (unsigned want = 1; want <= 64; want *= 2) {
		g_assert_cmpuint(n = send_all(&ch), ==, want);
		chan_acked(&ch, (uint16_t)(ch.u + n));
	}
	g_assert_cmpuint(ch.cwnd, ==, 100);
	chan_timeout(&ch);
	g_assert_cmpuint(ch.ssthresh, ==, 50);
	g_assert_cmpuint(ch.cwnd, ==, 1);
	ch.ssthresh = 2;
	n = send_all(&ch);
	chan_acked(&ch, (uint16_t)(ch.u + n)); /* 1 -> 2 */
	n = send_all(&ch);
	g_assert_cmpuint(n, ==, 2);
	chan_acked(&ch, (uint16_t)(ch.u + n)); /* 2 -> 3 */
	g_assert_cmpuint(ch.cwnd, ==, 3);
	n = send_all(&ch);
	chan_acked(&ch, (uint16_t)(ch.u + n));
	g_assert_cmpuint(ch.cwnd, ==, 4);
	chan_deinit(&ch);
}

static void peer_window(void)
{
	struct chan ch;

	chan_init(&ch, 8);
	append(&ch, 20);
	ch.cwnd = 1000;
	g_assert_cmpuint(send_all(&ch), ==, CHAN_DEFAULT_WINDOW);
	chan_acked(&ch, 2);
	g_assert_cmpuint(send_all(&ch), ==, 2);
	ch.limit = 1;
	chan_acked(&ch, 6);
	g_assert_cmpuint(send_all(&ch), ==, 1);
	chan_set_peer_window(&ch, 0);
	g_assert_cmpuint(ch.peer_rws, ==, 1);
	chan_set_peer_window(&ch, 65535);
	g_assert_cmpuint(ch.peer_rws, ==, CHAN_WINDOW_MAX);
	chan_deinit(&ch);
}

/* After a timeout the front goes first, and then what may have been lost behind it. */
static void timeout(void)
{
	struct chan ch;

	chan_init(&ch, 8);
	append(&ch, 4);
	ch.cwnd = 4;
	g_assert_cmpuint(send_all(&ch), ==, 4);
	g_assert_true(chan_in_flight(&ch));
	chan_timeout(&ch);
	g_assert_false(chan_in_flight(&ch));
	g_assert_cmpuint(chan_next(&ch)->ns, ==, 0);
	g_assert_cmpuint(send_all(&ch), ==, 1);
	chan_acked(&ch, 1);
	g_assert_cmpuint(chan_next(&ch)->ns, ==, 1);
	g_assert_cmpuint(send_all(&ch), ==, 2);
	chan_acked(&ch, 4); /* it had the last one */
	g_assert_null(chan_next(&ch));
	chan_deinit(&ch);
}

static void in_order(void)
{
	struct chan ch;
	struct chan_held *h;

	chan_init(&ch, 4);
	g_assert_cmpint(chan_arrive(&ch, 0), ==, CHAN_IN_ORDER);
	g_assert_cmpint(chan_arrive(&ch, 0), ==, CHAN_DUPLICATE);
	g_assert_cmpint(chan_arrive(&ch, 65535), ==, CHAN_DUPLICATE);
	g_assert_cmpint(chan_arrive(&ch, 4), ==, CHAN_EARLY);
	g_assert_cmpint(chan_arrive(&ch, 5), ==, CHAN_BEYOND);
	g_assert_cmpint(chan_arrive(&ch, 30000), ==, CHAN_BEYOND);
	g_assert_true(chan_hold(&ch, 3, 33, body, 3));
	g_assert_true(chan_hold(&ch, 2, 22, body, 2));
	g_assert_false(chan_hold(&ch, 3, 99, body, 3));
	g_assert_null(chan_take_held(&ch));
	g_assert_cmpint(chan_arrive(&ch, 1), ==, CHAN_IN_ORDER);
	h = chan_take_held(&ch);
	g_assert_cmpuint(h->session, ==, 22);
	g_free(h);
	h = chan_take_held(&ch);
	g_assert_cmpuint(h->session, ==, 33);
	g_free(h);
	g_assert_null(chan_take_held(&ch));
	g_assert_cmpuint(ch.r_rx, ==, 4);
	chan_deinit(&ch);
}

/* M29: the reorder buffer is bounded. */
static void bounded(void)
{
	struct chan ch;
	unsigned n = 0;

	chan_init(&ch, 1024);
	for (uint16_t ns = 1; ns < 1000; ns++)
		n += chan_hold(&ch, ns, 0, body, 1);
	g_assert_cmpuint(n, ==, CHAN_REORDER_MAX);
	chan_deinit(&ch);
	chan_init(&ch, 4);
	for (uint16_t ns = n = 1; ns < 1000; ns++)
		n += chan_hold(&ch, ns, 0, body, 1);
	g_assert_cmpuint(n - 1, ==, 4);
	chan_deinit(&ch);
}

static void gated(void)
{
	struct chan ch;

	chan_init(&ch, 8);
	append(&ch, 2);
	g_assert_cmpuint(send_all(&ch), ==, 1);
	chan_arrive(&ch, 0);
	chan_arrive(&ch, 1);
	g_assert_cmpuint(chan_nr(&ch), ==, 2);
	chan_gate(&ch, 1);
	g_assert_cmpuint(
		chan_nr(&ch), ==, 1); /* the message in work is not acknowledged */
	g_assert_cmpuint(ch.s_dur, ==, 1);
	g_assert_true(ch.unrec == ch.head);
	chan_acked(&ch, 1);
	g_assert_true(ch.unrec == ch.head);
	g_assert_null(chan_next(&ch));
	ch.s_dur = 2;
	g_assert_cmpuint(send_all(&ch), ==, 1);
	append(&ch, 1);
	g_assert_null(chan_next(&ch));
	chan_ungate(&ch);
	g_assert_cmpuint(chan_nr(&ch), ==, 2);
	g_assert_nonnull(chan_next(&ch));
	chan_deinit(&ch);
}

static void standby(void)
{
	struct chan ch;

	chan_init(&ch, 8);
	g_assert_false(chan_adopt(&ch, 6, 5, 9)); /* 5 is missing */
	g_assert_true(chan_put(&ch, 5, body, sizeof(body), 0));
	g_assert_false(chan_put(&ch, 7, body, sizeof(body), 0)); /* a gap */
	g_assert_false(chan_put(&ch, 6, body, 3, 0));            /* no header */
	g_assert_true(chan_put(&ch, 6, body, sizeof(body), 0));
	g_assert_false(chan_adopt(&ch, 6, 5, 9));
	g_assert_false(chan_adopt(&ch, 8, 5, 9));
	g_assert_false(chan_adopt(&ch, 5, 7, 9));
	g_assert_true(chan_adopt(&ch, 7, 5, 9));
	g_assert_cmpuint(ch.queued, ==, 2);
	g_assert_true(chan_adopt(&ch, 7, 6, 9));
	g_assert_cmpuint(ch.queued, ==, 1);
	chan_restart(&ch);
	g_assert_cmpuint(chan_next(&ch)->ns, ==, 6);
	g_assert_true(chan_nr_sane(&ch, 7)); /* the old RP may have sent it */
	g_assert_cmpuint(chan_nr(&ch), ==, 9);
	g_assert_true(chan_adopt(&ch, 7, 7, 9));
	g_assert_null(ch.head);
	chan_deinit(&ch);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/l2tp/chan/diff", diff);
	g_test_add_func("/l2tp/chan/numbering", numbering);
	g_test_add_func("/l2tp/chan/slow-start", slow_start);
	g_test_add_func("/l2tp/chan/peer-window", peer_window);
	g_test_add_func("/l2tp/chan/timeout", timeout);
	g_test_add_func("/l2tp/chan/in-order", in_order);
	g_test_add_func("/l2tp/chan/bounded", bounded);
	g_test_add_func("/l2tp/chan/gated", gated);
	g_test_add_func("/l2tp/chan/standby", standby);
	return g_test_run();
}
