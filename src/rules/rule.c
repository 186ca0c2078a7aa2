#include "rules/rule.h"

bool rule_field_is_text(uint32_t field)
{
    switch (field) {
    case AUDIT_SUBJ_USER:
    case AUDIT_SUBJ_ROLE:
    case AUDIT_SUBJ_TYPE:
    case AUDIT_SUBJ_SEN:
    case AUDIT_SUBJ_CLR:
    case AUDIT_OBJ_USER:
    case AUDIT_OBJ_ROLE:
    case AUDIT_OBJ_TYPE:
    case AUDIT_OBJ_LEV_LOW:
    case AUDIT_OBJ_LEV_HIGH:
    case AUDIT_WATCH:
    case AUDIT_DIR:
    case AUDIT_EXE:
    case AUDIT_FILTERKEY:
        return true;
    default:
        return false;
    }
}

bool rule_list_takes_calls(uint32_t list)
{
    return list == AUDIT_FILTER_EXIT || list == AUDIT_FILTER_URING_EXIT;
}

static size_t size_of(const struct rule *rule)
{
    return offsetof(struct rule, fields) + rule->field_count * sizeof rule->fields[0];
}

struct rule *rule_keep(struct arena *arena, const struct rule *rule)
{
    return memcpy(arena_alloc(arena, size_of(rule)), rule, size_of(rule));
}

void rule_copy(struct rule *to, const struct rule *from)
{
    memcpy(to, from, size_of(from));
}

static bool field_equal(const struct rule_field *a, const struct rule_field *b)
{
    return a->field == b->field && a->op == b->op && a->value == b->value &&
           span_equal(a->text, b->text);
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
    if (a->list != b->list || a->action != b->action || a->field_count != b->field_count ||
        memcmp(a->calls, b->calls, sizeof a->calls) != 0)
        return false;
    for (uint32_t i = 0; i < a->field_count; i++)
        if (!field_equal(&a->fields[i], &b->fields[i]))
            return false;
    return true;
}

/* FNV-1a over the numbers and the bytes of texts. */
static uint64_t hash_number(uint64_t hash, uint32_t number)
{
    return (hash ^ number) * 0x100000001b3ULL;
}

static uint64_t hash_text(uint64_t hash, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = hash_number(hash, (unsigned char)text.data[i]);
    return hash;
}

uint64_t rule_hash(const struct rule *rule)
{
    uint64_t hash = hash_number(0xcbf29ce484222325ULL, rule->list);

    hash = hash_number(hash, rule->action);
    hash = hash_number(hash, rule->field_count);
    for (size_t i = 0; i < RULE_CALL_WORDS; i++)
        hash = hash_number(hash, rule->calls[i]);
    for (uint32_t i = 0; i < rule->field_count; i++) {
        const struct rule_field *field = &rule->fields[i];

        hash = hash_number(hash, field->field);
        hash = hash_number(hash, field->op);
        hash = hash_number(hash, field->value);
        hash = hash_text(hash, field->text);
    }
    return hash;
}

const struct rule_field *rule_find(const struct rule *rule, uint32_t field)
{
    for (uint32_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].field == field)
            return &rule->fields[i];
    return NULL;
}

struct span rule_keys(const struct rule *rule)
{
    const struct rule_field *field = rule_find(rule, AUDIT_FILTERKEY);

    return field != NULL ? field->text : (struct span){ NULL, 0 };
}

bool rule_keys_next(struct span *rest, struct span *key)
{
    if (rest->len == 0)
        return false;

    const char *stop = memchr(rest->data, RULE_KEY_SEPARATOR, rest->len);
    size_t len = stop != NULL ? (size_t)(stop - rest->data) : rest->len;

    *key = (struct span){ rest->data, len };
    *rest = span_skip(*rest, len < rest->len ? len + 1 : len);
    return true;
}

bool rule_has_key(const struct rule *rule, struct span key)
{
    struct span rest = rule_keys(rule), one;

    while (rule_keys_next(&rest, &one))
        if (span_equal(one, key))
            return true;
    return false;
}

void rule_add_call(struct rule *rule, uint32_t number)
{
    rule->calls[number / 32] |= UINT32_C(1) << number % 32;
}

bool rule_has_call(const struct rule *rule, uint32_t number)
{
    return number < RULE_CALLS && (rule->calls[number / 32] >> number % 32 & 1) != 0;
}

void rule_add_all_calls(struct rule *rule)
{
    memset(rule->calls, 0xff, RULE_CALL_CLASSES / 8);
}

bool rule_has_all_calls(const struct rule *rule)
{
    for (size_t i = 0; i < RULE_CALL_WORDS - 1; i++)
        if (rule->calls[i] != UINT32_MAX)
            return false;
    return true;
}

bool rule_has_call_class(const struct rule *rule)
{
    return rule->calls[RULE_CALL_CLASSES / 32] >> RULE_CALL_CLASSES % 32 != 0;
}
