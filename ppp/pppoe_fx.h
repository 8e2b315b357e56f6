/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The queue of effects that both PPPoE engines have: values in order, their bytes in one arena
 * that is emptied when all have been polled.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct pppoe_fx {
	uint8_t kind;
	uint16_t port, sid;
	uint32_t who; /* session or client */
	size_t bytes, len, text; /* offsets; 0: none */
};

struct pppoe_fx_queue {
	GArray *entries; /* of struct pppoe_fx, from head on */
	guint head;
	GByteArray *arena;
};

void pppoe_fx_init(struct pppoe_fx_queue *q);
void pppoe_fx_deinit(struct pppoe_fx_queue *q);
void pppoe_fx_forget(struct pppoe_fx_queue *q);

/* bytes and text may be NULL; text of n octets gets a NUL. */
void pppoe_fx_push(struct pppoe_fx_queue *q, struct pppoe_fx fx, const void *bytes, size_t len,
	const void *text, size_t n);

/* The next one; NULL when there is none. */
const struct pppoe_fx *pppoe_fx_pop(struct pppoe_fx_queue *q);

static inline const void *pppoe_fx_kept(const struct pppoe_fx_queue *q, size_t at)
{
	return at ? q->arena->data + at : NULL;
}
