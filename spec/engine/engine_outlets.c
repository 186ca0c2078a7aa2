#include "engine.h"

#include <stdlib.h>

#include "interpret/resolver.h"
#include "pipeline.h"
#include "policy/outlets.h"
#include "policy/route.h"
#include "push.h"

/* What one call of outlets.run works on. */
struct running {
    lua_State *L;
    struct outlets *outlets;
    struct outlet_place places[ROUTE_OUTPUTS_MOST];
    size_t count;
    const struct alert *alert; /* NULL: events */
    int items;                 /* stack index of what is returned */
};

/* outputs = { { name, line, on, transform }, ... } */
static void read_places(lua_State *L, int options, struct running *running)
{
    lua_getfield(L, options, "outputs"); /* [outputs] */
    for (int i = 1; i <= (int)lua_objlen(L, -1); i++) {
        struct outlet_place *place = &running->places[running->count++];

        lua_rawgeti(L, -1, i); /* [outputs, place] */
        for (int j = 1; j <= 4; j++)
            lua_rawgeti(L, -j, j); /* [outputs, place, name, line, on, transform] */
        place->name = check_span(L, -4);
        place->line = (unsigned)lua_tonumber(L, -3);
        place->has_on = lua_toboolean(L, -2);
        place->has_transform = lua_toboolean(L, -1);
        lua_pop(L, 5); /* [outputs] */
    }
    lua_pop(L, 1);
}

/* [item] -> [item] with what the output's transform made of it. */
static void set_answer(struct running *running, size_t output, struct event *event)
{
    static const char *const names[] = { "message", "skip", "failed" };
    struct buffer body = { 0 }, headers = { 0 };
    lua_State *L = running->L;
    struct alert alert = { .event = event };

    if (running->alert != NULL) {
        alert = *running->alert;
        alert.event = event;
    }

    enum outlet_answer answer = outlets_transform(
        running->outlets, output, event, running->alert != NULL ? &alert : NULL, &body, &headers);

    lua_newtable(L); /* [item, answer] */
    set_span(L, "answer", span_of(names[answer]));
    set_span(L, "body", buffer_span(&body));
    set_span(L, "headers", buffer_span(&headers));
    lua_pushlstring(L, running->places[output].name.data, running->places[output].name.len);
    lua_insert(L, -2);
    lua_rawset(L, -3); /* [item] */
    buffer_free(&body);
    buffer_free(&headers);
}

static void on_event(void *context, struct event *event)
{
    struct running *running = context;
    lua_State *L = running->L;
    uint64_t wanting = outlets_wanting(running->outlets, event);
    int count = 0;

    lua_newtable(L); /* [item] */
    for (size_t i = 0; i < running->count; i++) {
        if ((wanting >> i & 1) == 0)
            continue;
        lua_pushlstring(L, running->places[i].name.data, running->places[i].name.len);
        lua_rawseti(L, -2, ++count); /* [item]: the names of those that want it */
        if (outlets_transforms(running->outlets, i))
            set_answer(running, i, event);
    }
    lua_rawseti(L, running->items, (int)lua_objlen(L, running->items) + 1);
}

static struct span option(lua_State *L, int options, const char *name)
{
    struct span text = { NULL, 0 };

    lua_getfield(L, options, name);
    if (lua_isstring(L, -1))
        text.data = lua_tolstring(L, -1, &text.len);
    lua_pop(L, 1); /* the options keep it */
    return text;
}

/*
 * run{source, path, outputs, log, policy, severity, message} -> an item for each event, and the
 * log; nil and the mistakes. With `policy` there is an alert for each event.
 */
static int outlets_run(lua_State *L)
{
    struct running running = { .L = L };
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct alert alert = { .id = SPAN("1/p/1"),
                           .policy = option(L, 1, "policy"),
                           .message = option(L, 1, "message") };
    char *log_text = NULL;
    size_t log_len = 0;
    struct log log = { open_memstream(&log_text, &log_len), LOG_LEVEL_DEBUG };
    struct outlets_settings settings = { .path = option(L, 1, "path"),
                                         .source = option(L, 1, "source"),
                                         .places = running.places,
                                         .resolver = &resolver_none,
                                         .log = &log };

    lua_settop(L, 1);
    lua_newtable(L); /* [options, items] */
    running.items = 2;
    read_places(L, 1, &running);
    settings.count = running.count;
    if (alert.policy.data != NULL) {
        severity_find(option(L, 1, "severity"), &alert.severity);
        running.alert = &alert;
    }
    running.outlets = outlets_new(&settings, &mistakes, &notes);
    if (running.outlets == NULL)
        lua_pushnil(L); /* [options, items, nil] */
    else
        pipeline_run(option(L, 1, "log"), '\n', false, on_event, &running);
    for (unsigned i = 0; i < mistakes.count; i++) {
        lua_pushstring(L, mistakes.sentences[i]);
        lua_rawseti(L, 2, (int)i + 1);
    }
    outlets_free(running.outlets);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    fclose(log.stream);
    if (lua_gettop(L) == 3)
        lua_insert(L, 2); /* [options, nil, mistakes] */
    else
        lua_pushlstring(L, log_text, log_len); /* [options, items, log] */
    free(log_text);
    return 2;
}

void engine_outlets_open(lua_State *L)
{
    static const luaL_Reg functions[] = { { "run", outlets_run }, { NULL, NULL } };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
