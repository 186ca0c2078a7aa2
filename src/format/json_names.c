#include "format/json_writer.h"

#include "tables/syscalls.h"

/* ,"AUID": */
static inline char *put_upper(char *at, uint16_t id)
{
    memcpy(at, json_upper_keys[id], sizeof json_upper_keys[id]);
    return at + json_keys[id].len;
}

static inline struct format_name *kept_of(struct json_writer *writer, enum json_role role)
{
    return &writer->names[role - ROLE_LOGIN];
}

/* Finds the name of the id and keeps what is written for it; false when it is too long. */
__attribute__((noinline)) static bool keep_name(struct json_writer *writer, enum json_role role,
                                                const struct field *field, struct span *name)
{
    struct format_name *kept = kept_of(writer, role);
    struct span digits = field_value(field);
    char json[JSON_GROWTH * sizeof kept->json + JSON_SLACK] = { 0 };
    size_t len = 0;
    uint32_t id;

    *name = (struct span){ NULL, 0 };
    if (interpret_id(field, &id) &&
        !interpret_id_name(writer->context->resolver, &writer->event->arena, role == ROLE_GROUP, id,
                           name))
        *name = (struct span){ NULL, 0 };
    if (digits.len > sizeof kept->digits || name->len > sizeof kept->json)
        return false;
    if (name->data != NULL)
        len = (size_t)(json_put_string(json, *name) - json);
    if (len > sizeof kept->json)
        return false;
    memcpy(kept->digits, digits.data, digits.len);
    memcpy(kept->json, json, sizeof kept->json);
    kept->digits_len = (uint32_t)digits.len;
    kept->json_len = (uint32_t)len;
    return true;
}

static inline bool is_kept(const struct format_name *kept, struct span digits)
{
    return digits.len == kept->digits_len &&
           block_leading(block_same(block_load(digits.data), block_load(kept->digits))) >=
               digits.len;
}

static inline char *put_owner(struct json_writer *writer, char *at, enum json_role role,
                              const struct field *field)
{
    const struct format_name *kept = kept_of(writer, role);
    struct span name;

    if (!is_kept(kept, field_value(field)) && !keep_name(writer, role, field, &name))
        return name.data != NULL ? json_member_text(writer, at, field_info(field->id)->upper, name)
                                 : at;
    if (kept->json_len == 0)
        return at;
    at = json_room(writer, at, sizeof *json_upper_keys + sizeof kept->json);
    at = put_upper(at, field->id);
    memcpy(at, kept->json, sizeof kept->json);
    return at + kept->json_len;
}

static char *put_table_name(struct json_writer *writer, char *at, uint16_t id, struct span name)
{
    if (name.len == 0)
        return at;
    at = json_room(writer, at, sizeof *json_upper_keys + name.len + 2);
    at = put_upper(at, id);
    *at++ = '"';
    at = json_put_plain(at, name);
    *at++ = '"';
    return at;
}

/* 0, which is no architecture, when the record has none that can be read. */
static uint32_t read_arch(const struct field *field)
{
    uint64_t value;

    if (field == NULL || !span_hex(field_value(field), &value) || value > UINT32_MAX)
        return 0;
    return (uint32_t)value;
}

static struct span name_of_syscall(const struct field *field, uint32_t arch)
{
    uint64_t number;

    if (!span_decimal(field_value(field), &number) || number > UINT32_MAX)
        return (struct span){ NULL, 0 };
    return syscall_name(arch, (uint32_t)number);
}

char *json_put_twins(struct json_writer *writer, char *at, const struct json_twins *twins)
{
    uint32_t arch = read_arch(twins->arch);

    for (uint32_t i = 0; i < twins->count; i++) {
        const struct field *field = twins->fields[i];
        enum json_role role = (enum json_role)json_keys[field->id].role;

        if (role <= ROLE_GROUP)
            at = put_owner(writer, at, role, field);
        else
            at = put_table_name(writer, at, field->id,
                                role == ROLE_ARCH ? arch_name(arch) : name_of_syscall(field, arch));
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
