#include "event/serials.h"

#include <string.h>

static bool is_seen(const struct serials *serials, uint32_t serial)
{
    return (serials->seen[serial % SERIALS_WINDOW / 64] >> serial % 64 & 1) != 0;
}

static void mark_seen(struct serials *serials, uint32_t serial)
{
    serials->seen[serial % SERIALS_WINDOW / 64] |= (uint64_t)1 << serial % 64;
}

static void forget_seen(struct serials *serials, uint32_t serial)
{
    serials->seen[serial % SERIALS_WINDOW / 64] &= ~((uint64_t)1 << serial % 64);
}

/* A sequence begins: what came before its first serial is no gap. */
static void begin(struct serials *serials, uint64_t time_ms, uint32_t serial)
{
    serials->is_begun = true;
    serials->highest = serial;
    serials->time_ms = serials->latest_ms = time_ms;
    memset(serials->seen, 0xFF, sizeof serials->seen);
}

static void leap_to(struct serials *serials, uint32_t serial, uint64_t *gaps)
{
    uint32_t missing = serial - serials->highest - 1;

    if (missing >= SERIALS_WINDOW)
        memset(serials->seen, 0, sizeof serials->seen);
    else
        for (uint32_t each = serials->highest + 1; each != serial; each++)
            forget_seen(serials, each);
    *gaps += missing;
    serials->highest = serial;
    mark_seen(serials, serial);
}

/* Does the serial, `ahead` of the highest or behind it, belong to another sequence? */
static bool is_other(const struct serials *serials, uint64_t time_ms, uint32_t serial,
                     int32_t ahead)
{
    bool is_behind = ahead <= -SERIALS_WINDOW;
    bool is_again = ahead <= 0 && !is_behind && is_seen(serials, serial);

    if (serials->is_set_back)
        return is_behind || is_again || ahead > SERIALS_WINDOW;
    if (ahead > 0)
        return false;
    if (is_behind)
        return time_ms > serials->time_ms;
    return time_ms > (is_again ? serials->time_ms : serials->latest_ms) + SERIALS_LATER_MS;
}

void serials_take(struct serials *serials, uint64_t time_ms, uint32_t serial, uint64_t *gaps)
{
    int32_t ahead = (int32_t)(serial - serials->highest);

    if (!serials->is_begun || is_other(serials, time_ms, serial, ahead)) {
        begin(serials, time_ms, serial);
    } else if (ahead > 0) {
        leap_to(serials, serial, gaps);
        serials->time_ms = time_ms;
    } else if (ahead > -SERIALS_WINDOW && !is_seen(serials, serial)) {
        mark_seen(serials, serial);
        --*gaps;
    }
    if (time_ms > serials->latest_ms)
        serials->latest_ms = time_ms;
    serials->is_set_back = false;
}

void serials_set_back(struct serials *serials)
{
    serials->is_set_back = true;
}
