/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rounds on threads: the turns of one round run at the same time, one thread a board; the
 * conductor waits for all of them, then publishes as it does when it runs them itself.  So a
 * run is the same with and without threads, and ThreadSanitizer sees whether a board touches
 * what is not its own.
 */
#include "chassis/internal.h"

#include <errno.h>
#include <signal.h>

struct crew {
	sem_t done; /* once for each turn */
	bool stop;
};

struct hand {
	struct board_env *b;
	struct crew *crew;
	pthread_t thread;
	sem_t go;
};

static void await(sem_t *sem)
{
	while (sem_wait(sem) < 0)
		g_assert(errno == EINTR);
}

static void *hand_main(void *arg)
{
	struct hand *h = arg;

	for (;;) {
		await(&h->go);
		if (h->crew->stop)
			return NULL;
		board_round(h->b);
		sem_post(&h->crew->done);
	}
}

static struct crew *crew_of(struct chassis *c)
{
	if (!c->crew) {
		c->crew = g_new0(struct crew, 1);
		if (sem_init(&c->crew->done, 0, 0) < 0)
			g_error("no semaphore: %s", g_strerror(errno));
	}
	return c->crew;
}

/* Signals stay with the thread of the chassis. */
static struct hand *hand_of(struct board_env *b)
{
	struct hand *h = b->hand;
	sigset_t all, old;
	int err;

	if (h)
		return h;
	h = b->hand = g_new0(struct hand, 1);
	h->b = b;
	h->crew = crew_of(b->c);
	if (sem_init(&h->go, 0, 0) < 0)
		g_error("no semaphore: %s", g_strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&h->thread, NULL, hand_main, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		g_error("no thread for a board: %s", g_strerror(err));
	return h;
}

void rounds_begin(struct board_env *b)
{
	sem_post(&hand_of(b)->go);
	b->c->n_turns++;
}

void rounds_end(struct chassis *c)
{
	for (; c->n_turns; c->n_turns--)
		await(&c->crew->done);
}

void rounds_stop(struct chassis *c)
{
	if (!c->crew)
		return;
	c->crew->stop = true;
	for (unsigned i = 0; i < c->boards->len; i++) {
		struct board_env *b = g_ptr_array_index(c->boards, i);

		if (!b->hand)
			continue;
		sem_post(&b->hand->go);
		pthread_join(b->hand->thread, NULL);
		sem_destroy(&b->hand->go);
		g_free(b->hand);
		b->hand = NULL;
	}
	sem_destroy(&c->crew->done);
	g_free(c->crew);
	c->crew = NULL;
}
