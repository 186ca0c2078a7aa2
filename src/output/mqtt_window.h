/*
 * mqtt_window.h - which messages are under way: the ids that their acknowledgements will name.
 *
 * Brokers acknowledge in the order in which they were published, so that finding is the first look.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mqtt_window {
    struct mqtt_flight {
        int id; /* 0: acknowledged */
        size_t index;
    } * flights; /* a ring */
    size_t room, first, used, waiting;
};

void mqtt_window_init(struct mqtt_window *, size_t room);
void mqtt_window_free(struct mqtt_window *);
void mqtt_window_clear(struct mqtt_window *);

static inline bool mqtt_window_is_full(const struct mqtt_window *window)
{
    return window->used == window->room;
}

void mqtt_window_add(struct mqtt_window *, int id, size_t index);

/* False when no message of that id is under way. */
bool mqtt_window_take(struct mqtt_window *, int id, size_t *index);
