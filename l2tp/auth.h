/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnel authentication (RFC 2661, section 5.1.1). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void l2tp_auth_response(uint8_t id, const char *secret, const uint8_t *challenge,
	size_t len, uint8_t out[16]);

/* Takes the same time wherever they differ. */
bool l2tp_auth_equal(const uint8_t *a, const uint8_t *b, size_t n);
