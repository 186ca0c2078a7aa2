/*
 * pattern.h - Lua's patterns, matched within a number of steps.
 *
 * Pure. A pattern is compiled into items on the caller's stack, then matched by backtracking; each
 * step is taken from a budget, so that no pattern outlives it.
 */
#pragma once

#include "base/span.h"

enum {
    PATTERN_ITEMS = 250,   /* of one pattern; also bounds the depth of recursion */
    PATTERN_SETS = 40,     /* [...] of one pattern */
    PATTERN_CAPTURES = 32, /* as in Lua */
};

struct pattern_item {
    uint8_t kind, repeat;
    uint8_t first, second; /* a byte, a class, a capture's number or the pair of %b */
};

struct pattern {
    struct pattern_item items[PATTERN_ITEMS];
    uint8_t sets[PATTERN_SETS][32]; /* a bit for each byte */
    unsigned item_count, set_count, capture_count;
    bool is_anchored;
};

struct capture {
    const char *start;
    ptrdiff_t len; /* or one of the two below */
};

enum { CAPTURE_IS_OPEN = -1, CAPTURE_IS_POSITION = -2 };

struct pattern_match {
    const char *start, *end;
    struct capture captures[PATTERN_CAPTURES];
};

/*
 * Reads a pattern; `knows_anchor` says whether a '^' at its start anchors it. Returns NULL, or what
 * is wrong with it.
 */
const char *pattern_compile(struct pattern *, struct span text, bool knows_anchor);

/*
 * Looks for the pattern in `subject` from offset `from` on. 1 and the match, 0 when there is none,
 * or -ETIME when the steps of `budget` are used up (then it is negative).
 */
int pattern_find(const struct pattern *, struct span subject, size_t from, int64_t *budget,
                 struct pattern_match *);

/* True when `text` holds none of the characters that mean something in a pattern. */
bool pattern_is_plain(struct span text);
