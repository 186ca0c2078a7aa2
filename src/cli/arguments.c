#include "cli/arguments.h"

#include <stdarg.h>
#include <string.h>

#include "base/escape.h"
#include "base/nearest.h"
#include "cli/cli.h"

enum {
    HELP_COLUMN = 26,    /* where the help of an option begins */
    HELP_WIDTH = 92,     /* columns */
    SENTENCE_ROOM = 1024 /* bytes */
};

static struct span flag_name(const void *context, size_t index)
{
    const struct flag *flags = context;

    return span_of(flags[index].name);
}

static int count_flags(const struct command *command)
{
    int count = 0;

    while (command->flags[count].name != NULL)
        count++;
    return count;
}

int command_misused(const struct command *command, const char *sentence, ...)
{
    va_list arguments;
    char text[SENTENCE_ROOM], shown[4 * SENTENCE_ROOM];

    va_start(arguments, sentence);
    vsnprintf(text, sizeof text, sentence, arguments);
    va_end(arguments);
    escape_text(shown, sizeof shown, span_of(text));
    fprintf(stderr, "laudit %s: %s", command->name, shown);
    fprintf(stderr, "\nTry 'laudit %s --help'.\n", command->name);
    return EXIT_USAGE;
}

static int unknown_flag(const struct arguments *arguments, struct span name, const char *shown)
{
    struct span near = nearest_name(name, flag_name, arguments->command->flags,
                                    (size_t)count_flags(arguments->command));

    if (near.data != NULL)
        command_misused(arguments->command, "unknown option '%s' (did you mean '--%.*s'?)", shown,
                        SPAN_ARG(near));
    else
        command_misused(arguments->command, "unknown option '%s'", shown);
    return ARGUMENTS_WRONG;
}

static bool may_repeat(const struct arguments *arguments, int index)
{
    const char *repeats = arguments->command->repeats;
    char letter = arguments->command->flags[index].letter;

    return repeats != NULL && letter != 0 && strchr(repeats, letter) != NULL;
}

/* A second value would silently take the first one's place. */
static bool is_first(struct arguments *arguments, int index)
{
    unsigned bit = 1u << index;
    bool is_new = (arguments->seen & bit) == 0;

    arguments->seen |= bit;
    if (is_new || may_repeat(arguments, index))
        return true;
    command_misused(arguments->command, "option '--%s' was given twice",
                    arguments->command->flags[index].name);
    return false;
}

/* The value is what is glued to the option, else the next argument. */
static int take_value(struct arguments *arguments, int index, const char *glued)
{
    const struct flag *flag = &arguments->command->flags[index];

    arguments->value = glued;
    if (flag->value == NULL && glued != NULL) {
        command_misused(arguments->command, "option '--%s' takes no value", flag->name);
        return ARGUMENTS_WRONG;
    }
    if (flag->value == NULL)
        return index;
    if (!is_first(arguments, index))
        return ARGUMENTS_WRONG;
    if (glued != NULL)
        return index;
    if (*arguments->rest == NULL) {
        command_misused(arguments->command, "option '--%s' needs a value: %s", flag->name,
                        flag->value);
        return ARGUMENTS_WRONG;
    }
    arguments->value = *arguments->rest++;
    return index;
}

static int take_long(struct arguments *arguments, const char *text)
{
    const char *equals = strchr(text, '=');
    struct span name = { text, equals != NULL ? (size_t)(equals - text) : strlen(text) };

    for (int i = 0; arguments->command->flags[i].name != NULL; i++) {
        if (span_equal(span_of(arguments->command->flags[i].name), name))
            return take_value(arguments, i, equals != NULL ? equals + 1 : NULL);
    }
    return unknown_flag(arguments, name, text - 2);
}

/* Letters may be bundled; the first one that takes a value takes the rest. */
static int take_short(struct arguments *arguments, const char *text)
{
    const struct flag *flags = arguments->command->flags;

    for (int i = 0; flags[i].name != NULL; i++) {
        if (flags[i].letter != text[0])
            continue;

        const char *glued = text[1] != '\0' ? text + 1 : NULL;

        if (flags[i].value == NULL) {
            arguments->bundle = glued;
            glued = NULL;
        }
        return take_value(arguments, i, glued);
    }
    command_misused(arguments->command, "unknown option '-%c'", text[0]);
    return ARGUMENTS_WRONG;
}

/* No option is a digit: "-1" is a number. */
static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

int arguments_next(struct arguments *arguments)
{
    const char *text = *arguments->rest, *bundle = arguments->bundle;

    arguments->bundle = NULL;
    if (bundle != NULL)
        return take_short(arguments, bundle);
    if (text == NULL)
        return ARGUMENTS_END;
    arguments->rest++;
    if (!arguments->only_operands && strcmp(text, "--") == 0) {
        arguments->only_operands = true;
        return arguments_next(arguments);
    }
    if (!arguments->only_operands && strncmp(text, "--", 2) == 0)
        return take_long(arguments, text + 2);
    if (!arguments->only_operands && text[0] == '-' && text[1] != '\0' && !is_digit(text[1]))
        return take_short(arguments, text + 1);
    arguments->value = text;
    return ARGUMENTS_OPERAND;
}

/* "json, raw" in lines below the help of its option. */
static void print_formats(const char *names, FILE *out)
{
    size_t column = HELP_COLUMN - 1;

    fprintf(out, "%*s", (int)column, "");
    for (const char *word = names; *word != '\0';) {
        size_t len = strcspn(word, " ");

        if (column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN - 1, "");
            column = HELP_COLUMN - 1;
        }
        fprintf(out, " %.*s", (int)len, word);
        column += 1 + len;
        word += len + (word[len] == ' ');
    }
    putc('\n', out);
}

static void print_flag(const struct flag *flag, FILE *out)
{
    char left[64];
    const char *line = flag->help;

    snprintf(left, sizeof left, "%c%c%s--%s%s%s", flag->letter != 0 ? '-' : ' ',
             flag->letter != 0 ? flag->letter : ' ', flag->letter != 0 ? ", " : "  ", flag->name,
             flag->value != NULL ? " " : "", flag->value != NULL ? flag->value : "");
    fprintf(out, "  %-*s", HELP_COLUMN - 3, left);
    for (;;) {
        const char *newline = strchr(line, '\n');

        fprintf(out, " %.*s\n", newline != NULL ? (int)(newline - line) : (int)strlen(line), line);
        if (newline == NULL)
            return;
        line = newline + 1;
        fprintf(out, "%*s", HELP_COLUMN - 1, "");
    }
}

int command_switches(const struct command *command, char **argv, unsigned *given)
{
    struct arguments arguments = { .command = command, .rest = argv + 1 };
    int flag;

    *given = 0;
    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == ARGUMENTS_OPERAND)
            return command_misused(command, "unexpected '%s'", arguments.value);
        if (command->flags[flag].letter == 'h') {
            *given = 1U << flag;
            command_help(command, stdout);
            return EXIT_DONE;
        }
        *given |= 1U << flag;
    }
    return EXIT_DONE;
}

const char *command_word(const struct command *command)
{
    const char *blank = strrchr(command->name, ' ');

    return blank != NULL ? blank + 1 : command->name;
}

const struct command *command_find(const struct command *const *commands, size_t count,
                                   const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(command_word(commands[i]), word) == 0)
            return commands[i];
    return NULL;
}

void command_help(const struct command *command, FILE *out)
{
    char formats[FORMATS_ROOM];

    fprintf(out, "Usage: %s\n%s\n\n%s\nOptions:\n", command->usage, command->summary,
            command->text);
    for (const struct flag *flag = command->flags; flag->name != NULL; flag++) {
        print_flag(flag, out);
        if (flag->letter == 'f' && command->formats != NULL)
            print_formats(command->formats(formats, sizeof formats), out);
    }
}

int command_start(const struct command *command, int argc, char **argv)
{
    static char option[] = "--help";

    if (argc == 2 && strcmp(argv[1], "help") == 0)
        argv[1] = option;
    return command->run(argc, argv);
}

bool is_help_word(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}
