#include "policy/patience.h"

#include <time.h>

enum { STEPS_BETWEEN_LOOKS = 10000 };

static uint64_t processor_time_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void patience_begin(struct patience *patience)
{
    *patience = (struct patience){ .look_at = STEPS_BETWEEN_LOOKS };
}

bool patience_spend(struct patience *patience, size_t steps)
{
    uint64_t now;

    patience->steps += steps < PATIENCE_STEPS_MOST ? steps : PATIENCE_STEPS_MOST;
    if (patience->steps < patience->look_at)
        return true;
    patience->look_at = patience->steps + STEPS_BETWEEN_LOOKS;
    now = processor_time_ns();
    if (patience->began_ns == 0)
        patience->began_ns = now;
    return patience->steps < PATIENCE_STEPS_MOST &&
           now - patience->began_ns < PATIENCE_MOST_MS * UINT64_C(1000000);
}
