/*
 * options.h - the options of a line, one after the other, as getopt_long would give them.
 */
#pragma once

#include "base/error.h"
#include "base/span.h"

/* What stands for an option: its letter, or for long ones a number below the letters. */
enum option {
    OPTION_END,
    OPTION_LOGINUID_IMMUTABLE,
    OPTION_BACKLOG_WAIT_TIME,
    OPTION_RESET_LOST,
    OPTION_RESET_WAIT_TIME_ACTUAL,
    OPTION_SIGNAL
};

struct options {
    const struct span *words; /* borrowed */
    size_t count, at;
    size_t inside; /* of words[at]: letters taken of "-ie2"; 0 between words */
};

/*
 * Takes the next option and, where it has one, its word; OPTION_END behind the last. Returns 0, or
 * -EINVAL with a sentence for an unknown option, a word without one or an option without its word.
 */
int options_next(struct options *, int *option, struct span *word, struct error *);

/* The words behind the option taken last. */
static inline size_t options_left(const struct options *options)
{
    return options->count - options->at;
}
