#include "engine.h"

#include <stdlib.h>

#include "base/mistakes.h"
#include "enrich/users.h"
#include "format/format.h"
#include "pipeline.h"
#include "policy/engine.h"
#include "policy/matcher.h"
#include "policy/pattern.h"
#include "push.h"

#define HOST_TYPE "laudit.spec.policies"

/* Policies with outputs around them that only remember what they were given. */
struct host {
    struct engine *engine;
    struct users *users; /* NULL without resolve */
    struct resolver resolver;
    struct log log;
    char *log_text;
    size_t log_len;
    const struct format *json;
    struct buffer line;

    lua_State *L; /* of the call under way */
    int items;    /* stack index of the list that events and alerts go to */
    int outputs;  /* registry reference: the list of names */
};

/* [] -> [list of strings] to spans that live as long as the list. */
static struct span *read_list(lua_State *L, int options, const char *name, size_t *count)
{
    lua_getfield(L, options, name); /* [list] */
    *count = lua_istable(L, -1) ? lua_objlen(L, -1) : 0;

    struct span *spans = calloc(*count + 1, sizeof *spans);

    for (size_t i = 0; i < *count; i++) {
        lua_rawgeti(L, -1, (int)i + 1);
        spans[i] = check_span(L, -1);
        lua_pop(L, 1);
    }
    return spans;
}

/* [item] -> [item] with the names of the outputs in `route`. */
static void set_route(struct host *host, const struct route *route)
{
    lua_State *L = host->L;
    int count = 0;

    lua_newtable(L);                                  /* [item, names] */
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->outputs); /* [item, names, outputs] */
    for (unsigned i = 0; i < ROUTE_OUTPUTS_MOST; i++) {
        if (!route_has(route, i))
            continue;
        lua_rawgeti(L, -1, (int)i + 1); /* [item, names, outputs, name] */
        lua_rawseti(L, -3, ++count);
    }
    lua_pop(L, 1);
    lua_setfield(L, -2, "route"); /* [item] */
}

static void add_item(struct host *host)
{
    lua_rawseti(host->L, host->items, (int)lua_objlen(host->L, host->items) + 1);
}

static struct format_context context_of(const struct host *host)
{
    return (struct format_context){ .resolver = &host->resolver };
}

static void on_event(void *context, struct event *event, const struct route *route)
{
    struct host *host = context;
    struct format_context how = context_of(host);

    buffer_clear(&host->line);
    host->json->event(&how, event, &host->line);
    lua_newtable(host->L); /* [item] */
    set_span(host->L, "event", buffer_span(&host->line));
    set_route(host, route);
    add_item(host);
}

static void on_alert(void *context, const struct alert *alert, const struct route *route)
{
    struct host *host = context;
    struct format_context how = context_of(host);

    buffer_clear(&host->line);
    host->json->alert(&how, alert, &host->line);
    lua_newtable(host->L); /* [item] */
    set_span(host->L, "alert", buffer_span(&host->line));
    set_span(host->L, "id", alert->id);
    set_span(host->L, "policy", alert->policy);
    set_span(host->L, "message", alert->message);
    set_span(host->L, "severity", severity_name(alert->severity));
    set_span(host->L, "fields", alert->fields);
    set_route(host, route);
    add_item(host);
}

/* Builds an engine from options at `index`; NULL and [mistakes] on the stack when there are any. */
static struct engine *build(lua_State *L, struct host *host, int options)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    size_t paths, outputs, defaults;
    struct span *path_list = read_list(L, options, "paths", &paths);
    struct span *output_list = read_list(L, options, "outputs", &outputs);
    struct span *default_list = read_list(L, options, "defaults", &defaults);
    struct engine_settings settings = {
        .paths = path_list,
        .path_count = paths,
        .outputs = output_list,
        .output_count = outputs,
        .log = &host->log,
        .resolver = &host->resolver,
        .on_event = on_event,
        .on_alert = on_alert,
        .context = host,
    };

    for (size_t i = 0; i < outputs; i++)
        for (size_t j = 0; j < defaults; j++)
            if (span_equal(output_list[i], default_list[j]))
                route_add(&settings.defaults, (unsigned)i);

    struct engine *engine = engine_new(&settings, host->engine, &mistakes, &notes);

    for (unsigned i = 0; i < notes.count; i++)
        log_write(&host->log, LOG_LEVEL_WARNING, "%s", notes.sentences[i]);
    mistakes_free(&notes);
    free(path_list);
    free(output_list);
    free(default_list);
    lua_newtable(L); /* [..., mistakes] */
    for (unsigned i = 0; i < mistakes.count; i++) {
        lua_pushstring(L, mistakes.sentences[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    mistakes_free(&mistakes);
    return engine;
}

static void remember_outputs(lua_State *L, struct host *host, int options)
{
    luaL_unref(L, LUA_REGISTRYINDEX, host->outputs);
    lua_getfield(L, options, "outputs");
    host->outputs = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* new{paths, outputs, defaults, resolve} -> host, or nil and the mistakes */
static int policy_new(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);

    struct host *host = lua_newuserdata(L, sizeof *host); /* [options, host] */

    *host = (struct host){ .resolver = resolver_none,
                           .json = format_find(SPAN("json")),
                           .outputs = LUA_NOREF };
    luaL_getmetatable(L, HOST_TYPE);
    lua_setmetatable(L, 2);
    host->log = (struct log){ open_memstream(&host->log_text, &host->log_len), LOG_LEVEL_DEBUG };
    lua_getfield(L, 1, "resolve");
    if (lua_toboolean(L, -1)) {
        host->users = users_new(NULL, &host->log);
        host->resolver = users_resolver(host->users);
    }
    host->engine = build(L, host, 1); /* [options, host, ..., mistakes] */
    if (host->engine == NULL) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    remember_outputs(L, host, 1);
    lua_pushvalue(L, 2);
    return 1;
}

static struct host *check_host(lua_State *L)
{
    return luaL_checkudata(L, 1, HOST_TYPE);
}

/* host:feed(log) -> the alerts and events in their order */
static int host_feed(lua_State *L)
{
    struct host *host = check_host(L);
    struct span text = check_span(L, 2);

    lua_settop(L, 2);
    lua_newtable(L); /* [host, log, items] */
    host->L = L;
    host->items = 3;
    pipeline_run(text, '\n', false, engine_take, host->engine);
    return 1;
}

/* host:reload{...} -> true, or nil and the mistakes */
static int host_reload(lua_State *L)
{
    struct host *host = check_host(L);
    struct engine *engine = build(L, host, 2); /* [..., mistakes] */

    if (engine == NULL) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    engine_adopt(engine, host->engine);
    engine_free(host->engine);
    host->engine = engine;
    remember_outputs(L, host, 2);
    lua_pushboolean(L, 1);
    return 1;
}

static void push_policy(lua_State *L, const struct engine *engine, size_t index)
{
    struct policy_stats stats;

    engine_policy_stats(engine, index, &stats);
    lua_newtable(L); /* [policy] */
    set_span(L, "name", stats.name);
    set_span(L, "path", stats.path);
    set_number(L, "skipped", stats.skipped);
    set_number(L, "calls", stats.calls);
    set_number(L, "alerts", stats.alerts);
    set_number(L, "drops", stats.drops);
    set_number(L, "errors", stats.errors);
    set_number(L, "over_budget", stats.over_budget);
    set_number(L, "over_memory", stats.over_memory);
    set_number(L, "quarantines", stats.quarantines);
    lua_pushboolean(L, stats.is_quarantined);
    lua_setfield(L, -2, "is_quarantined");
    set_span(L, "last_error", span_of(stats.last_error));
}

/* host:stats() */
static int host_stats(lua_State *L)
{
    const struct host *host = check_host(L);
    const struct engine_stats *stats = engine_stats(host->engine);

    lua_newtable(L); /* [stats] */
    set_number(L, "seen", stats->in);
    set_number(L, "routed", stats->routed);
    set_number(L, "dropped", stats->dropped);
    set_number(L, "alerts", stats->alerts);
    set_number(L, "held", stats->held);
    lua_newtable(L); /* [stats, policies] */
    for (size_t i = 0; i < engine_policy_count(host->engine); i++) {
        push_policy(L, host->engine, i);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "policies");
    return 1;
}

/* host:is_well() -> true, or false and why */
static int host_is_well(lua_State *L)
{
    const struct host *host = check_host(L);
    struct error err;
    bool is_well = engine_is_well(host->engine, &err);

    lua_pushboolean(L, is_well);
    if (is_well)
        return 1;
    lua_pushstring(L, err.text);
    return 2;
}

/* host:log() -> what was written to the log */
static int host_log(lua_State *L)
{
    const struct host *host = check_host(L);

    fflush(host->log.stream);
    lua_pushlstring(L, host->log_text, host->log_len);
    return 1;
}

static int host_collect(lua_State *L)
{
    struct host *host = check_host(L);

    engine_free(host->engine);
    if (host->users != NULL)
        users_close(host->users);
    fclose(host->log.stream);
    free(host->log_text);
    buffer_free(&host->line);
    return 0;
}

/* pattern(subject, pattern, from, budget) -> start, end, captures; nil, what is wrong; or nothing
 */
static int policy_pattern(lua_State *L)
{
    struct span subject = check_span(L, 1);
    size_t from = (size_t)luaL_checkinteger(L, 3) - 1;
    int64_t budget = (int64_t)luaL_checknumber(L, 4);
    struct pattern pattern;
    struct pattern_match match;
    const char *wrong = pattern_compile(&pattern, check_span(L, 2), true);
    int status = wrong == NULL ? pattern_find(&pattern, subject, from, &budget, &match) : 0;

    if (wrong != NULL || status < 0) {
        lua_pushnil(L);
        lua_pushstring(L, wrong != NULL ? wrong : "out of steps");
        return 2;
    }
    if (status == 0)
        return 0;
    lua_pushinteger(L, match.start - subject.data + 1);
    lua_pushinteger(L, match.end - subject.data);
    for (unsigned i = 0; i < pattern.capture_count; i++) {
        if (match.captures[i].len == CAPTURE_IS_POSITION)
            lua_pushinteger(L, match.captures[i].start - subject.data + 1);
        else
            lua_pushlstring(L, match.captures[i].start, (size_t)match.captures[i].len);
    }
    return (int)pattern.capture_count + 2;
}

/* glob(glob, text) -> whether it matches */
static int policy_glob(lua_State *L)
{
    lua_pushboolean(L, glob_matches(check_span(L, 1), check_span(L, 2)));
    return 1;
}

/* network(network, address) -> whether it holds it; nil when the network is none */
static int policy_network(lua_State *L)
{
    struct network network;

    if (!network_parse(check_span(L, 1), &network))
        return 0;
    lua_pushboolean(L, network_has(&network, check_span(L, 2)));
    return 1;
}

void engine_policy_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "new", policy_new },   { "pattern", policy_pattern },
        { "glob", policy_glob }, { "network", policy_network },
        { NULL, NULL },
    };
    static const luaL_Reg methods[] = {
        { "feed", host_feed },   { "reload", host_reload },
        { "stats", host_stats }, { "is_well", host_is_well },
        { "log", host_log },     { "__gc", host_collect },
        { NULL, NULL },
    };

    luaL_newmetatable(L, HOST_TYPE); /* [meta] */
    luaL_register(L, NULL, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);

    lua_newtable(L); /* [policy] */
    luaL_register(L, NULL, functions);
}
