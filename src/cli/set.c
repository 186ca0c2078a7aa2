/* set.c - laudit set: one setting of the kernel's audit. */
#include <errno.h>
#include <inttypes.h>

#include "base/log.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "kernel/settings.h"

enum { FLAG_YES, FLAG_HELP };

static const struct flag flags[] = {
    { 'y', "yes", NULL, "Set failure to panic although no audit daemon is registered." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

struct change {
    enum setting setting;
    uint32_t value;
    bool is_sure;
};

/* The kernel halts at the first record that it cannot keep, and nobody would take any. */
static int check_panic(struct netlink *netlink, struct error *err)
{
    struct status status;
    int code = status_get(netlink, &status, datagram_ignore, NULL, err);

    if (code != 0 || status.kernel.pid != 0)
        return code;
    return error_set(err, -EPERM,
                     "cannot set failure to panic: no audit daemon is registered, so this machine "
                     "would halt when the backlog is full; --yes sets it all the same");
}

static int act(struct netlink *netlink, void *context, struct error *err)
{
    const struct change *change = context;
    struct log log = { stderr, LOG_LEVEL_INFO };
    const char *word = setting_word(change->setting, change->value);
    bool is_panic = change->setting == SETTING_FAILURE && change->value == AUDIT_FAIL_PANIC;
    int code = is_panic && !change->is_sure ? check_panic(netlink, err) : 0;

    if (code == 0)
        code = setting_set(netlink, change->setting, change->value, err);
    if (code != 0)
        return code;
    if (word != NULL)
        printf("%s %s\n", setting_name(change->setting), word);
    else
        printf("%s %" PRIu32 "\n", setting_name(change->setting), change->value);
    if (change->setting == SETTING_ENABLED && change->value == ENABLED_LOCKED)
        log_write(&log, LOG_LEVEL_INFO,
                  "the kernel's audit settings and rules cannot be changed until the next boot");
    return 0;
}

static struct span candidate(const void *context, size_t index)
{
    (void)context;
    return span_of(setting_name((enum setting)index));
}

static int read_change(const char *name, const char *value, struct change *change)
{
    struct span near;

    if (!setting_find(span_of(name), &change->setting)) {
        near = nearest_name(span_of(name), candidate, NULL, SETTINGS);
        if (near.data != NULL)
            return command_misused(&command_set, "unknown setting '%s' (did you mean '%.*s'?)",
                                   name, SPAN_ARG(near));
        return command_misused(&command_set,
                               "unknown setting '%s'; known are enabled, failure, rate_limit, "
                               "backlog_limit, backlog_wait_time",
                               name);
    }
    if (!setting_parse(change->setting, span_of(value), &change->value))
        return command_misused(&command_set, "%s: expected %s, found '%s'", name,
                               setting_expected(change->setting), value);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { .command = &command_set, .rest = argv + 1 };
    struct change change = { 0 };
    const char *operands[2] = { NULL, NULL };
    int count = 0, flag;

    (void)argc;
    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == FLAG_HELP) {
            command_help(&command_set, stdout);
            return EXIT_DONE;
        }
        if (flag == FLAG_YES)
            change.is_sure = true;
        else if (count < 2)
            operands[count++] = arguments.value;
        else
            return command_misused(&command_set, "unexpected '%s'", arguments.value);
    }
    if (count < 2)
        return command_misused(&command_set, "needs a NAME and a VALUE");

    int status = read_change(operands[0], operands[1], &change);

    return status == EXIT_DONE ? kernel_command(act, &change) : status;
}

const struct command command_set = {
    .name = "set",
    .summary = "Change a setting of the kernel's audit.",
    .usage = "laudit set NAME VALUE [--yes]",
    .text =
        "  enabled            off, on, or immutable: until the next boot no setting and no rule\n"
        "                     can be changed. Nothing is asked first.\n"
        "  failure            silent, printk or panic: what the kernel does when it loses records\n"
        "  rate_limit         records a second; 0: no limit\n"
        "  backlog_limit      records that may wait in the kernel; 0: no limit\n"
        "  backlog_wait_time  how long what makes records waits for a place in the backlog, in\n"
        "                     ticks of the kernel's clock; 0: it does not, and records are lost\n"
        "\n"
        "Waits until the kernel has acknowledged it, reads it back, and prints it as 'laudit\n"
        "status' does. Values may be numbers, too. For a daemon, write kernel { } into its\n"
        "configuration instead. Needs CAP_AUDIT_CONTROL.\n",
    .flags = flags,
    .run = run,
};
