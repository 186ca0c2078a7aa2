#include "rules/json_rule.h"

#include <errno.h>
#include <linux/audit.h>

#include "rules/json_value.h"
#include "rules/rule_names.h"

#define KNOWN(array) (array), sizeof(array) / sizeof(array)[0]

/* libaudit-go's words for operators. */
static const struct name go_operators[] = {
    { "eq", AUDIT_EQUAL },        { "nt_eq", AUDIT_NOT_EQUAL },
    { "gt", AUDIT_GREATER_THAN }, { "gt_or_eq", AUDIT_GREATER_THAN_OR_EQUAL },
    { "lt", AUDIT_LESS_THAN },    { "lt_or_eq", AUDIT_LESS_THAN_OR_EQUAL },
    { "and", AUDIT_BIT_MASK },    { "and_eq", AUDIT_BIT_TEST },
};

static int refuse_name(const char *title, struct span name, struct span near, struct error *err)
{
    if (near.data == NULL)
        return error_set(err, -EINVAL, "unknown %s '%.*s'", title, SPAN_ARG(name));
    return error_set(err, -EINVAL, "unknown %s '%.*s' (did you mean '%.*s'?)", title,
                     SPAN_ARG(name), SPAN_ARG(near));
}

/* The symbol of a symbol or of libaudit-go's word for it. */
static int find_operator(const json_t *field, struct span *symbol, struct error *err)
{
    const json_t *op = json_object_get(field, "op");
    struct span word = { json_string_value(op), json_string_length(op) };
    uint32_t number;

    if (word.data == NULL)
        return error_set(err, -EINVAL, "op: expected an operator, as \"=\" or \"eq\"");
    if (!names_number(rule_operators, word, &number) &&
        !names_number(NAMES(go_operators), word, &number))
        return refuse_name("operator", word, names_nearest(NAMES(go_operators), word), err);
    names_text(rule_operators, number, symbol);
    return 0;
}

static int find_field(const json_t *name, struct span *word, struct error *err)
{
    uint32_t number;

    *word = (struct span){ json_string_value(name), json_string_length(name) };
    if (word->data == NULL)
        return error_set(err, -EINVAL, "expected the name of a field");
    if (!names_number(rule_field_names, *word, &number))
        return refuse_name("field", *word, names_nearest(rule_field_names, *word), err);
    return 0;
}

/* libaudit-go: 64 and 32 for the two of the host. */
static struct span arch_word(struct span value)
{
    if (span_equal(value, SPAN("64")))
        return SPAN("b64");
    return span_equal(value, SPAN("32")) ? SPAN("b32") : value;
}

static void add_joined(struct word_list *words, struct span a, struct span b, struct span c)
{
    struct buffer word = { 0 };

    buffer_append(&word, a);
    buffer_append(&word, b);
    buffer_append(&word, c);
    word_list_add(words, buffer_span(&word));
    buffer_free(&word);
}

static int add_compare(const json_t *field, struct word_list *words, struct error *err)
{
    const json_t *pair = json_object_get(field, "compare");
    struct span left, right, op;

    if (json_array_size(pair) != 2 || find_field(json_array_get(pair, 0), &left, err) != 0 ||
        find_field(json_array_get(pair, 1), &right, err) != 0)
        return error_set(err, -EINVAL, "compare: expected two fields, as [\"uid\", \"euid\"]");
    if (find_operator(field, &op, err) != 0)
        return err->code;
    word_list_add(words, SPAN("-C"));
    add_joined(words, left, op, right);
    return 0;
}

static int add_field(const json_t *field, struct word_list *words, struct error *err)
{
    static const char *const members[] = { "name", "op", "value", "compare" };
    struct span name, op = { NULL, 0 }, value = { NULL, 0 };

    if (!json_is_object(field))
        return error_set(err, -EINVAL, "expected an object with name, op and value");
    if (json_check_members(field, KNOWN(members), err) != 0)
        return err->code;
    if (json_object_get(field, "compare") != NULL &&
        (json_object_get(field, "name") != NULL || json_object_get(field, "value") != NULL))
        return error_set(err, -EINVAL, "either compare, or name and value");
    if (json_object_get(field, "compare") != NULL)
        return add_compare(field, words, err);
    if (find_field(json_object_get(field, "name"), &name, err) != 0 ||
        find_operator(field, &op, err) != 0)
        return err->code;
    if (json_word(json_object_get(field, "value"), &words->arena, &value, err) != 0)
        return error_within(err, "value");
    if (span_starts(value, SPAN("=")) && !span_ends(op, SPAN("=")))
        return error_set(err, -EINVAL, "value: begins with '=', which would change the operator");
    if (span_equal(name, SPAN("arch")))
        value = arch_word(value);
    word_list_add(words, SPAN("-F"));
    add_joined(words, name, op, value);
    return 0;
}

static int add_fields(const json_t *fields, size_t from, size_t to, struct word_list *words,
                      struct error *err)
{
    for (size_t i = from; i < to; i++)
        if (add_field(json_array_get(fields, i), words, err) != 0)
            return error_within(err, "fields[%zu]", i);
    return 0;
}

/* OPTION VALUE for a value, or for each of a list. */
static int add_each(const json_t *rule, const char *member, const char *option,
                    struct word_list *words, struct error *err)
{
    const json_t *given = json_object_get(rule, member);
    size_t count = json_is_array(given) ? json_array_size(given) : given != NULL;
    struct span word;

    if (given != NULL && count == 0)
        return error_set(err, -EINVAL, "%s: this list is empty", member);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_is_array(given) ? json_array_get(given, i) : given;

        if (json_word(value, &words->arena, &word, err) != 0)
            return json_is_array(given) ? error_within(err, "%s[%zu]", member, i)
                                        : error_within(err, "%s", member);
        word_list_add(words, span_of(option));
        word_list_add(words, word);
    }
    return 0;
}

static int add_keys(const json_t *rule, struct word_list *words, struct error *err)
{
    const json_t *key = json_object_get(rule, "key");

    if (json_is_string(key) && json_string_length(key) == 0) /* libaudit-go's "no key" */
        return add_each(rule, "keys", "-k", words, err);
    if (add_each(rule, "key", "-k", words, err) != 0)
        return err->code;
    return add_each(rule, "keys", "-k", words, err);
}

/* libaudit-go: two words in either order; "entry" means exit. */
static int add_actions(const json_t *actions, const char *option, struct word_list *words,
                       struct error *err)
{
    struct span each[2];

    for (size_t i = 0; i < 2; i++) {
        const json_t *word = json_array_get(actions, i);

        if (json_array_size(actions) != 2 || !json_is_string(word))
            return error_set(err, -EINVAL,
                             "actions: expected two words, as [\"always\", \"exit\"]");
        each[i] = (struct span){ json_string_value(word), json_string_length(word) };
        if (span_equal(each[i], SPAN("entry")))
            each[i] = SPAN("exit");
    }
    word_list_add(words, span_of(option));
    add_joined(words, each[0], SPAN(","), each[1]);
    return 0;
}

static int add_place(const json_t *rule, struct word_list *words, struct error *err)
{
    const json_t *actions = json_object_get(rule, "actions");
    const json_t *list = json_object_get(rule, "list"), *action = json_object_get(rule, "action");
    bool is_prepended = false;

    if (json_switch(rule, "prepend", &is_prepended, err) != 0)
        return err->code;

    const char *option = is_prepended ? "-A" : "-a";

    if (actions != NULL && list == NULL && action == NULL)
        return add_actions(actions, option, words, err);
    if (actions != NULL || !json_is_string(list) || !json_is_string(action))
        return error_set(err, -EINVAL,
                         "expected \"list\" and \"action\", or libaudit-go's "
                         "\"actions\": [\"always\", \"exit\"]");
    word_list_add(words, span_of(option));
    add_joined(words, span_of(json_string_value(action)), SPAN(","),
               span_of(json_string_value(list)));
    return 0;
}

/* How many fields stand up to the last arch: they come before the calls that it names. */
static size_t fields_to_arch(const json_t *fields)
{
    size_t count = json_array_size(fields);

    while (count > 0) {
        const char *name =
            json_string_value(json_object_get(json_array_get(fields, count - 1), "name"));

        if (name != NULL && strcmp(name, "arch") == 0)
            return count;
        count--;
    }
    return 0;
}

static int add_call_rule(const json_t *rule, struct word_list *words, struct error *err)
{
    static const char *const members[] = { "list", "action", "actions", "syscalls", "fields",
                                           "key",  "keys",   "prepend", "file",     "line" };
    const json_t *fields = json_object_get(rule, "fields");
    size_t early = fields_to_arch(fields);

    if (json_check_members(rule, KNOWN(members), err) != 0)
        return err->code;
    if (fields != NULL && !json_is_array(fields))
        return error_set(err, -EINVAL, "fields: expected a list");
    if (add_place(rule, words, err) != 0 || add_fields(fields, 0, early, words, err) != 0 ||
        add_each(rule, "syscalls", "-S", words, err) != 0 ||
        add_fields(fields, early, json_array_size(fields), words, err) != 0)
        return err->code;
    return add_keys(rule, words, err);
}

static int add_file_rule(const json_t *rule, struct word_list *words, struct error *err)
{
    static const char *const members[] = { "path", "permission",        "key", "keys",
                                           "file", "strict_path_check", "line" };

    if (json_check_members(rule, KNOWN(members), err) != 0)
        return err->code;
    if (add_each(rule, "path", "-w", words, err) != 0 ||
        add_each(rule, "permission", "-p", words, err) != 0)
        return err->code;
    return add_keys(rule, words, err);
}

int json_rule_words(const json_t *rule, struct word_list *words, struct error *err)
{
    if (!json_is_object(rule))
        return error_set(err, -EINVAL, "expected an object");
    if (json_object_get(rule, "path") != NULL)
        return add_file_rule(rule, words, err);
    return add_call_rule(rule, words, err);
}
