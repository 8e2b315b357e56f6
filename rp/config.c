/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The running configuration: its text, loading a text, and its checkpoint records
 * (ha-commit.md H14).
 *
 * Configuration crosses to the standby as text: the whole of it when a bulk begins, then each
 * accepted line with the lines that lead to its mode, in the transaction of what the line did.
 * The standby runs the same commands; a line that fails there closes its store.
 */
#include "rp/internal.h"

#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

void rp_config_init(struct rp *rp)
{
	iface_table_init(&rp->cfg.net);
	rp->cfg.beat_ms = RF_BEAT_MS_DEFAULT;
	rp->cfg.beat_misses = RF_MISSES_DEFAULT;
}

void rp_config_deinit(struct rp *rp)
{
	struct rp_config *c = &rp->cfg;

	iface_table_deinit(&c->net);
	g_free(c->hostname);
	g_free(c->enable_secret);
}

/* Ports are hardware: they stay, without what was configured on them. */
static void reset_ifaces(struct iface_table *t)
{
	for (guint k = t->ifaces->len; k-- > 0;) {
		struct iface *i = t->ifaces->pdata[k];

		if (i->loopback || i->port) {
			g_ptr_array_remove_index(t->ifaces, k);
			continue;
		}
		iface_unconfigure(i);
	}
	g_array_set_size(t->routes, 0);
}

void rp_config_reset(struct rp *rp, base_time now)
{
	struct rp_config *c = &rp->cfg;

	reset_ifaces(&c->net);
	vpdn_config_reset(vpdn_config(rp->vpdn));
	g_clear_pointer(&c->hostname, g_free);
	g_clear_pointer(&c->enable_secret, g_free);
	memset(c->lines, 0, sizeof(c->lines));
	c->beat_ms = RF_BEAT_MS_DEFAULT;
	c->beat_misses = RF_MISSES_DEFAULT;
	c->mode_set = c->standby_console = c->no_logging_console = false;
	c->changed = false;
}

/* ---- taking effect ---------------------------------------------------------------- */

/* The address that a virtual template gives to the subscribers' far end. */
static void resolve_templates(struct rp *rp)
{
	struct vpdn_config *v = vpdn_config(rp->vpdn);

	for (guint k = 0; k < v->vtemplates->len; k++) {
		struct vpdn_vtemplate *t = v->vtemplates->pdata[k];
		struct iface *i = t->unnumbered
					  ? iface_get(&rp->cfg.net, t->unnumbered, false)
					  : NULL;

		t->local_ip = i ? i->ip : t->ip;
	}
}

/* The address that we have on the way to each LNS. */
static void resolve_targets(struct rp *rp)
{
	const struct vpdn_config *v = vpdn_config(rp->vpdn);

	for (guint k = 0; k < v->groups->len; k++) {
		const struct vpdn_group *g = v->groups->pdata[k];

		for (guint i = 0; i < g->targets->len; i++) {
			struct vpdn_target *t =
				&g_array_index(g->targets, struct vpdn_target, i);

			t->local_ip = iface_source_for(&rp->cfg.net, t->ip);
		}
	}
}

/* Where packets to an LNS that RADIUS names come from: as to hosts of the default route. */
static void resolve_any(struct rp *rp)
{
	const struct iface_table *t = &rp->cfg.net;
	uint32_t ip = iface_source_for(t, 0);

	for (guint k = 0; k < t->ifaces->len && !ip; k++)
		ip = ((const struct iface *)t->ifaces->pdata[k])->ip;
	vpdn_config(rp->vpdn)->source_any = ip;
}

/* Where packets to RADIUS servers come from. */
static void resolve_servers(struct rp *rp)
{
	const struct aaa_config *c = vpdn_config(rp->vpdn)->aaa;
	struct iface_table *t = &rp->cfg.net;
	const struct iface *source = c->source ? iface_get(t, c->source, false) : NULL;

	for (guint k = 0; k < c->servers->len; k++) {
		struct aaa_server *s = c->servers->pdata[k];

		if (!s->ip)
			s->local_ip = 0;
		else
			s->local_ip = source && source->ip ? source->ip
							   : iface_source_for(t, s->ip);
	}
}

void rp_config_touched(struct rp *rp, base_time now)
{
	struct vpdn_config *v = vpdn_config(rp->vpdn);
	struct iface_table *t = &rp->cfg.net;

	if (rp->cfg.loading)
		return;
	resolve_templates(rp);
	resolve_targets(rp);
	resolve_any(rp);
	resolve_servers(rp);
	rf_tell_detection(rp);
	g_free(v->hostname);
	v->hostname = g_strdup(rp->cfg.hostname ? rp->cfg.hostname : "Router");
	vpdn_config_changed(rp->vpdn, now);
	rp_pump(rp, now);
	for (guint k = 0; k < t->ifaces->len; k++) {
		fman_iface(rp, t->ifaces->pdata[k], false);
		port_send_admin(rp, t->ifaces->pdata[k]);
	}
	for (guint k = 0; k < t->routes->len; k++)
		fman_route(rp, &g_array_index(t->routes, struct static_route, k), false);
}

/* ---- text ------------------------------------------------------------------------- */

char *rp_config_text(struct rp *rp, bool all)
{
	GString *out = g_string_new("version 02.04\n!\n");

	nvgen_system(rp, out, all);
	nvgen_aaa(rp, out, all);
	nvgen_vpdn(rp, out, all);
	nvgen_bbas(rp, out, all);
	nvgen_users(rp, out, all);
	nvgen_redundancy(rp, out, all);
	nvgen_interfaces(rp, out, all);
	nvgen_vtemplates(rp, out, all);
	nvgen_pools(rp, out, all);
	nvgen_routes(rp, out, all);
	nvgen_radius(rp, out, all);
	nvgen_lines(rp, out, all);
	g_string_append(out, "end\n");
	return g_string_free(out, FALSE);
}

/* ---- loading ---------------------------------------------------------------------- */

struct loader {
	struct cli_session *s;
	rp_config_error_fn fn;
	void *user;
	unsigned errors;
	unsigned number; /* of the line */
};

static void report(struct loader *l, unsigned column, const char *text, const char *reason)
{
	l->errors++;
	if (l->fn)
		l->fn(l->number, column, text, reason, l->user);
}

/* Runs a line to its end; questions of commands are answered with yes. */
static enum cli_status run_line(struct cli_session *s, const char *line)
{
	enum cli_status st = cli_session_exec(s, line);

	while (st == CLI_RUNNING || st == CLI_ASKING)
		st = st == CLI_RUNNING ? cli_session_step(s) : cli_session_answer(s, "yes");
	return st;
}

/* `do show clock`: nobody reads what it prints, and a check has no board to run it on. */
static bool is_do(const char *line)
{
	line += strspn(line, " \t");
	return !g_ascii_strncasecmp(line, "do", 2) && (line[2] == ' ' || line[2] == '\t');
}

static void load_line(struct loader *l, const char *p, size_t n)
{
	if (n && p[n - 1] == '\r')
		n--;
	if (n > LINE_MAX_BYTES) {
		report(l, 0, "", "line is longer than 4096 octets");
		return;
	}
	if (memchr(p, 0, n)) {
		report(l, 0, "", "line has a NUL octet");
		return;
	}

	g_autofree char *line = g_strndup(p, n);
	enum cli_status st;
	unsigned column;

	if (is_do(line)) {
		report(l, 0, line, "EXEC commands do not belong in a configuration");
		return;
	}
	if (!strcmp(g_strstrip(line), "end")) {
		cli_session_configure(l->s);
		return;
	}
	g_free(line);
	line = g_strndup(p, n);
	st = run_line(l->s, line);
	g_string_truncate(cli_session_output(l->s), 0);
	if (cli_session_mode(l->s) & CLI_EXEC)
		cli_session_configure(l->s); /* `exit` once too often */
	if (st == CLI_OK || st == CLI_CLOSED)
		return;
	if (st == CLI_WAITING)
		cli_session_abort(l->s);

	const char *reason = cli_session_error(l->s, &column);

	report(l, column, g_strchug(line), reason ? reason : "% Command refused.");
}

static unsigned load(struct loader *l, const char *text, size_t len)
{
	const char *end = text + len;

	cli_session_configure(l->s);
	for (const char *p = text; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		l->number++;
		load_line(l, p, (size_t)((nl ? nl : end) - p));
		p = nl ? nl + 1 : end;
	}
	return l->errors;
}

unsigned rp_config_load(struct rp *rp, const char *text, size_t len, rp_config_error_fn fn,
	void *user, base_time now)
{
	struct cli_tree *tree = shell_tree_new(rp);
	struct loader l = { .fn = fn, .user = user };
	bool changed = rp->cfg.changed;

	l.s = cli_session_new(tree, CLI_OPERATOR);
	rp->cfg.loading = true;
	load(&l, text, len);
	rp->cfg.loading = false;
	rp->cfg.changed = changed;
	cli_session_free(l.s);
	cli_tree_free(tree);
	rp_config_touched(rp, now);
	return l.errors;
}

unsigned rp_config_check(const char *text, size_t len, rp_config_error_fn fn, void *user)
{
	struct rp *rp = g_new0(struct rp, 1);
	unsigned errors;

	rp->vpdn = vpdn_new(&(struct vpdn_params){ .passive = true }, BASE_TIME_ZERO);
	rp_config_init(rp);

	struct cli_tree *tree = shell_tree_new(rp);
	struct loader l = { .fn = fn, .user = user };

	l.s = cli_session_new(tree, CLI_OPERATOR);
	rp->cfg.loading = true;
	errors = load(&l, text, len);
	cli_session_free(l.s);
	cli_tree_free(tree);
	rp_config_deinit(rp);
	vpdn_free(rp->vpdn);
	g_free(rp);
	return errors;
}

/* ---- records ---------------------------------------------------------------------- */

/* The line that leads into a mode; its %s is the name of the mode's context. */
static const struct {
	uint64_t mode;
	const char *line;
} entries[] = {
	{ CLI_CONFIG_VPDN, "vpdn-group %s" },
	{ CLI_CONFIG_VPDN_TEMPL, "vpdn-template %s" },
	{ CLI_CONFIG_VPDN_ACC_IN, "accept-dialin" },
	{ CLI_CONFIG_VPDN_REQ_IN, "request-dialin" },
	{ CLI_CONFIG_BBA, "bba-group pppoe %s" },
	{ CLI_CONFIG_IF, "interface %s" },
	{ CLI_CONFIG_LINE, "line %s" },
	{ CLI_CONFIG_RADIUS_SERVER, "radius server %s" },
	{ CLI_CONFIG_LOCSVR_DA, "aaa server radius dynamic-author" },
	{ CLI_CONFIG_SG_RADIUS, "aaa group server radius %s" },
	{ CLI_CONFIG_RED, "redundancy" },
	{ CLI_CONFIG_R_MC, "main-cpu" },
};

static uint64_t parent_of(uint64_t mode)
{
	for (const struct cli_mode *m = cli_modes; m->id; m++)
		if (m->id == mode)
			return m->parent;
	return 0;
}

/* Writes the lines from global configuration down into `mode`. */
static void lead_into(struct cli_session *s, uint64_t mode, GString *out)
{
	if (!mode || mode == CLI_CONFIG)
		return;
	lead_into(s, parent_of(mode), out);
	for (size_t k = 0; k < G_N_ELEMENTS(entries); k++) {
		const char *name = cli_context_name(s, mode);
		const char *at = strstr(entries[k].line, "%s");

		if (entries[k].mode != mode)
			continue;
		if (at)
			g_string_append_len(out, entries[k].line, at - entries[k].line);
		g_string_append(out, at ? (name ? name : "") : entries[k].line);
		g_string_append_c(out, '\n');
	}
}

void rp_config_line(struct cli_session *s, uint64_t mode, const char *line, void *user)
{
	struct rp *rp = user;

	if (rp->cfg.loading)
		return;
	rp->cfg.changed = true;
	rp->cfg.changed_at = rp->now;
	rp_config_touched(rp, rp->now);
	if (!rp->txn.on)
		return;

	GString *text = g_string_new(NULL);

	g_string_append_c(text, CONFIG_REC_LINES);
	lead_into(s, mode, text);
	g_string_append(text, line);
	g_ptr_array_add(rp->txn.config_lines, g_string_free_to_bytes(text));
}

bool rp_config_apply(struct rp *rp, const struct ckpt_record *rec, base_time now)
{
	const char *text = (const char *)rec->bytes;

	switch (rec->type) {
	case CONFIG_REC_NUMBERS:
		return iface_set_numbers(&rp->cfg.net, text, rec->len);
	case CONFIG_REC_RUNNING: {
		unsigned errors;

		rp_config_reset(rp, now);
		errors = rp_config_load(rp, text, rec->len, NULL, NULL, now);
		iface_set_numbers(&rp->cfg.net, NULL, 0);
		return errors == 0;
	}
	case CONFIG_REC_LINES:
		rp->cfg.changed = true;
		return rp_config_load(rp, text, rec->len, NULL, NULL, now) == 0;
	case CONFIG_REC_STARTUP: {
		GBytes *b = g_bytes_new(rec->bytes, rec->len);

		board_file_write(rp->env, "startup-config", b);
		g_bytes_unref(b);
		rp->cfg.changed = false;
		return true;
	}
	}
	return false;
}

bool rp_config_save(struct rp *rp)
{
	char *text = rp_config_text(rp, false);
	size_t n = strlen(text);
	GBytes *b = g_bytes_new_take(text, n);

	board_file_write(rp->env, "startup-config", b);
	rp->cfg.changed = false;
	if (rp->txn.on) {
		uint8_t *p = g_malloc(n + 1);

		p[0] = CONFIG_REC_STARTUP;
		memcpy(p + 1, text, n);
		g_ptr_array_add(rp->txn.config_lines, g_bytes_new_take(p, n + 1));
	}
	g_bytes_unref(b);
	return true;
}
