#include "tables/record_types.h"

#include <ctype.h>

#include "base/nearest.h"
#include "tables/lookup.h"

enum { TYPE_FIRST = 1000, TYPE_LAST = 2999 };

#define RECORD_TYPE(symbol, number) [(number)-TYPE_FIRST] = { #symbol, sizeof(#symbol) - 1 },
static const struct span names[TYPE_LAST - TYPE_FIRST + 1] = {
#include "tables/record_types.inc"
};
#undef RECORD_TYPE

/* The types in the order of record_types.inc, as the lookup counts them. */
#define RECORD_TYPE(symbol, number) number,
static const uint16_t types[] = {
#include "tables/record_types.inc"
};
#undef RECORD_TYPE

static const struct lookup by_name = {
#include "tables/record_types_lookup.inc"
};

static const struct span unknown_prefix = { "UNKNOWN[", 8 };

struct span record_type_name(uint16_t type)
{
    if (type < TYPE_FIRST || type > TYPE_LAST)
        return (struct span){ NULL, 0 };
    return names[type - TYPE_FIRST];
}

static bool unknown_number(struct span token, uint16_t *type)
{
    uint64_t number;

    if (!span_starts(token, unknown_prefix) || token.data[token.len - 1] != ']')
        return false;
    token = span_skip(token, unknown_prefix.len);
    token.len--;
    if (!span_decimal(token, &number) || number > UINT16_MAX)
        return false;
    *type = (uint16_t)number;
    return true;
}

bool record_type_find(struct span token, uint16_t *type)
{
    uint16_t row = lookup_find(&by_name, token);

    if (row == LOOKUP_NONE)
        return unknown_number(token, type);
    if (lookup_is_long(token) && !span_equal(record_type_name(types[row]), token))
        return false;
    *type = types[row];
    return true;
}

static struct span name_of(const void *context, size_t row)
{
    (void)context;
    return record_type_name(types[row]);
}

struct span record_type_nearest(struct span token)
{
    char upper[64];
    struct span wanted = { upper, token.len < sizeof upper ? token.len : sizeof upper };

    for (size_t i = 0; i < wanted.len; i++)
        upper[i] = (char)toupper((unsigned char)token.data[i]);
    return nearest_name(wanted, name_of, NULL, sizeof types / sizeof types[0]);
}
