/*
 * set.h - the rules that are wanted, or that a kernel holds: in order, each with where it came
 * from.
 *
 * Rules of all the kernel's lists stand in one order; only that within a list counts. A set owns
 * its array; rules and texts of origins are borrowed from whoever read them.
 */
#pragma once

#include "rules/rule.h"

enum { RULE_SET_MOST = 16384 /* rules; a kernel with as many crawls */ };

struct rule_item {
    const struct rule *rule;
    struct rule_origin origin;
    uint64_t hash;    /* rule_hash */
    uint64_t keys;    /* a bit for each of its keys: without the bit of a key it does not have it */
    bool is_optional; /* after -i or -c: the kernel may refuse it */
};

/* A number that a rule file sets, and where; the last one counts. */
struct rule_setting {
    bool is_wanted;
    uint32_t value;
    struct rule_origin origin;
};

struct rule_settings {
    struct rule_setting enabled, failure, rate_limit, backlog_limit, backlog_wait_time,
        loginuid_immutable;
};

/* -q or -t: done on each load, behind the rules. */
struct rule_tree {
    struct span paths; /* "DIRECTORY,SUBTREE"; absent for -t */
    struct rule_origin origin;
};

struct rule_set {
    struct rule_item *items;
    size_t count, room;
    struct rule_settings settings;
    struct rule_tree *trees;
    size_t tree_count;
};

void rule_set_free(struct rule_set *);

/* The place of the first rule that is equal to `rule`; false when there is none. */
bool rule_set_find(const struct rule_set *, const struct rule *, size_t *place);

/* Adds a rule at the end or at the front, whether it is there already or not. */
void rule_set_append(struct rule_set *, const struct rule *, struct rule_origin);
void rule_set_prepend(struct rule_set *, const struct rule *, struct rule_origin);

void rule_set_remove(struct rule_set *, size_t place);
void rule_set_remove_key(struct rule_set *, struct span key);
