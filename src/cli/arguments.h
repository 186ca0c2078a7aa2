/*
 * arguments.h - reads a command line by a table of options, which also writes its --help.
 *
 * Options and operands come in any order; "--" ends the options; "--name=value", "-nVALUE" and
 * "-ab" work; "-1" is an operand.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct flag {
    char letter;       /* 0: none */
    const char *name;  /* without the dashes */
    const char *value; /* what the value is called in --help; NULL when it takes none */
    const char *help;  /* lines after the first are indented by --help */
};

enum { FORMATS_ROOM = 256 /* bytes */ };

struct command {
    const char *name;
    const char *summary;
    const char *usage;        /* "laudit replay [OPTION...] [LOG...]" */
    const char *text;         /* what it does, a few paragraphs */
    const struct flag *flags; /* the last one has no name; at most 32 */
    const char *repeats; /* letters of options whose value may be given more than once; or NULL */
    /* Writes the names that option f takes, "json, raw": they come behind its help. Or NULL. */
    const char *(*formats)(char *out, size_t room);
    int (*run)(int argc, char **argv); /* argv[0] is the command; returns an exit status */
};

struct arguments {
    const struct command *command;
    char **rest;        /* ends with NULL */
    const char *bundle; /* further letters of "-abc" */
    bool only_operands;
    unsigned seen;     /* bits of the options that had a value */
    const char *value; /* of the option or operand just read */
};

enum {
    ARGUMENTS_END = -1,
    ARGUMENTS_OPERAND = -2, /* `value` is one */
    ARGUMENTS_WRONG = -3    /* said on standard error */
};

/* Reads the next argument: an index into the command's flags, or one of the above. */
int arguments_next(struct arguments *);

/*
 * Reads a command line that can only be of options without values: a bit for the index of each in
 * `given`. The option h says the help at once, and then only its bit is given. An exit status.
 */
int command_switches(const struct command *, char **argv, unsigned *given);

/* The last word of its name: "decode" of "rules decode". */
const char *command_word(const struct command *);

/* The command of `count` with this last word; NULL when there is none. */
const struct command *command_find(const struct command *const *commands, size_t count,
                                   const char *word);

void command_help(const struct command *, FILE *);

/*
 * Runs it with argv[0] the command; an exit status. "help" alone is --help and no file to write to
 * or message to send: that is "./help" or "-- help".
 */
int command_start(const struct command *, int argc, char **argv);

/* True for the words that ask a command with commands of its own for help: help, --help, -h. */
bool is_help_word(const char *word);

/* Says `sentence` and where help is, on standard error; returns EXIT_USAGE. */
int command_misused(const struct command *, const char *sentence, ...)
    __attribute__((format(printf, 2, 3)));

extern const struct command command_run, command_replay, command_record, command_check,
    command_rules, command_status, command_set, command_lost, command_features, command_signal_info,
    command_user_msg, command_import, command_version;
