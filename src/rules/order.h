/*
 * order.h - whether it matters which of two rules the kernel asks first.
 *
 * The kernel takes the first rule of a list that matches; what an event becomes depends on the
 * order of two rules only when both can match it and they say different things of it. Pure.
 */
#pragma once

#include "rules/rule.h"

/* What is asked again and again while rules are compared; zero but for `archs`. */
struct call_classes {
    uint32_t archs[2]; /* the host's own and its 32-bit sibling's; 0: there is none */
    bool is_made[2][16];
    uint32_t calls[2][16][RULE_CALL_WORDS]; /* that each set of PERM_* can match */
};

void call_classes_init(struct call_classes *, uint32_t host_arch);

/* A rule, and which calls of each arch can match it: those of its mask, arch and perm. */
struct rule_scope {
    const struct rule *rule; /* borrowed */
    uint32_t calls[2][RULE_CALL_WORDS];
};

void rule_scope_find(struct rule_scope *, const struct rule *, struct call_classes *);

/*
 * True unless exchanging the two changes nothing: they are in different lists, do the same (the
 * same action with the same keys), or no event matches both (different calls of an arch,
 * different ranges of a number). When in doubt, true.
 *
 * Two rules that both record and differ in the key only are also taken as independent when they
 * watch different files, neither inside the other, or different programs, by their paths. One call
 * may touch both files (rename); it is recorded either way, with the key of one of them.
 */
bool rules_interfere(const struct rule_scope *, const struct rule_scope *);
