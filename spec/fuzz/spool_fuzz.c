/*
 * spool_fuzz.c - a folder that a stranger filled: two segments, a position and a rest.
 *
 * The first byte says of which parts the checksums are made right, so that what stands behind them
 * is reached, and how many messages are read at once; the next three give the lengths of the parts.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "output/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 32, HEAD = sizeof(struct spool_frame_head), SLOT = 40, PART_MOST = 4096 };

static uint32_t sum_of(const unsigned char *bytes, size_t len)
{
    return (uint32_t)crc32_z(0, bytes, len);
}

/* Makes the checksums of a segment right: its header's, and those of the frames one after another.
 */
static void mend_segment(unsigned char *part, size_t len, uint64_t number)
{
    static const uint64_t salt = 0x123456789abcdef;
    static const uint32_t version = 1;
    size_t at = HEADER;

    if (len < HEADER)
        return;
    memcpy(part, "lauditsp", 8);
    memcpy(part + 8, &number, sizeof number);
    memcpy(part + 16, &salt, sizeof salt);
    memcpy(part + 24, &version, sizeof version);

    uint32_t sum = sum_of(part, HEADER - sizeof sum);

    memcpy(part + HEADER - sizeof sum, &sum, sizeof sum);
    while (len - at >= HEAD) {
        struct spool_frame_head head;
        size_t room = len - at - HEAD;

        memcpy(&head, part + at, sizeof head);
        head.salt = salt;
        head.serial %= 64;
        head.len %= 1024;
        head.count %= 32;
        if (head.len <= room)
            head.payload = sum_of(part + at + HEAD, head.len);
        head.own = sum_of((const unsigned char *)&head, offsetof(struct spool_frame_head, own));
        memcpy(part + at, &head, sizeof head);
        if (head.len > room)
            return;
        at += HEAD + head.len;
    }
}

static void mend_slot(unsigned char *slot)
{
    static const uint32_t version = 1;
    uint32_t sum;

    memcpy(slot, "lauditpo", 8);
    memcpy(slot + 32, &version, sizeof version);
    sum = sum_of(slot, 36);
    memcpy(slot + 36, &sum, sizeof sum);
}

static void write_part(const char *folder, const char *name, const unsigned char *part, size_t len)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);

    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, part, len) != (ssize_t)len)
        abort();
    close(fd);
}

/* Writes the four parts that `data` is cut into. */
static void fill_folder(const char *folder, const uint8_t *data, size_t size)
{
    static const char *const names[] = { "0000000000000001.segment", "0000000000000002.segment",
                                         "rest", "position" };
    const uint8_t *next = data + 4;
    size_t left = size - 4;

    for (unsigned i = 0; i < 4; i++) {
        unsigned char part[PART_MOST] = { 0 };
        size_t len = i < 3 ? (size_t)data[1 + i] * 16 : left;

        len = len < left ? len : left;
        len = len < sizeof part ? len : sizeof part;
        memcpy(part, next, len);
        if (i < 3 && (data[0] & 1u << i) != 0)
            mend_segment(part, len, i + 1);
        if (i == 3 && (data[0] & 8) != 0 && len >= 512 + SLOT) {
            mend_slot(part);
            mend_slot(part + 512);
        }
        write_part(folder, names[i], part, len);
        next += len;
        left -= len;
    }
}

/* Nobody wrote a message that is not a line, and counts never go below zero. */
static void check_read(const struct spool *spool, const struct batch *batch)
{
    static volatile char sink;
    struct envelope facts;

    for (size_t i = 0; i < batch->count; i++) {
        struct span body = batch_body(batch, i);

        if (body.data[body.len] != '\n')
            __builtin_trap();
        if (batch_envelope(batch, i, &facts) && facts.headers.len > 0)
            sink = facts.headers.data[facts.headers.len - 1];
    }
    (void)sink;
    if (spool_stats(spool)->messages > 1 << 20 || spool_stats(spool)->bytes > 1 << 20)
        __builtin_trap();
}

/* Reads all of it, gives every third batch back once, in part; returns how many messages. */
static uint64_t read_all(struct spool *spool, struct batch *batch)
{
    struct error err;
    uint64_t total = 0;

    for (unsigned turn = 0; spool_read(spool, batch, &err) == 1; turn++) {
        check_read(spool, batch);
        total += batch->count;
        if (turn % 3 == 1) {
            batch->messages[0].fate = FATE_DELIVERED;
            total -= batch->count - 1;
            spool_return(spool, batch, &err);
        }
        if (turn % 4 == 2 && spool_acknowledge(spool, &err) != 0)
            __builtin_trap();
    }
    if (spool_acknowledge(spool, &err) != 0)
        __builtin_trap();
    return total;
}

static void use_spool(const char *folder, size_t read_messages)
{
    static const struct log silence = { 0 };
    struct spool_settings settings = { .path = span_of(folder),
                                       .bytes = 1 << 20,
                                       .read_messages = read_messages,
                                       .read_bytes = 1 << 10 };
    struct error err;
    struct spool *spool = spool_open(&settings, &silence, &err);

    if (spool == NULL)
        return;

    struct batch *batch = batch_new();
    uint64_t found = spool_stats(spool)->found;

    if (spool_stats(spool)->again > found)
        __builtin_trap();
    buffer_append(&batch->bytes, SPAN("new\n"));
    batch_commit(batch, NULL);
    if (spool_append(spool, batch, &err) != 0)
        __builtin_trap();

    uint64_t total = read_all(spool, batch);
    const struct spool_stats *stats = spool_stats(spool);

    if (total + stats->lost != found + 1 || stats->messages != 0 || stats->bytes != 0 ||
        stats->file_bytes != 0)
        __builtin_trap();
    spool_close(spool);
    spool = spool_open(&settings, &silence, &err);
    if (spool == NULL || spool_stats(spool)->found != 0)
        __builtin_trap();
    spool_close(spool);
    batch_free(batch);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/dev/shm/laudit-spool-XXXXXX";

    if (size < 4)
        return 0;
    if (mkdtemp(folder) == NULL)
        abort();
    fill_folder(folder, data, size);
    use_spool(folder, data[0] >> 4);
    nftw(folder, remove_entry, 4, FTW_DEPTH | FTW_PHYS);
    return 0;
}
