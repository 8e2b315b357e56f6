/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A chassis in free run: the default boards, ports bound to interfaces, consoles on TCP, log
 * lines on stderr, until SIGTERM or SIGINT.  A signal is a power cut: nothing is sent.
 */
#include "main.h"

#include "chassis/console.h"
#include "chassis/inventory.h"
#include "fp/fp.h"
#include "rp/rp.h"
#include "scenarios/engine/operator.h"
#include "spa/spa.h"

#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_RIGHT = 77, SPAS = N_SIPS * BAYS_PER_SIP };

struct run {
	const struct run_options *o;
	struct chassis *c;
	struct console_server *consoles;
	struct operator *op;
	struct rp_arg rp_arg;
	struct inventory inv;
	struct spa_config spa[SPAS];
	GPtrArray *texts; /* kinds and arguments of ports */
	GString *bound;   /* for the operator's status */
	char *address;
	uint16_t tcp[4]; /* operator, R0, R1, VTY */
	int signals;
	bool ready_told;
};

/* ---- boards ----------------------------------------------------------------------- */

static void *spa_arg(const unsigned peers[LAB_PORTS])
{
	struct spa_config *s = g_new0(struct spa_config, 1);

	s->n_ports = LAB_PORTS;
	for (unsigned i = 0; i < LAB_PORTS; i++) {
		s->port[i].kind = "wire";
		s->port[i].peer_slot = peers[i];
	}
	return s;
}

static void *spa_with(const struct lab_port *ports, unsigned n)
{
	struct spa_config *s = g_new0(struct spa_config, 1);

	s->n_ports = n;
	for (unsigned i = 0; i < n; i++) {
		s->port[i].kind = ports[i].kind ? ports[i].kind : "wire";
		s->port[i].arg = ports[i].argument;
		s->port[i].peer_slot = ports[i].peer;
	}
	return s;
}

static int check_port(const char *kind, const char *argument, GError **error)
{
	if (spa_port_check(kind, argument, error))
		return 0;
	return g_error_matches(*error, SPA_ERROR, SPA_ERROR_RIGHT) ? EXIT_RIGHT : EXIT_USAGE;
}

const struct lab_boards run_boards = {
	.rp = &rp_board,
	.fp = &fp_board,
	.spa = &spa_board,
	.ckpt_tables = rp_ckpt_table,
	.spa_arg = spa_arg,
	.spa_with = spa_with,
	.check_port = check_port,
	.check_config = rp_config_check,
};

/* ---- options that need more than parsing ------------------------------------------- */

static int complain(int status, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

static int complain(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);

	g_autofree char *text = g_strdup_vprintf(fmt, ap);

	va_end(ap);
	fprintf(stderr, "twinrp: %s\n", text);
	return status;
}

/* NAME=KIND[:ARG] */
static int bind_port(struct run *r, const char *spec)
{
	g_auto(GStrv) parts = g_strsplit(spec, "=", 2);
	g_auto(GStrv) kind = g_strsplit(parts[1] ? parts[1] : "", ":", 2);
	uint16_t ifindex = port_from_name(parts[0]);
	g_autoptr(GError) error = NULL;
	char name[32];
	unsigned slot, port;

	if (!parts[1] || !kind[0])
		return complain(EXIT_USAGE,
			"--port takes NAME=KIND:ARG, as in GigabitEthernet0/0/0=packet:veth0");
	slot = ifindex ? ifindex_slot(ifindex) - SLOT_SPA : SPAS;
	port = ifindex ? ifindex_port(ifindex) : 0;
	if (slot >= SPAS || port >= r->inv.spa_ports[slot])
		return complain(EXIT_USAGE,
			"port %s: this chassis has no such port (by default there are "
			"GigabitEthernet0/0/0 to 0/0/3 and 0/1/0 to 0/1/3)",
			parts[0]);
	port_name(ifindex, name);
	if (!spa_port_check(kind[0], kind[1], &error))
		return complain(g_error_matches(error, SPA_ERROR, SPA_ERROR_RIGHT)
					? EXIT_RIGHT
					: EXIT_USAGE,
			"port %s: %s", name, error->message);
	g_ptr_array_add(r->texts, g_strdup(kind[0]));
	r->spa[slot].port[port].kind = r->texts->pdata[r->texts->len - 1];
	g_ptr_array_add(r->texts, g_strdup(kind[1]));
	r->spa[slot].port[port].arg = r->texts->pdata[r->texts->len - 1];
	g_string_append_printf(r->bound, "%s %s\n", name, parts[1]);
	return 0;
}

/* ADDR:OPERATOR,R0,R1,VTY */
static int parse_console(struct run *r)
{
	const char *spec = r->o->console ? r->o->console : "127.0.0.1:2000,2001,2002,2003";
	const char *colon = strrchr(spec, ':');
	g_auto(GStrv) ports = g_strsplit(colon ? colon + 1 : "", ",", 5);
	bool good = colon && g_strv_length(ports) == 4;

	for (unsigned i = 0; good && i < 4; i++) {
		guint64 v;

		good = g_ascii_string_to_unsigned(ports[i], 10, 0, 65535, &v, NULL);
		r->tcp[i] = good ? (uint16_t)v : 0;
	}
	if (!good)
		return complain(EXIT_USAGE,
			"--console takes ADDR:OPERATOR,R0,R1,VTY, as in "
			"127.0.0.1:2000,2001,2002,2003");
	r->address = g_strndup(spec, (gsize)(colon - spec));
	return 0;
}

static int load_config(struct run *r)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	GBytes *b;
	gsize n;

	if (!r->o->config)
		return 0;
	if (!g_file_get_contents(r->o->config, &text, &n, &error))
		return complain(EXIT_USAGE, "--config: %s", error->message);
	b = g_bytes_new(text, n);
	chassis_file_write(r->c, SLOT_R0, "startup-config", b);
	chassis_file_write(r->c, SLOT_R1, "startup-config", b);
	g_bytes_unref(b);
	return 0;
}

/* ---- what boards say --------------------------------------------------------------- */

static char *ready_line(const struct run *r)
{
	const struct console_server *s = r->consoles;

	return g_strdup_printf("ready operator=%s:%u r0=%s:%u r1=%s:%u vty=%s:%u\n", r->address,
		console_port_operator(s), r->address, console_port_r0(s), r->address,
		console_port_r1(s), r->address, console_port_vty(s));
}

static void tell_ready(struct run *r)
{
	g_autofree char *line = ready_line(r);
	g_autofree char *state = g_strdup_printf("%spid=%d\n", line, (int)getpid());
	g_autoptr(GError) error = NULL;

	if (r->ready_told)
		return;
	r->ready_told = true;
	if (r->o->state_file &&
		!g_file_set_contents(r->o->state_file, state, -1, &error))
		complain(0, "--state-file: %s", error->message);
	if (r->o->ready_fd && write(r->o->ready_fd, state, strlen(state)) < 0)
		chassis_stop(r->c); /* who started us is gone */
	if (r->o->quiet)
		return;
	fputs(line, stdout);
	fflush(stdout);
}

static void on_message(const struct ipc_msg *msg, base_time now, void *user)
{
	struct msg_log m;
	char name[12];

	if (msg->type == IPC_READY) {
		tell_ready(user);
	} else if (msg->type == IPC_LOG && ipc_decode(msg, &m)) {
		/* Complaints about the configuration stand at the beginning of a line. */
		struct run *r = user;

		if (m.text && m.text[0] == '%' && r->o->quiet)
			; /* the terminal shows the console, which has them */
		else if (m.text && m.text[0] == '%')
			fprintf(stderr, "%s: %s\n", slot_name(msg->from, name), m.text);
		else if (m.text)
			fprintf(stderr, "%s\n", m.text);
		rec_clear(ipc_table(msg->type), &m);
	}
}

static void on_line(uint32_t connection, const char *line, void *user)
{
	struct run *r = user;

	operator_line(r->op, connection, line);
}

static void on_gone(uint32_t connection, void *user)
{
	struct run *r = user;

	operator_gone(r->op, connection);
}

static void on_reply(uint32_t connection, const char *text, bool final, bool close, void *user)
{
	struct run *r = user;

	console_operator_reply(r->consoles, connection, text, final, close);
}

static void on_signal(int fd, short revents, void *user)
{
	struct run *r = user;
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) == sizeof(info))
		chassis_stop(r->c);
}

/* ---- the run ----------------------------------------------------------------------- */

/* Signals are taken by the chassis thread alone; boards' threads inherit the mask. */
static int block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void declare(struct run *r)
{
	for (unsigned i = 0; i < 2; i++) {
		if (r->inv.rp[i])
			chassis_declare(r->c, SLOT_R0 + i, &rp_board, &r->rp_arg);
		if (r->inv.fp[i])
			chassis_declare(r->c, SLOT_F0 + i, &fp_board, NULL);
	}
	for (unsigned i = 0; i < SPAS; i++)
		if (r->inv.spa_ports[i])
			chassis_declare(r->c, SLOT_SPA + i, &spa_board, &r->spa[i]);
}

static int open_consoles(struct run *r)
{
	struct console_config cfg = {
		.address = r->address,
		.operator_port = r->tcp[0],
		.r0_port = r->tcp[1],
		.r1_port = r->tcp[2],
		.vty_port = r->tcp[3],
		.on_line = on_line,
		.on_gone = on_gone,
		.user = r,
	};
	g_autoptr(GError) error = NULL;

	r->consoles = console_server_new(r->c, &cfg, &error);
	return r->consoles ? 0 : complain(EXIT_USAGE, "%s", error->message);
}

/* RPs last: they find the others in. */
static void insert_all(struct run *r)
{
	for (unsigned i = 0; i < 2; i++)
		if (r->inv.fp[i])
			chassis_insert(r->c, SLOT_F0 + i, NULL);
	for (unsigned i = 0; i < SPAS; i++)
		if (r->inv.spa_ports[i])
			chassis_insert(r->c, SLOT_SPA + i, NULL);
	for (unsigned i = 0; i < 2; i++)
		if (r->inv.rp[i])
			chassis_insert(r->c, SLOT_R0 + i, NULL);
}

static int load_inventory(struct run *r)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	inventory_default(&r->inv);
	if (r->o->chassis &&
		(!g_file_get_contents(r->o->chassis, &text, NULL, &error) ||
			!inventory_parse(&r->inv, text, r->o->chassis, &error)))
		return complain(EXIT_USAGE, "--chassis: %s", error->message);
	for (unsigned i = 0; i < SPAS; i++)
		r->spa[i].n_ports = r->inv.spa_ports[i];
	return 0;
}

static int prepare(struct run *r)
{
	int status = parse_console(r);

	if (!status)
		status = load_inventory(r);
	for (const char *const *p = r->o->ports; p && *p && !status; p++)
		status = bind_port(r, *p);
	if (status)
		return status;
	r->rp_arg.config_name = r->o->config;
	declare(r);
	status = load_config(r);
	return status ? status : open_consoles(r);
}

int run_chassis(const struct run_options *o)
{
	struct run r = { .o = o, .texts = g_ptr_array_new_with_free_func(g_free) };
	struct chassis_config cfg = {
		.seed = o->seed,
		.timing_real = o->timing_real,
		.bootflash = o->bootflash,
	};
	int status;

	if (!cfg.seed && getrandom(&cfg.seed, sizeof(cfg.seed), 0) != sizeof(cfg.seed))
		return complain(EXIT_USAGE, "the machine gives no random numbers");
	r.bound = g_string_new(NULL);
	r.signals = block_signals();
	r.c = chassis_new(&cfg);
	chassis_set_ckpt_tables(r.c, rp_ckpt_table);
	status = prepare(&r);
	if (!status) {
		r.op = operator_new(&(struct operator_config){ .chassis = r.c,
			.reply = on_reply,
			.user = &r,
			.ports = r.bound->str });
		chassis_listen(r.c, on_message, &r);
		chassis_watch(r.c, r.signals, POLLIN, on_signal, &r);
		insert_all(&r);
		chassis_run_free(r.c);
		if (o->state_file)
			unlink(o->state_file);
	}
	operator_free(r.op);
	console_server_free(r.consoles);
	chassis_free(r.c);
	close(r.signals);
	g_free(r.address);
	g_string_free(r.bound, TRUE);
	g_ptr_array_unref(r.texts);
	return status;
}
