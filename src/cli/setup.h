/*
 * setup.h - configuration and policies as a command line asks for them.
 */
#pragma once

#include "control/pipeline.h"

enum { SETUP_POLICIES = 1000 /* -p on one command line */ };

struct setup {
    const char *config_path; /* NULL: none */
    const char *policies[SETUP_POLICIES];
    size_t policy_count;
    const char
        *format; /* write to standard output in this one; NULL: as the config says, or json */
    bool alerts_only;
    bool is_multicast; /* whatever the config says */
    bool color;
};

/* A config_maker; the context is a struct setup. */
struct config *setup_config(void *setup, struct mistakes *, struct mistakes *notes);

/*
 * Reads configuration and policies, says what is wrong with them, and asks `ready`; opens nothing.
 * Never NULL.
 */
struct config *setup_check(struct setup *, pipeline_ready *ready, void *context, struct mistakes *,
                           struct mistakes *notes);

/* True when policies may name outputs that do not exist: standard output stands for them all. */
bool setup_has_any_output(const struct setup *);

/* Adds a -p; false (and a sentence) when there are too many. */
bool setup_add_policy(struct setup *, const char *path);

/* Reads --color=WHEN ("auto": unless NO_COLOR is set or standard output is no terminal). */
bool setup_color(struct setup *, const char *when);

/* "json, raw, records ...": for sentences. */
const char *setup_formats(char *out, size_t room);
