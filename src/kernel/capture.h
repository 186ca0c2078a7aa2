/*
 * capture.h - a file of datagrams as the kernel sent them, each with the time of its arrival.
 *
 * `laudit record` writes it and replay reads it: this is how a live problem becomes a test.
 *
 * The file begins with CAPTURE_MAGIC: "laudit-capture", the version '1', and 'l' or 'b' for the
 * byte order of the host that wrote it. Then, for each datagram, a struct capture_head in that byte
 * order and `length` bytes: the netlink header and what followed it, untouched.
 */
#pragma once

#include "base/error.h"
#include "kernel/datagram.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define CAPTURE_MAGIC "laudit-capture1l"
#else
#define CAPTURE_MAGIC "laudit-capture1b"
#endif

enum {
    CAPTURE_MAGIC_LEN = 16,
    CAPTURE_KIND_LEN = 14,     /* of the magic: what tells a capture from other files */
    CAPTURE_LONGEST = 1 << 20, /* bytes of one datagram */
    CAPTURE_QUEUE = 16 << 20,  /* bytes that may wait for a slow reader */
    CAPTURE_PATIENCE = 1000    /* ms in which a reader has to take something at the end */
};

struct capture_head {
    uint32_t mark;       /* CAPTURE_MARK */
    uint32_t length;     /* bytes of the datagram, at most CAPTURE_LONGEST */
    uint32_t sender;     /* nl_pid */
    uint32_t truncated;  /* 1: the receiver cut it */
    uint64_t arrival_ns; /* CLOCK_REALTIME */
};

#define CAPTURE_MARK 0x6c617564u

/* Checks the magic at the start of a file (CAPTURE_MAGIC_LEN bytes); 0 or negative errno. */
int capture_check(struct span magic, struct error *);

/*
 * Cuts the next datagram off `rest`, which is moved behind it. Returns 1, or 0 when `rest` holds no
 * whole datagram yet, or -EBADMSG when it holds something else.
 */
int capture_next(struct span *rest, struct datagram *);

struct capture;

/* Creates the file with mode 0600 ("-": standard output); it must not exist. NULL with a sentence.
 */
struct capture *capture_open(const char *path, struct error *);

/* Appends one datagram; a write that failed once is not tried again (capture_close tells). */
void capture_take(struct capture *, const struct datagram *);

/*
 * Hands to the file what was gathered since, without waiting; call it when the source is idle, and
 * soon again while capture_is_blocked. 0 or negative errno.
 */
int capture_flush(struct capture *);

/* True when the reader of standard output was asked last and took less than there was. */
bool capture_is_blocked(const struct capture *);

/* True when CAPTURE_QUEUE is reached: time to read no more of the source until it is false. */
bool capture_is_full(const struct capture *);

/* Datagrams taken whose bytes reached the file, or still wait for a flush. */
uint64_t capture_count(const struct capture *);

/*
 * Flushes, closes and frees; waits while the reader goes on, but gives up one that takes nothing
 * for CAPTURE_PATIENCE. 0, or negative errno with a sentence when anything was not written.
 */
int capture_close(struct capture *, struct error *);
