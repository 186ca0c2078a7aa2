/*
 * live.h - the live source: the kernel's records as they happen, on a libuv loop.
 *
 *     struct live *live = live_open(loop, &options, assembler_take, assembler, log, err);
 *     uv_run(loop, UV_RUN_DEFAULT);
 *     ... on SIGTERM, in a callback of the loop:
 *     live_drain(live, err);            the rest of the records; nothing comes after it
 *     live_stats(live)->kernel_lost;    for the ledger
 *     live_close(live, on_closed, context);
 *
 * It reads in gulps: once woken it lets records gather for a few milliseconds, because being woken
 * for each record costs more than all the rest (docs/architecture.md, "Netlink").
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "kernel/netlink.h"

struct live;

enum live_mode {
    LIVE_UNICAST,  /* we are the audit daemon: what we do not read in time waits in the kernel */
    LIVE_MULTICAST /* read along beside one: best effort, what we do not read in time is lost */
};

enum {
    LIVE_BUFFER = 16 << 20, /* default bytes of the socket's buffer */
    LIVE_GATHER = 5         /* default ms in which records gather */
};

/*
 * Called once from the loop when the socket cannot be read any more, with a sentence; live_drain
 * and live_close are all that is left to do, and may be called from here.
 */
typedef void live_failed(void *context, const struct error *);

struct live_options {
    enum live_mode mode;
    uint32_t receive_buffer; /* bytes; 0 for LIVE_BUFFER */
    unsigned gather_ms;      /* 0 for LIVE_GATHER */
    bool is_switched_next;   /* the caller is about to switch auditing: that it is off is no news */
    datagram_sink *tap;      /* sees each datagram of the kernel first (a capture); may be NULL */
    void *tap_context;
    live_failed *failed; /* may be NULL: then it is logged */
    void *failed_context;
};

/* received = records + answers + rivals + malformed + strange. */
struct live_stats {
    uint64_t received;  /* datagrams of the kernel */
    uint64_t records;   /* handed on */
    uint64_t truncated; /* of these: longer than NETLINK_ROOM and cut */
    uint64_t answers;   /* to our requests */
    uint64_t rivals;    /* attempts of others to become the audit daemon in our place */
    uint32_t rival_pid; /* who tried last */
    uint64_t malformed; /* datagrams without a whole header */
    uint64_t strange;   /* messages that are neither */
    uint64_t foreign;   /* datagrams that another process sent; not in received */
    uint64_t enobufs;   /* times the kernel found our buffer full: records are missing then that it
                           may have printed (dmesg) instead of counting them as lost */
    uint64_t gulps;     /* times we were woken and read */
    uint64_t retaken;   /* times our registration was lost and taken again */

    bool kernel_known;      /* the kernel has told what follows */
    uint64_t kernel_lost;   /* records the kernel lost since live_open */
    uint32_t backlog;       /* records waiting in the kernel when it was asked last */
    uint32_t backlog_limit; /* how many may wait there */
    uint32_t buffer;        /* bytes the socket's buffer holds */
};

/*
 * Opens the socket, in unicast mode registers this process as the audit daemon, and begins to read.
 * The sink may be called before this returns. `log` is borrowed and may be NULL. NULL with
 * a sentence (who holds the socket; what right is missing), and then nothing stays registered.
 */
struct live *live_open(uv_loop_t *, const struct live_options *, record_sink *, void *context,
                       const struct log *, struct error *);

/* The same over a socket that is open, which becomes its own; it is not registered, nor asked. */
struct live *live_attach(uv_loop_t *, struct netlink *, const struct live_options *, record_sink *,
                         void *context, const struct log *, struct error *);

/* Stops reading, or goes on: what comes meanwhile waits in the socket's buffer and the kernel. */
void live_hold(struct live *, bool hold);

/*
 * Asks the kernel now for `lost` and the backlog and waits for the answer; records that come first
 * go to the sink. 0, or negative errno with a sentence.
 */
int live_poll_status(struct live *, struct error *);

/*
 * Hands on what the kernel still holds (for at most LIVE_DRAIN), gives the registration back, reads
 * the rest of the socket, and asks for `lost`. Not from within the sink. 0, or negative errno with
 * a sentence; live_close is all that is left to do in both cases.
 */
int live_drain(struct live *, struct error *);

/* The same without what the kernel still holds: that is left to the next audit daemon. */
int live_leave(struct live *, struct error *);

enum { LIVE_DRAIN = 1000 /* ms */ };

/*
 * Gives the registration back if that was not done (records that come first still go to the sink),
 * and frees it all when the loop has let go.
 */
void live_close(struct live *, void (*closed)(void *context), void *context);

/* The newest figures; borrowed until the next call on `live`. */
const struct live_stats *live_stats(struct live *);
