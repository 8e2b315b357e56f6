/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host as a RADIUS server: it checks the users and takes the accounting, is slow, dies, says
 * nothing of what it takes.  What it has taken is what the accounting is judged by (I9).
 */
#include "tests/sim/sim.h"

#include "chassis/messages.h"

static struct radius_sim *server(const struct sim *sim)
{
	const void *host = stage_lac(sim, SIM_LACS_MAX);

	return host ? peer_host_radius(host) : NULL;
}

/* Who cannot be asked is checked here: a dead server costs no call.  (It rejects who has the
 * wrong password; that is an event of its own.) */
void radius_config(GString *out)
{
	g_string_append(out,
		"aaa new-model\n"
		"aaa authentication ppp default group radius local\n"
		"aaa authorization network default group radius local\n"
		"aaa accounting network default start-stop group radius\n"
		"radius server A\n"
		" address ipv4 192.0.2.1\n"
		" timeout 1\n"
		" retransmit 1\n"
		" key labsecret\n");
}

void radius_behave(struct sim *sim, int64_t how)
{
	static const struct {
		const char *name;
		struct radius_sim_manner manner;
	} rows[] = {
		{ "answer", { 0 } },
		{ "dead", { .dead = true } },
		{ "mute", { .mute = true } },
		{ "slow", { .delay = { 700000000 } } },
		{ "very-slow", { .delay = { 1500000000 } } },
		{ "unsigned", { .no_message_authenticator = true } },
	};
	struct radius_sim *s = server(sim);
	unsigned i = (unsigned)(how % (int64_t)G_N_ELEMENTS(rows));

	if (!s)
		return;
	*radius_sim_manner(s) = rows[i].manner;
	cover_hit(sim->cover, "radius/%s", rows[i].name);
}

void radius_look(struct sim *sim)
{
	struct radius_sim *s = server(sim);

	for (; s && sim->radius_seen < radius_sim_taken(s); sim->radius_seen++) {
		const struct radius_sim_record *r =
			radius_sim_taken_get(s, sim->radius_seen);
		char id[RADIUS_TEXT_MAX], user[RADIUS_TEXT_MAX];
		struct msg_acct m = { .id = id,
			.status = (uint8_t)r->status,
			.user = user,
			.ip = r->ip,
			.rx_bytes = r->in_octets,
			.tx_bytes = r->out_octets,
			.seconds = r->seconds,
			.cause = (uint8_t)r->cause };

		g_strlcpy(id, r->id, sizeof(id));
		g_strlcpy(user, r->user, sizeof(user));
		sim_tell(sim, "RADIUS: accounting %u of %s", m.status, m.id);
		accounts_take(sim, &m);
	}
}
