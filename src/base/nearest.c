#include "base/nearest.h"

enum {
    NAME_MOST = 63,  /* bytes of a name worth comparing */
    FAR_AWAY = 1000, /* edits: not near at all */
    NEAR_MOST = 2    /* edits that still make a likely slip, if less than half of the name */
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned nearest_distance(struct span a, struct span b)
{
    unsigned rows[3][NAME_MOST + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];

    if (a.len > NAME_MOST || b.len > NAME_MOST)
        return FAR_AWAY;
    for (unsigned j = 0; j <= b.len; j++)
        above[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned differs = a.data[i - 1] != b.data[j - 1];

            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + differs);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }

        unsigned *spare = before;

        before = above;
        above = row;
        row = spare;
    }
    return above[b.len];
}

struct span nearest_name(struct span wanted, struct span (*candidate)(const void *, size_t),
                         const void *context, size_t count)
{
    struct span nearest = { NULL, 0 };
    unsigned best = NEAR_MOST + 1;

    for (size_t i = 0; i < count; i++) {
        struct span name = candidate(context, i);
        unsigned distance;

        if (name.len > wanted.len + NEAR_MOST || wanted.len > name.len + NEAR_MOST)
            continue; /* what is longer or shorter takes as many edits */
        distance = nearest_distance(wanted, name);
        if (distance < best && distance * 2 < name.len) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}
