#include <arpa/inet.h>

#include "policy/matcher.h"

enum { ADDRESS_MOST = 64 /* bytes of an address as text */ };

/* Reads an address; an IPv4 one in IPv6's clothes (::ffff:1.2.3.4) becomes IPv4. */
static bool read_address(struct span text, uint8_t bytes[16], uint8_t *len)
{
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    char copy[ADDRESS_MOST];

    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, bytes) == 1) {
        *len = 4;
        return true;
    }
    if (inet_pton(AF_INET6, copy, bytes) != 1)
        return false;
    *len = 16;
    if (memcmp(bytes, mapped, sizeof mapped) == 0) {
        memmove(bytes, bytes + 12, 4);
        *len = 4;
    }
    return true;
}

bool network_parse(struct span text, struct network *network)
{
    const char *slash = memchr(text.data, '/', text.len);
    struct span address = { text.data, slash != NULL ? (size_t)(slash - text.data) : text.len };
    uint64_t bits;

    if (!read_address(address, network->bytes, &network->len))
        return false;
    bits = network->len * 8u;
    if (slash != NULL &&
        (!span_decimal(span_skip(text, address.len + 1), &bits) || bits > network->len * 8u))
        return false;
    network->bits = (uint8_t)bits;
    return true;
}

bool network_has(const struct network *network, struct span address)
{
    uint8_t bytes[16], len;

    if (!read_address(address, bytes, &len) || len != network->len)
        return false;

    unsigned whole = network->bits / 8, rest = network->bits % 8;

    if (memcmp(bytes, network->bytes, whole) != 0)
        return false;
    return rest == 0 || ((bytes[whole] ^ network->bytes[whole]) >> (8 - rest)) == 0;
}
