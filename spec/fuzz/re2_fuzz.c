/*
 * re2_fuzz.c - a regular expression of Go, as a stranger writes it: what is translated is one that
 * PCRE2 takes, and can be asked.
 */
#include "policy/matcher.h"
#include "policy/re2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span pattern = { (const char *)data, size };
    struct buffer out = { 0 };
    struct error err;

    if (re2_translate(pattern, &out, &err) == 0 && out.len > 0) {
        struct regex *regex = regex_new(buffer_span(&out), &err);

        if (regex == NULL)
            __builtin_trap();
        regex_matches(regex, pattern);
        regex_free(regex);
    } else if (out.len > 0) {
        __builtin_trap();
    }
    buffer_free(&out);
    return 0;
}
