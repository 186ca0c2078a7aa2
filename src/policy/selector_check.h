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
};

#define MISTAKE(compiler, format, ...)                                                             \
    SAY_OF_TERM(compiler, (compiler)->mistakes, format, __VA_ARGS__)
#define NOTE(compiler, format, ...) SAY_OF_TERM(compiler, (compiler)->notes, format, __VA_ARGS__)
#define SAY_OF_TERM(compiler, list, format, ...)                                                   \
    mistakes_add(                                                                                  \
        list, "%s:%u: on.%.*s: " format, (compiler)->place->path,                                  \
        text_line_of_key((compiler)->place->source, (compiler)->key, (compiler)->place->line),     \
        SPAN_ARG((compiler)->key), __VA_ARGS__)

/* Checks the matcher of a term whose subject is known, and looks up the users and groups it names.
 */
void selector_check(const struct compiler *, struct term *);
