/*
 * matcher.h - a test of one value: equal, in a range, like a glob, in a network ...
 *
 * Lives in its Lua machine as a userdata, together with all it refers to; a selector that uses it
 * keeps it alive there. Pure: it knows no event.
 */
#pragma once

#include <lua.h>

#include "base/error.h"
#include "policy/gate.h"
#include "policy/value.h"

enum {
    MATCHER_REGEX_MOST = 4096,   /* bytes of a regular expression */
    MATCHER_STEPS_MOST = 100000, /* of one match of a regular expression */
    MATCHER_ITEMS_MOST = 10000,  /* of a list */
    MATCHER_NODES_MOST = 20000,  /* matchers in one, all told */
    MATCHER_DEPTH_MOST = 16      /* matchers in matchers */
};

enum matcher_kind {
    MATCH_PRESENT,
    MATCH_NUMBER,
    MATCH_TEXT,
    MATCH_TEXTS, /* any of a sorted list */
    MATCH_BOOLEAN,
    MATCH_RANGE,
    MATCH_PREFIX,
    MATCH_SUFFIX,
    MATCH_CONTAINS,
    MATCH_GLOB,
    MATCH_REGEX,
    MATCH_CIDR,
    MATCH_NOT, /* items[0] */
    MATCH_ANY  /* any of items */
};

struct network {
    uint8_t bytes[16];
    uint8_t len;  /* 4 or 16 */
    uint8_t bits; /* of the prefix */
};

struct regex;

struct matcher {
    enum matcher_kind kind;
    unsigned depth;  /* of matchers inside it, itself counted */
    unsigned nodes;  /* matchers inside it wherever they are met, itself counted */
    size_t per_test; /* steps that a test takes at most, whatever the value */
    size_t per_text; /* steps more for each eight bytes of a text */
    bool boolean;
    double low, high; /* NUMBER (low), RANGE */
    struct gate gate; /* of PREFIX, SUFFIX, TEXTS and an ANY of one of the first two */
    struct span text;
    struct network network;
    struct regex *regex; /* owned */
    size_t count;
    const struct span *texts;           /* TEXTS */
    const struct matcher *const *items; /* NOT, ANY */
};

/* 1, 0, or -E2BIG when a regular expression took too many steps. */
int matcher_test(const struct matcher *, const struct value *);

/* True when a test in it, lists and negations opened, is of that kind (or, `is_of_it` false, of
 * another). */
bool matcher_has(const struct matcher *, enum matcher_kind, bool is_of_it);

/* True when both are made alike, so that they give each value the same answer. */
bool matcher_equal(const struct matcher *, const struct matcher *);

/* The same for matchers that are equal. */
uint64_t matcher_hash(const struct matcher *);

/* The steps a test of the value takes at most, but for the inside of regular expressions. */
static inline size_t matcher_steps(const struct matcher *matcher, const struct value *value)
{
    size_t len = value->kind == VALUE_TEXT ? value->text.len : 0;

    return matcher->per_test + matcher->per_text * len / 8;
}

/* [] -> [matcher]: makes a matcher of the value at `index`: number, text, boolean, list, matcher.
 * Raises for anything else. */
const struct matcher *matcher_push(lua_State *L, int index);

/* The matcher at `index`, NULL when that is something else. */
const struct matcher *matcher_at(lua_State *L, int index);

/* Prepares the machine for matchers; [] -> [match], the table audit.match. */
void matcher_push_library(lua_State *L);

/* [a-z], *, ? and \: true when the whole text is like the glob. Takes len x len steps at most. */
bool glob_matches(struct span glob, struct span text);

/* Reads "10.0.0.0/8", "::1"; false when it is no network. */
bool network_parse(struct span text, struct network *);
bool network_has(const struct network *, struct span address);

struct regex *regex_new(struct span pattern, struct error *);
int regex_matches(struct regex *, struct span text); /* keeps the answers to short texts */
void regex_free(struct regex *);
