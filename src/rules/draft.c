#include "rules/draft.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "rules/check.h"
#include "rules/origin.h"
#include "rules/perm_calls.h"
#include "rules/rule_names.h"
#include "rules/value.h"

void draft_begin(struct draft *draft, const struct rule_world *world, struct rule_origin origin,
                 struct mistakes *notes)
{
    *draft = (struct draft){ .world = world, .origin = origin, .notes = notes };
}

bool draft_has_rule(const struct draft *draft)
{
    return draft->has_list || draft->has_calls;
}

void draft_note(struct draft *draft, const char *format, ...)
{
    char place[RULE_ORIGIN_ROOM];
    char sentence[1024];
    va_list arguments;

    if (draft->notes == NULL)
        return;
    rule_origin_text(draft->origin, place);
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (draft->origin.file.data == NULL)
        mistakes_add(draft->notes, "%s", sentence);
    else
        mistakes_add(draft->notes, "%s: %s", place, sentence);
}

/* auditctl's words for its three ways to say a list. */
static const char *deed_of(char option)
{
    return option == 'a' ? "Append" : option == 'A' ? "Add" : "Delete";
}

static int refuse_keyword(char option, struct span word, struct span part, struct error *err)
{
    char room[LOWER_LONGEST];
    struct span near = names_nearest(rule_lists, lower_case(room, part));

    if (near.data == NULL)
        near = names_nearest(rule_actions, lower_case(room, part));
    if (span_equal(part, SPAN("entry")))
        return error_set(err, -EINVAL,
                         "-%c %.*s: %s rule - bad keyword %.*s (the kernel has no entry list any "
                         "more: use exit)",
                         option, SHOWN(word), deed_of(option), SHOWN(word));
    if (span_equal(part, SPAN("possible")))
        return error_set(err, -EINVAL, "-%c %.*s: %s rule - possible is deprecated (use always)",
                         option, SHOWN(word), option == 'd' ? "Delete" : "Append");
    if (near.data != NULL)
        return error_set(err, -EINVAL,
                         "-%c %.*s: unknown list or action '%.*s' (did you mean '%.*s'?)", option,
                         SHOWN(word), SHOWN(part), SPAN_ARG(near));
    return error_set(err, -EINVAL, "-%c %.*s: unknown list or action '%.*s'", option, SHOWN(word),
                     SHOWN(part));
}

/* Reads "exit,always" or "always,exit". */
static int read_list(struct draft *draft, char option, struct span word, struct error *err)
{
    const char *comma = word.len > 0 ? memchr(word.data, ',', word.len) : NULL;
    struct span parts[2];
    bool has_list = false, has_action = false;

    if (comma == NULL)
        return error_set(err, -EINVAL, "-%c %.*s: needs LIST,ACTION with a comma between", option,
                         SHOWN(word));
    parts[0] = (struct span){ word.data, (size_t)(comma - word.data) };
    parts[1] = span_skip(word, parts[0].len + 1);
    for (size_t i = 0; i < 2; i++) {
        if (names_number(rule_lists, parts[i], &draft->rule.list))
            has_list = true;
        else if (names_number(rule_actions, parts[i], &draft->rule.action))
            has_action = true;
        else
            return refuse_keyword(option, word, parts[i], err);
    }
    if (!has_list || !has_action)
        return error_set(err, -EINVAL, "-%c %.*s: needs one list and one action", option,
                         SHOWN(word));
    return 0;
}

/* What -S before the list asks of it. */
static int check_calls_before(struct draft *draft, char option, struct span word, struct error *err)
{
    switch (draft->rule.list) {
    case AUDIT_FILTER_TASK:
        return error_set(err, -EINVAL, "-%c %.*s: calls (-S) cannot be put on the task list",
                         option, SHOWN(word));
    case AUDIT_FILTER_URING_EXIT:
        return error_set(err, -EINVAL,
                         "-%c %.*s: give the list before -S: it says that these are io_uring's "
                         "operations",
                         option, SHOWN(word));
    case AUDIT_FILTER_EXIT:
        return 0;
    default:
        draft_note(draft, "-%c %.*s: -S means nothing on this list", option, SHOWN(word));
        return 0;
    }
}

int draft_list(struct draft *draft, char option, struct span word, struct error *err)
{
    int status;

    if (draft->has_list)
        return error_set(err, -EINVAL, "-%c %.*s: a line holds one rule, and this is the second",
                         option, SHOWN(word));
    status = read_list(draft, option, word, err);
    if (status == 0 && check_list(draft->rule.list, draft->world->features, err) != 0)
        status = error_within(err, "-%c %.*s", option, SHOWN(word));
    if (status == 0 && draft->has_calls)
        status = check_calls_before(draft, option, word, err);
    if (status != 0)
        return status;
    draft->has_list = true;
    draft->verb = option == 'a' ? VERB_ADD : option == 'A' ? VERB_PREPEND : VERB_DELETE;
    return 0;
}

int draft_add(struct draft *draft, struct rule_field field, const char *option, struct span word,
              struct error *err)
{
    struct rule *rule = &draft->rule;
    int status;

    if (rule->field_count == RULE_FIELDS)
        return error_set(err, -EINVAL, "%s %.*s: a rule holds at most %d fields", option,
                         SHOWN(word), RULE_FIELDS);
    rule->fields[rule->field_count++] = field;
    status = check_field(field.field, rule->list, draft->world->features, err);
    if (status == 0)
        status = check_operator(field.field, field.op, err);
    if (status == 0)
        status = check_value(&field, err);
    if (status == 0)
        status = check_together(rule, err);
    return status == 0 ? 0 : error_within(err, "%s %.*s", option, SHOWN(word));
}

static bool may_have_key(const struct draft *draft)
{
    return draft->has_list && (draft->has_calls || draft->has_watch || draft->has_target);
}

int draft_key(struct draft *draft, struct span key, struct error *err)
{
    size_t parted = draft->keys_len > 0;

    if (!may_have_key(draft))
        return error_set(
            err, -EINVAL,
            "-k %.*s: a key needs something to mark before it: -w, -S, or a field path, "
            "dir, perm, exe or fstype",
            SHOWN(key));
    if (key.len == 0)
        return error_set(err, -EINVAL, "-k: a key cannot be empty");
    if (memchr(key.data, RULE_KEY_SEPARATOR, key.len) != NULL)
        return error_set(err, -EINVAL, "-k %.*s: byte 0x01 parts keys: give each its own -k",
                         SHOWN(key));
    if (draft->keys_len + parted + key.len > RULE_KEYS_LONGEST)
        return error_set(err, -EINVAL, "-k %.*s: all keys of a rule have at most %d bytes together",
                         SHOWN(key), RULE_KEYS_LONGEST);
    if (parted)
        draft->keys[draft->keys_len++] = RULE_KEY_SEPARATOR;
    memcpy(draft->keys + draft->keys_len, key.data, key.len);
    draft->keys_len += key.len;
    return 0;
}

/* The calls of a rule that named none. */
static void add_default_calls(struct draft *draft)
{
    const struct rule_field *perm = rule_find(&draft->rule, AUDIT_PERM),
                            *arch = rule_find(&draft->rule, AUDIT_ARCH);

    if (draft->has_calls || draft->rule.list == AUDIT_FILTER_TASK)
        return;
    if (!draft->world->narrows_perm || perm == NULL || arch == NULL || arch->op != AUDIT_EQUAL ||
        !perm_calls_add(&draft->rule, arch->value, perm->value))
        rule_add_all_calls(&draft->rule);
}

int draft_finish(struct draft *draft, struct arena *arena, struct rule **result, struct error *err)
{
    struct rule *rule = &draft->rule;
    struct span keys = { draft->keys, draft->keys_len };

    if (!draft->has_list)
        return error_set(err, -EINVAL, "a rule needs its list: -a LIST,ACTION");
    if (keys.len > 0) {
        struct rule_field field = { AUDIT_FILTERKEY, AUDIT_EQUAL, (uint32_t)keys.len, keys };
        int status = draft_add(draft, field, "-k", keys, err);

        if (status != 0)
            return status;
    }
    add_default_calls(draft);
    *result = rule_keep(arena, rule);
    for (uint32_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].text.data != NULL)
            (*result)->fields[i].text = arena_copy(arena, rule->fields[i].text);
    return 0;
}
