/*
 * perm_calls.h - the calls that a perm field can match.
 *
 * The kernel knows them as classes (asm-generic/audit_write.h and its siblings; audit_match_perm of
 * kernel/auditsc.c): what else a rule with perm asks for never matches, it only takes time.
 */
#pragma once

#include "rules/rule.h"

/*
 * Adds the calls of `arch` that read, write, execute or change attributes (PERM_* of
 * tables/flags.h). False, and nothing is added, where the calls of `arch` are not known.
 */
bool perm_calls_add(struct rule *, uint32_t arch, uint32_t perm);
