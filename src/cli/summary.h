/*
 * summary.h - what is said at the end of a replay or a run.
 */
#pragma once

#include <stdio.h>

#include "control/ledger.h"

struct work {
    double seconds;
    uint64_t bytes; /* of the logs' text; 0 when there was none */
};

/* Lines of all outputs that were lost and that nobody wanted to lose. */
uint64_t summary_dropped(const struct ledger *);

/* False when the ledger does not close, lines were lost that nobody wanted to lose (outputs dropped
 * them, or they were beyond the limits of a line or of an event), or there were lines and no record
 * in them. */
bool summary_is_good(const struct ledger *);

/* True when a policy failed on an event. */
bool summary_has_policy_errors(const struct ledger *);

void summary_write(const struct ledger *, const struct work *, bool as_json, FILE *);

/* Only what is wrong: nothing when all is well. */
void summary_write_faults(const struct ledger *, FILE *);
