#include "output/mqtt_window.h"

#include <assert.h>
#include <stdlib.h>

void mqtt_window_init(struct mqtt_window *window, size_t room)
{
    *window =
        (struct mqtt_window){ .flights = calloc(room, sizeof *window->flights), .room = room };
    if (window->flights == NULL)
        abort();
}

void mqtt_window_free(struct mqtt_window *window)
{
    free(window->flights);
}

void mqtt_window_clear(struct mqtt_window *window)
{
    window->first = window->used = window->waiting = 0;
}

static struct mqtt_flight *at(struct mqtt_window *window, size_t place)
{
    return &window->flights[(window->first + place) % window->room];
}

void mqtt_window_add(struct mqtt_window *window, int id, size_t index)
{
    assert(!mqtt_window_is_full(window));
    *at(window, window->used++) = (struct mqtt_flight){ id, index };
    window->waiting++;
}

bool mqtt_window_take(struct mqtt_window *window, int id, size_t *index)
{
    size_t place = 0;

    while (place < window->used && at(window, place)->id != id)
        place++;
    if (place == window->used || id == 0)
        return false;
    *index = at(window, place)->index;
    at(window, place)->id = 0;
    window->waiting--;
    while (window->used > 0 && at(window, 0)->id == 0) {
        window->first = (window->first + 1) % window->room;
        window->used--;
    }
    return true;
}
