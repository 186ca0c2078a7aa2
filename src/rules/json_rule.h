/*
 * json_rule.h - one rule of a JSON document as the words of a line: our own form (rules/json.h) and
 * those of libaudit-go.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "rules/word_list.h"

/*
 * Adds the words of `rule` to `words`. Returns 0, or -EINVAL with a sentence that says which member
 * is wrong: "fields[0]: unknown field 'exee' (did you mean 'exe'?)".
 */
int json_rule_words(const json_t *rule, struct word_list *words, struct error *);
