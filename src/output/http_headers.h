/*
 * http_headers.h - the header fields of requests, with the secrets that some of them hold.
 *
 * Secrets are read for each batch, so that changed files are taken, and overwritten behind it.
 */
#pragma once

#include <curl/curl.h>

#include "base/buffer.h"
#include "output/http_settings.h"

struct http_headers {
    struct buffer lines;   /* "Name: value" and a zero byte each */
    struct buffer secrets; /* what must not be told, a zero byte behind each */
    const char *proxy_user;
    size_t proxy_password; /* where it stands in `secrets`, if there is a user */
};

/* Reads them anew. 0, or a negative errno with a sentence: then there are none. */
int http_headers_read(struct http_headers *, const struct http_settings *, struct error *);

/* NULL: the proxy wants none. */
const char *http_headers_proxy_password(const struct http_headers *);

/* Overwrites and frees what was read. */
void http_headers_forget(struct http_headers *);

/*
 * The fields of one request: those that were read, with a UUID for `trace` (absent: none), `host`
 * ("Host: NAME", or NULL for libcurl's), and the message's own ("Name: value\r\n" each), which go
 * before ours of the same name. What is no field, or is the transport's business, is left out.
 */
struct curl_slist *http_headers_list(const struct http_headers *, struct span trace,
                                     struct span own, const char *host);
void http_headers_free_list(struct curl_slist *);

/* Does the text hold one of the secrets? */
bool http_headers_is_secret(const struct http_headers *, struct span text);

/* A token by RFC 9110, and not one of those that belong to the transport (Content-Length ...). */
bool http_header_is_name(struct span);

/* Printable, and not empty. */
bool http_header_is_value(struct span);
