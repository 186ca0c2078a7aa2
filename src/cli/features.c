/* features.c - laudit features: the two switches of the kernel's audit that can be locked. */
#include "base/log.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"

enum { FLAG_LOCK, FLAG_JSON, FLAG_HELP };

static const struct flag flags[] = {
    { 'l', "lock", NULL, "Lock the feature as it is then, until the next boot." },
    { 'j', "json", NULL, "Give them as a line of JSON." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

struct change {
    const char *name, *value; /* as they were given; NULL: not */
    enum feature feature;
    bool on, lock, is_json;
};

static int make_change(struct netlink *netlink, const struct change *change, struct error *err)
{
    struct log log = { stderr, LOG_LEVEL_INFO };
    struct features held = { 0 };
    int code = features_get(netlink, &held, err);
    bool on = change->value != NULL ? change->on : feature_is_on(&held, change->feature);

    if (code == 0)
        code = feature_set(netlink, change->feature, on, change->lock, err);
    if (code == 0 && change->lock)
        log_write(&log, LOG_LEVEL_INFO, "%s is locked until the next boot",
                  feature_name(change->feature));
    return code;
}

static int act(struct netlink *netlink, void *context, struct error *err)
{
    const struct change *change = context;
    struct features features = { 0 };
    int code = change->name != NULL ? make_change(netlink, change, err) : 0;

    if (code == 0)
        code = features_get(netlink, &features, err);
    if (code != 0)
        return code;

    json_t *json = json_object();

    for (unsigned i = 0; i < FEATURES; i++) {
        enum feature feature = (enum feature)i;

        json_object_set_new(json, feature_name(feature), kernel_feature(&features, feature));
        if (!change->is_json)
            kernel_print_feature(&features, feature);
    }
    if (change->is_json)
        kernel_print_json(json);
    else
        json_decref(json);
    return 0;
}

static struct span candidate(const void *context, size_t index)
{
    (void)context;
    return span_of(feature_name((enum feature)index));
}

static int read_change(struct change *change)
{
    if (change->name == NULL)
        return change->lock ? command_misused(&command_features, "--lock needs a NAME") : EXIT_DONE;
    if (!feature_find(span_of(change->name), &change->feature)) {
        struct span near = nearest_name(span_of(change->name), candidate, NULL, FEATURES);

        if (near.data != NULL)
            return command_misused(&command_features, "unknown feature '%s' (did you mean '%.*s'?)",
                                   change->name, SPAN_ARG(near));
        return command_misused(&command_features,
                               "unknown feature '%s'; known are only_unset_loginuid, "
                               "loginuid_immutable",
                               change->name);
    }
    if (change->value == NULL)
        return change->lock
                   ? EXIT_DONE
                   : command_misused(&command_features, "%s needs on, off or --lock", change->name);

    struct span value = span_of(change->value);

    change->on = span_equal(value, SPAN("on")) || span_equal(value, SPAN("1"));
    if (!change->on && !span_equal(value, SPAN("off")) && !span_equal(value, SPAN("0")))
        return command_misused(&command_features, "%s: expected on or off, found '%s'",
                               change->name, change->value);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { .command = &command_features, .rest = argv + 1 };
    struct change change = { 0 };
    int flag;

    (void)argc;
    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == FLAG_HELP) {
            command_help(&command_features, stdout);
            return EXIT_DONE;
        }
        change.lock |= flag == FLAG_LOCK;
        change.is_json |= flag == FLAG_JSON;
        if (flag != ARGUMENTS_OPERAND)
            continue;
        if (change.value != NULL)
            return command_misused(&command_features, "unexpected '%s'", arguments.value);
        *(change.name == NULL ? &change.name : &change.value) = arguments.value;
    }

    int status = read_change(&change);

    return status == EXIT_DONE ? kernel_command(act, &change) : status;
}

const struct command command_features = {
    .name = "features",
    .summary = "Say, set or lock how the kernel treats the auid.",
    .usage = "laudit features [NAME on|off] [--lock] [--json]",
    .text = "  only_unset_loginuid  an auid can only be set by who has none, whatever the rights\n"
            "  loginuid_immutable   an auid that is set stays as it is, whatever the rights\n"
            "\n"
            "Prints both, as 'laudit status' does. What is locked cannot be changed before the\n"
            "next boot: 'laudit features loginuid_immutable on --lock' is what\n"
            "auditctl --loginuid-immutable does. Needs CAP_AUDIT_CONTROL.\n",
    .flags = flags,
    .run = run,
};
