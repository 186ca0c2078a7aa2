#include "policy/patience.h"

#include <time.h>

static uint64_t processor_time_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

bool patience_look(struct patience *patience)
{
    uint64_t now = processor_time_ns();

    patience->look_at = patience->steps + PATIENCE_LOOKS;
    if (patience->began_ns == 0)
        patience->began_ns = now;
    return patience->steps < PATIENCE_STEPS_MOST &&
           now - patience->began_ns < PATIENCE_MOST_MS * UINT64_C(1000000);
}
