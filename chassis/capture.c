/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures: pcapng files of a port's frames or of a channel's records.
 *
 * The tap is where a board publishes (board.c), so a file shows what the receiver will see, each
 * item once.  Rounds: publishing happens in a fixed order on one thread, and the tap writes.
 * Free run: each board that can publish into a capture has a ring towards its thread, which
 * merges them by time and writes; a full ring costs the capture the record, never the board
 * its time.
 *
 * Secrets are overwritten by whoever writes (mask.c).
 */
#include "chassis/capture.h"

#include "base/pcapng.h"
#include "chassis/internal.h"
#include "chassis/mask.h"

#include <signal.h>
#include <string.h>

enum {
	TAPS_MAX = 3, /* a port: SPA, F0, F1 */
	TAP_RING = 4 << 20,
	WRITE_MS = 5,
	SETTLE_MS = 5, /* of what is younger, something older may still be on its way here */
};

/* What one board publishes for a capture.  In the ring's frames `due` is when it did, `life`
 * how many were lost just before; of a packet, `spare` and `term` are flags and tunnel. */
struct tap {
	uint8_t from, to;
	enum pcapng_dir dir;
	struct ring *ring;  /* NULL: rounds */
	uint32_t lost;      /* the producer's: since the last that went in */
	uint64_t dropped;   /* atomic */
	struct mask mask;   /* the writer's */
};

struct capture {
	struct chassis *c;
	char *name, *point, *path;
	uint16_t ifindex; /* 0: records */
	struct tap taps[TAPS_MAX];
	unsigned n_taps;
	int64_t shift; /* nanoseconds from the clock of publishing to the file's */

	/* the writer's */
	struct pcapng *file;
	uint64_t packets; /* atomic */
	uint8_t *scratch; /* a record with its head */
	bool broken;      /* the disk took no more */

	/* free run */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

/* ---- writing ---- */

static const char *comment_of(const struct capture *cap, const struct frame *f, char *buf,
	size_t size)
{
	char from[12], to[12];
	int n = g_snprintf(buf, size, "%s -> %s", slot_name(f->from, from),
		slot_name(f->to, to));

	if (!cap->ifindex)
		n += g_snprintf(buf + n, size - (gulong)n, " %s", ipc_type_name(f->type));
	else if (f->term)
		n += g_snprintf(buf + n, size - (gulong)n, " tunnel %u", (unsigned)f->term);
	if (cap->ifindex && f->spare & PKT_UNCOMMITTED)
		n += g_snprintf(buf + n, size - (gulong)n, " uncommitted");
	if (f->life)
		g_snprintf(buf + n, size - (gulong)n, " (%u lost before it)", f->life);
	return buf;
}

/* The record with its head, in scratch; its length. */
static size_t make_record(struct capture *cap, struct tap *tap, const struct frame *f,
	const uint8_t *payload)
{
	struct wr w = wr_init(cap->scratch, CAPTURE_HEAD + IPC_PAYLOAD_MAX);
	uint8_t *copy = cap->scratch + CAPTURE_HEAD;

	if (f->life)
		mask_gap(&tap->mask);
	if (f->len)
		memcpy(copy, payload, f->len);
	wr_u8(&w, CAPTURE_VERSION);
	wr_u8(&w, f->type);
	wr_u8(&w, f->from);
	wr_u8(&w, f->to);
	wr_u8(&w, (uint8_t)mask_record(&tap->mask, f->type, copy, f->len));
	wr_u8(&w, 0);
	wr_u16(&w, (uint16_t)MIN(f->life, UINT16_MAX));
	wr_u64(&w, f->boot_id);
	wr_u64(&w, f->term);
	return w.len + f->len;
}

static void write_one(struct capture *cap, struct tap *tap, const struct frame *f,
	const uint8_t *payload)
{
	base_time at = { f->due + cap->shift };
	size_t n = f->len;
	char comment[80];

	if (!cap->ifindex) {
		n = make_record(cap, tap, f, payload);
		payload = cap->scratch;
	}
	pcapng_packet(cap->file, 0, at, tap->dir, payload, n,
		comment_of(cap, f, comment, sizeof(comment)));
	__atomic_add_fetch(cap->broken ? &tap->dropped : &cap->packets, 1, __ATOMIC_RELAXED);
}

/* The tap whose next frame is the oldest, of those that are not younger than `limit`. */
static struct tap *oldest(struct capture *cap, int64_t limit)
{
	struct tap *best = NULL;

	for (unsigned i = 0; i < cap->n_taps; i++) {
		struct frame *f = ring_front(cap->taps[i].ring);

		if (f && f->due <= limit) {
			limit = f->due - 1;
			best = &cap->taps[i];
		}
	}
	return best;
}

static void drain(struct capture *cap, int64_t limit)
{
	struct tap *tap;
	bool any = false;

	for (unsigned i = 0; i < cap->n_taps; i++)
		ring_look(cap->taps[i].ring);
	while ((tap = oldest(cap, limit))) {
		struct frame *f = ring_front(tap->ring);

		write_one(cap, tap, f, frame_payload(f));
		ring_next(tap->ring, f);
		ring_release(tap->ring);
		any = true;
	}
	if (any)
		cap->broken = !pcapng_flush(cap->file, NULL); /* said at the end */
}

static bool wait_a_little(struct capture *cap)
{
	struct timespec ts;
	int64_t until = conductor_clock().ns + WRITE_MS * 1000000;
	bool stop;

	ts.tv_sec = until / 1000000000;
	ts.tv_nsec = until % 1000000000;
	pthread_mutex_lock(&cap->lock);
	if (!cap->stop)
		pthread_cond_timedwait(&cap->wake, &cap->lock, &ts);
	stop = cap->stop;
	pthread_mutex_unlock(&cap->lock);
	return !stop;
}

static void *writer(void *arg)
{
	struct capture *cap = arg;

	while (wait_a_little(cap))
		drain(cap, conductor_clock().ns - SETTLE_MS * 1000000);
	drain(cap, INT64_MAX);
	return NULL;
}

static void start_writer(struct capture *cap)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int err;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&cap->wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&cap->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&cap->thread, NULL, writer, cap);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		g_error("no thread for a capture: %s", g_strerror(err));
}

static void stop_writer(struct capture *cap)
{
	pthread_mutex_lock(&cap->lock);
	cap->stop = true;
	pthread_cond_signal(&cap->wake);
	pthread_mutex_unlock(&cap->lock);
	pthread_join(cap->thread, NULL);
	pthread_cond_destroy(&cap->wake);
	pthread_mutex_destroy(&cap->lock);
}

/* ---- taking ---- */

static void take(struct capture *cap, struct tap *tap, const struct frame *head,
	const uint8_t *payload)
{
	struct frame *f;

	if (!tap->ring) {
		write_one(cap, tap, head, payload);
		return;
	}
	f = ring_put(tap->ring, frame_size(head->len));
	if (!f) {
		tap->lost++;
		__atomic_add_fetch(&tap->dropped, 1, __ATOMIC_RELAXED);
		return;
	}
	f->type = head->type;
	f->from = head->from;
	f->to = head->to;
	f->spare = head->spare;
	f->len = head->len;
	f->life = tap->lost;
	f->boot_id = head->boot_id;
	f->term = head->term;
	f->due = head->due;
	if (f->len)
		memcpy(f + 1, payload, f->len);
	tap->lost = 0;
}

static void take_records(struct capture *cap, struct tap *tap, const struct ring *r,
	int64_t now)
{
	const struct frame *f;

	for (uint32_t at = r->pub_head; at != r->head; at += f->size) {
		struct frame head;

		f = (const void *)(r->bytes + (at & (r->cap - 1)));
		if (f->type == IPC_NONE)
			continue;
		head = *f;
		head.life = 0;
		head.due = now;
		take(cap, tap, &head, frame_payload(f));
	}
}

static void take_packets(struct capture *cap, struct tap *tap, const struct ring *r,
	int64_t now)
{
	for (uint32_t at = r->pub_head; at != r->head; at++) {
		struct pkt *p = pool_pkt(cap->c, (uint32_t)r->entries[at & (r->cap - 1)]);
		const struct frame head = {
			.type = IPC_NONE + 1,
			.from = r->from,
			.to = r->to,
			.spare = p->flags,
			.len = p->len,
			.term = p->tunnel,
			.due = now,
		};

		if (p->ifindex != cap->ifindex)
			continue;
		pool_show(p);
		take(cap, tap, &head, pkt_data(p));
		pool_hide(p);
	}
}

static struct tap *tap_for(struct capture *cap, const struct ring *r)
{
	for (unsigned i = 0; i < cap->n_taps; i++)
		if (cap->taps[i].from == r->from &&
			(cap->taps[i].to == r->to ||
				(cap->taps[i].to == SLOT_NONE &&
					slot_kind(r->to) == BOARD_FP)))
			return &cap->taps[i];
	return NULL;
}

void captures_take(struct board_env *b, const struct ring *r, bool records)
{
	struct chassis *c = b->c;

	if (!records && b->pkt_out[r->to] != r)
		return; /* buffers on their way home */
	/* chassis_capture_stop() takes a capture off the list and then waits for this flag. */
	__atomic_store_n(&b->tapping, 1, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		struct capture *cap = __atomic_load_n(&c->captures[i], __ATOMIC_SEQ_CST);
		struct tap *tap = cap && records == !cap->ifindex ? tap_for(cap, r) : NULL;

		if (!tap)
			continue;
		if (records)
			take_records(cap, tap, r, chassis_now(c).ns);
		else
			take_packets(cap, tap, r, chassis_now(c).ns);
		if (tap->ring)
			ring_publish(tap->ring);
	}
	__atomic_store_n(&b->tapping, 0, __ATOMIC_SEQ_CST);
}

/* ---- starting and stopping ---- */

static void capture_free(struct capture *cap)
{
	for (unsigned i = 0; i < cap->n_taps; i++)
		ring_free(cap->taps[i].ring);
	g_free(cap->name);
	g_free(cap->point);
	g_free(cap->path);
	g_free(cap->scratch);
	g_free(cap);
}

static void add_tap(struct capture *cap, unsigned from, unsigned to, enum pcapng_dir dir)
{
	struct tap *tap = &cap->taps[cap->n_taps++];

	tap->from = (uint8_t)from;
	tap->to = (uint8_t)to;
	tap->dir = dir;
	mask_init(&tap->mask, cap->c->ckpt_tables);
	if (!cap->c->cfg.virtual)
		tap->ring = ring_new(tap->from, tap->to, TAP_RING);
}

static int find_capture(const struct chassis *c, const char *name)
{
	for (int i = 0; i < CAPTURES_MAX; i++)
		if (c->captures[i] && strcmp(c->captures[i]->name, name) == 0)
			return i;
	return -1;
}

static int free_place(const struct chassis *c)
{
	for (int i = 0; i < CAPTURES_MAX; i++)
		if (!c->captures[i])
			return i;
	return -1;
}

static bool may_start(const struct chassis *c, const char *name, const char *path,
	GError **error)
{
	if (find_capture(c, name) >= 0) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"a capture called %s runs already", name);
		return false;
	}
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		if (!c->captures[i] || strcmp(c->captures[i]->path, path) != 0)
			continue;
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"capture %s writes to %s already", c->captures[i]->name, path);
		return false;
	}
	if (free_place(c) < 0) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"%d captures run already: stop one of them first", CAPTURES_MAX);
		return false;
	}
	return true;
}

static int64_t clock_shift(const struct chassis *c)
{
	if (c->cfg.virtual || c->cfg.wall_epoch)
		return 0;
	return conductor_wall_offset() - c->wall_epoch * 1000000000;
}

static struct capture *capture_new(struct chassis *c, const char *name, const char *point,
	const char *path)
{
	struct capture *cap = g_new0(struct capture, 1);

	cap->c = c;
	cap->name = g_strdup(name);
	cap->point = g_strdup(point);
	cap->path = g_strdup(path);
	cap->shift = clock_shift(c);
	return cap;
}

static bool start(struct capture *cap, enum pcapng_link link, GError **error)
{
	struct chassis *c = cap->c;

	cap->file = pcapng_open(cap->path, c->wall_epoch, error);
	if (!cap->file) {
		capture_free(cap);
		return false;
	}
	pcapng_interface(cap->file, cap->point, link);
	pcapng_flush(cap->file, NULL);
	if (!c->cfg.virtual)
		start_writer(cap);
	__atomic_store_n(&c->captures[free_place(c)], cap, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&c->capturing, 1, __ATOMIC_SEQ_CST);
	return true;
}

void chassis_set_ckpt_tables(struct chassis *c, chassis_ckpt_table_fn fn)
{
	c->ckpt_tables = fn;
}

bool chassis_capture_port(struct chassis *c, const char *name, uint16_t ifindex,
	const char *path, GError **error)
{
	unsigned spa = ifindex && ifindex < IFINDEX_OTHER ? ifindex_slot(ifindex) : SLOT_NONE;
	struct capture *cap;
	char point[32];

	if (spa >= SLOT_PEER || !c->board[spa]) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"this chassis has no port %s", port_name(ifindex, point));
		return false;
	}
	if (!may_start(c, name, path, error))
		return false;
	cap = capture_new(c, name, port_name(ifindex, point), path);
	cap->ifindex = ifindex;
	for (unsigned fp = SLOT_F0; fp <= SLOT_F1; fp++)
		add_tap(cap, fp, spa, PCAPNG_DIR_OUT);
	/* To whichever FP it sends. */
	add_tap(cap, spa, SLOT_NONE, PCAPNG_DIR_IN);
	return start(cap, PCAPNG_ETHERNET, error);
}

bool chassis_capture_ipc(struct chassis *c, const char *name, unsigned a, unsigned b,
	const char *path, GError **error)
{
	bool inside = a < SLOT_CHASSIS && b < SLOT_CHASSIS && a != b;
	char an[12], bn[12], point[40];
	struct capture *cap;

	slot_name(a, an);
	slot_name(b, bn);
	if (!inside || !c->board[a] || !c->board[a]->ipc_out[b]) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"there is no channel between %s and %s", an, bn);
		return false;
	}
	if (!may_start(c, name, path, error))
		return false;
	g_snprintf(point, sizeof(point), "ipc %s-%s", an, bn);
	cap = capture_new(c, name, point, path);
	cap->scratch = g_malloc(CAPTURE_HEAD + IPC_PAYLOAD_MAX);
	add_tap(cap, a, b, PCAPNG_DIR_OUT);
	add_tap(cap, b, a, PCAPNG_DIR_IN);
	return start(cap, PCAPNG_USER0, error);
}

int64_t chassis_capture_epoch(const struct chassis *c)
{
	return c->wall_epoch * 1000000000 + clock_shift(c);
}

void chassis_capture_flush(struct chassis *c, const char *name)
{
	int i = find_capture(c, name);

	if (i >= 0 && c->cfg.virtual)
		pcapng_flush(c->captures[i]->file, NULL);
}

/* Off the list, and no board is at it any more. */
static struct capture *unhook(struct chassis *c, unsigned i)
{
	struct capture *cap = c->captures[i];

	__atomic_store_n(&c->captures[i], NULL, __ATOMIC_SEQ_CST);
	__atomic_sub_fetch(&c->capturing, 1, __ATOMIC_SEQ_CST);
	for (unsigned slot = 0; slot < N_SLOTS; slot++)
		while (c->board[slot] &&
			__atomic_load_n(&c->board[slot]->tapping, __ATOMIC_SEQ_CST))
			g_thread_yield();
	return cap;
}

static uint64_t dropped_by(const struct capture *cap)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < cap->n_taps; i++)
		n += __atomic_load_n(&cap->taps[i].dropped, __ATOMIC_RELAXED);
	return n;
}

static bool finish(struct capture *cap, GError **error)
{
	if (!cap->c->cfg.virtual)
		stop_writer(cap);
	return pcapng_close(cap->file, error);
}

bool chassis_capture_stop(struct chassis *c, const char *name, uint64_t *packets,
	uint64_t *dropped, GError **error)
{
	int i = find_capture(c, name);
	struct capture *cap;
	bool ok;

	if (i < 0) {
		g_set_error(error, CHASSIS_ERROR, CHASSIS_ERROR_STATE,
			"there is no capture called %s", name);
		return false;
	}
	cap = unhook(c, (unsigned)i);
	ok = finish(cap, error);
	if (packets)
		*packets = cap->packets;
	if (dropped)
		*dropped = dropped_by(cap);
	capture_free(cap);
	return ok;
}

void captures_free(struct chassis *c)
{
	for (unsigned i = 0; i < CAPTURES_MAX; i++) {
		struct capture *cap = c->captures[i] ? unhook(c, i) : NULL;

		if (!cap)
			continue;
		finish(cap, NULL);
		capture_free(cap);
	}
}

bool chassis_capture_get(const struct chassis *c, unsigned i, struct chassis_capture_info *out)
{
	for (unsigned at = 0; at < CAPTURES_MAX; at++) {
		const struct capture *cap = c->captures[at];

		if (!cap || i--)
			continue;
		*out = (struct chassis_capture_info){
			.name = cap->name,
			.point = cap->point,
			.path = cap->path,
			.packets = __atomic_load_n(&cap->packets, __ATOMIC_RELAXED),
			.dropped = dropped_by(cap),
		};
		return true;
	}
	return false;
}
