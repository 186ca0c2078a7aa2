#include "output/unix_reader.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SAID_PIECE = 4096,     /* of what a reader says, which nobody asked for */
    KEEP_BYTES = 256 << 10 /* of an empty queue's memory */
};

struct unix_reader {
    struct unix_reader *next;
    uv_poll_t poll;
    int fd, pid;
    size_t queue_bytes;
    struct buffer queue;
    size_t sent; /* bytes of the queue that were written */
    bool is_gone, is_deaf;
    int watched; /* events that the loop looks for */
    unix_reader_gone *gone;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

static void on_poll(uv_poll_t *poll, int status, int events);

/* Only a change is a system call. */
static void watch(struct unix_reader *reader)
{
    int events = reader->is_deaf ? 0 : UV_READABLE;

    if (unix_reader_waiting(reader) > 0)
        events |= UV_WRITABLE;
    if (events == reader->watched)
        return;
    reader->watched = events;
    if (events == 0)
        uv_poll_stop(&reader->poll);
    else
        uv_poll_start(&reader->poll, events, on_poll);
}

static void leave(struct unix_reader *reader, const char *why, bool is_slow)
{
    if (reader->is_gone)
        return;
    reader->is_gone = true;
    reader->gone(reader->context, reader, why, is_slow);
}

/* What was written makes room; memory that a burst took is given back. */
static void forget_written(struct unix_reader *reader)
{
    if (reader->sent < reader->queue.len && reader->sent < reader->queue_bytes / 2)
        return;
    buffer_consume(&reader->queue, reader->sent);
    reader->sent = 0;
    if (reader->queue.len == 0 && reader->queue.room > KEEP_BYTES)
        buffer_free(&reader->queue);
}

/* Writes what it takes now and shortens `rest` by that. False when it is gone. */
static bool send_some(struct unix_reader *reader, struct span *rest)
{
    while (rest->len > 0) {
        ssize_t written = send(reader->fd, rest->data, rest->len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno != EAGAIN) {
            leave(reader, "has gone", false);
            return false;
        }
        if (written < 0)
            break;
        *rest = span_skip(*rest, (size_t)written);
    }
    return true;
}

static bool write_queue(struct unix_reader *reader)
{
    struct span rest = span_skip(buffer_span(&reader->queue), reader->sent);

    if (rest.len == 0)
        return true;
    if (!send_some(reader, &rest))
        return false;
    reader->sent = reader->queue.len - rest.len;
    forget_written(reader);
    return true;
}

/* Both directions; one that has only closed its own still reads. */
static bool has_hung_up(const struct unix_reader *reader)
{
    struct pollfd state = { .fd = reader->fd };

    return poll(&state, 1, 0) > 0;
}

/* Readers have nothing to say; but they may have gone, or closed one direction. From then on that
 * they go is noticed when something is written. */
static bool hear(struct unix_reader *reader)
{
    char piece[SAID_PIECE];
    ssize_t got = recv(reader->fd, piece, sizeof piece, MSG_DONTWAIT);

    if (got == 0 && !has_hung_up(reader)) {
        reader->is_deaf = true;
    } else if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        leave(reader, "has gone", false);
        return false;
    }
    return true;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct unix_reader *reader = poll->data;

    if (reader->is_gone)
        return;
    if (status < 0) {
        leave(reader, "has gone", false);
        return;
    }
    if ((events & UV_READABLE) != 0 && !hear(reader))
        return;
    if (write_queue(reader))
        watch(reader);
}

struct unix_reader *unix_reader_new(uv_loop_t *loop, int fd, size_t queue_bytes,
                                    unix_reader_gone *gone, void *context)
{
    struct unix_reader *reader = calloc(1, sizeof *reader);
    struct ucred peer = { .pid = 0 };
    socklen_t len = sizeof peer;

    if (reader == NULL)
        abort();
    *reader = (struct unix_reader){
        .fd = fd, .queue_bytes = queue_bytes, .gone = gone, .context = context
    };
    if (uv_poll_init(loop, &reader->poll, fd) != 0) {
        close(fd);
        free(reader);
        return NULL;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
        reader->pid = peer.pid;
    reader->poll.data = reader;
    watch(reader);
    return reader;
}

void unix_reader_take(struct unix_reader *reader, struct span lines)
{
    if (reader->is_gone)
        return;
    if (!write_queue(reader))
        return;

    size_t waiting = unix_reader_waiting(reader);

    if (waiting > 0 && waiting + lines.len > reader->queue_bytes) {
        leave(reader, "is too slow", true);
        return;
    }
    if (waiting == 0 && !send_some(reader, &lines))
        return;
    buffer_append(&reader->queue, lines);
    watch(reader);
}

size_t unix_reader_waiting(const struct unix_reader *reader)
{
    return reader->queue.len - reader->sent;
}

int unix_reader_pid(const struct unix_reader *reader)
{
    return reader->pid;
}

static void on_closed(uv_handle_t *handle)
{
    struct unix_reader *reader = handle->data;
    void (*closed)(void *) = reader->closed;
    void *context = reader->closed_context;

    close(reader->fd);
    buffer_free(&reader->queue);
    free(reader);
    closed(context);
}

void unix_reader_close(struct unix_reader *reader, void (*closed)(void *context), void *context)
{
    reader->is_gone = true;
    reader->closed = closed;
    reader->closed_context = context;
    uv_poll_stop(&reader->poll);
    shutdown(reader->fd, SHUT_RDWR);
    uv_close((uv_handle_t *)&reader->poll, on_closed);
}

struct unix_reader *unix_reader_next(const struct unix_reader *reader)
{
    return reader->next;
}

void unix_reader_link(struct unix_reader *reader, struct unix_reader *next)
{
    reader->next = next;
}
