#include "kernel/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    UNPACK_BLOCK = 128 * 1024, /* bytes of packed data read at once */
    MAGIC_LONGEST = 6          /* bytes needed to recognise a packing */
};

enum packing { PACKING_UNKNOWN, PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct unpacker {
    int fd;
    enum packing packing;
    bool is_regular;
    bool at_end;      /* of the file */
    bool is_complete; /* packed: between two members or frames, where a file may end */
    bool has_more;    /* packed: the decoder could not hand out all it had */
    bool is_damaged;  /* packed: what the decoder handed out last is the last that is good */
    bool is_too_wide; /* zstd: packed with a window over the decoder's limit */
    uint64_t consumed;
    size_t at, len; /* the part of `in` that nobody took yet */
    z_stream gzip;
    ZSTD_DStream *zstd;
    char in[UNPACK_BLOCK];
};

struct unpacker *unpacker_open(const char *path, struct error *err)
{
    struct stat stat;
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &stat) != 0) {
        error_set(err, -errno, "%s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (S_ISDIR(stat.st_mode)) {
        error_set(err, -EISDIR, "is a directory");
        close(fd);
        return NULL;
    }

    struct unpacker *unpacker = calloc(1, sizeof *unpacker);

    if (unpacker == NULL)
        abort();
    unpacker->fd = fd;
    unpacker->is_regular = S_ISREG(stat.st_mode);
    if (unpacker->is_regular)
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return unpacker;
}

void unpacker_close(struct unpacker *unpacker)
{
    if (unpacker == NULL)
        return;
    if (unpacker->packing == PACKING_GZIP)
        inflateEnd(&unpacker->gzip);
    ZSTD_freeDStream(unpacker->zstd);
    close(unpacker->fd);
    free(unpacker);
}

/* read(2) that never blocks longer than UNPACK_PATIENCE on a pipe; poll(2) ends at any signal. */
static ssize_t read_some(struct unpacker *unpacker, char *out, size_t room, struct error *err)
{
    struct pollfd ready = { .fd = unpacker->fd, .events = POLLIN };

    if (!unpacker->is_regular && poll(&ready, 1, UNPACK_PATIENCE) <= 0)
        return -EAGAIN;

    ssize_t got = read(unpacker->fd, out, room);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? -EAGAIN
                                                 : error_set(err, -errno, "%s", strerror(errno));
    unpacker->at_end = got == 0;
    unpacker->consumed += (uint64_t)got;
    return got;
}

/* Adds packed bytes to `in`. 0, or negative errno. */
static int fill(struct unpacker *unpacker, struct error *err)
{
    if (unpacker->at == unpacker->len)
        unpacker->at = unpacker->len = 0;

    ssize_t got =
        read_some(unpacker, unpacker->in + unpacker->len, sizeof unpacker->in - unpacker->len, err);

    if (got < 0)
        return (int)got;
    unpacker->len += (size_t)got;
    return 0;
}

static int start_gzip(struct unpacker *unpacker, struct error *err)
{
    if (inflateInit2(&unpacker->gzip, 15 + 16) != Z_OK) /* the largest window, gzip's header */
        return error_set(err, -EINVAL, "zlib: cannot start");
    unpacker->packing = PACKING_GZIP;
    return 0;
}

static int start_zstd(struct unpacker *unpacker)
{
    unpacker->zstd = ZSTD_createDStream();
    if (unpacker->zstd == NULL)
        abort();
    unpacker->packing = PACKING_ZSTD;
    return 0;
}

static int recognise(struct unpacker *unpacker, struct error *err)
{
    while (unpacker->len < MAGIC_LONGEST && !unpacker->at_end) {
        int status = fill(unpacker, err);

        if (status != 0)
            return status;
    }

    struct span start = { unpacker->in, unpacker->len };

    if (span_starts(start, SPAN("\x1f\x8b")))
        return start_gzip(unpacker, err);
    if (span_starts(start, SPAN("\x28\xb5\x2f\xfd")) ||
        (start.len >= 4 && (start.data[0] & 0xf0) == 0x50 &&
         span_starts(span_skip(start, 1), SPAN("\x2a\x4d\x18"))))
        return start_zstd(unpacker);
    if (span_starts(start, SPAN("\xfd"
                                "7zXZ")))
        return error_set(err, -EINVAL, "is compressed with xz: use xz -dc and a pipe");
    if (span_starts(start, SPAN("BZh")))
        return error_set(err, -EINVAL, "is compressed with bzip2: use bzip2 -dc and a pipe");
    unpacker->packing = PACKING_NONE;
    return 0;
}

static ssize_t read_plain(struct unpacker *unpacker, char *out, size_t room, struct error *err)
{
    size_t ready = unpacker->len - unpacker->at;

    if (ready == 0)
        return unpacker->at_end ? 0 : read_some(unpacker, out, room, err);
    if (ready > room)
        ready = room;
    memcpy(out, unpacker->in + unpacker->at, ready);
    unpacker->at += ready;
    return (ssize_t)ready;
}

/* One step of a decoder from `in` to `out`; bytes written. */
static ssize_t step_gzip(struct unpacker *unpacker, char *out, size_t room)
{
    z_stream *stream = &unpacker->gzip;

    if (unpacker->is_complete && unpacker->in[unpacker->at] == '\0') {
        unpacker->at++; /* padding behind the last member, as of a tape */
        return 0;
    }
    if (unpacker->is_complete)
        inflateReset(stream);

    stream->next_in = (Bytef *)unpacker->in + unpacker->at;
    stream->avail_in = (uInt)(unpacker->len - unpacker->at);
    stream->next_out = (Bytef *)out;
    stream->avail_out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;

    int status = inflate(stream, Z_NO_FLUSH);
    size_t written = (size_t)((char *)stream->next_out - out);

    unpacker->at = unpacker->len - stream->avail_in;
    unpacker->is_complete = status == Z_STREAM_END;
    unpacker->has_more = stream->avail_out == 0 && !unpacker->is_complete;
    unpacker->is_damaged = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
    return (ssize_t)written;
}

static ssize_t step_zstd(struct unpacker *unpacker, char *out, size_t room)
{
    ZSTD_inBuffer from = { unpacker->in, unpacker->len, unpacker->at };
    size_t block = ZSTD_DStreamOutSize(); /* what a call decoded before an error is lost */
    ZSTD_outBuffer to = { out, room < block ? room : block, 0 };
    size_t status = ZSTD_decompressStream(unpacker->zstd, &to, &from);

    unpacker->is_too_wide = ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge;
    unpacker->is_damaged = ZSTD_isError(status) && !unpacker->is_too_wide;
    unpacker->at = from.pos;
    unpacker->is_complete = status == 0;
    unpacker->has_more = to.pos == to.size && !unpacker->is_complete;
    return (ssize_t)to.pos;
}

static ssize_t read_packed(struct unpacker *unpacker, char *out, size_t room, struct error *err)
{
    for (;;) {
        bool is_gzip = unpacker->packing == PACKING_GZIP;

        if (unpacker->is_damaged)
            return error_set(err, -EBADMSG, "its %s data is damaged", is_gzip ? "gzip" : "zstd");
        if (unpacker->is_too_wide)
            return error_set(err, -EINVAL,
                             "needs a window over 128 MiB: use zstd -dc --long=31 and a pipe");
        if (unpacker->at == unpacker->len && !unpacker->has_more) {
            int status = unpacker->at_end ? 0 : fill(unpacker, err);

            if (status != 0)
                return status;
            if (unpacker->at_end && unpacker->is_complete)
                return 0;
            if (unpacker->at_end)
                return error_set(err, -EBADMSG, "ends in the middle of its compressed data");
        }

        ssize_t written = is_gzip ? step_gzip(unpacker, out, room) : step_zstd(unpacker, out, room);

        if (written != 0)
            return written;
    }
}

ssize_t unpacker_read(struct unpacker *unpacker, char *out, size_t room, struct error *err)
{
    if (unpacker->packing == PACKING_UNKNOWN) {
        int status = recognise(unpacker, err);

        if (status != 0)
            return status;
    }
    if (unpacker->packing == PACKING_NONE)
        return read_plain(unpacker, out, room, err);
    return read_packed(unpacker, out, room, err);
}

uint64_t unpacker_consumed(const struct unpacker *unpacker)
{
    return unpacker->consumed;
}
