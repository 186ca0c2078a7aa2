#include "engine.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "kernel/capture.h"
#include "kernel/logfile.h"
#include "kernel/logline.h"
#include "push.h"
#include "record/record.h"

enum { PATHS_MOST = 16 };

static void push_record(lua_State *L, const struct record_text *record)
{
    lua_newtable(L); /* [record] */
    set_number(L, "type", record->type);
    set_number(L, "arrival", record->arrival_ns);
    set_span(L, "token", record->type_token);
    set_span(L, "node", record->node);
    set_span(L, "text", record->text);
}

/* logline(line) → record, or nil */
static int kernel_logline(lua_State *L)
{
    struct record_text record;

    if (!logline_parse(check_span(L, 1), &record))
        return 0;
    push_record(L, &record);
    return 1;
}

struct gatherer {
    lua_State *L;
    int records; /* stack index of the table that gets them */
};

/* Looks at the header, as whoever takes records does. */
static int gather(void *context, const struct record_text *record)
{
    struct gatherer *gatherer = context;
    struct record_header header;

    push_record(gatherer->L, record); /* [..., record] */
    lua_rawseti(gatherer->L, gatherer->records,
                (int)lua_objlen(gatherer->L, gatherer->records) + 1);
    return record_header_parse(record->text, &header);
}

static void push_stats(lua_State *L, const struct logfile_stats *stats)
{
    lua_newtable(L); /* [stats] */
    set_number(L, "lines", stats->lines);
    set_number(L, "records", stats->records);
    set_number(L, "garbage", stats->garbage);
    set_number(L, "overlong", stats->overlong);
    set_number(L, "blank", stats->blank);
    set_number(L, "truncated", stats->truncated);
    set_number(L, "text", stats->text);
    set_number(L, "read", stats->read);
    set_number(L, "total", stats->total);
}

static size_t check_paths(lua_State *L, const char **paths)
{
    size_t count = lua_objlen(L, 1);

    luaL_argcheck(L, count <= PATHS_MOST, 1, "too many paths");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (int)i + 1); /* [path] */
        paths[i] = luaL_checkstring(L, -1);
        lua_pop(L, 1); /* the table keeps it alive */
    }
    return count;
}

/* Reads all; leaves { records=, files=, errors= } on the stack. */
static void read_all(lua_State *L, struct logfile *reader)
{
    struct error err;
    int status, new_files = 0, errors = 0;

    lua_newtable(L); /* [result] */
    lua_newtable(L); /* [result, records] */
    lua_newtable(L); /* [result, records, errors] */

    struct gatherer gatherer = { L, lua_gettop(L) - 1 };

    while ((status = logfile_read(reader, gather, &gatherer, &err)) != LOGFILE_END) {
        new_files += status == LOGFILE_NEW_FILE;
        if (status < 0) {
            lua_pushstring(L, err.text); /* [result, records, errors, text] */
            lua_rawseti(L, -2, ++errors);
        }
    }
    lua_setfield(L, -3, "errors");
    lua_setfield(L, -2, "records"); /* [result] */
    set_number(L, "new_files", (uint64_t)new_files);
}

/* logfile { path, ... } → { records=, new_files=, errors=, stats=, log= }, or nil and a sentence */
static int kernel_logfile(lua_State *L)
{
    const char *paths[PATHS_MOST];
    struct error err;
    char *said = NULL;
    size_t said_len = 0;
    size_t count = check_paths(L, paths);
    struct log log = { .stream = open_memstream(&said, &said_len), .least = LOG_LEVEL_DEBUG };
    struct logfile *reader = logfile_open(paths, count, &log, &err);

    if (reader == NULL) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
    } else {
        read_all(L, reader); /* [result] */
        push_stats(L, logfile_stats(reader));
        lua_setfield(L, -2, "stats");
    }
    logfile_close(reader);
    fclose(log.stream);
    if (reader != NULL)
        set_span(L, "log", (struct span){ said, said_len });
    free(said);
    return reader != NULL ? 1 : 2;
}

/* count(path) → records: reads without keeping anything, for measuring */
static int count_record(void *context, const struct record_text *record)
{
    *(uint64_t *)context += record->text.len > 0;
    return 0;
}

static int kernel_count(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    struct error err;
    uint64_t count = 0;
    struct logfile *reader = logfile_open(&path, 1, NULL, &err);

    if (reader == NULL)
        return luaL_error(L, "%s", err.text);
    while (logfile_read(reader, count_record, &count, &err) == LOGFILE_MORE)
        continue;
    logfile_close(reader);
    lua_pushnumber(L, (lua_Number)count);
    return 1;
}

/* piped { chunk, ... } → { records after each chunk and after the end }: a pipe, read as it fills
 */
static int kernel_piped(lua_State *L)
{
    struct error err;
    int ends[2];
    char path[64];
    uint64_t count = 0;
    size_t chunks = lua_objlen(L, 1);

    if (pipe(ends) != 0)
        return luaL_error(L, "pipe failed");
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);

    const char *paths[] = { path };
    struct logfile *reader = logfile_open(paths, 1, NULL, &err);

    lua_newtable(L); /* [counts] */
    for (size_t i = 0; i <= chunks; i++) {
        if (i < chunks) {
            lua_rawgeti(L, 1, (int)i + 1); /* [counts, chunk] */
            struct span chunk = check_span(L, -1);
            if (write(ends[1], chunk.data, chunk.len) != (ssize_t)chunk.len)
                return luaL_error(L, "write failed");
            lua_pop(L, 1); /* [counts] */
            logfile_read(reader, count_record, &count, &err);
        } else {
            close(ends[1]);
            while (logfile_read(reader, count_record, &count, &err) != LOGFILE_END)
                continue;
        }
        lua_pushnumber(L, (lua_Number)count);
        lua_rawseti(L, -2, (int)i + 1);
    }
    logfile_close(reader);
    close(ends[0]);
    return 1;
}

/* gzip(text), zstd(text) → packed */
static int kernel_gzip(lua_State *L)
{
    struct span text = check_span(L, 1);
    size_t room = text.len + 1024;
    char *out = malloc(room);
    z_stream stream = { 0 };

    if (out == NULL || deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return luaL_error(L, "gzip failed");
    stream.next_in = (Bytef *)(uintptr_t)text.data;
    stream.avail_in = (uInt)text.len;
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)room;
    deflate(&stream, Z_FINISH);
    lua_pushlstring(L, out, stream.total_out);
    deflateEnd(&stream);
    free(out);
    return 1;
}

static int kernel_zstd(lua_State *L)
{
    struct span text = check_span(L, 1);
    size_t room = ZSTD_compressBound(text.len);
    char *out = malloc(room);

    if (out == NULL)
        return luaL_error(L, "zstd failed");
    lua_pushlstring(L, out, ZSTD_compress(out, room, text.data, text.len, 3));
    free(out);
    return 1;
}

static struct datagram check_datagram(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    lua_getfield(L, index, "bytes");     /* [bytes] */
    lua_getfield(L, index, "sender");    /* [bytes, sender] */
    lua_getfield(L, index, "truncated"); /* [bytes, sender, truncated] */
    lua_getfield(L, index, "arrival");   /* [bytes, sender, truncated, arrival] */

    struct datagram datagram = { .bytes = check_span(L, -4),
                                 .sender = (uint32_t)lua_tonumber(L, -3),
                                 .truncated = lua_toboolean(L, -2),
                                 .arrival_ns = (uint64_t)lua_tonumber(L, -1) };

    lua_pop(L, 4); /* the table keeps the bytes alive */
    return datagram;
}

/* datagram { bytes= } → { type=, sequence=, payload=, answer=, rival=, record= }, or nil, errno */
static int kernel_datagram(lua_State *L)
{
    struct datagram datagram = check_datagram(L, 1);
    struct message message;
    struct record_text record;
    uint32_t rival;
    int status = message_parse(&datagram, &message);

    if (status != 0) {
        lua_pushnil(L);
        lua_pushinteger(L, status);
        return 2;
    }
    lua_newtable(L); /* [message] */
    set_number(L, "type", message.type);
    set_number(L, "sequence", message.sequence);
    set_span(L, "payload", message.payload);
    lua_pushboolean(L, message_is_answer(&message));
    lua_setfield(L, -2, "answer");
    if (message_rival(&message, &rival))
        set_number(L, "rival", rival);
    if (message_record(&message, datagram.arrival_ns, &record)) {
        push_record(L, &record); /* [message, record] */
        lua_setfield(L, -2, "record");
    }
    return 1;
}

/* capture(path, { datagram, ... }) → true, or nil and a sentence */
static int kernel_capture(lua_State *L)
{
    struct error err;
    struct capture *capture = capture_open(luaL_checkstring(L, 1), &err);

    for (size_t i = 1; capture != NULL && i <= lua_objlen(L, 2); i++) {
        lua_rawgeti(L, 2, (int)i); /* [datagram] */
        struct datagram datagram = check_datagram(L, lua_gettop(L));
        capture_take(capture, &datagram);
        lua_pop(L, 1);
    }
    if (capture != NULL && capture_close(capture, &err) == 0) {
        lua_pushboolean(L, true);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, err.text);
    return 2;
}

/* Opens a capture on a pipe in place of standard output; the pipe's other end goes to *reader. */
static struct capture *open_piped(int *reader)
{
    struct error err;
    int ends[2], stdout_before = dup(STDOUT_FILENO);

    if (stdout_before < 0 || pipe(ends) != 0)
        abort();
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);

    struct capture *capture = capture_open("-", &err);

    dup2(stdout_before, STDOUT_FILENO);
    close(stdout_before);
    *reader = ends[0];
    return capture;
}

/*
 * capture_piped(datagram, count, reads) → is_full, bytes read, sentence or nil: a capture on a pipe
 * that is read only when all datagrams were taken, and only when `reads` is true
 */
static int kernel_capture_piped(lua_State *L)
{
    struct datagram datagram = check_datagram(L, 1);
    static char room[65536];
    struct error err;
    int reader;
    uint64_t bytes = 0;
    struct capture *capture = open_piped(&reader);

    for (int i = 0; i < luaL_checkint(L, 2); i++)
        capture_take(capture, &datagram);
    lua_pushboolean(L, capture_is_full(capture)); /* [is_full] */
    capture_flush(capture);
    while (lua_toboolean(L, 3) && capture_is_blocked(capture)) {
        bytes += (uint64_t)read(reader, room, sizeof room);
        capture_flush(capture);
    }

    int status = capture_close(capture, &err);
    ssize_t got;

    while ((got = read(reader, room, sizeof room)) > 0)
        bytes += (uint64_t)got;
    close(reader);
    lua_pushnumber(L, (lua_Number)bytes); /* [is_full, bytes] */
    lua_pushstring(L, status != 0 ? err.text : NULL);
    return 3;
}

void engine_kernel_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "logline", kernel_logline },
        { "logfile", kernel_logfile },
        { "count", kernel_count },
        { "piped", kernel_piped },
        { "gzip", kernel_gzip },
        { "zstd", kernel_zstd },
        { "datagram", kernel_datagram },
        { "capture", kernel_capture },
        { "capture_piped", kernel_capture_piped },
        { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
