/*
 * rules_fuzz.c - a rule file of a stranger: what is read as a rule can be written, and is then read
 * as the same rule.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/reader.h"
#include "rules/writer.h"
#include "tables/archs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool knows_root(void *context, struct span name, uint32_t *id)
{
    (void)context;
    *id = 0;
    return span_equal(name, SPAN("root"));
}

static struct rule_world world_of(uint8_t choice)
{
    static const uint32_t archs[] = { AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64, AUDIT_ARCH_S390X,
                                      AUDIT_ARCH_ARM };

    return (struct rule_world){ .arch = archs[choice % 4],
                                .features = choice < 128 ? RULE_FEATURES_ALL : choice,
                                .find_user = knows_root,
                                .find_group = knows_root };
}

/* Not what no line can say (rules/writer.h): all calls and one more, a key in the middle. */
static bool can_be_said(const struct rule *rule)
{
    bool has_calls = rule->list == AUDIT_FILTER_EXIT || rule->list == AUDIT_FILTER_URING_EXIT;

    for (uint32_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].field == AUDIT_FILTERKEY &&
            (i + 1 < rule->field_count || rule->fields[i].op != AUDIT_EQUAL))
            return false;
    if (rule_has_all_calls(rule) && rule->calls[RULE_CALL_WORDS - 1] != 0)
        return false;
    return has_calls || rule->list == AUDIT_FILTER_TASK || rule_has_all_calls(rule);
}

static void check_rule(const struct rule *rule, const struct rule_world *world)
{
    struct rule_writing writing = { .arch = world->arch, .marks_directories = true };
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct rule_commands again;
    struct buffer line = { 0 };

    if (rule->field_count > RULE_FIELDS)
        abort();
    for (uint32_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].text.data != NULL && rule->fields[i].text.len != rule->fields[i].value)
            abort();
    if (!can_be_said(rule))
        return;
    rule_write(rule, &writing, &line);
    rule_commands_init(&again);
    rules_read_text(&again, buffer_span(&line), "again", 1, world, &mistakes, &notes);
    if (mistakes.found != 0 || again.count != 1 || !rule_equal(rule, again.items[0].rule)) {
        fprintf(stderr, "%.*s\n%s\n", SPAN_ARG(buffer_span(&line)),
                mistakes.found > 0 ? mistakes.sentences[0] : "is another rule");
        abort();
    }
    rule_commands_free(&again);
    buffer_free(&line);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_world world = world_of(size > 0 ? data[0] : 0);
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct span text = { (const char *)data, size };
    struct rule_commands commands;

    rule_commands_init(&commands);
    rules_read_text(&commands, size > 0 ? span_skip(text, 1) : text, "fuzz", 1, &world, &mistakes,
                    &notes);
    for (size_t i = 0; i < commands.count; i++)
        if (commands.items[i].rule != NULL)
            check_rule(commands.items[i].rule, &world);
    rule_commands_free(&commands);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    return 0;
}
