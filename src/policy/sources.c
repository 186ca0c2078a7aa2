#include "policy/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Reads a whole regular file into `bytes`. */
static int read_file(const char *path, struct buffer *bytes, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us */
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    struct stat about;

    if (file == NULL)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode)) {
        fclose(file);
        return error_set(err, -EINVAL, "%s: is no regular file", path);
    }
    buffer_clear(bytes);

    size_t size = about.st_size < SOURCE_MOST ? (size_t)about.st_size : SOURCE_MOST;
    size_t step = size + 1, got; /* a file that does not grow is read at once, its end too */

    do {
        got = fread(buffer_reserve(bytes, step), 1, step, file);
        buffer_commit(bytes, got);
    } while (got == step && bytes->len <= SOURCE_MOST);

    bool is_broken = ferror(file) != 0;

    fclose(file);
    if (is_broken)
        return error_set(err, -EIO, "%s: cannot be read", path);
    if (bytes->len > SOURCE_MOST)
        return error_set(err, -EFBIG, "%s: is longer than %d bytes", path, SOURCE_MOST);
    return 0;
}

const struct source *sources_read(struct sources *sources, const char *path, struct error *err)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (strcmp(sources->items[i].path, path) != 0)
            continue;
        if (!sources->items[i].is_absent)
            return &sources->items[i];
        error_set(err, -ENOENT, "%s: could not be read", path);
        return NULL;
    }
    if (sources->count == SOURCES_MOST) {
        error_set(err, -E2BIG, "%s: a policy has at most %d files", path, SOURCES_MOST);
        return NULL;
    }

    struct source *source = &sources->items[sources->count];

    source->is_absent = read_file(path, &source->bytes, err) != 0;
    source->path = strdup(path);
    if (source->path == NULL)
        abort();
    sources->count++;
    if (!source->is_absent)
        return source;
    buffer_free(&source->bytes);
    return NULL;
}

bool sources_are_unchanged(const struct sources *sources)
{
    struct buffer now = { 0 };
    bool are_same = true;

    for (size_t i = 0; are_same && i < sources->count; i++) {
        const struct source *source = &sources->items[i];
        struct error ignored;

        if (read_file(source->path, &now, &ignored) != 0)
            are_same = source->is_absent;
        else
            are_same =
                !source->is_absent && span_equal(buffer_span(&now), buffer_span(&source->bytes));
    }
    buffer_free(&now);
    return are_same;
}

void sources_free(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->items[i].path);
        buffer_free(&sources->items[i].bytes);
    }
    sources->count = 0;
}
