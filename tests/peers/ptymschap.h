/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MS-CHAPv2 as a client does it (RFC 2759), for ptyppp. */
#ifndef TESTS_PEERS_PTYMSCHAP_H
#define TESTS_PEERS_PTYMSCHAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSCHAP2_CHALLENGE 16
#define MSCHAP2_RESPONSE  49 /* peer challenge 16, zero 8, NT response 24, flags 1 */

/* Fills the Value of a Response; the first 16 octets of `value` are our challenge on entry.
 * False when the program was built without nettle. */
bool mschap2_respond(const char *user, const char *password,
	const uint8_t challenge[MSCHAP2_CHALLENGE], uint8_t value[MSCHAP2_RESPONSE]);

/* Whether the message of a Success, which is `n` octets long, proves that the server knows the
 * password: S= and 40 hexadecimal digits. */
bool mschap2_success(const char *user, const char *password,
	const uint8_t challenge[MSCHAP2_CHALLENGE], const uint8_t value[MSCHAP2_RESPONSE],
	const uint8_t *message, size_t n);

#endif
