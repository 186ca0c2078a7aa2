#include "output/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { PIECE = 128 << 10, ZSTD_LEVEL = 3, GZIP_LEVEL = 6, GZIP_WINDOW = 15 + 16 };

struct packer {
    int from, to;
    const atomic_bool *stop;
    unsigned char in[PIECE], out[PIECE];
};

const char *packing_suffix(enum packing packing)
{
    static const char *const suffixes[] = { "", ".zst", ".gz" };

    return suffixes[packing];
}

static int write_out(const struct packer *packer, size_t len)
{
    const unsigned char *next = packer->out;

    while (len > 0) {
        ssize_t written = write(packer->to, next, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        next += written;
        len -= (size_t)written;
    }
    return 0;
}

/* Reads the next piece; 0 at the end, or a negative errno. */
static ssize_t read_in(struct packer *packer)
{
    ssize_t count;

    if (packer->stop != NULL && atomic_load(packer->stop))
        return -ECANCELED;
    do
        count = read(packer->from, packer->in, sizeof packer->in);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

static int pack_zstd_piece(struct packer *packer, ZSTD_CCtx *context, size_t len)
{
    ZSTD_inBuffer in = { packer->in, len, 0 };
    ZSTD_EndDirective how = len > 0 ? ZSTD_e_continue : ZSTD_e_end;
    size_t left;

    do {
        ZSTD_outBuffer out = { packer->out, sizeof packer->out, 0 };

        left = ZSTD_compressStream2(context, &out, &in, how);
        if (ZSTD_isError(left))
            return -EIO;

        int code = write_out(packer, out.pos);

        if (code != 0)
            return code;
    } while (len > 0 ? in.pos < in.size : left > 0);
    return 0;
}

static int pack_zstd(struct packer *packer, uint64_t size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ssize_t len;
    int code = 0;

    if (context == NULL)
        abort();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setPledgedSrcSize(context, size);
    do {
        len = read_in(packer);
        code = len < 0 ? (int)len : pack_zstd_piece(packer, context, (size_t)len);
    } while (code == 0 && len > 0);
    ZSTD_freeCCtx(context);
    return code;
}

static int pack_gzip_piece(struct packer *packer, z_stream *stream, size_t len)
{
    stream->next_in = packer->in;
    stream->avail_in = (uInt)len;
    do {
        stream->next_out = packer->out;
        stream->avail_out = sizeof packer->out;
        deflate(stream, len > 0 ? Z_NO_FLUSH : Z_FINISH);

        int code = write_out(packer, sizeof packer->out - stream->avail_out);

        if (code != 0)
            return code;
    } while (stream->avail_out == 0);
    return 0;
}

static int pack_gzip(struct packer *packer)
{
    z_stream stream = { 0 };
    ssize_t len;
    int code = 0;

    if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    do {
        len = read_in(packer);
        code = len < 0 ? (int)len : pack_gzip_piece(packer, &stream, (size_t)len);
    } while (code == 0 && len > 0);
    deflateEnd(&stream);
    return code;
}

/* The owner may be somebody whom only root can name; then the file stays ours alone. */
static int give_rights(int fd, const struct stat *status)
{
    const struct timespec times[2] = { status->st_atim, status->st_mtim };
    bool is_given = fchown(fd, status->st_uid, status->st_gid) == 0;

    if (is_given && fchmod(fd, status->st_mode & 07777) != 0)
        return -errno;
    return futimens(fd, times) == 0 && fsync(fd) == 0 ? 0 : -errno;
}

static int pack_open(struct packer *packer, enum packing packing, const struct stat *status)
{
    int code =
        packing == PACKING_ZSTD ? pack_zstd(packer, (uint64_t)status->st_size) : pack_gzip(packer);

    return code == 0 ? give_rights(packer->to, status) : code;
}

static int open_from(const char *from, struct stat *status)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return -errno;
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
        return fd;
    close(fd);
    return -EINVAL;
}

int pack_file(const char *from, const char *to, enum packing packing, const atomic_bool *stop)
{
    struct stat status = { 0 };
    struct packer *packer = malloc(sizeof *packer);

    if (packer == NULL)
        abort();
    packer->stop = stop;
    packer->from = open_from(from, &status);

    int code = packer->from < 0 ? packer->from : 0;

    if (code == 0) {
        packer->to = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        code = packer->to < 0 ? -errno : pack_open(packer, packing, &status);
        if (packer->to >= 0 && close(packer->to) != 0 && code == 0)
            code = -errno;
        if (packer->to >= 0 && code != 0)
            unlink(to);
        close(packer->from);
    }
    free(packer);
    return code;
}
