/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/rp/world.h"

#include "fp/fp.h"
#include "rp/rp.h"
#include "spa/spa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char config[] = "hostname lns1\n"
			     "username load1 password 0 loadpw\n"
			     "vpdn enable\n"
			     "vpdn-group FROM-LAC\n"
			     " accept-dialin\n"
			     "  protocol l2tp\n"
			     "  virtual-template 1\n"
			     " local name lns1\n"
			     " l2tp tunnel password 0 tunsecret\n"
			     "interface Loopback0\n"
			     " ip address 172.16.0.1 255.255.255.255\n"
			     "interface GigabitEthernet0/0/0\n"
			     " description to the LAC\n"
			     " ip address 10.99.0.2 255.255.255.0\n"
			     "interface GigabitEthernet0/0/1\n"
			     " ip address 10.98.0.2 255.255.255.0\n"
			     "interface GigabitEthernet0/1/3\n"
			     " shutdown\n"
			     "interface Virtual-Template1\n"
			     " ip unnumbered Loopback0\n"
			     " peer default ip address pool POOL\n"
			     " ppp authentication chap\n"
			     "ip local pool POOL 100.64.0.1 100.64.0.100\n"
			     "ip route 0.0.0.0 0.0.0.0 10.98.0.9\n"
			     "end\n";

static void *spa_arg(const unsigned peers[LAB_PORTS])
{
	struct spa_config *s = g_new0(struct spa_config, 1);

	s->n_ports = LAB_PORTS;
	for (unsigned k = 0; k < LAB_PORTS; k++) {
		s->port[k].kind = "wire";
		s->port[k].peer_slot = peers[k];
	}
	return s;
}

static bool is_hot(struct lab *l, void *user)
{
	return chassis_standby_hot(lab_chassis(l));
}

void world_init(struct world *w)
{
	uint32_t mask = ~UINT32_C(0xff);

	memset(w, 0, sizeof(*w));
	w->boards = (struct lab_boards){
		.rp = &rp_board, .fp = &fp_board, .spa = &spa_board, .spa_arg = spa_arg
	};
	w->lac = (struct peer_lac_config){
		.name = "lac1",
		.net = { port_ifindex(SLOT_SPA, 0), WORLD_LAC, mask, WORLD_LNS },
		.lns_ip = WORLD_LNS,
		.tunnels = 1,
		.sessions = 2,
		.user = "load1",
		.password = "loadpw",
		.secret = "tunsecret",
		.probe_pps = 50,
		.probe_to = WORLD_HOST,
	};
	w->host = (struct peer_host_config){
		.name = "core",
		.net = { port_ifindex(SLOT_SPA, 1), WORLD_HOST, mask, WORLD_LNS_CORE },
		.probe_pps = 50,
	};
	w->cfg = (struct lab_config){
		.seed = 7,
		.boards = &w->boards,
		.startup = config,
		.lacs = &w->lac,
		.n_lacs = 1,
		.hosts = &w->host,
		.n_hosts = 1,
	};
	w->lab = lab_new(&w->cfg);
	g_assert_true(lab_run_until(w->lab, is_hot, NULL, dur_s(10)));
	lab_run(w->lab, dur_ms(20));
	/* Only when a test says so. */
	g_free(lab_order(w->lab, lab_lac_slot(w->lab, 0), "stop probes"));
	g_free(lab_order(w->lab, lab_host_slot(w->lab, 0), "stop probes"));
}

void world_free(struct world *w)
{
	lab_free(w->lab);
}

void world_call(struct world *w)
{
	unsigned slot = lab_lac_slot(w->lab, 0), n = 0;
	g_autofree char *report = NULL;

	g_free(lab_order(w->lab, slot, "connect"));
	g_assert_true(lab_wait_report(w->lab, slot, "sessions-up", 2, dur_s(20)));
	lab_run(w->lab, dur_ms(500));
	report = lab_order(w->lab, slot, "report");
	for (const char *p = report; (p = strstr(p, " local=")) && n < 2; p++, n++)
		g_assert_cmpint(
			sscanf(p, " local=%u/%u remote=%u/%u", &w->remote_tunnel,
				&w->remote_session[n], &w->tunnel, &w->session[n]),
			==, 4);
	g_assert_cmpuint(n, ==, 2);
}

char *world_show(struct world *w, unsigned slot, const char *command)
{
	char *text = lab_show(w->lab, slot, command, NULL);

	g_assert_nonnull(text);
	return text;
}

char *world_mask(const char *text, const char *pattern, const char *with)
{
	g_autoptr(GRegex) re = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);

	return g_regex_replace(re, text, -1, 0, with, 0, NULL);
}

uint64_t world_number(const char *text, const char *mark)
{
	const char *p = strstr(text, mark);

	if (!p)
		g_error("no \"%s\" in:\n%s", mark, text);
	return strtoull(p + strlen(mark), NULL, 10);
}
