/*
 * setting_changes.h - the settings of a rule file that the kernel does not have yet.
 *
 * Most go before the rules; loginuid_immutable and enabled, which may lock, come behind them.
 */
#pragma once

#include "kernel/features.h"
#include "kernel/settings.h"
#include "rules/set.h"

struct setting_change {
    const char *name;     /* "backlog_limit" */
    enum setting setting; /* SETTINGS for the feature loginuid_immutable, which is turned on */
    uint32_t from, to;
    struct rule_origin origin;
};

enum { SETTING_CHANGES = SETTINGS + 1 };

struct setting_changes {
    struct setting_change items[SETTING_CHANGES];
    size_t count;
    size_t early; /* the first of these go before the rules */
    size_t made;
};

/* `features` are those of the kernel; may be NULL when loginuid_immutable is not wanted. */
void setting_changes_find(struct setting_changes *, const struct rule_settings *wanted,
                          const struct status *, const struct features *);

/* Makes those up to `until`. 0, or negative errno with a sentence that names file and line. */
int setting_changes_make(struct setting_changes *, size_t until, struct netlink *, struct error *);

/* Sets back what was made. 0, or negative errno with a sentence. */
int setting_changes_undo(struct setting_changes *, struct netlink *, struct error *);
