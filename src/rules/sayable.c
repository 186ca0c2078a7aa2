#include "rules/sayable.h"

#include "rules/reader.h"

bool rule_can_be_said(const struct rule *rule, const struct rule_writing *writing)
{
    struct rule_world world = { .arch = writing->arch, .features = RULE_FEATURES_ALL };
    struct rule_writing marked = { writing->arch, writing->names, .marks_directories = true };
    struct rule_commands commands;
    struct mistakes mistakes = { 0 };
    struct buffer line = { 0 };

    rule_commands_init(&commands);
    rule_write(rule, &marked, &line);
    rules_read_text(&commands, buffer_span(&line), "line", 1, &world, &mistakes, NULL);

    bool is_same = commands.count == 1 && commands.items[0].verb == VERB_ADD &&
                   rule_equal(commands.items[0].rule, rule);

    buffer_free(&line);
    mistakes_free(&mistakes);
    rule_commands_free(&commands);
    return is_same;
}
