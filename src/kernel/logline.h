/*
 * logline.h - one line of an audit log: [node=HOST ]type=NAME msg=audit(...
 *
 * Pure: bytes in, spans out.
 */
#pragma once

#include "kernel/source.h"

/*
 * Cuts a line without its newline (a carriage return at the end is taken off) into node, type token
 * and text; all else of `record` is zero. False when the line is no record.
 */
bool logline_parse(struct span line, struct record_text *);

enum {
    TYPE_CACHE_SLOTS = 128,
    TYPE_CACHE_TOKEN = 22 /* bytes of the longest token kept */
};

/* Remembers which number each type token has; all zero is empty. */
struct type_cache {
    struct type_cache_slot {
        uint16_t type;
        uint8_t len;
        char token[TYPE_CACHE_TOKEN + 1];
    } slots[TYPE_CACHE_SLOTS];
};

/* The number of a type token, 0 when it names none. */
uint16_t type_cache_find(struct type_cache *, struct span token);
