#include "policy/matcher.h"

/* Reads what one character of the text is compared with; false at a star or the end. */
static bool take_one(struct span *glob, char byte, bool *is_like)
{
    if (glob->len == 0 || glob->data[0] == '*')
        return false;

    char first = glob->data[0];

    *glob = span_skip(*glob, 1);
    if (first == '?') {
        *is_like = true;
        return true;
    }
    if (first == '\\' && glob->len > 0) {
        *is_like = glob->data[0] == byte;
        *glob = span_skip(*glob, 1);
        return true;
    }

    const char *close =
        first == '[' && glob->len > 1 ? memchr(glob->data + 1, ']', glob->len - 1) : NULL;

    if (close == NULL) {
        *is_like = first == byte;
        return true;
    }

    const char *at = glob->data;
    bool is_negated = *at == '!' || *at == '^';
    bool has = false;

    if (is_negated && at + 1 < close)
        at++;
    while (at < close) {
        bool is_range = close - at > 2 && at[1] == '-';
        uint8_t low = (uint8_t)at[0], high = (uint8_t)at[is_range ? 2 : 0];

        has = has || ((uint8_t)byte >= low && (uint8_t)byte <= high);
        at += is_range ? 3 : 1;
    }
    *is_like = has != is_negated;
    *glob = span_skip(*glob, (size_t)(close - glob->data) + 1);
    return true;
}

bool glob_matches(struct span glob, struct span text)
{
    struct span star_glob = { NULL, 0 }, star_text = { NULL, 0 };

    while (text.len > 0) {
        bool is_like = false;

        if (glob.len > 0 && glob.data[0] == '*') {
            star_glob = glob = span_skip(glob, 1);
            star_text = text;
            continue;
        }
        if (take_one(&glob, text.data[0], &is_like) && is_like) {
            text = span_skip(text, 1);
            continue;
        }
        if (star_glob.data == NULL)
            return false;
        star_text = text = span_skip(star_text, 1); /* the last star takes one more */
        glob = star_glob;
    }
    while (glob.len > 0 && glob.data[0] == '*')
        glob = span_skip(glob, 1);
    return glob.len == 0;
}
