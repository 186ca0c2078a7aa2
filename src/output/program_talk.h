/*
 * program_talk.h - what a program says on standard error, for laudit's log: a line each, of bounded
 * length, and not too many of them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/span.h"

enum {
    TALK_LINE = 500,  /* bytes of a line; the rest of it is left out */
    TALK_LINES = 20,  /* lines that are logged ... */
    TALK_SPAN_S = 10, /* ... in so many seconds; how many were left out is said then */
};

struct program_talk {
    const struct log *log;
    struct span name; /* the output's */
    char line[TALK_LINE];
    size_t len;
    bool is_cut;
    unsigned said;
    uint64_t left_out, since_s;
};

void program_talk_take(struct program_talk *, struct span bytes, uint64_t now_s);

/* It says no more: a line without an end counts, too. */
void program_talk_end(struct program_talk *);
