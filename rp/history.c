/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * History of switchovers: who took over from whom, when and why.  A record of the checkpoint
 * stream like everything else that outlives an RP.
 */
#include "rp/internal.h"

static const char *const down_reasons[] = {
	[SLOT_WHY_PULLED] = "active unit removed",
	[SLOT_WHY_CRASHED] = "active unit failed",
	[SLOT_WHY_RESET] = "active unit failed",
	[SLOT_WHY_RELOAD] = "user initiated",
	[SLOT_WHY_FORCED] = "user forced",
	[SLOT_WHY_HUNG] = "active unit failed",
};

const char *rf_down_reason(uint8_t why)
{
	return why < G_N_ELEMENTS(down_reasons) && down_reasons[why] ? down_reasons[why]
								    : "unknown";
}

struct history_rec {
	uint8_t from, to;
	base_time at;
	char *reason;
};

/* clang-format off */
#define F(id, kind, m) { id, 1, kind, 0, offsetof(struct history_rec, m), #m }
static const struct rec_field history_fields[] = {
	F(1, REC_U8, from),
	F(2, REC_U8, to),
	F(3, REC_TIME, at),
	F(4, REC_STR, reason),
};
#undef F
/* clang-format on */

static const struct rec_table history_table = {
	"switchover",
	sizeof(struct history_rec),
	history_fields,
	G_N_ELEMENTS(history_fields),
};

const struct rec_table *rf_rec_table(uint8_t type)
{
	return type == RF_REC_SWITCHOVER ? &history_table : NULL;
}

void rf_history_encode(const struct rf_switchover *s, struct wr *w)
{
	struct history_rec r = { s->from, s->to, s->at, s->reason };

	rec_encode(&history_table, 1, &r, w);
}

void rf_history_clear_one(void *p)
{
	g_free(((struct rf_switchover *)p)->reason);
}

void rf_history_add(struct rp *rp, struct rf_switchover s)
{
	GArray *h = rp->rf.history;

	if (h->len == RF_HISTORY_MAX)
		g_array_remove_index(h, 0);
	g_array_append_val(h, s);
	rp->rf.history_dirty = true;
}

bool rf_history_apply(struct rp *rp, const struct ckpt_record *rec)
{
	struct rd r = rd_init(rec->bytes, rec->len);
	struct history_rec h;
	GArray *all = rp->rf.history;

	if (rec->type != RF_REC_SWITCHOVER || !rec_decode(&history_table, &r, &h))
		return false;

	struct rf_switchover s = { h.from, h.to, h.at, h.reason };

	if (rec->key == all->len + 1 && all->len < RF_HISTORY_MAX) {
		g_array_append_val(all, s);
		return true;
	}
	if (rec->key >= 1 && rec->key <= all->len) {
		struct rf_switchover *old =
			&g_array_index(all, struct rf_switchover, rec->key - 1);

		g_free(old->reason);
		*old = s;
		return true;
	}
	g_free(h.reason);
	return false;
}
