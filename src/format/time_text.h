/*
 * time_text.h - an event's time for people and for other programs, in UTC. The parser of records
 * sees to it that none is behind the year 9999.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { TIME_TEXT_ROOM = 40 /* bytes */ };

/* "2021-03-07T10:50:32.375Z"; `separator` stands between day and time. Returns the length. */
size_t time_text(uint64_t time_ms, char separator, const char *zone, char out[TIME_TEXT_ROOM]);
