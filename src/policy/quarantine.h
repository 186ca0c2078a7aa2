/*
 * quarantine.h - a policy that fails again and again rests for a while, on event time.
 */
#pragma once

#include "policy/policy.h"

/* True while the policy rests; lets it try again once its time is over. */
bool quarantine_holds(struct policy *, uint64_t now_ms);

/* Takes the outcome of one call into account; true when the policy has to rest from now on. */
bool quarantine_judge(struct policy *, bool is_success, uint64_t now_ms);
