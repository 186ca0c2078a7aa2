/*
 * question.h - a term that alternatives of any policy share: each event is asked it once at most.
 *
 * Owned by the index. Borrows the terms, those that are equal from whoever came first.
 */
#pragma once

#include "policy/selector.h"

struct question {
    const struct term *term;
    uint64_t *rows;  /* owned: the alternatives that need it */
    size_t popular;  /* how many they are */
    uint64_t held;   /* the last event for which it held, as facts count them */
    uint64_t hash;   /* of the term */
    uint32_t before; /* the one before with a hash that ends alike, plus 1 */
};

enum { QUESTION_LISTS = 1024 /* a power of two */ };

struct questions {
    struct question *items;
    size_t count, room;
    size_t words;                  /* of a question's rows, 64 rows each */
    uint32_t last[QUESTION_LISTS]; /* of those whose hashes end alike, plus 1 */
};

/* Notes that the alternative `row` needs the term; returns the question's number. */
uint32_t questions_add(struct questions *, const struct term *, size_t row);
void questions_free(struct questions *);

/* True when `a` ought to be asked before `b`: the cheaper one, else what more alternatives need. */
bool question_precedes(const struct question *a, const struct question *b);
