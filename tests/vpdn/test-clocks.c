/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Idle-Timeout, by the Virtual-Template and by RADIUS, also after a takeover; and which method
 * lists count for the subscribers of a Virtual-Template.
 */
#include "tests/vpdn/lab.h"

#include <string.h>

static struct vpdn_vtemplate *vtemplate(struct vpdn *v)
{
	return vpdn_config_vtemplate(vpdn_config(v), 1, false);
}

static unsigned one_call(struct lab *lab, const char *user)
{
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call;

	lab_run(lab, dur_s(1));
	call = lab_call(lab, 0, cc, user, "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(2));
	lab_assert_up(lab, call);
	return call;
}

static uint32_t number_of(const struct lab *lab, unsigned call)
{
	struct vpdn_session_info s;

	g_assert_true(lab_session(lab, &lab->calls[call], &s));
	return s.number;
}

/* Seconds until the call is gone, at most `most`; a packet every `every` seconds, 0 never. */
static unsigned lives(struct lab *lab, unsigned call, unsigned every, unsigned most)
{
	unsigned t;

	for (t = 0; t < most && lab->calls[call].session; t++) {
		if (every && t % every == 0)
			lab->fp[number_of(lab, call)].counts.rx_packets++;
		lab_run(lab, dur_s(1));
	}
	return t;
}

static const struct {
	const char *name;
	unsigned every;
	bool ends;
} idlers[] = {
	/* clang-format off */
	{ "silent", 0,  true },
	{ "seldom", 30, true },
	{ "busy",   5,  false },
	/* clang-format on */
};

static void test_idle(const void *data)
{
	size_t i = GPOINTER_TO_SIZE(data);
	struct lab *lab = lab_new(90 + i);
	unsigned call, t;

	vtemplate(lab->lns)->idle_s = 16;
	call = one_call(lab, "user1");
	t = lives(lab, call, idlers[i].every, 100);
	if (!idlers[i].ends) {
		lab_assert_up(lab, call);
		t = lives(lab, call, 0, 100);
	}
	g_assert_cmpuint(t, >=, 12);
	g_assert_cmpuint(t, <=, 24);
	lab_run(lab, dur_s(5));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	g_assert_cmpuint(lab->calls[call].gone.result, ==, 3);

	GHashTableIter it;
	struct lab_acct *a;

	g_hash_table_iter_init(&it, lab->acct);
	g_assert_true(g_hash_table_iter_next(&it, NULL, (gpointer *)&a));
	g_assert_cmpuint(a->stops, ==, 1);
	g_assert_cmpuint(a->cause, ==, 4);
	lab_free(lab);
}

/* What RADIUS says beats the Virtual-Template. */
static void test_idle_radius(void)
{
	struct lab *lab = lab_new_radius(95);
	unsigned call, other, t;

	for (unsigned i = 0; i < LAB_RADIUS; i++)
		g_assert_true(
			radius_sim_attr(lab->radius[i], "user1", "Idle-Timeout", "8"));
	vtemplate(lab->lns)->idle_s = 40;
	call = one_call(lab, "user1");
	other = lab_call(lab, 0, lab->calls[call].cc, "user2", "pw", PPP_AUTH_CHAP);
	t = lives(lab, call, 0, 100);
	g_assert_cmpuint(t, >=, 5);
	g_assert_cmpuint(t, <=, 12);
	lab_assert_up(lab, other);
	g_assert_cmpuint(lives(lab, other, 0, 100), <=, 60);
	lab_run(lab, dur_s(5));
	lab_assert_acct(lab);
	lab_free(lab);
}

/* On the new active it counts from the takeover. */
static void test_idle_takeover(const void *data)
{
	unsigned after = GPOINTER_TO_UINT(data), t;
	struct lab *lab = lab_new(96);
	unsigned call;

	lab_add_standby(lab, dur_us(60));
	vtemplate(lab->lns)->idle_s = vtemplate(lab->standby)->idle_s = 16;
	call = one_call(lab, "user1");
	(void)lives(lab, call, 1, after);
	lab_run(lab, dur_ms(500));
	lab_kill(lab);
	lab_run(lab, dur_s(1));
	lab_assert_up(lab, call);
	t = lives(lab, call, 0, 100);
	g_assert_cmpuint(t, >=, 12);
	g_assert_cmpuint(t, <=, 24);
	lab_run(lab, dur_s(5));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	lab_assert_acct(lab);
	lab_assert_fp(lab);
	lab_free(lab);
}

/* ---- method lists ---- */

static void add_list(struct lab *lab, enum aaa_service service, const char *name,
	enum aaa_method_kind kind, const char *group)
{
	struct vpdn *both[] = { lab->lns, lab->standby };

	for (unsigned i = 0; i < 2 && both[i]; i++) {
		struct aaa_config *c = vpdn_config(both[i])->aaa;
		struct aaa_list *l = aaa_config_list(c, service, name, true);
		struct aaa_group *g = aaa_config_group(c, "SG", true);

		if (!g->servers->len)
			g_ptr_array_add(g->servers, g_strdup("B"));
		l->record = AAA_RECORD_START_STOP;
		l->n_methods = 1;
		l->methods[0].kind = (uint8_t)kind;
		g_strlcpy(l->methods[0].group, group, AAA_NAME_MAX);
		vpdn_config_changed(both[i], lab->now);
	}
}

/* RADIUS says no, the local user says yes. */
static void test_authentication(void)
{
	struct lab *lab = lab_new_radius(97);
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call;

	g_assert_true(vpdn_config_set_user(vpdn_config(lab->lns), "homer", "pw"));
	add_list(lab, AAA_AUTHEN_PPP, "HOME", AAA_LOCAL, "");
	lab_run(lab, dur_s(1));
	call = lab_call(lab, 0, cc, "homer", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
	vtemplate(lab->lns)->authen_list = g_strdup("HOME");
	call = lab_call(lab, 0, cc, "homer", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(5));
	lab_assert_up(lab, call);
	lab_free(lab);
}

/* A list without a group: what RADIUS says of the subscriber does not count. */
static void test_authorization(void)
{
	struct lab *lab = lab_new_radius(98);
	unsigned call;

	for (unsigned i = 0; i < LAB_RADIUS; i++)
		g_assert_true(radius_sim_attr(
			lab->radius[i], "user1", "Framed-IP-Address", "198.51.100.77"));
	add_list(lab, AAA_AUTHOR_NETWORK, "NO", AAA_NO, "");
	call = one_call(lab, "user1");
	g_assert_cmphex(lab->calls[call].ip, ==, 0xc633644d);
	lab_hang_up(lab, call);
	lab_run(lab, dur_s(3));
	vtemplate(lab->lns)->author_list = g_strdup("NO");
	call = lab_call(lab, 0, lab->calls[call].cc, "user1", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(3));
	lab_assert_up(lab, call);
	g_assert_cmphex(lab->calls[call].ip, >=, LAB_POOL_LOW);
	g_assert_cmphex(lab->calls[call].ip, <=, LAB_POOL_HIGH);
	lab_free(lab);
}

/* Its records go to the servers of the list, the Stop after a takeover too. */
static void test_accounting(const void *data)
{
	bool pull = GPOINTER_TO_INT(data);
	struct lab *lab = lab_new_radius(99);
	unsigned call;

	if (pull)
		lab_add_standby(lab, dur_us(60));
	add_list(lab, AAA_ACCT_NETWORK, "LIST", AAA_GROUP, "SG");
	vtemplate(lab->lns)->acct_list = g_strdup("LIST");
	if (pull)
		vtemplate(lab->standby)->acct_list = g_strdup("LIST");
	call = one_call(lab, "user1");
	g_assert_cmpuint(radius_sim_records(lab->radius[0]), ==, 0);
	g_assert_cmpuint(radius_sim_records(lab->radius[1]), ==, 1);
	if (pull) {
		lab_hang_up(lab, call);
		lab_run(lab, dur_ms(5)); /* the Stop is perhaps pending */
		lab_kill(lab);
	} else {
		lab_hang_up(lab, call);
	}
	lab_run(lab, dur_s(60));
	g_assert_cmpuint(radius_sim_records(lab->radius[0]), ==, 0);
	g_assert_cmpuint(radius_sim_records(lab->radius[1]), >=, 2);
	lab_free(lab);
}

/* MS-CHAP-Error of a server is what the subscriber gets. */
static void test_mschap_error(void)
{
	static const struct {
		const char *error, *said;
	} rows[] = {
		{ NULL, "E=691 R=" },
		{ "E=648 R=1 V=3", "E=648 R=" },
		{ "E=709", "E=709 R=" },
		{ "nonsense", "E=691 R=" },
		{ "E=", "E=691 R=" },
		{ "E=99999999999999999999", "E=691 R=" },
	};

	if (!ppp_auth_valid(PPP_AUTH_MSCHAP2)) {
		g_test_skip("no MS-CHAP in this build");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct lab *lab = lab_new_radius(102 + i);
		uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
		unsigned call;

		for (unsigned k = 0; k < LAB_RADIUS; k++)
			radius_sim_manner(lab->radius[k])->mschap_error = rows[i].error;
		lab_run(lab, dur_s(1));
		call = lab_call(lab, 0, cc, "user1", "wrong", PPP_AUTH_MSCHAP2);
		lab_run(lab, dur_s(3));
		g_assert_cmpint(lab_outcome(lab, call), ==, LAB_GONE);
		/* FF 03, protocol, code 4 and the rest of its head, then the text. */
		g_assert_cmpuint(lab->auth_said_len, >, 16);
		g_assert_cmpuint(lab->auth_said[4], ==, 4);
		g_assert_cmpmem(lab->auth_said + 8, strlen(rows[i].said), rows[i].said,
			strlen(rows[i].said));
		lab_free(lab);
	}
}

/* peer default ip address A.B.C.D: one subscriber at a time. */
static void test_peer_address(void)
{
	struct lab *lab = lab_new(100);
	unsigned a, b;

	g_clear_pointer(&vtemplate(lab->lns)->pool, g_free);
	vtemplate(lab->lns)->peer_ip = 0xc6336409;
	a = one_call(lab, "user1");
	g_assert_cmphex(lab->calls[a].ip, ==, 0xc6336409);
	b = lab_call(lab, 0, lab->calls[a].cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(3));
	g_assert_cmpint(lab_outcome(lab, b), ==, LAB_GONE);
	lab_hang_up(lab, a);
	lab_run(lab, dur_s(3));
	b = lab_call(lab, 0, lab->calls[a].cc, "user2", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_s(3));
	lab_assert_up(lab, b);
	g_assert_cmphex(lab->calls[b].ip, ==, 0xc6336409);
	lab_free(lab);
}

/* ppp max-...: a subscriber that never answers is given up after so many requests. */
static void test_counters(void)
{
	struct lab *lab = lab_new(101);
	uint16_t cc = lab_tunnel(lab, 0, "tunsecret");
	unsigned call, t;

	vtemplate(lab->lns)->max_configure = 2;
	vtemplate(lab->lns)->timeout_retry_s = 2;
	lab_run(lab, dur_s(1));
	call = lab_call(lab, 0, cc, "user1", "pw", PPP_AUTH_CHAP);
	lab_run(lab, dur_us(2500)); /* he has sent one request */
	ppp_link_drop(lab->subscribers, call);
	lab->calls[call].linked = false;
	t = lives(lab, call, 0, 60);
	g_assert_cmpuint(t, >=, 3);
	g_assert_cmpuint(t, <=, 6);
	lab_free(lab);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(idlers); i++) {
		g_autofree char *path =
			g_strconcat("/vpdn/clocks/idle/", idlers[i].name, NULL);

		g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_idle);
	}
	g_test_add_func("/vpdn/clocks/idle/radius", test_idle_radius);
	for (unsigned after = 1; after <= 17; after += 4) {
		g_autofree char *path =
			g_strdup_printf("/vpdn/clocks/idle/takeover-%u", after);

		g_test_add_data_func(path, GUINT_TO_POINTER(after), test_idle_takeover);
	}
	g_test_add_func("/vpdn/clocks/list/authentication", test_authentication);
	g_test_add_func("/vpdn/clocks/list/authorization", test_authorization);
	g_test_add_data_func("/vpdn/clocks/list/accounting", GINT_TO_POINTER(false),
		test_accounting);
	g_test_add_data_func("/vpdn/clocks/list/accounting-pull", GINT_TO_POINTER(true),
		test_accounting);
	g_test_add_func("/vpdn/clocks/mschap-error", test_mschap_error);
	g_test_add_func("/vpdn/clocks/peer-address", test_peer_address);
	g_test_add_func("/vpdn/clocks/counters", test_counters);
	return g_test_run();
}
