/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the LNS of a lab is configured as: alone, as a multihop node, with RADIUS servers.
 */
#include "tests/vpdn/lab.h"

void lab_configure(struct vpdn *v)
{
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g = vpdn_config_group(c, "1", true);
	struct vpdn_vtemplate *t = vpdn_config_vtemplate(c, 1, true);

	c->enable = true;
	g_free(c->hostname);
	c->hostname = g_strdup("lns1");
	g->accept_dialin = g->protocol_l2tp = true;
	g->virtual_template = 1;
	vpdn_settings_put_text(&g->own, VPDN_SET_PASSWORD, "tunsecret");
	vpdn_settings_put(&g->own, VPDN_SET_HELLO, 5);
	t->local_ip = 0xac100001;
	g_free(t->pool);
	t->pool = g_strdup("POOL");
	t->auth[0] = PPP_AUTH_CHAP;
	t->auth[1] = PPP_AUTH_PAP;
	if (ppp_auth_valid(PPP_AUTH_MSCHAP2)) {
		t->auth[1] = PPP_AUTH_MSCHAP2;
		t->auth[2] = PPP_AUTH_MSCHAP;
		t->auth[3] = PPP_AUTH_PAP;
	}
	t->dns[0] = 0xc0000235;
	g_assert_true(vpdn_config_add_pool(c, "POOL", LAB_POOL_LOW, LAB_POOL_HIGH));
	for (unsigned i = 1; i <= LAB_CALLS; i++) {
		g_autofree char *user = g_strdup_printf("user%u", i);

		g_assert_true(vpdn_config_set_user(c, user, "pw"));
	}
}

void lab_configure_hop(struct vpdn *v)
{
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g = vpdn_config_group(c, "2", true);

	c->multihop = true;
	g->request_dialin = g->request_l2tp = true;
	vpdn_settings_put_text(&g->own, VPDN_SET_LOCAL_NAME, "hop");
	vpdn_settings_put_text(&g->own, VPDN_SET_PASSWORD, "tunsecret");
	vpdn_settings_put(&g->own, VPDN_SET_BUSY, 20);
	g_assert_true(vpdn_config_add_match(c, g, VPDN_BY_MULTIHOP_HOSTNAME, "lac0"));
	for (unsigned i = 0; i < LAB_NEXTS; i++) {
		struct vpdn_target t = { .ip = LAB_NEXT_IP + i,
			.local_ip = LAB_LNS_IP,
			.priority = (uint16_t)(i + 1) };

		g_assert_true(vpdn_config_add_target(c, g, &t));
	}
}

void lab_configure_access(struct vpdn *v)
{
	struct vpdn_config *c = vpdn_config(v);
	struct vpdn_group *g;
	struct vpdn_bba *b = vpdn_config_bba(c, "global", true);

	lab_configure_hop(v);
	g = vpdn_config_group(c, "2", false);
	c->multihop = false;
	c->source_any = LAB_LNS_IP;
	g_free(c->hostname);
	c->hostname = g_strdup("lac1");
	g_assert_true(vpdn_config_remove_match(
		c, g, VPDN_BY_MULTIHOP_HOSTNAME, "lac0"));
	g_assert_true(vpdn_config_add_match(c, g, VPDN_BY_DOMAIN, "far.example"));
	b->virtual_template = 1;
}

void lab_far_users(struct vpdn *v)
{
	for (unsigned i = 1; i <= LAB_CALLS; i++) {
		g_autofree char *user = g_strdup_printf("user%u@far.example", i);

		g_assert_true(vpdn_config_set_user(vpdn_config(v), user, "pw"));
	}
}

void lab_configure_radius(struct vpdn *v)
{
	static const char *const names[LAB_RADIUS] = { "A", "B" };
	static const enum aaa_service services[] = {
		AAA_AUTHEN_PPP, AAA_AUTHOR_NETWORK, AAA_ACCT_NETWORK
	};
	struct aaa_config *c = vpdn_config(v)->aaa;

	c->new_model = true;
	c->key = g_strdup("labsecret");
	for (unsigned i = 0; i < LAB_RADIUS; i++) {
		struct aaa_server *s = aaa_config_server(c, names[i], true);

		s->ip = LAB_RADIUS_IP + i;
		s->local_ip = LAB_LNS_IP;
	}
	c->dynamic_author = true;
	(void)aaa_config_client(c, LAB_RADIUS_IP, true);
	c->das_key = g_strdup("labsecret");
	for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
		struct aaa_list *l = aaa_config_list(c, services[i], "default", true);

		l->record = AAA_RECORD_START_STOP;
		l->n_methods = services[i] == AAA_ACCT_NETWORK ? 1 : 2;
		l->methods[0] = (struct aaa_method){ AAA_GROUP, "radius" };
		l->methods[1].kind = AAA_LOCAL;
	}
}

void lab_radius_servers(struct lab *lab, uint64_t seed)
{
	for (unsigned i = 0; i < LAB_RADIUS; i++) {
		lab->radius[i] = radius_sim_new("labsecret", seed + i);
		for (unsigned u = 1; u <= LAB_CALLS; u++) {
			g_autofree char *user = g_strdup_printf("user%u", u);

			radius_sim_user(lab->radius[i], user, "pw");
			g_assert_true(radius_sim_attr(
				lab->radius[i], user, "Class", "a class"));
		}
	}
}
