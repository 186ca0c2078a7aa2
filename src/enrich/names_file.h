/*
 * names_file.h - a passwd or group file, indexed: the ids and names of its lines.
 *
 * Both files begin alike: name:password:id:. Owns what it read until names_file_free.
 */
#pragma once

#include "base/error.h"
#include "base/span.h"

enum {
    NAMES_FILE_MOST = 64 << 20, /* bytes that are read */
    NAME_MOST = 255,            /* bytes of a name; longer ones are left out */
    SMALL_IDS = 1024            /* ids below are found without a search */
};

struct names_file;

/* An index over no file: it knows nobody. */
struct names_file *names_file_new(void);
void names_file_free(struct names_file *);

/*
 * Reads `path` anew if it is another file than last time (inode, size or time of change), or if
 * nothing was read yet. 1 if it did, 0 if nothing changed, negative errno when it cannot be read:
 * then what was known stays.
 */
int names_file_read(struct names_file *, const char *path, struct error *);

bool names_file_name(const struct names_file *, uint32_t id, struct span *name);
bool names_file_id(const struct names_file *, struct span name, uint32_t *id);
