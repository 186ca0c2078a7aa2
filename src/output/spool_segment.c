#include "output/spool_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SEARCH_PIECE = 64 << 10 /* bytes looked at together for the next head */ };

struct header {
    char magic[8];
    uint64_t number;
    uint64_t salt;
    uint32_t version;
    uint32_t checksum; /* of all above */
};

_Static_assert(sizeof(struct header) == SPOOL_SEGMENT_HEADER, "the header has no holes");
_Static_assert(sizeof(struct spool_frame_head) == 32, "the head has no holes");

static const char magic[8] = { 'l', 'a', 'u', 'd', 'i', 't', 's', 'p' };
static const char suffix[] = ".segment";

void spool_segment_name(uint64_t number, char name[SPOOL_SEGMENT_NAME])
{
    snprintf(name, SPOOL_SEGMENT_NAME, "%016" PRIx64 "%s", number, suffix);
}

bool spool_segment_is_name(const char *name, uint64_t *number)
{
    struct span text = span_of(name);

    if (text.len != 16 + sizeof suffix - 1 || !span_ends(text, SPAN(".segment")))
        return false;
    return span_hex((struct span){ name, 16 }, number) && *number < (uint64_t)1 << 62;
}

static uint32_t header_checksum(const struct header *header)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)header, offsetof(struct header, checksum));
}

/* All `len` bytes at `offset`; 0, -ENODATA when the file ends before, or negative errno. */
static int read_all(int fd, void *data, size_t len, uint64_t offset)
{
    char *next = data;

    while (len > 0) {
        ssize_t count = pread(fd, next, len, (off_t)offset);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? -errno : -ENODATA;
        next += count;
        len -= (size_t)count;
        offset += (uint64_t)count;
    }
    return 0;
}

int spool_segment_create(struct spool_segment *segment, int folder, const char *name)
{
    enum { HOW = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW };
    struct header header = { .number = segment->number, .version = 1 };

    memcpy(header.magic, magic, sizeof magic);
    header.salt = segment->salt;
    header.checksum = header_checksum(&header);

    int fd = openat(folder, name, HOW, 0600);

    if (fd < 0)
        return -errno;

    ssize_t written = pwrite(fd, &header, sizeof header, 0);

    if (written != (ssize_t)sizeof header) {
        int code = written < 0 ? -errno : -ENOSPC;

        unlinkat(folder, name, 0);
        close(fd);
        return code;
    }
    segment->size = sizeof header;
    return fd;
}

int spool_segment_open(int folder, const char *name)
{
    enum { HOW = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };
    struct stat status;
    int fd = openat(folder, name, HOW);

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    return fd;
}

/* The salt that the first frame has, when only the header was damaged. */
static bool salt_of_frame(int fd, uint64_t size, uint64_t *salt)
{
    struct spool_frame_head head;

    if (size < SPOOL_SEGMENT_HEADER + sizeof head ||
        read_all(fd, &head, sizeof head, SPOOL_SEGMENT_HEADER) != 0)
        return false;
    *salt = head.salt;
    return spool_frame_is_head(&head, head.salt, SPOOL_FRAME_LONGEST);
}

int spool_segment_begin(struct spool_segment *segment, int fd)
{
    struct header header;
    int code = segment->size < sizeof header ? -ENODATA : read_all(fd, &header, sizeof header, 0);

    if (code != 0)
        return code == -ENODATA ? -EBADMSG : code;
    if (memcmp(header.magic, magic, sizeof magic) == 0 &&
        header.checksum == header_checksum(&header)) {
        segment->salt = header.salt;
        return header.version == 1 ? 0 : -EPROTONOSUPPORT;
    }
    return salt_of_frame(fd, segment->size, &segment->salt) ? 0 : -EBADMSG;
}

static int write_pieces(int fd, const struct spool_frame *frame, uint64_t offset)
{
    struct iovec pieces[SPOOL_FRAME_PIECES];
    size_t left = frame->size;
    int first = 0;

    memcpy(pieces, frame->pieces, sizeof pieces);
    while (left > 0) {
        ssize_t written = pwritev(fd, pieces + first, SPOOL_FRAME_PIECES - first, (off_t)offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        left -= (size_t)written;
        offset += (uint64_t)written;
        while (first < SPOOL_FRAME_PIECES && (size_t)written >= pieces[first].iov_len)
            written -= (ssize_t)pieces[first++].iov_len;
        if (first < SPOOL_FRAME_PIECES) {
            pieces[first].iov_base = (char *)pieces[first].iov_base + written;
            pieces[first].iov_len -= (size_t)written;
        }
    }
    return 0;
}

int spool_segment_write(struct spool_segment *segment, int fd, const struct spool_frame *frame,
                        bool syncs)
{
    int code = write_pieces(fd, frame, segment->size);

    if (code == 0 && syncs && fdatasync(fd) != 0)
        code = -errno;
    if (code == 0) {
        segment->size += frame->size;
        return 0;
    }
    /* Whatever is left behind `size` nobody reads; the next opening cuts it off. */
    if (ftruncate(fd, (off_t)segment->size) != 0 && code == -ENOSPC)
        code = -EIO;
    return code;
}

static bool is_head(const struct spool_segment *segment, const struct spool_frame_head *head,
                    uint64_t offset, uint64_t serial)
{
    uint64_t room = segment->size - offset - sizeof *head;

    return spool_frame_is_head(head, segment->salt, (size_t)room) && head->serial >= serial;
}

/* Looks through bytes that stand at `offset` of the file. */
static bool search_piece(const struct spool_segment *segment, struct span piece, uint64_t *offset,
                         uint64_t serial)
{
    const char *at = piece.data, *end = piece.data + piece.len;
    struct spool_frame_head head;

    while ((at = memmem(at, (size_t)(end - at), &segment->salt, sizeof segment->salt)) != NULL &&
           (size_t)(end - at) >= sizeof head) {
        uint64_t place = *offset + (uint64_t)(at - piece.data);

        memcpy(&head, at, sizeof head);
        if (is_head(segment, &head, place, serial)) {
            *offset = place;
            return true;
        }
        at++;
    }
    return false;
}

/* Moves `offset` to the next head that can be believed. 1, 0 when there is none, negative errno. */
static int search(const struct spool_segment *segment, int fd, uint64_t *offset, uint64_t serial)
{
    enum { OVERLAP = sizeof(struct spool_frame_head) - 1 };
    char piece[SEARCH_PIECE];
    uint64_t at = *offset;

    while (at + sizeof(struct spool_frame_head) <= segment->size) {
        size_t len =
            segment->size - at < sizeof piece ? (size_t)(segment->size - at) : sizeof piece;
        int code = read_all(fd, piece, len, at);

        if (code != 0)
            return code == -ENODATA ? 0 : code;
        *offset = at;
        if (search_piece(segment, (struct span){ piece, len }, offset, serial))
            return 1;
        at += len > OVERLAP ? len - OVERLAP : len;
    }
    return 0;
}

/* Finds a head at `place` or behind it. 1, 0 at the end, negative errno. */
static int next_head(const struct spool_segment *segment, int fd, uint64_t *offset, uint64_t serial,
                     struct spool_frame_head *head)
{
    if (*offset + sizeof *head > segment->size)
        return 0;

    int code = read_all(fd, head, sizeof *head, *offset);

    if (code == 0 && is_head(segment, head, *offset, serial))
        return 1;
    if (code == 0)
        code = search(segment, fd, offset, serial);
    if (code != 1)
        return code == -ENODATA ? 0 : code;
    return read_all(fd, head, sizeof *head, *offset) == 0 ? 1 : 0;
}

int spool_segment_next(const struct spool_segment *segment, int fd, struct spool_place *place,
                       struct spool_frame_head *head, struct buffer *payload)
{
    uint64_t offset = place->offset;
    int code;

    while ((code = next_head(segment, fd, &offset, place->serial, head)) == 1) {
        if (offset != place->offset)
            place->damaged++;
        buffer_clear(payload);
        code = read_all(fd, buffer_reserve(payload, head->len), head->len, offset + sizeof *head);
        if (code != 0)
            return code == -ENODATA ? 0 : code;
        buffer_commit(payload, head->len);
        offset += sizeof *head + head->len;
        place->offset = offset;
        place->serial = head->serial + 1;
        if (spool_frame_is_whole(head, buffer_span(payload)))
            return 1;
        place->damaged++;
    }
    return code;
}
