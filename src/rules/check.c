#include "rules/check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "rules/rule_names.h"

enum {
    TASK = 1 << AUDIT_FILTER_TASK,
    EXIT = 1 << AUDIT_FILTER_EXIT,
    USER = 1 << AUDIT_FILTER_USER,
    EXCLUDE = 1 << AUDIT_FILTER_EXCLUDE,
    FILESYSTEM = 1 << AUDIT_FILTER_FS,
    URING = 1 << AUDIT_FILTER_URING_EXIT,

    SYSCALLS = TASK | EXIT | USER,       /* with or without io_uring */
    OBJECTS = EXIT | URING,              /* where something was done to something */
    ACTORS = SYSCALLS | EXCLUDE | URING, /* where somebody did something */

    TEXTS_LONGEST = 7914 /* bytes of all texts of a rule: what a message of libaudit's holds */
};

enum comparison { EQUAL, EITHER, ORDER, BITS };

/* Places of each field, and the strongest comparison: each includes those before it. */
static const struct {
    uint16_t field;
    uint8_t comparison;
    uint8_t lists;
    uint32_t feature; /* needed beyond the lists msgtype has */
} places[] = {
    { AUDIT_PID, ORDER, ACTORS, 0 },
    { AUDIT_UID, ORDER, ACTORS, 0 },
    { AUDIT_GID, ORDER, ACTORS, 0 },
    { AUDIT_LOGINUID, ORDER, ACTORS, 0 },
    { AUDIT_SUBJ_USER, EITHER, ACTORS, 0 },
    { AUDIT_SUBJ_ROLE, EITHER, ACTORS, 0 },
    { AUDIT_SUBJ_TYPE, EITHER, ACTORS, 0 },
    { AUDIT_SUBJ_SEN, ORDER, ACTORS, 0 },
    { AUDIT_SUBJ_CLR, ORDER, ACTORS, 0 },
    { AUDIT_EXE, EITHER, ACTORS, AUDIT_FEATURE_BITMAP_EXECUTABLE_PATH },
    { AUDIT_MSGTYPE, ORDER, USER | EXCLUDE, 0 },
    { AUDIT_EUID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_SUID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_FSUID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_EGID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_SGID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_FSGID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_OBJ_UID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_OBJ_GID, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_PERS, BITS, SYSCALLS | URING, 0 },
    { AUDIT_ARCH, EITHER, SYSCALLS, 0 },
    { AUDIT_ARG0, BITS, SYSCALLS | URING, 0 },
    { AUDIT_ARG1, BITS, SYSCALLS | URING, 0 },
    { AUDIT_ARG2, BITS, SYSCALLS | URING, 0 },
    { AUDIT_ARG3, BITS, SYSCALLS | URING, 0 },
    { AUDIT_FIELD_COMPARE, EITHER, SYSCALLS | URING, 0 },
    { AUDIT_SADDR_FAM, ORDER, SYSCALLS | URING, 0 },
    { AUDIT_SESSIONID, ORDER, EXIT | USER | URING, AUDIT_FEATURE_BITMAP_SESSIONID_FILTER },
    { AUDIT_PPID, ORDER, OBJECTS, 0 },
    { AUDIT_OBJ_USER, EITHER, OBJECTS, 0 },
    { AUDIT_OBJ_ROLE, EITHER, OBJECTS, 0 },
    { AUDIT_OBJ_TYPE, EITHER, OBJECTS, 0 },
    { AUDIT_OBJ_LEV_LOW, ORDER, OBJECTS, 0 },
    { AUDIT_OBJ_LEV_HIGH, ORDER, OBJECTS, 0 },
    { AUDIT_DEVMAJOR, ORDER, OBJECTS, 0 },
    { AUDIT_DEVMINOR, BITS, OBJECTS, 0 },
    { AUDIT_INODE, EITHER, OBJECTS, 0 },
    { AUDIT_EXIT, ORDER, OBJECTS, 0 },
    { AUDIT_SUCCESS, ORDER, OBJECTS, 0 },
    { AUDIT_WATCH, EQUAL, OBJECTS, 0 },
    { AUDIT_DIR, EQUAL, OBJECTS, 0 },
    { AUDIT_FILETYPE, EITHER, OBJECTS, 0 },
    { AUDIT_PERM, EQUAL, EXIT, 0 },
    { AUDIT_FSTYPE, EITHER, FILESYSTEM, AUDIT_FEATURE_BITMAP_FILTER_FS },
    { AUDIT_FILTERKEY, EITHER, SYSCALLS | FILESYSTEM | URING, 0 },
};

enum { PLACES = sizeof places / sizeof places[0] };

/* PLACES when the field is unknown. */
static size_t place_of(uint32_t field)
{
    size_t i = 0;

    while (i < PLACES && places[i].field != field)
        i++;
    return i;
}

/* Writes "exit, user and io_uring". */
static void describe_lists(unsigned lists, char *out, size_t room)
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < rule_lists.count; i++) {
        unsigned bit = 1U << rule_lists.entries[i].number;

        if ((lists & bit) == 0)
            continue;
        lists &= ~bit;
        len += (size_t)snprintf(out + len, room - len, "%s%s",
                                len == 0     ? ""
                                : lists != 0 ? ", "
                                             : " and ",
                                rule_lists.entries[i].text);
    }
}

static struct span name_of(struct names names, uint32_t number)
{
    struct span name = SPAN("?");

    names_text(names, number, &name);
    return name;
}

int check_list(uint32_t list, uint32_t features, struct error *err)
{
    if (list == AUDIT_FILTER_FS && (features & AUDIT_FEATURE_BITMAP_FILTER_FS) == 0)
        return error_set(err, -EINVAL, "this kernel has no filesystem list (Linux 4.15 has)");
    return 0;
}

int check_field(uint32_t field, uint32_t list, uint32_t features, struct error *err)
{
    size_t place = place_of(field);
    char lists[128];

    if (place == PLACES)
        return error_set(err, -EINVAL, "no rule can hold field %u", field);
    if ((places[place].lists & 1U << list) == 0) {
        describe_lists(places[place].lists, lists, sizeof lists);
        return error_set(err, -EINVAL, "%.*s cannot be used on the %.*s list, only on %s",
                         SPAN_ARG(name_of(rule_field_names, field)),
                         SPAN_ARG(name_of(rule_lists, list)), lists);
    }
    if (places[place].feature != 0 && (features & places[place].feature) == 0)
        return error_set(err, -EINVAL, "this kernel does not know the field %.*s",
                         SPAN_ARG(name_of(rule_field_names, field)));
    if (list == AUDIT_FILTER_EXCLUDE && field != AUDIT_MSGTYPE &&
        (features & AUDIT_FEATURE_BITMAP_EXCLUDE_EXTEND) == 0)
        return error_set(err, -EINVAL, "on this kernel's exclude list only msgtype can be used");
    return 0;
}

static enum comparison comparison_of(uint32_t op)
{
    switch (op) {
    case AUDIT_EQUAL:
        return EQUAL;
    case AUDIT_NOT_EQUAL:
        return EITHER;
    case AUDIT_BIT_MASK:
    case AUDIT_BIT_TEST:
        return BITS;
    default:
        return ORDER;
    }
}

int check_operator(uint32_t field, uint32_t op, struct error *err)
{
    static const char *const allowed[] = { "=", "= and !=", "=, !=, <, <=, > and >=", "any" };
    size_t place = place_of(field);

    if (place == PLACES || comparison_of(op) <= places[place].comparison)
        return 0;
    return error_set(err, -EINVAL, "%.*s takes the operators %s, not %.*s",
                     SPAN_ARG(name_of(rule_field_names, field)), allowed[places[place].comparison],
                     SPAN_ARG(name_of(rule_operators, op)));
}

/* A path as the kernel wants it. */
static int check_path(const struct rule_field *field, struct error *err)
{
    struct span path = field->text, name = name_of(rule_field_names, field->field);

    if (path.len == 0 || path.data[0] != '/')
        return error_set(err, -EINVAL, "%.*s must be an absolute path: it begins with '/'",
                         SPAN_ARG(name));
    if (path.len >= PATH_MAX)
        return error_set(err, -EINVAL, "this path has %zu bytes: %d are the most", path.len,
                         PATH_MAX - 1);
    if (field->field != AUDIT_DIR && path.data[path.len - 1] == '/')
        return error_set(err, -EINVAL, "%.*s cannot end in '/': %s", SPAN_ARG(name),
                         field->field == AUDIT_WATCH ? "a directory is watched by dir"
                                                     : "it names a file");
    return 0;
}

static int check_unset(const struct rule_field *field, struct error *err)
{
    if (field->value != UINT32_MAX)
        return 0;
    if (field->field != AUDIT_LOGINUID)
        return error_set(err, -EINVAL, "%.*s is never unset: only auid and sessionid can be",
                         SPAN_ARG(name_of(rule_field_names, field->field)));
    if (comparison_of(field->op) > EITHER)
        return error_set(err, -EINVAL, "auid is unset or it is not: use = or !=");
    return 0;
}

/* Only keys that are all wanted stand in one field, parted. */
static int check_key(const struct rule_field *field, struct error *err)
{
    struct span key = field->text;

    if (key.len > RULE_KEYS_LONGEST)
        return error_set(err, -EINVAL, "this key has %zu bytes: %d are the most", key.len,
                         RULE_KEYS_LONGEST);
    if (field->op != AUDIT_EQUAL && memchr(key.data, RULE_KEY_SEPARATOR, key.len) != NULL)
        return error_set(err, -EINVAL, "byte 0x01 parts keys, and != takes one");
    return 0;
}

int check_value(const struct rule_field *field, struct error *err)
{
    switch (field->field) {
    case AUDIT_UID:
    case AUDIT_EUID:
    case AUDIT_SUID:
    case AUDIT_FSUID:
    case AUDIT_OBJ_UID:
    case AUDIT_GID:
    case AUDIT_EGID:
    case AUDIT_SGID:
    case AUDIT_FSGID:
    case AUDIT_OBJ_GID:
    case AUDIT_LOGINUID:
        return check_unset(field, err);
    case AUDIT_WATCH:
    case AUDIT_DIR:
    case AUDIT_EXE:
        return check_path(field, err);
    case AUDIT_FILTERKEY:
        return check_key(field, err);
    case AUDIT_FIELD_COMPARE:
        if (field->value == 0 || field->value > AUDIT_MAX_FIELD_COMPARE)
            return error_set(err, -EINVAL, "the kernel knows the pairs 1 to %d (see -C)",
                             AUDIT_MAX_FIELD_COMPARE);
        return 0;
    default:
        if (rule_field_is_text(field->field) && field->text.len > PATH_MAX)
            return error_set(err, -EINVAL, "this text has %zu bytes: %d are the most",
                             field->text.len, PATH_MAX);
        return 0;
    }
}

static bool is_place(uint32_t field)
{
    return field == AUDIT_WATCH || field == AUDIT_DIR || field == AUDIT_INODE;
}

int check_together(const struct rule *rule, struct error *err)
{
    const struct rule_field *last = &rule->fields[rule->field_count - 1];
    size_t texts = 0;

    for (uint32_t i = 0; i + 1 < rule->field_count; i++) {
        const struct rule_field *field = &rule->fields[i];

        if (is_place(field->field) && is_place(last->field))
            return error_set(err, -EINVAL,
                             "a rule holds one of path, dir and inode, and that once");
        if (field->field == last->field && last->field == AUDIT_EXE)
            return error_set(err, -EINVAL, "a rule holds exe once");
        if (field->field == last->field && last->field == AUDIT_FILTERKEY)
            return error_set(err, -EINVAL, "a rule holds one key field; give several keys with -k");
    }
    for (uint32_t i = 0; i < rule->field_count; i++)
        texts += rule->fields[i].text.len;
    if (texts > TEXTS_LONGEST)
        return error_set(err, -EINVAL, "the texts of this rule have %zu bytes: %d are the most",
                         texts, TEXTS_LONGEST);
    return 0;
}
