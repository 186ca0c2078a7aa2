#include "tables/flags.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include "base/names.h"

#define ROW(name, number) [number] = { name, sizeof(name) - 1 }
#define SIGNAL(name, number) ROW(name, number),
#define CAPABILITY(name, number) ROW(name, number),
#define FAMILY(name, number) ROW(name, number),

static const struct span signals[] = {
#include "tables/signals.inc"
};

static const struct span capabilities[] = {
#include "tables/capabilities.inc"
};

static const struct span families[] = {
#include "tables/families.inc"
};

#undef FAMILY
#undef CAPABILITY
#undef SIGNAL

static const struct span filter_lists[] = {
    ROW("user", AUDIT_FILTER_USER),     ROW("task", AUDIT_FILTER_TASK),
    ROW("entry", AUDIT_FILTER_ENTRY),   ROW("watch", AUDIT_FILTER_WATCH),
    ROW("exit", AUDIT_FILTER_EXIT),     ROW("exclude", AUDIT_FILTER_EXCLUDE),
    ROW("filesystem", AUDIT_FILTER_FS), ROW("io_uring", AUDIT_FILTER_URING_EXIT),
};

static const struct span perms[] = {
    ROW("read,write,exec,attr", 0),
    ROW("exec", PERM_EXEC),
    ROW("write", PERM_WRITE),
    ROW("write,exec", PERM_WRITE | PERM_EXEC),
    ROW("read", PERM_READ),
    ROW("read,exec", PERM_READ | PERM_EXEC),
    ROW("read,write", PERM_READ | PERM_WRITE),
    ROW("read,write,exec", PERM_READ | PERM_WRITE | PERM_EXEC),
    ROW("attr", PERM_ATTR),
    ROW("exec,attr", PERM_EXEC | PERM_ATTR),
    ROW("write,attr", PERM_WRITE | PERM_ATTR),
    ROW("write,exec,attr", PERM_WRITE | PERM_EXEC | PERM_ATTR),
    ROW("read,attr", PERM_READ | PERM_ATTR),
    ROW("read,exec,attr", PERM_READ | PERM_EXEC | PERM_ATTR),
    ROW("read,write,attr", PERM_READ | PERM_WRITE | PERM_ATTR),
    ROW("read,write,exec,attr", PERM_READ | PERM_WRITE | PERM_EXEC | PERM_ATTR),
};

#undef ROW

static const struct name seccomp_actions[] = {
    { "kill", SECCOMP_RET_KILL_PROCESS },
    { "kill", SECCOMP_RET_KILL_THREAD },
    { "trap", SECCOMP_RET_TRAP },
    { "errno", SECCOMP_RET_ERRNO },
    { "user-notify", SECCOMP_RET_USER_NOTIF },
    { "trace", SECCOMP_RET_TRACE },
    { "log", SECCOMP_RET_LOG },
    { "allow", SECCOMP_RET_ALLOW },
};

struct spans {
    const struct span *names; /* by number */
    size_t count;
};

#define SPANS(array) ((struct spans){ (array), sizeof(array) / sizeof(array)[0] })

static struct span name_in(struct spans spans, uint32_t number)
{
    return number < spans.count ? spans.names[number] : (struct span){ NULL, 0 };
}

static bool number_in(struct spans spans, struct span name, uint32_t *number)
{
    if (name.len == 0)
        return false;
    for (uint32_t i = 0; i < spans.count; i++) {
        if (span_equal(spans.names[i], name)) {
            *number = i;
            return true;
        }
    }
    return false;
}

struct span signal_name(uint32_t number)
{
    return name_in(SPANS(signals), number);
}

bool signal_find(struct span name, uint32_t *number)
{
    return number_in(SPANS(signals), name, number);
}

struct span capability_name(uint32_t number)
{
    return name_in(SPANS(capabilities), number);
}

bool capability_find(struct span name, uint32_t *number)
{
    return number_in(SPANS(capabilities), name, number);
}

struct span family_name(uint32_t number)
{
    return name_in(SPANS(families), number);
}

bool family_find(struct span name, uint32_t *number)
{
    return number_in(SPANS(families), name, number);
}

struct span filter_list_name(uint32_t number)
{
    return name_in(SPANS(filter_lists), number);
}

bool filter_list_find(struct span name, uint32_t *number)
{
    if (span_equal(name, SPAN("fs"))) {
        *number = AUDIT_FILTER_FS;
        return true;
    }
    return number_in(SPANS(filter_lists), name, number);
}

struct span perm_names(uint32_t perm)
{
    return name_in(SPANS(perms), perm);
}

bool perm_find(struct span letters, uint32_t *perm)
{
    static const struct name bits[] = {
        { "r", PERM_READ }, { "w", PERM_WRITE }, { "x", PERM_EXEC }, { "a", PERM_ATTR }
    };
    uint32_t all = 0;

    for (size_t i = 0; i < letters.len; i++) {
        uint32_t bit;

        if (!names_number(NAMES(bits), (struct span){ letters.data + i, 1 }, &bit) ||
            (all & bit) != 0)
            return false;
        all |= bit;
    }
    if (all == 0)
        return false;
    *perm = all;
    return true;
}

struct span seccomp_name(uint32_t code)
{
    struct span name = { NULL, 0 };

    names_text(NAMES(seccomp_actions), code & SECCOMP_RET_ACTION_FULL, &name);
    return name;
}
