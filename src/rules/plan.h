/*
 * plan.h - the fewest steps from the rules that a kernel has to the rules that are wanted.
 *
 * The kernel can add a rule at the end or at the front of its list and delete one; so a rule that
 * stands in the way of the wanted order has to be deleted and added again: moved. A plan keeps what
 * is in both, moves as few as possible (proved, not guessed: a minimal cut), adds before it
 * deletes, and deletes a rule that moves right before it is added again. Pure.
 *
 * Which order is wanted: by default only that of rules that interfere (order.h), so that a rule
 * added in the middle of a file moves nothing that no event can tell; the whole order when
 * `is_exact`.
 */
#pragma once

#include "rules/set.h"

enum rule_step_kind { STEP_ADD, STEP_PREPEND, STEP_DELETE };

struct rule_step {
    enum rule_step_kind kind;
    const struct rule *rule;   /* borrowed from one of the sets */
    struct rule_origin origin; /* absent when only the kernel knows the rule */
    bool is_move; /* STEP_DELETEs, one for each copy, and right behind them where the rule goes */
    bool is_optional; /* rule_item's */
};

/* added + kept + moved: the rules wanted. deleted + kept + moved: what the kernel has. */
struct rule_plan {
    struct rule_step *steps;
    size_t count;
    size_t added, deleted, moved, kept;
};

struct rule_planning {
    bool is_exact;
    /* True for rules that stand outside: neither missed nor deleted. NULL: none does. */
    bool (*is_outside)(void *context, const struct rule *);
    void *context;
    unsigned patience_ms; /* of a load: how long it waits for another one to end */
};

/*
 * Fills `plan`; `planning` may be NULL. `wanted` holds each rule once; `now` may hold some twice
 * (the kernel lets a rule be prepended that it has), then all but the last go: as part of its move
 * if it moves, else when all that is not wanted is gone.
 */
void rule_plan_make(struct rule_plan *plan, const struct rule_set *now,
                    const struct rule_set *wanted, const struct rule_planning *planning);
void rule_plan_free(struct rule_plan *);
