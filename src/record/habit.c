#include "record/habit.h"

void habit_learn(struct habit *habit, uint32_t *next, struct span name, uint16_t id)
{
    if (*next >= HABIT_NAMES)
        return;

    struct guess *guess = &habit->guesses[*next];
    bool fits = name.len < SCAN_STEP;

    *guess = (struct guess){ .mask = MASK_NOTHING, .id = id };
    if (fits) {
        memcpy(guess->name, name.data, name.len);
        guess->name[name.len] = '=';
        guess->mask = ((uint32_t)2 << name.len) - 1;
        guess->len = (uint8_t)name.len;
    }
    ++*next;
    if (habit->count < *next)
        habit->count = *next;
}
