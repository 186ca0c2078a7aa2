/*
 * keys.h - the keys of a rule, one by one.
 */
#pragma once

#include "rules/rule.h"

/*
 * Cuts the next key off `rest`, which begins as the text of AUDIT_FILTERKEY; false when none is
 * left. A text with an empty key between its separators is one key, because no line could say it in
 * parts.
 */
bool keys_next(struct span *rest, struct span *key);
