/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Log lines about boards that come and go, and about which FP is active (ios-cli.md 7.6).
 *
 * Only the active RP logs.  A standby that sees the active RP go says so once it has taken
 * over; whatever else happens while an RP is not active is the other one's to tell.
 */
#include "rp/internal.h"

static const char *card_type(unsigned slot)
{
	return slot_kind(slot) == BOARD_RP ? "rp" : "fp";
}

static void tell_card(struct rp *rp, unsigned slot)
{
	const struct rp_slot *k = &rp->slots[slot];
	char name[12];

	slot_name(slot, name);
	if (k->in && k->taken_out)
		rp_log(rp, LOG_SEV_INFO, "IOSXE_OIR", "INSCARD",
			"Card (%s) inserted in slot %s", card_type(slot), name);
	rp_log(rp, LOG_SEV_INFO, "IOSXE_OIR", k->in ? "ONLINECARD" : "OFFLINECARD",
		"Card (%s) %s in slot %s", card_type(slot),
		k->in ? "online" : "offline", name);
	if (!k->in && k->taken_out)
		rp_log(rp, LOG_SEV_INFO, "IOSXE_OIR", "REMCARD",
			"Card (%s) removed from slot %s", card_type(slot), name);
}

static void tell_spa(struct rp *rp, unsigned slot)
{
	const struct rp_slot *k = &rp->slots[slot];
	char name[12];

	slot_name(slot, name);
	if (!k->taken_out)
		rp_log(rp, LOG_SEV_INFO, "SPA_OIR",
			k->in ? "ONLINECARD" : "OFFLINECARD", "SPA %s in subslot %s",
			k->in ? "online" : "offline", name);
	else if (k->in)
		rp_log(rp, LOG_SEV_INFO, "IOSXE_OIR", "INSSPA",
			"SPA inserted in subslot %s", name);
	else
		rp_log(rp, LOG_SEV_INFO, "IOSXE_OIR", "REMSPA",
			"SPA removed from subslot %s, interfaces disabled", name);
}

static void tell_fp_state(struct rp *rp, unsigned fp, bool active)
{
	char name[12];

	if (fp == SLOT_NONE)
		return;
	rp_log(rp, LOG_SEV_INFO, "CMRP", "FP_HA_STATUS",
		"R%u/0: cmand: %s redundancy state is %s", rp->slot - SLOT_R0,
		slot_name(fp, name), active ? "Active" : "Standby");
}

static void tell(struct rp *rp, unsigned slot)
{
	if (slot_kind(slot) == BOARD_SPA)
		tell_spa(rp, slot);
	else
		tell_card(rp, slot);
	if (slot_kind(slot) == BOARD_FP && rp->slots[slot].in &&
		slot != fman_active_fp(rp))
		tell_fp_state(rp, slot, false);
}

void oir_on_slot(struct rp *rp, const struct msg_slot *m, bool up)
{
	struct rp_slot *k = &rp->slots[m->slot];

	if (slot_kind(m->slot) == BOARD_PEER)
		return;
	/* It has not left the chassis when it only started anew. */
	if (!up)
		k->taken_out = m->why == SLOT_WHY_PULLED;
	if (rf_is_active(&rp->rf))
		tell(rp, m->slot);
	else
		k->untold = !up && slot_kind(m->slot) == BOARD_RP;
}

void oir_tick(struct rp *rp)
{
	unsigned fp = fman_active_fp(rp);

	if (!rf_is_active(&rp->rf)) {
		rp->fp_told = fp;
		return;
	}
	for (unsigned slot = SLOT_R0; slot <= SLOT_R1; slot++) {
		if (!rp->slots[slot].untold)
			continue;
		rp->slots[slot].untold = false;
		tell(rp, slot);
	}
	if (fp != rp->fp_told)
		tell_fp_state(rp, fp, true);
	rp->fp_told = fp;
}
