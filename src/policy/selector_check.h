/*
 * selector_check.h - whether what a term of a selector asks for can ever be: literals and matchers
 * that never match are mistakes.
 */
#pragma once

#include "policy/selector.h"

/* One compilation. */
struct compiler {
    const struct selector_place *place;
    const struct resolver *resolver;
    struct mistakes *mistakes, *notes;
    struct span key; /* of the term at hand */
    unsigned item;   /* of the alternative in its list, 0 where there is no list */
    unsigned *line;  /* on which the term stands, 0 until somebody asks */
};

/* The line on which the term at hand stands. */
unsigned compiler_line(const struct compiler *);

#define MISTAKE(compiler, format, ...)                                                             \
    SAY_OF_TERM(compiler, (compiler)->mistakes, format, __VA_ARGS__)
#define NOTE(compiler, format, ...) SAY_OF_TERM(compiler, (compiler)->notes, format, __VA_ARGS__)
#define SAY_OF_TERM(compiler, list, format, ...)                                                   \
    mistakes_add(list, "%s:%u: %son.%.*s: " format, (compiler)->place->path,                       \
                 compiler_line(compiler), (compiler)->place->owner, SPAN_ARG((compiler)->key),     \
                 __VA_ARGS__)

/* A mistake: "unknown WHAT 'text' (did you mean 'meant'?)", without the latter where it is absent.
 */
void selector_unknown(const struct compiler *, const char *what, struct span text,
                      struct span meant);

/* Checks a name of values of that kind, but for those of users and groups. */
void selector_check_name(const struct compiler *, enum field_kind, struct span name);

/* Checks the family of an address. */
void selector_check_family(const struct compiler *, struct span name);

/* Checks the matcher of a term whose subject is known, and looks up the users and groups it names.
 */
void selector_check(const struct compiler *, struct term *);
