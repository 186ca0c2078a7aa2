/*
 * breaker.h - when to try again, and when not to try at all. Pure: `now_ms` comes in.
 *
 * Backoff concerns the batch that failed: first, twice, four times ... as long, with jitter: at
 * least half of it, at most all.
 * The breaker concerns the other side: when too many of the tries within a window failed it is left
 * alone for a while, then tried with one batch.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    BREAKER_SLOTS = 16,       /* parts of the window */
    BREAKER_PATIENCE_S = 3600 /* longer than this nobody is left alone, whatever it asks for */
};

struct breaker_settings {
    double first_s, most_s; /* of backoff */
    uint32_t attempts;      /* of one batch; 0: until it is delivered */
    double failure_ratio;   /* more than this many of the tries failed: open; 1: never */
    double window_s;        /* in which they are counted */
    uint32_t observations;  /* tries that it takes to judge: more than this many */
    double cooldown_s;
};

/* pauditd's where it has them: 0.05, 5 s, 10, 1 s. */
extern const struct breaker_settings breaker_default;

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker {
    struct breaker_settings settings;
    enum breaker_state state;
    uint64_t next_ms; /* not before; 0: at once */
    uint32_t attempt; /* of the batch that is at the head */
    uint64_t opened;  /* times */
    uint64_t slot;    /* of `now`, counted since the epoch of the clock */
    uint32_t tries[BREAKER_SLOTS], failures[BREAKER_SLOTS];
    uint64_t seed; /* of the jitter */
};

void breaker_init(struct breaker *, const struct breaker_settings *, uint64_t seed);

/* May a batch be sent now? Otherwise breaker_next says when to ask again. */
bool breaker_allows(struct breaker *, uint64_t now_ms);
uint64_t breaker_next(const struct breaker *);

void breaker_succeeded(struct breaker *, uint64_t now_ms);

/* `wait_s`: the other side asked for at least so much. False when the batch had its last attempt:
 * then it is to be dropped and the next one starts anew, after as long as a first failure waits. */
bool breaker_failed(struct breaker *, uint64_t now_ms, double wait_s);
