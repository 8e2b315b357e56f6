/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules that carry the commit protocol (docs/ha.md), one name each.  The model of the
 * protocol switches each of the first list off (tests/model), the simulation of the real code
 * each of both (tests/sim): without the rule something must break, or nobody would notice when
 * it is lost.
 *
 * The code asks rule_holds() at the place of the rule.  It is the constant true, but in a build
 * with -Dmutations=true, which is for that test alone.
 *
 * X(symbol, "name", "what holds while the rule is on")
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define MODEL_RULES(X) \
	X(H1_HELLO, "H1-hello", \
		"a HELLO is committed like any message") \
	X(H1_NR, "H1-nr", \
		"every packet carries Nr = R_dur, not R_rx") \
	X(H1_STOPCCN, "H1-stopccn", \
		"a StopCCN is committed before it is acknowledged") \
	X(H2_WHOLE, "H2-whole", \
		"all records of one input are one transaction") \
	X(H2_APPLIED, "H2-applied", \
		"acknowledged after it was applied, not when it came") \
	X(H2_ATOMIC, "H2-atomic", \
		"a transaction that cannot be applied changes nothing") \
	X(H2_HOLD, "H2-hold", \
		"our messages wait for the acknowledgement of their transaction") \
	X(H2_NOTED, "H2-noted", \
		"an acknowledgement covers S and R as they were in its transaction") \
	X(H3_MARK, "H3-mark", \
		"what leaves uncommitted marks its tunnel at the FP") \
	X(H3_MARK_FIRST, "H3-mark-first", \
		"the FP marks before it transmits") \
	X(H3_COVERED, "H3-covered", \
		"only an acknowledgement that covers a mark clears it") \
	X(H3_NUMBER, "H3-number", \
		"a mark holds the number of its transaction") \
	X(H3_OVERTAKEN, "H3-overtaken", \
		"an acknowledgement that overtakes the packet stops its mark") \
	X(H3_AFTER_TERM, "H3-after-term", \
		"marks are read after the FP has raised its term") \
	X(H3_ARBITER, "H3-arbiter", \
		"a withdrawal of HOT is confirmed before outputs leave") \
	X(H3_MIRROR, "H3-mirror", \
		"the other FP has the mark before the packet leaves") \
	X(H4_R, "H4-r", \
		"R moves by messages in sequence, never by a ZLB") \
	X(H5_FINAL, "H5-final", \
		"a number keeps its bytes; to end a call is to append") \
	X(H7_GATE, "H7-gate", \
		"a tunnel is gated from its bulk record on") \
	X(H7_END, "H7-end", \
		"HOT when the end of the bulk is acknowledged") \
	X(H7_EMPTY, "H7-empty", \
		"begin empties the standby") \
	X(H7_NEXT, "H7-next", \
		"only number last + 1 is applied") \
	X(H8_FENCE, "H8-fence", \
		"the FP drops what has a lower term") \
	X(H8_FIFO, "H8-fifo", \
		"HOT and its withdrawal reach the arbiter in their order") \
	X(H8_BOOT, "H8-boot", \
		"HOT names a power-up and is void for another") \
	X(H9_CLOSING, "H9-closing", \
		"that a session is closing is recorded in the transaction of its R") \
	X(H9_PENDING, "H9-pending", \
		"the pending Stop is a record of the deleting transaction") \
	X(H9_FREE, "H9-free", \
		"the FP frees an entry when its deletion is committed") \
	X(H9_UNSTOP, "H9-unstop", \
		"an upsert clears the FP's stopped flag") \
	X(H9_SWEEP, "H9-sweep", \
		"the FP sweeps what a new active RP does not send") \
	X(H10_BEGUN, "H10-begun", \
		"a call has a record from ICRQ on")

/* What the model does not have, or cannot refute. */
#define CODE_RULES(X) \
	X(H4_REFUSE, "H4-refuse", \
		"calls are refused until the tunnel is verified") \
	X(H7_ORDER, "H7-order", \
		"no step of a bulk before the one before it was followed") \
	X(H9_COUNTERS, "H9-counters", \
		"a session is deleted when the FP has told its counters") \
	X(H9_TOMBSTONE, "H9-tombstone", \
		"the id of a session that ended rests") \
	X(H11_PARITY, "H11-parity", \
		"R0 assigns even ids, R1 odd ones")
/* clang-format on */

enum rule {
#define X(symbol, name, meaning) RULE_##symbol,
	MODEL_RULES(X)
	N_MODEL_RULES,
	RULE_BEFORE_CODE = N_MODEL_RULES - 1,
	CODE_RULES(X)
#undef X
	N_RULES
};

#ifdef TWINRP_MUTATIONS
/* Set once, before there is a board: bit n switches rule n off. */
extern uint64_t rules_off;

static inline bool rule_holds(enum rule rule)
{
	return !(rules_off >> rule & 1);
}
#else
static inline bool rule_holds(enum rule rule)
{
	return true;
}
#endif
