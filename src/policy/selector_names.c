/* selector_names.c - whether a name that a term of a selector asks for can ever be. */
#include <ctype.h>
#include <linux/seccomp.h>
#include <stdio.h>

#include "base/nearest.h"
#include "interpret/mode.h"
#include "policy/selector_check.h"
#include "tables/archs.h"
#include "tables/errnos.h"
#include "tables/flags.h"
#include "tables/syscalls.h"

enum {
    LOWER_ROOM = 32, /* bytes of a name in lower case */
    FAMILIES = 64,
    ERRNOS = 256,
    SIGNALS = 64,
    CAPABILITIES = 64,
    LISTS = 16,
    PERMS = 16,
    TYPES_OF_FILES = 16
};

void selector_unknown(const struct compiler *compiler, const char *what, struct span text,
                      struct span meant)
{
    if (meant.data != NULL)
        MISTAKE(compiler, "unknown %s '%.*s' (did you mean '%.*s'?)", what, SPAN_ARG(text),
                SPAN_ARG(meant));
    else
        MISTAKE(compiler, "unknown %s '%.*s'", what, SPAN_ARG(text));
}

struct name_search {
    struct span name;
    bool is_found;
};

static void look_for_call(void *context, uint32_t arch, struct span name)
{
    struct name_search *search = context;
    uint32_t number;

    (void)name;
    search->is_found = search->is_found || syscall_find(arch, search->name, &number);
}

static void look_for_arch(void *context, uint32_t arch, struct span name)
{
    struct name_search *search = context;

    (void)arch;
    search->is_found = search->is_found || span_equal(search->name, name);
}

static void check_syscall(const struct compiler *compiler, struct span name)
{
    struct name_search search = { name, false };

    arch_each(look_for_call, &search);
    if (!search.is_found)
        selector_unknown(compiler, "system call", name, syscall_nearest(name));
}

static void check_arch(const struct compiler *compiler, struct span name)
{
    struct name_search search = { name, false };
    uint32_t arch;

    arch_each(look_for_arch, &search);
    if (!search.is_found)
        selector_unknown(compiler, "architecture", name,
                         arch_find(name, &arch) ? arch_name(arch) : (struct span){ NULL, 0 });
}

static struct span numbered_errno(const void *context, size_t index)
{
    (void)context;
    return errno_name((uint32_t)index);
}

static struct span numbered_signal(const void *context, size_t index)
{
    (void)context;
    return signal_name((uint32_t)index);
}

/* AF_UNIX is "unix" in addresses, whatever libaudit calls it. */
static struct span numbered_family(const void *context, size_t index)
{
    (void)context;
    return index == 1 ? SPAN("unix") : family_name((uint32_t)index);
}

static void check_errno(const struct compiler *compiler, struct span name)
{
    uint32_t number;

    if (!errno_find(name, &number))
        selector_unknown(compiler, "error", name, nearest_name(name, numbered_errno, NULL, ERRNOS));
    else if (!span_equal(errno_name(number), name))
        MISTAKE(compiler, "expected '%.*s', found '%.*s', another name for it",
                SPAN_ARG(errno_name(number)), SPAN_ARG(name));
}

static void check_signal(const struct compiler *compiler, struct span name)
{
    uint32_t number;

    if (!signal_find(name, &number))
        selector_unknown(compiler, "signal", name,
                         nearest_name(name, numbered_signal, NULL, SIGNALS));
}

void selector_check_family(const struct compiler *compiler, struct span name)
{
    char lower[LOWER_ROOM];
    struct span wanted = { lower, name.len < sizeof lower ? name.len : sizeof lower };

    for (size_t i = 0; i < FAMILIES; i++)
        if (span_equal(numbered_family(NULL, i), name))
            return;
    for (size_t i = 0; i < wanted.len; i++)
        lower[i] = (char)tolower((unsigned char)name.data[i]);
    selector_unknown(compiler, "address family", name,
                     span_equal(wanted, SPAN("local"))
                         ? SPAN("unix")
                         : nearest_name(wanted, numbered_family, NULL, FAMILIES));
}

static struct span numbered_capability(const void *context, size_t index)
{
    (void)context;
    return capability_name((uint32_t)index);
}

static struct span numbered_list(const void *context, size_t index)
{
    (void)context;
    return filter_list_name((uint32_t)index);
}

static struct span numbered_perm(const void *context, size_t index)
{
    (void)context;
    return perm_names((uint32_t)index);
}

static struct span numbered_action(const void *context, size_t index)
{
    static const uint32_t codes[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP,
                                      SECCOMP_RET_ERRNO,        SECCOMP_RET_USER_NOTIF,
                                      SECCOMP_RET_TRACE,        SECCOMP_RET_LOG,
                                      SECCOMP_RET_ALLOW };

    (void)context;
    return index < sizeof codes / sizeof codes[0] ? seccomp_name(codes[index])
                                                  : (struct span){ NULL, 0 };
}

static struct span numbered_result(const void *context, size_t index)
{
    (void)context;
    return index == 0 ? SPAN("success") : SPAN("failed");
}

/* One of `count` names, which are all in lower case. */
static void check_listed(const struct compiler *compiler, const char *what, struct span name,
                         struct span (*numbered)(const void *, size_t), size_t count)
{
    char lower[LOWER_ROOM];
    struct span wanted = { lower, name.len < sizeof lower ? name.len : sizeof lower };

    for (size_t i = 0; i < count; i++)
        if (numbered(NULL, i).len > 0 && span_equal(numbered(NULL, i), name))
            return;
    for (size_t i = 0; i < wanted.len; i++)
        lower[i] = (char)tolower((unsigned char)name.data[i]);
    if (span_starts(wanted, SPAN("cap_")))
        wanted = span_skip(wanted, 4);
    selector_unknown(compiler, what, name, nearest_name(wanted, numbered, NULL, count));
}

/* The number of a capability, also of one without a name ("cap_63"); false for what is none. */
static bool find_capability(struct span name, uint32_t *number)
{
    uint64_t bit;

    if (capability_find(name, number))
        return true;
    if (!span_starts(name, SPAN("cap_")) || !span_decimal(span_skip(name, 4), &bit) ||
        bit >= CAPABILITIES || capability_name((uint32_t)bit).len > 0)
        return false;
    *number = (uint32_t)bit;
    return true;
}

/* 'none', or names joined by commas in the order of their numbers. */
static void check_capabilities(const struct compiler *compiler, struct span text)
{
    struct span rest = text, written;
    struct arena arena;
    uint64_t bits = 0;
    uint32_t bit;

    if (span_equal(text, SPAN("none")))
        return;
    do {
        const char *comma = memchr(rest.data, ',', rest.len);
        struct span name = { rest.data, comma != NULL ? (size_t)(comma - rest.data) : rest.len };

        if (!find_capability(name, &bit)) {
            check_listed(compiler, "capability", name, numbered_capability, CAPABILITIES);
            return;
        }
        bits |= UINT64_C(1) << bit;
        rest = comma != NULL ? span_skip(rest, name.len + 1) : (struct span){ NULL, 0 };
    } while (rest.data != NULL);
    arena_init(&arena);
    written = capabilities_text(&arena, bits);
    if (!span_equal(written, text))
        MISTAKE(compiler, "expected '%.*s', found '%.*s'", SPAN_ARG(written), SPAN_ARG(text));
    arena_free(&arena);
}

/* Cuts what is before the next comma off `rest`; all of it where there is none. */
static struct span cut_word(struct span *rest)
{
    const char *comma = memchr(rest->data, ',', rest->len);
    struct span word = { rest->data, comma != NULL ? (size_t)(comma - rest->data) : rest->len };

    *rest = span_skip(*rest, word.len + (comma != NULL));
    return word;
}

/* The number of a file's type as mode_write says it; false for what is none. */
static bool find_type(struct span word, uint32_t *mode)
{
    char written[MODE_ROOM];

    for (uint32_t type = 0; type < TYPES_OF_FILES; type++) {
        struct span text = { written, mode_write(type << 12, written) };

        if (!span_equal(cut_word(&text), word))
            continue;
        *mode = type << 12;
        return true;
    }
    return false;
}

static bool parse_mode(struct span text, uint32_t *mode)
{
    uint64_t access;
    struct span word = cut_word(&text);

    if (!find_type(word, mode))
        return false;
    for (word = cut_word(&text); text.len > 0; word = cut_word(&text)) {
        if (span_equal(word, SPAN("suid")))
            *mode |= 04000;
        else if (span_equal(word, SPAN("sgid")))
            *mode |= 02000;
        else if (span_equal(word, SPAN("sticky")))
            *mode |= 01000;
        else
            return false;
    }
    if (!span_octal(word, &access) || access > 07777)
        return false;
    *mode |= (uint32_t)access;
    return true;
}

/* The type of a file and its permissions, as auditd writes them. */
static void check_mode(const struct compiler *compiler, struct span text)
{
    char written[MODE_ROOM];
    uint32_t mode;

    if (!parse_mode(text, &mode)) {
        MISTAKE(compiler,
                "expected a type and permissions such as 'file,644' or 'dir,sticky,777', "
                "found '%.*s'",
                SPAN_ARG(text));
        return;
    }

    struct span own = { written, mode_write(mode, written) };

    if (!span_equal(own, text))
        MISTAKE(compiler, "expected '%.*s', found '%.*s'", SPAN_ARG(own), SPAN_ARG(text));
}

static void check_perm(const struct compiler *compiler, struct span name)
{
    uint32_t bits;

    if (perm_find(name, &bits))
        MISTAKE(compiler, "expected '%.*s', found '%.*s'", SPAN_ARG(perm_names(bits)),
                SPAN_ARG(name));
    else
        check_listed(compiler, "permission", name, numbered_perm, PERMS);
}

void selector_check_name(const struct compiler *compiler, enum field_kind kind, struct span name)
{
    switch (kind) {
    case KIND_SYSCALL:
        check_syscall(compiler, name);
        break;
    case KIND_ARCH:
        check_arch(compiler, name);
        break;
    case KIND_EXIT:
    case KIND_ERRNO:
        check_errno(compiler, name);
        break;
    case KIND_SIGNAL:
        check_signal(compiler, name);
        break;
    case KIND_RESULT:
        check_listed(compiler, "result", name, numbered_result, 2);
        break;
    case KIND_LIST:
        check_listed(compiler, "list of rules", name, numbered_list, LISTS);
        break;
    case KIND_SECCOMP:
        check_listed(compiler, "action of seccomp", name, numbered_action, LISTS);
        break;
    case KIND_CAPABILITY:
        check_listed(compiler, "capability", name, numbered_capability, CAPABILITIES);
        break;
    case KIND_CAP_SET:
        check_capabilities(compiler, name);
        break;
    case KIND_MODE:
        check_mode(compiler, name);
        break;
    case KIND_PERM:
        check_perm(compiler, name);
        break;
    case KIND_SESSION:
        if (!span_equal(name, SPAN("unset")))
            MISTAKE(compiler, "expected 'unset', the only name of a session, found '%.*s'",
                    SPAN_ARG(name));
        break;
    default: /* any text */
        break;
    }
}
