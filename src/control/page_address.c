/* page_address.c - reads where a page is to be served. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "control/metrics_page.h"

enum { HOST_MOST = 64 /* bytes of an address */ };

static bool refuse(struct error *err, const char *what, struct span text)
{
    error_set(
        err, -EINVAL,
        "expected a loopback address such as '127.0.0.1:9321' or 'unix:/run/laudit/metrics.sock', "
        "found %s'%.*s'",
        what, SPAN_ARG(text));
    return false;
}

static bool parse_unix(struct span path, struct page_address *address, struct error *err)
{
    struct sockaddr_un place = { .sun_family = AF_UNIX };

    if (path.len == 0 || memchr(path.data, '\0', path.len) != NULL)
        return refuse(err, "", path);
    if (path.len >= sizeof place.sun_path) {
        error_set(err, -ENAMETOOLONG, "expected a path of at most %zu bytes, found '%.*s'",
                  sizeof place.sun_path - 1, SPAN_ARG(path));
        return false;
    }
    memcpy(place.sun_path, path.data, path.len);
    memcpy(&address->place, &place, sizeof place);
    address->len = sizeof place;
    address->is_unix = true;
    return true;
}

static bool parse_inet(const char *host, uint16_t port, struct page_address *address)
{
    struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons(port) };

    if (inet_pton(AF_INET, host, &place.sin_addr) != 1)
        return false;
    memcpy(&address->place, &place, sizeof place);
    address->len = sizeof place;
    return true;
}

static bool parse_inet6(const char *host, uint16_t port, struct page_address *address)
{
    struct sockaddr_in6 place = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

    if (inet_pton(AF_INET6, host, &place.sin6_addr) != 1)
        return false;
    memcpy(&address->place, &place, sizeof place);
    address->len = sizeof place;
    return true;
}

/* Only this machine can reach it. */
static bool is_loopback(const struct page_address *address)
{
    struct sockaddr_in place;
    struct sockaddr_in6 place6;

    memcpy(&place, &address->place, sizeof place);
    if (place.sin_family == AF_INET)
        return ntohl(place.sin_addr.s_addr) >> 24 == 127;
    memcpy(&place6, &address->place, sizeof place6);
    return IN6_IS_ADDR_LOOPBACK(&place6.sin6_addr);
}

/* Cuts "HOST:PORT" or "[HOST]:PORT"; false when it is neither. */
static bool cut(struct span text, char *host, uint16_t *port)
{
    const char *colon = memrchr(text.data, ':', text.len);
    uint64_t number;

    if (colon == NULL)
        return false;

    struct span name = { text.data, (size_t)(colon - text.data) };
    struct span digits = span_skip(text, name.len + 1);

    if (!span_decimal(digits, &number) || number == 0 || number > UINT16_MAX)
        return false;
    if (name.len > 1 && name.data[0] == '[' && name.data[name.len - 1] == ']')
        name = (struct span){ name.data + 1, name.len - 2 };
    if (name.len >= HOST_MOST || memchr(name.data, '\0', name.len) != NULL)
        return false;
    memcpy(host, name.data, name.len);
    host[name.len] = '\0';
    *port = (uint16_t)number;
    return true;
}

bool page_address_parse(struct span text, struct page_address *address, struct error *err)
{
    const struct span unix_prefix = SPAN("unix:");
    char host[HOST_MOST];
    uint16_t port;

    *address = (struct page_address){ 0 };
    if (span_starts(text, unix_prefix))
        return parse_unix(span_skip(text, unix_prefix.len), address, err);
    if (!cut(text, host, &port))
        return refuse(err, "", text);
    if (strcmp(host, "localhost") == 0)
        return parse_inet("127.0.0.1", port, address);
    if (!parse_inet(host, port, address) && !parse_inet6(host, port, address))
        return refuse(err, "", text);
    return is_loopback(address) || refuse(err, "one that other hosts can reach: ", text);
}
