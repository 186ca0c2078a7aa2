/*
 * rules.h - the subcommands of `laudit rules`.
 */
#pragma once

#include "cli/arguments.h"

extern const struct command rules_compile, rules_decode;                     /* rules_compile.c */
extern const struct command rules_list, rules_plan, rules_load, rules_clear; /* rules_kernel.c */
extern const struct command rules_add, rules_delete;                         /* rules_change.c */
extern const struct command rules_import_command;                            /* rules_import.c */
