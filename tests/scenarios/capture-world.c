/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * usage: capture-world DIR SEED
 *
 * Makes the captures that captures.py judges: two tunnels with three subscribers each, secrets
 * everywhere, a standby that comes late, a configuration longer than a record, and a
 * switchover.  In DIR: ckpt.pcapng (R0-R1, from before R1 comes), fib.pcapng (R0-F0),
 * lac.pcapng and host.pcapng (ports).
 */
#include "scenarios/engine/operator.h"
#include "tests/scenarios/world.h"

#include <stdio.h>

enum { USERS = 1500 };

/* Every secret has "hush" in it. */
static char *startup(void)
{
	GString *text = g_string_new("hostname lns1\n"
				     "redundancy\n mode sso\n"
				     "username load1 password 0 hush-load\n"
				     "vpdn enable\n"
				     "vpdn-group 1\n"
				     " accept-dialin\n"
				     "  protocol l2tp\n"
				     "  virtual-template 1\n"
				     " local name lns1\n"
				     " l2tp tunnel password 0 hush-tunnel\n"
				     "interface Loopback0\n"
				     " ip address 172.16.0.1 255.255.255.255\n"
				     "interface GigabitEthernet0/0/0\n"
				     " ip address 10.99.0.2 255.255.255.0\n"
				     "interface GigabitEthernet0/0/1\n"
				     " ip address 192.0.2.254 255.255.255.0\n"
				     "interface Virtual-Template1\n"
				     " ip unnumbered Loopback0\n"
				     " peer default ip address pool POOL\n"
				     " ppp authentication chap pap\n"
				     "ip local pool POOL 100.64.0.1 100.64.255.254\n");

	/* Of different lengths, so that parts end anywhere in them. */
	for (unsigned i = 0; i < USERS; i++)
		g_string_append_printf(text, "username u%04u password 0 hush%0*u\n", i,
			4 + (int)(i % 7), i);
	g_string_append(text, "end\n");
	return g_string_free(text, false);
}

static void on_reply(uint32_t connection, const char *text, bool final, bool close, void *user)
{
	unsigned *finals = user;

	printf("%s", text);
	*finals += final;
}

/* A line of the operator; stops the program if it is not answered by ok. */
static void type(struct world *w, struct operator *op, unsigned *finals, const char *line)
{
	unsigned before = *finals;

	printf("> %s\n", line);
	operator_line(op, 1, line);
	for (unsigned i = 0; *finals == before && i < 100000; i++)
		lab_run(w->lab, dur_ms(1));
	g_assert_cmpuint(*finals, ==, before + 1);
}

static void story(struct world *w, const char *dir)
{
	static const struct {
		const char *name, *point;
	} captures[] = {
		{ "ckpt", "ipc R0 R1" },
		{ "fib", "ipc R0 F0" },
		{ "lac", "Gi0/0/0" },
		{ "host", "0/0/1" },
	};
	unsigned finals = 0;
	struct operator *op = operator_new(&(struct operator_config){
		.chassis = lab_chassis(w->lab), .reply = on_reply, .user = &finals });

	for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
		g_autofree char *line = g_strdup_printf("capture %s %s to \"%s/%s.pcapng\"",
			captures[i].name, captures[i].point, dir, captures[i].name);

		type(w, op, &finals, line);
	}
	world_connect(w);
	type(w, op, &finals, "insert R1");
	type(w, op, &finals,
		"wait 30s until show R0 \"show redundancy states\" has \"STANDBY HOT\"");
	type(w, op, &finals, "cli R0 \"configure terminal\"");
	type(w, op, &finals, "cli R0 \"username late pass 0 hush-late\"");
	type(w, op, &finals, "cli R0 \"end\"");
	g_free(world_lac(w, "call"));
	lab_run(w->lab, dur_s(2));
	g_free(world_lac(w, "hangup 1"));
	lab_run(w->lab, dur_s(2));
	type(w, op, &finals, "pull R0");
	lab_run(w->lab, dur_s(3));
	type(w, op, &finals, "insert R0");
	type(w, op, &finals,
		"wait 30s until show R1 \"show redundancy states\" has \"STANDBY HOT\"");
	type(w, op, &finals, "capture");
	for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
		g_autofree char *line = g_strdup_printf("capture %s stop", captures[i].name);

		type(w, op, &finals, line);
	}
	operator_free(op);
}

int main(int argc, char **argv)
{
	g_autofree char *text = startup();
	struct world w;
	guint64 seed;

	if (argc != 3 || !g_ascii_string_to_unsigned(argv[2], 10, 1, G_MAXINT64, &seed, NULL)) {
		fprintf(stderr, "usage: capture-world DIR SEED\n");
		return 2;
	}
	world_init(&w, 2, 3, seed);
	w.lab_cfg.startup = text;
	w.lab_cfg.without_standby = true;
	w.lac.password = "hush-load";
	w.lac.secret = "hush-tunnel";
	world_start(&w);
	story(&w, argv[1]);
	world_clear(&w);
	return 0;
}
