#include "interpret/mode.h"

#include <stdio.h>

#include "tables/flags.h"

enum {
    TYPE_SHIFT = 12, /* linux/stat.h: S_IFMT is 0170000 */
    BITS_SUID = 04000,
    BITS_SGID = 02000,
    BITS_STICKY = 01000,
    BITS_ACCESS = 0777,
    CAPABILITY_ROOM = 32 /* bytes of one capability's name with its comma */
};

static const struct span type_names[16] = {
    [1] = { "fifo", 4 }, [2] = { "character", 9 }, [4] = { "dir", 3 },    [6] = { "block", 5 },
    [8] = { "file", 4 }, [10] = { "link", 4 },     [12] = { "socket", 6 }
};

static char *put(char *at, struct span text)
{
    memcpy(at, text.data, text.len);
    return at + text.len;
}

static char *put_octal(char *at, uint32_t value)
{
    at[0] = (char)('0' + (value >> 6 & 7));
    at[1] = (char)('0' + (value >> 3 & 7));
    at[2] = (char)('0' + (value & 7));
    return at + 3;
}

size_t mode_write(uint32_t mode, char out[MODE_ROOM])
{
    uint32_t type = mode >> TYPE_SHIFT & 15;
    char *at = type_names[type].len > 0 ? put(out, type_names[type]) : put_octal(out, type);

    if (mode & BITS_SUID)
        at = put(at, SPAN(",suid"));
    if (mode & BITS_SGID)
        at = put(at, SPAN(",sgid"));
    if (mode & BITS_STICKY)
        at = put(at, SPAN(",sticky"));
    *at++ = ',';
    at = put_octal(at, mode & BITS_ACCESS);
    return (size_t)(at - out);
}

struct span capabilities_text(struct arena *arena, uint64_t bits)
{
    if (bits == 0)
        return SPAN("none");

    size_t room = (size_t)__builtin_popcountll(bits) * CAPABILITY_ROOM;
    char *text = arena_alloc(arena, room), *at = text;

    for (uint32_t bit = 0; bit < 64; bit++) {
        if (!(bits >> bit & 1))
            continue;

        struct span name = capability_name(bit);

        if (at > text)
            *at++ = ',';
        if (name.len > 0 && name.len < CAPABILITY_ROOM - 1)
            at = put(at, name);
        else
            at += snprintf(at, CAPABILITY_ROOM - 1, "cap_%u", bit);
    }
    arena_trim(arena, text, (size_t)(at - text));
    return (struct span){ text, (size_t)(at - text) };
}
