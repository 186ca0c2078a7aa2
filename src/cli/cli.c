#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "cli/output_help.h"

static const struct command *const commands[] = {
    &command_run,         &command_replay,   &command_record,  &command_check, &command_import,
    &command_rules,       &command_status,   &command_set,     &command_lost,  &command_features,
    &command_signal_info, &command_user_msg, &command_version,
};

enum {
    COMMANDS = sizeof commands / sizeof commands[0],
    SHOWN_ROOM = 1024 /* bytes of an argument that a sentence shows */
};

/* The word help is no command of its own file; it comes behind `commands`. */
static struct span command_name(const void *context, size_t index)
{
    (void)context;
    return span_of(index < COMMANDS ? commands[index]->name : "help");
}

static void print_help(FILE *out)
{
    fputs("Usage: laudit COMMAND [OPTION...]\n"
          "A Linux audit daemon whose decisions are Lua.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "  help        Say this, or with a COMMAND what that one does; 'help output [TYPE]' says\n"
        "              which outputs there are and what they may have.\n\n"
        "'laudit COMMAND --help' tells more. Exit status: 0 done, 1 failed, 2 usage.\n\n"
        "To see what a policy makes of a log:\n"
        "  laudit replay -p policies/ --alerts-only --format text audit.log\n",
        out);
}

/* `near` is what was probably meant; nothing when its data is NULL. */
static int misused(const char *sentence, const char *name, struct span near)
{
    char shown[SHOWN_ROOM];

    escape_text(shown, sizeof shown, span_of(name));
    fprintf(stderr, "laudit: %s '%s'", sentence, shown);
    if (near.data != NULL)
        fprintf(stderr, " (did you mean '%.*s'?)", SPAN_ARG(near));
    fputs("\nTry 'laudit help'.\n", stderr);
    return EXIT_USAGE;
}

static int unknown(const char *name)
{
    return misused(name[0] == '-' ? "unknown option" : "unknown command", name,
                   nearest_name(span_of(name), command_name, NULL, COMMANDS + 1));
}

static int help_output(int argc, char **argv)
{
    if (argc > 2)
        return misused("unexpected", argv[2], (struct span){ 0 });
    return output_help(argc > 1 && !is_help_word(argv[1]) ? argv[1] : NULL);
}

/* 'help rules add' is 'rules help add'. */
static int help_rules(int argc, char **argv)
{
    char *word = argv[0];

    argv[0] = argv[1];
    argv[1] = word;
    return command_rules.run(argc, argv);
}

static int help(int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(commands, COMMANDS, argv[1]) : NULL;
    bool is_of_help = argc > 1 && is_help_word(argv[1]);

    if (argc > 1 && strcmp(argv[1], "output") == 0)
        return help_output(argc - 1, argv + 1);
    if (command == &command_rules)
        return help_rules(argc, argv);
    if (argc > 1 && command == NULL && !is_of_help)
        return unknown(argv[1]);
    if (argc > 2)
        return misused("unexpected", argv[2], (struct span){ 0 });
    if (command != NULL)
        command_help(command, stdout);
    else
        print_help(stdout);
    return EXIT_DONE;
}

/* What was printed may not have reached anybody: a full disk, a reader that went away. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    perror("laudit: standard output");
    return EXIT_FAILED;
}

/*
 * Files and sockets must not become standard input or output because those are closed. What is
 * opened in their place refuses what they are for, as a closed one does.
 */
static void secure_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            abort(); /* the lowest free one is `fd` */
    }
}

int cli_main(int argc, char **argv)
{
    secure_descriptors();
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write(2) */
    signal(SIGXFSZ, SIG_IGN); /* so is a limit on the size of files */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }

    const struct command *command = command_find(commands, COMMANDS, argv[1]);

    if (command != NULL)
        return finish(command_start(command, argc - 1, argv + 1));
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return finish(command_version.run(argc - 1, argv + 1));
    if (is_help_word(argv[1]))
        return finish(help(argc - 1, argv + 1));
    return unknown(argv[1]);
}
