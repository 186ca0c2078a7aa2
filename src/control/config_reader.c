/* config_reader.c - checks the plain table that a configuration became. Touches nothing outside. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/nearest.h"
#include "control/config_values.h"
#include "policy/text.h"

enum { NAME_MOST = 64 /* bytes of a strange name that are shown */ };

/* [value] -> []: adds the text to the list; complains when it is none. */
static void take_text(struct reader *reader, struct place place, const char *expected,
                      struct config_text **list, size_t *count)
{
    struct span text = { NULL, 0 };
    char room[128];

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    if (text.len > 0 && memchr(text.data, '\0', text.len) == NULL) {
        /* of a text that begins behind [[, Lua only knows where the call ends */
        unsigned line = memchr(text.data, '\n', text.len) != NULL
                            ? text_line_of(reader->source, text, 0)
                            : place.line;

        *list = array_grow(*list, *count, sizeof **list);
        (*list)[(*count)++] = (struct config_text){ arena_copy(&reader->config->arena, text),
                                                    line > 0 ? line : place.line, line == 0 };
    } else if (!is_stranger(reader->L)) {
        complain(reader, place.line, "%s: expected %s, found %s", place.subject, expected,
                 describe_value(reader->L, room, sizeof room));
    }
    lua_pop(reader->L, 1);
}

/* policies '...' */
static void read_policies(struct reader *reader, int index, struct place place)
{
    lua_rawgeti(reader->L, index, 1); /* [text] */
    take_text(reader, place, "a path or a pattern such as 'dir/*.lua'", &reader->config->globs,
              &reader->config->glob_count);
}

/* rules '...', or a list of such. */
static void read_rules(struct reader *reader, int index, struct place place)
{
    static const char expected[] = "a path, a pattern, [[rules]] or a list of these";
    struct config *config = reader->config;
    lua_State *L = reader->L;

    lua_rawgeti(L, index, 1); /* [value] */
    if (lua_type(L, -1) != LUA_TTABLE || lua_objlen(L, -1) == 0) {
        take_text(reader, place, expected, &config->rules, &config->rule_count);
        return;
    }
    for (int i = 1, count = (int)lua_objlen(L, -1); i <= count && i <= CONFIG_CALLS; i++) {
        lua_rawgeti(L, -1, i); /* [value, text] */
        take_text(reader, place, expected, &config->rules, &config->rule_count);
    }
    lua_pop(L, 1);
}

static struct span word_name(const void *context, size_t index)
{
    return span_of(((const char *const *)context)[index]);
}

/* A global that is no word ("?"), or one that was set ("="): its name is in the entry. */
static void complain_about_global(struct reader *reader, int index, const struct place *place,
                                  bool is_set)
{
    static const char *const words[] = { "kernel", "rules", "policies", "output", "metrics" };
    struct span name = { NULL, 0 };

    lua_rawgeti(reader->L, index, 1); /* [name] */
    if (lua_type(reader->L, -1) == LUA_TSTRING)
        name.data = lua_tolstring(reader->L, -1, &name.len);
    if (name.len > NAME_MOST)
        name.len = NAME_MOST;

    struct span near = nearest_name(name, word_name, words, sizeof words / sizeof words[0]);

    if (is_set)
        complain(reader, place->line,
                 "'%.*s' is set, but only kernel, rules, policies, output and "
                 "metrics mean something here; write %s%.*s%s",
                 SPAN_ARG(name), near.data != NULL ? "" : "local ",
                 SPAN_ARG(near.data != NULL ? near : name),
                 near.data != NULL ? " without '='" : " = ... for a value of your own");
    else
        complain(reader, place->line, "unknown word '%.*s'%s%.*s%s", SPAN_ARG(name),
                 near.data != NULL ? " (did you mean '"
                                   : "; known are kernel, rules, policies, output, metrics",
                 SPAN_ARG(near), near.data != NULL ? "'?)" : "");
    lua_pop(reader->L, 1);
}

/* The whole number `name` of the entry at `index`, 0 when there is none. */
static unsigned entry_number(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index); /* [value] */

    lua_Number number = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;

    lua_pop(L, 1);
    return number >= 0 && number < 1e9 ? (unsigned)number : 0;
}

/* The entry is at `index`. */
static void read_entry(struct reader *reader, int index, struct place place)
{
    lua_State *L = reader->L;
    struct span word = { NULL, 0 };

    lua_pushstring(L, "word");
    lua_rawget(L, index); /* [word]: stays, for its text is used */
    if (lua_type(L, -1) == LUA_TSTRING)
        word.data = lua_tolstring(L, -1, &word.len);
    if (entry_number(L, index, "count") > 1)
        complain(reader, place.line, "%.*s: expected one value, found %u", SPAN_ARG(word),
                 entry_number(L, index, "count"));
    if (span_equal(word, SPAN("?")) || span_equal(word, SPAN("="))) {
        complain_about_global(reader, index, &place, word.data[0] == '=');
    } else if (span_equal(word, SPAN("kernel"))) {
        place.subject = "kernel";
        read_kernel(reader, index, place);
    } else if (span_equal(word, SPAN("metrics"))) {
        place.subject = "metrics";
        read_metrics(reader, index, place);
    } else if (span_equal(word, SPAN("rules"))) {
        place.subject = "rules";
        read_rules(reader, index, place);
    } else if (span_equal(word, SPAN("policies"))) {
        place.subject = "policies";
        read_policies(reader, index, place);
    } else if (span_equal(word, SPAN("output"))) {
        read_output(reader, index, place);
    } else {
        complain(reader, place.line, "unknown word");
    }
    lua_pop(L, 1);
}

/* The line of entry `number` (from 1) of the list at `index`; 0 when there is no such entry. */
static unsigned line_of(lua_State *L, int index, int number)
{
    lua_rawgeti(L, index, number); /* [entry] */

    unsigned line = lua_type(L, -1) == LUA_TTABLE ? entry_number(L, lua_gettop(L), "line") : 0;

    lua_pop(L, 1);
    return line;
}

static unsigned line_count(struct span source)
{
    unsigned lines = 1;

    for (size_t i = 0; i + 1 < source.len; i++)
        lines += source.data[i] == '\n';
    return lines;
}

/* `is_whole`: the file ran to its end. No `default` at all: all are. */
static void check_outputs(struct reader *reader, bool is_whole)
{
    struct config *config = reader->config;
    bool said = false;

    if (config->output_count == 0 && reader->count == 0 && is_whole)
        complain(reader, 1,
                 "expected at least one output, found none: output 'local' { type = "
                 "'stdout' }");
    if (config->output_count > ROUTE_OUTPUTS_MOST)
        complain(reader, config->outputs[ROUTE_OUTPUTS_MOST].line, "more than %d outputs",
                 ROUTE_OUTPUTS_MOST);
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];

        said |= output->says_default;
        for (size_t j = 0; j < i; j++) {
            const struct config_output *other = &config->outputs[j];

            if (output->settings.kind == &kind_stdout && other->settings.kind == &kind_stdout)
                complain(reader, output->line, "output '%.*s': writes to the same place as '%.*s'",
                         SPAN_ARG(output->settings.name), SPAN_ARG(other->settings.name));
        }
    }
    for (size_t i = 0; i < config->output_count && i < ROUTE_OUTPUTS_MOST && !said; i++) {
        config->outputs[i].is_default = true;
        route_add(&config->defaults, (unsigned)i);
    }
}

static int by_line(const void *a, const void *b)
{
    const struct complaint *first = a, *second = b;

    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    return strcmp(first->text, second->text);
}

static void hand_over(struct reader *reader, struct mistakes *mistakes)
{
    if (reader->count > 0)
        qsort(reader->complaints, reader->count, sizeof *reader->complaints, by_line);
    for (size_t i = 0; i < reader->count; i++) {
        mistakes_add(mistakes, "%.*s:%u: %s", SPAN_ARG(reader->config->path),
                     reader->complaints[i].line, reader->complaints[i].text);
        free(reader->complaints[i].text);
    }
    free(reader->complaints);
}

void config_read(lua_State *L, int index, struct span source, struct config *config,
                 struct mistakes *mistakes)
{
    struct reader reader = { .L = L, .config = config, .source = source };
    bool is_whole = mistakes->found == 0;
    int count = lua_type(L, index) == LUA_TTABLE ? (int)lua_objlen(L, index) : 0;

    for (int i = 1; i <= count && i <= CONFIG_CALLS; i++) {
        struct place place = { "", line_of(L, index, i), line_of(L, index, i + 1) };

        if (place.line == 0) /* a tail call: the last statement */
            place.line = line_count(source);
        if (place.until == 0) /* nothing follows */
            place.until = UINT_MAX;

        lua_rawgeti(L, index, i); /* [entry] */
        if (lua_type(L, -1) == LUA_TTABLE)
            read_entry(&reader, lua_gettop(L), place);
        lua_pop(L, 1);
    }
    check_outputs(&reader, is_whole);
    hand_over(&reader, mistakes);
}
