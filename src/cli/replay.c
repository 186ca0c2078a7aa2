/* replay.c - laudit replay: its command line. */
#include "cli/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"

#define SYSTEM_LOG "/var/log/audit/audit.log"

enum {
    FLAG_CONFIG,
    FLAG_POLICY,
    FLAG_FORMAT,
    FLAG_ALERTS_ONLY,
    FLAG_RESOLVE,
    FLAG_COLOR,
    FLAG_SUMMARY,
    FLAG_NO_PROGRESS,
    FLAG_QUIET,
    FLAG_HELP
};

/* What -f takes. */
static const char *known_formats(char *out, size_t room)
{
    size_t len = strlen(setup_formats(out, room));

    snprintf(out + len, room - len, ", none");
    return out;
}

static const struct flag flags[] = {
    { 'c', "config", "FILE",
      "Use policies and outputs of this configuration. Its outputs\n"
      "are written to, files too; with --format all of them are\n"
      "standard output instead." },
    { 'p', "policy", "PATH",
      "Run this policy, or all *.lua of this folder (but no\n"
      "*_spec.lua). May be repeated; comes behind those of -c." },
    { 'f', "format", "FORMAT",
      "Write this to standard output (json is the default, and none\n"
      "writes nothing):" },
    { 'a', "alerts-only", NULL, "Write alerts, not events." },
    { 'r', "resolve", NULL,
      "Take names of users and groups from this host where the log\n"
      "does not bring them." },
    { 0, "color", "WHEN", "Colour text: auto (the default), always or never." },
    { 0, "summary", "KIND",
      "Say at the end what happened, on standard error: text (the\n"
      "default), json or none." },
    { 0, "no-progress", NULL, "No progress line." },
    { 'q', "quiet", NULL, "No summary and no progress line." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

static int set_format(struct replay *replay, const char *name)
{
    char known[FORMATS_ROOM];

    replay->setup.format = name;
    if (strcmp(name, "none") == 0 || format_find(span_of(name)) != NULL)
        return EXIT_DONE;
    return command_misused(&command_replay, "unknown format '%s'; known are %s", name,
                           known_formats(known, sizeof known));
}

static int set_summary(struct replay *replay, const char *kind)
{
    static const char *const kinds[] = { "text", "json", "none" };

    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(kinds[i], kind) != 0)
            continue;
        replay->summary = (enum summary_kind)i;
        return EXIT_DONE;
    }
    return command_misused(&command_replay, "unknown summary '%s'; known are text, json, none",
                           kind);
}

static int take_flag(struct replay *replay, int flag, const char *value)
{
    switch (flag) {
    case FLAG_CONFIG:
        replay->setup.config_path = value;
        return EXIT_DONE;
    case FLAG_POLICY:
        return setup_add_policy(&replay->setup, value)
                   ? EXIT_DONE
                   : command_misused(&command_replay, "more than %d policies", SETUP_POLICIES);
    case FLAG_FORMAT:
        return set_format(replay, value);
    case FLAG_ALERTS_ONLY:
        replay->setup.alerts_only = true;
        return EXIT_DONE;
    case FLAG_RESOLVE:
        replay->resolves = true;
        return EXIT_DONE;
    case FLAG_COLOR:
        return setup_color(&replay->setup, value)
                   ? EXIT_DONE
                   : command_misused(&command_replay, "--color is auto, always or never");
    case FLAG_SUMMARY:
        return set_summary(replay, value);
    case FLAG_QUIET:
        replay->summary = SUMMARY_NONE;
        replay->has_progress = false;
        return EXIT_DONE;
    default:
        replay->has_progress = false;
        return EXIT_DONE;
    }
}

/* What cannot be meant, and what is meant where nothing is said. */
static int complete(struct replay *replay)
{
    const struct setup *setup = &replay->setup;

    if (setup->alerts_only && setup->policy_count == 0 && setup->config_path == NULL)
        return command_misused(&command_replay, "--alerts-only needs policies: -p or -c");
    if (setup->alerts_only && setup->format != NULL) {
        const struct format *format = format_find(span_of(setup->format));

        if (format != NULL && format->alert == NULL)
            return command_misused(&command_replay, "format %s has no alerts", setup->format);
    }
    if (replay->log_count == 0)
        replay->logs[replay->log_count++] = isatty(STDIN_FILENO) == 1 ? SYSTEM_LOG : "-";
    return EXIT_DONE;
}

static int parse(struct replay *replay, char **argv, bool *is_help)
{
    struct arguments arguments = { .command = &command_replay, .rest = argv + 1 };
    int status = EXIT_DONE, flag;

    while (status == EXIT_DONE && (flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == FLAG_HELP) {
            *is_help = true;
            return EXIT_DONE;
        }
        if (flag == ARGUMENTS_OPERAND)
            replay->logs[replay->log_count++] = arguments.value;
        else
            status = take_flag(replay, flag, arguments.value);
    }
    return status == EXIT_DONE ? complete(replay) : status;
}

static int run(int argc, char **argv)
{
    struct replay *replay = calloc(1, sizeof *replay);
    bool is_help = false;
    int status;

    if (replay == NULL)
        abort();
    replay->has_progress = true;
    replay->logs = calloc((size_t)argc + 1, sizeof *replay->logs);
    if (replay->logs == NULL)
        abort();
    setup_color(&replay->setup, "auto");
    status = parse(replay, argv, &is_help);
    if (is_help)
        command_help(&command_replay, stdout);
    else if (status == EXIT_DONE)
        status = replay_logs(replay);
    free(replay->logs);
    free(replay);
    return status;
}

const struct command command_replay = {
    .name = "replay",
    .summary = "Read audit logs and show their events and what policies say.",
    .usage = "laudit replay [-c FILE] [-p PATH]... [--format F] [OPTION...] [LOG...]",
    .text =
        "Each LOG is a file as auditd writes it (RAW or ENRICHED) or one of 'laudit record', "
        "plain\n"
        "or packed with gzip or zstd; several are read in the order given; '-' is standard input.\n"
        "Without LOG it is standard input, or, if that is a terminal, " SYSTEM_LOG ".\n"
        "\n"
        "Events go to standard output as JSON, one line each, and so do the alerts of policies:\n"
        "  laudit replay audit.log | jq .\n"
        "  laudit replay -p policies/ --alerts-only --format text audit.log.1.gz audit.log\n"
        "\n"
        "SIGINT and SIGTERM end the reading, write what is in flight and give the ledger; a "
        "second\n"
        "one leaves at once. SIGHUP reads configuration and policies anew, SIGUSR1 opens files "
        "anew,\n"
        "SIGUSR2 gives the ledger as it stands.\n"
        "\n"
        "A line may have 8 MiB, an event 16 MiB of text and 4096 records. Lines that are no audit\n"
        "records, and records whose head (time and serial) cannot be read, are reported, counted\n"
        "and left out.\n"
        "\n"
        "The exit status is 0, or 1 when something went wrong: a log could not be read to its\n"
        "end, no line of it is an audit record, lines or records were lost (too long, beyond\n"
        "what an event holds, dropped by an output), a policy failed on an event, the ledger does\n"
        "not close; 2 for a wrong use. Lines that were left out because they are no records leave\n"
        "it 0.\n",
    .flags = flags,
    .repeats = "p",
    .formats = known_formats,
    .run = run,
};
