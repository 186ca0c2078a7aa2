/*
 * outlets_inside.h - what the machine of the outputs is made of, for the two files that serve it.
 */
#pragma once

#include "policy/bindings.h"
#include "policy/index.h"
#include "policy/outlets.h"

/* Where the registry has the list of { name, on, transform }. */
extern const char outlets_found_key[];

/* One output of the configuration. */
struct outlet {
    struct outlet_place place; /* its name is owned */
    int number;                /* in the list of the machine; 0: it has none */
    struct selector *selector;
    uint64_t failures;
    uint64_t said_ms; /* event time when a failure was logged last */
};

struct outlets {
    struct policy host; /* whom the bindings serve: a path, a source, a machine */
    struct surroundings surroundings;
    struct outlet items[ROUTE_OUTPUTS_MOST];
    size_t count;
    bool is_wrong;       /* the configuration has mistakes: nothing is made */
    uint64_t choosy;     /* a bit for each output that has `on` */
    struct index *index; /* of their selectors */
    struct facts facts;
};

/* Counts a failure of `what`; logs it at most once a minute of event time. */
void outlets_fail(struct outlets *, struct outlet *, const char *what, const char *sentence,
                  uint64_t now_ms);

/* A machine that hit its cap is not trusted any more: begins anew. */
void outlets_rebuild(struct outlets *);
