/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of settings, and one set of them; see settings.h.
 */
#include "vpdn/settings.h"

#include "l2tp/l2tp.h"
#include "vpdn/config.h"

static const char *const renegotiation_words[] = {
	[PPP_RENEGOTIATE_NEVER] = "",
	[PPP_RENEGOTIATE_ON_MISMATCH] = "on-mismatch",
	[PPP_RENEGOTIATE_ALWAYS] = "always",
	NULL,
};

static const char *const never_word[] = { "never", NULL };

/* clang-format off */
static const struct vpdn_setting_info infos[N_VPDN_SETTINGS] = {
	[VPDN_SET_SESSION_LIMIT]     = { "session-limit", VPDN_NUMBER, .no_default = true },
	[VPDN_SET_SOURCE_IP]         = { "source-ip", VPDN_ADDRESS, .no_default = true },
	[VPDN_SET_LOCAL_NAME]        = { "local name", VPDN_TEXT, .no_default = true },
	[VPDN_SET_SSO]               = { "sso enable", VPDN_SWITCH, .dflt = 1 },
	[VPDN_SET_RENEGOTIATION]     = { "lcp renegotiation", VPDN_CHOICE, .words = renegotiation_words },
	[VPDN_SET_FORCE_CHAP]        = { "force-local-chap", VPDN_SWITCH },
	[VPDN_SET_HIDDEN]            = { "l2tp hidden", VPDN_SWITCH },
	[VPDN_SET_SEQUENCING]        = { "l2tp sequencing", VPDN_SWITCH },
	[VPDN_SET_DROP_OUT_OF_ORDER] = { "l2tp drop out-of-order", VPDN_SWITCH },
	[VPDN_SET_UDP_CHECKSUM]      = { "l2tp ip udp checksum", VPDN_SWITCH },
	[VPDN_SET_PMTU]              = { "ip pmtu", VPDN_SWITCH },
	[VPDN_SET_QUIRK_WINDOW]      = { "l2tp quirk window", VPDN_NUMBER, .no_default = true },
	[VPDN_SET_HELLO]             = { "l2tp tunnel hello", VPDN_NUMBER, .dflt = VPDN_HELLO_DEFAULT },
	[VPDN_SET_PASSWORD]          = { "l2tp tunnel password", VPDN_TEXT, .no_default = true },
	[VPDN_SET_AUTHENTICATION]    = { "l2tp tunnel authentication", VPDN_SWITCH, .dflt = 1 },
	[VPDN_SET_BUSY]              = { "l2tp tunnel busy timeout", VPDN_NUMBER, .dflt = VPDN_BUSY_DEFAULT },
	[VPDN_SET_RWS]               = { "l2tp tunnel receive-window", VPDN_NUMBER, .dflt = VPDN_RWS_DEFAULT },
	[VPDN_SET_RESYNC]            = { "l2tp tunnel resync", VPDN_NUMBER, .dflt = L2TP_RESYNC_DEFAULT },
	[VPDN_SET_INITIAL_RETRIES]   = { "l2tp tunnel retransmit initial retries", VPDN_NUMBER, .dflt = 2 },
	[VPDN_SET_INITIAL_MIN]       = { "l2tp tunnel retransmit initial timeout min", VPDN_NUMBER, .dflt = 1 },
	[VPDN_SET_INITIAL_MAX]       = { "l2tp tunnel retransmit initial timeout max", VPDN_NUMBER, .dflt = 8 },
	[VPDN_SET_RETRIES]           = { "l2tp tunnel retransmit retries", VPDN_NUMBER, .dflt = VPDN_RETRIES_DEFAULT },
	[VPDN_SET_TIMEOUT_MIN]       = { "l2tp tunnel retransmit timeout min", VPDN_NUMBER, .dflt = 1 },
	[VPDN_SET_TIMEOUT_MAX]       = { "l2tp tunnel retransmit timeout max", VPDN_NUMBER, .dflt = 8 },
	[VPDN_SET_NO_SESSION]        = { "l2tp tunnel timeout no-session", VPDN_NUMBER, .no_default = true, .words = never_word },
	[VPDN_SET_SETUP]             = { "l2tp tunnel timeout setup", VPDN_NUMBER, .no_default = true, .dflt = 10 },
	[VPDN_SET_ZLB_DELAY]         = { "l2tp tunnel zlb delay", VPDN_NUMBER, .dflt = VPDN_ZLB_DELAY_DEFAULT },
};
/* clang-format on */

G_STATIC_ASSERT(N_VPDN_SETTINGS <= 64);

const struct vpdn_setting_info *vpdn_setting_info(enum vpdn_setting which)
{
	return &infos[which];
}

void vpdn_settings_put(struct vpdn_settings *s, enum vpdn_setting which, uint32_t number)
{
	s->number[which] = number;
	s->set |= UINT64_C(1) << which;
}

void vpdn_settings_put_text(
	struct vpdn_settings *s, enum vpdn_setting which, const char *text)
{
	char *copy = g_strdup(text);

	g_free(s->text[which]);
	s->text[which] = copy;
	s->set |= UINT64_C(1) << which;
}

void vpdn_settings_unset(struct vpdn_settings *s, enum vpdn_setting which)
{
	g_clear_pointer(&s->text[which], g_free);
	s->number[which] = 0;
	s->set &= ~(UINT64_C(1) << which);
}

void vpdn_settings_clear(struct vpdn_settings *s)
{
	for (unsigned i = 0; i < N_VPDN_SETTINGS; i++)
		vpdn_settings_unset(s, i);
}
