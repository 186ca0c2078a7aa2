/* config_kernel.c - checks the options of `kernel`. */
#include <math.h>
#include <stdio.h>

#include "control/config_values.h"

/* The value on top of the stack is what was not `expected`. */
static void refuse(struct reader *reader, const struct place *place, const char *name,
                   const char *expected)
{
    char room[128];

    if (!is_stranger(reader->L))
        complain_option(reader, place, name, "expected %s, found %s", expected,
                        describe_value(reader->L, room, sizeof room));
}

static void read_enabled(struct reader *reader, const struct place *place, const char *name,
                         void *target)
{
    if (lua_type(reader->L, -1) == LUA_TBOOLEAN)
        *(struct config_setting *)target =
            (struct config_setting){ true,
                                     lua_toboolean(reader->L, -1) ? ENABLED_ON : ENABLED_OFF };
    else
        refuse(reader, place, name,
               "true or false (for what holds until the next boot: immutable)");
}

static void read_failure(struct reader *reader, const struct place *place, const char *name,
                         void *target)
{
    struct config_setting *setting = target;
    struct span text = { NULL, 0 };

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    setting->is_given = text.len > 0 && (text.data[0] < '0' || text.data[0] > '9') &&
                        setting_parse(SETTING_FAILURE, text, &setting->value);
    if (!setting->is_given)
        refuse(reader, place, name, "'silent', 'printk' or 'panic'");
}

static void read_number(struct reader *reader, const struct place *place, const char *name,
                        void *target)
{
    struct config_setting *setting = target;

    setting->is_given = true;
    read_count(reader, place, name, &setting->value);
}

static void read_feature(struct reader *reader, const struct place *place, const char *name,
                         void *target)
{
    struct config_feature *feature = target;
    struct span text = { NULL, 0 };

    if (lua_type(reader->L, -1) == LUA_TSTRING)
        text.data = lua_tolstring(reader->L, -1, &text.len);
    feature->is_locked = span_equal(text, SPAN("locked"));
    feature->is_on = feature->is_locked || lua_toboolean(reader->L, -1);
    feature->is_given = feature->is_locked || lua_type(reader->L, -1) == LUA_TBOOLEAN;
    if (!feature->is_given)
        refuse(reader, place, name, "true, false or 'locked' (on until the next boot)");
}

/* rules = false */
static void read_rules(struct reader *reader, const struct place *place, const char *name,
                       void *target)
{
    bool *leaves_rules = target, loads_rules = true;

    read_boolean(reader, place, name, &loads_rules);
    *leaves_rules = !loads_rules;
}

#define KERNEL(member) offsetof(struct config_kernel, member)

static const struct reading readings[] = {
    { "enabled", read_enabled, KERNEL(settings[SETTING_ENABLED]) },
    { "failure", read_failure, KERNEL(settings[SETTING_FAILURE]) },
    { "rate_limit", read_number, KERNEL(settings[SETTING_RATE_LIMIT]) },
    { "backlog_limit", read_number, KERNEL(settings[SETTING_BACKLOG_LIMIT]) },
    { "backlog_wait_time", read_number, KERNEL(settings[SETTING_BACKLOG_WAIT_TIME]) },
    { "only_unset_loginuid", read_feature, KERNEL(features[FEATURE_ONLY_UNSET_LOGINUID]) },
    { "loginuid_immutable", read_feature, KERNEL(features[FEATURE_LOGINUID_IMMUTABLE]) },
    { "immutable", read_boolean, KERNEL(is_immutable) },
    { "enforce", read_boolean, KERNEL(enforces) },
    { "rules", read_rules, KERNEL(leaves_rules) },
    { "receive_buffer", read_size, KERNEL(receive_buffer) },
    { "multicast", read_boolean, KERNEL(multicast) },
};

enum { CHANGING = 9 /* the first of them change the kernel */ };

bool config_sets_kernel(const struct config_kernel *kernel)
{
    bool is_any = kernel->is_immutable;

    for (size_t i = 0; i < SETTINGS; i++)
        is_any = is_any || kernel->settings[i].is_given;
    for (size_t i = 0; i < FEATURES; i++)
        is_any = is_any || kernel->features[i].is_given;
    return is_any;
}

/* What is good alone and wrong together; the options are at `index`. */
static void check_together(struct reader *reader, int index, const struct place *place)
{
    const struct config_kernel *kernel = &reader->config->kernel;
    const struct config_setting *enabled = &kernel->settings[SETTING_ENABLED];

    if (kernel->is_immutable && enabled->is_given && enabled->value == ENABLED_OFF)
        complain_option(reader, place, "immutable",
                        "would lock the kernel's audit with enabled = "
                        "false");
    for (size_t i = 0; kernel->multicast && i < CHANGING; i++) {
        if (has_option(reader->L, index, readings[i].name))
            complain_option(reader, place, readings[i].name,
                            "has no place beside multicast = true: the audit daemon that runs has "
                            "set the kernel");
    }
}

void read_kernel(struct reader *reader, int index, struct place place)
{
    struct config_kernel *kernel = &reader->config->kernel;
    lua_State *L = reader->L;
    char room[128];

    if (kernel->is_given)
        complain(reader, place.line, "kernel: was given before");
    *kernel = (struct config_kernel){ .is_given = true };
    lua_rawgeti(L, index, 1); /* [options] */
    if (lua_type(L, -1) == LUA_TTABLE) {
        int table = lua_gettop(L);

        read_options(reader, table, &place, READINGS(readings), kernel);
        check_together(reader, table, &place);
    } else if (!is_stranger(L)) {
        complain(reader, place.line, "kernel: expected a table of options, found %s",
                 describe_value(L, room, sizeof room));
    }
    lua_pop(L, 1);
}
