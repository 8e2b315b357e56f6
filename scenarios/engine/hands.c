/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hands at a chassis, see hands.h.
 *
 * A step on a SIP acts on its SPAs, those that it fits.  A link step changes the faults that
 * it names and keeps the others; restore mends a cut only, clear takes all faults away.
 */
#include "scenarios/engine/hands.h"

enum { DELAY_MAX_US = 60 * 1000 * 1000 };

/* ---- boards ---- */

typedef bool (*hand_fn)(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error);

static bool pull(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error)
{
	return chassis_pull(c, slot, SLOT_WHY_PULLED, error);
}

static bool crash(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error)
{
	return chassis_pull(c, slot, SLOT_WHY_CRASHED, error);
}

static bool insert(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error)
{
	return chassis_insert(c, slot, error);
}

static bool reset(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error)
{
	return chassis_reset(c, slot, error);
}

static bool hang(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error)
{
	return chassis_hang(c, slot, s->time, error);
}

static bool wake(
	struct chassis *c, unsigned slot, const struct script_step *s, GError **error)
{
	return chassis_wake(c, slot, error);
}

static bool has_power(const struct chassis_slot_info *info)
{
	return info->in;
}

static bool is_there(const struct chassis_slot_info *info)
{
	return info->in || info->off;
}

static bool is_out(const struct chassis_slot_info *info)
{
	return !info->in;
}

static bool is_hung(const struct chassis_slot_info *info)
{
	return info->hung;
}

static const struct hand {
	hand_fn fn;
	bool (*fits)(const struct chassis_slot_info *info);
	const char *unfit;
} hands[] = {
	[SCRIPT_PULL] = { pull, is_there, "is not inserted" },
	[SCRIPT_CRASH] = { crash, is_there, "is not inserted" },
	[SCRIPT_INSERT] = { insert, is_out, "is inserted already" },
	[SCRIPT_RESET] = { reset, is_there, "is not inserted" },
	[SCRIPT_HANG] = { hang, has_power, "is not inserted" },
	[SCRIPT_WAKE] = { wake, is_hung, "does not hang" },
};

static bool hand_sip(struct chassis *c, const struct hand *hand,
	const struct script_step *s, GError **error)
{
	unsigned boards = 0, done = 0;

	for (unsigned bay = 0; bay < BAYS_PER_SIP; bay++) {
		unsigned slot = SLOT_SPA + s->place.number * BAYS_PER_SIP + bay;
		struct chassis_slot_info info;

		if (!chassis_slot_get(c, slot, &info))
			continue;
		boards++;
		if (!hand->fits(&info))
			continue;
		if (!hand->fn(c, slot, s, error))
			return false;
		done++;
	}
	if (!boards)
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"there is no board for slot %s", s->place.name);
	else if (!done)
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE, "%s %s",
			s->place.name, hand->unfit);
	return done;
}

/* ---- links ---- */

static bool link_channel(struct chassis *c, const struct script_link *l, GError **error)
{
	struct link_faults f;

	chassis_link_get(c, l->a.number, l->b.number, &f);
	if (l->clear)
		f = (struct link_faults){ 0 };
	if (l->cut || l->restore)
		f.cut = l->cut;
	if (l->delay_us >= 0)
		f.delay = dur_us(l->delay_us);
	if (l->rate_bps >= 0)
		f.rate_bps = (uint64_t)l->rate_bps;
	if (l->room >= 0)
		f.room = (size_t)l->room;
	return chassis_link_ipc(c, l->a.number, l->b.number, &f, error);
}

static void set_u32(uint32_t *field, int64_t said)
{
	if (said >= 0)
		*field = (uint32_t)MIN(said, UINT32_MAX);
}

static bool link_port(struct chassis *c, const struct script_link *l, GError **error)
{
	struct msg_link m;

	chassis_link_port_get(c, l->port.ifindex, &m);
	if (l->clear)
		m = (struct msg_link){ 0 };
	if (l->cut || l->restore)
		m.cut = l->cut;
	set_u32(&m.delay_us, l->delay_us);
	set_u32(&m.jitter_us, l->jitter_us);
	set_u32(&m.loss_ppm, l->loss_ppm);
	set_u32(&m.dup_ppm, l->dup_ppm);
	set_u32(&m.reorder_ppm, l->reorder_ppm);
	set_u32(&m.rate_kbps, l->rate_bps < 0 ? -1 : (l->rate_bps + 999) / 1000);
	if (l->dir)
		m.dir = (uint8_t)l->dir;
	else if (!m.dir)
		m.dir = LINK_IN | LINK_OUT;
	if (!chassis_link_has_faults(&m))
		m = (struct msg_link){ 0 };
	return chassis_link_port(c, l->port.ifindex, &m, error);
}

static bool in_reach(const struct script_link *l, GError **error)
{
	if (l->delay_us <= DELAY_MAX_US && l->jitter_us <= DELAY_MAX_US)
		return true;
	g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
		"a link delays by a minute at most");
	return false;
}

bool hands_link(struct chassis *c, const struct script_link *l, GError **error)
{
	if (!in_reach(l, error))
		return false;
	return l->port.ifindex ? link_port(c, l, error) : link_channel(c, l, error);
}

bool hands_link_end(struct chassis *c, const struct script_link *l, GError **error)
{
	const struct script_link end = {
		.port = l->to,
		.cut = l->cut,
		.restore = l->restore,
		.clear = l->clear,
		.delay_us = -1,
		.jitter_us = -1,
		.loss_ppm = -1,
		.dup_ppm = -1,
		.reorder_ppm = -1,
		.rate_bps = -1,
		.room = -1,
	};

	/* One direction of it is the business of the port that is named first. */
	if (l->dir || !(l->cut || l->restore || l->clear))
		return true;
	return link_port(c, &end, error);
}

bool hands_step(struct chassis *c, const struct script_step *s, GError **error)
{
	if (s->verb == SCRIPT_LINK)
		return hands_link(c, &s->link, error);
	if (s->place.kind == PLACE_SIP)
		return hand_sip(c, &hands[s->verb], s, error);
	return hands[s->verb].fn(c, s->place.number, s, error);
}

/* ---- status ---- */

static const char *state(const struct chassis_slot_info *info)
{
	if (info->in)
		return info->hung || info->lost ? "hung" : "in";
	return info->off ? "off" : "out";
}

static const char *role(const struct chassis *c, const struct chassis_slot_info *info)
{
	enum board_kind kind = slot_kind(info->slot);

	if (!info->in)
		return "";
	if (info->lost)
		return "counts as gone";
	if (chassis_active(c) == info->slot || chassis_active_fp(c) == info->slot)
		return "active";
	if (kind == BOARD_FP)
		return "standby";
	if (kind != BOARD_RP)
		return "";
	return chassis_standby_hot(c) ? "standby, hot" : "standby, not hot";
}

static void status_slots(const struct chassis *c, GString *out)
{
	struct chassis_slot_info info;
	char name[12], age[16];

	for (unsigned slot = 0; slot < SLOT_PEER; slot++) {
		if (!chassis_slot_get(c, slot, &info))
			continue;
		g_string_append_printf(out, "%-5s %-4s %-17s since %s\n",
			slot_name(slot, name), state(&info), role(c, &info),
			dur_to_age(time_sub(chassis_now(c), info.since), age));
	}
}

static void status_clock(const struct chassis *c, GString *out)
{
	base_time now = chassis_now(c);
	g_autoptr(GDateTime) wall = g_date_time_new_from_unix_utc(
		chassis_wall_epoch(c) + now.ns / 1000000000);
	g_autofree char *text = g_date_time_format(wall, "%Y-%m-%d %H:%M:%S UTC");
	char age[16];

	g_string_append_printf(out, "clock %s, up %s\n", text,
		dur_to_age(time_sub(now, chassis_began(c)), age));
	g_string_append_printf(out, "term  %" G_GUINT64_FORMAT "\n", chassis_term(c));
}

static void add_time(GString *out, const char *what, int64_t us)
{
	if (us && us % 1000)
		g_string_append_printf(out, " %s %" G_GINT64_FORMAT "us", what, us);
	else if (us)
		g_string_append_printf(
			out, " %s %" G_GINT64_FORMAT "ms", what, us / 1000);
}

static void add_share(GString *out, const char *what, uint32_t ppm)
{
	if (ppm)
		g_string_append_printf(out, " %s %g%%", what, ppm / 10000.0);
}

static void add_rate(GString *out, uint64_t bps)
{
	if (bps && bps % 1000000 == 0)
		g_string_append_printf(
			out, " rate %" G_GUINT64_FORMAT "mbit", bps / 1000000);
	else if (bps)
		g_string_append_printf(
			out, " rate %" G_GUINT64_FORMAT "kbit", bps / 1000);
}

static void status_channel(
	const struct chassis *c, unsigned a, unsigned b, GString *out)
{
	struct link_faults f;
	char x[12], y[12];

	chassis_link_get(c, a, b, &f);
	if (!f.cut && !f.delay.ns && !f.rate_bps && !f.room)
		return;
	g_string_append_printf(
		out, "link  ipc %s %s", slot_name(a, x), slot_name(b, y));
	if (f.cut)
		g_string_append(out, " cut");
	add_time(out, "delay", f.delay.ns / 1000);
	add_rate(out, f.rate_bps);
	if (f.room)
		g_string_append_printf(out, " room %zu", f.room);
	g_string_append_c(out, '\n');
}

static void status_port(const struct chassis *c, uint16_t ifindex, GString *out)
{
	static const char *const directions[] = { "", " in", " out", "" };
	struct msg_link m;
	char name[32];

	chassis_link_port_get(c, ifindex, &m);
	if (!chassis_link_has_faults(&m))
		return;
	g_string_append_printf(out, "link  %s%s", port_name(ifindex, name),
		directions[m.dir & (LINK_IN | LINK_OUT)]);
	if (m.cut)
		g_string_append(out, " cut");
	add_time(out, "delay", m.delay_us);
	add_time(out, "jitter", m.jitter_us);
	add_share(out, "loss", m.loss_ppm);
	add_share(out, "dup", m.dup_ppm);
	add_share(out, "reorder", m.reorder_ppm);
	add_rate(out, (uint64_t)m.rate_kbps * 1000);
	g_string_append_c(out, '\n');
}

static void status_links(const struct chassis *c, GString *out)
{
	for (unsigned a = 0; a < SLOT_CHASSIS; a++)
		for (unsigned b = a + 1; b < SLOT_CHASSIS; b++)
			status_channel(c, a, b, out);
	for (unsigned i = 1; i <= (SLOT_PEER - SLOT_SPA) * PORTS_PER_SPA; i++)
		status_port(c, (uint16_t)i, out);
}

void hands_status(const struct chassis *c, const char *ports, GString *out)
{
	status_slots(c, out);
	status_clock(c, out);
	if (ports)
		g_string_append(out, ports);
	if (out->str[out->len - 1] != '\n')
		g_string_append_c(out, '\n');
	status_links(c, out);
}
