/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log of one board: a ring of lines.  Readers keep the sequence number of the last
 * line they showed and ask for the next one; a reader that is too slow misses lines, the
 * board is never held up.
 */
#include "base/log.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)

struct log {
	char *slot;
	struct log_line *lines; /* line with number seq is at (seq - 1) % capacity */
	unsigned capacity;
	uint64_t last; /* seq of the newest line; 0: none */
};

struct log *log_new(const char *slot, unsigned capacity)
{
	struct log *l = g_new0(struct log, 1);

	l->slot = g_strdup(slot);
	l->capacity = MAX(capacity, 1);
	l->lines = g_new0(struct log_line, l->capacity);
	return l;
}

void log_free(struct log *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->capacity; i++)
		g_free(l->lines[i].text);
	g_free(l->lines);
	g_free(l->slot);
	g_free(l);
}

const char *log_slot(const struct log *l)
{
	return l->slot;
}

/* Strings of peers arrive escaped; this is the second fence, and keeps a line a line. */
static void blank_control_bytes(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
	}
}

void log_add(struct log *l, base_time now, enum log_severity sev, const char *facility,
	const char *mnemonic, const char *fmt, ...)
{
	struct log_line *line = &l->lines[l->last++ % l->capacity];
	va_list args;

	/* The arguments may come from the line that is about to be dropped. */
	va_start(args, fmt);
	char *text = g_strdup_vprintf(fmt, args);
	va_end(args);

	blank_control_bytes(text);
	g_free(line->text);
	*line = (struct log_line){
		.seq = l->last, .at = now, .severity = sev, .text = text
	};
	g_strlcpy(line->facility, facility, sizeof(line->facility));
	g_strlcpy(line->mnemonic, mnemonic, sizeof(line->mnemonic));
}

uint64_t log_dropped(const struct log *l)
{
	return l->last > l->capacity ? l->last - l->capacity : 0;
}

const struct log_line *log_next(const struct log *l, uint64_t after)
{
	uint64_t seq = MAX(after, log_dropped(l));

	return seq < l->last ? &l->lines[seq % l->capacity] : NULL;
}

void log_format(const struct log_line *line, int64_t wall_epoch, GString *out)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t ns = line->at.ns % NS_PER_S;
	int64_t s = line->at.ns / NS_PER_S;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}

	g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(wall_epoch + s);

	if (t)
		g_string_append_printf(out, "*%s %2d %02d:%02d:%02d.%03d: ",
			months[g_date_time_get_month(t) - 1],
			g_date_time_get_day_of_month(t), g_date_time_get_hour(t),
			g_date_time_get_minute(t), g_date_time_get_second(t),
			(int)(ns / 1000000));
	g_string_append_printf(out, "%%%s-%d-%s: %s", line->facility,
		(int)line->severity, line->mnemonic, line->text);
}
