/*
 * mistakes.h - every mistake found in one go, for a person who wants to mend them all.
 */
#pragma once

#include "base/error.h"

enum { MISTAKES_MOST = 100 /* kept; further ones are only counted */ };

struct mistakes {
    char **sentences; /* "laudit.lua:12: output 'soc': ..." */
    unsigned count;   /* kept */
    unsigned found;   /* all */
};

/* The sentence is copied, control bytes escaped. */
void mistakes_add(struct mistakes *, const char *format, ...) PRINTF_LIKE(2, 3);
void mistakes_free(struct mistakes *);
