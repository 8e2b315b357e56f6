/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command-line library: commands declared as tables, modes, sessions.
 *
 * Three objects.  A *tree* holds the modes and commands of one RP and is built once.  A
 * *session* is one exec session over a tree: modes, history, terminal settings, the
 * running command and its output; it takes whole lines and gives text with '\n' line
 * ends.  A *line* (line.h) joins a session with the editor (edit.h) and the telnet codec
 * (telnet.h) into one terminal.  Config loaders and the operator console use a session
 * without a line.
 *
 * Nothing here knows what a command does, reads a clock, or does any I/O.
 *
 * Forms
 * -----
 *	word			keyword: case-insensitive, any unique prefix
 *	<name:type>		argument, fetched by name in the handler
 *	[x]  {a | b}  [a | b]	optional, choice, optional choice; may nest
 *	{a | b}...  [a]...	once or more / any number of times, in any order
 *	[no] ...		only as the first word: the command also exists after `no`
 *				and after `default`; the handler asks cli_no() and
 *				cli_default()
 *
 * Types: word, line (rest of the line), u8, u16, u32, u64, LO-HI (as in 1-1000), ipv4,
 * mask (contiguous), prefix (A.B.C.D/nn), ipv6, mac (H.H.H), hex, time (hh:mm:ss), name
 * (a word of 1 to 63 of A-Z a-z 0-9 . - _ and other printables), host (name or address),
 * url (word), iface (GigabitEthernet0/0/0, gi0/0/0.100, Loopback 0, vt1: canonical full
 * name, blank or none; see cli_iface_canon()).
 *
 * In the `no` and `default` forms everything from the first argument on may be left out
 * (`no ip address`, `default l2tp tunnel hello`).  An argument that the `no` form needs
 * too is marked with `!`: "[no] username <name:word!> password [0 | 7] <pw:line>" takes
 * `no username alice`, but not `no username`.
 *
 * Help: a row's help text belongs to the last keyword before its first argument, option
 * or choice ("show l2tp redundancy [...]": redundancy).  Help of all other words comes
 * from a table of struct cli_word.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct cli_args;
struct cli_session;
struct cli_tree;

/* ---- modes ------------------------------------------------------------------------ */

/* One bit each, so that a command can name several. */
#define CLI_USER                 (1ull << 0)
#define CLI_PRIV                 (1ull << 1)
#define CLI_CONFIG               (1ull << 2)
#define CLI_CONFIG_VPDN          (1ull << 3)
#define CLI_CONFIG_VPDN_ACC_IN   (1ull << 4)
#define CLI_CONFIG_VPDN_REQ_IN   (1ull << 5)
#define CLI_CONFIG_VPDN_ACC_OU   (1ull << 6)
#define CLI_CONFIG_VPDN_REQ_OU   (1ull << 7)
#define CLI_CONFIG_VPDN_TEMPL    (1ull << 8)
#define CLI_CONFIG_IF            (1ull << 9)
#define CLI_CONFIG_SUBIF         (1ull << 10)
#define CLI_CONFIG_LINE          (1ull << 11)
#define CLI_CONFIG_RED           (1ull << 12)
#define CLI_CONFIG_R_MC          (1ull << 13)
#define CLI_CONFIG_BBA           (1ull << 14)
#define CLI_CONFIG_RADIUS_SERVER (1ull << 15)
#define CLI_CONFIG_SG_RADIUS     (1ull << 16)
#define CLI_CONFIG_VRF           (1ull << 17)
#define CLI_CONFIG_VRF_AF        (1ull << 18)
#define CLI_CONFIG_L2TP_CLASS    (1ull << 19)
#define CLI_CONFIG_LOCSVR_DA     (1ull << 24)

#define CLI_EXEC        (CLI_USER | CLI_PRIV)
#define CLI_INTERFACE   (CLI_CONFIG_IF | CLI_CONFIG_SUBIF)
#define CLI_VPDN_PARAMS (CLI_CONFIG_VPDN | CLI_CONFIG_VPDN_TEMPL)

/* A table of these ends with id 0. */
struct cli_mode {
	uint64_t id;
	uint64_t parent;    /* where `exit` goes and unknown lines are tried; 0: none */
	const char *suffix; /* of the prompt: ">", "(config-vpdn)#" */
};

/* The modes above.  Every configuration prompt begins with "(config". */
extern const struct cli_mode cli_modes[];

/* ---- commands --------------------------------------------------------------------- */

/* What a handler (or the continuation of a dialog) returns. */
enum cli_result {
	CLI_DONE, /* finished; an error was told with cli_fail() */
	CLI_MORE, /* call me again soon, as cli_session_step(): about 1-2 ms of work a call */
	CLI_WAIT, /* call me again after cli_session_wake(): the answer comes from elsewhere */
	CLI_ASK, /* cli_ask() was called; its continuation goes on */
};

/*
 * Runs one command.  Writes with cli_print(), never blocks.  user is the tree's.  args
 * stays valid until the command is finished, over CLI_MORE, CLI_WAIT and dialogs.
 */
typedef enum cli_result (*cli_handler)(
	struct cli_session *s, const struct cli_args *args, void *user);

/* A table of these ends with modes 0. */
struct cli_command {
	uint64_t modes;
	const char *form;
	const char *help;
	cli_handler run;
};

/*
 * Help for a keyword or argument.  path is the end of the way to it, as it would be typed
 * in full without `no`: "l2tp", "show l2tp", "redundancy id", "id <tunnel>".  The entry
 * with most words wins.  A table ends with path NULL.
 */
struct cli_word {
	const char *path;
	const char *help;
};

/* ---- arguments of a handler ------------------------------------------------------- */

bool cli_no(const struct cli_args *args);      /* it was `no CMD` */
bool cli_default(const struct cli_args *args); /* it was `default CMD` */
/* Either of them: back to what holds when nothing is configured. */
static inline bool cli_undo(const struct cli_args *args)
{
	return cli_no(args) || cli_default(args);
}

/* Was this keyword (full spelling) or this argument given? */
bool cli_has(const struct cli_args *args, const char *name);

/* Text of an argument; iface in canonical spelling.  NULL when it was not given. */
const char *cli_str(const struct cli_args *args, const char *name);

/* Value of an argument; false, and *v untouched, when it was not given. */
bool cli_arg_u16(const struct cli_args *args, const char *name, uint16_t *v);
bool cli_arg_u32(const struct cli_args *args, const char *name, uint32_t *v);
bool cli_arg_u64(const struct cli_args *args, const char *name, uint64_t *v);
bool cli_arg_ipv4(const struct cli_args *args, const char *name, uint32_t *host_order);
bool cli_arg_prefix(const struct cli_args *args, const char *name, uint32_t *host_order,
	unsigned *len);
bool cli_arg_mac(const struct cli_args *args, const char *name, uint8_t mac[6]);
bool cli_arg_ipv6(const struct cli_args *args, const char *name, uint8_t addr[16]);

/* Every matched word in order (`no` left out): keywords in full spelling, then NULL.  For
 * repeated groups such as "vpdn search-order {domain | dnis}...". */
const char *const *cli_words(const struct cli_args *args);

/* The command as it would be written in full, without `no`: "l2tp tunnel resync 5". */
const char *cli_line_text(const struct cli_args *args);

/*
 * Interface names: "gi0/0/0", "GigabitEthernet 0/0/0", "lo0", "Virtual-Template 1" to the
 * canonical "GigabitEthernet0/0/0".  NULL when it is no interface name.  Free it.
 */
char *cli_iface_canon(const char *text);

/* ---- what a handler may do with its session --------------------------------------- */

void cli_print(struct cli_session *s, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
void cli_puts(struct cli_session *s, const char *text);

/* "% text\n", and the command counts as failed (-c, operator console and check see it).
 * A text that begins with '%' is printed as it is.  No newline in fmt.  Always CLI_DONE,
 * so that a handler can `return cli_fail(...)`. */
enum cli_result cli_fail(struct cli_session *s, const char *fmt, ...)
	G_GNUC_PRINTF(2, 3);

/* Where a CLI_MORE or CLI_WAIT command goes on.  All zero at the first call; state is
 * freed with free_state when the command ends, also when it is aborted. */
struct cli_cursor {
	uint64_t pos[4];
	void *state;
	GDestroyNotify free_state;
};

struct cli_cursor *cli_cursor(struct cli_session *s);

enum cli_ask_kind {
	CLI_ASK_CONFIRM,  /* one key: Enter or y goes on; prompt ends in "[confirm]" */
	CLI_ASK_YES_NO,   /* yes or no with Enter; other words are asked again */
	CLI_ASK_TEXT,     /* a line */
	CLI_ASK_PASSWORD, /* a line that is not echoed and not kept in the history */
};

struct cli_answer {
	bool yes;         /* confirm and yes/no; always true for a line */
	const char *text; /* what was typed, without Enter */
};

/* May return anything a handler may; called again with the same answer after CLI_MORE or
 * CLI_WAIT.  The cursor is the command's. */
typedef enum cli_result (*cli_continue)(struct cli_session *s,
	const struct cli_answer *answer, const struct cli_args *args, void *user);

/* Ask; the prompt is shown as it is.  Ctrl-C ends the command without calling next.
 * Always CLI_ASK: `return cli_ask(...)`. */
enum cli_result cli_ask(struct cli_session *s, enum cli_ask_kind kind,
	const char *prompt, cli_continue next);

/*
 * Enter a mode from a configuration command; its parent mode is where the command was
 * found.  name and number are the context: "vpdn-group FOO" enters with name "FOO".
 * Handlers of the sub-mode, and of modes below it, ask for them with the mode's bit; 0 is
 * the current mode.  NULL and 0 when that mode is not on the stack.
 */
void cli_enter(struct cli_session *s, uint64_t mode, const char *name, uint64_t number);
const char *cli_context_name(const struct cli_session *s, uint64_t mode);
uint64_t cli_context_number(const struct cli_session *s, uint64_t mode);

/* `exit` and `end`, for commands that are another word for them. */
void cli_leave(struct cli_session *s);
void cli_leave_config(struct cli_session *s);

/* Close the line after this command. */
void cli_close(struct cli_session *s);

/* ---- the tree --------------------------------------------------------------------- */

/* How the shell asks its owner.  Any may be NULL; all get the tree's user pointer. */
struct cli_hooks {
	const char *(*hostname)(void *user); /* default "Router" */
	bool (*standby)(void *user);         /* prompt gets "-stby" */

	/* May this session configure?  NULL, or the text of the refusal: "% Configuration
	 * allowed only from Active". */
	const char *(*config_enter)(struct cli_session *s, void *user);
	/* It left configuration mode (end, exit, Ctrl-Z, hang-up); not called when a session
	 * is freed.  changed: at least
	 * one command of a config mode was accepted. */
	void (*config_leave)(struct cli_session *s, bool changed, void *user);

	/* A command of configuration mode `mode` (where it was found) was accepted and has
	 * run; line is its full text with `no` or `default`.  The session is in the mode
	 * that it led to; contexts of `mode` and above still stand. */
	void (*config_line)(
		struct cli_session *s, uint64_t mode, const char *line, void *user);

	/* Is an enable secret set, and is this it? */
	bool (*enable_set)(void *user);
	bool (*enable_check)(const char *secret, void *user);

	/* Log-in of a line: NONE asks nothing, PASSWORD a password, USER both. */
	int (*login)(struct cli_session *s, void *user); /* enum cli_login */
	bool (*authenticate)(
		struct cli_session *s, const char *name, const char *pw, void *user);
	const char *(*banner)(void *user);  /* motd, with newlines; or NULL */
	bool (*console_locked)(void *user); /* "Standby console disabled" */

	/* Target of "| redirect", "| append" and "| tee"; without it they do not exist.
	 * NULL when written, else the text of the error (static or owned by user). */
	const char *(*write_url)(
		const char *url, const char *text, bool append, void *user);
};

enum cli_login {
	CLI_LOGIN_NONE,
	CLI_LOGIN_PASSWORD,
	CLI_LOGIN_USER,
	CLI_LOGIN_REFUSE, /* "Password required, but none set", and close */
};

/* modes: NULL for cli_modes.  hooks and tables are borrowed and must outlive the tree.
 * The commands of the shell itself (enable, exit, configure, terminal ...) are in it. */
struct cli_tree *cli_tree_new(
	const struct cli_mode *modes, const struct cli_hooks *hooks, void *user);
void cli_tree_free(struct cli_tree *tree);

/* A malformed form is a bug of its author: stops the program with the form's text. */
void cli_tree_add(struct cli_tree *tree, const struct cli_command *commands);
void cli_tree_add_words(struct cli_tree *tree, const struct cli_word *words);

/* Calls fn for every declared row, for the command list in docs and its check. */
void cli_tree_each(const struct cli_tree *tree,
	void (*fn)(const struct cli_command *c, void *data), void *data);

/* ---- sessions --------------------------------------------------------------------- */

enum cli_kind {
	CLI_CONSOLE,
	CLI_VTY,
	CLI_OPERATOR, /* privilege 15 at once: operator console, -c, config loader */
};

enum cli_status {
	CLI_OK,
	CLI_INVALID, /* "% Invalid input detected at '^' marker." */
	CLI_AMBIGUOUS,
	CLI_INCOMPLETE,
	CLI_FAILED,  /* the handler said cli_fail() */
	CLI_RUNNING, /* call cli_session_step(), or wait when it says CLI_WAITING */
	CLI_WAITING, /* the handler returned CLI_WAIT */
	CLI_ASKING,  /* see cli_session_question(), then cli_session_answer() */
	CLI_CLOSED,  /* exit from EXEC */
};

struct cli_session *cli_session_new(struct cli_tree *tree, enum cli_kind kind);
void cli_session_free(struct cli_session *s);

/*
 * Run a line.  Its output, error text included, is in the output buffer.  When it returns
 * CLI_RUNNING, CLI_WAITING or CLI_ASKING the command is not finished, and exec must not be
 * called before it is.  column (0-based, in the line) and text of an error:
 * cli_session_error().
 */
enum cli_status cli_session_exec(struct cli_session *s, const char *line);
enum cli_status cli_session_step(struct cli_session *s);
enum cli_status cli_session_wake(struct cli_session *s);
enum cli_status cli_session_answer(struct cli_session *s, const char *text);
enum cli_status cli_session_status(const struct cli_session *s);

/* Ctrl-C: end the running command or dialog. */
void cli_session_abort(struct cli_session *s);

/* The open question's prompt, or NULL; kind only when there is one. */
const char *cli_session_question(const struct cli_session *s, enum cli_ask_kind *kind);

/* Of the last line that failed: "% Invalid input detected at '^' marker.", and the column
 * of the first bad character (0 when the error has none). */
const char *cli_session_error(const struct cli_session *s, unsigned *column);

/* Output so far; the caller takes from it and truncates it. */
GString *cli_session_output(struct cli_session *s);

/* "lns1(config-vpdn)#".  Free it. */
char *cli_session_prompt(const struct cli_session *s);

/* Put an operator session straight into configuration mode without the hook and without
 * the "Enter configuration commands" line: for config loaders. */
void cli_session_configure(struct cli_session *s);

uint64_t cli_session_mode(const struct cli_session *s);
enum cli_kind cli_session_kind(const struct cli_session *s);
void *cli_session_user(const struct cli_session *s); /* the tree's */

/* Name of who is logged in and from where, for "by NAME on vty0 (10.0.0.9)". */
void cli_session_set_origin(struct cli_session *s, const char *line, const char *from);
const char *cli_session_line_name(const struct cli_session *s); /* "console", "vty0" */
const char *cli_session_from(const struct cli_session *s);      /* address or NULL */
const char *cli_session_username(const struct cli_session *s);  /* or NULL */

/* Privilege 15 or 1; for the authenticate hook, and `privilege level 15` of a line. */
void cli_session_set_privileged(struct cli_session *s, bool privileged);

/* The terminal is gone: ends the command, leaves configuration mode (with its hook). */
void cli_session_hangup(struct cli_session *s);

/* Ask for name and password as the login hook wants it; questions follow as for any
 * command.  CLI_CLOSED after three failures, CLI_OK at once when nothing is asked. */
enum cli_status cli_session_login(struct cli_session *s);

/* Terminal settings, set by `terminal ...` and by the owner from `line` configuration. */
struct cli_terminal {
	unsigned length;       /* 24; 0: no pager */
	unsigned width;        /* 80 */
	bool monitor;          /* log lines wanted on a VTY */
	unsigned history;      /* lines kept; 0: off */
	unsigned exec_timeout; /* seconds; 0: never */
};

struct cli_terminal *cli_session_terminal(struct cli_session *s);

/* ---- help and completion ---------------------------------------------------------- */

/* The answer to `?` typed after text, with '\n' line ends.  Free it. */
char *cli_session_help(struct cli_session *s, const char *text);

/* text with its last word completed and a blank, or NULL when it is not unique. */
char *cli_session_complete(struct cli_session *s, const char *text);

/* ---- history (per session and per EXEC/config class) ------------------------------ */

void cli_session_remember(struct cli_session *s, const char *line);

/* Entry back lines ago, 1 the latest; NULL when there is none. */
const char *cli_session_history(const struct cli_session *s, unsigned back);
