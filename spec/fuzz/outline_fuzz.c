/*
 * outline_fuzz.c - any bytes as the source of a policy: its tokens, its outputs, and the lines of
 * the keys in it.
 *
 * Every token is inside the source, every line is one of its own.
 */
#include <stdint.h>
#include <stdlib.h>

#include "policy/outline.h"
#include "policy/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct span source;
    unsigned lines;
};

static void check_line(const struct seen *seen, unsigned line)
{
    if (line == 0 || line > seen->lines)
        abort();
}

static void check_text(const struct seen *seen, struct span text)
{
    if (text.data != NULL && (text.data < seen->source.data ||
                              text.data + text.len > seen->source.data + seen->source.len))
        abort();
}

static void on_output(void *context, struct span name, unsigned line)
{
    check_text(context, name);
    check_line(context, line);
}

static void walk(const struct seen *seen, const struct outline *outline)
{
    static const struct outline_path paths[] = {
        { { { SPAN("name"), 0 } }, 1 },
        { { { SPAN("on"), 0 }, { SPAN("exe"), 0 } }, 2 },
        { { { SPAN("on"), 0 }, { { NULL, 0 }, 2 }, { SPAN("exe"), 0 } }, 3 },
        { { { SPAN("rules"), 0 } }, 1 },
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct outline_list list = outline_list(outline, &paths[i]);
        struct token token;

        check_line(seen, outline_line(outline, &paths[i]));
        outline_text(outline, &paths[i], &token);
        check_text(seen, token.text);
        check_line(seen, token.line);
        for (int item = 0; item < 8; item++) {
            outline_next(&list, &token);
            check_text(seen, token.text);
            check_line(seen, token.line);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen seen = { { (const char *)data, size }, 1 };
    struct tokens at = tokens_of(seen.source);
    struct token token;

    for (size_t i = 0; i < size; i++)
        seen.lines += data[i] == '\n' ? 1 : 0;
    while ((token = token_next(&at)).kind != TOKEN_END) {
        check_text(&seen, token.text);
        check_line(&seen, token.line);
    }
    text_each_output(seen.source, on_output, &seen);
    for (unsigned number = 1; number <= 2; number++) {
        struct outline outline = outline_of_policy(seen.source, number);

        walk(&seen, &outline);
    }

    struct outline outline = outline_of_output(seen.source, SPAN("o"), 1);

    walk(&seen, &outline);
    return 0;
}
