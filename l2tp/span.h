/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes that somebody else owns, in messages and in the engine's interface. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct l2tp_span {
	const uint8_t *p;
	size_t len;
};
