/*
 * rules_json_fuzz.c - a file of rules of a stranger, as JSON or as YAML.
 *
 * What its content makes of it is imported, and it is read as JSON whatever it is; the lines that
 * come of it read as the same commands.
 */
#include "rule_world.h"
#include "rules/import.h"
#include "rules/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same(const struct rule_command *a, const struct rule_command *b)
{
    if (a->verb != b->verb || a->number != b->number || (a->rule == NULL) != (b->rule == NULL))
        return false;
    return a->rule == NULL || rule_equal(a->rule, b->rule);
}

/* Fails unless the lines of the commands read as the same commands. */
static void expect_same(const struct rule_commands *commands)
{
    struct rule_writing writing = { .marks_directories = true };
    struct rule_commands again;
    struct mistakes mistakes = { 0 };
    struct buffer lines = { 0 };

    rule_commands_init(&again);
    rules_import_write(commands, &writing, &lines);
    rules_read_text(&again, buffer_span(&lines), "fuzz", 1, &world, &mistakes, NULL);
    if (again.count != commands->count || mistakes.found > 0)
        __builtin_trap();
    for (size_t i = 0; i < again.count; i++)
        if (!is_same(&again.items[i], &commands->items[i]))
            __builtin_trap();
    rule_commands_free(&again);
    mistakes_free(&mistakes);
    buffer_free(&lines);
}

typedef void read_function(struct rule_commands *, struct span text, const char *file,
                           const struct rule_world *, struct mistakes *, struct mistakes *notes);

static void try(read_function *read, struct span text)
{
    struct rule_commands commands;
    struct mistakes mistakes = { 0 }, notes = { 0 };

    rule_commands_init(&commands);
    read(&commands, text, "fuzz", &world, &mistakes, &notes);
    expect_same(&commands);
    rule_commands_free(&commands);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data, size };

    try(rules_import, text);
    try(rules_read_json, text);
    return 0;
}
