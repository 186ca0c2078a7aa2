/*
 * route.h - the set of outputs an event or alert goes to.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ROUTE_OUTPUTS_MOST = 64 /* outputs of one configuration */ };

struct route {
    uint64_t bits; /* bit n: output n of the configuration */
};

static inline bool route_has(const struct route *route, unsigned output)
{
    return (route->bits >> output & 1) != 0;
}

static inline void route_add(struct route *route, unsigned output)
{
    route->bits |= (uint64_t)1 << output;
}
