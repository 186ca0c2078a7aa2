/*
 * log.h - what laudit says about itself, a line each, on standard error.
 *
 * For the cold path only: nothing is logged per record or per event.
 */
#pragma once

#include <stdio.h>

#include "base/error.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log {
    FILE *stream;         /* borrowed; NULL for silence */
    enum log_level least; /* what is below is not written */
};

/* Writes "laudit: warning: ..." and a newline; control bytes of the text are escaped,
 * newlines too. */
void log_write(const struct log *, enum log_level, const char *format, ...) PRINTF_LIKE(3, 4);
