/* lost.c - laudit lost: the counters of the kernel's audit that can be set back. */
#include <inttypes.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "kernel/settings.h"

enum { FLAG_RESET, FLAG_RESET_WAITED, FLAG_JSON, FLAG_HELP };

static const struct flag flags[] = {
    { 'r', "reset", NULL, "Set lost to 0, as auditctl --reset-lost." },
    { 'w', "reset-waited", NULL,
      "Set backlog_wait_time_actual to 0, as auditctl\n"
      "--reset_backlog_wait_time_actual." },
    { 'j', "json", NULL, "Give it as a line of JSON." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

struct wish {
    bool resets_lost, resets_waited, is_json;
};

/* What is reset is told by the answer to that, so that nothing is lost in between. */
static int act(struct netlink *netlink, void *context, struct error *err)
{
    const struct wish *wish = context;
    struct status status;
    int code = status_get(netlink, &status, datagram_ignore, NULL, err);

    if (code == 0 && wish->resets_lost)
        code = setting_reset_lost(netlink, &status.kernel.lost, err);
    if (code == 0 && wish->resets_waited)
        code = setting_reset_waited(netlink, &status.kernel.backlog_wait_time_actual, err);
    if (code != 0)
        return code;
    if (wish->is_json)
        kernel_print_json(json_pack("{sI sI}", "lost", (json_int_t)status.kernel.lost,
                                    "backlog_wait_time_actual",
                                    (json_int_t)status.kernel.backlog_wait_time_actual));
    else
        printf("lost %" PRIu32 "\nbacklog_wait_time_actual %" PRIu32 "\n", status.kernel.lost,
               status.kernel.backlog_wait_time_actual);
    return 0;
}

static int run(int argc, char **argv)
{
    unsigned given;
    int status = command_switches(&command_lost, argv, &given);

    (void)argc;
    if (status != EXIT_DONE || (given & 1U << FLAG_HELP) != 0)
        return status;

    struct wish wish = { .resets_lost = (given & 1U << FLAG_RESET) != 0,
                         .resets_waited = (given & 1U << FLAG_RESET_WAITED) != 0,
                         .is_json = (given & 1U << FLAG_JSON) != 0 };

    return kernel_command(act, &wish);
}

const struct command command_lost = {
    .name = "lost",
    .summary = "Say what the kernel's audit lost and how long it made others wait; reset it.",
    .usage = "laudit lost [--reset] [--reset-waited] [--json]",
    .text = "lost: records that the kernel could not keep since it started, or since the last\n"
            "reset. backlog_wait_time_actual: ticks of the kernel's clock that processes waited\n"
            "for a place in the backlog. With --reset, what is printed is what was there before.\n"
            "Needs CAP_AUDIT_CONTROL.\n",
    .flags = flags,
    .run = run,
};
