/*
 * record_types.h - names and numbers of record types, 1000-2999 (linux/audit.h; user space's own
 * from libaudit.h).
 */
#pragma once

#include "base/span.h"

/* TYPE_SYSCALL = 1300, TYPE_PATH = 1302 ... from record_types.inc. */
enum record_type {
#define RECORD_TYPE(symbol, number) TYPE_##symbol = (number),
#include "tables/record_types.inc"
#undef RECORD_TYPE
};

/* The name of a type, absent when it has none. */
struct span record_type_name(uint16_t type);

/* The number of "SYSCALL" or "UNKNOWN[1999]"; false for anything else. */
bool record_type_find(struct span token, uint16_t *type);

/* The type somebody probably meant, whatever case they wrote; absent when none is near. */
struct span record_type_nearest(struct span token);
