#include "interpret/interpret.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "interpret/mode.h"
#include "tables/errnos.h"
#include "tables/flags.h"
#include "tables/syscalls.h"

enum { PRINTED_MOST = 512 /* bytes of a name that is printed */ };

static const uint32_t unset_id = UINT32_MAX;

static struct span print(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);

static struct span print(struct arena *arena, const char *format, ...)
{
    char *text = arena_alloc(arena, PRINTED_MOST);
    va_list args;

    va_start(args, format);
    int len = vsnprintf(text, PRINTED_MOST, format, args);
    va_end(args);

    size_t used = len < 0 ? 0 : len < PRINTED_MOST ? (size_t)len : PRINTED_MOST - 1;

    arena_trim(arena, text, used);
    return (struct span){ text, used };
}

bool interpret_id(const struct field *field, uint32_t *id)
{
    int64_t value;

    if (!span_integer(field_value(field), &value) || value < -1 || value > UINT32_MAX)
        return false;
    *id = (uint32_t)value;
    return true;
}

bool interpret_id_name(const struct resolver *resolver, struct arena *arena, bool is_group,
                       uint32_t id, struct span *name)
{
    if (id == unset_id) {
        *name = SPAN("unset");
        return true;
    }
    if ((is_group ? resolver->group : resolver->user)(resolver->context, id, name))
        return true;
    if (!resolver->says_unknown)
        return false;
    *name = print(arena, "unknown(%u)", id);
    return true;
}

bool interpret_arch(const struct record *record, uint32_t *arch)
{
    const struct field *field = record_field(record, FIELD_ARCH);
    uint64_t value;

    if (field == NULL || !span_hex(field_value(field), &value) || value > UINT32_MAX)
        return false;
    *arch = (uint32_t)value;
    return true;
}

static struct span name_of_syscall(const struct record *record, struct span value)
{
    uint32_t arch;
    uint64_t number;

    if (!interpret_arch(record, &arch) || !span_decimal(value, &number) || number > UINT32_MAX)
        return (struct span){ NULL, 0 };
    return syscall_name(arch, (uint32_t)number);
}

static struct span name_of_errno(struct span value, bool positive_too)
{
    int64_t number;

    if (!span_integer(value, &number) || number == 0 || number < -4095 || number > 4095)
        return (struct span){ NULL, 0 };
    if (number > 0 && !positive_too)
        return (struct span){ NULL, 0 };
    return errno_name((uint32_t)(number < 0 ? -number : number));
}

static struct span name_of_result(struct span value)
{
    if (span_equal(value, SPAN("1")))
        return SPAN("success");
    if (span_equal(value, SPAN("0")))
        return SPAN("failed");
    return (struct span){ NULL, 0 };
}

static struct span name_of_mode(struct arena *arena, struct span value)
{
    uint64_t mode;

    if (!span_octal(value, &mode) || mode > UINT32_MAX)
        return (struct span){ NULL, 0 };

    char *text = arena_alloc(arena, MODE_ROOM);
    size_t len = mode_write((uint32_t)mode, text);

    arena_trim(arena, text, len);
    return (struct span){ text, len };
}

static struct span name_of_capabilities(struct arena *arena, struct span value)
{
    uint64_t bits;

    return span_hex(value, &bits) ? capabilities_text(arena, bits) : (struct span){ NULL, 0 };
}

static struct span name_of_sockaddr(struct arena *arena, struct span value)
{
    struct address address;

    if (interpret_sockaddr(arena, value, &address) < 0 || address.family.len == 0)
        return (struct span){ NULL, 0 };

    struct span family = address.family;

    if (span_equal(family, SPAN("unix")))
        return print(arena, "saddr_fam=local path=%.*s", SPAN_ARG(address.path));
    if (address.ip.len > 0 && address.scope != 0)
        return print(arena, "saddr_fam=%.*s laddr=%.*s%%%u lport=%u", SPAN_ARG(family),
                     SPAN_ARG(address.ip), address.scope, address.port);
    if (address.ip.len > 0)
        return print(arena, "saddr_fam=%.*s laddr=%.*s lport=%u", SPAN_ARG(family),
                     SPAN_ARG(address.ip), address.port);
    if (span_equal(family, SPAN("netlink")))
        return print(arena, "saddr_fam=netlink nlnk-fam=%u nlnk-pid=%u", address.family_number,
                     address.pid);
    if (span_equal(family, SPAN("vsock")))
        return print(arena, "saddr_fam=vsock cid=%u port=%u", address.cid, address.port);
    if (span_equal(family, SPAN("packet")))
        return print(arena, "saddr_fam=packet interface=%u protocol=0x%04x hardware=%.*s",
                     address.interface, address.protocol, SPAN_ARG(address.hardware));
    return print(arena, "saddr_fam=%.*s", SPAN_ARG(family));
}

/* Names of numbers that need neither the record nor the arena. */
static struct span name_of_number(enum field_kind kind, struct span value)
{
    uint64_t number;

    if (kind == KIND_SECCOMP)
        return interpret_hex(value, &number) ? seccomp_name((uint32_t)number)
                                             : (struct span){ NULL, 0 };
    if (!span_decimal(value, &number) || number > UINT32_MAX)
        return (struct span){ NULL, 0 };
    switch (kind) {
    case KIND_SIGNAL:
        return signal_name((uint32_t)number);
    case KIND_CAPABILITY:
        return capability_name((uint32_t)number);
    case KIND_LIST:
        return filter_list_name((uint32_t)number);
    case KIND_SESSION:
        return number == unset_id ? SPAN("unset") : (struct span){ NULL, 0 };
    default:
        return (struct span){ NULL, 0 };
    }
}

bool interpret_hex(struct span value, uint64_t *number)
{
    if (span_starts(value, SPAN("0x")))
        value = span_skip(value, 2);
    return span_hex(value, number);
}

static struct span name_of_perm(struct span value)
{
    uint64_t number;
    uint32_t bits;

    if (span_decimal(value, &number))
        return number <= UINT32_MAX ? perm_names((uint32_t)number) : (struct span){ NULL, 0 };
    return perm_find(value, &bits) ? perm_names(bits) : (struct span){ NULL, 0 };
}

static struct span name_of_value(struct event *event, const struct record *record,
                                 const struct field *field, enum field_kind kind)
{
    struct span value = field_value(field);
    uint64_t number;

    switch (kind) {
    case KIND_ARCH:
        return span_hex(value, &number) && number <= UINT32_MAX ? arch_name((uint32_t)number)
                                                                : (struct span){ NULL, 0 };
    case KIND_SYSCALL:
        return name_of_syscall(record, value);
    case KIND_EXIT:
        return name_of_errno(value, false);
    case KIND_ERRNO:
        return name_of_errno(value, true);
    case KIND_RESULT:
        return name_of_result(value);
    case KIND_MODE:
        return name_of_mode(&event->arena, value);
    case KIND_PERM:
        return name_of_perm(value);
    case KIND_CAP_SET:
        return name_of_capabilities(&event->arena, value);
    case KIND_SOCKADDR:
        return name_of_sockaddr(&event->arena, value);
    case KIND_SESSION:
        return span_equal(value, SPAN("-1")) ? SPAN("unset") : name_of_number(kind, value);
    default:
        return name_of_number(kind, value);
    }
}

/*
 * auditd names all fields in their order, those of msg='...' too: the n-th field of a name has the
 * n-th of its names. Where there are more of the one than of the other, nobody knows which is
 * whose.
 */
static const struct field *tail_of_nested(const struct record *record, const struct field *field)
{
    const struct field *found = NULL;
    uint32_t place = 0, fields = 0, names = 0;

    for (uint32_t i = 0; i < record->kernel_count; i++) {
        if (&record->fields[i] == field)
            place = fields;
        fields += record->fields[i].id == field->id;
    }
    for (uint32_t i = record->kernel_count; i < record->field_count; i++) {
        if (record->fields[i].id != field->id)
            continue;
        if (names == place)
            found = &record->fields[i];
        names++;
    }
    return names == fields ? found : NULL;
}

bool interpret_name(const struct resolver *resolver, struct event *event,
                    const struct record *record, const struct field *field, struct span *name)
{
    if (field->id >= FIELD_COUNT)
        return false;

    enum field_kind kind = field_info(field->id)->kind;
    uint32_t id;

    if (record->kernel_count < record->field_count) {
        const struct field *tail = field->flags & FIELD_IS_NESTED ? tail_of_nested(record, field)
                                                                  : record_tail(record, field->id);

        if (tail != NULL) {
            *name = field_value(tail);
            return true;
        }
    }
    if (kind == KIND_UID || kind == KIND_GID)
        return interpret_id(field, &id) &&
               interpret_id_name(resolver, &event->arena, kind == KIND_GID, id, name);
    *name = name_of_value(event, record, field, kind);
    return name->len > 0;
}
