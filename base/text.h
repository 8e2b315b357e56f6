/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strings from outside, made safe for logs, shows and files.
 */
#pragma once

#include <glib.h>

/* Printable ASCII stays, anything else becomes \xNN; cut after 64 octets of input with
 * "...".  Returns a new string. */
char *text_escape(const void *bytes, size_t n);

/* Hex digits (blanks and colons allowed between octets) to bytes; NULL when malformed. */
GBytes *text_from_hex(const char *hex);
