#include "policy/matcher.h"

#include <errno.h>
#include <stdlib.h>

static bool in_range(const struct matcher *matcher, const struct value *value)
{
    double number;

    return value_as_number(value, &number) && number >= matcher->low && number <= matcher->high;
}

/* success and res: the words and digits that mean yes and no. */
static bool says(const struct matcher *matcher, const struct value *value)
{
    if (value->kind == VALUE_NUMBER)
        return value->number == (matcher->boolean ? 1 : 0);
    if (value->kind != VALUE_TEXT)
        return false;
    if (matcher->boolean)
        return span_equal(value->text, SPAN("yes")) || span_equal(value->text, SPAN("success"));
    return span_equal(value->text, SPAN("no")) || span_equal(value->text, SPAN("failed"));
}

static int compare_spans(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

static int test_text(const struct matcher *matcher, struct span text)
{
    switch (matcher->kind) {
    case MATCH_TEXT:
        return span_equal(text, matcher->text);
    case MATCH_TEXTS:
        return bsearch(&text, matcher->texts, matcher->count, sizeof text, compare_spans) != NULL;
    case MATCH_PREFIX:
        return span_starts(text, matcher->text);
    case MATCH_SUFFIX:
        return span_ends(text, matcher->text);
    case MATCH_CONTAINS:
        return memmem(text.data, text.len, matcher->text.data, matcher->text.len) != NULL;
    case MATCH_GLOB:
        return glob_matches(matcher->text, text);
    case MATCH_REGEX:
        return regex_matches(matcher->regex, text);
    case MATCH_CIDR:
        return network_has(&matcher->network, text);
    default:
        return 0;
    }
}

static int test_any(const struct matcher *matcher, const struct value *value)
{
    if (value->kind == VALUE_TEXT && !gate_passes(&matcher->gate, value->text))
        return 0;
    for (size_t i = 0; i < matcher->count; i++) {
        int answer = matcher_test(matcher->items[i], value);

        if (answer != 0)
            return answer;
    }
    return 0;
}

int matcher_test(const struct matcher *matcher, const struct value *value)
{
    double number;
    int answer;

    switch (matcher->kind) {
    case MATCH_PRESENT:
        return value->kind != VALUE_NIL;
    case MATCH_NUMBER:
        return value_as_number(value, &number) && number == matcher->low;
    case MATCH_BOOLEAN:
        return says(matcher, value);
    case MATCH_RANGE:
        return in_range(matcher, value);
    case MATCH_NOT:
        answer = matcher_test(matcher->items[0], value);
        return answer < 0 ? answer : !answer;
    case MATCH_ANY:
        return test_any(matcher, value);
    default:
        if (value->kind != VALUE_TEXT || !gate_passes(&matcher->gate, value->text))
            return 0;
        return test_text(matcher, value->text);
    }
}

bool matcher_has(const struct matcher *matcher, enum matcher_kind kind, bool is_of_it)
{
    if (matcher->kind != MATCH_NOT && matcher->kind != MATCH_ANY)
        return (matcher->kind == kind) == is_of_it;
    for (size_t i = 0; i < matcher->count; i++)
        if (matcher_has(matcher->items[i], kind, is_of_it))
            return true;
    return false;
}

static bool has_equal_parts(const struct matcher *a, const struct matcher *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->kind == MATCH_TEXTS ? !span_equal(a->texts[i], b->texts[i])
                                   : !matcher_equal(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

bool matcher_equal(const struct matcher *a, const struct matcher *b)
{
    if (a == b)
        return true;
    return a->kind == b->kind && a->boolean == b->boolean && a->low == b->low &&
           a->high == b->high && span_equal(a->text, b->text) && a->network.len == b->network.len &&
           a->network.bits == b->network.bits &&
           memcmp(a->network.bytes, b->network.bytes, sizeof a->network.bytes) == 0 &&
           a->count == b->count && has_equal_parts(a, b);
}

uint64_t matcher_hash(const struct matcher *matcher)
{
    uint64_t hash = span_hash(matcher->text) + matcher->kind;

    for (size_t i = 0; i < matcher->count; i++)
        hash = hash * 31 + (matcher->kind == MATCH_TEXTS ? span_hash(matcher->texts[i])
                                                         : matcher_hash(matcher->items[i]));
    return hash;
}
