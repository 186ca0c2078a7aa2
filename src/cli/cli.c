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
    &command_run,    &command_replay,   &command_record,      &command_check,
    &command_import, &command_rules,    &command_status,      &command_set,
    &command_lost,   &command_features, &command_signal_info, &command_user_msg,
};

/* Names that are no commands of their own file; they come behind `commands`. */
static const char *const words[] = { "version", "help" };

enum { SHOWN_ROOM = 1024 /* bytes of an argument that a sentence shows */ };

enum { COMMANDS = sizeof commands / sizeof commands[0], WORDS = sizeof words / sizeof words[0] };

static struct span command_name(const void *context, size_t index)
{
    (void)context;
    return span_of(index < COMMANDS ? commands[index]->name : words[index - COMMANDS]);
}

static void print_help(FILE *out)
{
    fputs("Usage: laudit COMMAND [OPTION...]\n"
          "A Linux audit daemon whose decisions are Lua.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fputs(
        "  version     Say which version this is.\n"
        "  help        Say this, or with a COMMAND what that one does; 'help output [TYPE]' says\n"
        "              which outputs there are and what they may have.\n\n"
        "'laudit COMMAND --help' tells more. Exit status: 0 done, 1 failed, 2 usage.\n\n"
        "To see what a policy makes of a log:\n"
        "  laudit replay -p policies/ --alerts-only --format text audit.log\n",
        out);
}

static int misused(const char *sentence, const char *name)
{
    struct span near = nearest_name(span_of(name), command_name, NULL, COMMANDS + WORDS);
    char shown[SHOWN_ROOM];

    escape_text(shown, sizeof shown, span_of(name));
    fprintf(stderr, "laudit: %s '%s'", sentence, shown);
    if (near.data != NULL)
        fprintf(stderr, " (did you mean '%.*s'?)", SPAN_ARG(near));
    fputs("\nTry 'laudit help'.\n", stderr);
    return EXIT_USAGE;
}

static int help(int argc, char **argv)
{
    const struct command *command = argc > 1 ? command_find(commands, COMMANDS, argv[1]) : NULL;

    bool is_of_outputs = argc > 1 && strcmp(argv[1], "output") == 0;

    if (argc > (is_of_outputs ? 3 : 2))
        return misused("unexpected", argv[is_of_outputs ? 3 : 2]);
    if (is_of_outputs)
        return output_help(argv[2]);
    if (command != NULL) {
        command_help(command, stdout);
        return EXIT_DONE;
    }
    if (argc > 1 && strcmp(argv[1], "help") != 0 && strcmp(argv[1], "version") != 0)
        return misused("unknown command", argv[1]);
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

static bool is_any(const char *text, const char *first, const char *second, const char *third)
{
    return strcmp(text, first) == 0 || strcmp(text, second) == 0 || strcmp(text, third) == 0;
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

static int say_version(int argc, char **argv)
{
    if (argc > 1)
        return misused("unexpected", argv[1]);
    puts("laudit " LAUDIT_VERSION);
    return EXIT_DONE;
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
        return finish(command->run(argc - 1, argv + 1));
    if (is_any(argv[1], "version", "--version", "-V"))
        return finish(say_version(argc - 1, argv + 1));
    if (is_any(argv[1], "help", "--help", "-h"))
        return finish(help(argc - 1, argv + 1));
    return misused(argv[1][0] == '-' ? "unknown option" : "unknown command", argv[1]);
}
