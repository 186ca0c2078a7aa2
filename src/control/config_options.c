#include "control/config_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"

enum {
    SUBJECT_ROOM = 160, /* bytes */
    LIST_MOST = 1000,   /* texts or pairs of one option */
    DEPTH_MOST = 8      /* tables in tables */
};

static void read_described_in(struct reader *reader, int index, const struct place *place,
                              const struct option_group *group);

/* Says what was expected; the value found is on top of the stack. */
static void expected(struct reader *reader, const struct place *place, const char *name,
                     const char *what)
{
    char room[128];

    if (!is_stranger(reader->L))
        complain_option(reader, place, name, "expected %s, found %s", what,
                        describe_value(reader->L, room, sizeof room));
}

static struct span text_on_top(lua_State *L)
{
    struct span text = { NULL, 0 };

    if (lua_type(L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(L, -1, &text.len);
    return text;
}

static void read_number(struct reader *reader, const struct place *place,
                        const struct option *option, uint32_t *target)
{
    lua_Number number = lua_tonumber(reader->L, -1);
    char what[80] = "a whole number that is not negative";
    uint32_t most = option->most > 0 ? option->most : UINT32_MAX;

    if (option->most > 0)
        snprintf(what, sizeof what, "a whole number from %u to %u", option->least, option->most);
    if (lua_type(reader->L, -1) == LUA_TNUMBER && number >= option->least && number <= most &&
        number == floor(number))
        *target = (uint32_t)number;
    else
        expected(reader, place, option->name, what);
}

static void read_ratio(struct reader *reader, const struct place *place,
                       const struct option *option, double *target)
{
    lua_Number number = lua_tonumber(reader->L, -1);

    if (lua_type(reader->L, -1) == LUA_TNUMBER && number >= 0 && number <= 1)
        *target = number;
    else
        expected(reader, place, option->name, "a number from 0 to 1");
}

void add_known(char known[KNOWN_ROOM], const char *name)
{
    size_t len = strlen(known);

    snprintf(known + len, KNOWN_ROOM - len, "%s'%s'", len > 0 ? ", " : "one of ", name);
}

static void read_choice(struct reader *reader, const struct place *place,
                        const struct option *option, int *target)
{
    struct span text = text_on_top(reader->L);
    char known[KNOWN_ROOM] = "";

    for (int i = 0; option->choices[i] != NULL; i++) {
        if (text.data != NULL && span_equal(text, span_of(option->choices[i]))) {
            *target = i;
            return;
        }
        add_known(known, option->choices[i]);
    }
    expected(reader, place, option->name, known);
}

/* "5%" or a size. */
static void read_space(struct reader *reader, const struct place *place,
                       const struct option *option, struct option_space *target)
{
    struct span text = text_on_top(reader->L);
    uint64_t percent;

    if (text.len > 1 && text.data[text.len - 1] == '%') {
        text.len--;
        if (span_decimal(text, &percent) && percent > 0 && percent < 100)
            *target = (struct option_space){ .is_given = true, .percent = (double)percent };
        else
            expected(reader, place, option->name, "a part such as '5%' or a size such as '1GiB'");
        return;
    }
    read_size(reader, place, option->name, &target->bytes);
    target->is_given = target->bytes > 0;
}

static void read_path(struct reader *reader, const struct place *place, const char *name,
                      struct span *target)
{
    struct span path = { NULL, 0 };

    read_text(reader, place, name, &path);
    if (path.data != NULL)
        *target = config_path(reader->config, path);
}

/* [table] { file = ... } or { env = ... }; false after a complaint. */
static bool read_secret(struct reader *reader, const struct place *place, const char *name,
                        struct secret *target)
{
    static const char what[] = "where to read it: { file = '...' } or { env = '...' }";
    lua_State *L = reader->L;

    if (lua_type(L, -1) == LUA_TSTRING) {
        complain_option(reader, place, name, "expected %s; the secret itself has no place here",
                        what);
        return false;
    }
    if (lua_type(L, -1) != LUA_TTABLE) {
        expected(reader, place, name, what);
        return false;
    }

    char subject[SUBJECT_ROOM];
    struct place within = *place;
    const struct option inside[] = {
        { .name = "file", .kind = OPTION_PATH, .offset = offsetof(struct secret, file) },
        { .name = "env", .kind = OPTION_TEXT, .offset = offsetof(struct secret, env) },
    };
    struct option_group group = { OPTIONS_OF(inside), target };

    snprintf(subject, sizeof subject, "%s: %s", place->subject, name);
    within.subject = subject;
    read_described_in(reader, lua_gettop(L), &within, &group);
    if ((target->file.data != NULL) == (target->env.data != NULL)) {
        complain_option(reader, place, name, "expected %s", what);
        return false;
    }
    config_add_secret(reader->config, place->subject, name, target,
                      option_line(reader, place, span_of(name)));
    return true;
}

/* [list] */
static void read_texts(struct reader *reader, const struct place *place, const char *name,
                       struct option_texts *target)
{
    lua_State *L = reader->L;
    size_t count = lua_type(L, -1) == LUA_TTABLE ? lua_objlen(L, -1) : 1;
    struct span *list;

    if (count == 0 || count > LIST_MOST) {
        expected(reader, place, name, "a list of texts");
        return;
    }
    list = arena_alloc(&reader->config->arena, count * sizeof *list);
    memset(list, 0, count * sizeof *list);
    if (lua_type(L, -1) != LUA_TTABLE) {
        read_text(reader, place, name, &list[0]);
    } else {
        for (size_t i = 0; i < count; i++) {
            lua_rawgeti(L, -1, (int)i + 1); /* [list, text] */
            read_text(reader, place, name, &list[i]);
            lua_pop(L, 1);
        }
    }
    *target = (struct option_texts){ list, count };
}

static int by_name(const void *a, const void *b)
{
    const struct option_pair *first = a, *second = b;
    size_t shorter = first->name.len < second->name.len ? first->name.len : second->name.len;
    int order = memcmp(first->name.data, second->name.data, shorter);

    return order != 0 ? order
                      : (first->name.len > second->name.len) - (first->name.len < second->name.len);
}

/* [table, key, value] -> the same */
static void read_pair(struct reader *reader, const struct place *place, const char *name,
                      struct option_pair *pair)
{
    lua_State *L = reader->L;

    lua_pushvalue(L, -2); /* [table, key, value, key] */
    if (lua_type(L, -1) == LUA_TSTRING)
        read_text(reader, place, name, &pair->name);
    else
        expected(reader, place, name, "names with texts: { name = 'text' }");
    lua_pop(L, 1); /* [table, key, value] */
    if (lua_type(L, -1) == LUA_TTABLE)
        read_secret(reader, place, name, &pair->secret);
    else
        read_text(reader, place, name, &pair->value);
}

/* [table] */
static void read_pairs(struct reader *reader, const struct place *place, const char *name,
                       struct option_pairs *target)
{
    lua_State *L = reader->L;
    struct option_pair *list = NULL, *kept;
    size_t count = 0;

    if (lua_type(L, -1) != LUA_TTABLE) {
        expected(reader, place, name, "names with texts: { name = 'text' }");
        return;
    }
    lua_pushnil(L);                                     /* [table, key] */
    while (lua_next(L, -2) != 0 && count < LIST_MOST) { /* [table, key, value] */
        struct option_pair pair = { 0 };

        read_pair(reader, place, name, &pair);
        lua_pop(L, 1);
        if (pair.name.data == NULL)
            continue;
        list = array_grow(list, count, sizeof *list);
        list[count++] = pair;
    }
    if (count == LIST_MOST)
        lua_pop(L, 2);
    if (count > 1)
        qsort(list, count, sizeof *list, by_name);
    kept = arena_alloc(&reader->config->arena, (count + 1) * sizeof *kept);
    if (count > 0)
        memcpy(kept, list, count * sizeof *kept);
    free(list);
    *target = (struct option_pairs){ kept, count };
}

/* [table] */
static void read_inside(struct reader *reader, const struct place *place,
                        const struct option *option, void *target)
{
    char subject[SUBJECT_ROOM];
    struct place within = *place;
    struct option_group group = { option->inside, option->inside_count, target };

    if (lua_type(reader->L, -1) != LUA_TTABLE) {
        expected(reader, place, option->name, "a table of options");
        return;
    }
    snprintf(subject, sizeof subject, "%s: %s", place->subject, option->name);
    within.subject = subject;
    read_described_in(reader, lua_gettop(reader->L), &within, &group);
}

/* [value] */
static void read_value(struct reader *reader, const struct place *place,
                       const struct option *option, void *settings)
{
    void *at = (char *)settings + option->offset;

    switch (option->kind) {
    case OPTION_BOOL:
        read_boolean(reader, place, option->name, at);
        break;
    case OPTION_COUNT:
        read_number(reader, place, option, at);
        break;
    case OPTION_SIZE:
        read_size(reader, place, option->name, at);
        break;
    case OPTION_SECONDS:
        read_seconds(reader, place, option->name, at);
        break;
    case OPTION_RATIO:
        read_ratio(reader, place, option, at);
        break;
    case OPTION_TEXT:
        read_text(reader, place, option->name, at);
        break;
    case OPTION_PATH:
        read_path(reader, place, option->name, at);
        break;
    case OPTION_MODE:
        read_mode(reader, place, option->name, at);
        break;
    case OPTION_OWNER:
    case OPTION_GROUP:
        read_owner(reader, place, option->name, option->kind == OPTION_GROUP, at);
        break;
    case OPTION_CHOICE:
        read_choice(reader, place, option, at);
        break;
    case OPTION_SPACE:
        read_space(reader, place, option, at);
        break;
    case OPTION_SECRET:
        read_secret(reader, place, option->name, at);
        break;
    case OPTION_TEXTS:
        read_texts(reader, place, option->name, at);
        break;
    case OPTION_PAIRS:
        read_pairs(reader, place, option->name, at);
        break;
    case OPTION_TABLE:
        read_inside(reader, place, option, settings);
        break;
    }
    if (option->given > 0)
        *(bool *)((char *)settings + option->given) = true;
}

/* The names that mean something in a table. */
struct known {
    const char **names;
    size_t count;
};

static struct span known_name(const void *context, size_t index)
{
    return span_of(((const struct known *)context)->names[index]);
}

void read_described(struct reader *reader, int index, const struct place *place,
                    const struct option_group *groups, size_t count, const char *const *also)
{
    struct known known = { 0 };

    for (size_t i = 0; also != NULL && also[i] != NULL; i++) {
        known.names = array_grow(known.names, known.count, sizeof *known.names);
        known.names[known.count++] = also[i];
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < groups[i].count; j++) {
            const struct option *option = &groups[i].list[j];

            known.names = array_grow(known.names, known.count, sizeof *known.names);
            known.names[known.count++] = option->name;
            lua_pushstring(reader->L, option->name);
            lua_rawget(reader->L, index); /* [value] */
            if (!lua_isnil(reader->L, -1))
                read_value(reader, place, option, groups[i].target);
            lua_pop(reader->L, 1);
        }
    }
    complain_about_keys(reader, index, place, known_name, &known, known.count);
    free(known.names);
}

static void read_described_in(struct reader *reader, int index, const struct place *place,
                              const struct option_group *group)
{
    read_described(reader, index, place, group, 1, NULL);
}

static bool is_among(struct span name, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        if (span_equal(name, span_of(names[i])))
            return true;
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_value(lua_State *L, const char *const *but, struct buffer *out, int depth);

/* [table]: a line for each key, sorted. */
static void write_table(lua_State *L, const char *const *but, struct buffer *out, int depth)
{
    char **lines = NULL;
    size_t count = 0;

    lua_pushnil(L);                /* [table, key] */
    while (lua_next(L, -2) != 0) { /* [table, key, value] */
        struct buffer line = { 0 };
        struct span key = { NULL, 0 };

        if (lua_type(L, -2) == LUA_TSTRING)
            key.data = lua_tolstring(L, -2, &key.len);
        if (key.data == NULL || !is_among(key, but)) {
            if (key.data != NULL)
                buffer_append(&line, key);
            else
                buffer_printf(&line, "%.17g", lua_tonumber(L, -2));
            buffer_byte(&line, '=');
            write_value(L, NULL, &line, depth + 1);
            buffer_byte(&line, '\0');
            lines = array_grow(lines, count, sizeof *lines);
            lines[count++] = line.data;
        }
        lua_pop(L, 1);
    }
    if (count > 1)
        qsort(lines, count, sizeof *lines, by_text);
    buffer_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        buffer_append(out, span_of(lines[i]));
        buffer_byte(out, ';');
        free(lines[i]);
    }
    buffer_byte(out, '}');
    free(lines);
}

/* [value] */
static void write_value(lua_State *L, const char *const *but, struct buffer *out, int depth)
{
    struct span text;

    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        buffer_append(out, lua_toboolean(L, -1) ? SPAN("true") : SPAN("false"));
        break;
    case LUA_TNUMBER:
        buffer_printf(out, "%.17g", lua_tonumber(L, -1));
        break;
    case LUA_TSTRING:
        text.data = lua_tolstring(L, -1, &text.len);
        buffer_printf(out, "%zu:", text.len); /* so that no text looks like another's end */
        buffer_append(out, text);
        break;
    case LUA_TTABLE:
        if (depth < DEPTH_MOST && lua_checkstack(L, 4))
            write_table(L, but, out, depth);
        break;
    default:
        break;
    }
}

void write_canonical(lua_State *L, int index, const char *const *but, struct buffer *out)
{
    lua_pushvalue(L, index); /* [table] */
    write_value(L, but, out, 0);
    lua_pop(L, 1);
}
