/*
 * habit.h - the names that the fields of one type of record had last, in their order.
 *
 * A guess that the text itself confirms: the kernel writes the fields of a type in a fixed order,
 * so the next name is nearly always the next guess, and its id needs no lookup. Wrong guesses cost
 * time and nothing else.
 */
#pragma once

#include "record/scan.h"

enum {
    HABIT_NAMES = 40, /* names of one habit; further fields are looked up */
    HABIT_AHEAD = 12  /* guesses tried for one name: optional fields may be missing */
};

struct guess {
    char name[SCAN_STEP]; /* with its '=' */
    uint32_t mask;        /* of the bytes of `name` that count */
    uint16_t id;
    uint8_t len; /* without the '=' */
};

struct habit {
    uint32_t count;
    struct guess guesses[HABIT_NAMES];
};

/*
 * The guess that fits the text at `at`, NULL when none does; *next becomes the place of the guess
 * behind it.
 */
static inline const struct guess *habit_guess(const struct habit *habit, uint32_t *next,
                                              const char *at)
{
    uint32_t stop = *next + HABIT_AHEAD < habit->count ? *next + HABIT_AHEAD : habit->count;

    for (uint32_t i = *next; i < stop; i++) {
        if (scan_same(at, habit->guesses[i].name, habit->guesses[i].mask)) {
            *next = i + 1;
            return &habit->guesses[i];
        }
    }
    return NULL;
}

/* The field at *next turned out to be called `name`. */
void habit_learn(struct habit *, uint32_t *next, struct span name, uint16_t id);
