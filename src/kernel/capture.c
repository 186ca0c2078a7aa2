#include "kernel/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

enum { CAPTURE_GATHER = 256 * 1024 /* bytes kept back before they are written */ };

struct capture {
    int fd;
    int failed; /* negative errno of the first write that failed */
    bool is_socket;
    bool is_blocked;
    uint64_t count, dropped;
    struct buffer pending; /* from written on */
    size_t written;
    char path[512]; /* for sentences */
};

int capture_check(struct span magic, struct error *err)
{
    struct span ours = SPAN(CAPTURE_MAGIC);

    if (span_equal(magic, ours))
        return 0;
    if (magic.len == ours.len && magic.data[CAPTURE_KIND_LEN] == ours.data[CAPTURE_KIND_LEN])
        return error_set(err, -EINVAL, "captured on a machine of the other byte order");
    return error_set(err, -EINVAL, "a capture of a version that this laudit does not know");
}

int capture_next(struct span *rest, struct datagram *datagram)
{
    struct capture_head head;

    if (rest->len < sizeof head)
        return 0;
    memcpy(&head, rest->data, sizeof head);
    if (head.mark != CAPTURE_MARK || head.length > CAPTURE_LONGEST)
        return -EBADMSG;
    if (rest->len - sizeof head < head.length)
        return 0;
    *datagram = (struct datagram){ .bytes = { rest->data + sizeof head, head.length },
                                   .sender = head.sender,
                                   .truncated = head.truncated != 0,
                                   .arrival_ns = head.arrival_ns };
    *rest = span_skip(*rest, sizeof head + head.length);
    return 1;
}

/* A description of our own for what standard output is, so that O_NONBLOCK disturbs nobody else. */
static int open_stdout(const struct stat *status)
{
    int fd = -1;

    if (S_ISFIFO(status->st_mode) || S_ISCHR(status->st_mode))
        fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

struct capture *capture_open(const char *path, struct error *err)
{
    bool is_stdout = strcmp(path, "-") == 0;
    struct stat status = { 0 };
    int fd = -1;

    if (!is_stdout)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    else if (fstat(STDOUT_FILENO, &status) == 0)
        fd = open_stdout(&status);

    if (fd < 0) {
        error_set(err, -errno, "%s: %s", path, strerror(errno));
        return NULL;
    }

    struct capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL)
        abort();
    capture->fd = fd;
    capture->is_socket = S_ISSOCK(status.st_mode);
    snprintf(capture->path, sizeof capture->path, "%s", is_stdout ? "standard output" : path);
    buffer_append(&capture->pending, SPAN(CAPTURE_MAGIC));
    return capture;
}

static size_t waiting(const struct capture *capture)
{
    return capture->pending.len - capture->written;
}

void capture_take(struct capture *capture, const struct datagram *datagram)
{
    struct capture_head head = { .mark = CAPTURE_MARK,
                                 .length = (uint32_t)datagram->bytes.len,
                                 .sender = datagram->sender,
                                 .truncated = datagram->truncated,
                                 .arrival_ns = datagram->arrival_ns };

    if (capture->failed != 0 || datagram->bytes.len > CAPTURE_LONGEST) {
        capture->dropped++;
        return;
    }
    capture->count++;
    buffer_append(&capture->pending, (struct span){ (const char *)&head, sizeof head });
    buffer_append(&capture->pending, datagram->bytes);
    if (waiting(capture) >= CAPTURE_GATHER && !capture->is_blocked)
        capture_flush(capture);
}

static ssize_t write_some(const struct capture *capture)
{
    const char *from = capture->pending.data + capture->written;

    if (capture->is_socket)
        return send(capture->fd, from, waiting(capture), MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(capture->fd, from, waiting(capture));
}

/* Gives back the room of what was written, once it is worth the move. */
static void forget_written(struct capture *capture)
{
    if (capture->written < capture->pending.len / 2)
        return;
    buffer_consume(&capture->pending, capture->written);
    capture->written = 0;
}

int capture_flush(struct capture *capture)
{
    capture->is_blocked = false;
    while (capture->failed == 0 && waiting(capture) > 0 && !capture->is_blocked) {
        ssize_t count = write_some(capture);

        if (count >= 0)
            capture->written += (size_t)count;
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            capture->is_blocked = true;
        else if (errno != EINTR)
            capture->failed = -errno;
    }
    forget_written(capture);
    return capture->failed;
}

bool capture_is_blocked(const struct capture *capture)
{
    return capture->is_blocked;
}

bool capture_is_full(const struct capture *capture)
{
    return waiting(capture) >= CAPTURE_QUEUE;
}

uint64_t capture_count(const struct capture *capture)
{
    return capture->count;
}

/* The end of a slow reader's queue, as long as it goes on. */
static int write_rest(struct capture *capture)
{
    struct pollfd room = { .fd = capture->fd, .events = POLLOUT };

    while (capture_flush(capture) == 0 && capture->is_blocked) {
        if (poll(&room, 1, CAPTURE_PATIENCE) == 0)
            capture->failed = -ETIMEDOUT;
    }
    return capture->failed;
}

int capture_close(struct capture *capture, struct error *err)
{
    int status = write_rest(capture);

    if (close(capture->fd) != 0 && status == 0)
        status = -errno;
    if (status == -ETIMEDOUT)
        error_set(err, status, "%s: nobody reads it; its last %zu bytes are missing", capture->path,
                  waiting(capture));
    else if (status != 0)
        error_set(err, status, "%s: %s", capture->path, strerror(-status));
    else if (capture->dropped > 0)
        status = error_set(err, -EMSGSIZE, "%s: %llu datagrams were too long to keep",
                           capture->path, (unsigned long long)capture->dropped);
    buffer_free(&capture->pending);
    free(capture);
    return status;
}
