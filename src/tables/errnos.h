/*
 * errnos.h - errno numbers and names as Linux's asm-generic headers give them, which all
 * architectures of these tables share.
 */
#pragma once

#include "base/span.h"

/* "EACCES" for 13; absent when unknown. */
struct span errno_name(uint32_t number);

/* Takes aliases too: EWOULDBLOCK gives EAGAIN's number. */
bool errno_find(struct span name, uint32_t *number);
