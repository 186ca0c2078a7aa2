/*
 * rule_names.h - the words of the rule language and the kernel's numbers for them: fields,
 * operators, lists, actions, pairs of -C, kinds of files and file systems.
 *
 * Source: linux/audit.h, auditctl(8). Names that records use too (calls, errno, record types,
 * address families, permissions) are in src/tables.
 */
#pragma once

#include "base/names.h"

/* "auid" and "loginuid" are both AUDIT_LOGINUID; the text of a number is the first of its names. */
extern const struct names rule_field_names;

/* "=", "!=", ">", ">=", "<", "<=", "&", "&=". */
extern const struct names rule_operators;

/* "exit", "exclude", ... of -a; AUDIT_FILTER_*. */
extern const struct names rule_lists;

/* "always", "never". */
extern const struct names rule_actions;

/* "file", "dir", "socket", "link", "character", "block", "fifo": S_IF*. */
extern const struct names rule_file_types;

/* "tracefs", "debugfs", "cgroup", "cgroup2": the magic numbers of linux/magic.h. */
extern const struct names rule_file_systems;

/* Operations of io_uring, by the names of ausyscall: "openat", "uring_cmd". linux/io_uring.h. */
extern const struct names rule_uring_operations;

/* AUDIT_COMPARE_UID_TO_EUID ... for two fields of -C in either order; false when no such pair. */
bool rule_pair_find(uint32_t left, uint32_t right, uint32_t *pair);
bool rule_pair_fields(uint32_t pair, uint32_t *left, uint32_t *right);
