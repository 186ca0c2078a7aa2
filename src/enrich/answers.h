/*
 * answers.h - what NSS said about ids the files do not hold: bounded, each answer for a while.
 *
 * "Nobody" is an answer, too. Old answers make room for new ones.
 */
#pragma once

#include "base/span.h"

enum answer {
    ANSWER_MISSING, /* never asked, or the answer is too old */
    ANSWER_PENDING, /* asked, no answer yet */
    ANSWER_NOBODY,
    ANSWER_NAME
};

struct answers;

struct answers *answers_new(void);
void answers_free(struct answers *);

/* What is known of `id`; the name lives until the next answers_put. */
enum answer answers_find(const struct answers *, bool is_group, uint32_t id, uint64_t now_ms,
                         struct span *name);

/* Keeps an answer (PENDING, NOBODY or NAME) until `expires_ms`; the name is copied. */
void answers_put(struct answers *, bool is_group, uint32_t id, enum answer, struct span name,
                 uint64_t expires_ms);
