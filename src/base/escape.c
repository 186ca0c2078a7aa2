#include "base/escape.h"

#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"

static uint32_t code_point(struct span text, size_t len)
{
    static const unsigned char first_bits[] = { [1] = 0x7F, [2] = 0x1F, [3] = 0x0F, [4] = 0x07 };
    const unsigned char *at = (const unsigned char *)text.data;
    uint32_t code = at[0] & first_bits[len];

    for (size_t i = 1; i < len; i++)
        code = code << 6 | (at[i] & 0x3F);
    return code;
}

/* What nobody sees, but what changes where or in which order the rest is seen. */
static bool is_control(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } controls[] = {
        { 0x0000, 0x001F }, /* C0 */
        { 0x007F, 0x009F }, /* DEL, C1 */
        { 0x061C, 0x061C }, /* Arabic letter mark */
        { 0x200E, 0x200F }, /* left-to-right and right-to-left mark */
        { 0x2028, 0x202E }, /* line and paragraph separator, bidirectional embedding, override */
        { 0x2066, 0x2069 }, /* bidirectional isolates */
        { 0xFEFF, 0xFEFF }, /* byte order mark */
    };

    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
        if (code >= controls[i].first && code <= controls[i].last)
            return true;
    }
    return false;
}

size_t escape_text(char *out, size_t room, struct span text)
{
    size_t written = 0;

    while (text.len > 0) {
        size_t len = utf8_len(text);
        bool harmless = len > 0 && !is_control(code_point(text, len));
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
