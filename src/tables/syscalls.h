/*
 * syscalls.h - system calls and architectures: numbers to names and back.
 *
 * An architecture is the kernel's AUDIT_ARCH_* value as records carry it (linux/audit.h). x32 is
 * not one: its calls are x86_64's with bit 30 set.
 */
#pragma once

#include "base/span.h"

enum { X32_SYSCALL_BIT = 0x40000000 };

/* "x86_64" for 0xc000003e; absent when the value is unknown. */
struct span arch_name(uint32_t arch);

/* The value of "x86_64", "i386", "aarch64", ...; false when there is none. Not b32/b64. */
bool arch_find(struct span name, uint32_t *arch);

/* The value of this host's own architecture. */
uint32_t arch_of_host(void);

/* The name of call `number` on `arch`; absent when unknown. Constant time. */
struct span syscall_name(uint32_t arch, uint32_t number);

/* The number of call `name` on `arch` (x32's own with the bit when only x32 has it); false when
 * there is none. */
bool syscall_find(uint32_t arch, struct span name, uint32_t *number);

/* Calls `visit` for each architecture of the tables. */
void arch_each(void (*visit)(void *context, uint32_t arch, struct span name), void *context);

/* A call that any architecture has under a near name; absent when none is near. */
struct span syscall_nearest(struct span name);
