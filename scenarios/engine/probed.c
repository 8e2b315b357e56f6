/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Those whose probes a simulated peer gets; see probed.h.
 */
#include "scenarios/engine/probed.h"

#include "base/net.h"

enum { SUBSCRIBERS_MAX = 65536 };

struct subscriber {
	uint32_t key, ip;
	bool retired; /* its address is another's now */
	uint64_t sent;
	struct flow up;
};

struct probed {
	GPtrArray *subscribers; /* owned, in the order of their first probe */
	GHashTable *by_key, *by_ip;
};

struct probed *probed_new(void)
{
	struct probed *p = g_new0(struct probed, 1);

	p->subscribers = g_ptr_array_new_with_free_func(g_free);
	p->by_key = g_hash_table_new(NULL, NULL);
	p->by_ip = g_hash_table_new(NULL, NULL);
	return p;
}

void probed_free(struct probed *p)
{
	g_hash_table_unref(p->by_key);
	g_hash_table_unref(p->by_ip);
	g_ptr_array_unref(p->subscribers);
	g_free(p);
}

void probed_forget(struct probed *p)
{
	g_hash_table_remove_all(p->by_key);
	g_hash_table_remove_all(p->by_ip);
	g_ptr_array_set_size(p->subscribers, 0);
}

static struct subscriber *meet(struct probed *p, uint32_t key, uint32_t ip)
{
	struct subscriber *s = g_hash_table_lookup(p->by_key, GUINT_TO_POINTER(key));
	struct subscriber *other;

	if (s && s->ip == ip && !s->retired)
		return s;
	if (!s) {
		if (p->subscribers->len == SUBSCRIBERS_MAX)
			return NULL;
		s = g_new0(struct subscriber, 1);
		s->key = key;
		g_ptr_array_add(p->subscribers, s);
		g_hash_table_insert(p->by_key, GUINT_TO_POINTER(key), s);
	} else if (s->ip != ip) {
		s->up.wrong++;
	}
	other = g_hash_table_lookup(p->by_ip, GUINT_TO_POINTER(ip));
	if (other && other != s)
		other->retired = true;
	s->ip = ip;
	s->retired = false;
	g_hash_table_insert(p->by_ip, GUINT_TO_POINTER(ip), s);
	return s;
}

void probed_take(struct probed *p, const struct probe *probe, uint32_t ip, base_time now)
{
	struct subscriber *s = meet(p, probe->key, ip);

	if (s)
		flow_receive(&s->up, probe, now);
}

bool probed_next(struct probed *p, unsigned *cursor, uint16_t run, base_time now,
	struct probe *probe, uint32_t *ip)
{
	while (*cursor < p->subscribers->len) {
		struct subscriber *s = g_ptr_array_index(p->subscribers, (*cursor)++);

		if (s->retired)
			continue;
		*probe = (struct probe){ PROBE_DOWN, run, s->key, (uint32_t)s->sent++, now };
		*ip = s->ip;
		return true;
	}
	return false;
}

void probed_report(
	const struct probed *p, base_time now, GString *totals, GString *lines)
{
	struct flow total = { 0 };
	uint64_t sent = 0;
	char ip[16];

	for (unsigned i = 0; i < p->subscribers->len; i++) {
		const struct subscriber *s = g_ptr_array_index(p->subscribers, i);

		flow_sum(&total, &s->up);
		sent += s->sent;
		g_string_append_printf(lines,
			"subscriber key=%u ip=%s sent=%" G_GUINT64_FORMAT, s->key,
			ipv4_to_str(s->ip, ip), s->sent);
		flow_print(&s->up, lines);
		flow_print_silence(&s->up, now, lines);
		g_string_append_c(lines, '\n');
	}
	g_string_append_printf(totals, " subscribers=%u sent=%" G_GUINT64_FORMAT,
		p->subscribers->len, sent);
	flow_print(&total, totals);
}

void probed_mark(struct probed *p)
{
	for (unsigned i = 0; i < p->subscribers->len; i++)
		flow_mark(&((struct subscriber *)p->subscribers->pdata[i])->up);
}
