/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rng.h"
#include "chassis/ring.h"

#include <string.h>

enum { BYTES = 1 << 12, N_RECORDS = 200000 };

static bool put(struct ring *r, uint32_t number, size_t len)
{
	struct frame *f = ring_put(r, frame_size(len));

	if (!f)
		return false;
	f->type = 1;
	f->len = (uint32_t)len;
	f->term = number;
	memset(f + 1, (int)(number & 0xff), len);
	return true;
}

static void check(const struct frame *f, uint32_t number, size_t len)
{
	const uint8_t *p = frame_payload(f);

	g_assert_cmpuint(f->term, ==, number);
	g_assert_cmpuint(f->len, ==, len);
	for (size_t i = 0; i < len; i++)
		g_assert_cmpuint(p[i], ==, number & 0xff);
}

/* The length of record n; the same on both sides. */
static size_t length(uint32_t n)
{
	return n * 2654435761u >> 22; /* 0..1023 */
}

static void test_visibility(void)
{
	struct ring *r = ring_new(0, 1, BYTES);

	g_assert_true(put(r, 1, 10));
	ring_look(r);
	g_assert_null(ring_front(r));
	ring_publish(r);
	g_assert_null(ring_front(r)); /* the snapshot is older */
	g_assert_true(ring_news(r));
	ring_look(r);
	g_assert_false(ring_news(r));
	check(ring_front(r), 1, 10);
	ring_next(r, ring_front(r));
	g_assert_null(ring_front(r));
	g_assert_cmpuint(ring_fill(r), ==, frame_size(10));
	ring_release(r);
	g_assert_cmpuint(ring_fill(r), ==, 0);
	ring_free(r);
}

static void test_full(void)
{
	struct ring *r = ring_new(0, 1, BYTES);
	uint32_t n = 0, got = 0;

	while (put(r, n, 100))
		n++;
	g_assert_cmpuint(n, ==, BYTES / frame_size(100));
	ring_publish(r);
	ring_look(r);
	g_assert_true(ring_await_room(r, frame_size(100)));
	for (const struct frame *f; (f = ring_front(r)); got++) {
		check(f, got, 100);
		ring_next(r, f);
	}
	g_assert_cmpuint(got, ==, n);
	g_assert_false(put(r, n, 100)); /* not released yet */
	g_assert_true(ring_release(r)); /* somebody waits */
	g_assert_false(ring_release(r));
	g_assert_true(put(r, n, 100));
	ring_free(r);
}

static void test_wrap(void)
{
	struct ring *r = ring_new(0, 1, BYTES);
	uint32_t sent = 0, got = 0;

	/* Close to the wrap of the indices too. */
	r->head = r->tail_seen = r->next = r->seen = r->pub_head = r->pub_tail = 0xfffff000;
	while (got < 5000) {
		while (put(r, sent, length(sent)))
			sent++;
		ring_publish(r);
		ring_look(r);
		for (const struct frame *f; (f = ring_front(r)); got++) {
			check(f, got, length(got));
			ring_next(r, f);
		}
		ring_release(r);
	}
	g_assert_cmpuint(sent, ==, got);
	ring_free(r);
}

static void test_entries(void)
{
	struct ring *r = ring_new_entries(0, 1, 8, true);
	uint64_t sent = 0, got = 0;

	while (got < 1000) {
		while (ring_put_entry(r, sent, (int64_t)sent * 10))
			sent++;
		g_assert_cmpuint(ring_fill(r), ==, 8);
		ring_publish(r);
		ring_look(r);
		g_assert_cmpuint(ring_n_entries(r), ==, 8);
		for (unsigned i = 0; i < 5; i++, got++) {
			g_assert_cmpuint(ring_entry(r, 0), ==, got);
			g_assert_cmpint(ring_entry_due(r, 0), ==, (int64_t)got * 10);
			r->next++;
		}
		ring_release(r);
	}
	ring_free(r);
}

/* ---- two threads ---- */

static void *produce(void *arg)
{
	struct ring *r = arg;

	for (uint32_t n = 0; n < N_RECORDS;) {
		if (put(r, n, length(n)))
			n++;
		else
			g_thread_yield();
		if (n % 3 == 0 || n == N_RECORDS)
			ring_publish(r);
		else if (ring_fill(r) > BYTES / 2)
			ring_publish(r);
	}
	return NULL;
}

static void test_threads(void)
{
	struct ring *r = ring_new(0, 1, BYTES);
	GThread *producer = g_thread_new("producer", produce, r);
	uint32_t got = 0;

	while (got < N_RECORDS) {
		const struct frame *f;

		ring_look(r);
		f = ring_front(r);
		if (!f)
			g_thread_yield();
		for (; f; f = ring_front(r), got++) {
			check(f, got, length(got));
			ring_next(r, f);
		}
		ring_release(r);
	}
	g_thread_join(producer);
	ring_free(r);
}

static void *produce_entries(void *arg)
{
	struct ring *r = arg;

	for (uint64_t n = 0; n < N_RECORDS;) {
		unsigned burst = 0;

		while (burst < 32 && n < N_RECORDS && ring_put_entry(r, n, 0)) {
			n++;
			burst++;
		}
		ring_publish(r);
		if (!burst)
			g_thread_yield();
	}
	return NULL;
}

static void test_entry_threads(void)
{
	struct ring *r = ring_new_entries(0, 1, 256, false);
	GThread *producer = g_thread_new("producer", produce_entries, r);
	uint64_t got = 0;

	while (got < N_RECORDS) {
		uint32_t n;

		ring_look(r);
		n = ring_n_entries(r);
		for (uint32_t i = 0; i < n; i++)
			g_assert_cmpuint(ring_entry(r, i), ==, got + i);
		r->next += n;
		got += n;
		ring_release(r);
		if (!n)
			g_thread_yield();
	}
	g_thread_join(producer);
	ring_free(r);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/chassis/ring/visibility", test_visibility);
	g_test_add_func("/chassis/ring/full", test_full);
	g_test_add_func("/chassis/ring/wrap", test_wrap);
	g_test_add_func("/chassis/ring/entries", test_entries);
	g_test_add_func("/chassis/ring/threads", test_threads);
	g_test_add_func("/chassis/ring/entry-threads", test_entry_threads);
	return g_test_run();
}
