/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See tables.h.  An entry is a line of text with its index, the ids at both ends, addresses and
 * ports, what is forwarded, MTU and echoes, as fp_path_dump() writes them.
 */
#include "tests/scenarios/tables.h"

#include "base/net.h"
#include "fp/path.h"
#include "rp/internal.h"

#include <string.h>

static char *line_of(uint32_t n, const struct vpdn_fib *f)
{
	unsigned flags = (f->open ? FIB_SESSION_OPEN : 0) |
			 (f->sequencing ? FIB_SESSION_SEQ_TX : 0);
	char local[16], remote[16], sub[16];

	return g_strdup_printf("session %u %u/%u %u/%u %s:%u %s:%u %s flags %x mtu %u echo "
			       "%u/%u magic %08x\n",
		n, f->local_tunnel, f->local_session, f->remote_tunnel, f->remote_session,
		ipv4_to_str(f->path.local_ip, local), f->path.local_port,
		ipv4_to_str(f->path.remote_ip, remote), f->path.remote_port,
		ipv4_to_str(f->subscriber_ip, sub), flags, f->mtu, f->echo_s,
		f->echo_misses, f->local_magic);
}

static char *of_rp(const struct rp *rp)
{
	GString *out = g_string_new(NULL);
	struct vpdn_session_info s;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s)) {
		struct vpdn_fib f;

		if (vpdn_session_fib(rp->vpdn, s.number, &f)) {
			g_autofree char *line = line_of(s.number, &f);

			g_string_append(out, line);
		}
	}
	return g_string_free(out, false);
}

/* The dump begins with interfaces and routes; sessions are the rest, by index. */
static char *of_fp(const struct fp_path *fp)
{
	g_autofree char *dump = fp_path_dump(fp);
	const char *at = g_str_has_prefix(dump, "session ") ? dump
							   : strstr(dump, "\nsession ");

	if (!at)
		return g_strdup("");
	return g_strdup(at == dump ? at : at + 1);
}

char *tables_rp_fp(const struct rp *rp, const struct fp_path *fp)
{
	g_autofree char *want = of_rp(rp), *have = of_fp(fp);

	return strcmp(want, have) == 0
		       ? NULL
		       : g_strdup_printf("the RP has\n%sthe FP has\n%s", want, have);
}

char *tables_fp_fp(const struct fp_path *active, const struct fp_path *standby)
{
	g_autofree char *a = fp_path_dump(active), *b = fp_path_dump(standby);

	return strcmp(a, b) == 0 ? NULL
				 : g_strdup_printf("the active FP has\n%sthe standby FP "
						   "has\n%s",
					   a, b);
}
