/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every kind of checkpoint record by client and type, for captures and their dissector.
 */
#include "rp/internal.h"

#include "l2tp/l2tp.h"
#include "ppp/ppp.h"
#include "ppp/pppoe.h"
#include "vpdn/vpdn.h"

#include <string.h>

static const char *const clients[] = {
	[CKPT_CONFIG] = "config",
	[CKPT_VPDN] = "vpdn",
	[CKPT_PPP] = "ppp",
	[CKPT_L2TP] = "l2tp",
	[CKPT_RF] = "rf",
	[CKPT_PPPOE] = "pppoe",
};

/* Records of configuration are text. */
static const char *const config_types[] = {
	[CONFIG_REC_RUNNING] = "running",
	[CONFIG_REC_LINES] = "lines",
	[CONFIG_REC_STARTUP] = "startup",
	[CONFIG_REC_NUMBERS] = "numbers",
};

const struct rec_table *rp_ckpt_table(unsigned client, unsigned type)
{
	switch (type <= UINT8_MAX ? client : 0) {
	case CKPT_VPDN:
		return vpdn_rec_table((uint8_t)type);
	case CKPT_PPP:
		return ppp_rec_table((uint8_t)type);
	case CKPT_L2TP:
		return l2tp_rec_table((uint8_t)type);
	case CKPT_RF:
		return rf_rec_table((uint8_t)type);
	case CKPT_PPPOE:
		return pppoe_rec_table((uint8_t)type);
	}
	return NULL;
}

char *rp_ckpt_name(unsigned client, unsigned type)
{
	const struct rec_table *table = rp_ckpt_table(client, type);
	const char *who = client < G_N_ELEMENTS(clients) ? clients[client] : NULL;
	const char *what = table ? table->name : NULL;

	if (client == CKPT_CONFIG && type < G_N_ELEMENTS(config_types))
		what = config_types[type];
	if (!who || !what)
		return NULL;
	if (g_str_has_prefix(what, who) && what[strlen(who)] == '-')
		what += strlen(who) + 1;
	return g_strdup_printf("%s/%s", who, what);
}
