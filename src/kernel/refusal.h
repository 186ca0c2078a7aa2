/*
 * refusal.h - why the kernel said no, in a sentence for the person who has to do something about
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Fills `err` with "attempt: reason" and returns `code`. What errno leaves open is looked up: who
 * holds the audit socket (`holder`, a pid; 0 when that is not known), which right this process
 * lacks, whether it sits in a container. Locked settings are told by setting_explain.
 */
int refusal_explain(struct error *, int code, const char *attempt, uint32_t holder);

/* The same for a message of user space, which needs another right. */
int refusal_explain_message(struct error *, int code, const char *attempt);

enum { HOLDER_TEXT = 320 /* bytes that refusal_holder needs */ };

/* Writes a process's command line as one line, or its name; false when it is gone. */
bool refusal_command(uint32_t pid, char *out, size_t room);

/* Writes "pid 812 (/sbin/auditd -n)", the command line as /proc tells it. Returns `out`. */
const char *refusal_holder(uint32_t pid, char out[HOLDER_TEXT]);
