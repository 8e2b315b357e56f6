/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The demonstration, see demo.h.  It looks at the router only as one can from outside: by
 * commands, and by what the peers report.
 */
#include "scenarios/engine/demo.h"

#include "scenarios/engine/peer.h"

#include <errno.h>
#include <string.h>

enum {
	TUNNELS = 2,
	SESSIONS = 10,
	ALL = TUNNELS * SESSIONS,
	PPS = 100,
	TICK_NS = 1000000000 / PPS,
	GAP_MAX_MS = 50,
};

/* clang-format off */
static const char config[] =
	"hostname lns1\n"
	"!\n"
	"redundancy\n"
	" mode sso\n"
	"!\n"
	"username load1 password 0 loadpw\n"
	"!\n"
	"vpdn enable\n"
	"!\n"
	"vpdn-group 1\n"
	" accept-dialin\n"
	"  protocol l2tp\n"
	"  virtual-template 1\n"
	" local name lns1\n"
	" l2tp tunnel password 0 tunsecret\n"
	" l2tp tunnel hello 5\n"
	"!\n"
	"interface Loopback0\n"
	" ip address 172.16.0.1 255.255.255.255\n"
	"!\n"
	"interface GigabitEthernet0/0/0\n"
	" ip address 10.99.0.2 255.255.255.0\n"
	"!\n"
	"interface GigabitEthernet0/0/1\n"
	" ip address 192.0.2.254 255.255.255.0\n"
	"!\n"
	"interface Virtual-Template1\n"
	" ip unnumbered Loopback0\n"
	" peer default ip address pool POOL\n"
	" ppp authentication chap pap\n"
	" ppp ipcp dns 192.0.2.53\n"
	"!\n"
	"ip local pool POOL 100.64.0.1 100.64.255.254\n"
	"!\n"
	"end\n";
/* clang-format on */

/* Addresses of the peers, host order: 10.99.0.1, .2; 192.0.2.1, .254; /24. */
enum {
	IP_LAC = 0x0a630001,
	IP_LNS = 0x0a630002,
};
static const uint32_t ip_host = 0xc0000201, ip_gateway = 0xc00002fe,
		      mask24 = 0xffffff00;

struct demo {
	FILE *out;
	const char *out_dir;
	struct peer_lac_config lac;
	struct peer_host_config host;
	struct lab *lab;
	unsigned wrong; /* checks that failed */
};

/* What is true of the world at one moment. */
struct picture {
	unsigned shown[3]; /* L2TP Sessions: total, HA-enabled, HA-est */
	unsigned up, tunnels_up;
	uint64_t sent[2], received[2], duplicated[2], reordered[2], wrong[2];
	uint64_t gap_us[2];
	uint64_t stopccn, cdn, hellos, lost_tunnels;
};

enum { UP, DOWN };

/* ---- printing ---- */

static void say(struct demo *d, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(struct demo *d, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(d->out, format, ap);
	va_end(ap);
	fputc('\n', d->out);
}

static void step(struct demo *d, const char *text)
{
	base_time now = chassis_now(lab_chassis(d->lab));

	say(d, "\n[%3" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT " s] %s",
		now.ns / 1000000000, now.ns / 1000000 % 1000, text);
}

static void check(struct demo *d, bool good, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static void check(struct demo *d, bool good, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs(good ? "  ok    " : "  WRONG ", d->out);
	vfprintf(d->out, format, ap);
	va_end(ap);
	fputc('\n', d->out);
	d->wrong += !good;
}

static void print_indented(struct demo *d, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (unsigned i = 0; lines[i]; i++)
		if (lines[i][0])
			say(d, "    %s", lines[i]);
}

static void print_show(struct demo *d, unsigned slot, const char *command)
{
	g_autofree char *shown = lab_show(d->lab, slot, command, NULL);
	char name[12];

	say(d, "  %s# %s", slot_name(slot, name), command);
	print_indented(d, shown ? shown : "(no answer)");
}

/* ---- looking ---- */

static char *report(struct demo *d, bool host)
{
	return lab_order(d->lab,
		host ? lab_host_slot(d->lab, 0) : lab_lac_slot(d->lab, 0), "report");
}

/* Direction `i` is what that peer receives. */
static void look_at_flow(
	struct picture *p, unsigned i, const char *receiver, const char *sender)
{
	p->sent[i] = report_number(sender, "sent");
	p->received[i] = report_number(receiver, "received");
	p->duplicated[i] = report_number(receiver, "duplicated");
	p->reordered[i] = report_number(receiver, "reordered");
	p->wrong[i] = report_number(receiver, "wrong");
	p->gap_us[i] = report_number(receiver, "gap-us");
}

/* Between two ticks of the probes, so that nothing is on its way. */
static struct picture look(struct demo *d, unsigned slot)
{
	base_time now = chassis_now(lab_chassis(d->lab));
	struct picture p = { 0 };
	g_autofree char *lac = NULL, *host = NULL, *shown = NULL;
	const char *at;

	chassis_run(lab_chassis(d->lab),
		(base_time){ (now.ns / TICK_NS + 1) * TICK_NS + TICK_NS / 2 });
	lac = report(d, false);
	host = report(d, true);
	shown = lab_show(d->lab, slot, "show l2tp redundancy", NULL);
	at = shown ? strstr(shown, "L2TP Sessions:") : NULL;
	if (!at || sscanf(at, "L2TP Sessions: %u/%u/%u", &p.shown[0], &p.shown[1],
			   &p.shown[2]) < 2)
		memset(p.shown, 0, sizeof(p.shown));
	if (!lac || !host)
		return p;
	look_at_flow(&p, UP, host, lac);
	look_at_flow(&p, DOWN, lac, host);
	p.up = (unsigned)report_number(lac, "sessions-up");
	p.tunnels_up = (unsigned)report_number(lac, "tunnels-up");
	p.stopccn = report_number(lac, "stopccn");
	p.cdn = report_number(lac, "cdn");
	p.hellos = report_number(lac, "hellos");
	p.lost_tunnels = report_number(lac, "tunnels-lost");
	return p;
}

/* ---- the account ---- */

static void print_table(struct demo *d, const struct picture *p)
{
	static const char *const names[] = { "subscriber to host",
		"host to subscriber" };

	say(d, "  %-20s %10s %10s %6s %6s %12s %12s", "direction", "sent", "received",
		"lost", "double", "out of order", "longest gap");
	for (unsigned i = UP; i <= DOWN; i++)
		say(d,
			"  %-20s %10" G_GUINT64_FORMAT " %10" G_GUINT64_FORMAT
			" %6" G_GINT64_FORMAT " %6" G_GUINT64_FORMAT
			" %12" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
			".%" G_GUINT64_FORMAT " ms",
			names[i], p->sent[i], p->received[i],
			(int64_t)(p->sent[i] - p->received[i]), p->duplicated[i],
			p->reordered[i], p->gap_us[i] / 1000, p->gap_us[i] / 100 % 10);
}

static void judge_traffic(struct demo *d, const struct picture *p)
{
	for (unsigned i = UP; i <= DOWN; i++) {
		const char *way = i == UP ? "up" : "down";

		check(d, p->sent[i] && p->sent[i] == p->received[i],
			"packets %s: %" G_GUINT64_FORMAT " sent, %" G_GINT64_FORMAT
			" lost",
			way, p->sent[i], (int64_t)(p->sent[i] - p->received[i]));
		check(d, !p->duplicated[i] && !p->reordered[i] && !p->wrong[i],
			"packets %s: none double, out of order or in a wrong session",
			way);
		check(d, p->gap_us[i] < GAP_MAX_MS * 1000,
			"packets %s: longest gap below %d ms", way, GAP_MAX_MS);
	}
}

static void judge_peer(struct demo *d, const struct picture *p)
{
	check(d, p->tunnels_up == TUNNELS && p->up == ALL,
		"seen by the LAC: %u tunnels and %u sessions are up", p->tunnels_up,
		p->up);
	check(d, !p->stopccn && !p->cdn && !p->lost_tunnels,
		"seen by the LAC: StopCCN %" G_GUINT64_FORMAT ", CDN %" G_GUINT64_FORMAT
		", tunnels given up %" G_GUINT64_FORMAT,
		p->stopccn, p->cdn, p->lost_tunnels);
}

static bool wait_hot(struct demo *d, unsigned active)
{
	bool hot = lab_wait_show(d->lab, active, "show redundancy states",
		"peer state = 8  -STANDBY HOT", dur_s(30));
	char name[12];

	check(d, hot, "%s says: peer state = 8  -STANDBY HOT", slot_name(active, name));
	return hot;
}

static bool bring_up(struct demo *d)
{
	struct picture p;

	step(d, "The chassis boots: R0 becomes active, R1 gets its configuration and "
		"state.");
	if (!wait_hot(d, SLOT_R0))
		return false;
	step(d, "A LAC on Gi0/0/0 opens two tunnels and places ten calls in each.");
	g_free(lab_order(d->lab, lab_lac_slot(d->lab, 0), "connect"));
	check(d,
		lab_wait_report(
			d->lab, lab_lac_slot(d->lab, 0), "sessions-up", ALL, dur_s(30)),
		"twenty subscribers have an address and a name server");
	step(d, "Each subscriber and the host on Gi0/0/1 exchange 100 packets/s both "
		"ways.");
	lab_run(d->lab, dur_s(5));
	p = look(d, SLOT_R0);
	check(d, p.shown[0] == ALL && p.shown[2] == ALL,
		"R0 shows sessions %u/%u/%u (total/HA-enabled/HA-established)",
		p.shown[0], p.shown[1], p.shown[2]);
	return p.up == ALL;
}

/* Just when the probes of all sessions are on their way through the router. */
static void run_into_tick(struct demo *d)
{
	base_time now = chassis_now(lab_chassis(d->lab));

	chassis_run(lab_chassis(d->lab),
		(base_time){ (now.ns / TICK_NS + 1) * TICK_NS + 2000 });
}

static void switch_over(struct demo *d, unsigned from, unsigned to)
{
	struct picture before = look(d, from), after;
	g_autofree char *text = NULL;
	char a[12], b[12];

	slot_name(from, a);
	slot_name(to, b);
	run_into_tick(d);
	text = g_strdup_printf(
		"%s is pulled out, in the middle of all this.  Nothing is sent by it\n"
		"            any more; the FP forwards on by itself while %s takes "
		"over and asks\n            each tunnel's peer for a sign of life.",
		a, b);
	step(d, text);
	chassis_pull(lab_chassis(d->lab), from, SLOT_WHY_PULLED, NULL);
	check(d,
		lab_wait_show(d->lab, to, "show l2tp redundancy",
			"L2TP Resynced Tunnels: 2/0", dur_s(10)),
		"%s has verified both tunnels", b);
	lab_run(d->lab, dur_s(10));
	after = look(d, to);
	print_show(d, to, "show l2tp redundancy");
	say(d, "  sessions %u before, %u after", before.shown[0], after.shown[0]);
	check(d, before.shown[0] == ALL && after.shown[0] == ALL,
		"sessions kept: %u of %d", after.shown[0], ALL);
	judge_peer(d, &after);
	print_table(d, &after);
	judge_traffic(d, &after);
}

static void hellos(struct demo *d, unsigned active)
{
	struct picture before = look(d, active), after;
	g_autofree char *text = NULL;
	char name[12];

	slot_name(active, name);
	text = g_strdup_printf(
		"Traffic stops for 12 s, so that %s and the LAC send HELLOs.", name);
	step(d, text);
	g_free(lab_order(d->lab, lab_lac_slot(d->lab, 0), "stop probes"));
	g_free(lab_order(d->lab, lab_host_slot(d->lab, 0), "stop probes"));
	lab_run(d->lab, dur_s(6));
	g_free(lab_order(d->lab, lab_lac_slot(d->lab, 0), "hello now"));
	lab_run(d->lab, dur_s(6));
	g_free(lab_order(d->lab, lab_lac_slot(d->lab, 0), "start probes"));
	g_free(lab_order(d->lab, lab_host_slot(d->lab, 0), "start probes"));
	lab_run(d->lab, dur_s(2));
	after = look(d, active);
	check(d, after.hellos >= before.hellos + TUNNELS,
		"seen by the LAC: %" G_GUINT64_FORMAT " HELLOs of %s",
		after.hellos - before.hellos, name);
	judge_peer(d, &after);
}

static void there_and_back(struct demo *d)
{
	hellos(d, SLOT_R0);
	switch_over(d, SLOT_R0, SLOT_R1);
	hellos(d, SLOT_R1);
	step(d, "R0 is put in again.  It boots and is brought up to date by R1.");
	chassis_insert(lab_chassis(d->lab), SLOT_R0, NULL);
	if (!wait_hot(d, SLOT_R1))
		return;
	switch_over(d, SLOT_R1, SLOT_R0);
}

/* ---- files ---- */

static void write_file(struct demo *d, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(d->out_dir, name, NULL);
	g_autoptr(GError) error = NULL;

	if (!g_file_set_contents(path, text ? text : "", -1, &error))
		check(d, false, "%s", error->message);
}

static void write_files(struct demo *d)
{
	g_autofree char *lac = report(d, false), *host = report(d, true);

	if (!d->out_dir)
		return;
	if (g_mkdir_with_parents(d->out_dir, 0777)) {
		check(d, false, "cannot make %s: %s", d->out_dir, g_strerror(errno));
		return;
	}
	write_file(d, "lac.txt", lac);
	write_file(d, "host.txt", host);
	write_file(d, "log.txt", lab_log(d->lab));
	write_file(d, "lns.cfg", config);
	say(d,
		"\nIn %s: lac.txt and host.txt with every session, log.txt of the "
		"RPs,\n"
		"lns.cfg, the configuration used.",
		d->out_dir);
}

/* ---- the whole ---- */

static void introduce(struct demo *d, uint64_t seed)
{
	say(d,
		"twinrp: a router with two route processors (RP), and what happens to "
		"its\n"
		"subscribers when the active one is pulled out.\n\n"
		"   LAC ===== two L2TP tunnels ===== Gi0/0/0 [R0 R1 | F0] Gi0/0/1 "
		"----- host\n"
		"   20 subscribers                             LNS\n\n"
		"Everything is simulated on a virtual clock; seed %" G_GUINT64_FORMAT
		" gives the same again.",
		seed);
}

static void conclude(struct demo *d)
{
	if (d->wrong)
		say(d, "\nResult: %u checks failed.", d->wrong);
	else
		say(d, "\nResult: R0 and R1 were both pulled while active; 20 of 20 "
		       "sessions "
		       "were kept,\nno packet was lost, and the LAC has not noticed.");
	say(d, "\nTo go on:\n"
	       "  twinrp demo --seed 7         the same with other numbers\n"
	       "  twinrp                       your own chassis, and R0's console\n"
	       "  twinrp --help                headless, real interfaces, consoles by "
	       "TCP");
}

int demo_run(
	FILE *out, const struct lab_boards *boards, uint64_t seed, const char *out_dir)
{
	struct demo d = { .out = out, .out_dir = out_dir };
	const struct lab_config cfg = {
		.seed = seed,
		.boards = boards,
		.startup = config,
		.lacs = &d.lac,
		.n_lacs = 1,
		.hosts = &d.host,
		.n_hosts = 1,
	};

	d.lac = (struct peer_lac_config){
		.name = "LAC-1",
		.net = { port_ifindex(SLOT_SPA, 0), IP_LAC, mask24, 0 },
		.lns_ip = IP_LNS,
		.tunnels = TUNNELS,
		.sessions = SESSIONS,
		.user = "load1",
		.password = "loadpw",
		.secret = "tunsecret",
		.probe_pps = PPS,
		.probe_to = ip_host,
	};
	d.host = (struct peer_host_config){
		.name = "host",
		.net = { port_ifindex(SLOT_SPA, 1), ip_host, mask24, ip_gateway },
		.probe_pps = PPS,
	};
	introduce(&d, seed);
	d.lab = lab_new(&cfg);
	if (bring_up(&d))
		there_and_back(&d);
	write_files(&d);
	conclude(&d);
	lab_free(d.lab);
	return d.wrong ? 1 : 0;
}
