/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the clients share, and the smallest of them: one command (twinrp -c).
 */
#include "cli/client.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_ERROR (g_quark_from_static_string("twinrp-client"))

char *cli_client_from_state(const char *path, const char *key, GError **error)
{
	g_autofree char *text = NULL;
	g_autofree char *name = g_strdup_printf(" %s=", key);

	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;

	const char *p = strstr(text, name);

	if (!p) {
		g_set_error(error, CLIENT_ERROR, 0,
			"%s is no state file of a running chassis: it has no %s=ADDR:PORT", path,
			key);
		return NULL;
	}
	p += strlen(name);
	return g_strndup(p, strcspn(p, " \n"));
}

int cli_client_dial(const char *at)
{
	const char *colon = strrchr(at, ':');
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int fd = -1;

	if (!colon)
		return -1;

	g_autofree char *host = g_strndup(at, (gsize)(colon - at));

	if (getaddrinfo(host, colon + 1, &hints, &list) != 0)
		return -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

int cli_client_run(const char *at, const char *line)
{
	int fd = cli_client_dial(at);
	int status = 2;
	bool quiet = false;
	char *text = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *f;

	if (fd < 0) {
		fprintf(stderr,
			"twinrp: no chassis answers at %s: start one with `twinrp --headless`, "
			"or name another with --at ADDR:PORT\n",
			at);
		return 2;
	}
	f = fdopen(fd, "r+");
	fprintf(f, "%s\n", line);
	fflush(f);
	shutdown(fd, SHUT_WR);
	while (status == 2 && (n = getline(&text, &room, f)) > 0) {
		if (!strcmp(text, "ok\n")) {
			status = 0;
		} else if (g_str_has_prefix(text, "error: ")) {
			status = 1;
			if (!quiet)
				fputs(text, stderr);
		} else {
			quiet |= text[0] == '%';
			fputs(text, stdout);
		}
	}
	if (status == 2)
		fprintf(stderr, "twinrp: the chassis at %s closed the connection\n", at);
	free(text);
	fclose(f);
	return status;
}
