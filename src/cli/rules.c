/* rules.c - laudit rules: the kernel's audit rules; one file for each few subcommands. */
#include "cli/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/cli.h"

static const struct command *const commands[] = {
    &rules_compile, &rules_decode, &rules_list,   &rules_plan,           &rules_load,
    &rules_clear,   &rules_add,    &rules_delete, &rules_import_command,
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static struct span command_name(const void *context, size_t index)
{
    (void)context;
    return span_of(command_word(commands[index]));
}

static void print_help(FILE *out)
{
    fputs("Usage: laudit rules COMMAND [OPTION...]\n"
          "The kernel's audit rules: what they say, what would change, changes.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", command_word(commands[i]), commands[i]->summary);
    fputs(
        "\n'laudit rules COMMAND --help' tells more. Rules are those of auditctl(8); a FILE holds\n"
        "some, or is a folder whose files *.rules are merged as augenrules(8) does.\n"
        "Exit status: 0 done, 1 failed, 2 usage, 3 there is a difference.\n\nOptions:\n"
        "  -h, --help              Say this.\n",
        out);
}

static int unknown(const char *word)
{
    struct span near = nearest_name(span_of(word), command_name, NULL, COMMANDS);

    if (near.data != NULL)
        return command_misused(&command_rules, "unknown command '%s' (did you mean '%.*s'?)", word,
                               SPAN_ARG(near));
    return command_misused(&command_rules, "unknown command '%s'", word);
}

static int help(int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(commands, COMMANDS, argv[1]) : NULL;

    if (argc > 1 && command == NULL && !is_help_word(argv[1]))
        return unknown(argv[1]);
    if (argc > 2)
        return command_misused(&command_rules, "unexpected '%s'", argv[2]);
    if (command != NULL)
        command_help(command, stdout);
    else
        print_help(stdout);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (is_help_word(argv[1]))
        return help(argc - 1, argv + 1);

    const struct command *command = command_find(commands, COMMANDS, argv[1]);

    return command != NULL ? command_start(command, argc - 1, argv + 1) : unknown(argv[1]);
}

static const struct flag flags[] = { { 'h', "help", NULL, "Say this." }, { 0, NULL, NULL, NULL } };

const struct command command_rules = {
    .name = "rules",
    .summary = "Compile, list, plan, load and change the kernel's audit rules.",
    .usage = "laudit rules COMMAND [OPTION...]",
    .text = "Commands: compile, decode, list, plan, load, clear, add, delete, import.\n"
            "'laudit rules --help' tells what each does.\n",
    .flags = flags,
    .run = run,
};
