/*
 * rule.h - one audit rule, as the kernel keeps it: a list, an action, system calls and fields.
 *
 * The one model: every reader makes it, every writer starts from it. Plain memory; its texts are
 * borrowed from an arena or a payload that must outlive it. The order of fields counts, to the
 * kernel too (kernel/auditfilter.c: audit_compare_rule).
 */
#pragma once

#include <linux/audit.h>

#include "base/arena.h"
#include "base/span.h"

enum {
    RULE_FIELDS = AUDIT_MAX_FIELDS,       /* 64 */
    RULE_CALL_WORDS = AUDIT_BITMASK_SIZE, /* 64, of 32 bits */
    RULE_CALLS = AUDIT_BITMASK_SIZE * 32, /* numbers below it can be asked for */
    /* From here on a number stands for a class of calls: the kernel never shows one. */
    RULE_CALL_CLASSES = RULE_CALLS - AUDIT_SYSCALL_CLASSES,
    RULE_KEYS_LONGEST = AUDIT_MAX_KEY_LEN, /* bytes of all keys with what parts them */
    RULE_KEY_SEPARATOR = 0x01
};

struct rule_field {
    uint32_t field;   /* AUDIT_PID ... AUDIT_FILTERKEY */
    uint32_t op;      /* AUDIT_EQUAL ... AUDIT_BIT_TEST */
    uint32_t value;   /* for a text its length */
    struct span text; /* of a field that rule_field_is_text, else absent */
};

struct rule {
    uint32_t list;   /* AUDIT_FILTER_EXIT ..., without AUDIT_FILTER_PREPEND */
    uint32_t action; /* AUDIT_NEVER, AUDIT_ALWAYS */
    uint32_t calls[RULE_CALL_WORDS];
    uint32_t field_count;
    struct rule_field fields[RULE_FIELDS];
};

/* Where a rule came from: what a person may open and mend. */
struct rule_origin {
    struct span file; /* "rules.d/30-ssh.rules", "policy root-shell"; absent for the kernel's own */
    unsigned line;    /* 0 when there is none */
};

/* True for the fields whose value is a text: path, dir, exe, key, subj_*, obj_* but obj_uid and
 * obj_gid. */
bool rule_field_is_text(uint32_t field);

/* True for exit and io_uring, whose rules have calls or operations. */
bool rule_list_takes_calls(uint32_t list);

/* A copy in the arena; it has memory for its own fields alone, and texts stay where they are. */
struct rule *rule_keep(struct arena *, const struct rule *);

/* Copies a rule, be it a kept one, to one that has room for all fields. */
void rule_copy(struct rule *to, const struct rule *from);

/* The same rule to the kernel: it would refuse one beside the other with EEXIST. */
bool rule_equal(const struct rule *, const struct rule *);
uint64_t rule_hash(const struct rule *);

/* The first field of that kind; NULL when there is none. */
const struct rule_field *rule_find(const struct rule *, uint32_t field);

/* The key as it stands, several parted by RULE_KEY_SEPARATOR; absent when there is none. */
struct span rule_keys(const struct rule *);

/* Takes the next key of `rest`, what rule_keys returned; false when there is none. */
bool rule_keys_next(struct span *rest, struct span *key);
bool rule_has_key(const struct rule *, struct span key);

void rule_add_call(struct rule *, uint32_t number);
bool rule_has_call(const struct rule *, uint32_t number);

/*
 * What the kernel keeps of "-S all": every call but no class. Older tools left out the last word of
 * the mask; that counts as all, too, as auditctl shows it, but is another rule.
 */
void rule_add_all_calls(struct rule *);
bool rule_has_all_calls(const struct rule *);
bool rule_has_call_class(const struct rule *);
