/*
 * generations.h - the older files of a log: PATH.1, the newest, to PATH.N, each packed or not.
 *
 * Renames are ordered so that a crash between any two leaves at most a gap, which the next shift
 * fills. Nothing is ever overwritten and no link followed. All calls block on the disk; one at a
 * time for a path.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "output/pack.h"

enum {
    GENERATIONS_MOST = 999, /* that are looked for */
    GENERATION_SUFFIX = 16  /* bytes that a generation's name is longer than the path, at most */
};

/* Writes the name of a generation, "PATH.3.zst". The path is at most PATH_MAX - GENERATION_SUFFIX.
 */
void generation_name(char name[PATH_MAX], const char *path, unsigned number, enum packing);

/* Is `name` what an older file of `path` is called, or one of the two names used on the way there?
 * Folders do not count. */
bool generations_is_name(struct span path, struct span name);

/* As rename(2), but never over something that is there. 0, or negative errno. */
int generations_move(const char *from, const char *to);

/*
 * Moves every generation up to the first gap, so that there is no PATH.1. On failure nothing is
 * lost: a negative errno with a sentence.
 */
int generations_shift(const char *path, struct error *);

/* Deletes those behind the first `keep`. */
void generations_trim(const char *path, unsigned keep);

/* Deletes the oldest and gives its name; false when there is none. */
bool generations_delete_oldest(const char *path, char name[PATH_MAX]);

/* The oldest one that is not packed; 0: there is none. */
unsigned generations_find_plain(const char *path);

/* Packs generation `number`. 0; -ECANCELED as pack_file; or a negative errno: it stays as it was.
 */
int generations_pack(const char *path, unsigned number, enum packing, const atomic_bool *stop);

/* Removes what a crash left half done: what was being packed, and plain files that were packed. */
void generations_repair(const char *path);
