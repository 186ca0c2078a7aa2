#include "engine.h"

#include <lauxlib.h>

#include "control/config.h"
#include "control/ledger.h"
#include "output/file.h"

static void push_span(lua_State *L, struct span text)
{
    lua_pushlstring(L, text.data != NULL ? text.data : "", text.len);
}

static void set_span(lua_State *L, const char *name, struct span text)
{
    push_span(L, text);
    lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

static void set_file(lua_State *L, const struct file_settings *file)
{
    set_span(L, "path", file->path);
    set_number(L, "mode", file->mode);
    if (file->owner.is_given)
        set_number(L, "uid", file->owner.id);
    if (file->group.is_given)
        set_number(L, "gid", file->group.id);
}

/* [table] → [table with .outputs] */
static void push_outputs(lua_State *L, const struct config *config)
{
    lua_newtable(L); /* [config, outputs] */
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];
        const struct output_settings *settings = &output->settings;

        lua_newtable(L); /* [config, outputs, output] */
        set_span(L, "name", settings->name);
        set_span(L, "format", span_of(output->format != NULL ? output->format->name : ""));
        set_boolean(L, "stdout", settings->kind == &kind_stdout);
        set_boolean(L, "default",
                    i < ROUTE_OUTPUTS_MOST && route_has(&config->defaults, (unsigned)i));
        set_number(L, "queue", (double)settings->queue_bytes);
        set_number(L, "drain", output->drain_s);
        if (settings->kind == &kind_file)
            set_file(L, settings->options);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "outputs");
}

/* [config] → [config with .kernel]: what is given, features as "on", "off" or "locked" */
static void push_kernel(lua_State *L, const struct config_kernel *kernel)
{
    lua_newtable(L); /* [config, kernel] */
    for (size_t i = 0; i < SETTINGS; i++) {
        if (kernel->settings[i].is_given)
            set_number(L, setting_name((enum setting)i), kernel->settings[i].value);
    }
    for (size_t i = 0; i < FEATURES; i++) {
        const struct config_feature *feature = &kernel->features[i];

        if (feature->is_given)
            set_span(L, feature_name((enum feature)i),
                     feature->is_locked ? SPAN("locked")
                     : feature->is_on   ? SPAN("on")
                                        : SPAN("off"));
    }
    set_boolean(L, "immutable", kernel->is_immutable);
    set_boolean(L, "enforce", kernel->enforces);
    set_boolean(L, "changes", config_sets_kernel(kernel));
    lua_setfield(L, -2, "kernel");
}

static void push_config(lua_State *L, const struct config *config)
{
    lua_newtable(L); /* [config] */
    push_outputs(L, config);
    lua_newtable(L); /* [config, policies] */
    for (size_t i = 0; i < config->policy_count; i++) {
        push_span(L, config->policies[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "policies");
    lua_newtable(L); /* [config, rules] */
    for (size_t i = 0; i < config->rule_count; i++) {
        push_span(L, config->rules[i].text);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "rules");
    set_number(L, "receive_buffer", (double)config->kernel.receive_buffer);
    set_boolean(L, "multicast", config->kernel.multicast);
    push_kernel(L, &config->kernel);
}

static void push_sentences(lua_State *L, struct mistakes *mistakes)
{
    lua_newtable(L); /* [sentences] */
    for (unsigned i = 0; i < mistakes->count; i++) {
        lua_pushstring(L, mistakes->sentences[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    mistakes_free(mistakes);
}

/* config(path) → table, mistakes, notes */
static int control_config(lua_State *L)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = config_load(luaL_checkstring(L, 1), &mistakes, &notes);

    push_config(L, config);
    config_free(config);
    push_sentences(L, &mistakes);
    push_sentences(L, &notes);
    return 3;
}

/* [settings] → [settings with .queue and .spool] */
static void push_queues(lua_State *L, const struct output_settings *settings)
{
    static const char *const answers[] = { [FULL_DROP_OLDEST] = "drop_oldest",
                                           [FULL_DROP_NEWEST] = "drop_newest",
                                           [FULL_SPOOL] = "spool",
                                           [FULL_HOLD] = "hold" };

    lua_newtable(L); /* [settings, queue] */
    set_number(L, "events", settings->queue_events);
    set_number(L, "bytes", (double)settings->queue_bytes);
    set_span(L, "full", span_of(answers[settings->when_full]));
    lua_setfield(L, -2, "queue");
    lua_newtable(L); /* [settings, spool] */
    set_span(L, "path", settings->spool.path);
    set_number(L, "bytes", (double)settings->spool.bytes);
    set_boolean(L, "sync", settings->spool.syncs);
    lua_setfield(L, -2, "spool");
}

/* [settings] → [settings with .retry and .breaker] */
static void push_breaker(lua_State *L, const struct breaker_settings *breaker)
{
    lua_newtable(L); /* [settings, retry] */
    set_number(L, "first", breaker->first_s);
    set_number(L, "most", breaker->most_s);
    set_number(L, "attempts", breaker->attempts);
    lua_setfield(L, -2, "retry");
    lua_newtable(L); /* [settings, breaker] */
    set_number(L, "failure_ratio", breaker->failure_ratio);
    set_number(L, "window", breaker->window_s);
    set_number(L, "observations", breaker->observations);
    set_number(L, "cooldown", breaker->cooldown_s);
    lua_setfield(L, -2, "breaker");
}

/* settings(path) → what each output of a configuration has besides its kind's, by its name */
static int control_settings(lua_State *L)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = config_load(luaL_checkstring(L, 1), &mistakes, &notes);

    lua_newtable(L); /* [outputs] */
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];

        push_span(L, output->settings.name); /* [outputs, name] */
        lua_newtable(L);                     /* [outputs, name, settings] */
        push_queues(L, &output->settings);
        push_breaker(L, &output->settings.breaker);
        set_number(L, "connect_timeout", output->settings.connect_timeout_s);
        set_number(L, "send_timeout", output->settings.send_timeout_s);
        set_number(L, "drain", output->drain_s);
        lua_rawset(L, -3);
    }
    config_free(config);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    return 1;
}

static uint64_t number_of(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name); /* [number] */

    uint64_t number = (uint64_t)luaL_optnumber(L, -1, 0);

    lua_pop(L, 1);
    return number;
}

/* ledger{malformed=, ...} → text, json: a ledger with these observations of the audit socket */
static int control_ledger(lua_State *L)
{
    struct ledger ledger = { .source = { .has_kernel = true,
                                         .kernel_lost = number_of(L, "kernel_lost"),
                                         .enobufs = number_of(L, "enobufs"),
                                         .truncated = number_of(L, "truncated"),
                                         .malformed = number_of(L, "malformed"),
                                         .strange = number_of(L, "strange"),
                                         .foreign = number_of(L, "foreign"),
                                         .rivals = number_of(L, "rivals"),
                                         .retaken = number_of(L, "retaken") } };
    struct buffer text = { 0 }, json = { 0 };

    ledger_write_text(&ledger, &text);
    ledger_write_json(&ledger, &json);
    push_span(L, buffer_span(&text));
    push_span(L, buffer_span(&json));
    buffer_free(&text);
    buffer_free(&json);
    return 2;
}

void engine_control_open(lua_State *L)
{
    lua_newtable(L); /* [functions] */
    lua_pushcfunction(L, control_ledger);
    lua_setfield(L, -2, "ledger");
    lua_pushcfunction(L, control_config);
    lua_setfield(L, -2, "config");
    lua_pushcfunction(L, control_settings);
    lua_setfield(L, -2, "settings");
}
