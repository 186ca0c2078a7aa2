#include "interpret/hex.h"

#define X 0xFF

/* The value of a digit, X for what is none. */
static const unsigned char values[256] = {
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    X, X, X, X, X, X, X, 10, 11, 12, 13, 14, 15, X,  X,  X,  X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  10, 11, 12, 13, 14, 15, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X,  X,  X,  X,  X,  X,  X,  X,  X,  X, X, X, X, X, X, X, X,
};

bool hex_decode(struct span hex, char *out)
{
    unsigned bad = hex.len & 1;
    size_t count = hex.len / 2;

    for (size_t i = 0; i < count; i++) {
        unsigned high = values[(unsigned char)hex.data[2 * i]];
        unsigned low = values[(unsigned char)hex.data[2 * i + 1]];

        bad |= (high | low) & 0x80;
        out[i] = (char)((high << 4 | low) & 0xFF);
    }
    return bad == 0 && count > 0;
}

char *hex_encode(char *out, struct span bytes)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned byte = (unsigned char)bytes.data[i];

        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    return out;
}
