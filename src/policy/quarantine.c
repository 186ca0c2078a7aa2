#include "policy/quarantine.h"

/* One failure weighs as much as ten successes: who fails more often than that comes to rest. */
enum {
    WEIGHT_OF_FAILURE = 10,
    SCORE_MOST = 100,      /* ten failures in a row */
    REST_MOST_MS = 3600000 /* of event time */
};

bool quarantine_holds(struct policy *policy, uint64_t now_ms)
{
    if (policy->rests_until == 0)
        return false;
    if (now_ms < policy->rests_until)
        return true;
    log_write(policy->log, LOG_LEVEL_WARNING, "policy %s: is tried again", policy->definition.name);
    policy->rests_until = 0;
    policy->score = SCORE_MOST - 1; /* the next failure counts at once */
    return false;
}

bool quarantine_judge(struct policy *policy, bool is_success, uint64_t now_ms)
{
    if (is_success) {
        policy->score -= policy->score > 0 ? 1 : 0;
        if (policy->score == 0)
            policy->rest_ms = POLICY_REST_MS;
        return false;
    }
    if (policy->definition.is_critical) /* the daemon ends; until then every event counts */
        return false;
    policy->score += WEIGHT_OF_FAILURE;
    if (policy->score < SCORE_MOST)
        return false;
    policy->quarantines++;
    policy->rests_until = now_ms + policy->rest_ms;
    log_write(policy->log, LOG_LEVEL_ERROR,
              "policy %s: quarantined for %llu s of event time after %llu failures; the last: %s",
              policy->definition.name, (unsigned long long)(policy->rest_ms / 1000),
              (unsigned long long)policy->errors, policy->last_error);
    policy->rest_ms = policy->rest_ms * 2 < REST_MOST_MS ? policy->rest_ms * 2 : REST_MOST_MS;
    return true;
}
