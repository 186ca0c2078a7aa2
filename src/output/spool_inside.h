/*
 * spool_inside.h - what a spool is made of: for spool.c and what stands beside it, and nobody else.
 */
#pragma once

#include "output/spool.h"
#include "output/spool_position.h"
#include "output/spool_rest.h"
#include "output/spool_segment.h"

/* Where the next frame is read. */
struct spool_reader {
    size_t index; /* of the segment */
    struct spool_place place;
    int fd; /* of a segment that is not being written; -1 */
};

/* What was read last and can be returned. */
struct spool_reading {
    struct spool_place before, before_final;
    uint64_t serial, final_serial; /* of the first frame and the last one */
    size_t count;                  /* messages; 0: nothing can be returned */
    uint64_t bytes, final_bytes;   /* of all frames, and of the last one */
};

struct spool {
    struct spool_settings settings; /* path points to the next */
    char *path;
    const struct log *log;
    int folder; /* holds the lock */
    uint64_t salt;
    struct spool_segment *segments; /* in order; the last is written to while `fd` is open */
    size_t count, room;
    int fd;
    uint64_t next_number, next_serial;
    struct spool_reader reader;
    struct spool_reading last;
    uint64_t out_messages, out_bytes; /* read and not acknowledged */
    struct spool_position position;
    struct spool_position_file position_file;
    bool is_position_old; /* what the file says */
    struct spool_rest rest;
    struct spool_frame frame;
    struct buffer payload;
    struct batch *next; /* a frame that may be put to what was read */
    struct spool_stats stats;
};

/* Fills what is zero: takes the folder and looks at every frame. On failure it is to be closed. */
int spool_begin(struct spool *, struct error *);

/* Puts the segment behind the others. */
void spool_add_segment(struct spool *, const struct spool_segment *);

void spool_delete_segment(const struct spool *, uint64_t number);

int spool_write_position(struct spool *);
