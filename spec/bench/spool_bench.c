/*
 * spool_bench.c - how fast a spool is written and read back.
 *
 * spool_bench FOLDER [MIB]: appends MIB (1024) of JSON lines in batches of 256 KiB, reads them
 * back, and says MB/s of both, beside the same bytes written to a plain file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "output/spool.h"

enum { BATCH = 256 << 10, LINE = 700 /* bytes */ };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void report(const char *what, double bytes, double began)
{
    printf("%-24s %6.0f MB/s\n", what, bytes / 1e6 / (seconds() - began));
}

static struct batch *make_batch(void)
{
    struct batch *batch = batch_new();
    struct envelope facts = { .time_ms = 1700000000000, .key = SPAN("root-shell") };

    while (batch->bytes.len < BATCH) {
        facts.serial++;
        buffer_printf(&batch->bytes, "{\"ID\":\"1700000000.000:%u\",\"x\":\"%0*d\"}\n",
                      facts.serial, LINE, 0);
        batch_commit(batch, &facts);
    }
    return batch;
}

static int complain(const struct error *err)
{
    fprintf(stderr, "%s\n", err->text);
    return 1;
}

static int write_plain(const char *folder, const struct batch *batch, size_t count)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/plain", folder);

    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    double began = seconds();

    for (size_t i = 0; i < count; i++) {
        if (write(fd, batch->bytes.data, batch->bytes.len) != (ssize_t)batch->bytes.len)
            return 1;
    }
    report("plain writes", (double)batch->bytes.len * (double)count, began);
    close(fd);
    return unlink(path);
}

int main(int argc, char **argv)
{
    static const struct log silence = { 0 };
    char path[4096];
    struct error err;
    struct batch *batch = make_batch();
    size_t mib = argc > 2 ? strtoul(argv[2], NULL, 10) : 1024;
    size_t count = (mib << 20) / batch->bytes.len, read = 0;
    double bytes = (double)batch->bytes.len * (double)count;

    if (argc < 2 || write_plain(argv[1], batch, count) != 0)
        return 2;
    snprintf(path, sizeof path, "%s/spool", argv[1]);

    struct spool_settings settings = { .path = span_of(path), .bytes = UINT64_MAX };
    struct spool *spool = spool_open(&settings, &silence, &err);
    double began = seconds();

    if (spool == NULL)
        return complain(&err);
    for (size_t i = 0; i < count; i++) {
        if (spool_append(spool, batch, &err) != 0)
            return complain(&err);
    }
    report("append", bytes, began);
    spool_close(spool);
    began = seconds();
    spool = spool_open(&settings, &silence, &err);
    report("open (all checked)", bytes, began);
    began = seconds();
    while (spool != NULL && spool_read(spool, batch, &err) == 1 &&
           spool_acknowledge(spool, &err) == 0)
        read++;
    report("read and acknowledge", bytes, began);
    if (spool != NULL)
        spool_close(spool);
    batch_free(batch);
    return read == count ? 0 : complain(&err);
}
