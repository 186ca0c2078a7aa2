#include "rules/spell.h"

#include "rules/rule_names.h"
#include "tables/archs.h"
#include "tables/errnos.h"
#include "tables/record_types.h"
#include "tables/syscalls.h"

static const struct span absent = { NULL, 0 };

/* The name, or the number where there is none. */
static void put_name(struct names names, uint32_t number, struct buffer *out)
{
    struct span name;

    if (names_text(names, number, &name))
        buffer_append(out, name);
    else
        buffer_decimal(out, number);
}

static void put_signed(uint32_t value, struct buffer *out)
{
    buffer_printf(out, "%d", (int)value);
}

void spell_list(uint32_t list, struct buffer *out)
{
    put_name(rule_lists, list, out);
}

void spell_action(uint32_t action, struct buffer *out)
{
    put_name(rule_actions, action, out);
}

void spell_operator(uint32_t op, struct buffer *out)
{
    struct span symbol;

    buffer_append(out, names_text(rule_operators, op, &symbol) ? symbol : SPAN("?"));
}

void spell_field(uint32_t field, struct buffer *out)
{
    struct span name;

    if (names_text(rule_field_names, field, &name))
        buffer_append(out, name);
    else
        buffer_printf(out, "f%u", field);
}

void spell_perm(uint32_t perm, struct buffer *out)
{
    if ((perm & AUDIT_PERM_READ) != 0)
        buffer_byte(out, 'r');
    if ((perm & AUDIT_PERM_WRITE) != 0)
        buffer_byte(out, 'w');
    if ((perm & AUDIT_PERM_EXEC) != 0)
        buffer_byte(out, 'x');
    if ((perm & AUDIT_PERM_ATTR) != 0)
        buffer_byte(out, 'a');
}

static void put_exit(uint32_t value, struct buffer *out)
{
    struct span name = (int)value < 0 ? errno_name(0 - value) : absent;

    if (name.data != NULL)
        buffer_printf(out, "-%.*s", SPAN_ARG(name));
    else
        put_signed(value, out);
}

static void put_record_type(uint32_t value, struct buffer *out)
{
    struct span name = value <= UINT16_MAX ? record_type_name((uint16_t)value) : absent;

    if (name.data != NULL)
        buffer_append(out, name);
    else
        buffer_decimal(out, value);
}

static uint32_t host_of(const struct spelling *spelling)
{
    return spelling->arch != 0 ? spelling->arch : arch_of_host();
}

static void put_arch(uint32_t arch, const struct spelling *spelling, struct buffer *out)
{
    uint32_t wide, narrow;
    bool is_wide = arch_of_bits(host_of(spelling), 64, &wide) && arch == wide;
    bool is_narrow = arch_of_bits(host_of(spelling), 32, &narrow) && arch == narrow;
    struct span name = arch_name(arch);

    if ((is_wide || is_narrow) && !spelling->names)
        buffer_append(out, is_wide ? SPAN("b64") : SPAN("b32"));
    else if (name.data != NULL && arch != AUDIT_ARCH_ARMEB) /* whose name is read as arm's */
        buffer_append(out, name);
    else
        buffer_printf(out, "0x%X", arch);
}

void spell_value(const struct rule_field *field, const struct spelling *spelling,
                 struct buffer *out)
{
    bool is_lower = spelling->names && spelling->one_call;

    switch (field->field) {
    case AUDIT_ARCH:
        put_arch(field->value, spelling, out);
        return;
    case AUDIT_MSGTYPE:
        put_record_type(field->value, out);
        return;
    case AUDIT_PERM:
        spell_perm(field->value, out);
        return;
    case AUDIT_EXIT:
        put_exit(field->value, out);
        return;
    case AUDIT_FILETYPE:
        put_name(rule_file_types, field->value, out);
        return;
    case AUDIT_FSTYPE:
        put_name(rule_file_systems, field->value, out);
        return;
    case AUDIT_UID:
    case AUDIT_EUID:
    case AUDIT_SUID:
    case AUDIT_FSUID:
    case AUDIT_OBJ_UID:
        put_signed(field->value, out);
        return;
    case AUDIT_ARG0:
    case AUDIT_ARG1:
    case AUDIT_ARG2:
    case AUDIT_ARG3:
        buffer_printf(out, is_lower ? "0x%x" : "0x%X", field->value);
        return;
    case AUDIT_LOGINUID:
    case AUDIT_SESSIONID:
        if (field->value == UINT32_MAX && spelling->names)
            buffer_append(out, SPAN("unset"));
        else
            put_signed(field->value, out);
        return;
    default: /* auditctl prints these with a sign, too, but reads none */
        buffer_decimal(out, field->value);
    }
}

void spell_call(uint32_t list, uint32_t arch, uint32_t number, struct buffer *out)
{
    struct span name;

    if (list == AUDIT_FILTER_URING_EXIT) {
        put_name(rule_uring_operations, number, out);
        return;
    }
    name = syscall_name(arch, number);
    if (name.data != NULL)
        buffer_append(out, name);
    else
        buffer_decimal(out, number);
}

uint32_t spell_calls_arch(const struct rule *rule, const struct spelling *spelling)
{
    uint32_t arch = host_of(spelling);

    for (uint32_t i = 0; i < rule->field_count; i++)
        if (rule->fields[i].field == AUDIT_ARCH)
            arch = rule->fields[i].value;
    return arch;
}
