/*
 * value.h - what a field holds, in the form policies see: nothing, a number or a text (by
 * the kinds of docs/policies.md, "Fields").
 */
#pragma once

#include "event/event.h"

enum value_kind { VALUE_NIL, VALUE_NUMBER, VALUE_TEXT };

struct value {
    enum value_kind kind;
    double number;
    struct span text;
};

static inline struct value value_of_text(struct span text)
{
    return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static inline struct value value_of_number(double number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

/* Reads a field of `record`; what has to be decoded goes to `arena`. */
struct value value_read(struct arena *arena, const struct record *record,
                        const struct field *field);

/* The number a value stands for: its own, or that of '0x...' and '0o...'. */
bool value_as_number(const struct value *, double *number);
