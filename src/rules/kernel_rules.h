/*
 * kernel_rules.h - the rules that the kernel holds now, as a set.
 */
#pragma once

#include "base/arena.h"
#include "kernel/netlink.h"
#include "rules/set.h"

struct kernel_rules {
    struct rule_set set; /* in the kernel's order, each origin absent */
    struct arena arena;  /* what the set borrows */
};

/* Asks for all rules: 0, or negative errno with a sentence. Free it in both cases. */
int kernel_rules_read(struct kernel_rules *, struct netlink *, struct error *);
void kernel_rules_free(struct kernel_rules *);
