/*
 * term.h - one key of a selector against one event: it holds if any record matches, a negation if
 * none does.
 */
#pragma once

#include "policy/selector.h"

/* 1, 0, or -E2BIG when a regular expression took too long. */
int term_holds(const struct term *, struct facts *);

/* True when every event gives both the same answer: same key, same matcher, same users. */
bool term_equal(const struct term *, const struct term *);

/* The same for terms that are equal. */
uint64_t term_hash(const struct term *);

/* What an answer takes, roughly: numbers before texts, texts before patterns, lists last. Terms
 * that hold for most events count double, for they rule out little. */
unsigned term_cost(const struct term *);
