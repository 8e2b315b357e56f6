/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of the boards: NVRAM and flash.  They belong to the board in a slot and outlive its
 * power.  Without a directory they live in memory.  With one, "NAME" is DIR/R0/nvram/NAME and
 * "bootflash:NAME" is DIR/R0/bootflash/NAME; a file is replaced whole (temporary file, fsync,
 * rename), so a power cut leaves the old one or the new one.
 */
#include "chassis/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct files {
	char *dir;
	GMutex lock; /* boards read and write from their threads */
	GHashTable *memory; /* "R0/name" to GBytes */
};

struct files *files_new(const char *dir)
{
	struct files *f = g_new0(struct files, 1);

	f->dir = g_strdup(dir);
	g_mutex_init(&f->lock);
	f->memory = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
		(GDestroyNotify)g_bytes_unref);
	return f;
}

void files_free(struct files *f)
{
	if (!f)
		return;
	g_free(f->dir);
	g_mutex_clear(&f->lock);
	g_hash_table_unref(f->memory);
	g_free(f);
}

/* Names come from users: nothing that leaves the folder. */
static bool name_ok(const char *name)
{
	return *name && *name != '.' && strlen(name) < 200 && !strchr(name, '/');
}

static char *path_of(const struct files *f, unsigned slot, const char *name)
{
	static const char flash[] = "bootflash:";
	const char *folder = "nvram";
	char buf[12];

	if (g_str_has_prefix(name, flash)) {
		folder = "bootflash";
		name += strlen(flash);
	}
	if (!name_ok(name))
		return NULL;
	slot_name(slot, buf);
	return g_strdup_printf("%s/%s/%s/%s", f->dir ? f->dir : "",
		g_strdelimit(buf, "/", '-'), folder, name);
}

static GBytes *read_disk(const char *path)
{
	char *text;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, NULL))
		return NULL;
	return g_bytes_new_take(text, len);
}

GBytes *files_read(struct files *f, unsigned slot, const char *name)
{
	g_autofree char *path = path_of(f, slot, name);
	GBytes *bytes;

	if (!path)
		return NULL;
	if (f->dir)
		return read_disk(path);
	g_mutex_lock(&f->lock);
	bytes = g_hash_table_lookup(f->memory, path);
	if (bytes)
		g_bytes_ref(bytes);
	g_mutex_unlock(&f->lock);
	return bytes;
}

static bool write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fsync(fd) < 0)
		g_warning("cannot sync %s: %s", dir, g_strerror(errno));
	close(fd);
}

static bool replace(const char *path, GBytes *bytes)
{
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *temp = g_strconcat(path, ".new", NULL);
	size_t len;
	const uint8_t *data = g_bytes_get_data(bytes, &len);
	bool ok;
	int fd;

	if (g_mkdir_with_parents(dir, 0777) < 0)
		return false;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return false;
	ok = write_all(fd, data, len) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (!ok || g_rename(temp, path) < 0) {
		int err = errno;

		g_unlink(temp);
		errno = err;
		return false;
	}
	sync_dir(dir);
	return true;
}

static void write_disk(const char *path, GBytes *bytes)
{
	bool ok = bytes ? replace(path, bytes) : g_unlink(path) == 0 || errno == ENOENT;

	if (!ok)
		g_warning("cannot write %s: %s", path, g_strerror(errno));
}

void files_write(struct files *f, unsigned slot, const char *name, GBytes *bytes)
{
	g_autofree char *path = path_of(f, slot, name);

	if (!path)
		return;
	g_mutex_lock(&f->lock);
	if (f->dir)
		write_disk(path, bytes);
	else if (bytes)
		g_hash_table_insert(f->memory, g_steal_pointer(&path), g_bytes_ref(bytes));
	else
		g_hash_table_remove(f->memory, path);
	g_mutex_unlock(&f->lock);
}
