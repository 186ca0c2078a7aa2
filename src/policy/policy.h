/*
 * policy.h - one policy file: its machine, its selector, its counters.
 *
 * Owned by an engine; a reload moves it to the next engine when its files are unchanged.
 */
#pragma once

#include "base/log.h"
#include "event/alert.h"
#include "policy/route.h"
#include "policy/selector.h"
#include "policy/sources.h"
#include "policy/vm.h"

enum {
    POLICY_NAME_MOST = 64,       /* bytes */
    POLICY_RULES_MOST = 1 << 16, /* bytes of all its rules */
    POLICY_SILENT_MS = 60000,    /* of event time, between two failures that are logged */
    POLICY_REST_MS = 60000       /* its first quarantine, of event time; doubles each time */
};

struct turn;
struct mistakes;

/* What a policy says of itself. */
struct definition {
    char name[POLICY_NAME_MOST + 1];
    enum severity severity;
    char *rules;          /* kernel rules, a line each; NULL when it has none */
    unsigned *rule_lines; /* of the policy's file, for each line of them */
    size_t rule_line_count;
    bool is_critical, has_check;
    bool is_read; /* the file ran and returned a policy, right or wrong */
};

struct policy {
    char *path;
    struct sources sources;
    struct vm *vm;
    struct handle *handle;
    struct definition definition;
    struct selector *selector;
    unsigned rebuilds; /* each makes another selector */
    const struct log *log;

    uint64_t first_in;           /* the engine's `in` when it joined */
    uint64_t calls, passed_over; /* passed over: dropped before, quarantined, or undecided */
    uint64_t alerts, drops, errors, over_budget, over_memory, quarantines;
    char last_error[1024];
    uint64_t said_ms; /* event time when a failure was logged last */

    unsigned score;       /* of failures, which successes make good */
    uint64_t rests_until; /* event time; 0 when not in quarantine */
    uint64_t rest_ms;     /* how long the next quarantine lasts */
};

/* What a policy needs to know of the configuration. */
struct surroundings {
    const struct span *outputs;
    size_t output_count;
    bool has_any_output; /* a name that is not there means output 0 */
    const struct resolver *resolver;
    const struct log *log;
};

/*
 * Loads the file and adds all mistakes found. One with mistakes must not run, but says what it
 * wants of the kernel; NULL where not even that is known. `notes` gets what is odd without being
 * wrong.
 */
struct policy *policy_load(const char *path, const struct surroundings *, struct mistakes *,
                           struct mistakes *notes);

/*
 * What depends on the configuration alone, for a policy whose files did not change: compiles the
 * selector anew and looks at the literal outputs. NULL when a mistake was added.
 */
struct selector *policy_check(struct policy *, const struct surroundings *, struct mistakes *,
                              struct mistakes *notes);

/* Runs the check of a policy that wants the turn's event. False when it failed. */
bool policy_run(struct policy *, struct turn *);

/*
 * Counts a failure. The first is logged with its traceback, then at most one a minute of event time
 * (`now_ms`), each with its number.
 */
void policy_fail(struct policy *, const char *sentence, uint64_t now_ms);

void policy_free(struct policy *);
