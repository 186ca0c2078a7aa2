#include "output/endpoint.h"

#include <errno.h>

static bool is_port(struct span port)
{
    uint64_t number;

    return span_decimal(port, &number) && number >= 1 && number <= 65535;
}

/* Cuts the host off: behind its brackets, at the only colon, or all there is. */
static struct span cut_host(struct span text, struct span *host)
{
    const char *end;

    if (span_starts(text, SPAN("["))) {
        end = memchr(text.data, ']', text.len);
        if (end == NULL)
            return text;
        *host = (struct span){ text.data + 1, (size_t)(end - text.data) - 1 };
        return span_skip(text, host->len + 2);
    }
    end = memchr(text.data, ':', text.len);
    if (end != NULL && memchr(end + 1, ':', text.len - (size_t)(end + 1 - text.data)) != NULL)
        end = NULL; /* an address of IPv6 alone */
    *host = (struct span){ text.data, end != NULL ? (size_t)(end - text.data) : text.len };
    return span_skip(text, host->len);
}

int endpoint_parse(struct span text, struct span *host, struct span *port, struct error *err)
{
    *host = *port = (struct span){ NULL, 0 };

    struct span rest = cut_host(text, host);
    bool is_whole = rest.len == 0;

    if (span_starts(rest, SPAN(":"))) {
        *port = span_skip(rest, 1);
        is_whole = is_port(*port);
    }
    if (!is_whole || host->len == 0 || memchr(host->data, '/', host->len) != NULL)
        return error_set(err, -EINVAL, "expected HOST:PORT, found '%.*s'", SPAN_ARG(text));
    return 0;
}
