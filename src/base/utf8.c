#include "base/utf8.h"

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
