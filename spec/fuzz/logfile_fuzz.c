#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/logfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t records, bytes;
};

/* Reads each byte, so that a span beyond its buffer is noticed. */
static int take(void *context, const struct record_text *record)
{
    struct seen *seen = context;
    struct span spans[] = { record->text, record->node, record->type_token };
    static volatile char sink;

    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
        for (size_t at = 0; at < spans[i].len; at++)
            sink = spans[i].data[at];
    (void)sink;
    seen->records++;
    seen->bytes += record->text.len;
    return 0;
}

/* A file: lines, a capture, or either of them packed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct error err;
    struct seen seen = { 0 };
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    int status;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

    const char *paths[] = { path };
    struct logfile *reader = logfile_open(paths, 1, NULL, &err);

    if (reader == NULL)
        abort();
    while ((status = logfile_read(reader, take, &seen, &err)) == LOGFILE_MORE)
        continue;

    const struct logfile_stats *stats = logfile_stats(reader);

    if (stats->lines != stats->records + stats->garbage + stats->overlong + stats->blank ||
        stats->records != seen.records || seen.bytes > stats->text || stats->read > size ||
        status == LOGFILE_NEW_FILE)
        __builtin_trap();
    logfile_close(reader);
    close(fd);
    return 0;
}
