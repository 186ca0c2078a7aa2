/* run.c - laudit run: its command line. */
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/daemon.h"

enum { FLAG_CONFIG, FLAG_MULTICAST, FLAG_COLOR, FLAG_SUMMARY, FLAG_HELP };

static const struct flag flags[] = {
    { 'c', "config", "FILE", "The configuration (default: " CONFIG_DEFAULT_PATH ")." },
    { 'm', "multicast", NULL,
      "Only listen, beside the audit daemon that runs; the same as\n"
      "kernel { multicast = true }." },
    { 0, "color", "WHEN", "Colour text on standard output: auto, always or never." },
    { 0, "summary", "KIND", "Give the ledger at the end as text (the default) or json." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

static int take_flag(struct daemon_options *options, int flag, const char *value)
{
    switch (flag) {
    case FLAG_CONFIG:
        options->setup.config_path = value;
        return EXIT_DONE;
    case FLAG_MULTICAST:
        options->setup.is_multicast = true;
        return EXIT_DONE;
    case FLAG_COLOR:
        return setup_color(&options->setup, value)
                   ? EXIT_DONE
                   : command_misused(&command_run, "--color is auto, always or never");
    default:
        options->has_json_summary = strcmp(value, "json") == 0;
        return options->has_json_summary || strcmp(value, "text") == 0
                   ? EXIT_DONE
                   : command_misused(&command_run, "--summary is text or json");
    }
}

/* Returns an exit status; sets *is_help. */
static int parse(struct daemon_options *options, char **argv, bool *is_help)
{
    struct arguments arguments = { .command = &command_run, .rest = argv + 1 };
    int status = EXIT_DONE, flag;

    while (status == EXIT_DONE && (flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == ARGUMENTS_OPERAND)
            return command_misused(&command_run, "unexpected '%s'", arguments.value);
        if (flag == FLAG_HELP) {
            *is_help = true;
            return EXIT_DONE;
        }
        status = take_flag(options, flag, arguments.value);
    }
    return status;
}

static int run(int argc, char **argv)
{
    struct daemon_options *options = calloc(1, sizeof *options);
    bool is_help = false;

    (void)argc;
    if (options == NULL)
        abort();
    options->setup.config_path = CONFIG_DEFAULT_PATH;
    setup_color(&options->setup, "auto");

    int status = parse(options, argv, &is_help);

    if (is_help)
        command_help(&command_run, stdout);
    else if (status == EXIT_DONE)
        status = daemon_run(options);
    free(options);
    return status;
}

const struct command command_run = {
    .name = "run",
    .summary = "Be this machine's audit daemon.",
    .usage = "laudit run [-c FILE] [OPTION...]",
    .text =
        "Reads the kernel's audit socket, runs the policies of the configuration and writes\n"
        "events and alerts to its outputs, in the foreground, until SIGTERM or SIGINT. Then it\n"
        "writes what is in flight and gives the ledger; a second signal ends it at once.\n"
        "\n"
        "SIGHUP reads configuration and policies anew: if anything is wrong all stays as it was,\n"
        "and the log says why. SIGUSR1 opens the files of outputs anew (after logrotate), SIGUSR2\n"
        "gives the ledger as it stands.\n"
        "\n"
        "The kernel's audit is set as kernel { } asks, and its rules become those of the\n"
        "configuration and its policies, if these have any; changes by others are told, or put\n"
        "right (docs/rules.md). Needs CAP_AUDIT_CONTROL, or with --multicast, which sets nothing,\n"
        "CAP_AUDIT_READ.\n",
    .flags = flags,
    .run = run,
};
