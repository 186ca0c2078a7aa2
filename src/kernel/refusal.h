/*
 * refusal.h - why the kernel said no, in a sentence for the person who has to do something about
 * it.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/*
 * Fills `err` with "attempt: reason" and returns `code`. What errno leaves open is looked up: who
 * holds the audit socket (`holder`, a pid; 0 when that is not known), which right this process
 * lacks, whether it sits in a container.
 */
int refusal_explain(struct error *, int code, const char *attempt, uint32_t holder);

enum { HOLDER_TEXT = 320 /* bytes that refusal_holder needs */ };

/* Writes "pid 812 (/sbin/auditd -n)", the command line as /proc tells it. Returns `out`. */
const char *refusal_holder(uint32_t pid, char out[HOLDER_TEXT]);
