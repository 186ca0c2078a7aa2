/* unix.c - the kind `unix`: a stream socket from which other programs of this machine read. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "output/kind.h"
#include "output/unix_listener.h"
#include "output/unix_reader.h"

enum {
    LINGER_MS = 2000,    /* at the end, for readers to take what waits for them */
    LINGER_STEP_MS = 10, /* until it is looked again whether they have */
    ACCEPTED_MOST = 64,  /* at once: somebody may connect again and again */
    NOTICES_MOST = 10    /* about readers, from tick to tick */
};

enum when_unread { UNREAD_DROP, UNREAD_WAIT };

struct unix_settings {
    struct span path;
    mode_t mode;
    struct option_owner owner, group;
    uint32_t readers_most;
    uint64_t reader_queue;
    int when_unread; /* enum when_unread */
};

struct unix_sink {
    struct sink sink;
    struct unix_settings settings;
    char path[108];
    struct unix_listener listener;
    uv_poll_t *poll; /* of the listener */
    struct unix_reader *readers;
    struct batch *batch; /* waits for a reader */
    struct sink_counts counts;
    bool has_turned_away; /* said that there are too many readers */
    bool is_resting;   /* no descriptor is left: the listener is not watched until the next tick */
    unsigned notices;  /* since the last tick */
    uint64_t left_out; /* notices */
    uv_timer_t linger;
    uint64_t linger_until_ms;
    unsigned held; /* handles that the loop holds */
    sink_closed *closed;
    void *closed_context;
};

static struct unix_sink *of(struct sink *sink)
{
    return (struct unix_sink *)(void *)sink;
}

static struct unix_place place_of(const struct unix_settings *settings)
{
    return (struct unix_place){ settings->path, settings->mode, settings->owner, settings->group };
}

static void let_go(void *context)
{
    struct unix_sink *unix_sink = context;
    sink_closed *closed = unix_sink->closed;

    if (--unix_sink->held > 0)
        return;
    context = unix_sink->closed_context;
    free(unix_sink);
    if (closed != NULL)
        closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void on_poll_closed(uv_handle_t *handle)
{
    void *context = handle->data;

    free(handle);
    let_go(context);
}

/* Takes the reader out of the list and ends it. */
static void end_reader(struct unix_sink *unix_sink, struct unix_reader *reader)
{
    struct unix_reader *before = unix_sink->readers;

    if (before == reader) {
        unix_sink->readers = unix_reader_next(reader);
    } else {
        while (unix_reader_next(before) != reader)
            before = unix_reader_next(before);
        unix_reader_link(before, unix_reader_next(reader));
    }
    unix_sink->counts.readers--;
    unix_reader_close(reader, let_go, unix_sink);
}

static void end_linger(struct unix_sink *unix_sink)
{
    uv_close((uv_handle_t *)&unix_sink->linger, on_handle_closed);
}

/* Readers that come and go must not fill the log. */
static bool may_say(struct unix_sink *unix_sink)
{
    if (unix_sink->notices == NOTICES_MOST) {
        unix_sink->left_out++;
        return false;
    }
    unix_sink->notices++;
    return true;
}

static void say_left_out(struct unix_sink *unix_sink)
{
    const struct sink_host *host = &unix_sink->sink.host;

    if (unix_sink->left_out > 0)
        log_write(host->log, LOG_LEVEL_WARNING,
                  "output '%.*s': %" PRIu64 " more lines about readers are left out",
                  SPAN_ARG(host->name), unix_sink->left_out);
    unix_sink->left_out = unix_sink->notices = 0;
}

/* A unix_reader_gone. */
static void on_gone(void *context, struct unix_reader *reader, const char *why, bool is_slow)
{
    struct unix_sink *unix_sink = context;
    const struct sink_host *host = &unix_sink->sink.host;

    if (is_slow)
        unix_sink->counts.readers_lost++;
    if ((is_slow || unix_reader_waiting(reader) > 0) && may_say(unix_sink))
        log_write(host->log, LOG_LEVEL_WARNING,
                  "output '%.*s': the reader with pid %d %s; %zu bytes are left unread",
                  SPAN_ARG(host->name), unix_reader_pid(reader), why, unix_reader_waiting(reader));
    end_reader(unix_sink, reader);
    unix_sink->has_turned_away = false;
}

/* Everybody gets the batch. */
static void hand_out(struct unix_sink *unix_sink, struct batch *batch)
{
    struct span lines = buffer_span(&batch->bytes);
    struct unix_reader *reader = unix_sink->readers;

    while (reader != NULL) {
        struct unix_reader *next = unix_reader_next(reader);

        unix_reader_take(reader, lines);
        reader = next;
    }
}

static void deliver(struct unix_sink *unix_sink, struct batch *batch)
{
    unix_sink->batch = NULL;
    hand_out(unix_sink, batch);
    sink_delivered(&unix_sink->sink, batch);
}

static void turn_away(struct unix_sink *unix_sink, int fd)
{
    const struct sink_host *host = &unix_sink->sink.host;

    unix_sink->counts.failures++;
    close(fd);
    if (!unix_sink->has_turned_away && may_say(unix_sink))
        log_write(host->log, LOG_LEVEL_WARNING,
                  "output '%.*s': %u read already (readers_most); others are turned away",
                  SPAN_ARG(host->name), unix_sink->settings.readers_most);
    unix_sink->has_turned_away = true;
}

static void take_reader(struct unix_sink *unix_sink, int fd)
{
    struct unix_reader *reader;

    if (unix_sink->counts.readers >= unix_sink->settings.readers_most) {
        turn_away(unix_sink, fd);
        return;
    }
    reader = unix_reader_new(unix_sink->sink.host.loop, fd, unix_sink->settings.reader_queue,
                             on_gone, unix_sink);
    if (reader == NULL) {
        unix_sink->counts.failures++;
        return;
    }
    unix_reader_link(reader, unix_sink->readers);
    unix_sink->readers = reader;
    unix_sink->counts.readers++;
    unix_sink->counts.connections++;
    unix_sink->held++;
}

static bool is_exhausted(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

static void accept_all(struct unix_sink *unix_sink)
{
    int fd = 0;

    for (int i = 0; i < ACCEPTED_MOST && fd >= 0 && unix_sink->listener.fd >= 0; i++) {
        fd = accept4(unix_sink->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0)
            take_reader(unix_sink, fd);
    }
    if (fd < 0 && is_exhausted(errno) && unix_sink->poll != NULL) {
        uv_poll_stop(unix_sink->poll); /* or the loop would turn for nothing */
        unix_sink->is_resting = true;
    }
    if (unix_sink->batch != NULL && unix_sink->readers != NULL)
        deliver(unix_sink, unix_sink->batch);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    accept_all(poll->data);
}

static void unix_send(struct sink *sink, struct batch *batch)
{
    struct unix_sink *unix_sink = of(sink);

    unix_sink->batch = NULL;
    unix_listener_settle(&unix_sink->listener);
    accept_all(unix_sink); /* whoever has come meanwhile */
    if (unix_sink->readers != NULL) {
        deliver(unix_sink, batch);
    } else if (unix_sink->settings.when_unread == UNREAD_WAIT) {
        unix_sink->batch = batch;
    } else {
        batch_settle(batch, FATE_UNREAD);
        sink->host.done(sink->host.context, &(struct outcome){ 0 });
    }
}

static void unix_cancel(struct sink *sink)
{
    struct unix_sink *unix_sink = of(sink);

    if (unix_sink->batch == NULL)
        return;
    unix_sink->batch = NULL;
    sink_failed(sink, -ENOTCONN, "nobody reads");
}

static void stop_listening(struct unix_sink *unix_sink)
{
    if (unix_sink->poll == NULL)
        return;
    uv_poll_stop(unix_sink->poll);
    uv_close((uv_handle_t *)unix_sink->poll, on_poll_closed);
    unix_sink->poll = NULL;
}

/* The loop watches the listener: a new one, or the one that stays. */
static void watch_listener(struct unix_sink *unix_sink)
{
    unix_sink->poll = calloc(1, sizeof *unix_sink->poll);
    if (unix_sink->poll == NULL)
        abort();
    uv_poll_init(unix_sink->sink.host.loop, unix_sink->poll, unix_sink->listener.fd);
    unix_sink->held++;
    unix_sink->poll->data = unix_sink;
    unix_sink->is_resting = false;
    uv_unref((uv_handle_t *)unix_sink->poll);
    uv_poll_start(unix_sink->poll, UV_READABLE, on_connection);
}

static void unix_tick(struct sink *sink, uint64_t now_ms)
{
    struct unix_sink *unix_sink = of(sink);

    (void)now_ms;
    unix_listener_settle(&unix_sink->listener);
    if (unix_sink->is_resting && unix_sink->poll != NULL)
        uv_poll_start(unix_sink->poll, UV_READABLE, on_connection);
    unix_sink->is_resting = false;
    say_left_out(unix_sink);
}

/* Listens, also in the place of what has listened: readers stay. */
static int listen_anew(struct sink *sink, struct error *err)
{
    struct unix_sink *unix_sink = of(sink);
    struct unix_place place = place_of(&unix_sink->settings);
    struct unix_listener fresh = { .fd = -1 };

    if (unix_listener_open(&fresh, &place, err) != 0)
        return err->code;
    if (unix_sink->poll != NULL) {
        accept_all(unix_sink);
        stop_listening(unix_sink);
        close(unix_sink->listener.fd);
        unix_listener_settle(&fresh);
    }
    unix_sink->listener = fresh;
    watch_listener(unix_sink);
    return 0;
}

static void unix_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct unix_sink *unix_sink = (const struct unix_sink *)(const void *)sink;

    counts->connections += unix_sink->counts.connections;
    counts->failures += unix_sink->counts.failures;
    counts->readers += unix_sink->counts.readers;
    counts->readers_lost += unix_sink->counts.readers_lost;
}

static void end_all(struct unix_sink *unix_sink)
{
    const struct sink_host *host = &unix_sink->sink.host;

    while (unix_sink->readers != NULL) {
        size_t waiting = unix_reader_waiting(unix_sink->readers);

        if (waiting > 0)
            log_write(host->log, LOG_LEVEL_WARNING,
                      "output '%.*s': %zu bytes are left unread by the reader with pid %d",
                      SPAN_ARG(host->name), waiting, unix_reader_pid(unix_sink->readers));
        end_reader(unix_sink, unix_sink->readers);
    }
    say_left_out(unix_sink);
    end_linger(unix_sink);
}

static bool is_all_taken(const struct unix_sink *unix_sink)
{
    for (const struct unix_reader *each = unix_sink->readers; each != NULL;
         each = unix_reader_next(each))
        if (unix_reader_waiting(each) > 0)
            return false;
    return true;
}

static void on_linger(uv_timer_t *timer)
{
    struct unix_sink *unix_sink = timer->data;

    if (is_all_taken(unix_sink) || uv_now(timer->loop) >= unix_sink->linger_until_ms)
        end_all(unix_sink);
    else
        uv_timer_start(timer, on_linger, LINGER_STEP_MS, 0);
}

static void unix_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct unix_sink *unix_sink = of(sink);

    unix_sink->closed = closed;
    unix_sink->closed_context = context;
    stop_listening(unix_sink);
    unix_listener_close(&unix_sink->listener);
    uv_update_time(sink->host.loop);
    unix_sink->linger_until_ms = uv_now(sink->host.loop) + LINGER_MS;
    uv_timer_start(&unix_sink->linger, on_linger, 0, 0);
}

/* The output that has listened there until now goes on with it. */
static void unix_abandon(struct sink *sink)
{
    struct unix_sink *unix_sink = of(sink);

    stop_listening(unix_sink);
    unix_listener_abandon(&unix_sink->listener);
    end_linger(unix_sink);
}

static struct sink *unix_open(const void *from, const struct sink_host *host, struct error *err)
{
    static const struct sink_class class = {
        .send = unix_send,
        .cancel = unix_cancel,
        .tick = unix_tick,
        .reopen = listen_anew,
        .settle = listen_anew,
        .abandon = unix_abandon,
        .close = unix_close,
        .count = unix_count,
    };
    const struct unix_settings *settings = from;
    struct unix_sink *unix_sink;

    if (host->loop == NULL) {
        error_set(err, -ENOTSUP, "nobody would notice readers here");
        return NULL;
    }
    unix_sink = calloc(1, sizeof *unix_sink);
    if (unix_sink == NULL)
        abort();
    unix_sink->sink = (struct sink){ &class, *host };
    unix_sink->settings = *settings;
    memcpy(unix_sink->path, settings->path.data, settings->path.len);
    unix_sink->settings.path.data = unix_sink->path;
    unix_sink->listener.fd = -1;
    uv_timer_init(host->loop, &unix_sink->linger);
    unix_sink->linger.data = unix_sink;
    unix_sink->held = 1;
    return &unix_sink->sink;
}

static int unix_check(const void *from, struct error *err)
{
    const struct unix_settings *settings = from;
    struct unix_place place = place_of(settings);

    return unix_place_check(&place, err);
}

static int unix_probe(const void *from, struct error *err)
{
    struct unix_place place = place_of(from);

    return unix_place_probe(&place, err);
}

static struct span unix_where(const void *from)
{
    const struct unix_settings *settings = from;

    return settings->path;
}

static const char *const when_unread[] = { "drop", "wait", NULL };

#define IN(member) offsetof(struct unix_settings, member)

static const struct option options[] = {
    { .name = "path", .kind = OPTION_PATH, .offset = IN(path), .summary = "where the socket is" },
    { .name = "mode", .kind = OPTION_MODE, .offset = IN(mode), .summary = "of the socket" },
    { .name = "owner", .kind = OPTION_OWNER, .offset = IN(owner), .summary = "of the socket" },
    { .name = "group", .kind = OPTION_GROUP, .offset = IN(group), .summary = "of the socket" },
    { .name = "readers_most",
      .kind = OPTION_COUNT,
      .offset = IN(readers_most),
      .least = 1,
      .most = 1024,
      .summary = "that may read at once" },
    { .name = "reader_queue",
      .kind = OPTION_SIZE,
      .offset = IN(reader_queue),
      .summary = "that may wait for a reader before it is too slow" },
    { .name = "unread",
      .kind = OPTION_CHOICE,
      .offset = IN(when_unread),
      .choices = when_unread,
      .summary = "what becomes of a message while nobody reads" },
};

static const struct unix_settings at_first = { .mode = 0600,
                                               .readers_most = 64,
                                               .reader_queue = 4 << 20 };

const struct output_kind kind_unix = {
    .name = "unix",
    .summary = "lets other programs of this machine read from a socket",
    .defaults = { .format = "json", .batch_events = 4096, .batch_bytes = 128 << 10 },
    .is_on_machine = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof at_first,
    .settings = &at_first,
    .check = unix_check,
    .place = unix_where,
    .probe = unix_probe,
    .open = unix_open,
};
