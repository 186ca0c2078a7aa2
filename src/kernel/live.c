#include "kernel/live.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/registration.h"

enum {
    LIVE_TURN = 16,    /* batches read before others of the loop have their turn */
    LIVE_LOOK = 10000, /* ms between two looks at the kernel's status */
    LIVE_HANDLES = 3   /* of libuv */
};

struct live {
    const struct log *log;
    record_sink *sink;
    void *sink_context;
    struct live_options options;

    struct netlink *netlink;
    struct registration registration;
    struct live_stats stats;

    uv_poll_t readable;
    uv_timer_t pause; /* while records gather, and between two turns */
    uv_timer_t look;
    unsigned pause_ms;
    bool is_held;
    bool has_failed; /* it stays held */
    bool has_told;   /* a full buffer was logged since the last look */

    unsigned closed_handles;
    void (*closed)(void *context);
    void *closed_context;
};

/* The kernel asks whether we live; also when it is we ourselves who change the registration. */
static void take_rival(struct live *live, uint32_t pid)
{
    if (pid == (uint32_t)getpid()) {
        live->stats.answers++;
        return;
    }
    live->stats.rivals++;
    live->stats.rival_pid = pid;
    registration_rival(&live->registration, pid);
}

static void take_message(struct live *live, const struct datagram *datagram,
                         const struct message *message)
{
    struct record_text record;
    uint32_t rival;

    if (message_record(message, datagram->arrival_ns, &record)) {
        live->stats.records++;
        live->sink(live->sink_context, &record);
    } else if (message_is_answer(message)) {
        live->stats.answers++;
        registration_answer(&live->registration, message);
    } else if (message_rival(message, &rival)) {
        take_rival(live, rival);
    } else {
        live->stats.strange++;
    }
}

static void on_datagram(void *context, const struct datagram *datagram)
{
    struct live *live = context;
    struct message message;

    live->stats.received++;
    if (live->options.tap != NULL)
        live->options.tap(live->options.tap_context, datagram);
    if (message_parse(datagram, &message) == 0)
        take_message(live, datagram, &message);
    else
        live->stats.malformed++;
}

/* A failure of the socket that reading again would only repeat. */
static void give_up(struct live *live, int code)
{
    struct error why;

    error_set(&why, code, "cannot read the audit socket any more: %s", uv_strerror(code));
    live_hold(live, true);
    uv_timer_stop(&live->look);
    live->has_failed = true;
    if (live->options.failed != NULL)
        live->options.failed(live->options.failed_context, &why);
    else
        log_write(live->log, LOG_LEVEL_ERROR, "%s", why.text);
}

/* The fuller the socket was, the shorter the next pause; a quarter is where it has to shrink. */
static void adapt_pause(struct live *live)
{
    uint32_t waiting = netlink_waiting(live->netlink);

    if (waiting >= live->stats.buffer / 4)
        live->pause_ms /= 2;
    else if (waiting < live->stats.buffer / 16 && live->pause_ms < live->options.gather_ms)
        live->pause_ms++;
}

/* What the kernel could not send us it prints (unicast) or drops, and may not count as lost. */
static void note_full(struct live *live)
{
    registration_look(&live->registration, false);
    if (!live->has_told)
        log_write(live->log, LOG_LEVEL_WARNING,
                  "the socket's buffer (%u bytes) was full; records are missing",
                  live->stats.buffer);
    live->has_told = true;
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void wait_for_more(struct live *live)
{
    uv_poll_start(&live->readable, UV_READABLE, on_readable);
}

static void on_pause_over(uv_timer_t *pause);

/* Reads what is there. While records keep coming the timer alone drives us; then the poll does. */
static void read_gulp(struct live *live)
{
    bool is_any = false, is_full = false;
    int count = NETLINK_BATCH;

    adapt_pause(live);
    live->stats.gulps++;
    for (int turn = 0; turn < LIVE_TURN && count == NETLINK_BATCH; turn++) {
        count = netlink_receive(live->netlink, on_datagram, live);
        if (count < 0 && count != -ENOBUFS) {
            give_up(live, count);
            return;
        }
        is_any = is_any || count != 0;
        if (count == -ENOBUFS) {
            is_full = true;
            count = NETLINK_BATCH;
        }
    }
    if (is_full)
        note_full(live);
    if (live->is_held)
        return;
    if (count == NETLINK_BATCH)
        uv_timer_start(&live->pause, on_pause_over, 1, 0); /* one of 0 would run in this turn */
    else if (is_any && live->pause_ms > 0)
        uv_timer_start(&live->pause, on_pause_over, live->pause_ms, 0);
    else
        wait_for_more(live);
}

static void on_pause_over(uv_timer_t *pause)
{
    read_gulp(pause->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct live *live = poll->data;

    (void)events;
    uv_poll_stop(poll);
    /* libuv calls a pending socket error (ENOBUFS) a bad descriptor: reading tells which it is */
    if (status < 0 || live->pause_ms == 0 ||
        netlink_waiting(live->netlink) >= live->stats.buffer / 4)
        read_gulp(live);
    else
        uv_timer_start(&live->pause, on_pause_over, live->pause_ms, 0);
}

static void on_look(uv_timer_t *look)
{
    struct live *live = look->data;

    live->has_told = false;
    registration_look(&live->registration, true);
}

void live_hold(struct live *live, bool hold)
{
    if (hold == live->is_held || live->has_failed)
        return;
    live->is_held = hold;
    uv_poll_stop(&live->readable);
    uv_timer_stop(&live->pause);
    if (!hold)
        wait_for_more(live);
}

/* Opens socket and registration; what fails half way leaves nothing behind. */
static int open_socket(struct live *live, struct error *err)
{
    bool is_unicast = live->options.mode == LIVE_UNICAST;
    uint32_t groups = is_unicast ? 0 : 1u << (AUDIT_NLGRP_READLOG - 1);

    live->netlink = netlink_open(groups, err);
    if (live->netlink == NULL)
        return err->code;
    live->stats.buffer = netlink_grow(live->netlink, live->options.receive_buffer);
    live->registration = (struct registration){ .netlink = live->netlink,
                                                .log = live->log,
                                                .is_wanted = is_unicast };
    if (registration_take(&live->registration, on_datagram, live, err) != 0) {
        netlink_close(live->netlink);
        return err->code;
    }
    return 0;
}

static int start_reading(struct live *live, uv_loop_t *loop, struct error *err)
{
    int status = uv_poll_init(loop, &live->readable, netlink_fd(live->netlink));

    if (status != 0) {
        struct error second;

        registration_release(&live->registration, on_datagram, live, &second);
        netlink_close(live->netlink);
        return error_set(err, status, "cannot wait for the audit socket: %s", uv_strerror(status));
    }
    uv_timer_init(loop, &live->pause);
    uv_timer_init(loop, &live->look);
    live->readable.data = live->pause.data = live->look.data = live;
    uv_timer_start(&live->look, on_look, LIVE_LOOK, LIVE_LOOK);
    wait_for_more(live);
    return 0;
}

static void tell_start(const struct live *live)
{
    uint32_t wanted = live->options.receive_buffer;
    const struct registration *registration = &live->registration;

    log_write(live->log, LOG_LEVEL_INFO, "reading the kernel's audit records (%s, buffer %u bytes)",
              live->options.mode == LIVE_UNICAST ? "unicast" : "multicast", live->stats.buffer);
    if (live->stats.buffer < wanted / 2 * 2)
        log_write(live->log, LOG_LEVEL_WARNING,
                  "the socket's buffer is smaller than the %u bytes wanted (net.core.rmem_max; "
                  "CAP_NET_ADMIN goes beyond it)",
                  wanted);
    if (registration->is_known && registration->status.kernel.enabled == 0 &&
        !live->options.is_switched_next)
        log_write(live->log, LOG_LEVEL_WARNING, "the kernel's auditing is switched off");
}

static struct live *new_live(const struct live_options *options, record_sink *sink, void *context,
                             const struct log *log)
{
    struct live *live = calloc(1, sizeof *live);

    if (live == NULL)
        abort();
    live->log = log;
    live->sink = sink;
    live->sink_context = context;
    live->options = *options;
    if (options->receive_buffer == 0)
        live->options.receive_buffer = LIVE_BUFFER;
    if (options->gather_ms == 0)
        live->options.gather_ms = LIVE_GATHER;
    live->pause_ms = live->options.gather_ms;
    return live;
}

struct live *live_open(uv_loop_t *loop, const struct live_options *options, record_sink *sink,
                       void *context, const struct log *log, struct error *err)
{
    struct live *live = new_live(options, sink, context, log);

    if (open_socket(live, err) != 0 || start_reading(live, loop, err) != 0) {
        free(live);
        return NULL;
    }
    tell_start(live);
    return live;
}

struct live *live_attach(uv_loop_t *loop, struct netlink *netlink,
                         const struct live_options *options, record_sink *sink, void *context,
                         const struct log *log, struct error *err)
{
    struct live *live = new_live(options, sink, context, log);

    live->netlink = netlink;
    live->stats.buffer = netlink_grow(netlink, live->options.receive_buffer);
    live->registration = (struct registration){ .netlink = netlink, .log = log, .is_mute = true };
    if (start_reading(live, loop, err) == 0)
        return live;
    free(live);
    return NULL;
}

int live_poll_status(struct live *live, struct error *err)
{
    return registration_poll(&live->registration, on_datagram, live, err);
}

/* Reads until nothing waits or `deadline` (uv_hrtime) has passed. */
static void read_rest(struct live *live, uint64_t deadline)
{
    int count;

    do
        count = netlink_receive(live->netlink, on_datagram, live);
    while ((count > 0 || count == -ENOBUFS) && uv_hrtime() < deadline);
}

/* Reads what the kernel has kept for us, its backlog with it. */
static void read_backlog(struct live *live)
{
    uint64_t deadline = uv_hrtime() + (uint64_t)LIVE_DRAIN * 1000000;
    struct error unheard;

    do
        read_rest(live, deadline);
    while (live_poll_status(live, &unheard) == 0 && live->registration.status.kernel.backlog > 0 &&
           uv_hrtime() < deadline);
}

int live_drain(struct live *live, struct error *err)
{
    live_hold(live, true);
    if (live->registration.is_ours)
        read_backlog(live);
    return live_leave(live, err);
}

int live_leave(struct live *live, struct error *err)
{
    int status = 0;

    live_hold(live, true);
    uv_timer_stop(&live->look);
    if (live->registration.is_ours)
        status = registration_release(&live->registration, on_datagram, live, err);
    read_rest(live, uv_hrtime() + (uint64_t)LIVE_DRAIN * 1000000);
    if (status == 0 && !live->registration.is_mute)
        status = live_poll_status(live, err);
    return status;
}

static void on_closed(uv_handle_t *handle)
{
    struct live *live = handle->data;

    if (++live->closed_handles < LIVE_HANDLES)
        return;
    netlink_close(live->netlink);
    if (live->closed != NULL)
        live->closed(live->closed_context);
    free(live);
}

void live_close(struct live *live, void (*closed)(void *context), void *context)
{
    struct error unheard;

    if (live == NULL)
        return;
    live_hold(live, true);
    registration_release(&live->registration, on_datagram, live, &unheard);
    live->closed = closed;
    live->closed_context = context;
    uv_close((uv_handle_t *)&live->readable, on_closed);
    uv_close((uv_handle_t *)&live->pause, on_closed);
    uv_close((uv_handle_t *)&live->look, on_closed);
}

const struct live_stats *live_stats(struct live *live)
{
    const struct netlink_stats *socket = netlink_stats(live->netlink);
    const struct registration *registration = &live->registration;
    struct live_stats *stats = &live->stats;

    stats->truncated = socket->truncated;
    stats->foreign = socket->foreign;
    stats->enobufs = socket->enobufs;
    stats->retaken = registration->retaken;
    stats->kernel_known = registration->is_known;
    stats->kernel_lost = registration->lost;
    stats->backlog = registration->status.kernel.backlog;
    stats->backlog_limit = registration->status.kernel.backlog_limit;
    return stats;
}
