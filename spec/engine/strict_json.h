/*
 * strict_json.h - reads JSON as RFC 8259 has it and not one byte more: UTF-8 is checked, names of
 * an object are told apart, nothing lenient is let through.
 */
#pragma once

#include "base/span.h"

/* NULL when `text` is one whole JSON value, else what is wrong; *at is the offset. */
const char *strict_json_check(struct span text, size_t *at);
