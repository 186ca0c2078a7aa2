/*
 * features.h - what the kernel's audit can do, and the two switches that it calls features.
 *
 * A bit of the status's bitmap says what this kernel knows; a feature is on or off and may be
 * locked, which holds until the next boot.
 */
#pragma once

#include "kernel/request.h"

enum feature { FEATURE_ONLY_UNSET_LOGINUID, FEATURE_LOGINUID_IMMUTABLE, FEATURES };

struct features {
    uint32_t on, locked; /* a bit (1 << enum feature) each */
};

const char *feature_name(enum feature);
bool feature_find(struct span name, enum feature *);

static inline bool feature_is_on(const struct features *features, enum feature feature)
{
    return (features->on >> feature & 1) != 0;
}

static inline bool feature_is_locked(const struct features *features, enum feature feature)
{
    return (features->locked >> feature & 1) != 0;
}

/* Reads a struct audit_features of any length: 0, or -EBADMSG when it is shorter than the first. */
int features_parse(struct span payload, struct features *);

/* Asks and waits: 0, or negative errno with a sentence. */
int features_get(struct netlink *, struct features *, struct error *);

/* Turns it on or off, with `lock` until the next boot, and reads it back. 0, or negative errno with
 * a sentence. */
int feature_set(struct netlink *, enum feature, bool on, bool lock, struct error *);

/* The name of bit `bit` (0-31) in the status's feature_bitmap; NULL when it has none. */
const char *feature_bit_name(unsigned bit);
