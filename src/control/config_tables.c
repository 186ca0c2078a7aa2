/* config_tables.c - checks a table of options, and those of `output`. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "control/config_values.h"

enum {
    NAME_MOST = 64,    /* bytes of an output's name */
    SUBJECT_ROOM = 100 /* bytes */
};

/* An output as its table says it. */
struct draft {
    struct config_output output;
    uint64_t queue;
    bool is_file, has_type;
};

static void read_type(struct reader *reader, const struct place *place, const char *name,
                      void *target)
{
    struct draft *draft = target;
    struct span text = { NULL, 0 };
    char room[128];

    draft->has_type = true;
    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    draft->is_file = span_equal(text, SPAN("file"));
    draft->output.settings.to_stdout = span_equal(text, SPAN("stdout"));
    if (!draft->is_file && !draft->output.settings.to_stdout && !is_stranger(reader->L))
        complain_option(reader, place, name, "expected 'file' or 'stdout', found %s",
                        describe_value(reader->L, room, sizeof room));
}

static void read_format(struct reader *reader, const struct place *place, const char *name,
                        void *target)
{
    struct span text = { NULL, 0 };
    char room[128], known[256] = "";

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);

    const struct format *format = text.data != NULL ? format_find(text) : NULL;

    if (format != NULL) {
        *(const struct format **)target = format;
        return;
    }
    for (const struct format *const *each = format_all(); *each != NULL; each++) {
        size_t len = strlen(known);

        snprintf(known + len, sizeof known - len, "%s'%s'", len > 0 ? ", " : "", (*each)->name);
    }
    if (!is_stranger(reader->L))
        complain_option(reader, place, name, "expected one of %s, found %s", known,
                        describe_value(reader->L, room, sizeof room));
}

static void read_later(struct reader *reader, const struct place *place, const char *name,
                       void *target)
{
    (void)target;
    complain_option(reader, place, name, "is not supported yet%s",
                    strcmp(name, "rotate") == 0
                        ? "; let logrotate rename the file and send SIGUSR1 to laudit"
                        : "");
}

#define DRAFT(member) offsetof(struct draft, member)

static const struct option output_options[] = {
    { "type", read_type, 0 },
    { "path", read_text, DRAFT(output.settings.path) },
    { "mode", read_mode, DRAFT(output.settings.mode) },
    { "owner", read_owner, DRAFT(output.owner) },
    { "group", read_owner, DRAFT(output.group) },
    { "format", read_format, DRAFT(output.format) },
    { "default", read_boolean, DRAFT(output.is_default) },
    { "queue", read_size, DRAFT(queue) },
    { "drain", read_seconds, DRAFT(output.drain_s) },
    { "rotate", read_later, 0 },
    { "batch", read_later, 0 },
    { "spool", read_later, 0 },
    { "when_full", read_later, 0 },
};

static struct span option_name(const void *context, size_t index)
{
    const struct options *options = context;

    return span_of(options->list[index].name);
}

static bool is_option(const struct options *options, struct span name)
{
    for (size_t i = 0; i < options->count; i++) {
        if (span_equal(span_of(options->list[i].name), name))
            return true;
    }
    return false;
}

/* Complains about one key of the options table that means nothing; it is at -2, its value at -1. */
static void complain_about_key(struct reader *reader, const struct place *place,
                               const struct options *options)
{
    struct span name;
    char room[128];

    if (lua_type(reader->L, -2) != LUA_TSTRING) {
        complain(reader, place->line, "%s: expected options with names, found %s without one",
                 place->subject, describe_value(reader->L, room, sizeof room));
        return;
    }
    name.data = lua_tolstring(reader->L, -2, &name.len);
    if (is_option(options, name))
        return;

    struct span near = nearest_name(name, option_name, options, options->count);

    complain(reader, option_line(reader, place, name), "%s: unknown option '%.*s'%s%.*s%s",
             place->subject, (int)(name.len < NAME_MOST ? name.len : NAME_MOST), name.data,
             near.data != NULL ? " (did you mean '" : "", SPAN_ARG(near),
             near.data != NULL ? "'?)" : "");
}

void read_options(struct reader *reader, int index, const struct place *place,
                  struct options options, void *target)
{
    lua_State *L = reader->L;

    for (size_t i = 0; i < options.count; i++) {
        lua_pushstring(L, options.list[i].name);
        lua_rawget(L, index); /* [value] */
        if (!lua_isnil(L, -1))
            options.list[i].read(reader, place, options.list[i].name,
                                 (char *)target + options.list[i].offset);
        lua_pop(L, 1);
    }
    lua_pushnil(L);                   /* [key] */
    while (lua_next(L, index) != 0) { /* [key, value] */
        if (reader->count < COMPLAINTS_MOST)
            complain_about_key(reader, place, &options);
        lua_pop(L, 1);
    }
}

bool has_option(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index); /* [value] */

    bool is_there = !lua_isnil(L, -1);

    lua_pop(L, 1);
    return is_there;
}

static void check_output(struct reader *reader, int index, const struct place *place,
                         struct draft *draft)
{
    static const char *const of_files[] = { "path", "mode", "owner", "group" };
    struct config_output *output = &draft->output;

    if (!draft->has_type)
        complain(reader, place->line, "%s: type: expected 'file' or 'stdout', found nothing",
                 place->subject);
    if (draft->is_file && !has_option(reader->L, index, "path"))
        complain(reader, place->line, "%s: path: expected the file to write, found nothing",
                 place->subject);
    for (size_t i = 0; i < 4 && output->settings.to_stdout; i++) {
        if (has_option(reader->L, index, of_files[i]))
            complain_option(reader, place, of_files[i], "is only for type 'file'");
    }
    output->says_default = has_option(reader->L, index, "default");
    output->settings.has_mode = has_option(reader->L, index, "mode");
    output->settings.queue_bytes = (size_t)draft->queue;
    output->line = place->line;
}

static bool is_taken(const struct config *config, struct span name)
{
    for (size_t i = 0; i < config->output_count; i++) {
        if (span_equal(config->outputs[i].settings.name, name))
            return true;
    }
    return false;
}

/* The name at the top of the stack; absent after a complaint. */
static struct span read_output_name(struct reader *reader, unsigned line)
{
    struct span name = { NULL, 0 };
    char room[128];

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        name.data = lua_tolstring(reader->L, -1, &name.len);
    if (name.len > 0 && name.len <= NAME_MOST && memchr(name.data, '\0', name.len) == NULL) {
        if (is_taken(reader->config, name))
            complain(reader, line, "output '%.*s': the name is taken by another output",
                     SPAN_ARG(name));
        return name;
    }
    if (!is_stranger(reader->L))
        complain(reader, line, "output: expected a name of 1 to %d bytes, found %s", NAME_MOST,
                 describe_value(reader->L, room, sizeof room));
    return (struct span){ NULL, 0 };
}

void read_output(struct reader *reader, int index, struct place place)
{
    lua_State *L = reader->L;
    struct draft draft = { 0 };
    char subject[SUBJECT_ROOM], room[128];

    lua_rawgeti(L, index, 1); /* [name] */

    struct span name = read_output_name(reader, place.line);

    snprintf(subject, sizeof subject, "output '%.*s'", SPAN_ARG(name));
    place.subject = subject;
    lua_rawgeti(L, index, 2); /* [name, options] */
    if (lua_type(L, -1) != LUA_TTABLE) {
        if (!is_stranger(L))
            complain(reader, place.line, "%s: expected { type = ... } behind the name, found %s",
                     subject, describe_value(L, room, sizeof room));
        lua_pop(L, 2);
        return;
    }
    draft.output.settings = (struct output_settings){ .name = name, .mode = 0600, .interrupt = -1 };
    draft.output.format = format_find(SPAN("json"));
    draft.output.drain_s = 5;

    int options = lua_gettop(L);

    read_options(reader, options, &place, OPTIONS(output_options), &draft);
    check_output(reader, options, &place, &draft);
    if (name.data != NULL && !is_taken(reader->config, name) &&
        reader->config->output_count <= ROUTE_OUTPUTS_MOST)
        config_add_output(reader->config, &draft.output);
    lua_pop(L, 2);
}
