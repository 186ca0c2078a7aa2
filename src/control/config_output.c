/* config_output.c - checks an `output`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "control/config_options.h"

enum {
    NAME_MOST = 64,     /* bytes of an output's name */
    SUBJECT_ROOM = 100, /* bytes */
    KNOWN_MOST = 64     /* names in an output's table that are read elsewhere */
};

/* Options that are read by hand. */
#define BY_HAND "type", "format", "on", "transform", "alerts"

#define OUTPUT(member) offsetof(struct config_output, member)

/* In the order of enum when_full. */
static const char *const answers[] = { "drop_oldest", "drop_newest", "spool", "hold", NULL };

static const struct option of_queue[] = {
    { .name = "events",
      .kind = OPTION_COUNT,
      .offset = OUTPUT(settings.queue_events),
      .least = 1,
      .most = 100000000,
      .summary = "that may wait in memory" },
    { .name = "bytes",
      .kind = OPTION_SIZE,
      .offset = OUTPUT(settings.queue_bytes),
      .summary = "of what may wait in memory" },
    { .name = "full",
      .kind = OPTION_CHOICE,
      .offset = OUTPUT(when_full),
      .choices = answers,
      .given = OUTPUT(says_full),
      .summary = "what is done when there are more" },
};

static const struct option of_spool[] = {
    { .name = "path",
      .kind = OPTION_PATH,
      .offset = OUTPUT(settings.spool.path),
      .summary = "a folder; default: /var/lib/laudit/spool/NAME" },
    { .name = "bytes",
      .kind = OPTION_SIZE,
      .offset = OUTPUT(settings.spool.bytes),
      .summary = "of all its files together" },
    { .name = "sync",
      .kind = OPTION_BOOL,
      .offset = OUTPUT(settings.spool.syncs),
      .summary = "every batch is forced to the disk" },
};

static const struct option of_batch[] = {
    { .name = "events",
      .kind = OPTION_COUNT,
      .offset = OUTPUT(settings.batch_events),
      .least = 1,
      .most = 1000000,
      .summary = "that are sent at once" },
    { .name = "bytes",
      .kind = OPTION_SIZE,
      .offset = OUTPUT(settings.batch_bytes),
      .summary = "that are sent at once" },
    { .name = "seconds",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.batch_s),
      .summary = "that the first of them may wait for more" },
};

static const struct option of_retry[] = {
    { .name = "first",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.breaker.first_s),
      .summary = "after a failure, until the next try; then twice as long each time" },
    { .name = "most",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.breaker.most_s),
      .summary = "until the next try" },
    { .name = "attempts",
      .kind = OPTION_COUNT,
      .offset = OUTPUT(settings.breaker.attempts),
      .summary = "after so many a batch is dropped; 0: never" },
};

static const struct option of_breaker[] = {
    { .name = "failure_ratio",
      .kind = OPTION_RATIO,
      .offset = OUTPUT(settings.breaker.failure_ratio),
      .summary = "of the tries within the window: when more failed, the other side is left alone" },
    { .name = "window",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.breaker.window_s),
      .summary = "of the tries that count" },
    { .name = "observations",
      .kind = OPTION_COUNT,
      .offset = OUTPUT(settings.breaker.observations),
      .summary = "tries within the window before it counts" },
    { .name = "cooldown",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.breaker.cooldown_s),
      .summary = "how long the other side is left alone" },
};

#define INSIDE(array)                                                                              \
    .kind = OPTION_TABLE, .inside = (array), .inside_count = sizeof(array) / sizeof(array)[0]

/* What every output has; its kind adds its own. */
static const struct option options[] = {
    { .name = "default",
      .kind = OPTION_BOOL,
      .offset = OUTPUT(is_default),
      .given = OUTPUT(says_default),
      .summary = "events go there unless a policy routes them elsewhere" },
    { .name = "drain",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(drain_s),
      .summary = "how long it may send what waits, after a reload or at the end" },
    { .name = "queue", INSIDE(of_queue), .summary = "what may wait in memory" },
    { .name = "spool",
      INSIDE(of_spool),
      .given = OUTPUT(says_spool),
      .summary = "a queue on disk" },
    { .name = "batch", INSIDE(of_batch), .summary = "what is sent at once" },
    { .name = "retry", INSIDE(of_retry), .summary = "when a batch is tried again" },
    { .name = "breaker", INSIDE(of_breaker), .summary = "when the other side is left alone" },
    { .name = "connect_timeout",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.connect_timeout_s),
      .summary = "for making a connection" },
    { .name = "send_timeout",
      .kind = OPTION_SECONDS,
      .offset = OUTPUT(settings.send_timeout_s),
      .summary = "for one try with one batch" },
    { .name = "dead_letter",
      .kind = OPTION_PATH,
      .offset = OUTPUT(settings.dead_letter),
      .summary = "a file for what the other side will never take, a line each" },
};

const struct option *config_output_options(size_t *count)
{
    *count = sizeof options / sizeof options[0];
    return options;
}

void config_output_default(struct config_output *output, const struct output_kind *kind)
{
    *output = (struct config_output){ .drain_s = 5, .when_full = FULL_DROP_NEWEST };
    output_settings_default(&output->settings, kind);
}

/* The text under `name` in the table at `index`; [] -> [value], so that the text stays. */
static struct span push_text(lua_State *L, int index, const char *name)
{
    struct span text = { NULL, 0 };

    lua_pushstring(L, name);
    lua_rawget(L, index); /* [value] */
    if (lua_type(L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(L, -1, &text.len);
    return text;
}

/* The option `type`; NULL after a complaint. */
static const struct output_kind *read_type(struct reader *reader, int index,
                                           const struct place *place)
{
    struct span text = push_text(reader->L, index, "type"); /* [value] */
    const struct output_kind *kind = text.data != NULL ? output_kind_find(text) : NULL;
    char room[128], known[KNOWN_ROOM] = "";

    for (const struct output_kind *const *each = output_kinds(); *each != NULL; each++)
        add_known(known, (*each)->name);
    if (kind == NULL && !is_stranger(reader->L))
        complain_option(reader, place, "type", "expected %s, found %s", known,
                        describe_value(reader->L, room, sizeof room));
    lua_pop(reader->L, 1);
    return kind;
}

/* The option `format`. */
static void read_format(struct reader *reader, int index, const struct place *place,
                        const struct format **target)
{
    struct span text = push_text(reader->L, index, "format"); /* [value] */
    const struct format *format = text.data != NULL ? format_find(text) : NULL;
    char room[128], known[KNOWN_ROOM] = "";

    for (const struct format *const *each = format_all(); *each != NULL; each++)
        add_known(known, (*each)->name);
    if (format != NULL)
        *target = format;
    else if (!lua_isnil(reader->L, -1) && !is_stranger(reader->L))
        complain_option(reader, place, "format", "expected %s, found %s", known,
                        describe_value(reader->L, room, sizeof room));
    lua_pop(reader->L, 1);
}

/* [] -> [value] */
static int push_option(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
    return lua_type(L, -1);
}

/* The option `alerts`: true, false, or the least severity that is wanted. */
static void read_alerts(struct reader *reader, int index, const struct place *place,
                        struct config_output *output)
{
    lua_State *L = reader->L;
    int type = push_option(L, index, "alerts"); /* [value] */
    struct span text = { NULL, 0 };
    char room[128];

    output->has_no_alerts = type == LUA_TBOOLEAN && !lua_toboolean(L, -1);
    if (type == LUA_TSTRING)
        text.data = lua_tolstring(L, -1, &text.len);
    if (type != LUA_TNIL && type != LUA_TBOOLEAN && !is_stranger(L) &&
        (text.data == NULL || !severity_find(text, &output->alerts_from)))
        complain_option(reader, place, "alerts",
                        "expected true, false, 'info', 'low', 'medium', 'high' or 'critical', "
                        "found %s",
                        describe_value(L, room, sizeof room));
    lua_pop(L, 1);
}

/* `on` and `transform`, as far as plain data can say; the rest comes to light in policy/outlets. */
static void read_outlet(struct reader *reader, int index, const struct place *place,
                        struct config_output *output)
{
    lua_State *L = reader->L;
    char room[128];
    int type = push_option(L, index, "on"); /* [on] */

    output->has_on = type == LUA_TTABLE || is_audit(L);
    if (type != LUA_TNIL && !output->has_on && !is_stranger(L))
        complain_option(reader, place, "on", "expected a table of fields, found %s",
                        describe_value(L, room, sizeof room));
    type = push_option(L, index, "transform"); /* [on, transform] */
    output->has_transform = type == LUA_TFUNCTION || is_audit(L);
    if (type != LUA_TNIL && !output->has_transform && !is_stranger(L))
        complain_option(reader, place, "transform",
                        "expected a function, or audit.transform..., found %s",
                        describe_value(L, room, sizeof room));
    if (output->has_transform && has_option(L, index, "format"))
        complain_option(reader, place, "format", "has no use beside transform");
    lua_pop(L, 2);
    read_alerts(reader, index, place, output);
}

/* The answer to a full queue, from what was said of queue and spool. */
static void settle_queue(struct reader *reader, const struct place *place,
                         struct config_output *output)
{
    struct output_settings *settings = &output->settings;
    char path[sizeof CONFIG_SPOOL + NAME_MOST];

    if (output->says_full)
        settings->when_full = (enum when_full)output->when_full;
    else if (output->says_spool)
        settings->when_full = FULL_SPOOL;
    if (output->says_spool && settings->when_full != FULL_SPOOL)
        complain_option(reader, place, "spool", "has no use with queue = { full = '%s' }",
                        answers[output->when_full]);
    if (settings->when_full != FULL_SPOOL || settings->spool.path.data != NULL)
        return;
    snprintf(path, sizeof path, "%s%.*s", CONFIG_SPOOL, SPAN_ARG(settings->name));
    settings->spool.path = arena_copy(&reader->config->arena, span_of(path));
    if (memchr(settings->name.data, '/', settings->name.len) != NULL ||
        settings->name.data[0] == '.')
        complain_option(reader, place, "spool",
                        "path: expected a folder, for the output's name is none");
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

static bool has_name(const struct option *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0)
            return true;
    }
    return false;
}

/* True when an unknown word stands as a value in the table: it has been complained about. */
static bool has_stranger(lua_State *L, int index)
{
    bool has_one = false;

    lua_pushnil(L);                   /* [key] */
    while (lua_next(L, index) != 0) { /* [key, value] */
        has_one |= is_stranger(L);
        lua_pop(L, 1);
    }
    return has_one;
}

/* "'file', 'unix'": the kinds that have an option of that name. */
static void append_kinds_with(const char *name, struct buffer *out)
{
    for (const struct output_kind *const *each = output_kinds(); *each != NULL; each++) {
        if (has_name((*each)->options, (*each)->option_count, name))
            buffer_printf(out, "%s'%s'", out->len > 0 ? ", " : "", (*each)->name);
    }
}

static void complain_about_other(struct reader *reader, const struct place *place, const char *name)
{
    struct buffer kinds = { 0 };

    append_kinds_with(name, &kinds);
    complain_option(reader, place, name, "is only for type %.*s", SPAN_ARG(buffer_span(&kinds)));
    buffer_free(&kinds);
}

static bool is_known(const char *const *known, const char *name)
{
    while (*known != NULL && strcmp(*known, name) != 0)
        known++;
    return *known != NULL;
}

/* Options of other kinds: "is only for type 'file'". Their names are added to `known`. */
static void complain_about_others(struct reader *reader, int index, const struct place *place,
                                  const struct output_kind *own, const char *known[KNOWN_MOST])
{
    size_t count = 0;

    while (known[count] != NULL)
        count++;
    for (const struct output_kind *const *each = output_kinds(); *each != NULL; each++) {
        for (size_t i = 0; *each != own && i < (*each)->option_count; i++) {
            const char *name = (*each)->options[i].name;

            if (has_name(own->options, own->option_count, name) || count + 1 == KNOWN_MOST ||
                is_known(known, name) || !has_option(reader->L, index, name) ||
                has_name(options, sizeof options / sizeof options[0], name))
                continue;
            complain_about_other(reader, place, name);
            known[count++] = name;
        }
    }
}

/* The options of an output whose kind is known; they are at `index`. */
static void read_kind(struct reader *reader, int index, const struct place *place,
                      struct config_output *output)
{
    const char *known[KNOWN_MOST] = { BY_HAND, NULL };
    static const char *const not_the_sinks[] = { "default",   "drain",  "format", "on",
                                                 "transform", "alerts", NULL };
    const struct output_kind *kind = output->settings.kind;
    void *settings = arena_alloc(&reader->config->arena, kind->settings_size);
    size_t complaints = reader->count;
    struct buffer text = { 0 };
    struct error err;

    memcpy(settings, kind->settings, kind->settings_size);
    output->settings.options = settings;

    const struct option_group groups[] = {
        { OPTIONS_OF(options), output },
        { kind->options, kind->option_count, settings },
    };

    output->format = format_find(span_of(kind->defaults.format));
    read_format(reader, index, place, &output->format);
    read_outlet(reader, index, place, output);
    complain_about_others(reader, index, place, kind, known);
    read_described(reader, index, place, groups, 2, known);
    if (output->settings.name.data != NULL)
        settle_queue(reader, place, output);
    if (kind->check != NULL && reader->count == complaints && !has_stranger(reader->L, index) &&
        kind->check(settings, &err) != 0)
        complain(reader, place->line, "%s: %s", place->subject, err.text);
    output->is_wrong = reader->count != complaints;
    write_canonical(reader->L, index, not_the_sinks, &text);
    output->settings.text = arena_copy(&reader->config->arena, buffer_span(&text));
    buffer_free(&text);
}

/* Stands for the kind that nobody knows, so that policies may name the output. None is opened, for
 * there was a complaint. */
static const struct output_kind unknown_kind = { .name = "unknown",
                                                 .defaults = { .format = "json" } };

/* The options of an output whose kind nobody knows: those that all have; any kind's may be there.
 */
static void read_any_kind(struct reader *reader, int index, const struct place *place,
                          struct config_output *output)
{
    static const char *const by_hand[] = { BY_HAND };
    const struct option_group group = { OPTIONS_OF(options), output };
    const char **known = NULL;
    size_t count = 0;

    for (; count < sizeof by_hand / sizeof by_hand[0]; count++) {
        known = array_grow(known, count, sizeof *known);
        known[count] = by_hand[count];
    }
    for (const struct output_kind *const *each = output_kinds(); *each != NULL; each++) {
        for (size_t i = 0; i < (*each)->option_count; i++) {
            known = array_grow(known, count, sizeof *known);
            known[count++] = (*each)->options[i].name;
        }
    }
    known = array_grow(known, count, sizeof *known);
    known[count] = NULL;
    output->format = format_find(span_of(unknown_kind.defaults.format));
    output->is_wrong = true;
    read_format(reader, index, place, &output->format);
    read_outlet(reader, index, place, output);
    read_described(reader, index, place, &group, 1, known);
    free(known);
}

/* [name, options] */
static void read_output_table(struct reader *reader, const struct place *place, struct span name)
{
    int index = lua_gettop(reader->L);
    const struct output_kind *kind = read_type(reader, index, place);
    struct config_output output;
    struct config *config = reader->config;

    config_output_default(&output, kind != NULL ? kind : &unknown_kind);
    output.line = place->line;
    output.settings.name = name;
    config->reading = config->output_count;
    if (kind != NULL)
        read_kind(reader, index, place, &output);
    else
        read_any_kind(reader, index, place, &output);
    if (name.data != NULL && !is_taken(config, name) && config->output_count <= ROUTE_OUTPUTS_MOST)
        config_add_output(config, &output);
}

void read_output(struct reader *reader, int index, struct place place)
{
    lua_State *L = reader->L;
    char subject[SUBJECT_ROOM], room[128];

    lua_rawgeti(L, index, 1); /* [name] */

    struct span name = read_output_name(reader, place.line);

    snprintf(subject, sizeof subject, "output '%.*s'", SPAN_ARG(name));
    place.subject = subject;
    lua_rawgeti(L, index, 2); /* [name, options] */
    if (lua_type(L, -1) == LUA_TTABLE)
        read_output_table(reader, &place, name);
    else if (!is_stranger(L))
        complain(reader, place.line, "%s: expected { type = ... } behind the name, found %s",
                 subject, describe_value(L, room, sizeof room));
    lua_pop(L, 2);
}
