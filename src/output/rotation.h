/*
 * rotation.h - a fresh file in the place of one that has become too big or too old.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#include "output/file.h"
#include "output/target.h"

/* The hour, day or week (from Monday) of a moment in local time, as a number; 0 for EVERY_NEVER. */
int64_t rotation_period(enum file_every, time_t moment);

/*
 * Moves the older files up, makes PATH the newest of them and puts an empty file with the same
 * rights in its place, which is `target` then. On failure `target` goes on: a negative errno with a
 * sentence.
 */
int rotation_turn(struct target *target, const struct target_settings *, unsigned keep,
                  struct error *);

/* Removes what a crash in the middle of a turn left. */
void rotation_repair(const char *path);
