#include <errno.h>
#include <linux/audit.h>

#include "rules/draft.h"
#include "rules/rule_names.h"
#include "rules/value.h"
#include "tables/syscalls.h"

enum { CALLS_MOST = RULE_CALL_CLASSES };

static uint32_t arch_of(const struct draft *draft)
{
    if (draft->arch != 0)
        return draft->arch;
    return draft->world->arch != 0 ? draft->world->arch : arch_of_host();
}

static bool has_names(uint32_t arch)
{
    return syscall_name(arch, 0).data != NULL || syscall_name(arch, 1).data != NULL;
}

static int refuse_call(uint32_t arch, struct span name, struct error *err)
{
    struct span near = syscall_nearest(name), arch_text = arch_name(arch);

    if (!has_names(arch))
        return error_set(err, -EINVAL, "the calls of %.*s are not known here: give numbers",
                         SPAN_ARG(arch_text));
    if (near.data != NULL && span_equal(near, name))
        return error_set(err, -EINVAL, "%.*s has no call '%.*s'", SPAN_ARG(arch_text), SHOWN(name));
    if (near.data != NULL)
        return error_set(err, -EINVAL, "unknown call '%.*s' (did you mean '%.*s'?)", SHOWN(name),
                         SPAN_ARG(near));
    return error_set(err, -EINVAL, "unknown call '%.*s'", SHOWN(name));
}

/* The number of a call that is given as a name or as a number. */
static int find_call(uint32_t arch, struct span word, uint32_t *number, struct error *err)
{
    char room[LOWER_LONGEST];
    struct span name = lower_case(room, word);
    int64_t given;

    if (syscall_find(arch, name, number)) {
        if ((*number & X32_SYSCALL_BIT) != 0)
            return error_set(err, -EINVAL, "'%.*s' is x32's own: a rule cannot ask for it",
                             SHOWN(word));
        return 0;
    }
    if (!number_find(word, &given))
        return refuse_call(arch, name, err);
    if (given < 0 || given >= CALLS_MOST)
        return error_set(err, -EINVAL,
                         "no call has the number %.*s: %d is the last that a rule holds",
                         SHOWN(word), CALLS_MOST - 1);
    *number = (uint32_t)given;
    return 0;
}

static int find_operation(struct span word, uint32_t *number, struct error *err)
{
    int status = value_named(rule_uring_operations, "io_uring operation", true, word, number, err);

    if (status == 0 && *number >= CALLS_MOST)
        return error_set(err, -EINVAL, "no io_uring operation has the number %.*s", SHOWN(word));
    return status;
}

/* True when the other architecture of the same kernel has another number for the call. */
static bool differs_by_arch(uint32_t arch, struct span word, uint32_t number)
{
    char room[LOWER_LONGEST];
    uint32_t narrow, other;

    return arch_of_bits(arch, 32, &narrow) && narrow != arch && has_names(narrow) &&
           number < CALLS_MOST &&
           (!syscall_find(narrow, lower_case(room, word), &other) || other != number) &&
           syscall_find(arch, lower_case(room, word), &other);
}

static int add_call(struct draft *draft, struct span word, struct error *err)
{
    bool is_uring = draft->has_list && draft->rule.list == AUDIT_FILTER_URING_EXIT;
    uint32_t number;
    int status;

    if (span_equal(word, SPAN("all"))) {
        rule_add_all_calls(&draft->rule);
        return 0;
    }
    status = is_uring ? find_operation(word, &number, err)
                      : find_call(arch_of(draft), word, &number, err);
    if (status != 0)
        return status;
    rule_add_call(&draft->rule, number);
    if (!is_uring && draft->arch == 0 && differs_by_arch(arch_of(draft), word, number))
        draft_note(draft,
                   "-S %.*s: without an arch before it, number %u is asked for in 64 and in 32 "
                   "bits, where it is another call",
                   SHOWN(word), number);
    return 0;
}

static int check_calls_list(const struct draft *draft, struct error *err)
{
    struct span list = { NULL, 0 };

    if (!draft->has_list || draft->rule.list == AUDIT_FILTER_EXIT ||
        draft->rule.list == AUDIT_FILTER_URING_EXIT)
        return 0;
    names_text(rule_lists, draft->rule.list, &list);
    return error_set(err, -EINVAL, "calls cannot be put on the %.*s list", SPAN_ARG(list));
}

int draft_calls(struct draft *draft, struct span word, struct error *err)
{
    struct span rest = word;
    bool has_any = false;
    int status = check_calls_list(draft, err);

    while (status == 0 && rest.len > 0) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma != NULL ? (size_t)(comma - rest.data) : rest.len;

        if (len > 0) {
            status = add_call(draft, (struct span){ rest.data, len }, err);
            has_any = true;
        }
        rest = span_skip(rest, len < rest.len ? len + 1 : len);
    }
    if (status == 0 && !has_any)
        status = error_set(err, -EINVAL, "a call is missing");
    if (status != 0)
        return error_within(err, "-S %.*s", SHOWN(word));
    draft->has_calls = true;
    return 0;
}
