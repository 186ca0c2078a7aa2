#include "cli/kernel_command.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/own_program.h"
#include "cli/cli.h"
#include "kernel/status.h"

int kernel_command(kernel_act *act, void *context)
{
    struct error err;
    struct netlink *netlink = netlink_open(0, &err);
    int code = netlink != NULL ? act(netlink, context, &err) : err.code;

    netlink_close(netlink);
    return code == 0 ? EXIT_DONE : kernel_command_failed(&err);
}

int kernel_command_failed(const struct error *err)
{
    fprintf(stderr, "laudit: %s\n", err->text);
    return EXIT_FAILED;
}

void kernel_note_keeper(struct netlink *netlink)
{
    struct status status;
    struct error err;

    if (status_get(netlink, &status, datagram_ignore, NULL, &err) == 0 && status.kernel.pid != 0 &&
        is_own_program(status.kernel.pid))
        fprintf(stderr,
                "note: laudit (pid %u) is the audit daemon: if it keeps rules of its own, this is "
                "told as drift, or undone; change its configuration and send it SIGHUP\n",
                status.kernel.pid);
}

void kernel_print_json(json_t *value)
{
    if (value == NULL)
        abort(); /* no memory */
    json_dumpf(value, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(value);
}

json_t *kernel_text(struct span text)
{
    size_t room = 4 * text.len + 1; /* \xHH */
    char *shown = malloc(room);

    if (shown == NULL)
        abort();

    json_t *value = json_stringn(shown, escape_text(shown, room, text));

    free(shown);
    return value;
}

void kernel_print_feature(const struct features *features, enum feature feature)
{
    printf("%s %d %s\n", feature_name(feature), feature_is_on(features, feature),
           feature_is_locked(features, feature) ? "locked" : "unlocked");
}

json_t *kernel_feature(const struct features *features, enum feature feature)
{
    return json_pack("{sb sb}", "on", feature_is_on(features, feature), "locked",
                     feature_is_locked(features, feature));
}
