/* check.c - laudit check: every mistake at once. */
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/setup.h"
#include "control/wanted_rules.h"
#include "rules/merge.h"

enum { FLAG_CONFIG, FLAG_POLICY, FLAG_HELP };

static const struct flag flags[] = {
    { 'c', "config", "FILE",
      "The configuration, and with it its policies\n"
      "(default without -p: " CONFIG_DEFAULT_PATH ")." },
    { 'p', "policy", "PATH", "A policy, or a folder of them. May be repeated." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

/* "FILE: good" for the configuration and each policy. */
static void say_good(const struct setup *setup, const struct config *config)
{
    char shown[4096];

    if (setup->config_path != NULL) {
        escape_text(shown, sizeof shown, span_of(setup->config_path));
        printf("%s: good\n", shown);
    }
    for (size_t i = 0; i < config->policy_count; i++) {
        escape_text(shown, sizeof shown, config->policies[i]);
        printf("%s: good\n", shown);
    }
}

static int check(struct setup *setup)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct wanted_rules rules = { .world = { .features = RULE_FEATURES_ALL,
                                             .checks_paths = true,
                                             .file_demands = RULE_FILE_GUARDED } };

    rulebook_init(&rules.book);

    struct config *config = setup_check(setup, wanted_rules_read, &rules, &mistakes, &notes);
    int status = EXIT_DONE;

    config_check_outputs(config, &mistakes, &notes);
    rulebook_free(&rules.book);
    for (unsigned i = 0; i < notes.count; i++)
        fprintf(stderr, "note: %s\n", notes.sentences[i]);
    for (unsigned i = 0; i < mistakes.count; i++)
        fprintf(stderr, "%s\n", mistakes.sentences[i]);
    if (mistakes.found > 0) {
        fprintf(stderr, "%u mistake%s\n", mistakes.found, mistakes.found == 1 ? "" : "s");
        status = EXIT_FAILED;
    } else {
        say_good(setup, config);
    }
    config_free(config);
    mistakes_free(&notes);
    mistakes_free(&mistakes);
    return status;
}

/* Returns an exit status; sets *is_help. */
static int parse(struct setup *setup, char **argv, bool *is_help)
{
    struct arguments arguments = { .command = &command_check, .rest = argv + 1 };
    int flag;

    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == ARGUMENTS_OPERAND)
            return command_misused(&command_check, "unexpected '%s' (-c or -p goes before a file)",
                                   arguments.value);
        *is_help |= flag == FLAG_HELP;
        if (flag == FLAG_CONFIG)
            setup->config_path = arguments.value;
        if (flag == FLAG_POLICY && !setup_add_policy(setup, arguments.value))
            return command_misused(&command_check, "more than %d policies", SETUP_POLICIES);
    }
    if (setup->config_path == NULL && setup->policy_count == 0)
        setup->config_path = CONFIG_DEFAULT_PATH;
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct setup *setup = calloc(1, sizeof *setup);
    bool is_help = false;

    (void)argc;
    if (setup == NULL)
        abort();

    int status = parse(setup, argv, &is_help);

    if (is_help)
        command_help(&command_check, stdout);
    else if (status == EXIT_DONE)
        status = check(setup);
    free(setup);
    return status;
}

const struct command command_check = {
    .name = "check",
    .summary = "Say every mistake of a configuration and its policies, with file and line.",
    .usage = "laudit check [-c FILE] [-p PATH]...",
    .text =
        "Reads and compiles all of it, kernel rules too, and starts nothing. Outputs are tested:\n"
        "whether you could write their files; none is opened, made or changed. Says 'FILE: good'\n"
        "for each file and exits with 0, or says all mistakes on standard error and exits with 1.\n"
        "What an output may have: 'laudit help output [TYPE]'.\n",
    .flags = flags,
    .repeats = "p",
    .run = run,
};
