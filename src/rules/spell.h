/*
 * spell.h - numbers of a rule as the words of the language: "b64", "-EACCES", "execve".
 */
#pragma once

#include "base/buffer.h"
#include "rules/rule.h"

struct spelling {
    uint32_t arch; /* the host that the rule is for, 0: this one */
    bool names;    /* as auditctl -l -i: architectures by name, "unset" for -1 */
    bool one_call; /* the rule names at most one call: with `names` its arguments have lower case */
};

/* Each appends a word, a number where there is no name, "?" where there is no operator. */
void spell_list(uint32_t list, struct buffer *);
void spell_action(uint32_t action, struct buffer *);
void spell_operator(uint32_t op, struct buffer *);

/* "auid", or "f250" for a field that nobody knows. */
void spell_field(uint32_t field, struct buffer *);

/* "rwxa" in this order. */
void spell_perm(uint32_t perm, struct buffer *);

/* The value of a field that is no text and no pair of -C. */
void spell_value(const struct rule_field *, const struct spelling *, struct buffer *);

/*
 * A call of a rule on `list`, an operation on the list of io_uring: the name that reads as this
 * number again on `arch`, or the number.
 */
void spell_call(uint32_t list, uint32_t arch, uint32_t number, struct buffer *);

/* The arch whose calls the rule names: its last one, or the host's. */
uint32_t spell_calls_arch(const struct rule *, const struct spelling *);
