/*
 * archs.h - architectures: the kernel's AUDIT_ARCH_* values as records carry them (linux/audit.h),
 * and their names.
 *
 * x32 is not one: its calls are x86_64's with bit 30 set.
 */
#pragma once

#include "base/span.h"

/* "x86_64" for 0xc000003e; absent when the value is unknown. */
struct span arch_name(uint32_t arch);

/*
 * The value of "x86_64", "i386", "aarch64", ... or of a machine that is one of them ("i686",
 * "armv7l"); false when there is none. Not b32/b64.
 */
bool arch_find(struct span name, uint32_t *arch);

/* The value of this host's own architecture. */
uint32_t arch_of_host(void);

/*
 * What "b64" or "b32" (`bits`) means on a host of the architecture `host`, as auditctl has it:
 * itself or its 32-bit sibling; false when it has none.
 */
bool arch_of_bits(uint32_t host, unsigned bits, uint32_t *arch);

/* Calls `visit` for each architecture that has a name, whether its calls are known or not. */
void arch_each(void (*visit)(void *context, uint32_t arch, struct span name), void *context);
