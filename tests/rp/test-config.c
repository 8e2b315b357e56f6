/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The running configuration: as text, from text, and what may not come in by it.
 */
#include "tests/rp/rig.h"

#include <string.h>

/* Fails, but goes on, so that one run tells of all. */
#define COMPLAIN(...) (g_test_message(__VA_ARGS__), g_test_fail())

/* ---- fixed points ----------------------------------------------------------------- */

struct errors {
	unsigned n;
	GString *text; /* "LINE:COLUMN REASON\n" */
};

static void note(unsigned line, unsigned column, const char *text, const char *reason,
	void *user)
{
	struct errors *e = user;

	e->n++;
	g_string_append_printf(e->text, "%u:%u %s\n", line, column, reason);
}

static char *golden(void)
{
	g_autofree char *path =
		g_build_filename(g_getenv("TWINRP_GOLDEN"), "lns.cfg", NULL);
	char *text;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

/* Boots a single RP from a text; its running configuration. */
static char *booted(const char *text, bool all, GString *log)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ .boards = RIG_REAL_R0, .startup = text });
	char *out;

	rig_run(rig, 1000);
	out = rp_config_text(rig->rp[SLOT_R0], all);
	if (log)
		g_string_append(log, rig->log->str);
	rig_free(rig);
	return out;
}

static void assert_no_errors(const GString *log)
{
	g_assert_null(strstr(log->str, "startup-config:"));
}

static void config_golden(void)
{
	g_autofree char *text = golden();
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *once = booted(text, false, log);
	g_autofree char *twice = booted(once, false, log);

	assert_no_errors(log);
	g_assert_cmpstr(once, ==, twice);

	/* Every line of the file is in it, but for comments, in whatever order. */
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned k = 0; lines[k]; k++) {
		g_autofree char *line = g_strconcat("\n", lines[k], "\n", NULL);

		if (lines[k][0] && lines[k][0] != '!' && !strstr(once, line))
			COMPLAIN("not in the running configuration: %s", lines[k]);
	}
}

/* A text that has every command that can be configured, each at a value that is not its
 * default: what is written must bring all of it back. */
static const char everything[] =
	"hostname lns-2\n"
	"enable secret 0 s3cret word\n"
	"aaa new-model\n"
	"aaa group server radius SG\n"
	" server name R2\n"
	" server name R1\n"
	"aaa authentication login default local none\n"
	"aaa authentication ppp default group SG group radius local\n"
	"aaa authentication ppp ppp group group local\n"
	"aaa authorization network default group radius local\n"
	"aaa accounting network default start-stop group radius group SG\n"
	"aaa accounting network L2 stop-only group radius\n"
	"aaa accounting network L3 none\n"
	"aaa accounting update periodic 5\n"
	"no logging console\n"
	"vpdn enable\n"
	"no vpdn history failure\n"
	"vpdn history failure table-size 50\n"
	"no l2tp sso enable\n"
	"vpdn-group 1\n"
	" description all of it\n"
	" accept-dialin\n"
	"  protocol l2tp\n"
	"  virtual-template 3\n"
	" session-limit 0\n"
	" terminate-from hostname lac1\n"
	" local name lns1\n"
	" no sso enable\n"
	" l2tp tunnel hello 0\n"
	" l2tp tunnel password 0 tunsecret\n"
	" no l2tp tunnel authentication\n"
	" l2tp tunnel receive-window 100\n"
	" l2tp tunnel resync 250\n"
	" l2tp tunnel retransmit retries 30\n"
	" l2tp tunnel retransmit timeout min 8\n"
	" l2tp tunnel retransmit timeout max 7\n"
	" l2tp tunnel zlb delay 5\n"
	"vpdn-group 2\n"
	" accept-dialin\n"
	"  protocol l2tp\n"
	"vpdn-group empty\n"
	"bba-group pppoe global\n"
	" virtual-template 3\n"
	" ac name ac1\n"
	" service name gold\n"
	" service name silver\n"
	" sessions max limit 1000\n"
	" sessions per-mac limit 10\n"
	" sessions per-port limit 500\n"
	" sessions per-vlan limit 100 inner 5\n"
	" sessions per-mac throttle 10 60 300\n"
	" tag ppp-max-payload minimum 1494 maximum 1499\n"
	" vendor-tag circuit-id service\n"
	" vendor-tag remote-id service\n"
	"bba-group pppoe other\n"
	"username alice password 0 two words\n"
	"username bob@example.net password 0 0\n"
	"redundancy\n"
	" mode sso\n"
	" heartbeat 500 5\n"
	" main-cpu\n"
	"  standby console enable\n"
	"interface Loopback0\n"
	" ip address 172.16.0.1 255.255.255.255\n"
	"interface Loopback5\n"
	" shutdown\n"
	"interface GigabitEthernet0/0/0\n"
	" description to the LAC\n"
	" mtu 9000\n"
	" ip address 10.99.0.2 255.255.255.0\n"
	" shutdown\n"
	"interface GigabitEthernet0/0/0.7\n"
	" encapsulation dot1Q 7 native\n"
	" ip address 10.98.0.2 255.255.255.0\n"
	" ip tcp adjust-mss 1300\n"
	"interface GigabitEthernet0/0/0.100\n"
	" description clients\n"
	" encapsulation dot1Q 100\n"
	" pppoe enable group global\n"
	"interface GigabitEthernet0/0/0.200\n"
	" encapsulation dot1Q 200 second-dot1q any\n"
	" pppoe enable group B2\n"
	"interface GigabitEthernet0/0/0.201\n"
	" encapsulation dot1Q 200 second-dot1q 30-40\n"
	" shutdown\n"
	"interface GigabitEthernet0/0/0.202\n"
	" encapsulation dot1Q 200 second-dot1q 41\n"
	" mtu 1400\n"
	" ip address 10.97.0.2 255.255.255.0\n"
	"interface Virtual-Template1\n"
	" ip unnumbered Loopback0\n"
	" mtu 1400\n"
	" ip verify unicast source reachable-via rx\n"
	" ip tcp adjust-mss 1360\n"
	" peer default ip address pool POOL\n"
	" no keepalive\n"
	" ppp authentication pap chap\n"
	" ppp ipcp dns 192.0.2.53 192.0.2.54\n"
	" ppp timeout retry 5\n"
	" ppp timeout authentication 20\n"
	" ppp timeout idle 600\n"
	" ppp max-bad-auth 2\n"
	" ppp max-configure 20\n"
	" ppp max-failure 6\n"
	" ppp max-terminate 3\n"
	" ppp mtu adaptive\n"
	" ppp authorization AUTHOR\n"
	" ppp accounting L2\n"
	"interface Virtual-Template2\n"
	" ip address 172.16.9.1 255.255.255.0\n"
	" keepalive 30 5\n"
	" ppp authentication chap pap LISTED\n"
	" peer default ip address 172.16.9.7\n"
	" ppp ipcp dns 192.0.2.53\n"
	"interface Virtual-Template3\n"
	" keepalive 30\n"
	"ip local pool POOL 100.64.0.1 100.64.0.254\n"
	"ip local pool POOL 100.65.0.1\n"
	"ip route 0.0.0.0 0.0.0.0 10.99.0.1\n"
	"ip route 192.0.2.0 255.255.255.0 GigabitEthernet0/0/0 10.99.0.9 200\n"
	"ip route 192.0.3.0 255.255.255.0 Loopback0\n"
	"aaa server radius dynamic-author\n"
	" client 10.99.0.7 server-key 0 other\n"
	" client 10.99.0.8\n"
	" server-key 0 all of them\n"
	" port 1700\n"
	"vpdn tunnel authorization network TUN\n"
	"vpdn tunnel accounting network L2\n"
	"vpdn session accounting network L3\n"
	"vpdn tunnel authorization password tp\n"
	"ip radius source-interface Loopback0\n"
	"radius-server dead-criteria time 5 tries 3\n"
	"radius-server retransmit 0\n"
	"radius-server timeout 2\n"
	"radius-server deadtime 10\n"
	"radius-server key 0 common key\n"
	"radius server R1\n"
	" address ipv4 10.99.0.7 auth-port 1645 acct-port 1646\n"
	" timeout 3\n"
	" retransmit 2\n"
	" key 0 labsecret\n"
	" no message-authenticator required\n"
	"radius server R2\n"
	"line con 0\n"
	" exec-timeout 0 0\n"
	"line vty 0 4\n"
	" exec-timeout 5 30\n"
	"end\n";

static void config_everything(void)
{
	g_autoptr(GString) log = g_string_new(NULL);
	g_autofree char *once = booted(everything, false, log);
	g_autofree char *twice = booted(once, false, log);
	g_auto(GStrv) lines = g_strsplit(everything, "\n", -1);

	assert_no_errors(log);
	g_assert_cmpstr(once, ==, twice);
	for (unsigned k = 0; lines[k]; k++) {
		g_autofree char *line = g_strconcat("\n", lines[k], "\n", NULL);

		if (lines[k][0] && !strstr(once, line))
			COMPLAIN("not in the running configuration: %s", lines[k]);
	}
}

/* With all defaults written out it says the same. */
static void config_all(void)
{
	static const char *const texts[] = { "", everything, rig_startup };

	for (size_t k = 0; k < G_N_ELEMENTS(texts); k++) {
		g_autoptr(GString) log = g_string_new(NULL);
		g_autofree char *plain = booted(texts[k], false, log);
		g_autofree char *all = booted(texts[k], true, log);
		g_autofree char *back = booted(all, true, log);

		assert_no_errors(log);
		g_assert_cmpstr(all, ==, back);
		g_assert_cmpuint(strlen(all), >, strlen(plain));
	}
}

/* ---- every command ----------------------------------------------------------------- */

/* Brought in and taken back, line by line: afterwards nothing is left of it.  In the order of
 * "way in | line | line that takes it back". */
static const struct {
	const char *in, *set, *undo;
} pairs[] = {
	/* clang-format off */
	{ "", "hostname x9", "no hostname" },
	{ "", "enable secret 0 abc", "no enable secret" },
	{ "", "enable password abc", "no enable password" },
	{ "", "no logging console", "logging console" },
	{ "", "bba-group pppoe x", "no bba-group pppoe x" },
	{ "bba-group pppoe x", "virtual-template 4", "no virtual-template" },
	{ "bba-group pppoe x", "ac name a", "no ac name" },
	{ "bba-group pppoe x", "service name s", "no service name s" },
	{ "bba-group pppoe x", "sessions max limit 5", "no sessions max limit" },
	{ "bba-group pppoe x", "sessions per-mac limit 5", "no sessions per-mac limit" },
	{ "bba-group pppoe x", "sessions per-port limit 5", "no sessions per-port limit" },
	{ "bba-group pppoe x", "sessions per-vlan limit 5 inner 6", "no sessions per-vlan limit" },
	{ "bba-group pppoe x", "sessions per-mac throttle 1 2 3", "no sessions per-mac throttle" },
	{ "bba-group pppoe x", "tag ppp-max-payload", "no tag ppp-max-payload" },
	{ "bba-group pppoe x", "vendor-tag circuit-id service", "no vendor-tag circuit-id service" },
	{ "bba-group pppoe x", "vendor-tag remote-id service", "no vendor-tag remote-id service" },
	{ "", "service timestamps log datetime msec", "no service timestamps log" },
	{ "redundancy", "mode sso", "no mode sso" },
	{ "redundancy", "heartbeat 500 5", "no heartbeat" },
	{ "redundancy\nmain-cpu", "standby console enable", "no standby console enable" },
	{ "line con 0", "exec-timeout 1 2", "default exec-timeout" },
	{ "line con 0", "stopbits 1", "no stopbits 1" },
	{ "line vty 0 4", "transport input telnet", "no transport input telnet" },
	{ "line vty 0 4", "exec-timeout 0", "default exec-timeout" },
	{ "", "vpdn enable", "no vpdn enable" },
	{ "", "no vpdn history failure", "vpdn history failure" },
	{ "", "vpdn history failure table-size 30", "no vpdn history failure table-size" },
	{ "", "no l2tp sso enable", "l2tp sso enable" },
	{ "", "vpdn-group G", "no vpdn-group G" },
	{ "", "vpdn-group G", "default vpdn-group G" },
	{ "", "username u password 0 p", "no username u" },
	{ "", "username u password 0 p", "default username u" },
	{ "", "ip local pool P 10.1.0.1 10.1.0.9", "no ip local pool P" },
	{ "", "ip local pool P 10.1.0.1 10.1.0.9", "default ip local pool P" },
	{ "", "ip route 10.0.0.0 255.0.0.0 10.9.9.9", "no ip route 10.0.0.0 255.0.0.0 10.9.9.9" },
	{ "", "ip route 10.0.0.0 255.0.0.0 10.9.9.9", "default ip route 10.0.0.0 255.0.0.0 10.9.9.9" },
	{ "", "interface Loopback3", "no interface Loopback3" },
	{ "", "interface Virtual-Template9", "no interface Virtual-Template9" },
	{ "interface Loopback0", "ip address 10.0.0.1 255.255.255.255", "no ip address" },
	{ "interface Loopback0", "ip address 10.0.0.1 255.255.255.255", "default interface Loopback0" },
	{ "interface Loopback0", "shutdown", "no shutdown" },
	{ "interface Loopback0", "description a b", "no description" },
	{ "interface Loopback0", "mtu 1400", "default mtu" },
	{ "interface GigabitEthernet0/0/0", "interface GigabitEthernet0/0/0.5", "no interface GigabitEthernet0/0/0.5" },
	{ "interface GigabitEthernet0/0/0.5", "encapsulation dot1Q 5", "no encapsulation dot1Q" },
	{ "interface GigabitEthernet0/0/0.5", "encapsulation dot1Q 5 second-dot1q 2-4", "no encapsulation dot1Q 5" },
	{ "interface GigabitEthernet0/0/0.5", "encapsulation dot1Q 5", "default interface GigabitEthernet0/0/0.5" },
	{ "interface GigabitEthernet0/0/0.5", "pppoe enable group G", "no pppoe enable" },
	{ "interface GigabitEthernet0/0/0", "pppoe enable", "default pppoe enable" },
	{ "interface GigabitEthernet0/0/0", "ip tcp adjust-mss 500", "no ip tcp adjust-mss" },
	{ "interface Virtual-Template1", "ip tcp adjust-mss 1460", "no ip tcp adjust-mss 1460" },
	{ "interface Virtual-Template1", "ip verify unicast source reachable-via rx", "no ip verify unicast source reachable-via rx" },
	{ "interface Loopback0", "negotiation auto", "no negotiation auto" },
	{ "interface Virtual-Template1", "ip address 10.0.0.1 255.255.255.0", "no ip address" },
	{ "interface Virtual-Template1", "mtu 1400", "no mtu" },
	{ "interface Virtual-Template1", "ip unnumbered Loopback0", "no ip unnumbered" },
	{ "interface Virtual-Template1", "peer default ip address pool P", "no peer default ip address pool" },
	{ "interface Virtual-Template1", "ppp authentication chap pap", "no ppp authentication chap" },
	{ "interface Virtual-Template1", "ppp authentication ms-chap-v2 ms-chap chap pap", "no ppp authentication ms-chap" },
	{ "interface Virtual-Template1", "ppp ipcp dns 10.0.0.1 10.0.0.2", "no ppp ipcp dns" },
	{ "interface Virtual-Template1", "no keepalive", "default keepalive" },
	{ "interface Virtual-Template1", "keepalive 20 3", "default keepalive" },
	{ "interface Virtual-Template1", "keepalive 20 3", "default interface Virtual-Template1" },
	{ "interface Virtual-Template1", "peer default ip address 10.0.0.9", "no peer default ip address" },
	{ "interface Virtual-Template1", "ppp authentication chap LIST", "no ppp authentication chap" },
	{ "interface Virtual-Template1", "ppp authorization LIST", "no ppp authorization" },
	{ "interface Virtual-Template1", "ppp accounting LIST", "default ppp accounting" },
	{ "interface Virtual-Template1", "ppp timeout idle 300", "no ppp timeout idle" },
	{ "interface Virtual-Template1", "ppp max-bad-auth 3", "no ppp max-bad-auth" },
	{ "interface Virtual-Template1", "ppp max-configure 3", "no ppp max-configure" },
	{ "interface Virtual-Template1", "ppp max-failure 3", "no ppp max-failure" },
	{ "interface Virtual-Template1", "ppp max-terminate 3", "default ppp max-terminate" },
	{ "interface Virtual-Template1", "ppp mtu adaptive", "no ppp mtu adaptive" },
	{ "interface Virtual-Template1", "ppp timeout retry 5", "no ppp timeout retry" },
	{ "interface Virtual-Template1", "ppp timeout authentication 5", "default ppp timeout authentication" },
	{ "vpdn-group 1", "accept-dialin", "no accept-dialin" },
	{ "vpdn-group 1\naccept-dialin", "protocol l2tp", "no protocol l2tp" },
	{ "vpdn-group 1\naccept-dialin\nprotocol l2tp", "virtual-template 7", "no virtual-template" },
	{ "", "vpdn logging", "no vpdn logging" },
	{ "", "vpdn logging user", "no vpdn logging user" },
	{ "", "vpdn logging tunnel-drop", "default vpdn logging tunnel-drop" },
	{ "", "vpdn logging cause normal", "no vpdn logging cause normal" },
	{ "", "vpdn logging cause all", "no vpdn logging cause all" },
	{ "", "vpdn history failure cause normal", "no vpdn history failure cause normal" },
	{ "", "vpdn multihop", "no vpdn multihop" },
	{ "", "vpdn softshut", "no vpdn softshut" },
	{ "", "vpdn session-limit 9", "no vpdn session-limit" },
	{ "", "vpdn source-ip 10.0.0.1", "no vpdn source-ip" },
	{ "", "vpdn domain-delimiter %#", "no vpdn domain-delimiter" },
	{ "", "vpdn domain-delimiter %# suffix", "no vpdn domain-delimiter %# suffix" },
	{ "", "vpdn domain-delimiter / prefix", "no vpdn domain-delimiter / prefix" },
	{ "", "vpdn search-order domain dnis", "no vpdn search-order" },
	{ "vpdn-group 1", "request-dialin", "no request-dialin" },
	{ "vpdn-group 1\nrequest-dialin", "protocol l2tp", "no protocol l2tp" },
	{ "vpdn-group 1\nrequest-dialin\nprotocol l2tp", "domain a.example", "no domain a.example" },
	{ "vpdn-group 1\nrequest-dialin\nprotocol l2tp", "dnis 5551000", "no dnis 5551000" },
	{ "vpdn-group 1\nrequest-dialin\nprotocol l2tp", "multihop-hostname h", "no multihop-hostname h" },
	{ "vpdn-group 1\nrequest-dialin\nprotocol l2tp\nexit", "initiate-to ip 10.0.0.1 limit 7 priority 3", "no initiate-to ip 10.0.0.1" },
	{ "vpdn-group 1", "source-ip 10.0.0.1", "no source-ip" },
	{ "vpdn-group 1", "l2tp tunnel busy timeout 9", "no l2tp tunnel busy timeout" },
	{ "vpdn-group 1", "l2tp tunnel timeout setup 90", "no l2tp tunnel timeout setup" },
	{ "vpdn-group 1", "l2tp hidden", "no l2tp hidden" },
	{ "vpdn-group 1", "l2tp sequencing", "no l2tp sequencing" },
	{ "vpdn-group 1", "l2tp drop out-of-order", "no l2tp drop out-of-order" },
	{ "vpdn-group 1", "l2tp ip udp checksum", "no l2tp ip udp checksum" },
	{ "", "vpdn-template T", "no vpdn-template T" },
	{ "", "vpdn-template", "no vpdn-template" },
	{ "vpdn-template T", "group session-limit 9", "no group session-limit" },
	{ "vpdn-template T", "description a b", "no description" },
	{ "vpdn-template T", "l2tp tunnel resync 9", "no l2tp tunnel resync" },
	{ "vpdn-template T", "l2tp hidden", "no l2tp hidden" },
	{ "vpdn-template T", "l2tp tunnel password 0 p", "default l2tp tunnel password" },
	{ "vpdn-template", "no sso enable", "default sso enable" },
	{ "vpdn-group 1", "source vpdn-template T", "default source vpdn-template" },
	{ "vpdn-group 1", "no source vpdn-template", "source vpdn-template" },
	{ "vpdn-group 1", "lcp renegotiation always", "no lcp renegotiation" },
	{ "vpdn-group 1", "lcp renegotiation on-mismatch", "default lcp renegotiation" },
	{ "vpdn-group 1", "force-local-chap", "no force-local-chap" },
	{ "vpdn-group 1", "ip pmtu", "no ip pmtu" },
	{ "vpdn-group 1", "l2tp quirk window 1", "no l2tp quirk window" },
	{ "vpdn-group 1", "l2tp tunnel retransmit initial retries 9", "no l2tp tunnel retransmit initial retries" },
	{ "vpdn-group 1", "l2tp tunnel retransmit initial timeout min 3", "no l2tp tunnel retransmit initial timeout min" },
	{ "vpdn-group 1", "l2tp tunnel retransmit initial timeout max 3", "default l2tp tunnel retransmit initial timeout max" },
	{ "vpdn-group 1", "l2tp tunnel timeout no-session never", "no l2tp tunnel timeout no-session never" },
	{ "vpdn-group 1", "l2tp tunnel timeout no-session 0", "default l2tp tunnel timeout no-session never" },
	{ "", "no l2tp congestion-control", "l2tp congestion-control" },
	{ "vpdn-group 1", "terminate-from hostname h", "no terminate-from hostname" },
	{ "vpdn-group 1", "local name n", "no local name" },
	{ "vpdn-group 1", "description a b", "no description" },
	{ "vpdn-group 1", "session-limit 5", "no session-limit" },
	{ "vpdn-group 1", "no sso enable", "sso enable" },
	{ "vpdn-group 1", "l2tp tunnel password 0 p", "no l2tp tunnel password" },
	{ "vpdn-group 1", "no l2tp tunnel authentication", "l2tp tunnel authentication" },
	{ "vpdn-group 1", "l2tp tunnel hello 9", "default l2tp tunnel hello" },
	{ "vpdn-group 1", "l2tp tunnel resync 9", "no l2tp tunnel resync" },
	{ "vpdn-group 1", "l2tp tunnel receive-window 9", "no l2tp tunnel receive-window" },
	{ "vpdn-group 1", "l2tp tunnel retransmit retries 9", "no l2tp tunnel retransmit retries" },
	{ "vpdn-group 1", "l2tp tunnel retransmit timeout min 2", "no l2tp tunnel retransmit timeout min" },
	{ "vpdn-group 1", "l2tp tunnel retransmit timeout max 2", "default l2tp tunnel retransmit timeout max" },
	{ "vpdn-group 1", "l2tp tunnel zlb delay 9", "no l2tp tunnel zlb delay" },
	{ "", "aaa new-model", "no aaa new-model" },
	{ "", "aaa authentication login L local", "no aaa authentication login L" },
	{ "", "aaa authentication ppp L group radius local", "no aaa authentication ppp L" },
	{ "", "aaa authorization network L none", "default aaa authorization network L" },
	{ "", "aaa accounting network L start-stop group radius", "no aaa accounting network L" },
	{ "", "aaa accounting network L none", "no aaa accounting network L" },
	{ "", "aaa accounting update periodic 9", "no aaa accounting update periodic" },
	{ "", "aaa group server radius G", "no aaa group server radius G" },
	{ "aaa group server radius G", "server name R", "no server name R" },
	{ "", "radius server R", "no radius server R" },
	{ "", "aaa server radius dynamic-author", "no aaa server radius dynamic-author" },
	{ "aaa server radius dynamic-author", "client 10.0.0.1 server-key 0 k", "no client 10.0.0.1" },
	{ "aaa server radius dynamic-author", "server-key 0 k", "no server-key" },
	{ "aaa server radius dynamic-author", "port 1700", "no port" },
	{ "", "vpdn tunnel authorization network L", "no vpdn tunnel authorization network" },
	{ "", "vpdn tunnel accounting network L", "no vpdn tunnel accounting network" },
	{ "", "vpdn session accounting network L", "no vpdn session accounting network" },
	{ "", "vpdn tunnel authorization password p", "no vpdn tunnel authorization password" },
	{ "radius server R", "address ipv4 10.0.0.1 auth-port 9", "no address ipv4" },
	{ "radius server R", "key 0 k", "no key" },
	{ "radius server R", "timeout 9", "no timeout" },
	{ "radius server R", "retransmit 0", "default retransmit" },
	{ "radius server R", "no message-authenticator required", "message-authenticator required" },
	{ "", "radius-server key 0 k", "no radius-server key" },
	{ "", "radius-server timeout 9", "no radius-server timeout" },
	{ "", "radius-server retransmit 0", "no radius-server retransmit" },
	{ "", "radius-server deadtime 9", "no radius-server deadtime" },
	{ "", "radius-server dead-criteria time 9 tries 9", "no radius-server dead-criteria time" },
	{ "", "ip radius source-interface Loopback0", "no ip radius source-interface" },
	/* clang-format on */
};

/* Lines that only lead somewhere or that are taken and forgotten. */
static bool leaves_nothing(const char *set)
{
	return g_str_has_prefix(set, "service timestamps ") || g_str_has_prefix(set, "mode sso") ||
	       g_str_has_prefix(set, "stopbits ") ||
	       g_str_has_prefix(set, "transport ") ||
	       g_str_has_prefix(set, "negotiation ");
}

static void run_all(struct rig *rig, const char *lines)
{
	g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

	for (unsigned k = 0; each[k]; k++) {
		g_autofree char *out = NULL;

		if (!each[k][0])
			continue;
		out = rig_exec(rig, SLOT_R0, 1, each[k]);
		if (rig->failed)
			COMPLAIN("%s: %s", each[k], out);
	}
}

static void config_pairs(void)
{
	struct rig *rig = rig_new(&(struct rig_config){
		.boards = RIG_REAL_R0, .startup = "hostname base\n" });

	rig_run(rig, 1000);
	run_all(rig, "configure terminal\nhostname Router\ninterface Loopback0\n"
		     "interface Virtual-Template1\nvpdn-group 1");
	for (size_t k = 0; k < G_N_ELEMENTS(pairs); k++) {
		g_autofree char *before = NULL, *with = NULL, *after = NULL;

		run_all(rig, "end\nconfigure terminal");
		run_all(rig, pairs[k].in);
		before = rig_running(rig, SLOT_R0);
		run_all(rig, pairs[k].set);
		with = rig_running(rig, SLOT_R0);
		run_all(rig, pairs[k].undo);
		after = rig_running(rig, SLOT_R0);
		if (!leaves_nothing(pairs[k].set) == !strcmp(before, with))
			COMPLAIN("%s does not show", pairs[k].set);
		if (strcmp(before, after))
			COMPLAIN("%s, then %s: before\n%safter\n%s", pairs[k].set,
				pairs[k].undo, before, after);
		if (strstr(pairs[k].in, "protocol"))
			run_all(rig, "end\nconfigure terminal\nvpdn-group 1\nno "
				     "accept-dialin");
	}
	rig_free(rig);
}

/* Is there a pair that sets this command, and one that takes it back? */
struct coverage {
	unsigned commands;
};

static void check_command(const struct cli_command *c, void *data)
{
	struct coverage *cov = data;
	const char *form = c->form;
	bool optional_no = g_str_has_prefix(form, "[no] ");
	bool set = false, undone = false;

	if (c->modes & CLI_EXEC || !optional_no)
		return;
	form += strlen("[no] ");

	/* Up to the first argument, option or choice the words must agree. */
	size_t fixed = strcspn(form, "<[{");
	g_autofree char *head = g_strchomp(g_strndup(form, fixed));

	for (size_t k = 0; k < G_N_ELEMENTS(pairs); k++) {
		const char *s = pairs[k].set, *u = pairs[k].undo;

		s += g_str_has_prefix(s, "no ") ? 3 : 0;
		u += g_str_has_prefix(u, "no ")        ? 3
		     : g_str_has_prefix(u, "default ") ? 8
						       : 0;
		set |= g_str_has_prefix(s, head);
		undone |= g_str_has_prefix(u, head);
	}
	cov->commands++;
	if (!set)
		COMPLAIN("no test sets: %s", c->form);
	if (!undone)
		COMPLAIN("no test takes back: %s", c->form);
}

static void config_covered(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 });
	struct coverage cov = { 0 };
	struct cli_tree *tree;

	rig_run(rig, 10);
	tree = shell_tree_new(rig->rp[SLOT_R0]);
	cli_tree_each(tree, check_command, &cov);
	g_assert_cmpuint(cov.commands, >, 40);
	cli_tree_free(tree);
	rig_free(rig);
}

/* ---- what is written when (ios-cli.md 2) --------------------------------------------- */

static const struct {
	const char *name, *text, *there, *not_there;
} nvgen[] = {
	{ "sso-hidden", "vpdn-group 1\n sso enable\n", "vpdn-group 1\n", "sso" },
	{ "sso-off", "vpdn-group 1\n no sso enable\n", " no sso enable\n", "l2tp sso" },
	{ "global-off",
		"no l2tp sso enable\nvpdn-group 1\nvpdn-group 2\n no sso enable\n",
		"no l2tp sso enable\n!\nvpdn-group 1\n sso enable\n!\nvpdn-group 2\n"
		" no sso enable\n",
		NULL },
	{ "global-on-again", "no l2tp sso enable\nvpdn-group 1\nl2tp sso enable\n",
		"vpdn-group 1\n!\n", "sso enable" },
	{ "resync-hidden", "vpdn-group 1\n", "vpdn-group 1\n", "resync" },
	{ "resync", "vpdn-group 1\n l2tp tunnel resync 32\n",
		" l2tp tunnel resync 32\n", NULL },
	{ "hello-zero", "vpdn-group 1\n l2tp tunnel hello 0\n",
		" l2tp tunnel hello 0\n", NULL },
	{ "keepalive-default", "interface Virtual-Template1\n keepalive 10\n",
		"interface Virtual-Template1\n no ip address\n!\n", "keepalive" },
	{ "default-group", "vpdn-group 1\n accept-dialin\n  protocol l2tp\n",
		"vpdn-group 1\n! Default L2TP VPDN group\n accept-dialin\n  protocol "
		"l2tp\n",
		NULL },
	{ "not-default-group",
		"vpdn-group 1\n accept-dialin\n  protocol l2tp\n terminate-from "
		"hostname h\n",
		" terminate-from hostname h\n", "! Default" },
};

static void config_nvgen(gconstpointer data)
{
	size_t k = GPOINTER_TO_SIZE(data);
	g_autofree char *text = booted(nvgen[k].text, false, NULL);

	/* mode sso is always there. */
	g_auto(GStrv) parts = g_strsplit(text, " mode sso\n", -1);
	g_autofree char *rest = g_strjoinv("", parts);

	g_assert_nonnull(strstr(rest, nvgen[k].there));
	if (nvgen[k].not_there)
		g_assert_null(strstr(rest, nvgen[k].not_there));
}

/* A section of the group keeps what comes behind the remark. */
static void config_section(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0 });
	g_autofree char *out = NULL;

	rig_run(rig, 1000);
	out = rig_exec(rig, SLOT_R0, 0, "show running-config | section vpdn-group");
	g_assert_cmpstr(out, ==,
		"vpdn-group 1\n"
		"! Default L2TP VPDN group\n"
		" accept-dialin\n"
		"  protocol l2tp\n"
		"  virtual-template 1\n"
		" local name lns1\n"
		" no l2tp tunnel authentication\n");
	rig_free(rig);
}

/* ---- errors ------------------------------------------------------------------------ */

static const struct {
	const char *name, *text, *errors;
} bad[] = {
	{ "line-and-column", "hostname ok\nvpdn enabled\n!\n  ip rout 1.2.3.4\n",
		"2:11 % Invalid input detected at '^' marker.\n"
		"4:0 % Incomplete command.\n" },
	{ "goes-on", "foo\nhostname a b\nvpdn enable\nzoo\n",
		"1:0 % Invalid input detected at '^' marker.\n"
		"2:11 % Invalid input detected at '^' marker.\n"
		"4:0 % Invalid input detected at '^' marker.\n" },
	{ "crlf", "hostname ok\r\nfoo\r\nvpdn enable\r\n",
		"2:0 % Invalid input detected at '^' marker.\n" },
	{ "no-newline-at-end", "foo", "1:0 % Invalid input detected at '^' marker.\n" },
	{ "handler", "hostname a/b\n",
		"1:0 % a host name has 1 to 63 letters, digits, dots, hyphens and "
		"underscores\n" },
	{ "do", "do show clock\n do write memory\nDO clear vpdn tunnel l2tp all\n",
		"1:0 EXEC commands do not belong in a configuration\n"
		"2:0 EXEC commands do not belong in a configuration\n"
		"3:0 EXEC commands do not belong in a configuration\n" },
	{ "exit-too-often",
		"exit\nexit\nexit\nhostname ok\nshow clock\nend\nend\nvpdn enable\n",
		"5:1 % Invalid input detected at '^' marker.\n" },
	{ "limits", "vpdn-group 1\n l2tp tunnel resync 1001\n l2tp tunnel resync 0\n",
		"2:20 % Invalid input detected at '^' marker.\n"
		"3:20 % Invalid input detected at '^' marker.\n" },
	{ "order", "vpdn-group 1\n accept-dialin\n  virtual-template 1\n",
		"3:0 % enter `protocol l2tp` before the virtual template\n" },
};

static void config_bad(gconstpointer data)
{
	size_t k = GPOINTER_TO_SIZE(data);
	struct errors e = { 0, g_string_new(NULL) };

	g_assert_cmpuint(
		rp_config_check(bad[k].text, strlen(bad[k].text), note, &e), ==, e.n);
	g_assert_cmpstr(e.text->str, ==, bad[k].errors);
	g_string_free(e.text, TRUE);
}

/* M140: errors with their line, and the rest is taken. */
static void config_hostile(void)
{
	g_autoptr(GString) text = g_string_new("vpdn enable\n");
	struct errors e = { 0, g_string_new(NULL) };

	for (unsigned k = 0; k < 100 * 1024; k++)
		g_string_append_c(text, 'a');
	g_string_append_c(text, '\n');
	g_string_append_len(text, "hostname a\0b\n", 13);
	g_string_append_len(text, "\0\0\0\n", 4);
	for (unsigned k = 0; k < 300; k++)
		g_string_append(text, "vpdn-group 1\naccept-dialin\n");
	g_string_append(text, "zzz\n");
	g_assert_cmpuint(rp_config_check(text->str, text->len, note, &e), ==, 4);
	g_assert_cmpstr(e.text->str, ==,
		"2:0 line is longer than 4096 octets\n"
		"3:0 line has a NUL octet\n"
		"4:0 line has a NUL octet\n"
		"605:0 % Invalid input detected at '^' marker.\n");
	g_string_free(e.text, TRUE);
}

static void config_large(void)
{
	GString *text = g_string_new(NULL);
	struct errors e = { 0, g_string_new(NULL) };
	unsigned lines = 0;

	while (text->len < 4 * 1024 * 1024) {
		g_string_append_printf(text,
			"username user%u@example.net password 0 pw%u\n", lines % 1000,
			lines);
		lines++;
	}
	g_assert_cmpuint(rp_config_check(text->str, text->len, note, &e), ==, 0);
	/* Octets of every value, in lines of all lengths. */
	for (gsize k = 0; k < text->len; k++)
		text->str[k] = (char)(k * 2654435761u >> 13);
	g_assert_cmpuint(rp_config_check(text->str, 64 * 1024, note, &e), ==, e.n);
	g_assert_cmpuint(e.n, >, 0);
	g_string_free(text, TRUE);
	g_string_free(e.text, TRUE);
}

static void config_empty(void)
{
	g_assert_cmpuint(rp_config_check("", 0, NULL, NULL), ==, 0);
	g_assert_cmpuint(rp_config_check("\n\n!\nend\n", 8, NULL, NULL), ==, 0);
	g_assert_cmpuint(rp_config_check("x", 1, NULL, NULL), ==, 1);
}

/* The errors of a startup configuration are told with the name of the file. */
static void config_boot_errors(void)
{
	struct rig *rig = rig_new(&(struct rig_config){ .boards = RIG_REAL_R0,
		.startup = "hostname ok\nvpdn enabel\nvpdn enable\n" });
	g_autofree char *text = NULL;

	rig_run(rig, 1000);
	g_assert_nonnull(
		strstr(rig->log->str, "startup-config:2:10: vpdn enabel: % Invalid "
				      "input detected at '^' marker."));
	text = rig_running(rig, SLOT_R0);
	g_assert_nonnull(strstr(text, "hostname ok\n"));
	g_assert_nonnull(strstr(text, "vpdn enable\n"));
	rig_free(rig);
}

static void add_table(const char *what, const char *name, size_t k, GTestDataFunc fn)
{
	g_autofree char *path = g_strdup_printf("/rp/config/%s/%s", what, name);

	g_test_add_data_func(path, GSIZE_TO_POINTER(k), fn);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/config/golden", config_golden);
	g_test_add_func("/rp/config/everything", config_everything);
	g_test_add_func("/rp/config/all", config_all);
	g_test_add_func("/rp/config/pairs", config_pairs);
	g_test_add_func("/rp/config/covered", config_covered);
	g_test_add_func("/rp/config/section", config_section);
	g_test_add_func("/rp/config/hostile", config_hostile);
	g_test_add_func("/rp/config/large", config_large);
	g_test_add_func("/rp/config/empty", config_empty);
	g_test_add_func("/rp/config/boot-errors", config_boot_errors);
	for (size_t k = 0; k < G_N_ELEMENTS(nvgen); k++)
		add_table("nvgen", nvgen[k].name, k, config_nvgen);
	for (size_t k = 0; k < G_N_ELEMENTS(bad); k++)
		add_table("bad", bad[k].name, k, config_bad);
	return g_test_run();
}
