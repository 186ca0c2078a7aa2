/*
 * check.h - what may be asked where: fields, lists and operators, as auditctl and the kernel
 * (kernel/auditfilter.c) allow them.
 *
 * The functions return 0, or -EINVAL with a sentence without the token it is about.
 */
#pragma once

#include "base/error.h"
#include "rules/rule.h"

/* May `field` stand on `list` of a kernel with these features (AUDIT_FEATURE_BITMAP_*)? */
int check_field(uint32_t field, uint32_t list, uint32_t features, struct error *);

/* May `field` be compared by `op`? */
int check_operator(uint32_t field, uint32_t op, struct error *);

/* Is the value one that the kernel takes for this field and operator? */
int check_value(const struct rule_field *, struct error *);

/* May the last field stand beside those before it? */
int check_together(const struct rule *, struct error *);

/* May the list be used on a kernel with these features? */
int check_list(uint32_t list, uint32_t features, struct error *);
