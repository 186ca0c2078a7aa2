#include "kernel/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"

enum { CAPTURE_GATHER = 256 * 1024 /* bytes kept back before they are written */ };

struct capture {
    int fd;
    int failed; /* negative errno of the first write that failed */
    uint64_t count, dropped;
    struct buffer pending;
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

struct capture *capture_open(const char *path, struct error *err)
{
    bool is_stdout = strcmp(path, "-") == 0;
    int fd = is_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                       : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        error_set(err, -errno, "%s: %s", path, strerror(errno));
        return NULL;
    }

    struct capture *capture = calloc(1, sizeof *capture);

    if (capture == NULL)
        abort();
    capture->fd = fd;
    snprintf(capture->path, sizeof capture->path, "%s", is_stdout ? "standard output" : path);
    buffer_append(&capture->pending, SPAN(CAPTURE_MAGIC));
    return capture;
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
    if (capture->pending.len >= CAPTURE_GATHER)
        capture_flush(capture);
}

int capture_flush(struct capture *capture)
{
    size_t at = 0;

    while (capture->failed == 0 && at < capture->pending.len) {
        ssize_t written = write(capture->fd, capture->pending.data + at, capture->pending.len - at);

        if (written >= 0)
            at += (size_t)written;
        else if (errno != EINTR)
            capture->failed = -errno;
    }
    buffer_clear(&capture->pending);
    return capture->failed;
}

uint64_t capture_count(const struct capture *capture)
{
    return capture->count;
}

int capture_close(struct capture *capture, struct error *err)
{
    int status = capture_flush(capture);

    if (close(capture->fd) != 0 && status == 0)
        status = -errno;
    if (status != 0)
        error_set(err, status, "%s: %s", capture->path, strerror(-status));
    else if (capture->dropped > 0)
        status = error_set(err, -EMSGSIZE, "%s: %llu datagrams were too long to keep",
                           capture->path, (unsigned long long)capture->dropped);
    buffer_free(&capture->pending);
    free(capture);
    return status;
}
