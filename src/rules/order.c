#include "rules/order.h"

#include "rules/perm_calls.h"
#include "tables/archs.h"

/* The rules do the same to an event: the key of a rule that never records is never seen. */
static bool has_same_effect(const struct rule *a, const struct rule *b)
{
    return a->action == b->action &&
           (a->action == AUDIT_NEVER || span_equal(rule_keys(a), rule_keys(b)));
}

void call_classes_init(struct call_classes *classes, uint32_t host_arch)
{
    *classes = (struct call_classes){ .archs = { host_arch } };
    if (!arch_of_bits(host_arch, 32, &classes->archs[1]) || classes->archs[1] == host_arch)
        classes->archs[1] = 0;
}

static void fill(uint32_t calls[RULE_CALL_WORDS])
{
    memset(calls, 0xff, RULE_CALL_WORDS * sizeof calls[0]);
}

/* The calls that perm can match; all when it is not known which. */
static const uint32_t *class_of(struct call_classes *classes, size_t which, uint32_t perm)
{
    uint32_t *calls = classes->calls[which][perm & 15];

    if (!classes->is_made[which][perm & 15]) {
        struct rule rule = { 0 };

        if (perm_calls_add(&rule, classes->archs[which], perm))
            memcpy(calls, rule.calls, sizeof rule.calls);
        else
            fill(calls);
        classes->is_made[which][perm & 15] = true;
    }
    return calls;
}

/* False when the rule asks for another arch. */
static bool may_be_arch(const struct rule *rule, uint32_t arch)
{
    for (uint32_t i = 0; i < rule->field_count; i++) {
        const struct rule_field *field = &rule->fields[i];

        if (field->field == AUDIT_ARCH && ((field->op == AUDIT_EQUAL && field->value != arch) ||
                                           (field->op == AUDIT_NOT_EQUAL && field->value == arch)))
            return false;
    }
    return true;
}

void rule_scope_find(struct rule_scope *scope, const struct rule *rule,
                     struct call_classes *classes)
{
    const struct rule_field *perm = rule_find(rule, AUDIT_PERM);
    bool is_exit = rule->list == AUDIT_FILTER_EXIT;

    *scope = (struct rule_scope){ .rule = rule };
    for (size_t which = 0; which < 2; which++) {
        uint32_t *calls = scope->calls[which];

        if (is_exit && (classes->archs[which] == 0 || !may_be_arch(rule, classes->archs[which])))
            continue;
        memcpy(calls, rule->calls, sizeof rule->calls);
        if (calls[RULE_CALL_WORDS - 1] != 0)
            fill(calls); /* the last word stands for whole classes of calls */
        for (size_t i = 0; is_exit && perm != NULL && i < RULE_CALL_WORDS; i++)
            calls[i] &= class_of(classes, which, perm->value)[i];
    }
}

/* No call matches both. */
static bool has_other_calls(const struct rule_scope *a, const struct rule_scope *b)
{
    if (a->rule->list != AUDIT_FILTER_EXIT && a->rule->list != AUDIT_FILTER_URING_EXIT)
        return false;
    for (size_t which = 0; which < 2; which++)
        for (size_t i = 0; i < RULE_CALL_WORDS; i++)
            if ((a->calls[which][i] & b->calls[which][i]) != 0)
                return false;
    return true;
}

/*
 * The fields that have one value in an event. Missing are those of files (a call may name several),
 * groups (a process has several) and what is no number.
 */
static bool has_one_value(uint32_t field)
{
    switch (field) {
    case AUDIT_PID:
    case AUDIT_PPID:
    case AUDIT_UID:
    case AUDIT_EUID:
    case AUDIT_SUID:
    case AUDIT_FSUID:
    case AUDIT_LOGINUID:
    case AUDIT_LOGINUID_SET:
    case AUDIT_SESSIONID:
    case AUDIT_PERS:
    case AUDIT_ARCH:
    case AUDIT_MSGTYPE:
    case AUDIT_EXIT:
    case AUDIT_SUCCESS:
    case AUDIT_SADDR_FAM:
    case AUDIT_ARG0:
    case AUDIT_ARG1:
    case AUDIT_ARG2:
    case AUDIT_ARG3:
        return true;
    default:
        return false;
    }
}

struct range {
    uint64_t low, high; /* as the kernel compares: 32 bits without a sign */
    bool is_empty;
};

static void narrow(struct range *range, uint64_t low, uint64_t high)
{
    if (low > range->low)
        range->low = low;
    if (high < range->high)
        range->high = high;
    if (range->low > range->high)
        range->is_empty = true;
}

static void narrow_by(struct range *range, const struct rule_field *field)
{
    switch (field->op) {
    case AUDIT_EQUAL:
        narrow(range, field->value, field->value);
        break;
    case AUDIT_LESS_THAN:
        if (field->value == 0)
            range->is_empty = true;
        else
            narrow(range, 0, field->value - 1);
        break;
    case AUDIT_LESS_THAN_OR_EQUAL:
        narrow(range, 0, field->value);
        break;
    case AUDIT_GREATER_THAN:
        narrow(range, (uint64_t)field->value + 1, UINT32_MAX);
        break;
    case AUDIT_GREATER_THAN_OR_EQUAL:
        narrow(range, field->value, UINT32_MAX);
        break;
    default:
        break;
    }
}

/* "!=" counts when the range has come down to that one value. */
static void leave_out(struct range *range, const struct rule *rule, uint32_t kind)
{
    for (uint32_t i = 0; i < rule->field_count; i++) {
        const struct rule_field *field = &rule->fields[i];

        if (field->field == kind && field->op == AUDIT_NOT_EQUAL && range->low == range->high &&
            range->low == field->value)
            range->is_empty = true;
    }
}

/* No value of the field satisfies both rules. */
static bool is_impossible(const struct rule *a, const struct rule *b, uint32_t kind)
{
    const struct rule *rules[] = { a, b };
    struct range range = { 0, UINT32_MAX, false };

    for (size_t r = 0; r < 2; r++)
        for (uint32_t i = 0; i < rules[r]->field_count; i++)
            if (rules[r]->fields[i].field == kind)
                narrow_by(&range, &rules[r]->fields[i]);
    leave_out(&range, a, kind);
    leave_out(&range, b, kind);
    return range.is_empty;
}

static bool has_other_values(const struct rule *a, const struct rule *b)
{
    for (uint32_t i = 0; i < a->field_count; i++)
        if (has_one_value(a->fields[i].field) && is_impossible(a, b, a->fields[i].field))
            return true;
    return false;
}

static bool is_equal_to(const struct rule *rule, uint32_t kind, struct span *text)
{
    const struct rule_field *field = rule_find(rule, kind);

    if (field == NULL || field->op != AUDIT_EQUAL)
        return false;
    *text = field->text;
    return true;
}

static bool is_inside(struct span path, struct span folder)
{
    while (folder.len > 0 && folder.data[folder.len - 1] == '/')
        folder.len--;
    return span_starts(path, folder) && (path.len == folder.len || path.data[folder.len] == '/');
}

/* What a rule watches: a path, or a folder with all below it. */
static bool find_file(const struct rule *rule, struct span *path, bool *is_folder)
{
    *is_folder = is_equal_to(rule, AUDIT_DIR, path);
    return *is_folder || is_equal_to(rule, AUDIT_WATCH, path);
}

static bool has_other_files(const struct rule *a, const struct rule *b)
{
    struct span left, right;
    bool is_left_folder, is_right_folder;

    if (is_equal_to(a, AUDIT_EXE, &left) && is_equal_to(b, AUDIT_EXE, &right) &&
        !span_equal(left, right))
        return true;
    if (!find_file(a, &left, &is_left_folder) || !find_file(b, &right, &is_right_folder))
        return false;
    return !span_equal(left, right) && !(is_left_folder && is_inside(right, left)) &&
           !(is_right_folder && is_inside(left, right));
}

bool rules_interfere(const struct rule_scope *first, const struct rule_scope *second)
{
    const struct rule *a = first->rule, *b = second->rule;

    if (a->list != b->list || has_same_effect(a, b) || has_other_calls(first, second) ||
        has_other_values(a, b))
        return false;
    return a->action != b->action || !has_other_files(a, b);
}
