/* user_msg.c - laudit user-msg: a message for the audit trail. */
#include <errno.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "kernel/settings.h"
#include "kernel/user_message.h"

enum { FLAG_HELP };

static const struct flag flags[] = {
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

/* The kernel acknowledges messages that it throws away. Who may not ask does not learn it. */
static int check_enabled(struct netlink *netlink, struct error *err)
{
    struct status status;
    struct error second;

    if (status_get(netlink, &status, datagram_ignore, NULL, &second) != 0 ||
        status.kernel.enabled != ENABLED_OFF)
        return 0;
    return error_set(err, -ENODATA, "the message is recorded nowhere: audit is off (enabled is 0)");
}

static int send(struct netlink *netlink, void *context, struct error *err)
{
    int code = user_message_send(netlink, span_of(context), err);

    return code == 0 ? check_enabled(netlink, err) : code;
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { .command = &command_user_msg, .rest = argv + 1 };
    const char *text = NULL;
    int flag;

    (void)argc;
    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == FLAG_HELP) {
            command_help(&command_user_msg, stdout);
            return EXIT_DONE;
        }
        if (text != NULL)
            return command_misused(&command_user_msg, "one TEXT, not '%s' too; quote it",
                                   arguments.value);
        text = arguments.value;
    }
    if (text == NULL)
        return command_misused(&command_user_msg, "which TEXT?");
    return kernel_command(send, (void *)(uintptr_t)text);
}

const struct command command_user_msg = {
    .name = "user-msg",
    .summary = "Put a message into the audit trail.",
    .usage = "laudit user-msg TEXT",
    .text = "It becomes a USER record with your pid, uid and auid, as that of auditctl -m:\n"
            "  msg='text=TEXT exe=\"/usr/sbin/laudit\" hostname=? addr=? terminal=pts/0\n"
            "  res=success'\n"
            "TEXT must not hold control characters. Needs CAP_AUDIT_WRITE.\n",
    .flags = flags,
    .run = run,
};
