#include "base/escape.h"

#include <stdio.h>

static bool is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t utf8_len(struct span text)
{
    const unsigned char *at = (const unsigned char *)text.data;

    if (text.len == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xC2 && at[0] <= 0xDF)
        return text.len >= 2 && is_tail(at[1]) ? 2 : 0;
    if (at[0] >= 0xE0 && at[0] <= 0xEF) {
        if (text.len < 3 || !is_tail(at[1]) || !is_tail(at[2]))
            return 0;
        if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F))
            return 0; /* overlong, or half of a surrogate pair */
        return 3;
    }
    if (at[0] >= 0xF0 && at[0] <= 0xF4) {
        if (text.len < 4 || !is_tail(at[1]) || !is_tail(at[2]) || !is_tail(at[3]))
            return 0;
        if ((at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F))
            return 0;
        return 4;
    }
    return 0;
}

static bool is_control(struct span text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text.data;

    if (len == 1)
        return at[0] < 0x20 || at[0] == 0x7F;
    return len == 2 && at[0] == 0xC2 && at[1] < 0xA0; /* C1 */
}

size_t escape_text(char *out, size_t room, struct span text)
{
    size_t written = 0;

    while (text.len > 0) {
        size_t len = utf8_len(text);
        bool harmless = len > 0 && !is_control(text, len);
        size_t taken = len > 0 ? len : 1;
        size_t needed = harmless ? taken : 4 * taken;

        if (written + needed >= room)
            break;
        if (harmless)
            memcpy(out + written, text.data, taken);
        else
            for (size_t i = 0; i < taken; i++)
                snprintf(out + written + 4 * i, 5, "\\x%02X", (unsigned char)text.data[i]);
        written += needed;
        text = span_skip(text, taken);
    }
    out[written] = '\0';
    return written;
}
