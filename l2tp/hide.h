/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hiding of AVP values (RFC 2661, section 4.3): the octets of a Hidden AVP Subformat (original
 * length, value, padding) to cipher text and back, in place.  What may be hidden is the table's
 * business (avp.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* type: the attribute's.  secret: of the tunnel.  rv: the value of the last Random Vector AVP
 * before it in the message. */
void l2tp_hide(uint16_t type, const char *secret, const uint8_t *rv, size_t rv_len,
	uint8_t *p, size_t len);
void l2tp_unhide(uint16_t type, const char *secret, const uint8_t *rv, size_t rv_len,
	uint8_t *p, size_t len);
