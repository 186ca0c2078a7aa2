/*
 * words.h - one line of a rule file, cut into words as a shell would cut it.
 *
 * Blanks part words. '...' is literal; in "..." a backslash keeps its meaning only before " \ $ and
 * `; outside of quotes it makes the next byte ordinary. Nothing is expanded.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

struct words {
    struct span *items;
    size_t count;
};

/*
 * Cuts `line`, which has no newline. The words live in the arena. Returns 0, or -EINVAL with a
 * sentence that names the column (from 1) of the quote that is open, the lone backslash or the
 * byte that may not be there.
 */
int words_cut(struct arena *, struct span line, struct words *, struct error *);

/* -EINVAL for a NUL in `word`, which no line could say; else 0. */
int word_refuse_nul(struct span word, struct error *);
