/*
 * exclusion.h - the rule that keeps laudit from recording itself: "-A exit,never -F pid=LAUDIT -k
 * laudit".
 *
 * The kernel spares the registered audit daemon, but not one that only reads along (multicast).
 * Such rules stand outside of plans and drift: nobody wrote them.
 */
#pragma once

#include "kernel/netlink.h"
#include "rules/rule.h"

/* True for such a rule of a laudit that lives. `context` is not used (rule_planning.is_outside). */
bool rule_is_exclusion(void *context, const struct rule *);

/*
 * Adds the one for this process, once those of processes that have died are deleted: their pid may
 * be a stranger's by now. 0 (also when it is so already), or negative errno with a sentence.
 */
int exclusion_add(struct netlink *, struct error *);

/* Deletes the one for this process. 0 (also when there is none), or negative errno with a sentence.
 */
int exclusion_remove(struct netlink *, struct error *);
