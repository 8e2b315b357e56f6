/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Record tables of the payloads, and what the one list of messages.h gives: names, tables
 * and who may send what to whom.
 */
#include "chassis/messages.h"

/* clang-format off */
#define F(s, id, kind, m) { id, 1, kind, 0, offsetof(struct s, m), #m }
#define T(s) static const struct rec_table t_##s = { \
	#s, sizeof(struct s), f_##s, G_N_ELEMENTS(f_##s) }

static const struct rec_field f_msg_empty[] = {
	F(msg_empty, 1, REC_U8, none),
};
T(msg_empty);

static const struct rec_field f_msg_term[] = {
	F(msg_term, 1, REC_U64, term),
	F(msg_term, 2, REC_U8, holder),
	F(msg_term, 3, REC_U64, boot_id),
	F(msg_term, 4, REC_BOOL, hot),
};
T(msg_term);

static const struct rec_field f_msg_slot[] = {
	F(msg_slot, 1, REC_U8, slot),
	F(msg_slot, 2, REC_U8, why),
	F(msg_slot, 3, REC_U64, boot_id),
	F(msg_slot, 4, REC_TIME, since),
};
T(msg_slot);

static const struct rec_field f_msg_hot[] = {
	F(msg_hot, 1, REC_U8, slot),
	F(msg_hot, 2, REC_BOOL, on),
	F(msg_hot, 3, REC_U64, boot_id),
};
T(msg_hot);

static const struct rec_field f_msg_detection[] = {
	F(msg_detection, 1, REC_U32, interval_ms),
	F(msg_detection, 2, REC_U8, misses),
};
T(msg_detection);

static const struct rec_field f_msg_slot_order[] = {
	F(msg_slot_order, 1, REC_U8, slot),
	F(msg_slot_order, 2, REC_U8, op),
};
T(msg_slot_order);

static const struct rec_field f_msg_acct[] = {
	F(msg_acct, 1, REC_STR, id),
	F(msg_acct, 2, REC_U8, status),
	F(msg_acct, 3, REC_STR, user),
	F(msg_acct, 4, REC_IPV4, ip),
	F(msg_acct, 5, REC_U64, rx_packets),
	F(msg_acct, 6, REC_U64, rx_bytes),
	F(msg_acct, 7, REC_U64, tx_packets),
	F(msg_acct, 8, REC_U64, tx_bytes),
	F(msg_acct, 9, REC_U32, seconds),
	F(msg_acct, 10, REC_U8, cause),
};
T(msg_acct);

static const struct rec_field f_msg_acct_ok[] = {
	F(msg_acct_ok, 1, REC_STR, id),
	F(msg_acct_ok, 2, REC_U8, status),
};
T(msg_acct_ok);

static const struct rec_field f_msg_link[] = {
	F(msg_link, 1, REC_U8, port),
	F(msg_link, 2, REC_U8, dir),
	F(msg_link, 3, REC_BOOL, cut),
	F(msg_link, 4, REC_U32, delay_us),
	F(msg_link, 5, REC_U32, jitter_us),
	F(msg_link, 6, REC_U32, loss_ppm),
	F(msg_link, 7, REC_U32, dup_ppm),
	F(msg_link, 8, REC_U32, reorder_ppm),
	F(msg_link, 9, REC_U32, rate_kbps),
};
T(msg_link);

static const struct rec_field f_msg_fib_marks[] = {
	F(msg_fib_marks, 1, REC_BYTES, marks),
	F(msg_fib_marks, 2, REC_BYTES, many),
};
T(msg_fib_marks);

static const struct rec_field f_msg_fib_unmark[] = {
	F(msg_fib_unmark, 1, REC_U16, tunnel),
	F(msg_fib_unmark, 2, REC_U32, seq),
	F(msg_fib_unmark, 3, REC_BOOL, deleted),
};
T(msg_fib_unmark);

static const struct rec_field f_msg_fib_mirror[] = {
	F(msg_fib_mirror, 1, REC_U8, type),
	F(msg_fib_mirror, 2, REC_BYTES, payload),
	F(msg_fib_mirror, 3, REC_U32, seq),
};
T(msg_fib_mirror);

static const struct rec_field f_msg_line[] = {
	F(msg_line, 1, REC_U8, line),
	F(msg_line, 2, REC_BYTES, bytes),
	F(msg_line, 3, REC_STR, from),
};
T(msg_line);

static const struct rec_field f_msg_exec[] = {
	F(msg_exec, 1, REC_U32, id),
	F(msg_exec, 2, REC_U32, session),
	F(msg_exec, 3, REC_STR, command),
	F(msg_exec, 4, REC_BYTES, answers),
	F(msg_exec, 5, REC_BOOL, fresh),
};
T(msg_exec);

static const struct rec_field f_msg_exec_out[] = {
	F(msg_exec_out, 1, REC_U32, id),
	F(msg_exec_out, 2, REC_BYTES, text),
	F(msg_exec_out, 3, REC_BOOL, done),
	F(msg_exec_out, 4, REC_BOOL, failed),
};
T(msg_exec_out);

static const struct rec_field f_msg_log[] = {
	F(msg_log, 1, REC_U8, severity),
	F(msg_log, 2, REC_STR, text),
	F(msg_log, 3, REC_TIME, at),
};
T(msg_log);

static const struct rec_field f_msg_order[] = {
	F(msg_order, 1, REC_U32, id),
	F(msg_order, 2, REC_STR, text),
};
T(msg_order);

static const struct rec_field f_msg_report[] = {
	F(msg_report, 1, REC_U32, id),
	F(msg_report, 2, REC_STR, text),
	F(msg_report, 3, REC_BOOL, done),
};
T(msg_report);

static const struct rec_field f_msg_rf[] = {
	F(msg_rf, 1, REC_U8, state),
	F(msg_rf, 2, REC_U8, software_major),
	F(msg_rf, 3, REC_U8, software_minor),
	F(msg_rf, 4, REC_U8, software_patch),
	F(msg_rf, 5, REC_U32, epoch),
	F(msg_rf, 6, REC_U64, last_sent),
	F(msg_rf, 7, REC_U64, last_applied),
	F(msg_rf, 8, REC_BOOL, accepts),
	F(msg_rf, 9, REC_U8, order),
	F(msg_rf, 10, REC_BOOL, hostile),
	F(msg_rf, 11, REC_U64, boot_to),
};
T(msg_rf);

static const struct rec_field f_msg_ckpt_mark[] = {
	F(msg_ckpt_mark, 1, REC_U32, epoch),
	F(msg_ckpt_mark, 2, REC_U64, seq),
	F(msg_ckpt_mark, 3, REC_U64, boot_to),
	F(msg_ckpt_mark, 4, REC_U8, client),
	F(msg_ckpt_mark, 5, REC_BOOL, failed),
};
T(msg_ckpt_mark);

static const struct rec_field f_msg_fib_mark[] = {
	F(msg_fib_mark, 1, REC_U32, generation),
	F(msg_fib_mark, 2, REC_U32, count),
};
T(msg_fib_mark);

static const struct rec_field f_msg_fib_iface[] = {
	F(msg_fib_iface, 1, REC_U16, ifindex),
	F(msg_fib_iface, 2, REC_U8, kind),
	F(msg_fib_iface, 3, REC_BOOL, up),
	F(msg_fib_iface, 4, REC_BOOL, deleted),
	F(msg_fib_iface, 5, REC_IPV4, ip),
	F(msg_fib_iface, 6, REC_IPV4, mask),
	F(msg_fib_iface, 7, REC_U16, mtu),
	F(msg_fib_iface, 8, REC_U16, parent),
	F(msg_fib_iface, 9, REC_U16, outer),
	F(msg_fib_iface, 10, REC_U16, inner_lo),
	F(msg_fib_iface, 11, REC_U16, inner_hi),
	F(msg_fib_iface, 12, REC_BOOL, native),
	F(msg_fib_iface, 13, REC_BOOL, pppoe),
	F(msg_fib_iface, 14, REC_U16, mss),
};
T(msg_fib_iface);

static const struct rec_field f_msg_fib_route[] = {
	F(msg_fib_route, 1, REC_IPV4, prefix),
	F(msg_fib_route, 2, REC_IPV4, mask),
	F(msg_fib_route, 3, REC_IPV4, next_hop),
	F(msg_fib_route, 4, REC_U16, ifindex),
	F(msg_fib_route, 5, REC_BOOL, deleted),
};
T(msg_fib_route);

static const struct rec_field f_msg_fib_session[] = {
	F(msg_fib_session, 1, REC_U32, index),
	F(msg_fib_session, 2, REC_U32, flags),
	F(msg_fib_session, 3, REC_IPV4, local_ip),
	F(msg_fib_session, 4, REC_IPV4, remote_ip),
	F(msg_fib_session, 5, REC_U16, local_port),
	F(msg_fib_session, 6, REC_U16, remote_port),
	F(msg_fib_session, 7, REC_U16, local_tunnel),
	F(msg_fib_session, 8, REC_U16, local_session),
	F(msg_fib_session, 9, REC_U16, remote_tunnel),
	F(msg_fib_session, 10, REC_U16, remote_session),
	F(msg_fib_session, 11, REC_IPV4, subscriber_ip),
	F(msg_fib_session, 12, REC_U32, local_magic),
	F(msg_fib_session, 13, REC_U32, remote_magic),
	F(msg_fib_session, 14, REC_U16, mtu),
	F(msg_fib_session, 15, REC_U16, echo_s),
	F(msg_fib_session, 16, REC_U8, echo_misses),
	F(msg_fib_session, 17, REC_U32, mate),
	F(msg_fib_session, 18, REC_U16, ifindex),
	F(msg_fib_session, 19, REC_U16, pppoe_sid),
	F(msg_fib_session, 20, REC_U64, client),
	F(msg_fib_session, 21, REC_U8, n_vlan),
	F(msg_fib_session, 22, REC_U32, vlan),
	F(msg_fib_session, 23, REC_U32, tpid),
	F(msg_fib_session, 24, REC_U16, mss),
};
T(msg_fib_session);

static const struct rec_field f_msg_fib_index[] = {
	F(msg_fib_index, 1, REC_U32, index),
	F(msg_fib_index, 2, REC_U8, cause),
	F(msg_fib_index, 3, REC_U32, l2tp),
	F(msg_fib_index, 4, REC_U32, generation),
};
T(msg_fib_index);

static const struct rec_field f_msg_fib_counts[] = {
	F(msg_fib_counts, 1, REC_U32, index),
	F(msg_fib_counts, 2, REC_U64, rx_packets),
	F(msg_fib_counts, 3, REC_U64, rx_bytes),
	F(msg_fib_counts, 4, REC_U64, tx_packets),
	F(msg_fib_counts, 5, REC_U64, tx_bytes),
	F(msg_fib_counts, 6, REC_U64, dropped),
	F(msg_fib_counts, 7, REC_U32, l2tp),
	F(msg_fib_counts, 8, REC_BOOL, known),
};
T(msg_fib_counts);

static const struct rec_field f_msg_fib_check[] = {
	F(msg_fib_check, 1, REC_U32, generation),
	F(msg_fib_check, 2, REC_U32, sent),
	F(msg_fib_check, 3, REC_U32, got),
	F(msg_fib_check, 4, REC_U32, dead),
	F(msg_fib_check, 5, REC_BOOL, swept),
	F(msg_fib_check, 6, REC_U32, count),
};
T(msg_fib_check);

static const struct rec_field f_msg_fib_heard[] = {
	F(msg_fib_heard, 1, REC_BYTES, tunnels),
};
T(msg_fib_heard);

static const struct rec_field f_msg_fib_stats[] = {
	F(msg_fib_stats, 1, REC_BYTES, drops),
	F(msg_fib_stats, 2, REC_BYTES, ifaces),
	F(msg_fib_stats, 3, REC_U32, sessions),
	F(msg_fib_stats, 4, REC_U32, generation),
};
T(msg_fib_stats);

static const struct rec_field f_msg_port_admin[] = {
	F(msg_port_admin, 1, REC_U8, port),
	F(msg_port_admin, 2, REC_BOOL, up),
};
T(msg_port_admin);

static const struct rec_field f_msg_port_state[] = {
	F(msg_port_state, 1, REC_U16, ifindex),
	F(msg_port_state, 2, REC_BOOL, up),
	F(msg_port_state, 3, REC_BOOL, present),
	F(msg_port_state, 4, REC_U64, mac),
	F(msg_port_state, 5, REC_U16, mtu),
	F(msg_port_state, 6, REC_STR, driver),
	F(msg_port_state, 7, REC_U64, rx_packets),
	F(msg_port_state, 8, REC_U64, tx_packets),
	F(msg_port_state, 9, REC_U64, rx_drops),
	F(msg_port_state, 10, REC_U64, tx_drops),
};
T(msg_port_state);

static const struct ipc_row {
	const char *name;
	const struct rec_table *table;
	unsigned from, to; /* sets of enum board_kind */
} rows[N_IPC_TYPES] = {
#define X(type, name, payload, from, to) [type] = { name, &t_##payload, from, to },
	IPC_MESSAGES(X)
#undef X
};
/* clang-format on */

static const struct ipc_row *row_of(unsigned type)
{
	return type > IPC_NONE && type < N_IPC_TYPES ? &rows[type] : NULL;
}

const char *ipc_type_name(unsigned type)
{
	const struct ipc_row *row = row_of(type);

	return row ? row->name : "unknown";
}

const struct rec_table *ipc_table(unsigned type)
{
	const struct ipc_row *row = row_of(type);

	return row && type != IPC_CKPT ? row->table : NULL;
}

bool ipc_may_send(unsigned type, enum board_kind from, enum board_kind to)
{
	const struct ipc_row *row = row_of(type);

	return row && (row->from & from) && (row->to & to);
}

bool ipc_decode(const struct ipc_msg *msg, void *rec)
{
	const struct rec_table *table = ipc_table(msg->type);
	struct rd r = msg->payload;

	return table && rec_decode(table, &r, rec);
}
