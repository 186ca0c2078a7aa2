/* version.c - laudit version. */
#include <stdio.h>

#include "cli/arguments.h"
#include "cli/cli.h"

static const struct flag flags[] = { { 'h', "help", NULL, "Say this." }, { 0, NULL, NULL, NULL } };

static int run(int argc, char **argv)
{
    unsigned given;
    int status = command_switches(&command_version, argv, &given);

    (void)argc;
    if (status == EXIT_DONE && given == 0)
        puts("laudit " LAUDIT_VERSION);
    return status;
}

const struct command command_version = {
    .name = "version",
    .summary = "Say which version this is.",
    .usage = "laudit version",
    .text = "'laudit --version' and 'laudit -V' say it, too.\n",
    .flags = flags,
    .run = run,
};
