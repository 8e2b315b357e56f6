/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of cli/ share: the graph of words that forms become, a match of a line
 * against it, and the session.
 */
#pragma once

#include "cli/cli.h"

#define CLI_LINE_MAX  254 /* characters of one line */
#define CLI_STACK_MAX 8   /* nested modes */
#define CLI_PIPES_MAX 8

/* ---- words of the grammar (grammar.c, types.c) ------------------------------------ */

enum cli_type_id {
	CLI_T_NUMBER,
	CLI_T_IPV4,
	CLI_T_MASK,
	CLI_T_PREFIX,
	CLI_T_IPV6,
	CLI_T_MAC,
	CLI_T_TIME,
	CLI_T_IFACE,
	CLI_T_HEX,
	CLI_T_NAME,
	CLI_T_HOST,
	CLI_T_URL,
	CLI_T_WORD,
	CLI_T_LINE,
};

struct cli_type {
	enum cli_type_id id;
	uint64_t lo;
	uint64_t hi;
};

bool cli_type_parse(const char *text, struct cli_type *type);

/* How a type answers to a token. */
enum cli_accept {
	CLI_ACCEPT_NO,
	CLI_ACCEPT_YES,
	CLI_ACCEPT_SHORT, /* fits so far, more is needed: "Loopback" */
};

/* value gets a new string, canonical where the type has a canonical spelling. */
enum cli_accept cli_type_accept(
	const struct cli_type *type, const char *token, char **value);

/* "<1-1000>", "A.B.C.D", "WORD"; free it. */
char *cli_type_shown(const struct cli_type *type);
const char *cli_type_help(const struct cli_type *type);

/* Kinds of interfaces, for help: name and help of kind i, NULL after the last. */
const char *cli_iface_kind(unsigned i, const char **help);
bool cli_iface_name_only(const char *text);

enum cli_flavour {
	CLI_PLAIN,
	CLI_NO,
	CLI_DEFAULT,
};

enum cli_node_kind {
	CLI_NODE_WORD,
	CLI_NODE_ARG,
	CLI_NODE_END,
};

/*
 * One place in a form.  The nodes of one form are a graph: an optional group makes two
 * ways, a repeated one a loop.  Forms are not merged; the matcher walks all of them at
 * once, so that words are still decided one by one.
 */
struct cli_node {
	enum cli_node_kind kind;
	enum cli_flavour flavour;
	char *name;                    /* keyword, or name of the argument */
	struct cli_type type;          /* of an argument */
	const char *help;              /* the row's, on one keyword of it */
	const struct cli_command *cmd; /* of an end */
	GPtrArray *next;
};

struct cli_tree {
	const struct cli_mode *modes;
	const struct cli_hooks *hooks;
	void *user;
	GPtrArray *nodes;     /* owns all */
	GPtrArray *first[64]; /* by number of the mode's bit */
	struct cli_node *negate[64][3];
	GPtrArray *tables; /* const struct cli_command * as added */
	GHashTable *words; /* path -> help */
};

const struct cli_mode *cli_mode_find(const struct cli_tree *tree, uint64_t id);
const char *cli_word_help(const struct cli_tree *tree, const char *const *path,
	size_t n, const struct cli_node *node);

/* ---- matching (match.c) ----------------------------------------------------------- */

struct cli_token {
	unsigned at; /* column */
	char *text;
};

struct cli_step {
	const struct cli_node *node;
	int parent; /* index of the step before, -1 at the beginning */
	char *value;
};

struct cli_match {
	GArray *tokens;         /* struct cli_token */
	GArray *steps;          /* struct cli_step, all ways together */
	unsigned set_at, set_n; /* the steps that the last token led to */
	unsigned used;          /* tokens consumed */
	enum cli_status status;
	unsigned column;
	int end; /* step before the end node, when status is CLI_OK */
	const struct cli_node *end_node;
};

/* Match line against one mode.  Free with cli_match_free(). */
struct cli_match *cli_match_line(
	const struct cli_tree *tree, uint64_t mode, const char *line);

/* Only walk as far as possible, ignoring the last n tokens: for help. */
struct cli_match *cli_match_part(
	const struct cli_tree *tree, uint64_t mode, const char *line, unsigned leave);
void cli_match_free(struct cli_match *m);
GArray *cli_tokenize(const char *line);

/* All nodes that may follow, without duplicates.  Free it. */
GPtrArray *cli_match_next(
	const struct cli_tree *tree, uint64_t mode, const struct cli_match *m);

/* Full keywords on the way to a step, `no` left out, arguments as "<name>".  Strings are
 * new; free with g_ptr_array_unref(). */
GPtrArray *cli_match_path(const struct cli_match *m, int step);

struct cli_args *cli_args_new(const struct cli_match *m);
void cli_args_free(struct cli_args *a);

/* ---- pipes (pipe.c) --------------------------------------------------------------- */

struct cli_pipes;

/* Where the command ends: offset of the first '|', or the length of the line. */
size_t cli_pipe_at(const char *line);

/* text begins at a '|'.  On error NULL, with a status and a column in text, or CLI_FAILED
 * and a message. */
struct cli_pipes *cli_pipes_parse(const char *text, const struct cli_hooks *hooks,
	enum cli_status *status, unsigned *column, char **message);
void cli_pipes_line(struct cli_pipes *p, const char *line, size_t n, GString *out);
/* NULL, or the error of a target. */
const char *cli_pipes_end(struct cli_pipes *p, GString *out, void *user);
void cli_pipes_free(struct cli_pipes *p);

struct cli_pipe_word {
	const char *name;
	const char *help;
	bool to_file;
};
extern const struct cli_pipe_word cli_pipe_words[];

/* ---- the session ------------------------------------------------------------------ */

struct cli_frame {
	uint64_t mode;
	char *name;
	uint64_t number;
};

struct cli_session {
	struct cli_tree *tree;
	enum cli_kind kind;
	struct cli_frame stack[CLI_STACK_MAX];
	unsigned depth;
	bool changed; /* the configuration, since config mode was entered */
	bool closing;

	enum cli_status status;
	char *error;
	unsigned error_column;

	/* the running command */
	const struct cli_command *cmd;
	cli_handler login;    /* an internal command instead of cmd */
	uint64_t config_mode; /* where cmd was found, if it configures; else 0 */
	struct cli_args *args;
	struct cli_cursor cursor;
	bool failed;
	cli_continue next;
	enum cli_ask_kind ask_kind;
	char *question;
	char *answer_text;
	struct cli_answer answer;
	unsigned tries;

	GString *out;
	GString *partial; /* of a piped command: the unfinished line */
	struct cli_pipes *pipes;

	struct cli_terminal term;
	GPtrArray *history[2]; /* EXEC, configuration; oldest first */
	char *line_name;
	char *from;
	char *username;
};

void cli_frame_push(
	struct cli_session *s, uint64_t mode, const char *name, uint64_t number);
void cli_frame_pop_to(struct cli_session *s, unsigned depth);
bool cli_in_config(const struct cli_session *s);

/* Start an internal command (log-in). */
enum cli_status cli_session_run(struct cli_session *s, cli_handler fn);

/* ---- the shell's own commands (shell.c) ------------------------------------------- */

extern const struct cli_command cli_shell_commands[];
extern const struct cli_word cli_shell_words[];
bool cli_is_do(const struct cli_command *cmd);
bool cli_is_shell(const struct cli_command *cmd);
enum cli_result cli_login(
	struct cli_session *s, const struct cli_args *args, void *user);
