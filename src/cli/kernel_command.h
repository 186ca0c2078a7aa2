/*
 * kernel_command.h - what the commands share that ask the kernel one thing or tell it one: the
 * socket, the sentence of a failure, JSON.
 */
#pragma once

#include <jansson.h>

#include "kernel/features.h"
#include "kernel/netlink.h"

/* Asks or tells the kernel. 0, or negative errno with a sentence. */
typedef int kernel_act(struct netlink *, void *context, struct error *);

/* Opens a control socket, acts, and says what failed; returns an exit status. */
int kernel_command(kernel_act *, void *context);

/* Says it on standard error; returns EXIT_FAILED. */
int kernel_command_failed(const struct error *);

/* Notes on standard error that a laudit is the audit daemon, which may keep rules of its own. */
void kernel_note_keeper(struct netlink *);

/* Writes `value` to standard output on a line, and lets go of it. */
void kernel_print_json(json_t *value);

/* A text for JSON in which nothing is hidden: control bytes and broken UTF-8 become \xHH. */
json_t *kernel_text(struct span);

/* "loginuid_immutable 1 locked", as auditctl -s has it. */
void kernel_print_feature(const struct features *, enum feature);

/* { "on": true, "locked": true } */
json_t *kernel_feature(const struct features *, enum feature);
