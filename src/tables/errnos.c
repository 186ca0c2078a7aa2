#include "tables/errnos.h"

#include "base/names.h"

#define ERRNO(name, number) [number] = { name, sizeof(name) - 1 },
#define ERRNO_ALIAS(name, number)
static const struct span by_number[] = {
#include "tables/errnos.inc"
};
#undef ERRNO_ALIAS
#undef ERRNO

#define ERRNO(name, number) { name, number },
#define ERRNO_ALIAS(name, number) { name, number },
static const struct name by_name[] = {
#include "tables/errnos.inc"
};
#undef ERRNO_ALIAS
#undef ERRNO

struct span errno_name(uint32_t number)
{
    if (number >= sizeof by_number / sizeof by_number[0])
        return (struct span){ NULL, 0 };
    return by_number[number];
}

bool errno_find(struct span name, uint32_t *number)
{
    return names_number(NAMES(by_name), name, number);
}
