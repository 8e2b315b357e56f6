/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures as the operator asks for them, see capture.h.
 */
#include "scenarios/engine/capture.h"

#include "chassis/chassis.h"

#include <string.h>

void capture_list(const struct chassis *c, GString *out)
{
	struct chassis_capture_info info;

	for (unsigned i = 0; chassis_capture_get(c, i, &info); i++)
		g_string_append_printf(out,
			"%s: %s, %" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT
			" dropped, in %s\n",
			info.name, info.point, info.packets, info.dropped, info.path);
}

/* Its place and file, while it runs. */
static bool find(
	const struct chassis *c, const char *name, struct chassis_capture_info *info)
{
	for (unsigned i = 0; chassis_capture_get(c, i, info); i++)
		if (strcmp(info->name, name) == 0)
			return true;
	return false;
}

bool capture_runs(const struct chassis *c, const char *name)
{
	struct chassis_capture_info info;

	return find(c, name, &info);
}

bool capture_writes(const struct chassis *c, const char *path)
{
	struct chassis_capture_info info;

	for (unsigned i = 0; chassis_capture_get(c, i, &info); i++)
		if (strcmp(info.path, path) == 0)
			return true;
	return false;
}

static bool stop(struct chassis *c, const char *name, GString *out, GError **error)
{
	struct chassis_capture_info info;
	g_autofree char *path = find(c, name, &info) ? g_strdup(info.path) : NULL;
	uint64_t packets, dropped;

	if (!chassis_capture_stop(c, name, &packets, &dropped, error))
		return false;
	g_string_append_printf(out,
		"%s: %" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT
		" dropped, in %s\n",
		name, packets, dropped, path);
	return true;
}

static bool start(struct chassis *c, const struct script_capture *s, const char *path,
	GString *out, GError **error)
{
	struct chassis_capture_info info;
	bool started =
		s->what == CAPTURE_PORT
			? chassis_capture_port(c, s->name, s->port.ifindex, path, error)
			: chassis_capture_ipc(
				  c, s->name, s->a.number, s->b.number, path, error);

	if (started && find(c, s->name, &info))
		g_string_append_printf(
			out, "%s: %s into %s\n", s->name, info.point, path);
	return started;
}

bool capture_step(struct chassis *c, const struct script_capture *s, const char *path,
	GString *out, GError **error)
{
	if (s->what == CAPTURE_STOP)
		return stop(c, s->name, out, error);
	return start(c, s, path, out, error);
}
