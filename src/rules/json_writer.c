#include <jansson.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "rules/json.h"
#include "rules/keys.h"
#include "rules/rule_names.h"
#include "rules/spell.h"

/* jansson gives NULL when the machine has no memory. */
static json_t *made(json_t *value)
{
    if (value == NULL)
        abort();
    return value;
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new_nocheck(object, name, made(value)) != 0)
        abort();
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, made(value)) != 0)
        abort();
}

static json_t *hex_of(struct span text)
{
    json_t *object = made(json_object());
    struct buffer digits = { 0 };

    for (size_t i = 0; i < text.len; i++)
        buffer_printf(&digits, "%02x", (unsigned char)text.data[i]);
    set(object, "hex", json_stringn(digits.data, digits.len));
    buffer_free(&digits);
    return object;
}

/* A text, or its hex when it is no UTF-8. */
static json_t *text_of(struct span text)
{
    bool has_del = text.len > 0 && memchr(text.data, 0x7f, text.len) != NULL; /* jansson shows it */
    json_t *string = has_del ? NULL : json_stringn(text.data != NULL ? text.data : "", text.len);

    return string != NULL ? string : hex_of(text);
}

/* What was spelled: a number when it reads as one. Clears the buffer. */
static json_t *spelled(struct buffer *word)
{
    struct span text = buffer_span(word);
    int64_t number;
    bool is_number = span_integer(text, &number);

    buffer_clear(word);
    return is_number ? json_integer(number) : text_of(text);
}

/* `number` as a speller has it. */
static json_t *spelled_by(void (*spell)(uint32_t, struct buffer *), uint32_t number,
                          struct buffer *word)
{
    spell(number, word);
    return spelled(word);
}

static json_t *calls_of(const struct rule *rule, const struct spelling *spelling,
                        struct buffer *word)
{
    uint32_t arch = spell_calls_arch(rule, spelling), first = 0;
    json_t *calls = made(json_array());

    if (rule_has_all_calls(rule)) {
        append(calls, text_of(SPAN("all")));
        first = RULE_CALL_CLASSES;
    }
    for (uint32_t number = first; number < RULE_CALLS; number++) {
        if (rule_has_call(rule, number)) {
            spell_call(rule->list, arch, number, word);
            append(calls, spelled(word));
        }
    }
    if (first == 0 || json_array_size(calls) > 1)
        return calls;
    json_decref(calls);
    return text_of(SPAN("all"));
}

static json_t *pair_of(uint32_t left, uint32_t right, struct buffer *word)
{
    json_t *pair = made(json_array());

    append(pair, spelled_by(spell_field, left, word));
    append(pair, spelled_by(spell_field, right, word));
    return pair;
}

static json_t *field_of(uint32_t list, const struct rule_field *field,
                        const struct spelling *spelling, struct buffer *word)
{
    json_t *object = made(json_object());
    uint32_t left, right;

    if (field->field == AUDIT_FIELD_COMPARE && rule_list_takes_calls(list) &&
        rule_pair_fields(field->value, &left, &right)) {
        set(object, "compare", pair_of(left, right, word));
        set(object, "op", spelled_by(spell_operator, field->op, word));
        return object;
    }
    set(object, "name", spelled_by(spell_field, field->field, word));
    set(object, "op", spelled_by(spell_operator, field->op, word));
    if (rule_field_is_text(field->field)) {
        set(object, "value", text_of(field->text));
        return object;
    }
    spell_value(field, spelling, word);
    set(object, "value", spelled(word));
    return object;
}

static bool is_keys(const struct rule *rule, uint32_t place)
{
    const struct rule_field *field = &rule->fields[place];

    return place + 1 == rule->field_count && field->field == AUDIT_FILTERKEY &&
           field->op == AUDIT_EQUAL;
}

static json_t *keys_of(struct span keys)
{
    json_t *array = made(json_array());
    struct span key;

    while (keys_next(&keys, &key))
        append(array, text_of(key));
    return array;
}

static json_t *rule_of(const struct rule *rule, const struct rule_origin *origin,
                       const struct rule_writing *writing)
{
    struct spelling spelling = { writing->arch, writing->names, false };
    struct buffer word = { 0 };
    json_t *object = made(json_object()), *fields = made(json_array());

    set(object, "list", spelled_by(spell_list, rule->list, &word));
    set(object, "action", spelled_by(spell_action, rule->action, &word));
    if (rule_list_takes_calls(rule->list))
        set(object, "syscalls", calls_of(rule, &spelling, &word));
    for (uint32_t i = 0; i < rule->field_count; i++)
        if (!is_keys(rule, i))
            append(fields, field_of(rule->list, &rule->fields[i], &spelling, &word));
    set(object, "fields", fields);
    if (rule->field_count > 0 && is_keys(rule, rule->field_count - 1))
        set(object, "keys", keys_of(rule->fields[rule->field_count - 1].text));
    if (origin != NULL && origin->file.data != NULL)
        set(object, "file", text_of(origin->file));
    if (origin != NULL && origin->line != 0)
        set(object, "line", json_integer(origin->line));
    buffer_free(&word);
    return object;
}

static int append_bytes(const char *bytes, size_t len, void *context)
{
    buffer_append(context, (struct span){ bytes, len });
    return 0;
}

static bool is_shown_as_it_is(struct span text)
{
    char shown[8];

    while (text.len > 0) {
        size_t len = utf8_len(text);

        if (escape_text(shown, sizeof shown, (struct span){ text.data, len > 0 ? len : 1 }) != len)
            return false;
        text = span_skip(text, len);
    }
    return true;
}

void rule_write_json(const struct rule *rule, const struct rule_origin *origin,
                     const struct rule_writing *writing, struct buffer *out)
{
    json_t *object = rule_of(rule, origin, writing);
    size_t start = out->len;

    json_dump_callback(object, append_bytes, out, JSON_COMPACT);
    if (!is_shown_as_it_is(span_skip(buffer_span(out), start))) {
        out->len = start; /* marks that turn the order of characters */
        json_dump_callback(object, append_bytes, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    }
    json_decref(object);
}

static void write_settings(const struct rule_settings *settings, struct buffer *out)
{
    const struct {
        const char *name;
        const struct rule_setting *setting;
    } rows[] = {
        { "enabled", &settings->enabled },
        { "failure", &settings->failure },
        { "rate_limit", &settings->rate_limit },
        { "backlog_limit", &settings->backlog_limit },
        { "backlog_wait_time", &settings->backlog_wait_time },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].setting->is_wanted)
            buffer_printf(out, "\"%s\":%u,\n", rows[i].name, rows[i].setting->value);
    if (settings->loginuid_immutable.is_wanted)
        buffer_append(out, SPAN("\"loginuid_immutable\":true,\n"));
}

void rule_set_write_json(const struct rule_set *set_of_rules, const struct rule_writing *writing,
                         struct buffer *out)
{
    buffer_byte(out, '{');
    write_settings(&set_of_rules->settings, out);
    buffer_append(out, SPAN("\"rules\":["));
    for (size_t i = 0; i < set_of_rules->count; i++) {
        const struct rule_item *item = &set_of_rules->items[i];

        buffer_append(out, i > 0 ? SPAN(",\n") : SPAN("\n"));
        rule_write_json(item->rule, &item->origin, writing, out);
    }
    buffer_append(out, SPAN("\n]}\n"));
}
