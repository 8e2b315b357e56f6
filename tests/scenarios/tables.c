/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See tables.h.  An entry is a line of text with its index, the ids at both ends, addresses and
 * ports, what is forwarded, MTU and echoes: of the RP what it would send to an FP now.
 */
#include "tests/scenarios/tables.h"

#include "fp/path.h"
#include "rp/internal.h"
#include "vpdn/internal.h"

#include <string.h>

static char *of_rp(const struct rp *rp)
{
	GString *out = g_string_new(NULL);
	struct vpdn_session_info s;
	struct msg_fib_session m;
	uint32_t cursor = 0;

	while (vpdn_next_session(rp->vpdn, &cursor, &s))
		if (fman_session_entry(rp, s.number, &m))
			fp_session_line(&m, false, out);
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

unsigned tables_calls(const struct rp *rp)
{
	const struct session *s;
	uint32_t n = 0;
	unsigned whole = 0;

	while ((s = slab_next(rp->vpdn->sessions, n, &n)))
		whole += vpdn_is_whole(rp->vpdn, s);
	return whole;
}

char *tables_fp_fp(const struct fp_path *active, const struct fp_path *standby)
{
	g_autofree char *a = fp_path_dump(active), *b = fp_path_dump(standby);

	return strcmp(a, b) == 0 ? NULL
				 : g_strdup_printf("the active FP has\n%sthe standby FP "
						   "has\n%s",
					   a, b);
}
