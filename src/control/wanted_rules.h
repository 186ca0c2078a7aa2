/*
 * wanted_rules.h - the kernel rules that a configuration and its policies want, as one set.
 */
#pragma once

#include "control/config_rules.h"
#include "policy/engine.h"

/*
 * Adds the configuration's rules to `book`, then those of its policies in their order. A policy may
 * only add rules. What kernel { } sets too is left to it. Each rule remembers its place: the file
 * and line of a configuration, rule file or policy; of rules that a policy computes "POLICY: rules"
 * and the line within them.
 */
void wanted_rules_add(struct rulebook *book, const struct config *, const struct engine *,
                      const struct rule_world *, struct mistakes *, struct mistakes *notes);

/* Where wanted_rules_read puts them, and for what kernel they are read. */
struct wanted_rules {
    struct rulebook book;
    struct rule_world world;
};

/* A pipeline_ready (control/pipeline.h); the context is a struct wanted_rules. */
bool wanted_rules_read(void *wanted, const struct config *, const struct engine *,
                       struct mistakes *, struct mistakes *notes);
