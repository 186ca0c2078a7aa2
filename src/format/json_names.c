#include "format/json_quick.h"
#include "format/json_writer.h"

#include "tables/syscalls.h"

/* ,"AUID": with room for a memo's text behind it. */
static inline char *put_upper(struct json_writer *writer, char *at, const struct field *field)
{
    at = json_room(writer, at, JSON_QUICK_ROOM + MEMO_ROOM + JSON_SLACK);

    char *after = quick_upper(at, field_name(field));

    if (after != NULL)
        return after;

    struct span upper = field_info(field->id)->upper;

    *at++ = ',';
    *at++ = '"';
    at = json_put_plain(at, upper);
    return json_put_plain(at, SPAN("\":"));
}

/* Finds the name of the id and writes it out into the memo; false when it does not fit there. */
static bool keep_name(struct json_writer *writer, struct json_memo *memo, const struct field *field,
                      bool is_group, struct span *name)
{
    struct span digits = field_value(field);
    uint32_t id;

    *name = (struct span){ NULL, 0 };
    if (interpret_id(field, &id) &&
        !interpret_id_name(writer->context->resolver, &writer->event->arena, is_group, id, name))
        *name = (struct span){ NULL, 0 };

    char text[JSON_GROWTH * MEMO_ROOM + JSON_SLACK];
    size_t text_len = 0;

    if (digits.len > sizeof memo->digits || name->len > MEMO_ROOM)
        return false;
    if (name->data != NULL)
        text_len = (size_t)(json_put_string(text, *name) - text);
    if (text_len > MEMO_ROOM)
        return false;
    memcpy(memo->digits, digits.data, digits.len);
    memo->digits_len = (uint32_t)digits.len;
    memcpy(memo->text, text, text_len);
    memo->text_len = (uint32_t)text_len;
    return true;
}

static char *put_owner(struct json_writer *writer, char *at, struct json_memo *memo,
                       const struct field *field)
{
    bool is_group = memo == &writer->groups;
    struct span name;

    if (!quick_same(field_value(field), memo->digits, memo->digits_len) &&
        !keep_name(writer, memo, field, is_group, &name)) {
        if (name.data == NULL)
            return at;
        at = put_upper(writer, at, field);
        at = json_room(writer, at, JSON_GROWTH * name.len + JSON_SLACK);
        return json_put_string(at, name);
    }
    if (memo->text_len == 0)
        return at;
    at = put_upper(writer, at, field);
    memcpy(at, memo->text, MEMO_ROOM);
    return at + memo->text_len;
}

static char *put_table_name(struct json_writer *writer, char *at, const struct field *field,
                            struct span name)
{
    if (name.len == 0)
        return at;
    at = put_upper(writer, at, field);
    at = json_room(writer, at, name.len + JSON_SLACK);
    *at++ = '"';
    at = json_put_plain(at, name);
    *at++ = '"';
    return at;
}

static struct span name_of_arch(const struct field *field)
{
    uint64_t arch;

    if (!span_hex(field_value(field), &arch) || arch > UINT32_MAX)
        return (struct span){ NULL, 0 };
    return arch_name((uint32_t)arch);
}

static struct span name_of_syscall(const struct field *field, const struct field *arch_field)
{
    uint64_t arch, number;

    if (arch_field == NULL || !span_hex(field_value(arch_field), &arch) || arch > UINT32_MAX ||
        !span_decimal(field_value(field), &number) || number > UINT32_MAX)
        return (struct span){ NULL, 0 };
    return syscall_name((uint32_t)arch, (uint32_t)number);
}

char *json_twin(struct json_writer *writer, char *at, const struct field *field,
                const struct field *arch)
{
    switch ((enum json_name)json_keys[field->id].name) {
    case NAME_USER:
        return put_owner(writer, at, field->id == FIELD_AUID ? &writer->logins : &writer->users,
                         field);
    case NAME_GROUP:
        return put_owner(writer, at, &writer->groups, field);
    case NAME_ARCH:
        return put_table_name(writer, at, field, name_of_arch(field));
    case NAME_SYSCALL:
        return put_table_name(writer, at, field, name_of_syscall(field, arch));
    case NAME_NONE:
        break;
    }
    return at;
}

char *json_named(struct json_writer *writer, char *at, const struct record *record,
                 const struct field *field)
{
    struct span name;

    if (!interpret_name(writer->context->resolver, writer->event, record, field, &name))
        return at;
    return json_member_text(writer, at, field_info(field->id)->upper, name);
}
