#include "rules/value.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/nearest.h"
#include "rules/rule_names.h"
#include "tables/archs.h"
#include "tables/errnos.h"
#include "tables/flags.h"
#include "tables/record_types.h"

enum {
    ERRNO_LAST = 133,  /* ERFKILL is 132, EHWPOISON 133 */
    NAME_LONGEST = 256 /* bytes of a user's name, with its end */
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static char upper(char byte)
{
    return byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
}

struct span lower_case(char room[LOWER_LONGEST], struct span text)
{
    size_t len = text.len < LOWER_LONGEST ? text.len : LOWER_LONGEST;

    for (size_t i = 0; i < len; i++)
        room[i] = lower(text.data[i]);
    return (struct span){ room, len };
}

struct span upper_case(char room[LOWER_LONGEST], struct span text)
{
    size_t len = text.len < LOWER_LONGEST ? text.len : LOWER_LONGEST;

    for (size_t i = 0; i < len; i++)
        room[i] = upper(text.data[i]);
    return (struct span){ room, len };
}

static bool size_find(struct span text, uint64_t *size)
{
    if (span_starts(text, SPAN("0x")) || span_starts(text, SPAN("0X")))
        return span_hex(span_skip(text, 2), size);
    if (text.len > 1 && text.data[0] == '0')
        return span_octal(text, size);
    return span_decimal(text, size);
}

bool number_find(struct span text, int64_t *number)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    uint64_t size;

    if (!size_find(negative ? span_skip(text, 1) : text, &size) || size > INT64_MAX)
        return false;
    *number = negative ? -(int64_t)size : (int64_t)size;
    return true;
}

/* Whether somebody meant a number, good or bad. */
static bool is_numeric(struct span text)
{
    size_t sign = text.len > 1 && text.data[0] == '-';

    return text.len > sign && text.data[sign] >= '0' && text.data[sign] <= '9';
}

int value_number(struct span text, bool may_be_negative, uint32_t *value, struct error *err)
{
    int64_t number;

    if (!number_find(text, &number))
        return error_set(err, -EINVAL, "'%.*s' is no number", SHOWN(text));
    if (number < 0 && !may_be_negative)
        return error_set(err, -EINVAL, "'%.*s' is negative", SHOWN(text));
    if (number < INT32_MIN || number > UINT32_MAX)
        return error_set(err, -EINVAL, "'%.*s' is too large: the kernel compares 32 bits",
                         SHOWN(text));
    *value = (uint32_t)number;
    return 0;
}

static bool host_user(void *context, struct span name, uint32_t *id)
{
    char text[NAME_LONGEST], room[16384];
    struct passwd entry, *found = NULL;

    (void)context;
    if (name.len >= sizeof text)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    if (getpwnam_r(text, &entry, room, sizeof room, &found) != 0 || found == NULL)
        return false;
    *id = entry.pw_uid;
    return true;
}

static bool host_group(void *context, struct span name, uint32_t *id)
{
    char text[NAME_LONGEST], room[65536];
    struct group entry, *found = NULL;

    (void)context;
    if (name.len >= sizeof text)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    if (getgrnam_r(text, &entry, room, sizeof room, &found) != 0 || found == NULL)
        return false;
    *id = entry.gr_gid;
    return true;
}

int value_user(const struct rule_world *world, struct span text, uint32_t *value, struct error *err)
{
    if (is_numeric(text))
        return value_number(text, true, value, err);
    if (span_equal(text, SPAN("unset"))) {
        *value = UINT32_MAX;
        return 0;
    }
    if (!(world->find_user != NULL ? world->find_user : host_user)(world->context, text, value))
        return error_set(err, -EINVAL, "unknown user '%.*s'", SHOWN(text));
    return 0;
}

int value_group(const struct rule_world *world, struct span text, uint32_t *value,
                struct error *err)
{
    if (is_numeric(text))
        return value_number(text, false, value, err);
    if (!(world->find_group != NULL ? world->find_group : host_group)(world->context, text, value))
        return error_set(err, -EINVAL, "unknown group '%.*s'", SHOWN(text));
    return 0;
}

static struct span errno_candidate(const void *context, size_t index)
{
    (void)context;
    return errno_name((uint32_t)index + 1);
}

static int refuse_errno(struct span text, struct span name, struct error *err)
{
    struct span near = nearest_name(name, errno_candidate, NULL, ERRNO_LAST);

    if (near.data == NULL)
        return error_set(err, -EINVAL, "unknown errno '%.*s'", SHOWN(text));
    return error_set(err, -EINVAL, "unknown errno '%.*s' (did you mean '%.*s'?)", SHOWN(text),
                     SPAN_ARG(near));
}

static struct span family_candidate(const void *context, size_t index)
{
    (void)context;
    return family_name((uint32_t)index + 1);
}

static int refuse_family(struct span text, struct span name, struct error *err)
{
    struct span near = nearest_name(name, family_candidate, NULL, AF_MAX - 1);

    if (near.data == NULL)
        return error_set(err, -EINVAL, "unknown address family '%.*s'", SHOWN(text));
    return error_set(err, -EINVAL, "unknown address family '%.*s' (did you mean '%.*s'?)",
                     SHOWN(text), SPAN_ARG(near));
}

int value_exit(struct span text, uint32_t *value, struct error *err)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    char room[LOWER_LONGEST];
    struct span name;
    uint32_t number;

    if (is_numeric(text))
        return value_number(text, true, value, err);
    name = upper_case(room, negative ? span_skip(text, 1) : text);
    if (!errno_find(name, &number))
        return refuse_errno(text, name, err);
    *value = negative ? -number : number;
    return 0;
}

int value_record_type(struct span text, uint32_t *value, struct error *err)
{
    char room[LOWER_LONGEST];
    struct span name = upper_case(room, text), near;
    uint16_t type;

    if (is_numeric(text))
        return value_number(text, false, value, err);
    if (record_type_find(name, &type)) {
        *value = type;
        return 0;
    }
    near = record_type_nearest(name);
    if (near.data == NULL)
        return error_set(err, -EINVAL, "unknown record type '%.*s'", SHOWN(text));
    return error_set(err, -EINVAL, "unknown record type '%.*s' (did you mean '%.*s'?)", SHOWN(text),
                     SPAN_ARG(near));
}

int value_family(struct span text, uint32_t *value, struct error *err)
{
    char room[LOWER_LONGEST];
    uint32_t family = 0;

    if (is_numeric(text)) {
        int status = value_number(text, false, &family, err);

        if (status != 0)
            return status;
    } else if (!family_find(lower_case(room, text), &family)) {
        return refuse_family(text, lower_case(room, text), err);
    }
    if (family >= AF_MAX)
        return error_set(err, -EINVAL, "address family '%.*s' is too large: the last is %d",
                         SHOWN(text), AF_MAX - 1);
    *value = family;
    return 0;
}

int value_session(struct span text, uint32_t *value, struct error *err)
{
    if (span_equal(text, SPAN("unset"))) {
        *value = UINT32_MAX;
        return 0;
    }
    return value_number(text, true, value, err);
}

int value_perm(struct span text, uint32_t *value, struct error *err)
{
    uint32_t all = 0;

    for (size_t i = 0; i < text.len; i++) {
        char letter = lower(text.data[i]);
        uint32_t bit;

        if (!perm_find((struct span){ &letter, 1 }, &bit))
            return error_set(err, -EINVAL, "permissions are letters of 'rwxa'");
        all |= bit;
    }
    if (text.len == 0 || text.len > 4)
        return error_set(err, -EINVAL, "permissions are one to four letters of 'rwxa'");
    *value = all;
    return 0;
}

int value_named(struct names names, const char *what, bool may_be_number, struct span text,
                uint32_t *value, struct error *err)
{
    char room[LOWER_LONGEST];
    struct span name = lower_case(room, text), near;

    if (may_be_number && is_numeric(text))
        return value_number(text, false, value, err);
    if (names_number(names, name, value))
        return 0;
    near = names_nearest(names, name);
    if (near.data == NULL)
        return error_set(err, -EINVAL, "unknown %s '%.*s'", what, SHOWN(text));
    return error_set(err, -EINVAL, "unknown %s '%.*s' (did you mean '%.*s'?)", what, SHOWN(text),
                     SPAN_ARG(near));
}

static int arch_of_host_bits(const struct rule_world *world, unsigned bits, uint32_t *value,
                             struct error *err)
{
    uint32_t own = world->arch != 0 ? world->arch : arch_of_host();

    if (arch_of_bits(own, bits, value))
        return 0;
    return error_set(err, -EINVAL, "%.*s has no calls of %u bits", SPAN_ARG(arch_name(own)), bits);
}

int value_arch(const struct rule_world *world, struct span text, uint32_t *value, struct error *err)
{
    char room[LOWER_LONGEST];
    struct span name = lower_case(room, text);
    uint64_t number;

    if (span_equal(name, SPAN("b64")) || span_equal(name, SPAN("b32")))
        return arch_of_host_bits(world, name.data[1] == '6' ? 64 : 32, value, err);
    if (span_equal(name, SPAN("armeb"))) { /* so libaudit calls arm; the other one has its number */
        *value = AUDIT_ARCH_ARM;
        return 0;
    }
    if (arch_find(name, value))
        return 0;
    if ((!is_numeric(text) || !size_find(text, &number)) && !span_hex(text, &number))
        return error_set(err, -EINVAL, "unknown architecture '%.*s'", SHOWN(text));
    if (number > UINT32_MAX || arch_name((uint32_t)number).data == NULL)
        return error_set(err, -EINVAL, "no architecture has the number '%.*s'", SHOWN(text));
    *value = (uint32_t)number;
    return 0;
}
