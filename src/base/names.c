#include "base/names.h"

#include "base/nearest.h"

bool names_number(struct names names, struct span text, uint32_t *number)
{
    for (size_t i = 0; i < names.count; i++) {
        if (span_equal(span_of(names.entries[i].text), text)) {
            *number = names.entries[i].number;
            return true;
        }
    }
    return false;
}

bool names_text(struct names names, uint32_t number, struct span *text)
{
    for (size_t i = 0; i < names.count; i++) {
        if (names.entries[i].number == number) {
            *text = span_of(names.entries[i].text);
            return true;
        }
    }
    return false;
}

static struct span candidate(const void *context, size_t index)
{
    return span_of(((const struct name *)context)[index].text);
}

struct span names_nearest(struct names names, struct span wanted)
{
    return nearest_name(wanted, candidate, names.entries, names.count);
}
