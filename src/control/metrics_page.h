/*
 * metrics_page.h - serves one page, GET /metrics, on a loopback port or a unix socket.
 *
 * Speaks HTTP through libmicrohttpd on the caller's loop and never blocks it: at most eight
 * requests at a time, small ones, and each is over after ten seconds, whatever the other side does.
 */
#pragma once

#include <sys/socket.h>
#include <uv.h>

#include "base/buffer.h"
#include "base/error.h"

/* Where a page is served. */
struct page_address {
    bool is_unix;
    struct sockaddr_storage place; /* a struct sockaddr_in, _in6 or _un */
    uint32_t len;
};

/*
 * Reads "127.0.0.1:9321", "[::1]:9321", "localhost:9321" or "unix:PATH". False with what was
 * expected: also for an address that other hosts could reach.
 */
bool page_address_parse(struct span text, struct page_address *, struct error *);

struct metrics_page;

/* Writes the page; called for each request. */
typedef void page_writer(void *context, struct buffer *out);

/*
 * Binds and listens; nobody is answered before metrics_page_start. A unix socket that nobody
 * listens on any more is replaced; a new one is for its owner and group. NULL with a sentence.
 */
struct metrics_page *metrics_page_open(uv_loop_t *, const struct page_address *, page_writer *,
                                       void *context, struct error *);
void metrics_page_start(struct metrics_page *);

/* Closes at once and takes the unix socket away; frees when the loop has let go. */
void metrics_page_close(struct metrics_page *);
