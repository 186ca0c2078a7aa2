/*
 * rule_wire_fuzz.c - a rule as the kernel might answer it, in bytes and in what is written of it.
 *
 * A first byte that is even: the rest is the payload. Odd: the rest picks lists, fields and
 * operators that exist, so that lines come up which the reader takes.
 */
#include <stdlib.h>

#include "rule_world.h"

#include "base/escape.h"
#include "base/utf8.h"
#include "rules/json.h"
#include "rules/rule_names.h"
#include "rules/sayable.h"
#include "rules/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *at, *end;
};

static uint32_t take(struct input *input)
{
    return input->at < input->end ? *input->at++ : 0;
}

static uint32_t take_name(struct input *input, struct names names)
{
    return names.entries[take(input) % names.count].number;
}

static uint32_t take_value(struct input *input)
{
    static const uint32_t values[] = { 0, 1, 0xffffffff, 0xc000003e, 0x40000003, 0xfffffff3, 1300 };
    uint32_t which = take(input);

    return which < 7 ? values[which] : which << (which % 24);
}

static void take_field(struct input *input, struct rule_field *field)
{
    *field = (struct rule_field){ take_name(input, rule_field_names),
                                  take_name(input, rule_operators),
                                  take_value(input),
                                  { NULL, 0 } };
    if (!rule_field_is_text(field->field))
        return;

    size_t len = take(input) % 24, left = (size_t)(input->end - input->at);

    field->text = (struct span){ (const char *)input->at, len < left ? len : left };
    field->value = (uint32_t)field->text.len;
    input->at += field->text.len;
}

static struct rule take_rule(struct input *input)
{
    struct rule rule = { .list = take_name(input, rule_lists),
                         .action = take_name(input, rule_actions) };
    uint32_t calls = take(input) % 8;

    if (calls == 0)
        rule_add_all_calls(&rule);
    for (uint32_t i = 0; i < calls; i++)
        rule_add_call(&rule, take(input) * 8 + i);
    rule.field_count = take(input) % 6;
    for (uint32_t i = 0; i < rule.field_count; i++)
        take_field(input, &rule.fields[i]);
    return rule;
}

static const struct rule_writing writing = { .marks_directories = true };

static void expect(bool is_so)
{
    if (!is_so)
        __builtin_trap();
}

/* The rule of the one line, or NULL. */
static const struct rule *read_line(struct rule_commands *commands, struct span line)
{
    struct mistakes mistakes = { 0 };

    rule_commands_init(commands);
    rules_read_text(commands, line, "fuzz", 1, &world, &mistakes, NULL);
    expect(commands->count + mistakes.found == 1);
    mistakes_free(&mistakes);
    return commands->count == 1 ? commands->items[0].rule : NULL;
}

static const struct rule *read_json(struct rule_commands *commands, struct span rule)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct buffer document = { 0 };

    rule_commands_init(commands);
    buffer_byte(&document, '[');
    buffer_append(&document, rule);
    buffer_byte(&document, ']');
    rules_read_json(commands, buffer_span(&document), "fuzz", &world, &mistakes, &notes);
    expect(commands->count + mistakes.found == 1);
    buffer_free(&document);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    return commands->count == 1 ? commands->items[0].rule : NULL;
}

/* Fails when a terminal would obey any of it. */
static void expect_harmless(struct span text)
{
    char *shown = malloc(4 * text.len + 1);

    expect(shown != NULL && escape_text(shown, 4 * text.len + 1, text) == text.len);
    free(shown);
}

/* What the reader takes comes back from its line and its JSON. */
static void expect_round(const struct rule *rule)
{
    struct rule_commands of_line, of_json;
    struct buffer line = { 0 }, json = { 0 };
    const struct rule *again;

    rule_write(rule, &writing, &line);
    rule_write_json(rule, NULL, &writing, &json);
    again = read_line(&of_line, buffer_span(&line));
    expect(again != NULL && rule_equal(again, rule));
    again = read_json(&of_json, buffer_span(&json));
    expect(again != NULL && rule_equal(again, rule));
    rule_commands_free(&of_line);
    rule_commands_free(&of_json);
    buffer_free(&line);
    buffer_free(&json);
}

/* Calls that -S cannot ask for, and that the line of the rule does not show. */
static bool has_odd_calls(const struct rule *rule)
{
    static const uint32_t none[RULE_CALL_WORDS];
    struct rule plain = { 0 };

    if (rule_list_takes_calls(rule->list) && memcmp(rule->calls, none, sizeof none) != 0 &&
        !rule_has_all_calls(rule))
        return false;
    if (rule->list != AUDIT_FILTER_TASK)
        rule_add_all_calls(&plain);
    return memcmp(rule->calls, plain.calls, sizeof plain.calls) != 0;
}

static bool is_odd_field(const struct rule *rule, uint32_t place)
{
    const struct rule_field *field = &rule->fields[place];
    bool has_longer_operator = field->op == AUDIT_LESS_THAN || field->op == AUDIT_GREATER_THAN;

    return (field->field == AUDIT_FILTERKEY && place + 1 < rule->field_count) ||
           (field->field == AUDIT_PERM && field->value > 15) ||
           (has_longer_operator && span_starts(field->text, SPAN("=")));
}

/* What docs/rules.md says that no line can, as far as the line is read as another rule. */
static bool is_unsayable(const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->field_count; i++)
        if (is_odd_field(rule, i))
            return true;
    return has_odd_calls(rule);
}

static void check_rule(const struct rule *rule)
{
    struct buffer bytes = { 0 }, line = { 0 }, json = { 0 };
    struct rule_commands commands;
    struct rule decoded;
    const struct rule *said;

    rule_encode(rule, false, &bytes);
    expect(rule_decode(buffer_span(&bytes), &decoded) == 0 && rule_equal(rule, &decoded));
    rule_write(rule, &writing, &line);
    rule_write_json(rule, NULL, &writing, &json);
    expect_harmless(buffer_span(&line));
    expect_harmless(buffer_span(&json));
    said = read_line(&commands, buffer_span(&line));
    if (said != NULL)
        expect_round(said);
    expect(rule_can_be_said(rule, &writing) == (said != NULL && rule_equal(said, rule)));
    expect(said == NULL || rule_equal(said, rule) || is_unsayable(rule));
    rule_commands_free(&commands);
    buffer_free(&bytes);
    buffer_free(&line);
    buffer_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, data + size };
    struct rule rule;

    if (take(&input) % 2 == 1) {
        rule = take_rule(&input);
        check_rule(&rule);
    } else if (rule_decode((struct span){ (const char *)input.at, (size_t)(input.end - input.at) },
                           &rule) == 0) {
        rule.list &= ~(uint32_t)AUDIT_FILTER_PREPEND;
        check_rule(&rule);
    }
    return 0;
}
