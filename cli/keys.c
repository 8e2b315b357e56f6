/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * See keys.h.  The table of keys is section 5 of reference/shell-and-automation.md.
 *
 * Echo is plain: characters, backspaces and blanks.  Typing at the end of a line echoes
 * just the characters, since clients look for their own command in the echo; there is no
 * sideways scrolling.
 */
#include "cli/keys.h"

#include <string.h>

enum {
	STATE_TEXT,
	STATE_ESC,
	STATE_CSI,
	STATE_SS3,
	STATE_LITERAL,
};

typedef enum cli_key_event (*key_action)(struct cli_keys *k, GByteArray *out);

static void echo(const struct cli_keys *k, GByteArray *out, const char *text, size_t n)
{
	if (!k->silent)
		g_byte_array_append(out, (const uint8_t *)text, (guint)n);
}

static void echo_repeat(const struct cli_keys *k, GByteArray *out, char c, size_t n)
{
	while (n-- > 0)
		echo(k, out, &c, 1);
}

static void move_to(struct cli_keys *k, unsigned pos, GByteArray *out)
{
	if (pos < k->pos)
		echo_repeat(k, out, '\b', k->pos - pos);
	else
		echo(k, out, k->text + k->pos, pos - k->pos);
	k->pos = pos;
}

static void insert(struct cli_keys *k, char c, GByteArray *out)
{
	if (k->len == CLI_KEYS_MAX)
		return;
	memmove(k->text + k->pos + 1, k->text + k->pos, k->len - k->pos + 1);
	k->text[k->pos] = c;
	k->len++;
	echo(k, out, k->text + k->pos, k->len - k->pos);
	k->pos++;
	echo_repeat(k, out, '\b', k->len - k->pos);
}

/* Take out [from, to); the cursor ends at from. */
static void erase(struct cli_keys *k, unsigned from, unsigned to, GByteArray *out)
{
	unsigned n = to - from;

	if (n == 0)
		return;
	move_to(k, from, out);
	memmove(k->text + from, k->text + to, k->len - to + 1);
	k->len -= n;
	echo(k, out, k->text + from, k->len - from);
	echo_repeat(k, out, ' ', n);
	echo_repeat(k, out, '\b', n + k->len - from);
}

static void cut(struct cli_keys *k, unsigned from, unsigned to, GByteArray *out)
{
	if (from == to)
		return;
	if (!k->silent) { /* a password is not kept anywhere */
		memcpy(k->cut, k->text + from, to - from);
		k->cut[to - from] = '\0';
	}
	erase(k, from, to, out);
}

static bool in_word(char c)
{
	return g_ascii_isalnum(c);
}

static unsigned word_left(const struct cli_keys *k)
{
	unsigned p = k->pos;

	while (p > 0 && !in_word(k->text[p - 1]))
		p--;
	while (p > 0 && in_word(k->text[p - 1]))
		p--;
	return p;
}

static unsigned word_right(const struct cli_keys *k)
{
	unsigned p = k->pos;

	while (p < k->len && !in_word(k->text[p]))
		p++;
	while (p < k->len && in_word(k->text[p]))
		p++;
	return p;
}

static enum cli_key_event key_home(struct cli_keys *k, GByteArray *out)
{
	move_to(k, 0, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_end_of_line(struct cli_keys *k, GByteArray *out)
{
	move_to(k, k->len, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_left(struct cli_keys *k, GByteArray *out)
{
	move_to(k, k->pos - (k->pos > 0), out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_right(struct cli_keys *k, GByteArray *out)
{
	move_to(k, k->pos + (k->pos < k->len), out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_word_left(struct cli_keys *k, GByteArray *out)
{
	move_to(k, word_left(k), out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_word_right(struct cli_keys *k, GByteArray *out)
{
	move_to(k, word_right(k), out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_rub_out(struct cli_keys *k, GByteArray *out)
{
	erase(k, k->pos - (k->pos > 0), k->pos, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_delete(struct cli_keys *k, GByteArray *out)
{
	erase(k, k->pos, k->pos + (k->pos < k->len), out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_cut_word_left(struct cli_keys *k, GByteArray *out)
{
	cut(k, word_left(k), k->pos, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_cut_word_right(struct cli_keys *k, GByteArray *out)
{
	cut(k, k->pos, word_right(k), out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_cut_to_start(struct cli_keys *k, GByteArray *out)
{
	cut(k, 0, k->pos, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_cut_to_end(struct cli_keys *k, GByteArray *out)
{
	cut(k, k->pos, k->len, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_paste(struct cli_keys *k, GByteArray *out)
{
	for (const char *p = k->cut; *p; p++)
		insert(k, *p, out);
	return CLI_KEY_NONE;
}

/* The two characters before the cursor change places; at its left, those around it. */
static enum cli_key_event key_swap(struct cli_keys *k, GByteArray *out)
{
	if (k->len < 2 || k->pos == 0)
		return CLI_KEY_NONE;

	unsigned at = k->pos == k->len ? k->pos - 2 : k->pos - 1;
	char c = k->text[at];

	move_to(k, at, out);
	k->text[at] = k->text[at + 1];
	k->text[at + 1] = c;
	move_to(k, at + 2, out);
	return CLI_KEY_NONE;
}

static enum cli_key_event key_literal(struct cli_keys *k, GByteArray *out)
{
	k->state = STATE_LITERAL;
	return CLI_KEY_NONE;
}

static enum cli_key_event key_escape(struct cli_keys *k, GByteArray *out)
{
	k->state = STATE_ESC;
	return CLI_KEY_NONE;
}

#define CTRL(c) ((c)&0x1f)

static const struct {
	uint8_t byte;
	key_action act;
	enum cli_key_event event;
} keys[] = {
	/* clang-format off */
	{ CTRL('A'), key_home,            0 },
	{ CTRL('B'), key_left,            0 },
	{ CTRL('C'), NULL,                CLI_KEY_INTERRUPT },
	{ CTRL('D'), key_delete,          0 },
	{ CTRL('E'), key_end_of_line,     0 },
	{ CTRL('F'), key_right,           0 },
	{ CTRL('H'), key_rub_out,         0 },
	{ CTRL('I'), NULL,                CLI_KEY_COMPLETE },
	{ CTRL('K'), key_cut_to_end,      0 },
	{ CTRL('L'), NULL,                CLI_KEY_REDRAW },
	{ '\r',      NULL,                CLI_KEY_ENTER },
	{ CTRL('N'), NULL,                CLI_KEY_NEXT },
	{ CTRL('P'), NULL,                CLI_KEY_PREVIOUS },
	{ CTRL('R'), NULL,                CLI_KEY_REDRAW },
	{ CTRL('T'), key_swap,            0 },
	{ CTRL('U'), key_cut_to_start,    0 },
	{ CTRL('V'), key_literal,         0 },
	{ CTRL('W'), key_cut_word_left,   0 },
	{ CTRL('X'), key_cut_to_start,    0 },
	{ CTRL('Y'), key_paste,           0 },
	{ CTRL('Z'), NULL,                CLI_KEY_END },
	{ 0x1b,      key_escape,          0 },
	{ 0x1e,      NULL,                CLI_KEY_ABORT },
	{ 0x7f,      key_rub_out,         0 },
	{ '?',       NULL,                CLI_KEY_HELP },
	/* clang-format on */
};

/* After Esc, and the last byte of Esc [ and Esc O sequences. */
static const struct {
	unsigned state;
	uint8_t byte;
	unsigned param;
	key_action act;
	enum cli_key_event event;
} escapes[] = {
	/* clang-format off */
	{ STATE_ESC, 'b', 0, key_word_left,       0 },
	{ STATE_ESC, 'B', 0, key_word_left,       0 },
	{ STATE_ESC, 'f', 0, key_word_right,      0 },
	{ STATE_ESC, 'F', 0, key_word_right,      0 },
	{ STATE_ESC, 'd', 0, key_cut_word_right,  0 },
	{ STATE_ESC, 'D', 0, key_cut_word_right,  0 },
	{ STATE_CSI, 'A', 0, NULL,                CLI_KEY_PREVIOUS },
	{ STATE_CSI, 'B', 0, NULL,                CLI_KEY_NEXT },
	{ STATE_CSI, 'C', 0, key_right,           0 },
	{ STATE_CSI, 'D', 0, key_left,            0 },
	{ STATE_CSI, 'H', 0, key_home,            0 },
	{ STATE_CSI, 'F', 0, key_end_of_line,     0 },
	{ STATE_CSI, '~', 1, key_home,            0 },
	{ STATE_CSI, '~', 3, key_delete,          0 },
	{ STATE_CSI, '~', 4, key_end_of_line,     0 },
	/* clang-format on */
};

static enum cli_key_event escaped(struct cli_keys *k, uint8_t byte, GByteArray *out)
{
	unsigned state = k->state == STATE_SS3 ? STATE_CSI : k->state;

	if (state == STATE_ESC && (byte == '[' || byte == 'O')) {
		k->state = byte == '[' ? STATE_CSI : STATE_SS3;
		k->param = 0;
		return CLI_KEY_NONE;
	}
	if (state == STATE_CSI && (g_ascii_isdigit(byte) || byte == ';')) {
		k->param =
			g_ascii_isdigit(byte) ? (k->param * 10 + byte - '0') % 1000 : 0;
		return CLI_KEY_NONE;
	}
	k->state = STATE_TEXT;
	for (size_t i = 0; i < G_N_ELEMENTS(escapes); i++) {
		if (escapes[i].state != state || escapes[i].byte != byte)
			continue;
		if (byte == '~' && escapes[i].param != k->param)
			continue;
		return escapes[i].act ? escapes[i].act(k, out) : escapes[i].event;
	}
	/* A control key is never part of a sequence: unknown or cut short, it counts. */
	return byte < 0x20 || byte == 0x7f ? cli_keys_byte(k, byte, out) : CLI_KEY_NONE;
}

static bool is_printable(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

enum cli_key_event cli_keys_byte(struct cli_keys *k, uint8_t byte, GByteArray *out)
{
	if (k->state == STATE_LITERAL) {
		k->state = STATE_TEXT;
		if (is_printable(byte)) {
			insert(k, (char)byte, out);
			return CLI_KEY_NONE;
		}
	} else if (k->state != STATE_TEXT) {
		return escaped(k, byte, out);
	}
	if (!k->plain || (byte != '?' && byte != '\t')) {
		for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
			if (keys[i].byte == byte)
				return keys[i].act ? keys[i].act(k, out)
						   : keys[i].event;
	}
	if (is_printable(byte))
		insert(k, (char)byte, out);
	return CLI_KEY_NONE;
}

void cli_keys_replace(struct cli_keys *k, const char *text, GByteArray *out)
{
	move_to(k, 0, out);
	erase(k, 0, k->len, out);
	for (; *text; text++)
		insert(k, *text, out);
}

void cli_keys_redraw(const struct cli_keys *k, GByteArray *out)
{
	echo(k, out, k->text, k->len);
	echo_repeat(k, out, '\b', k->len - k->pos);
}

void cli_keys_reset(struct cli_keys *k)
{
	k->len = 0;
	k->pos = 0;
	k->text[0] = '\0';
	k->state = STATE_TEXT;
}
