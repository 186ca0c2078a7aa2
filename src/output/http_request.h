/*
 * http_request.h - one request at a time over one of libcurl's handles: what is sent, what came.
 *
 * Owned by the sink, which has one or several and uses each again and again.
 */
#pragma once

#include "output/http_answer.h"
#include "output/http_headers.h"

/* Where requests go, as libcurl wants to be told. */
struct http_target {
    char *url;        /* with tls.server_name for its host, if there is one */
    char *connect_to; /* NULL, or where that host really is: "NAME:PORT:HOST:PORT" */
    char *host;       /* NULL, or "Host: HOST:PORT" of the URL that was given */
};

/* 0, or -EINVAL with "url: ...". */
int http_target_make(struct http_target *, const struct http_settings *, struct error *);
void http_target_free(struct http_target *);

struct http_request {
    CURL *easy;
    struct buffer body, packed; /* `packed` is what is sent, unless it is empty */
    size_t sent;                /* bytes of the body that libcurl took */
    struct buffer answer;
    size_t answer_room; /* bytes of an answer that are kept */
    bool is_cut;        /* it was longer */
    struct curl_slist *headers, *connect_to;
    size_t first, end; /* messages of the batch that it carries */
    bool is_built;     /* the body is there */
    bool is_busy;
    CURLcode code; /* how the transfer ended */
    char error[CURL_ERROR_SIZE];
};

/* Settings' spans end with a zero byte. `user` is handed back by curl's CURLINFO_PRIVATE. */
void http_request_open(struct http_request *, const struct http_settings *,
                       const struct http_target *, double connect_timeout_s, void *user);
void http_request_close(struct http_request *);

/* Readies the transfer of `body` or `packed` to be started; takes the headers. */
void http_request_begin(struct http_request *, struct curl_slist *headers, size_t messages,
                        const struct http_headers *secrets);

/* Forgets what was sent and what came, and lets it be used again. */
void http_request_end(struct http_request *);

/* What became of the messages of `batch` that it carried, after `code`. */
void http_request_judge(struct http_request *, const struct http_settings *,
                        const struct http_headers *secrets, struct batch *, struct http_verdict *);
