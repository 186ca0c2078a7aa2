/*
 * daemon.h - `laudit run` at work: the kernel's records through the pipeline, on a libuv loop.
 */
#pragma once

#include "cli/setup.h"

struct daemon_options {
    struct setup setup;
    bool has_json_summary;
};

/* Runs until it is told to end; returns an exit status. */
int daemon_run(struct daemon_options *);
