#include "cli/output_help.h"

#include <stdio.h>

#include "base/escape.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "control/config.h"

enum {
    NAME_COLUMN = 2,  /* where an option's name begins; two more for each table around it */
    TEXT_COLUMN = 22, /* where what it is begins */
    WIDTH = 92,       /* columns */
    SHOWN_ROOM = 1024 /* bytes of an argument that a sentence shows */
};

/* Options that control/ reads by itself. */
static const struct {
    const char *name, *text;
} read_apart[] = {
    { "type", "text: one of the types above" },
    { "format", "text: one of the formats below ('json', if the type has no other)" },
    { "on", "table, or list of tables: which events go there, as a policy's 'on'" },
    { "alerts", "boolean, or a severity (true): false for no alerts; 'high': those and above" },
    { "transform", "function: makes the message, in the place of format" },
};

/* Names in the first column, `text` in words behind it. */
static void print_entry(size_t indent, const char *name, struct span text)
{
    size_t column = indent + strlen(name);

    printf("%*s%s", (int)indent, "", name);
    while (text.len > 0) {
        const char *blank = memchr(text.data, ' ', text.len);
        size_t len = blank != NULL ? (size_t)(blank - text.data) : text.len;

        if (column >= TEXT_COLUMN && column + 1 + len > WIDTH) {
            putchar('\n');
            column = 0;
        }
        if (column < TEXT_COLUMN) {
            printf("%*s", (int)(TEXT_COLUMN - column), "");
            column = TEXT_COLUMN;
        } else {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)len, text.data);
        column += len;
        text = span_skip(text, blank != NULL ? len + 1 : len);
    }
    putchar('\n');
}

static void append_choices(const char *const *choices, struct buffer *out)
{
    for (size_t i = 0; choices[i] != NULL; i++)
        buffer_printf(out, "%s'%s'",
                      i == 0                   ? ""
                      : choices[i + 1] == NULL ? " or "
                                               : ", ",
                      choices[i]);
}

/* In the words of the docs. */
static void append_type(const struct option *option, struct buffer *out)
{
    static const char *const words[] = {
        [OPTION_BOOL] = "boolean",
        [OPTION_COUNT] = "number",
        [OPTION_SIZE] = "size",
        [OPTION_SECONDS] = "duration",
        [OPTION_RATIO] = "number to 1",
        [OPTION_TEXT] = "text",
        [OPTION_PATH] = "path",
        [OPTION_MODE] = "octal digits in quotes",
        [OPTION_OWNER] = "name or number",
        [OPTION_GROUP] = "name or number",
        [OPTION_SPACE] = "size, or part",
        [OPTION_SECRET] = "secret",
        [OPTION_TEXTS] = "list of texts",
        [OPTION_PAIRS] = "table of texts",
        [OPTION_TABLE] = "table",
    };

    if (option->kind == OPTION_CHOICE)
        append_choices(option->choices, out);
    else if (option->kind == OPTION_COUNT && option->most > 0)
        buffer_printf(out, "%u to %u", option->least, option->most);
    else
        buffer_append(out, span_of(words[option->kind]));
}

static void append_size(const char *before, uint64_t bytes, const char *behind, struct buffer *out)
{
    static const char *const units[] = { "", "KiB", "MiB", "GiB" };
    size_t unit = 0;

    while (unit < 3 && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    buffer_printf(out, unit > 0 ? "%s'%llu%s'%s" : "%s%llu%s%s", before, (unsigned long long)bytes,
                  units[unit], behind);
}

/* What `value` holds as long as nothing is given, if that is known: " (65536)". */
static void append_default(const struct option *option, const void *value, struct buffer *out)
{
    const struct span *text = value;

    if (option->kind == OPTION_BOOL && option->given == 0)
        buffer_printf(out, " (%s)", *(const bool *)value ? "true" : "false");
    else if (option->kind == OPTION_COUNT && *(const uint32_t *)value >= option->least)
        buffer_printf(out, " (%u)", *(const uint32_t *)value);
    else if (option->kind == OPTION_SIZE && *(const uint64_t *)value > 0)
        append_size(" (", *(const uint64_t *)value, ")", out);
    else if ((option->kind == OPTION_SECONDS || option->kind == OPTION_RATIO) &&
             *(const double *)value > 0)
        buffer_printf(out, " (%g)", *(const double *)value);
    else if ((option->kind == OPTION_TEXT || option->kind == OPTION_PATH) && text->data != NULL)
        buffer_printf(out, " ('%.*s')", SPAN_ARG(*text));
    else if (option->kind == OPTION_MODE && *(const mode_t *)value > 0)
        buffer_printf(out, " ('0%o')", (unsigned)*(const mode_t *)value);
    else if (option->kind == OPTION_CHOICE && *(const int *)value >= 0)
        buffer_printf(out, " ('%s')", option->choices[*(const int *)value]);
}

static void print_options(const struct option *list, size_t count, const void *settings,
                          size_t indent)
{
    struct buffer text = { 0 };

    for (size_t i = 0; i < count; i++) {
        const struct option *option = &list[i];

        text.len = 0;
        append_type(option, &text);
        append_default(option, (const char *)settings + option->offset, &text);
        buffer_printf(&text, ": %s", option->summary);
        print_entry(indent, option->name, buffer_span(&text));
        if (option->kind == OPTION_TABLE)
            print_options(option->inside, option->inside_count, settings, indent + 2);
    }
    buffer_free(&text);
}

static void print_types(void)
{
    struct config_output output;
    size_t count;
    const struct option *common = config_output_options(&count);

    puts("Usage: laudit help output [TYPE]\n"
         "What an output of the configuration may have: output 'NAME' { type = 'TYPE', ... }\n\n"
         "Types:");
    for (const struct output_kind *const *each = output_kinds(); *each != NULL; each++)
        print_entry(NAME_COLUMN, (*each)->name, span_of((*each)->summary));

    puts("\nOptions of all types:");
    for (size_t i = 0; i < sizeof read_apart / sizeof read_apart[0]; i++)
        print_entry(NAME_COLUMN, read_apart[i].name, span_of(read_apart[i].text));
    config_output_default(&output, *output_kinds());
    output.settings.batch_events = 0; /* each type has its own */
    output.settings.batch_bytes = 0;
    output.settings.batch_s = 0;
    print_options(common, count, &output, NAME_COLUMN);

    puts("\nFormats:");
    for (const struct format *const *each = format_all(); *each != NULL; each++)
        print_entry(NAME_COLUMN, (*each)->name, span_of((*each)->summary));
}

static void print_type(const struct output_kind *kind)
{
    struct buffer batch = { 0 };

    append_size("", kind->defaults.batch_bytes, "", &batch);
    printf("Usage: output 'NAME' { type = '%s', ... }\n", kind->name);
    printf("An output that %s.\n", kind->summary);
    printf("Its format is '%s' and its batch %u events, %.*s or %g seconds, if nothing is said.\n",
           kind->defaults.format, kind->defaults.batch_events, SPAN_ARG(buffer_span(&batch)),
           kind->defaults.batch_s);
    buffer_free(&batch);
    if (kind->option_count > 0)
        puts("\nOptions:");
    print_options(kind->options, kind->option_count, kind->settings, NAME_COLUMN);
    puts("\n'laudit help output' says what all types have.");
}

static struct span kind_name(const void *context, size_t index)
{
    const struct output_kind *const *kinds = context;

    return span_of(kinds[index]->name);
}

static int refuse_type(const char *type)
{
    const struct output_kind *const *kinds = output_kinds();
    char shown[SHOWN_ROOM];
    size_t count = 0;

    while (kinds[count] != NULL)
        count++;

    struct span near = nearest_name(span_of(type), kind_name, kinds, count);

    escape_text(shown, sizeof shown, span_of(type));
    fprintf(stderr, "laudit help output: unknown type '%s'", shown);
    if (near.data != NULL)
        fprintf(stderr, " (did you mean '%.*s'?)", SPAN_ARG(near));
    fputs("\nTry 'laudit help output'.\n", stderr);
    return EXIT_USAGE;
}

int output_help(const char *type)
{
    const struct output_kind *kind = type != NULL ? output_kind_find(span_of(type)) : NULL;

    if (type != NULL && kind == NULL)
        return refuse_type(type);
    if (kind != NULL)
        print_type(kind);
    else
        print_types();
    return EXIT_DONE;
}
