/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of the scenario language: any octets.  Each error has a place inside the text and says so
 * in printable characters; what is read without errors holds together.
 */
#include "scenarios/engine/match.h"
#include "scenarios/engine/parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that is included is the text itself, so that depth is tried too. */
static char *read_itself(
	const char *name, const char *from, char **path, void *user, GError **error)
{
	*path = g_strdup("again");
	return g_strdup(user);
}

static void check_error(const struct script_complaint *e, unsigned lines)
{
	g_autoptr(GString) out = g_string_new(NULL);

	g_assert_cmpuint(e->line, >=, 1);
	g_assert_cmpuint(e->line, <=, lines + 1);
	g_assert_cmpuint(e->column, >=, 1);
	g_assert_cmpuint(e->column, <=, strlen(e->source) + 1);
	script_error_print(e, out);
	for (const char *p = out->str; *p; p++)
		g_assert_true(g_ascii_isprint(*p) || *p == '\n');
}

static void check_step(const struct script_step *s, const uint8_t *data, size_t size)
{
	g_assert_true(!s->command || !strpbrk(s->command, "\n\r"));
	if (!s->pred)
		return;
	g_assert_nonnull(s->pred->said);
	if (s->pred->match)
		(void)match_frame(s->pred->match, data, size, true);
	if (s->pred->regex)
		(void)pred_text_holds(s->pred, "a\nb", 3);
}

/* Each end of a wire or a cable is at a chassis that there is. */
static void check_ends(const struct script *s)
{
	for (guint i = 0; i < s->peers->len && s->chassis->len; i++) {
		const struct script_step *step = s->peers->pdata[i];

		g_assert_cmpint(script_chassis_index(s, &step->peer.port.node), >=, 0);
	}
	for (guint i = 0; i < s->cables->len && s->chassis->len; i++) {
		const struct script_step *step = s->cables->pdata[i];

		g_assert_cmpint(script_chassis_index(s, &step->link.port.node), >=, 0);
		g_assert_cmpint(script_chassis_index(s, &step->link.to.node), >=, 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup(size ? (const char *)data : "", size);
	const struct script_env env = { .read = read_itself, .user = text };
	struct script *s;
	unsigned lines = 1;

	if (size > 20000)
		return 0;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	s = script_load((const char *)data, size, "f", &env);
	for (guint i = 0; i < s->errors->len; i++)
		check_error(s->errors->pdata[i], lines);
	if (!s->errors->len)
		check_ends(s);
	for (guint i = 0; i < s->steps->len && !s->errors->len; i++)
		check_step(s->steps->pdata[i], data, size);
	script_free(s);
	return 0;
}
