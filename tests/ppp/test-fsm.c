/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The automaton against the table of RFC 1661 section 4.1 written as text, "actions/next"
 * with "-" for what cannot happen: another notation, so that the two do not err together.
 */
#include "ppp/fsm.h"

#include <glib.h>

static const struct row {
	enum fsm_event event;
	const char *cells;
} rows[] = {
	/* clang-format off */
	{ FSM_UP,        "2|irc,scr/6|-|-|-|-|-|-|-|-" },
	{ FSM_DOWN,      "-|-|0|tls/1|0|1|1|1|1|tld/1" },
	{ FSM_OPEN,      "tls/1|1|irc,scr/6|3|5|5|6|7|8|9" },
	{ FSM_CLOSE,     "0|tlf/0|2|2|4|4|irc,str/4|irc,str/4|irc,str/4|tld,irc,str/4" },
	{ FSM_TO_PLUS,   "-|-|-|-|str/4|str/5|scr/6|scr/6|scr/8|-" },
	{ FSM_TO_MINUS,  "-|-|-|-|tlf/2|tlf/3|tlf/3|tlf/3|tlf/3|-" },
	{ FSM_RCR_PLUS,  "-|-|sta/2|irc,scr,sca/8|4|5|sca/8|sca,tlu/9|sca/8|tld,scr,sca/8" },
	{ FSM_RCR_MINUS, "-|-|sta/2|irc,scr,scn/6|4|5|scn/6|scn/7|scn/6|tld,scr,scn/6" },
	{ FSM_RCA,       "-|-|sta/2|sta/3|4|5|irc/7|scr/6|irc,tlu/9|tld,scr/6" },
	{ FSM_RCN,       "-|-|sta/2|sta/3|4|5|irc,scr/6|scr/6|irc,scr/8|tld,scr/6" },
	{ FSM_RTR,       "-|-|sta/2|sta/3|sta/4|sta/5|sta/6|sta/6|sta/6|tld,zrc,sta/5" },
	{ FSM_RTA,       "-|-|2|3|tlf/2|tlf/3|6|6|8|tld,scr/6" },
	{ FSM_RUC,       "-|-|scj/2|scj/3|scj/4|scj/5|scj/6|scj/7|scj/8|scj/9" },
	{ FSM_RXJ_PLUS,  "-|-|2|3|4|5|6|6|8|9" },
	{ FSM_RXJ_MINUS, "-|-|tlf/2|tlf/3|tlf/2|tlf/3|tlf/3|tlf/3|tlf/3|tld,irc,str/5" },
	{ FSM_RXR,       "-|-|2|3|4|5|6|7|8|ser/9" },
	/* clang-format on */
};

static const char *const action_names[FSM_ACTIONS] = { "tld", "irc", "zrc", "scr", "str",
	"sca", "scn", "sta", "scj", "ser", "tlu", "tls", "tlf" };

static char *cell_text(const struct fsm_cell *c)
{
	GString *s = g_string_new(NULL);

	if (c->next == FSM_NONE) {
		g_assert_cmpuint(c->acts, ==, 0);
		return g_string_free(g_string_assign(s, "-"), FALSE);
	}
	for (unsigned a = 0; a < FSM_ACTIONS; a++)
		if (c->acts & 1u << a)
			g_string_append_printf(s, "%s%s", s->len ? "," : "",
				action_names[a]);
	g_string_append_printf(s, "%s%u", s->len ? "/" : "", c->next);
	return g_string_free(s, FALSE);
}

static void test_row(gconstpointer data)
{
	const struct row *row = data;
	g_auto(GStrv) cells = g_strsplit(row->cells, "|", -1);

	g_assert_cmpuint(g_strv_length(cells), ==, FSM_STATES);
	for (unsigned s = 0; s < FSM_STATES; s++) {
		g_autofree char *text = cell_text(fsm_cell(s, row->event));

		g_assert_cmpstr(text, ==, cells[s]);
	}
}

/* Where the restart timer runs, something must start it on the way in. */
static void test_timer(void)
{
	const unsigned starts = 1u << FSM_SCR | 1u << FSM_STR | 1u << FSM_ZRC;

	for (unsigned s = 0; s < FSM_STATES; s++)
		for (unsigned e = 0; e < FSM_EVENTS; e++) {
			const struct fsm_cell *c = fsm_cell(s, e);

			if (c->next != FSM_NONE && fsm_timed(c->next) && !fsm_timed(s) &&
				!(s == FSM_STOPPED && e == FSM_OPEN))
				g_assert_cmpuint(c->acts & starts, !=, 0);
		}
	g_assert_false(fsm_timed(FSM_OPENED));
	g_assert_false(fsm_timed(FSM_STOPPED));
	g_assert_true(fsm_timed(FSM_CLOSING));
	g_assert_true(fsm_timed(FSM_ACK_SENT));
	g_assert_true(fsm_negotiating(FSM_REQ_SENT));
	g_assert_false(fsm_negotiating(FSM_STOPPING));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_assert_cmpuint(G_N_ELEMENTS(rows), ==, FSM_EVENTS);
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strdup_printf("/ppp/fsm/row/%s",
			fsm_event_name(rows[i].event));

		g_test_add_data_func(path, &rows[i], test_row);
	}
	g_test_add_func("/ppp/fsm/timer", test_timer);
	return g_test_run();
}
