/*
 * load.h - brings the rules of the kernel to those that are wanted: all of them, or none.
 *
 * The settings of the set are part of it: they go first, but for loginuid_immutable and enabled.
 * It blocks: on a socket of its own, from any thread. What is wanted was read and checked before
 * (rulebook.h); the difference is planned (plan.h), carried out, read back and compared; what
 * others changed meanwhile is met by planning again, a few times. A failure half way is undone:
 * what this load did, not what others did. While a rule is moved, a stand-in holds its place
 * (stand_in.h).
 */
#pragma once

#include "base/mistakes.h"
#include "rules/kernel_rules.h"
#include "rules/plan.h"
#include "rules/setting_changes.h"

struct rule_load {
    /* What was done; when the kernel is locked, or for a look only, what there was to do. */
    struct rule_plan plan;
    struct setting_changes settings;
    bool is_locked;             /* enabled=2: the kernel takes no changes until the next boot */
    size_t untried, refused;    /* optional rules: whose folder is not there; that the kernel did
                                   not take. Each is noted */
    size_t unguarded;           /* of the moves: those without a stand-in */
    struct kernel_rules before; /* whose rules the plan deletes */
};

/* True when the kernel was not as wanted. */
static inline bool rule_load_is_different(const struct rule_load *load)
{
    return load->plan.count > 0 || load->settings.count > 0;
}

/*
 * Compares only: fills `load`. Optional rules whose program or folder does not exist are left out
 * with a note, for the kernel would refuse them. 0, or negative errno with a sentence.
 */
int rule_load_look(struct rule_load *, struct netlink *, const struct rule_set *wanted,
                   const struct rule_planning *, struct mistakes *notes, struct error *);

/*
 * Compares, and loads the difference unless the kernel is locked (then nothing is sent, 0 is
 * returned, and the plan says what is different). 0; or negative errno with a sentence that names
 * the rule by file and line and says whether all is as it was before. -EAGAIN: others go on
 * changing rules, and nothing is undone; -EBUSY: another load is under way and took longer
 * than planning->patience_ms.
 */
int rule_load_run(struct rule_load *, struct netlink *, const struct rule_set *wanted,
                  const struct rule_planning *, struct mistakes *notes, struct error *);

/* Frees what both have filled, also after a failure; `wanted` must live until then. */
void rule_load_free(struct rule_load *);
