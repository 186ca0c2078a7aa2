#include "event/completed.h"

/* No id of a place has that place's complement as its serial: the memory begins empty. */
void completed_init(struct completed *completed)
{
    for (uint32_t place = 0; place < COMPLETED_KEPT; place++) {
        completed->ids[place].time_ms = 0;
        completed->ids[place].serial = ~place;
        completed->ids[place].node = 0;
    }
}
