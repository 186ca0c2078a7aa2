#include <errno.h>

#include "rules/draft.h"
#include "rules/rule_names.h"
#include "rules/value.h"

/* Cuts "uid>=1000" at the first operator; false when there is none. */
static bool cut_comparison(struct span word, struct span *name, uint32_t *op, struct span *value)
{
    for (size_t at = 0; at < word.len; at++) {
        struct span rest = span_skip(word, at);

        for (size_t len = 2; len > 0; len--) {
            if (len > rest.len ||
                !names_number(rule_operators, (struct span){ rest.data, len }, op))
                continue;
            *name = (struct span){ word.data, at };
            *value = span_skip(rest, len);
            return true;
        }
    }
    return false;
}

static int find_field(struct span name, uint32_t *field, struct error *err)
{
    return value_named(rule_field_names, "field", false, name, field, err);
}

static int read_text(struct span text, struct rule_field *field)
{
    field->text = text;
    field->value = (uint32_t)text.len;
    return 0;
}

static int read_value(const struct rule_world *world, struct span text, struct rule_field *field,
                      struct error *err)
{
    if (rule_field_is_text(field->field))
        return read_text(text, field);
    switch (field->field) {
    case AUDIT_UID:
    case AUDIT_EUID:
    case AUDIT_SUID:
    case AUDIT_FSUID:
    case AUDIT_LOGINUID:
    case AUDIT_OBJ_UID:
        return value_user(world, text, &field->value, err);
    case AUDIT_GID:
    case AUDIT_EGID:
    case AUDIT_SGID:
    case AUDIT_FSGID:
    case AUDIT_OBJ_GID:
        return value_group(world, text, &field->value, err);
    case AUDIT_EXIT:
        return value_exit(text, &field->value, err);
    case AUDIT_MSGTYPE:
        return value_record_type(text, &field->value, err);
    case AUDIT_ARCH:
        return value_arch(world, text, &field->value, err);
    case AUDIT_PERM:
        return value_perm(text, &field->value, err);
    case AUDIT_FILETYPE:
        return value_named(rule_file_types, "file type", false, text, &field->value, err);
    case AUDIT_FSTYPE:
        return value_named(rule_file_systems, "file system", true, text, &field->value, err);
    case AUDIT_SADDR_FAM:
        return value_family(text, &field->value, err);
    case AUDIT_SESSIONID:
        return value_session(text, &field->value, err);
    default:
        return value_number(text, field->field >= AUDIT_ARG0 && field->field <= AUDIT_ARG3,
                            &field->value, err);
    }
}

/* What fields before the others mean to those behind them. */
static void remember(struct draft *draft, const struct rule_field *field)
{
    switch (field->field) {
    case AUDIT_ARCH:
        draft->arch = field->value;
        break;
    case AUDIT_WATCH:
    case AUDIT_DIR:
    case AUDIT_PERM:
    case AUDIT_EXE:
    case AUDIT_FSTYPE:
        draft->has_target = true;
        break;
    default:
        break;
    }
}

/* What -F asks of the options before it. */
static int check_order(const struct draft *draft, uint32_t field, struct error *err)
{
    if (field == AUDIT_ARCH && draft->has_watch)
        return error_set(err, -EINVAL,
                         "a watch is for every arch: write -a always,exit -F arch=b64 -F path=... "
                         "-F perm=...");
    if (field == AUDIT_ARCH && draft->has_calls)
        return error_set(err, -EINVAL, "arch must stand before -S: it says whose calls they are");
    if (field == AUDIT_FILTERKEY && !(draft->has_calls || draft->has_watch || draft->has_target))
        return error_set(err, -EINVAL, "a key needs something to mark before it");
    return 0;
}

static int read_field(struct draft *draft, uint32_t op, struct span text, struct rule_field *field,
                      struct error *err)
{
    int status = 0;

    field->op = op;
    if (text.len == 0)
        status = error_set(err, -EINVAL, "a value is missing behind the operator");
    if (status == 0)
        status = check_order(draft, field->field, err);
    return status == 0 ? read_value(draft->world, text, field, err) : status;
}

int draft_field(struct draft *draft, struct span word, struct error *err)
{
    struct rule_field field = { 0 };
    struct span name, text;
    uint32_t op;
    int status;

    if (!draft->has_list)
        return error_set(err, -EINVAL, "-F %.*s: the list (-a) must stand before the field",
                         SHOWN(word));
    if (!cut_comparison(word, &name, &op, &text))
        return error_set(err, -EINVAL,
                         "-F %.*s: an operator is missing: = != < <= > >= & &=", SHOWN(word));
    if (name.len == 0)
        return error_set(err, -EINVAL, "-F %.*s: a field is missing before the operator",
                         SHOWN(word));
    status = find_field(name, &field.field, err);
    if (status == 0 && field.field == AUDIT_FILTERKEY && op == AUDIT_EQUAL)
        return draft_key(draft, text, err);
    if (status == 0)
        status = read_field(draft, op, text, &field, err);
    if (status != 0)
        return error_within(err, "-F %.*s", SHOWN(word));
    status = draft_add(draft, field, "-F", word, err);
    if (status == 0)
        remember(draft, &field);
    return status;
}

/* Reads "uid!=euid" into the pair the kernel knows. */
static int read_pair(struct span word, struct rule_field *field, struct error *err)
{
    struct span names[2];
    uint32_t fields[2];
    int status = 0;

    if (!cut_comparison(word, &names[0], &field->op, &names[1]))
        return error_set(err, -EINVAL, "an operator is missing: = or !=");
    if (field->op != AUDIT_EQUAL && field->op != AUDIT_NOT_EQUAL)
        return error_set(err, -EINVAL, "two fields are compared by = or != only");
    if (names[0].len == 0 || names[1].len == 0)
        return error_set(err, -EINVAL, "a field is missing %s the operator",
                         names[0].len == 0 ? "before" : "behind");
    for (size_t i = 0; status == 0 && i < 2; i++)
        status = find_field(names[i], &fields[i], err);
    if (status == 0 && !rule_pair_find(fields[0], fields[1], &field->value))
        return error_set(err, -EINVAL, "the kernel cannot compare %.*s with %.*s", SHOWN(names[0]),
                         SHOWN(names[1]));
    return status;
}

int draft_pair(struct draft *draft, struct span word, struct error *err)
{
    struct rule_field field = { .field = AUDIT_FIELD_COMPARE };

    if (!draft->has_list)
        return error_set(err, -EINVAL, "-C %.*s: the list (-a) must stand before the comparison",
                         SHOWN(word));
    if (read_pair(word, &field, err) != 0)
        return error_within(err, "-C %.*s", SHOWN(word));
    if (draft->rule.list != AUDIT_FILTER_EXIT && draft->rule.list != AUDIT_FILTER_URING_EXIT)
        return error_set(err, -EINVAL, "-C %.*s: fields are compared only on exit and io_uring",
                         SHOWN(word));
    return draft_add(draft, field, "-C", word, err);
}
