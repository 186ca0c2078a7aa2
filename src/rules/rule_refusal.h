/*
 * rule_refusal.h - why the kernel did not take a rule, in a sentence for the person who wrote it.
 */
#pragma once

#include "kernel/netlink.h"
#include "rules/rule.h"

struct rule_attempt {
    const struct rule *rule;
    struct rule_origin origin; /* absent: the rule itself is shown */
    bool is_delete;
    uint32_t features;       /* AUDIT_FEATURE_BITMAP_* of the kernel */
    struct netlink *netlink; /* to ask whether the rules are locked */
};

/* Fills `err` with "FILE:LINE: cannot add the rule: reason" and returns `code`. */
int rule_refusal_explain(struct error *err, int code, const struct rule_attempt *);
