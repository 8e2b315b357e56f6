/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands before each record of an IPC channel in a capture file (link type USER0); see
 * docs/capture.md.  All numbers in network order:
 *
 *   u8 version, u8 type, u8 from, u8 to, u8 flags, u8 reserved, u16 lost, u64 boot id of the
 *   sender, u64 term of the sender; then the payload.
 *
 * The functions are those of chassis.h.
 */
#pragma once

enum {
	CAPTURE_VERSION = 1,
	CAPTURE_HEAD = 24,
};

enum { /* flags: enum mask_result, chassis/mask.h */
	CAPTURE_MASKED = 1 << 0, /* secrets were overwritten */
	CAPTURE_UNREAD = 1 << 1, /* the payload could not be read: overwritten from there on */
};
