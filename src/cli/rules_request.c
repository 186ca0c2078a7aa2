#include "cli/rules_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/setup.h"
#include "control/wanted_rules.h"
#include "rules/twins.h"
#include "tables/archs.h"

static bool parse_format(struct rules_request *request, const char *name)
{
    static const char *const formats[] = { "text", "hex", "json" };

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(name, formats[i]) == 0) {
            request->format = (enum rules_format)i;
            return true;
        }
    }
    return false;
}

static int take_flag(struct rules_request *request, const struct arguments *arguments, char letter)
{
    switch (letter) {
    case 'c':
        request->config_path = arguments->value;
        break;
    case 'k':
        request->key = arguments->value;
        break;
    case 'f':
        if (!parse_format(request, arguments->value))
            return command_misused(arguments->command,
                                   "unknown format '%s'; known are text, hex, "
                                   "json",
                                   arguments->value);
        break;
    case 'a':
        if (!arch_find(span_of(arguments->value), &request->arch))
            return command_misused(arguments->command, "unknown architecture '%s'",
                                   arguments->value);
        break;
    case 'n':
        request->narrows_perm = true;
        break;
    case 'i':
        request->uses_names = true;
        break;
    case 'e':
        request->is_exact = true;
        break;
    case 'y':
        request->is_sure = true;
        break;
    default:
        request->is_help = true;
    }
    return EXIT_DONE;
}

int rules_request_parse(struct rules_request *request, const struct command *command, char **argv)
{
    struct arguments arguments = { .command = command, .rest = argv + 1 };
    int flag, status;

    *request = (struct rules_request){ .arch = arch_of_host(), .paths = argv };
    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == ARGUMENTS_OPERAND) {
            request->paths[request->path_count++] = *(arguments.rest - 1);
            continue;
        }
        status = take_flag(request, &arguments, command->flags[flag].letter);
        if (status != EXIT_DONE)
            return status;
    }
    if (request->config_path != NULL && request->path_count > 0)
        return command_misused(command, "either -c or '%s'", request->paths[0]);
    if (request->config_path == NULL)
        request->config_path = CONFIG_DEFAULT_PATH;
    if (request->is_help)
        command_help(command, stdout);
    return EXIT_DONE;
}

bool rules_request_is_here(const struct rules_request *request)
{
    return request->arch == arch_of_host();
}

int rules_say(struct mistakes *mistakes, struct mistakes *notes)
{
    int status = mistakes->found > 0 ? EXIT_FAILED : EXIT_DONE;

    for (unsigned i = 0; i < notes->count; i++)
        fprintf(stderr, "note: %s\n", notes->sentences[i]);
    if (notes->found > notes->count)
        fprintf(stderr, "note: ... and %u more\n", notes->found - notes->count);
    for (unsigned i = 0; i < mistakes->count; i++)
        fprintf(stderr, "%s\n", mistakes->sentences[i]);
    if (mistakes->found > mistakes->count)
        fprintf(stderr, "... and %u more\n", mistakes->found - mistakes->count);
    if (mistakes->found > 1)
        fprintf(stderr, "%u mistakes\n", mistakes->found);
    mistakes_free(mistakes);
    mistakes_free(notes);
    return status;
}

/* The rules of the configuration and of its policies. */
static void read_config(const char *path, struct wanted_rules *wanted, struct mistakes *mistakes,
                        struct mistakes *notes)
{
    struct setup *setup = calloc(1, sizeof *setup);

    if (setup == NULL)
        abort();
    setup->config_path = path;
    config_free(setup_check(setup, wanted_rules_read, wanted, mistakes, notes));
    free(setup);
}

int rules_request_read(const struct rules_request *request, uint32_t features,
                       unsigned file_demands, struct rulebook *book)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct wanted_rules wanted = { .book = *book,
                                   .world = { .arch = request->arch,
                                              .features = features,
                                              .checks_paths = rules_request_is_here(request),
                                              .doubts_watches = true,
                                              .narrows_perm = request->narrows_perm,
                                              .file_demands = file_demands } };

    if (request->path_count == 0)
        read_config(request->config_path, &wanted, &mistakes, &notes);
    for (size_t i = 0; i < request->path_count; i++)
        rulebook_add_path(&wanted.book, request->paths[i], &wanted.world, &mistakes, &notes);
    if (mistakes.found == 0)
        rule_set_note_twins(&wanted.book.set, request->arch, &notes);
    *book = wanted.book;
    return rules_say(&mistakes, &notes);
}
