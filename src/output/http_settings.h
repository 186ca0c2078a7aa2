/*
 * http_settings.h - what an output of kind http was told.
 */
#pragma once

#include "output/option.h"
#include "output/tls.h"

/* How messages become the body of a request. */
enum http_body {
    HTTP_NDJSON, /* one after another, as in a file */
    HTTP_ARRAY,  /* a JSON array */
    HTTP_ONE,    /* a request each */
    HTTP_BULK,   /* Elasticsearch and OpenSearch: `create` actions for _bulk */
    HTTP_LOKI,   /* Grafana Loki's push */
    HTTP_HEC,    /* Splunk's HTTP Event Collector */
    HTTP_OTLP    /* OTLP/HTTP logs, in JSON */
};

enum http_compress { HTTP_PLAIN, HTTP_GZIP, HTTP_ZSTD };

enum http_version { HTTP_AUTO, HTTP_NEVER_2, HTTP_ALWAYS_2 };

enum { HTTP_REQUESTS_MOST = 64 /* under way at once */ };

struct http_basic {
    bool is_given;
    struct span user;
    struct secret password;
};

/* Spans that are absent were not given. */
struct http_settings {
    struct span url;
    struct span socket; /* path of a unix socket to connect to instead of the URL's host */
    int method;         /* 0: POST, 1: PUT */
    int body;           /* enum http_body */
    struct span content_type;
    struct option_pairs headers;
    struct secret bearer;
    struct http_basic basic;
    int compress; /* enum http_compress */
    int http2;    /* enum http_version */
    struct span proxy;
    struct http_basic proxy_basic;
    struct tls_settings tls;
    double idle_timeout_s;
    struct span trace_header;
    uint32_t requests; /* under way at once, for HTTP_ONE */

    struct {
        bool is_given;
        struct span index; /* name, with %t %Y %m %d; absent: the URL's */
        bool has_timestamp, has_id;
    } bulk;
    struct {
        bool is_given;
        struct option_pairs labels;
        struct span topic_label;
    } loki;
    struct {
        bool is_given;
        struct secret token;
        struct span index, source, source_type;
    } hec;
    struct {
        bool is_given;
        struct option_pairs resource;
    } otlp;
};
