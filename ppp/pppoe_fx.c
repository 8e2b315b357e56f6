/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of the PPPoE engines: see the header. */
#include "ppp/pppoe_fx.h"

void pppoe_fx_init(struct pppoe_fx_queue *q)
{
	q->entries = g_array_new(FALSE, FALSE, sizeof(struct pppoe_fx));
	q->arena = g_byte_array_new();
	g_byte_array_set_size(q->arena, 1); /* offset 0 means none */
	q->head = 0;
}

void pppoe_fx_deinit(struct pppoe_fx_queue *q)
{
	g_array_free(q->entries, TRUE);
	g_byte_array_free(q->arena, TRUE);
}

void pppoe_fx_forget(struct pppoe_fx_queue *q)
{
	g_array_set_size(q->entries, 0);
	g_byte_array_set_size(q->arena, 1);
	q->head = 0;
}

static size_t keep(struct pppoe_fx_queue *q, const void *bytes, size_t n)
{
	size_t at = q->arena->len;

	g_byte_array_append(q->arena, bytes, (guint)n);
	return at;
}

void pppoe_fx_push(struct pppoe_fx_queue *q, struct pppoe_fx fx, const void *bytes, size_t len,
	const void *text, size_t n)
{
	if (bytes) {
		fx.bytes = keep(q, bytes, len);
		fx.len = len;
	}
	if (text) {
		fx.text = keep(q, text, n);
		keep(q, "", 1);
	}
	g_array_append_val(q->entries, fx);
}

const struct pppoe_fx *pppoe_fx_pop(struct pppoe_fx_queue *q)
{
	if (q->head < q->entries->len)
		return &g_array_index(q->entries, struct pppoe_fx, q->head++);
	pppoe_fx_forget(q);
	return NULL;
}
