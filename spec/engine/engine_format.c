#include "engine.h"

#include <time.h>

#include "enrich/users.h"
#include "format/format.h"
#include "format/time_text.h"
#include "pipeline.h"
#include "push.h"
#include "strict_json.h"

/* What format.render and format.alert work on. */
struct rendering {
    lua_State *L;
    const struct format *format;
    struct format_context context;
    struct format_names kept;
    struct resolver resolver;
    struct users *users; /* NULL without resolve */
    struct buffer out;
    int options; /* stack index */
};

static bool flag(lua_State *L, int options, const char *name)
{
    lua_getfield(L, options, name);

    bool is_set = lua_toboolean(L, -1);

    lua_pop(L, 1);
    return is_set;
}

/* A text of the options, absent when it is not there; lives as long as the options. */
static struct span option(lua_State *L, int options, const char *name)
{
    struct span text = { NULL, 0 };

    lua_getfield(L, options, name);
    if (lua_isstring(L, -1))
        text.data = lua_tolstring(L, -1, &text.len);
    lua_pop(L, 1);
    return text;
}

/* (text, format, options) */
static void begin(lua_State *L, struct rendering *rendering)
{
    static const struct log silence = { NULL, LOG_LEVEL_ERROR };

    lua_settop(L, 3);
    if (lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_replace(L, 3);
    }
    *rendering = (struct rendering){ .L = L, .options = 3, .resolver = resolver_none };
    rendering->format = format_find(check_span(L, 2));
    luaL_argcheck(L, rendering->format != NULL, 2, "no such format");
    if (flag(L, 3, "resolve")) {
        rendering->users = users_new(NULL, &silence);
        rendering->resolver = users_resolver(rendering->users);
    }
    rendering->context = (struct format_context){
        .resolver = &rendering->resolver,
        .kept = &rendering->kept,
        .hostname = option(L, 3, "hostname"),
        .color = flag(L, 3, "color"),
        .is_live = flag(L, 3, "live"),
    };
}

static int finish(struct rendering *rendering)
{
    lua_pushlstring(rendering->L, rendering->out.data != NULL ? rendering->out.data : "",
                    rendering->out.len);
    buffer_free(&rendering->out);
    if (rendering->users != NULL)
        users_close(rendering->users);
    return 1;
}

/* Sets what options.attributes ({name, json} pairs), options.tags and options.alerts say. */
static void set_notes(const struct rendering *rendering, struct event *event)
{
    static const char *const kinds[] = { "attributes", "tags", "alerts" };
    lua_State *L = rendering->L;

    for (int kind = 0; kind < 3; kind++) {
        lua_getfield(L, rendering->options, kinds[kind]); /* [list] */
        for (int i = 1; lua_istable(L, -1) && i <= (int)lua_objlen(L, -1); i++) {
            lua_rawgeti(L, -1, i); /* [list, item] */
            if (kind == 0) {
                lua_rawgeti(L, -1, 1);
                lua_rawgeti(L, -2, 2); /* [list, item, name, json] */
                notes_set(&event->notes, &event->arena, check_span(L, -2), check_span(L, -1));
                lua_pop(L, 2);
            } else if (kind == 1) {
                notes_tag(&event->notes, &event->arena, check_span(L, -1));
            } else {
                notes_alert(&event->notes, &event->arena, check_span(L, -1));
            }
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
}

static void render_event(void *context, struct event *event)
{
    struct rendering *rendering = context;

    set_notes(rendering, event);
    rendering->format->event(&rendering->context, event, &rendering->out);
}

/* render(log, format, options) → the lines of all events; options.ends: the byte behind a record */
static int format_render(lua_State *L)
{
    struct rendering rendering;

    begin(L, &rendering);

    struct span ends = option(L, rendering.options, "ends");

    pipeline_run(check_span(L, 1), ends.len > 0 ? ends.data[0] : '\n', rendering.context.is_live,
                 render_event, &rendering);
    return finish(&rendering);
}

static void render_alert(void *context, struct event *event)
{
    struct rendering *rendering = context;
    lua_State *L = rendering->L;
    struct alert alert = {
        .event = event,
        .id = option(L, rendering->options, "id"),
        .policy = option(L, rendering->options, "policy"),
        .message = option(L, rendering->options, "message"),
        .fields = option(L, rendering->options, "fields"),
    };

    severity_find(option(L, rendering->options, "severity"), &alert.severity);
    set_notes(rendering, event);
    if (rendering->format->alert != NULL)
        rendering->format->alert(&rendering->context, &alert, &rendering->out);
}

/* alert(log, format, options) → the line of one alert for each event */
static int format_alert(lua_State *L)
{
    struct rendering rendering;

    begin(L, &rendering);
    pipeline_run(check_span(L, 1), '\n', rendering.context.is_live, render_alert, &rendering);
    return finish(&rendering);
}

/* strict(lines) → how many lines, and what is wrong with the first that is no strict JSON */
static int format_strict(lua_State *L)
{
    struct span text = check_span(L, 1);
    int lines = 0;

    while (text.len > 0) {
        const char *stop = memchr(text.data, '\n', text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len, at;
        const char *wrong = strict_json_check((struct span){ text.data, len }, &at);

        lines++;
        if (wrong != NULL) {
            lua_pushinteger(L, lines);
            lua_pushfstring(L, "line %d: %s at byte %d", lines, wrong, (int)at);
            return 2;
        }
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
    lua_pushinteger(L, lines);
    return 1;
}

static int format_names(lua_State *L)
{
    const struct format *const *formats = format_all();

    lua_newtable(L); /* [names] */
    for (int i = 0; formats[i] != NULL; i++) {
        lua_pushstring(L, formats[i]->name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static void count_event(void *context, struct event *event)
{
    (void)event;
    ++*(uint64_t *)context;
}

static void time_event(void *context, struct event *event)
{
    struct rendering *rendering = context;

    buffer_clear(&rendering->out);
    rendering->format->event(&rendering->context, event, &rendering->out);
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* bench(log, format, options, rounds) → nanoseconds an event to read, and to read and format */
static int format_bench(lua_State *L)
{
    int rounds = (int)luaL_checkinteger(L, 4);
    struct rendering rendering;
    uint64_t events = 0;

    begin(L, &rendering);

    double start = seconds();

    for (int i = 0; i < rounds; i++)
        pipeline_run(check_span(L, 1), '\n', false, count_event, &events);

    double middle = seconds();

    for (int i = 0; i < rounds; i++)
        pipeline_run(check_span(L, 1), '\n', false, time_event, &rendering);

    double end = seconds();

    finish(&rendering);
    lua_pushnumber(L, (middle - start) * 1e9 / (double)events);
    lua_pushnumber(L, (end - middle) * 1e9 / (double)events);
    return 2;
}

/* time(milliseconds) → "2021-03-07T10:50:32.375Z" */
static int format_time(lua_State *L)
{
    char text[TIME_TEXT_ROOM];

    lua_pushlstring(L, text, time_text((uint64_t)luaL_checknumber(L, 1), 'T', "Z", text));
    return 1;
}

void engine_format_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "render", format_render },
        { "alert", format_alert },
        { "strict", format_strict },
        { "names", format_names },
        { "bench", format_bench },
        { "time", format_time },
        { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
