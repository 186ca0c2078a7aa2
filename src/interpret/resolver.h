/*
 * resolver.h - who knows the names of users and groups. Implemented by enrich/users.
 */
#pragma once

#include "base/span.h"

struct resolver {
    void *context;
    /* The name of an id; false when it has none (yet). Never blocks. The span lives until the next
     * call. */
    bool (*user)(void *context, uint32_t uid, struct span *name);
    bool (*group)(void *context, uint32_t gid, struct span *name);
    /* The id of a name, for selectors. May block: at load time only. */
    bool (*user_id)(void *context, struct span name, uint32_t *uid);
    bool (*group_id)(void *context, struct span name, uint32_t *gid);
    const uint64_t *epoch; /* another number when answers may be others; NULL: they never are */
    bool says_unknown; /* an id without a name is `unknown(1000)` (live, --resolve), else it has no
                      UPPER */
};

/* Knows nobody: replay without --resolve, where names come from the ENRICHED tail alone. */
extern const struct resolver resolver_none;
