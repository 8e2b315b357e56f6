/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Has the FP got everything?  The RP counts its table messages and asks the toy FP, which lies as
 * it is told; what was lost is followed by a new generation, with all that there is.
 */
#include "tests/rp/rig.h"

#include <string.h>

static struct rig *new_rig(void)
{
	struct rig *rig =
		rig_new(&(struct rig_config){ RIG_REAL_R0, rig_startup, false, false });

	rig_run(rig, 3000);
	g_assert_cmpint(rig->rp[0]->fman.state, ==, FMAN_READY);
	return rig;
}

/* All is well: one question after the tables, then one in ten seconds. */
static void test_complete(void)
{
	struct rig *rig = new_rig();
	unsigned checks = rig->fp.checks;

	g_assert_cmpuint(checks, >=, 1);
	g_assert_cmpuint(checks, <=, 3);
	g_assert_cmpuint(rig->fp.begins, ==, 1);
	g_assert_cmpuint(rig->fp.got, >, 0);
	g_assert_cmpuint(rig->rp[0]->fman.sent, ==, rig->fp.got);
	g_assert_cmpuint(rig->rp[0]->fman.confirmed, ==, rig->fp.got);
	rig_run(rig, 30000);
	g_assert_cmpuint(rig->fp.checks, ==, checks + 3);
	g_assert_cmpuint(rig->fp.begins, ==, 1);
	g_assert_cmpuint(rig->rp[0]->fman.resends, ==, 0);
	rig_free(rig);
}

/* A message is lost; the next question shows it. */
static void test_lost(void)
{
	struct rig *rig = new_rig();
	uint32_t generation = rig->fp.generation;

	g_free(rig_exec(rig, SLOT_R0, 1, "configure terminal"));
	g_free(rig_exec(rig, SLOT_R0, 1, "ip route 10.1.0.0 255.255.0.0 10.0.0.9"));
	rig->fp.lost = 1;
	rig_run(rig, 1000);
	g_assert_cmpuint(rig->fp.begins, ==, 2);
	g_assert_cmpuint(rig->fp.generation, ==, generation + 1);
	g_assert_cmpuint(rig->fp.routes, ==, 2);
	g_assert_cmpuint(rig->rp[0]->fman.resends, ==, 1);
	g_assert_nonnull(strstr(rig->log->str, "%FMANRP-4-RESEND"));
	rig_run(rig, 30000);
	g_assert_cmpuint(rig->fp.begins, ==, 2);
	g_assert_cmpint(rig->rp[0]->fman.state, ==, FMAN_READY);
	rig_free(rig);
}

/* The answers are lost for a while: asked every second, nothing is sent again. */
static void test_mute(void)
{
	struct rig *rig = new_rig();
	unsigned checks;

	rig->fp.mute = true;
	g_free(rig_exec(rig, SLOT_R0, 1, "configure terminal"));
	g_free(rig_exec(rig, SLOT_R0, 1, "ip route 10.1.0.0 255.255.0.0 10.0.0.9"));
	checks = rig->fp.checks;
	rig_run(rig, 10000);
	g_assert_cmpuint(rig->fp.checks, >=, checks + 9);
	g_assert_cmpuint(rig->fp.checks, <=, checks + 11);
	g_assert_cmpuint(rig->fp.begins, ==, 1);
	rig->fp.mute = false;
	rig_run(rig, 2000);
	checks = rig->fp.checks;
	rig_run(rig, 8000);
	g_assert_cmpuint(rig->fp.checks, <=, checks + 1);
	g_assert_cmpuint(rig->rp[0]->fman.confirmed, ==, rig->rp[0]->fman.sent);
	rig_free(rig);
}

/* A report of the FP has not come: the new generation brings all of them again. */
static void test_report_lost(void)
{
	struct rig *rig = new_rig();

	rig->fp.dead = 1;
	rig_run(rig, 11000); /* nothing else happens */
	g_assert_cmpuint(rig->fp.begins, ==, 2);
	g_assert_cmpuint(rig->rp[0]->fman.resends, ==, 1);
	rig_run(rig, 30000);
	g_assert_cmpuint(rig->fp.begins, ==, 2);
	rig_free(rig);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rp/fman/complete", test_complete);
	g_test_add_func("/rp/fman/lost", test_lost);
	g_test_add_func("/rp/fman/mute", test_mute);
	g_test_add_func("/rp/fman/report-lost", test_report_lost);
	return g_test_run();
}
