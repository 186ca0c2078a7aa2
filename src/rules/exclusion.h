/*
 * exclusion.h - the rules that keep laudit from recording itself: "-A exit,never -F pid=LAUDIT -k
 * laudit", and the same with `ppid` for the programs that it starts.
 *
 * The kernel spares the registered audit daemon, but not one that only reads along (multicast), and
 * no program that a daemon starts. Such rules stand outside of plans and drift: nobody wrote them.
 */
#pragma once

#include "kernel/netlink.h"
#include "rules/rule.h"

/* True for such a rule of a laudit that lives. `context` is not used (rule_planning.is_outside). */
bool rule_is_exclusion(void *context, const struct rule *);

enum exclusion {
    EXCLUDE_US,       /* this process */
    EXCLUDE_CHILDREN, /* the programs that it started itself, not those that they start */
    EXCLUSIONS
};

/*
 * Adds the one for this process, once those of processes that have died are deleted: their pid may
 * be a stranger's by now. One that is there but behind another rule of its list, which the kernel
 * asks first, is put in front. 0 (also when it is so already), or negative errno with a sentence.
 */
int exclusion_add(struct netlink *, enum exclusion, struct error *);

/* Deletes it. 0 (also when there is none), or negative errno with a sentence. */
int exclusion_remove(struct netlink *, enum exclusion, struct error *);
