/*
 * spool_segment.h - one file of a spool: a header, then frames, read from the first to the last.
 *
 * What was damaged is skipped up to the next frame that can be believed. All of the file is
 * untrusted.
 */
#pragma once

#include "output/spool_frame.h"

enum { SPOOL_SEGMENT_HEADER = 32 /* bytes before the first frame */ };

struct spool_segment {
    uint64_t number;   /* in the order of writing */
    uint64_t salt;     /* of its frames */
    uint64_t size;     /* bytes that count */
    uint64_t messages; /* in it that were not read yet */
    uint64_t bytes;    /* of their frames */
    uint64_t damaged;  /* frames in it that are known to be */
};

/* A place between two frames, and what was met on the way there. */
struct spool_place {
    uint64_t offset;
    uint64_t serial;  /* that the next frame has at least */
    uint64_t damaged; /* frames skipped so far */
};

/* Writes "0000000000000001.segment". */
enum { SPOOL_SEGMENT_NAME = 32 };
void spool_segment_name(uint64_t number, char name[SPOOL_SEGMENT_NAME]);
bool spool_segment_is_name(const char *name, uint64_t *number);

/* Makes the file with its header, by number and salt, and returns a descriptor for both directions;
 * or negative errno and there is no file. */
int spool_segment_create(struct spool_segment *, int folder, const char *name);

/* Opens what `name` names (a file, not a link) and returns a descriptor, or negative errno. */
int spool_segment_open(int folder, const char *name);

/*
 * Reads the header of the file, whose `size` is set. 0; -EBADMSG when it cannot be believed;
 * -EPROTONOSUPPORT when another version of laudit wrote it.
 */
int spool_segment_begin(struct spool_segment *, int fd);

/* Writes the frame behind `size`, all or nothing. 0, or negative errno. */
int spool_segment_write(struct spool_segment *, int fd, const struct spool_frame *, bool syncs);

/*
 * Finds the next frame and reads it; `place` is then behind it. 1; 0 at the end: then `place` is
 * where the last frame ended; or negative errno.
 */
int spool_segment_next(const struct spool_segment *, int fd, struct spool_place *place,
                       struct spool_frame_head *, struct buffer *payload);
