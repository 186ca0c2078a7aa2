/*
 * syscalls.h - system calls: numbers to names and back, for x86_64, i386, x32, aarch64, arm, armeb,
 * ppc, ppc64, ppc64le, s390, s390x and riscv64 (each one's asm/unistd.h).
 *
 * x32 calls are asked for as x86_64's with bit 30 set, as records carry them.
 */
#pragma once

#include "tables/archs.h"

enum { X32_SYSCALL_BIT = 0x40000000 };

/* The name of call `number` on `arch`; absent when unknown. Constant time. */
struct span syscall_name(uint32_t arch, uint32_t number);

/*
 * The number of call `name` on `arch` (x32's own with the bit when only x32 has it); false when
 * there is none. Takes libaudit's spellings of calls too: "pread" for pread64.
 */
bool syscall_find(uint32_t arch, struct span name, uint32_t *number);

/* A call that any architecture has under a near name; absent when none is near. */
struct span syscall_nearest(struct span name);
