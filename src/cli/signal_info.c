/* signal_info.c - laudit signal-info: who sent the audit daemon its last signal. */
#include <inttypes.h>
#include <pwd.h>

#include "base/escape.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "kernel/refusal.h"
#include "kernel/signal_info.h"

enum { FLAG_JSON, FLAG_HELP };

static const struct flag flags[] = {
    { 'j', "json", NULL, "Give it as a line of JSON." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

static const char *user_name(uint32_t uid)
{
    const struct passwd *entry = uid == UINT32_MAX ? NULL : getpwuid(uid);

    if (uid == UINT32_MAX)
        return "unset";
    return entry != NULL ? entry->pw_name : "unknown";
}

static void print_text(const struct signal_info *info)
{
    char shown[4 * HOLDER_TEXT], command[HOLDER_TEXT];

    if (!signal_info_is_any(info)) {
        puts("nobody sent the audit daemon a signal since this machine started");
        return;
    }
    escape_text(shown, sizeof shown, span_of(user_name(info->uid)));
    printf("auid %" PRIu32 " (%s)\npid %" PRIu32, info->uid, shown, info->pid);
    if (refusal_command(info->pid, command, sizeof command)) {
        escape_text(shown, sizeof shown, span_of(command));
        printf(" (%s)", shown);
    }
    putchar('\n');
    if (info->context.len > 0) {
        escape_text(shown, sizeof shown, info->context);
        printf("context %s\n", shown);
    }
}

static int ask(struct netlink *netlink, void *context, struct error *err)
{
    bool is_json = *(bool *)context;
    struct signal_info info = { 0 };
    int code = signal_info_get(netlink, &info, err);

    if (code != 0)
        return code;
    if (!is_json) {
        print_text(&info);
        return 0;
    }
    kernel_print_json(json_pack("{sI so sI so}", "auid", (json_int_t)info.uid, "AUID",
                                kernel_text(span_of(user_name(info.uid))), "pid",
                                (json_int_t)info.pid, "context", kernel_text(info.context)));
    return 0;
}

static int run(int argc, char **argv)
{
    unsigned given;
    int status = command_switches(&command_signal_info, argv, &given);

    (void)argc;
    if (status != EXIT_DONE || (given & 1U << FLAG_HELP) != 0)
        return status;

    bool is_json = (given & 1U << FLAG_JSON) != 0;

    return kernel_command(ask, &is_json);
}

const struct command command_signal_info = {
    .name = "signal-info",
    .summary = "Say who sent the audit daemon its last signal.",
    .usage = "laudit signal-info [--json]",
    .text = "The kernel remembers who last sent SIGTERM, SIGHUP, SIGUSR1 or SIGUSR2 to the\n"
            "registered audit daemon: the auid (the uid, when that is unset), the pid, and the\n"
            "context of a security module. A pid whose process still runs comes with its command\n"
            "line; by then it may be another process's. Needs CAP_AUDIT_CONTROL.\n",
    .flags = flags,
    .run = run,
};
