#include "kernel/logfile.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/capture.h"
#include "kernel/logline.h"
#include "kernel/unpack.h"

enum { LOGFILE_BLOCK = 256 * 1024 /* bytes read at once */ };

enum content { CONTENT_UNKNOWN, CONTENT_LINES, CONTENT_CAPTURE };

struct logfile {
    const struct log *log;
    char **paths;
    size_t path_count, path_at;

    struct unpacker *unpacker; /* of paths[path_at]; NULL between two files */
    enum content content;
    uint64_t line;     /* of this file */
    uint64_t bad;      /* lines of this file that are no records */
    uint64_t consumed; /* bytes of the files before this one */

    char *data; /* bytes not handed on yet are at..len */
    size_t at, len, room;
    size_t searched;  /* no newline is between at and searched */
    bool is_skipping; /* within a line over the limit */

    record_sink *sink;
    void *context;
    struct type_cache types;
    struct logfile_stats stats;
};

static const char *name_of(const struct logfile *reader)
{
    const char *path = reader->paths[reader->path_at];

    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void report_bad(struct logfile *reader, const char *what, struct span line)
{
    if (++reader->bad > LOGFILE_REPORTED)
        return;
    log_write(reader->log, LOG_LEVEL_WARNING, "%s:%llu: %s: '%.*s%s'", name_of(reader),
              (unsigned long long)reader->line, what, line.len < 60 ? (int)line.len : 60, line.data,
              line.len <= 60 ? "" : "...");
}

static void take_overlong(struct logfile *reader, struct span start)
{
    reader->line++;
    reader->stats.lines++;
    reader->stats.overlong++;
    report_bad(reader, "longer than 8 MiB", start);
}

/* A file that was open when the power failed may hold a run of NULs before the next record. */
static struct span without_hole(struct span line)
{
    while (line.len > 0 && *line.data == '\0')
        line = span_skip(line, 1);
    return line;
}

static void take_line(struct logfile *reader, struct span line)
{
    struct record_text record;

    if (line.len > LOGFILE_LINE_MAX) {
        take_overlong(reader, line);
        return;
    }
    reader->line++;
    reader->stats.lines++;
    if (line.len == 0 || (line.len == 1 && *line.data == '\r')) {
        reader->stats.blank++;
        return;
    }
    if (!logline_parse(without_hole(line), &record)) {
        reader->stats.garbage++;
        report_bad(reader, "no audit record", line);
        return;
    }
    record.type = type_cache_find(&reader->types, record.type_token);
    reader->stats.records++;
    if (reader->sink(reader->context, &record) != 0)
        report_bad(reader, "malformed record", line);
}

static void take_lines(struct logfile *reader)
{
    for (;;) {
        const char *start = reader->data + reader->at;
        const char *newline =
            memchr(reader->data + reader->searched, '\n', reader->len - reader->searched);

        if (newline == NULL) {
            reader->searched = reader->len;
            break;
        }
        if (!reader->is_skipping)
            take_line(reader, (struct span){ start, (size_t)(newline - start) });
        reader->is_skipping = false;
        reader->at = reader->searched = (size_t)(newline - reader->data) + 1;
    }
    if (reader->len - reader->at > LOGFILE_LINE_MAX && !reader->is_skipping) {
        take_overlong(reader, (struct span){ reader->data + reader->at, LOGFILE_LINE_MAX });
        reader->is_skipping = true;
    }
    if (reader->is_skipping)
        reader->at = reader->searched = reader->len;
}

static void take_datagram(struct logfile *reader, const struct datagram *datagram)
{
    struct message message;
    struct record_text record;

    reader->line++;
    reader->stats.lines++;
    if (datagram->sender != 0 || message_parse(datagram, &message) != 0) {
        reader->stats.garbage++;
        report_bad(reader, "no message of the kernel", (struct span){ "", 0 });
    } else if (!message_record(&message, datagram->arrival_ns, &record)) {
        reader->stats.blank++;
    } else {
        reader->stats.records++;
        reader->stats.truncated += datagram->truncated;
        if (reader->sink(reader->context, &record) != 0)
            report_bad(reader, "malformed record", record.text);
    }
}

static int take_datagrams(struct logfile *reader, struct error *err)
{
    struct span rest = { reader->data + reader->at, reader->len - reader->at };
    struct datagram datagram;
    int status;

    while ((status = capture_next(&rest, &datagram)) == 1)
        take_datagram(reader, &datagram);
    reader->at = reader->len - rest.len;
    if (status < 0)
        return error_set(err, status, "damaged after %llu datagrams",
                         (unsigned long long)reader->line);
    return 0;
}

/* Learns from a file's first bytes what is in it; they may be too few for that until `at_end`. */
static int recognise(struct logfile *reader, bool at_end, struct error *err)
{
    struct span start = { reader->data + reader->at, reader->len - reader->at };
    struct span kind = { CAPTURE_MAGIC, CAPTURE_KIND_LEN };

    if (start.len < CAPTURE_MAGIC_LEN && !at_end &&
        memcmp(start.data, kind.data, start.len < kind.len ? start.len : kind.len) == 0)
        return 0;
    if (start.len < CAPTURE_MAGIC_LEN || !span_starts(start, kind)) {
        reader->content = CONTENT_LINES;
        return 0;
    }
    reader->content = CONTENT_CAPTURE;
    reader->at += CAPTURE_MAGIC_LEN;
    return capture_check((struct span){ start.data, CAPTURE_MAGIC_LEN }, err);
}

static int take_block(struct logfile *reader, bool at_end, struct error *err)
{
    int status = 0;

    if (reader->content == CONTENT_UNKNOWN)
        status = recognise(reader, at_end, err);
    if (status == 0 && reader->content == CONTENT_CAPTURE)
        status = take_datagrams(reader, err);
    if (reader->content == CONTENT_LINES)
        take_lines(reader);
    return status;
}

/* What is left when a file is over: a last line without a newline, or a torn datagram. */
static int take_rest(struct logfile *reader, struct error *err)
{
    int status = take_block(reader, true, err);
    struct span rest = { reader->data + reader->at, reader->len - reader->at };

    reader->at = reader->len = reader->searched = 0;
    if (status != 0 || rest.len == 0)
        return status;
    if (reader->content == CONTENT_CAPTURE)
        return error_set(err, -EBADMSG, "torn after %llu datagrams, in the middle of the next",
                         (unsigned long long)reader->line);
    take_line(reader, rest);
    return 0;
}

/* Moves what waits to the front and makes sure that a block fits behind it. */
static void make_room(struct logfile *reader)
{
    size_t waiting = reader->len - reader->at;

    if (reader->at > 0) {
        memmove(reader->data, reader->data + reader->at, waiting);
        reader->searched -= reader->at;
        reader->len = waiting;
        reader->at = 0;
    }
    if (reader->room - reader->len >= LOGFILE_BLOCK)
        return;
    reader->room = 2 * (reader->len + LOGFILE_BLOCK);
    reader->data = realloc(reader->data, reader->room);
    if (reader->data == NULL)
        abort();
}

static int begin_file(struct logfile *reader, struct error *err)
{
    reader->unpacker = unpacker_open(reader->paths[reader->path_at], err);
    if (reader->unpacker == NULL) {
        error_within(err, "%s", name_of(reader));
        reader->path_at++;
        return err->code;
    }
    reader->content = CONTENT_UNKNOWN;
    reader->line = reader->bad = 0;
    reader->at = reader->len = reader->searched = 0;
    reader->is_skipping = false;
    return 0;
}

/* Ends a file for which reading ended with `status`: 0, or negative errno with a sentence. */
static int finish_file(struct logfile *reader, int status, struct error *err)
{
    struct error second;

    if (status == 0)
        status = take_rest(reader, err);
    else if (reader->content != CONTENT_CAPTURE)
        take_rest(reader, &second); /* the first sentence is the better one */
    if (status != 0)
        error_within(err, "%s", name_of(reader));
    if (reader->bad > LOGFILE_REPORTED)
        log_write(reader->log, LOG_LEVEL_WARNING, "%s: %llu lines in all were left out",
                  name_of(reader), (unsigned long long)reader->bad);
    reader->consumed += unpacker_consumed(reader->unpacker);
    unpacker_close(reader->unpacker);
    reader->unpacker = NULL;
    reader->path_at++;
    if (status != 0)
        return status;
    return reader->path_at < reader->path_count ? LOGFILE_NEW_FILE : LOGFILE_END;
}

struct logfile *logfile_open(const char *const *paths, size_t count, const struct log *log,
                             struct error *err)
{
    uint64_t total = 0;
    bool is_known = true;

    for (size_t i = 0; i < count; i++) {
        bool is_stdin = strcmp(paths[i], "-") == 0;
        struct stat file;

        if ((is_stdin ? fstat(STDIN_FILENO, &file) : stat(paths[i], &file)) != 0 ||
            (!is_stdin && access(paths[i], R_OK) != 0)) {
            error_set(err, -errno, "%s: %s", paths[i], strerror(errno));
            return NULL;
        }
        is_known = is_known && S_ISREG(file.st_mode);
        total += (uint64_t)file.st_size;
    }

    struct logfile *reader = calloc(1, sizeof *reader);

    if (reader == NULL || (reader->paths = calloc(count + 1, sizeof *reader->paths)) == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        if ((reader->paths[i] = strdup(paths[i])) == NULL)
            abort();
    reader->path_count = count;
    reader->log = log;
    reader->stats.total = is_known ? total : 0;
    return reader;
}

void logfile_close(struct logfile *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->path_count; i++)
        free(reader->paths[i]);
    free(reader->paths);
    unpacker_close(reader->unpacker);
    free(reader->data);
    free(reader);
}

int logfile_read(struct logfile *reader, record_sink *sink, void *context, struct error *err)
{
    if (reader->path_at == reader->path_count)
        return LOGFILE_END;
    reader->sink = sink;
    reader->context = context;
    if (reader->unpacker == NULL) {
        int status = begin_file(reader, err);

        if (status != 0)
            return status;
    }
    make_room(reader);

    ssize_t got = unpacker_read(reader->unpacker, reader->data + reader->len, LOGFILE_BLOCK, err);

    reader->stats.read = reader->consumed + unpacker_consumed(reader->unpacker);
    if (got == -EAGAIN)
        return LOGFILE_MORE;
    if (got <= 0)
        return finish_file(reader, (int)got, err);
    reader->len += (size_t)got;
    reader->stats.text += (uint64_t)got;

    int status = take_block(reader, false, err);

    return status != 0 ? finish_file(reader, status, err) : LOGFILE_MORE;
}

const struct logfile_stats *logfile_stats(const struct logfile *reader)
{
    return &reader->stats;
}
