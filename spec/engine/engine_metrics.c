#include "engine.h"

#include <stdlib.h>

#include "control/metric.h"
#include "control/metrics.h"
#include "control/metrics_page.h"
#include "control/prometheus.h"
#include "control/statsd.h"
#include "push.h"

#define LEDGER_TYPE "laudit.spec.ledger"
#define STATSD_TYPE "laudit.spec.statsd"

enum { MOST = 1000 /* outputs or policies */ };

/* A ledger whose numbers are all different. */
struct filled {
    struct ledger ledger;
    uint64_t last; /* number that was given */
};

static size_t list_length(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name); /* [list] */

    size_t len = lua_type(L, -1) == LUA_TTABLE ? lua_objlen(L, -1) : 0;

    lua_pop(L, 1);
    return len < MOST ? len : MOST;
}

static bool has_flag(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name); /* [flag] */

    bool flag = lua_toboolean(L, -1);

    lua_pop(L, 1);
    return flag;
}

static void fill_value(struct filled *filled, const struct metric *metric, char *of)
{
    char *at = of + metric->offset;
    struct histogram *histogram = (struct histogram *)(void *)at;

    if (metric->type == METRIC_INFO)
        return;
    if (metric->is_bool) {
        *(bool *)at = true;
    } else if (metric->type == METRIC_HISTOGRAM) {
        for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
            histogram->counts[i] = ++filled->last;
        histogram->sum_s = (double)++filled->last / 2;
    } else {
        for (size_t i = 0; i < (metric->words != NULL ? metric->word_count : 1); i++)
            ((uint64_t *)(void *)at)[i] = ++filled->last;
    }
}

static void fill(struct filled *filled)
{
    struct ledger *ledger = &filled->ledger;

    for (size_t i = 0; i < metrics_count; i++) {
        const struct metric *metric = &metrics_list[i];

        if (metric->scope == METRIC_OF_OUTPUT) {
            for (size_t j = 0; j < ledger->output_count; j++)
                if (metric->offset != offsetof(struct ledger_output, is_gone))
                    fill_value(filled, metric, (char *)&ledger->outputs[j]);
        } else if (metric->scope == METRIC_OF_POLICY) {
            for (size_t j = 0; j < ledger->policy_count; j++)
                fill_value(filled, metric, (char *)&ledger->policies[j]);
        } else if ((metric->scope != METRIC_OF_KERNEL || ledger->source.has_kernel) &&
                   (metric->scope != METRIC_OF_FILES || ledger->source.has_files)) {
            fill_value(filled, metric, (char *)ledger);
        }
    }
}

/* The text `name` of the table on top; what it points to lives in the table at 1. */
static struct span member(lua_State *L, const char *name)
{
    struct span text;

    lua_getfield(L, -1, name); /* [text] */
    text.data = lua_tolstring(L, -1, &text.len);
    lua_pop(L, 1);
    return text;
}

/* Allocates outputs and policies and names them. */
static void name_all(lua_State *L, struct ledger *ledger)
{
    ledger->output_count = list_length(L, "outputs");
    ledger->policy_count = list_length(L, "policies");
    ledger->outputs = calloc(ledger->output_count + 1, sizeof *ledger->outputs);
    ledger->policies = calloc(ledger->policy_count + 1, sizeof *ledger->policies);
    if (ledger->outputs == NULL || ledger->policies == NULL)
        abort();
    lua_getfield(L, 1, "outputs"); /* [outputs] */
    for (size_t i = 0; i < ledger->output_count; i++) {
        lua_rawgeti(L, -1, (int)i + 1); /* [outputs, output] */
        ledger->outputs[i].name = member(L, "name");
        ledger->outputs[i].kind = member(L, "kind").data;
        lua_getfield(L, -1, "gone");
        ledger->outputs[i].is_gone = lua_toboolean(L, -1);
        lua_pop(L, 2);
    }
    lua_getfield(L, 1, "policies"); /* [outputs, policies] */
    for (size_t i = 0; i < ledger->policy_count; i++) {
        lua_rawgeti(L, -1, (int)i + 1); /* [outputs, policies, name] */
        ledger->policies[i].name.data = lua_tolstring(L, -1, &ledger->policies[i].name.len);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
}

/*
 * ledger { outputs = { { name=, kind=, gone= } }, policies = { name }, kernel=, files=, empty= } →
 * a ledger of these; its numbers are all different, or 0 if it is empty
 */
static int metrics_lua_ledger(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);

    struct filled *filled = lua_newuserdata(L, sizeof *filled); /* [filled] */

    *filled = (struct filled){ .ledger.source = { .has_kernel = has_flag(L, "kernel"),
                                                  .has_files = has_flag(L, "files") } };
    luaL_getmetatable(L, LEDGER_TYPE); /* [filled, metatable] */
    lua_setmetatable(L, -2);
    name_all(L, &filled->ledger);
    lua_createtable(L, 1, 0); /* [filled, environment]: keeps the names alive */
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, 1);
    lua_setfenv(L, -2);
    if (!has_flag(L, "empty"))
        fill(filled);
    return 1;
}

static struct filled *check_ledger(lua_State *L, int index)
{
    return luaL_checkudata(L, index, LEDGER_TYPE);
}

static int push_written(lua_State *L, void (*write)(const struct ledger *, struct buffer *))
{
    struct buffer out = { 0 };

    write(&check_ledger(L, 1)->ledger, &out);
    lua_pushlstring(L, out.data != NULL ? out.data : "", out.len);
    buffer_free(&out);
    return 1;
}

static int ledger_lua_text(lua_State *L)
{
    return push_written(L, ledger_write_text);
}

static int ledger_lua_json(lua_State *L)
{
    return push_written(L, ledger_write_json);
}

static int ledger_lua_prometheus(lua_State *L)
{
    return push_written(L, prometheus_write);
}

/* ledger:fill(): every number is another one, and larger */
static int ledger_lua_fill(lua_State *L)
{
    fill(check_ledger(L, 1));
    return 0;
}

/* ledger:took(output from 1, ns, count): deliveries */
static int ledger_lua_took(lua_State *L)
{
    struct ledger *ledger = &check_ledger(L, 1)->ledger;
    size_t index = (size_t)luaL_checkinteger(L, 2) - 1;

    luaL_argcheck(L, index < ledger->output_count, 2, "no such output");
    histogram_add(&ledger->outputs[index].stats.latency, (uint64_t)luaL_checknumber(L, 3),
                  (uint64_t)luaL_checknumber(L, 4));
    return 0;
}

static int ledger_lua_collect(lua_State *L)
{
    ledger_free(&check_ledger(L, 1)->ledger);
    return 0;
}

/* list() → { { name=, statsd=, help=, type=, scope=, label=, words= } } */
static int metrics_lua_list(lua_State *L)
{
    static const char *const types[] = { "counter", "gauge", "histogram", "gauge" };
    static const char *const scopes[] = { "all", "kernel", "files", "output", "policy" };

    lua_createtable(L, (int)metrics_count, 0); /* [list] */
    for (size_t i = 0; i < metrics_count; i++) {
        const struct metric *metric = &metrics_list[i];

        lua_newtable(L); /* [list, metric] */
        set_span(L, "name", span_of(metric->name));
        set_span(L, "help", span_of(metric->help));
        set_span(L, "type", span_of(types[metric->type]));
        set_span(L, "scope", span_of(scopes[metric->scope]));
        if (metric->statsd != NULL)
            set_span(L, "statsd", span_of(metric->statsd));
        if (metric->label != NULL)
            set_span(L, "label", span_of(metric->label));
        lua_newtable(L); /* [list, metric, words] */
        for (size_t j = 0; metric->words != NULL && j < metric->word_count; j++) {
            lua_pushstring(L, metric->words(j));
            lua_rawseti(L, -2, (int)j + 1);
        }
        lua_setfield(L, -2, "words");
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

struct teller {
    struct statsd *statsd;
};

static struct statsd *check_statsd(lua_State *L)
{
    struct teller *teller = luaL_checkudata(L, 1, STATSD_TYPE);

    return teller->statsd;
}

/* statsd(prefix) */
static int metrics_lua_statsd(lua_State *L)
{
    struct span prefix = check_span(L, 1);
    struct teller *teller = lua_newuserdata(L, sizeof *teller); /* [teller] */

    teller->statsd = statsd_new(prefix);
    luaL_getmetatable(L, STATSD_TYPE); /* [teller, metatable] */
    lua_setmetatable(L, -2);
    return 1;
}

struct sending {
    lua_State *L;
    bool fails;
};

static bool on_datagram(void *context, struct span datagram)
{
    struct sending *sending = context;

    lua_pushlstring(sending->L, datagram.data, datagram.len);
    lua_rawseti(sending->L, -2, (int)lua_objlen(sending->L, -2) + 1);
    return !sending->fails;
}

/* statsd:write(ledger, fails) → list of datagrams, which could not be sent if `fails` */
static int statsd_lua_write(lua_State *L)
{
    struct sending sending = { L, lua_toboolean(L, 3) };
    struct filled *filled = check_ledger(L, 2);

    lua_newtable(L); /* [datagrams] */
    statsd_write(check_statsd(L), &filled->ledger, on_datagram, &sending);
    return 1;
}

static int statsd_lua_collect(lua_State *L)
{
    statsd_free(check_statsd(L));
    return 0;
}

/* prefix(text, host) → the prefix, or nil and a sentence */
static int metrics_lua_prefix(lua_State *L)
{
    struct buffer out = { 0 };
    struct error err;
    bool is_good = statsd_prefix(check_span(L, 1), check_span(L, 2), &out, &err);

    if (is_good)
        lua_pushlstring(L, out.data != NULL ? out.data : "", out.len);
    else
        lua_pushnil(L);
    lua_pushstring(L, is_good ? "" : err.text);
    buffer_free(&out);
    return 2;
}

/* target(text) → host, port; or nil and a sentence */
static int metrics_lua_target(lua_State *L)
{
    struct span host;
    struct error err;
    uint16_t port;

    if (metrics_statsd_parse(check_span(L, 1), &host, &port, &err)) {
        lua_pushlstring(L, host.data, host.len);
        lua_pushinteger(L, port);
    } else {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
    }
    return 2;
}

/* address(text) → nil, or a sentence why the page cannot be served there */
static int metrics_lua_address(lua_State *L)
{
    struct page_address address;
    struct error err;

    if (page_address_parse(check_span(L, 1), &address, &err))
        return 0;
    lua_pushstring(L, err.text);
    return 1;
}

void engine_metrics_open(lua_State *L)
{
    static const luaL_Reg ledger[] = {
        { "text", ledger_lua_text },
        { "json", ledger_lua_json },
        { "prometheus", ledger_lua_prometheus },
        { "fill", ledger_lua_fill },
        { "took", ledger_lua_took },
        { "__gc", ledger_lua_collect },
        { NULL, NULL },
    };
    static const luaL_Reg statsd[] = {
        { "write", statsd_lua_write },
        { "__gc", statsd_lua_collect },
        { NULL, NULL },
    };
    static const luaL_Reg functions[] = {
        { "ledger", metrics_lua_ledger },
        { "list", metrics_lua_list },
        { "statsd", metrics_lua_statsd },
        { "prefix", metrics_lua_prefix },
        { "address", metrics_lua_address },
        { "target", metrics_lua_target },
        { NULL, NULL },
    };

    push_layer(L, LEDGER_TYPE, ledger, functions); /* [functions] */
    lua_pop(L, 1);
    push_layer(L, STATSD_TYPE, statsd, functions); /* [functions] */
}
