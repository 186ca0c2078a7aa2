/*
 * term.h - one key of a selector against one event: it holds if any record matches, a negation if
 * none does.
 */
#pragma once

#include "policy/selector.h"

/* 1, 0 or -E2BIG. */
int term_holds(const struct term *, struct facts *);
