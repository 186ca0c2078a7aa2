/*
 * flags.h - smaller sets of names: signals, capabilities, address families, filter lists,
 * permissions, seccomp's answers; spelled as libaudit spells them.
 *
 * A name is absent when the number is unknown; a find is false when the name is.
 */
#pragma once

#include "base/span.h"

/* "SIGKILL" for 9; neither 0 nor the real-time signals have a name. */
struct span signal_name(uint32_t number);
bool signal_find(struct span name, uint32_t *number);

/* "sys_admin" for 21. */
struct span capability_name(uint32_t number);
bool capability_find(struct span name, uint32_t *number);

/* "inet" for 2, "local" for AF_UNIX. */
struct span family_name(uint32_t number);
bool family_find(struct span name, uint32_t *number);

/* "exit" for 4 (AUDIT_FILTER_EXIT); find also takes the short "fs". */
struct span filter_list_name(uint32_t number);
bool filter_list_find(struct span name, uint32_t *number);

/* AUDIT_PERM_* of linux/audit.h. */
enum { PERM_EXEC = 1, PERM_WRITE = 2, PERM_READ = 4, PERM_ATTR = 8 };

/* "write,attr" for PERM_WRITE | PERM_ATTR; all four for 0, which asks for no one in particular.
 * Absent beyond 15. */
struct span perm_names(uint32_t perm);

/* The bits of letters such as "wa", each at most once; false when empty or anything else. */
bool perm_find(struct span letters, uint32_t *perm);

/* "errno" for 0x00050001 (linux/seccomp.h): the data in the lower half is not looked at. */
struct span seccomp_name(uint32_t code);
