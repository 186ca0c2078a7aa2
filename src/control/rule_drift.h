/*
 * rule_drift.h - how the kernel's rules differ from the wanted ones, and how that is said.
 */
#pragma once

#include "base/log.h"
#include "rules/load.h"

enum drift_state {
    DRIFT_CHANGED,  /* the kernel's rules are left as they are */
    DRIFT_RESTORED, /* and were put back */
    DRIFT_FAILED    /* not all could be put back; the log says why */
};

/* How the kernel's rules differed from the wanted ones. */
struct rule_drift {
    size_t missing, foreign, moved;
    enum drift_state state;
};

/* A number for what a plan would do, so that the same difference is told once; 0 for nothing. */
uint64_t rule_drift_number(const struct rule_plan *);

/* What differed and what became of it, with the rules by name. */
void rule_drift_say(const struct log *, const struct rule_plan *, enum drift_state);

/* What a load did; in a locked kernel, what it could not do. */
void rule_load_say(const struct log *, const struct rule_load *);
