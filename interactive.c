/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * twinrp on a terminal: the chassis runs in a process of its own, and this one gives the
 * terminal to the console of the active RP.  Leaving the console ends the chassis.
 */
#include "main.h"

#include "cli/client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char welcome[] =
	"\r\n"
	"  twinrp: a chassis with two route processors (R0, R1) and two forwarding processors.\r\n"
	"  This terminal is the console of R0, the active one.  Press RETURN, then try:\r\n"
	"\r\n"
	"    enable, then show redundancy states        who is active, who is standby\r\n"
	"    twinrp operator (at another terminal)      then: pull R0, insert R0, status\r\n"
	"    twinrp console R1 (at a third one)         the active one, once R0 is out\r\n"
	"    show l2tp redundancy                       what is protected\r\n"
	"\r\n"
	"  ? helps anywhere.  Ctrl-] leaves and switches the chassis off.\r\n"
	"\r\n";

/* The ready line of the chassis, NULL if it ended before.  Free it. */
static char *read_ready(int fd)
{
	char buf[1024];
	size_t n = 0;
	ssize_t r;

	while (n < sizeof(buf) - 1 && (r = read(fd, buf + n, sizeof(buf) - 1 - n)) > 0) {
		n += (size_t)r;
		buf[n] = '\0';
		if (strstr(buf, "pid="))
			return g_strndup(buf, n);
	}
	return NULL;
}

static pid_t start(const struct run_options *o, int ready[2])
{
	struct run_options child = *o;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0); /* keys of the terminal are not for the chassis */
	close(ready[0]);
	child.ready_fd = ready[1];
	child.quiet = true;
	_exit(run_chassis(&child));
}

/* The address behind "r0=" in the ready line.  Free it. */
static char *console_of(const char *line)
{
	const char *p = strstr(line, " r0=");

	return p ? g_strndup(p + 4, strcspn(p + 4, " \n")) : NULL;
}

int run_interactive(const struct run_options *o)
{
	int ready[2], status = 2;
	g_autofree char *line = NULL, *at = NULL;
	pid_t pid;

	if (pipe(ready) != 0)
		return 99;
	pid = start(o, ready);
	close(ready[1]);
	if (pid < 0)
		return 99;
	line = read_ready(ready[0]);
	at = line ? console_of(line) : NULL;
	if (at) {
		status = cli_client_console(at, welcome);
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
		return status;
	}
	waitpid(pid, &status, 0); /* it has said why */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}
