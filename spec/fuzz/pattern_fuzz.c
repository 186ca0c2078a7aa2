/*
 * pattern_fuzz - any pattern on any text: ends within its steps, and its captures lie in the text.
 *
 * The input's first byte says how long the pattern is; the text follows.
 */
#include <errno.h>
#include <stdlib.h>

#include "policy/matcher.h"
#include "policy/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 20000, SLACK = 4096 /* steps that one compared back reference may overdraw */ };

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_match(const struct pattern *pattern, const struct pattern_match *match,
                        struct span text)
{
    const char *end = text.data + text.len;

    demand(match->start >= text.data && match->end >= match->start && match->end <= end);
    for (unsigned i = 0; i < pattern->capture_count; i++) {
        const struct capture *capture = &match->captures[i];

        demand(capture->start >= text.data && capture->start <= end);
        demand(capture->len == CAPTURE_IS_POSITION ||
               (capture->len >= 0 && capture->len <= end - capture->start));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || data[0] > size - 1)
        return 0;

    struct span wanted = { (const char *)data + 1, data[0] };
    struct span text = { wanted.data + wanted.len, size - 1 - wanted.len };
    struct pattern pattern;
    struct pattern_match match;
    int64_t budget = STEPS;

    if (pattern_compile(&pattern, wanted, true) == NULL) {
        int status = pattern_find(&pattern, text, 0, &budget, &match);

        demand(status == 1 || status == 0 || status == -ETIME);
        demand(status != -ETIME || budget < 0);
        demand(budget >= -SLACK);
        if (status == 1)
            check_match(&pattern, &match, text);
    }
    glob_matches(wanted, text);
    return 0;
}
