/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one mutable global: only in a build with -Dmutations=true, see rule.h. */
#include "base/rule.h"

uint64_t rules_off;
