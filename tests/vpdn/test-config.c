/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vpdn/config.h"

static struct vpdn_group *accepting(
	struct vpdn_config *c, const char *name, const char *from)
{
	struct vpdn_group *g = vpdn_config_group(c, name, true);

	g->accept_dialin = g->protocol_l2tp = true;
	g->terminate_from = g_strdup(from);
	return g;
}

static void test_groups(void)
{
	struct vpdn_config *c = vpdn_config_new();
	struct vpdn_group *g;
	uint32_t generation = c->generation;
	g_autofree char *longest = g_strnfill(63, 'g');
	g_autofree char *too_long = g_strnfill(64, 'g');

	g_assert_null(vpdn_config_group(c, "a", false));
	g = vpdn_config_group(c, "a", true);
	g_assert_nonnull(g);
	g_assert_cmpuint(c->generation, >, generation);
	g_assert_true(vpdn_config_group(c, "a", true) == g);
	g_assert_null(vpdn_config_group(c, "", true));
	g_assert_nonnull(vpdn_config_group(c, longest, true));
	g_assert_null(vpdn_config_group(c, too_long, true));
	g_assert_true(vpdn_config_remove_group(c, longest));
	g_assert_nonnull(vpdn_config_group(c, "b", true));
	g_assert_true(vpdn_config_remove_group(c, "a"));
	g_assert_false(vpdn_config_remove_group(c, "a"));
	g_assert_cmpuint(c->groups->len, ==, 1);
	for (unsigned i = 1; i < VPDN_GROUPS_MAX; i++) {
		g_autofree char *name = g_strdup_printf("g%u", i);

		g_assert_nonnull(vpdn_config_group(c, name, true));
	}
	g_assert_null(vpdn_config_group(c, "one too many", true));
	vpdn_config_free(c);
	vpdn_config_free(NULL);
}

static void test_accept(void)
{
	struct vpdn_config *c = vpdn_config_new();
	struct vpdn_group *off, *exact, *other, *any;

	g_assert_null(vpdn_config_accept(c, "lac1"));
	off = vpdn_config_group(c, "off", true); /* no accept-dialin */
	g_assert_null(vpdn_config_accept(c, "lac1"));
	off->accept_dialin = true; /* no protocol */
	g_assert_null(vpdn_config_accept(c, "lac1"));
	any = accepting(c, "any", NULL);
	exact = accepting(c, "exact", "lac1");
	other = accepting(c, "other", "lac2");
	g_assert_true(vpdn_config_accept(c, "lac1") == exact);
	g_assert_true(vpdn_config_accept(c, "lac2") == other);
	g_assert_true(vpdn_config_accept(c, "lac11") == any);
	g_assert_true(vpdn_config_accept(c, "") == any);
	vpdn_config_remove_group(c, "any");
	g_assert_null(vpdn_config_accept(c, "LAC1"));
	vpdn_config_free(c);
}

static void test_vtemplates(void)
{
	static const unsigned numbers[] = { 7, 1, 4095, 3 },
			      sorted[] = { 1, 3, 7, 4095 };
	struct vpdn_config *c = vpdn_config_new();

	for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
		g_assert_nonnull(vpdn_config_vtemplate(c, numbers[i], true));
	g_assert_true(vpdn_config_vtemplate(c, 3, true) ==
		      vpdn_config_vtemplate(c, 3, false));
	g_assert_cmpuint(c->vtemplates->len, ==, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct vpdn_vtemplate *t = g_ptr_array_index(c->vtemplates, i);

		g_assert_cmpuint(t->number, ==, sorted[i]);
	}
	g_assert_null(vpdn_config_vtemplate(c, 2, false));
	g_assert_null(vpdn_config_vtemplate(c, 0, true));
	g_assert_null(vpdn_config_vtemplate(c, 65536, true));
	g_assert_true(vpdn_config_remove_vtemplate(c, 3));
	g_assert_false(vpdn_config_remove_vtemplate(c, 3));
	g_assert_null(vpdn_config_vtemplate(c, 3, false));
	g_assert_nonnull(vpdn_config_vtemplate(c, 7, false));
	vpdn_config_free(c);
}

static void test_users(void)
{
	struct vpdn_config *c = vpdn_config_new();
	g_autofree char *longest = g_strnfill(PPP_NAME_MAX - 1, 'x');
	g_autofree char *too_long = g_strnfill(PPP_NAME_MAX, 'x');
	const struct vpdn_user *u;

	g_assert_true(vpdn_config_set_user(c, "bob", "one"));
	g_assert_true(vpdn_config_set_user(c, "alice", "two"));
	g_assert_true(vpdn_config_set_user(c, "bob", "three"));
	g_assert_cmpuint(c->user_order->len, ==, 2);
	u = g_ptr_array_index(c->user_order, 0);
	g_assert_cmpstr(u->name, ==, "bob");
	g_assert_cmpstr(u->password, ==, "three");
	g_assert_true(g_hash_table_lookup(c->users, "bob") == u);
	g_assert_true(vpdn_config_set_user(c, longest, ""));
	g_assert_false(vpdn_config_set_user(c, too_long, ""));
	g_assert_false(vpdn_config_set_user(c, "", "x"));
	g_assert_true(vpdn_config_remove_user(c, "bob"));
	g_assert_false(vpdn_config_remove_user(c, "bob"));
	u = g_ptr_array_index(c->user_order, 0);
	g_assert_cmpstr(u->name, ==, "alice");
	vpdn_config_free(c);
}

static void test_pools(void)
{
	static const struct {
		const char *name;
		uint32_t low, high;
		bool ok;
		unsigned ranges;
	} steps[] = {
		/* clang-format off */
		{ "P", 0x64400001, 0x644000ff, true,  1 },
		{ "P", 0x64400001, 0x644000ff, true,  1 }, /* the same line again */
		{ "Q", 0x64400001, 0x644000ff, false, 1 },
		{ "P", 0x644000ff, 0x64400100, false, 1 },
		{ "P", 0x64400000, 0x64400001, false, 1 },
		{ "P", 0x64400000, 0x64500000, false, 1 },
		{ "P", 0x64400100, 0x64400100, true,  2 }, /* one address */
		{ "Q", 0x64400200, 0x644001ff, false, 2 },
		{ "Q", 0xffffff00, 0xffffffff, true,  3 },
		{ "Q", 0,          5,          false, 3 },
		{ "",  7,          8,          false, 3 },
		/* clang-format on */
	};
	struct vpdn_config *c = vpdn_config_new();

	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		bool ok = vpdn_config_add_pool(
			c, steps[i].name, steps[i].low, steps[i].high);

		g_assert_cmpint(ok, ==, steps[i].ok);
		g_assert_cmpuint(c->pools->len, ==, steps[i].ranges);
	}
	g_assert_true(vpdn_config_remove_pool(c, "P"));
	g_assert_false(vpdn_config_remove_pool(c, "P"));
	g_assert_cmpuint(c->pools->len, ==, 1);
	vpdn_config_free(c);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/vpdn/config/groups", test_groups);
	g_test_add_func("/vpdn/config/accept", test_accept);
	g_test_add_func("/vpdn/config/vtemplates", test_vtemplates);
	g_test_add_func("/vpdn/config/users", test_users);
	g_test_add_func("/vpdn/config/pools", test_pools);
	return g_test_run();
}
