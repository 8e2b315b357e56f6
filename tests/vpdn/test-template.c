/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings of groups and templates: who wins, and what a tunnel gets of it (ios-cli.md 2.2,
 * 3.2).
 */
#include "tests/vpdn/lab.h"

struct level {
	bool set;
	uint32_t n;
};

/* What the group, its template and the global one say of HELLO, and what counts. */
static const struct {
	const char *name;
	struct level group, named, global;
	uint32_t counts;
	bool is_set;
} levels[] = {
	/* clang-format off */
	{ "nobody",     { 0 },       { 0 },       { 0 },       60, false },
	{ "group",      { true, 1 }, { 0 },       { 0 },       1,  true },
	{ "named",      { 0 },       { true, 2 }, { 0 },       2,  true },
	{ "global",     { 0 },       { 0 },       { true, 3 }, 3,  true },
	{ "group-all",  { true, 0 }, { true, 2 }, { true, 3 }, 0,  true },
	{ "named-both", { 0 },       { true, 2 }, { true, 3 }, 2,  true },
	/* clang-format on */
};

static void put(struct vpdn_settings *s, const struct level *l)
{
	if (l->set)
		vpdn_settings_put(s, VPDN_SET_HELLO, l->n);
}

static void test_levels(const void *data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct vpdn_config *c = vpdn_config_new();
	struct vpdn_group *g = vpdn_config_group(c, "g", true);
	struct vpdn_group *none = vpdn_config_group(c, "none", true);

	g->template = g_strdup("T");
	none->no_template = true;
	put(&g->own, &levels[i].group);
	put(&vpdn_config_template(c, "T", true)->own, &levels[i].named);
	put(&vpdn_config_template(c, "", true)->own, &levels[i].global);
	g_assert_cmpuint(vpdn_config_number(c, g, VPDN_SET_HELLO), ==, levels[i].counts);
	g_assert_cmpint(vpdn_config_is_set(c, g, VPDN_SET_HELLO), ==, levels[i].is_set);
	g_assert_cmpuint(vpdn_config_number(c, none, VPDN_SET_HELLO), ==, 60);
	g_assert_cmpuint(vpdn_config_number(c, NULL, VPDN_SET_HELLO), ==, 60);

	/* A template that is gone says nothing any more. */
	g_assert_true(vpdn_config_remove_template(c, "T"));
	g_assert_false(vpdn_config_remove_template(c, "T"));
	g_assert_cmpuint(vpdn_config_number(c, g, VPDN_SET_HELLO), ==,
		levels[i].group.set    ? levels[i].group.n
		: levels[i].global.set ? levels[i].global.n
				       : 60);
	vpdn_config_free(c);
}

static void test_texts(void)
{
	struct vpdn_config *c = vpdn_config_new();
	struct vpdn_group *g = vpdn_config_group(c, "g", true);
	struct vpdn_template *t = vpdn_config_template(c, "", true);

	g_assert_null(vpdn_config_text(c, g, VPDN_SET_PASSWORD));
	vpdn_settings_put_text(&t->own, VPDN_SET_PASSWORD, "one");
	g_assert_cmpstr(vpdn_config_text(c, g, VPDN_SET_PASSWORD), ==, "one");
	vpdn_settings_put_text(&g->own, VPDN_SET_PASSWORD, "two");
	vpdn_settings_put_text(&g->own, VPDN_SET_PASSWORD, g->own.text[VPDN_SET_PASSWORD]);
	g_assert_cmpstr(vpdn_config_text(c, g, VPDN_SET_PASSWORD), ==, "two");
	vpdn_settings_unset(&g->own, VPDN_SET_PASSWORD);
	g_assert_cmpstr(vpdn_config_text(c, g, VPDN_SET_PASSWORD), ==, "one");
	vpdn_config_free(c);
}

static void test_limits(void)
{
	struct vpdn_config *c = vpdn_config_new();
	char name[16];

	for (unsigned i = 0; i < VPDN_TEMPLATES_MAX; i++) {
		g_snprintf(name, sizeof(name), "t%u", i);
		g_assert_nonnull(vpdn_config_template(c, name, true));
	}
	g_assert_null(vpdn_config_template(c, "one more", true));
	g_assert_nonnull(vpdn_config_template(c, "t7", true));
	g_assert_null(vpdn_config_template(c, "", false));
	vpdn_config_free(c);
}

static const struct {
	const char *suffix, *prefix, *user, *domain;
} domains[] = {
	{ NULL, NULL, "joe@example.net", "example.net" },
	{ NULL, NULL, "joe@a@example.net", "example.net" },
	{ NULL, NULL, "joe", NULL },
	{ NULL, NULL, "joe@", NULL },
	{ NULL, NULL, "", NULL },
	{ NULL, NULL, "example.net/joe", NULL },
	{ "%#", NULL, "joe@example.net", NULL },
	{ "%#", NULL, "joe%a#b", "b" },
	{ NULL, "/\\", "example.net/joe", "example.net" },
	{ NULL, "/\\", "example.net\\joe/x", "example.net" },
	{ NULL, "/", "/joe", NULL },
	{ NULL, "/", "one/joe@two", "two" },
};

static void test_domains(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(domains); i++) {
		struct vpdn_config *c = vpdn_config_new();
		g_autofree char *domain = NULL;

		c->suffix_delimiters = g_strdup(domains[i].suffix);
		c->prefix_delimiters = g_strdup(domains[i].prefix);
		domain = vpdn_config_domain(c, domains[i].user);
		g_assert_cmpstr(domain, ==, domains[i].domain);
		vpdn_config_free(c);
	}
}

/* Every setting has a command, and no two the same. */
static void test_table(void)
{
	for (unsigned i = 0; i < N_VPDN_SETTINGS; i++) {
		g_assert_nonnull(vpdn_setting_info(i)->command);
		for (unsigned k = 0; k < i; k++)
			g_assert_cmpstr(vpdn_setting_info(i)->command, !=,
				vpdn_setting_info(k)->command);
	}
}

/* Nothing is left: a standby that gets a configuration again has just that. */
static void test_reset(void)
{
	struct vpdn_config *c = vpdn_config_new(), *fresh = vpdn_config_new();

	vpdn_config_group(c, "g", true);
	vpdn_config_template(c, "", true);
	vpdn_config_vtemplate(c, 1, true);
	vpdn_config_set_user(c, "u", "p");
	vpdn_config_add_pool(c, "P", 1, 2);
	c->enable = c->multihop = c->softshut = c->no_l2tp_sso = true;
	c->session_limit = 5;
	c->source_ip = 7;
	c->search[0] = 1;
	c->hostname = g_strdup("h");
	vpdn_config_reset(c);
	g_assert_cmpuint(c->groups->len + c->templates->len + c->vtemplates->len +
				 c->pools->len + c->user_order->len,
		==, 0);
	g_assert_false(c->enable || c->multihop || c->softshut || c->no_l2tp_sso);
	g_assert_cmpuint(c->session_limit + c->source_ip, ==, 0);
	g_assert_cmpmem(c->search, sizeof(c->search), fresh->search, sizeof(fresh->search));
	g_assert_null(c->hostname);
	g_assert_cmpuint(c->generation, >, fresh->generation);
	vpdn_config_free(c);
	vpdn_config_free(fresh);
}

static struct vpdn_group *group(struct lab *lab)
{
	return vpdn_config_group(vpdn_config(lab->lns), "1", false);
}

static struct vpdn_template *global(struct lab *lab)
{
	return vpdn_config_template(vpdn_config(lab->lns), "", true);
}

static void only_tunnel(struct lab *lab, struct l2tp_cc_info *info)
{
	uint32_t cursor = 0;

	g_assert_true(l2tp_next_cc(vpdn_l2tp(lab->lns), &cursor, info));
}

static void test_tunnel(void)
{
	struct lab *lab = lab_new(31);
	struct vpdn_settings *own = &global(lab)->own;
	struct l2tp_cc_info info;

	vpdn_settings_unset(&group(lab)->own, VPDN_SET_PASSWORD);
	vpdn_settings_put_text(own, VPDN_SET_PASSWORD, "of the template");
	vpdn_settings_put_text(own, VPDN_SET_LOCAL_NAME, "named");
	vpdn_settings_put(own, VPDN_SET_HELLO, 44); /* the group has 5 */
	vpdn_settings_put(own, VPDN_SET_RESYNC, 7);
	vpdn_settings_put(own, VPDN_SET_RETRIES, 9);
	vpdn_settings_put(own, VPDN_SET_NO_SESSION, (uint32_t)VPDN_NEVER);
	vpdn_settings_put(own, VPDN_SET_QUIRK_WINDOW, 1);
	vpdn_settings_put(own, VPDN_SET_SSO, 0);
	lab_tunnel(lab, 0, "of the template");
	lab_run(lab, dur_s(30));
	only_tunnel(lab, &info);
	g_assert_cmpint(info.state, ==, L2TP_CC_ESTABLISHED);
	g_assert_cmpstr(info.params.local_name, ==, "named");
	g_assert_cmpuint(info.params.hello_s, ==, 5);
	g_assert_cmpuint(info.params.resync, ==, 7);
	g_assert_cmpuint(info.params.retries, ==, 9);
	g_assert_cmpuint(info.params.no_session_s, ==, UINT32_MAX);
	g_assert_cmpuint(info.peer_rws, ==, 1);
	g_assert_false(info.params.ha);

	/* The switch reaches living tunnels, as that of the group does. */
	vpdn_settings_put(own, VPDN_SET_SSO, 1);
	vpdn_config_changed(lab->lns, lab->now);
	only_tunnel(lab, &info);
	g_assert_true(info.params.ha);
	vpdn_settings_put(&group(lab)->own, VPDN_SET_SSO, 0);
	vpdn_config_changed(lab->lns, lab->now);
	only_tunnel(lab, &info);
	g_assert_false(info.params.ha);
	lab_free(lab);
}

/* Two groups, by host name of the LAC, of one template: which calls are refused? */
static void test_session_limits(void)
{
	struct lab *lab = lab_new(32);
	struct vpdn_config *c = vpdn_config(lab->lns);
	struct vpdn_group *one = group(lab), *two = vpdn_config_group(c, "two", true);
	struct vpdn_template *t = vpdn_config_template(c, "T", true);
	uint16_t cc[2];
	unsigned call[4];

	two->accept_dialin = two->protocol_l2tp = true;
	two->virtual_template = 1;
	two->terminate_from = g_strdup("lac1");
	vpdn_settings_put_text(&two->own, VPDN_SET_PASSWORD, "tunsecret");
	one->template = g_strdup("T");
	two->template = g_strdup("T");
	t->group_limit = 3;
	vpdn_settings_put(&t->own, VPDN_SET_SESSION_LIMIT, 2); /* of each */
	cc[0] = lab_tunnel(lab, 0, "tunsecret");
	cc[1] = lab_tunnel(lab, 1, "tunsecret");
	lab_run(lab, dur_s(1));
	for (unsigned i = 0; i < 2; i++)
		call[i] = lab_call(lab, 0, cc[0], "user1", "pw", PPP_AUTH_CHAP);
	call[2] = lab_call(lab, 0, cc[0], "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call[0]);
	lab_assert_up(lab, call[1]);
	g_assert_cmpuint(lab->calls[call[2]].gone.result, ==, 2);
	g_assert_cmpuint(lab->calls[call[2]].gone.error, ==, 4);
	call[2] = lab_call(lab, 1, cc[1], "user3", "pw", PPP_AUTH_CHAP);
	call[3] = lab_call(lab, 1, cc[1], "user4", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call[2]);
	g_assert_cmpuint(lab->calls[call[3]].gone.error, ==, 4);
	g_assert_cmpstr(
		vpdn_history_get(lab->lns, 0)->type, ==, "Session limit exceeded");

	/* Where one has gone another may come. */
	lab_hang_up(lab, call[0]);
	lab_run(lab, dur_s(5));
	call[3] = lab_call(lab, 1, cc[1], "user4", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call[3]);
	lab_free(lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
		g_autofree char *path =
			g_strconcat("/vpdn/template/levels/", levels[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_levels);
	}
	g_test_add_func("/vpdn/template/texts", test_texts);
	g_test_add_func("/vpdn/template/limits", test_limits);
	g_test_add_func("/vpdn/template/domains", test_domains);
	g_test_add_func("/vpdn/template/table", test_table);
	g_test_add_func("/vpdn/template/reset", test_reset);
	g_test_add_func("/vpdn/template/tunnel", test_tunnel);
	g_test_add_func("/vpdn/template/session-limits", test_session_limits);
	return g_test_run();
}
