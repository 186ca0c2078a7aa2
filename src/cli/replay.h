/*
 * replay.h - what `laudit replay` was asked to do, and doing it.
 */
#pragma once

#include "cli/setup.h"

enum summary_kind { SUMMARY_TEXT, SUMMARY_JSON, SUMMARY_NONE };

struct replay {
    struct setup setup;
    const char **logs; /* borrowed */
    size_t log_count;
    bool resolves; /* names of users from this host */
    enum summary_kind summary;
    bool has_progress;
};

/* Reads all logs through the pipeline; returns an exit status. */
int replay_logs(struct replay *);
