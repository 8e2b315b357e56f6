/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Toy boards for tests of the chassis: they write down all that they see, and do what a
 * script function of the test says.
 */
#pragma once

#include "chassis/internal.h"

struct toy;

struct toy_script {
	void (*start)(struct toy *toy, base_time now);
	void (*message)(struct toy *toy, const struct ipc_msg *msg, base_time now);
	bool (*work)(struct toy *toy, base_time now);
	void (*end)(struct toy *toy);
	GString *trace; /* NULL: nothing is written down; rounds only */
	void *user;
};

struct toy {
	struct board_env *env;
	const struct toy_script *script;
	base_time due;
	uint64_t n; /* the script's */
	void *mine; /* the script's */
};

/* By kind of slot. */
const struct board_ops *toy_ops(unsigned slot);

void toy_send(struct toy *toy, unsigned to, uint32_t n);
/* The number in a message of toy_send(). */
uint32_t toy_number(const struct ipc_msg *msg);

struct chassis *toy_chassis(uint64_t seed);
