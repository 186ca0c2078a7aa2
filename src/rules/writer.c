#include "rules/writer.h"

#include "rules/keys.h"
#include "rules/quote.h"
#include "rules/rule_names.h"
#include "rules/spell.h"

/* The line that is being made. */
struct line {
    const struct rule *rule;
    char option; /* 'a', 'A' or 'd' */
    struct spelling spelling;
    bool marks_directories;
    struct buffer *out;
};

static void put(struct line *line, const char *text)
{
    buffer_append(line->out, span_of(text));
}

static void put_pair(struct line *line, const struct rule_field *field)
{
    uint32_t left = 0, right = 0;
    bool is_known = rule_list_takes_calls(line->rule->list) && /* -C is for these alone */
                    rule_pair_fields(field->value, &left, &right);

    put(line, is_known ? " -C " : " -F ");
    spell_field(is_known ? left : field->field, line->out);
    spell_operator(field->op, line->out);
    if (is_known)
        spell_field(right, line->out);
    else
        buffer_decimal(line->out, field->value);
}

/* One OPTION for each key. */
static void put_keys(struct line *line, struct span keys, const char *option)
{
    struct span key;

    while (keys_next(&keys, &key)) {
        put(line, option);
        quote_write(key, line->out);
    }
}

static void put_field(struct line *line, const struct rule_field *field)
{
    if (field->field == AUDIT_FIELD_COMPARE) {
        put_pair(line, field);
        return;
    }
    if (field->field == AUDIT_FILTERKEY && field->op == AUDIT_EQUAL) {
        put_keys(line, field->text, " -F key=");
        return;
    }
    put(line, " -F ");
    spell_field(field->field, line->out);
    spell_operator(field->op, line->out);
    if (rule_field_is_text(field->field))
        quote_write(field->text, line->out);
    else
        spell_value(field, &line->spelling, line->out);
}

static void put_calls(struct line *line)
{
    const struct rule *rule = line->rule;
    uint32_t arch = spell_calls_arch(rule, &line->spelling), first = 0, count = 0;

    if (rule_has_all_calls(rule)) {
        put(line, " -S all");
        first = count = RULE_CALL_CLASSES;
    }
    for (uint32_t number = first; number < RULE_CALLS; number++) {
        if (rule_has_call(rule, number)) {
            put(line, count++ == 0 ? " -S " : ",");
            spell_call(rule->list, arch, number, line->out);
        }
    }
    line->spelling.one_call = count <= 1;
}

/* How many fields stand up to the last arch, with it. */
static uint32_t fields_to_arch(const struct rule *rule)
{
    uint32_t count = rule->field_count;

    while (count > 0 && rule->fields[count - 1].field != AUDIT_ARCH)
        count--;
    return count;
}

static void put_rule(struct line *line)
{
    const struct rule *rule = line->rule;
    uint32_t early = fields_to_arch(rule);

    buffer_printf(line->out, "-%c ", line->option);
    spell_action(rule->action, line->out);
    put(line, ",");
    spell_list(rule->list, line->out);
    for (uint32_t i = 0; i < early; i++)
        put_field(line, &rule->fields[i]);
    if (rule_list_takes_calls(rule->list))
        put_calls(line);
    for (uint32_t i = early; i < rule->field_count; i++)
        put_field(line, &rule->fields[i]);
}

/* What -w leaves of a path: no slash at its end, and "/" is a directory. */
static bool is_watched_place(const struct rule_field *place)
{
    struct span path = place->text;

    if (path.len == 1)
        return place->field == AUDIT_DIR && *path.data == '/';
    return (place->field == AUDIT_WATCH || place->field == AUDIT_DIR) && path.len > 1 &&
           path.data[path.len - 1] != '/';
}

/* True for what -w makes, to the order of the fields. */
static bool is_watch(const struct rule *rule)
{
    const struct rule_field *path = &rule->fields[0], *perm = &rule->fields[1],
                            *key = &rule->fields[2];

    if (rule->list != AUDIT_FILTER_EXIT || rule->action != AUDIT_ALWAYS ||
        !rule_has_all_calls(rule) || rule_has_call_class(rule))
        return false;
    if (rule->field_count != 2 && rule->field_count != 3)
        return false;
    if (path->op != AUDIT_EQUAL || perm->op != AUDIT_EQUAL || perm->field != AUDIT_PERM ||
        perm->value == 0 || perm->value > 15)
        return false;
    if (rule->field_count == 3 && (key->field != AUDIT_FILTERKEY || key->op != AUDIT_EQUAL))
        return false;
    return is_watched_place(path);
}

static void put_watch(struct line *line)
{
    const struct rule_field *place = &line->rule->fields[0];

    put(line, line->option == 'd' ? "-W " : "-w ");
    quote_write(place->text, line->out);
    if (line->marks_directories && place->field == AUDIT_DIR && place->text.len > 1)
        put(line, "/");
    put(line, " -p ");
    spell_perm(line->rule->fields[1].value, line->out);
    if (line->rule->field_count > 2)
        put_keys(line, line->rule->fields[2].text, " -k ");
}

static void write_line(const struct rule *rule, char option, const struct rule_writing *writing,
                       struct buffer *out)
{
    struct line line = {
        .rule = rule,
        .option = option,
        .spelling = { writing->arch, writing->names, true },
        .marks_directories = writing->marks_directories,
        .out = out,
    };

    if (option != 'A' && is_watch(rule))
        put_watch(&line);
    else
        put_rule(&line);
}

void rule_write(const struct rule *rule, const struct rule_writing *writing, struct buffer *out)
{
    write_line(rule, 'a', writing, out);
}

void rule_write_prepended(const struct rule *rule, const struct rule_writing *writing,
                          struct buffer *out)
{
    write_line(rule, 'A', writing, out);
}

void rule_write_deleted(const struct rule *rule, const struct rule_writing *writing,
                        struct buffer *out)
{
    write_line(rule, 'd', writing, out);
}
