#include "control/config_values.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"

enum {
    SHOWN_MOST = 60, /* bytes of a text that a sentence shows */
    SECONDS_MOST = 86400
};

void complain(struct reader *reader, unsigned line, const char *format, ...)
{
    va_list arguments;
    char sentence[2048];

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    reader->complaints = array_grow(reader->complaints, reader->count, sizeof *reader->complaints);

    char *text = strdup(sentence);

    if (text == NULL)
        abort();
    reader->complaints[reader->count++] = (struct complaint){ line, text };
}

void complain_option(struct reader *reader, const struct place *place, const char *name,
                     const char *format, ...)
{
    va_list arguments;
    char sentence[1024];

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    complain(reader, option_line(reader, place, span_of(name)), "%s: %s: %s", place->subject, name,
             sentence);
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* True when `line` holds the word `name` and an equals sign behind it, outside a comment. */
static bool sets(struct span line, struct span name)
{
    for (size_t at = 0; at + name.len < line.len; at++) {
        if (line.data[at] == '-' && line.data[at + 1] == '-')
            return false;
        if (memcmp(line.data + at, name.data, name.len) != 0 ||
            (at > 0 && is_name_byte(line.data[at - 1])))
            continue;

        size_t after = at + name.len;

        while (after < line.len && (line.data[after] == ' ' || line.data[after] == '\t'))
            after++;
        if (after < line.len && line.data[after] == '=' &&
            (after + 1 == line.len || line.data[after + 1] != '='))
            return true;
    }
    return false;
}

unsigned option_line(const struct reader *reader, const struct place *place, struct span name)
{
    struct span rest = reader->source;

    for (unsigned line = 1; rest.len > 0 && name.len > 0; line++) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = newline != NULL ? (size_t)(newline - rest.data) : rest.len;

        if (line > place->line && line >= place->until)
            break;
        if (line >= place->line && sets((struct span){ rest.data, len }, name))
            return line;
        rest = span_skip(rest, newline != NULL ? len + 1 : len);
    }
    return place->line;
}

bool is_stranger(lua_State *L)
{
    return lua_type(L, -1) == LUA_TUSERDATA;
}

bool is_audit(lua_State *L)
{
    return lua_type(L, -1) == LUA_TLIGHTUSERDATA;
}

const char *describe_value(lua_State *L, char *room, size_t size)
{
    struct span text;

    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        return "nothing";
    case LUA_TBOOLEAN:
        return lua_toboolean(L, -1) ? "true" : "false";
    case LUA_TNUMBER:
        snprintf(room, size, "number %.14g", lua_tonumber(L, -1));
        return room;
    case LUA_TSTRING:
        text.data = lua_tolstring(L, -1, &text.len);
        snprintf(room, size, "'%.*s%s'", (int)(text.len < SHOWN_MOST ? text.len : SHOWN_MOST),
                 text.data, text.len < SHOWN_MOST ? "" : "...");
        return room;
    case LUA_TTABLE:
        return "a table";
    case LUA_TLIGHTUSERDATA:
        return "something of audit, which only on and transform take";
    default:
        return "a function";
    }
}

/* Says what was expected; the value found is on top of the stack. */
static void expected(struct reader *reader, const struct place *place, const char *name,
                     const char *what)
{
    char room[128];

    if (!is_stranger(reader->L))
        complain_option(reader, place, name, "expected %s, found %s", what,
                        describe_value(reader->L, room, sizeof room));
}

void read_boolean(struct reader *reader, const struct place *place, const char *name, void *target)
{
    if (lua_type(reader->L, -1) == LUA_TBOOLEAN)
        *(bool *)target = lua_toboolean(reader->L, -1);
    else
        expected(reader, place, name, "true or false");
}

void read_count(struct reader *reader, const struct place *place, const char *name, void *target)
{
    lua_Number number = lua_tonumber(reader->L, -1);

    if (lua_type(reader->L, -1) == LUA_TNUMBER && number >= 0 && number <= UINT32_MAX &&
        number == floor(number))
        *(uint32_t *)target = (uint32_t)number;
    else
        expected(reader, place, name, "a whole number that is not negative");
}

/* "16MiB" → bytes; false when it is no size. */
static bool parse_size(struct span text, uint64_t *size)
{
    static const struct {
        struct span name;
        uint64_t bytes;
    } units[] = {
        { { "", 0 }, 1 },          { { "B", 1 }, 1 },         { { "kB", 2 }, 1000 },
        { { "KB", 2 }, 1000 },     { { "MB", 2 }, 1000000 },  { { "GB", 2 }, 1000000000 },
        { { "KiB", 3 }, 1 << 10 }, { { "MiB", 3 }, 1 << 20 }, { { "GiB", 3 }, 1 << 30 },
    };
    size_t digits = 0;
    uint64_t number;

    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    if (!span_decimal((struct span){ text.data, digits }, &number))
        return false;
    text = span_skip(text, digits);
    if (text.len > 0 && text.data[0] == ' ')
        text = span_skip(text, 1);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!span_equal(text, units[i].name) || number > INT64_MAX / units[i].bytes)
            continue;
        *size = number * units[i].bytes;
        return true;
    }
    return false;
}

void read_size(struct reader *reader, const struct place *place, const char *name, void *target)
{
    lua_Number number = lua_tonumber(reader->L, -1);
    int type = lua_type(reader->L, -1);
    struct span text = { NULL, 0 };
    uint64_t size = 0;

    if (type == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    if (type == LUA_TNUMBER && number >= 1 && number <= 1e15 && number == floor(number))
        size = (uint64_t)number;
    else if (type != LUA_TSTRING || !parse_size(text, &size))
        size = 0;
    if (size > 0)
        *(uint64_t *)target = size;
    else
        expected(reader, place, name, "a size such as '16MiB' or a number of bytes");
}

void read_seconds(struct reader *reader, const struct place *place, const char *name, void *target)
{
    lua_Number number = lua_tonumber(reader->L, -1);

    if (lua_type(reader->L, -1) == LUA_TNUMBER && number >= 0 && number <= SECONDS_MOST)
        *(double *)target = number;
    else
        expected(reader, place, name, "a number of seconds, at most a day");
}

void read_text(struct reader *reader, const struct place *place, const char *name, void *target)
{
    struct span text;

    if (lua_type(reader->L, -1) != LUA_TSTRING) {
        expected(reader, place, name, "text");
        return;
    }
    text.data = lua_tolstring(reader->L, -1, &text.len);
    if (text.len == 0 || memchr(text.data, '\0', text.len) != NULL)
        expected(reader, place, name, "text that is not empty and holds no zero byte");
    else
        *(struct span *)target = arena_copy(&reader->config->arena, text);
}

void read_mode(struct reader *reader, const struct place *place, const char *name, void *target)
{
    struct span text = { NULL, 0 };
    uint64_t mode;

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    if (text.data != NULL && span_octal(text, &mode) && mode <= 0777)
        *(mode_t *)target = (mode_t)mode;
    else
        expected(reader, place, name, "octal digits in quotes such as '0640'");
}

void read_owner(struct reader *reader, const struct place *place, const char *name, bool is_group,
                struct option_owner *target)
{
    struct config_owner owner = { .target = target,
                                  .is_group = is_group,
                                  .output = reader->config->reading };
    lua_Number number = lua_tonumber(reader->L, -1);
    bool is_number = lua_type(reader->L, -1) == LUA_TNUMBER;
    struct span text = { NULL, 0 };
    uint64_t id = UINT32_MAX;

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    if (is_number && number >= 0 && number < UINT32_MAX && number == floor(number))
        id = (uint64_t)number;
    if (!is_number && text.len > 0 && memchr(text.data, '\0', text.len) == NULL &&
        !span_decimal(text, &id))
        owner.name = arena_copy(&reader->config->arena, text);
    if (owner.name.data == NULL && id >= UINT32_MAX) {
        expected(reader, place, name, "a name or a number");
        return;
    }
    *target = (struct option_owner){ true, (uint32_t)id };
    owner.line = option_line(reader, place, span_of(name));
    config_add_owner(reader->config, &owner);
}
