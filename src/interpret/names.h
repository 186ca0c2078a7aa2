/*
 * names.h - names of small sets that only the interpreter needs.
 */
#pragma once

#include "base/span.h"

/* "kill" for SECCOMP's code (linux/seccomp.h: SECCOMP_RET_*), its low 16 bits aside. */
struct span seccomp_action_name(uint32_t code);
