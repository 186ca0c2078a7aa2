/*
 * selector.h - a policy's `on = {...}`, compiled: which events it wants.
 *
 * Owned by the policy. Its matchers live in the policy's machine, which must outlive it.
 */
#pragma once

#include "base/mistakes.h"
#include "base/names.h"
#include "interpret/resolver.h"
#include "policy/facts.h"
#include "policy/matcher.h"
#include "policy/outline.h"

enum { SELECTOR_TERMS_MOST = 64 /* of one alternative */ };

/* What a term's key asks for. */
enum term_subject {
    TERM_FIELD, /* euid: any record's field with that id */
    TERM_UPPER, /* AUID: its name */
    TERM_NAMED, /* field.NAME, which the table of fields does not hold */
    TERM_TYPE,
    TERM_KEY,
    TERM_NODE,
    TERM_ARGV,
    TERM_PROCTITLE,
    TERM_ADDRESS_FAMILY,
    TERM_ADDRESS_IP,
    TERM_ADDRESS_PATH,
    TERM_ADDRESS_PORT
};

/* A user's or group's name in the term, looked up once. */
struct known_id {
    struct span name;
    uint32_t id;
};

struct term {
    enum term_subject subject;
    uint16_t id;                   /* FIELD, UPPER */
    bool is_negated;               /* holds where `matcher` does not */
    bool has_negation;             /* inside `matcher` */
    struct span name;              /* NAMED; lives in the machine */
    const struct matcher *matcher; /* never a MATCH_NOT */
    struct known_id *known;        /* owned */
    size_t known_count;
    bool is_by_number; /* types of records, by range */
};

/* One set of terms, all of which must hold. */
struct selector {
    struct term terms[SELECTOR_TERMS_MOST];
    size_t count;
    struct selector *otherwise; /* the next set, owned; NULL after the last */
};

/* Where mistakes are: in the table of that file that has the selector as `on`. */
struct selector_place {
    const char *path;
    const char *owner; /* stands before "on": "output 'soc': ", or "" */
    struct outline outline;
};

/*
 * Compiles the list of alternatives at the top of the machine's stack, each a list of
 * { key, matcher } with its number as `item` (lua/audit/selector.lua made it). Adds mistakes and
 * returns NULL when there is one. `notes` gets the names of users and groups that the resolver does
 * not know.
 */
struct selector *selector_new(lua_State *L, const struct selector_place *, const struct resolver *,
                              struct mistakes *, struct mistakes *notes);
void selector_free(struct selector *);

/* Calls `visit` for each text or number of a matcher that a value must equal one of; false when the
 * matcher is not that simple. */
typedef void literal_visitor(void *context, const struct value *literal);
bool matcher_each_literal(const struct matcher *, literal_visitor *, void *context);
