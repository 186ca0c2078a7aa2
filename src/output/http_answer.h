/*
 * http_answer.h - what the other side's answer means for the messages that were sent. Pure.
 *
 * Delivered: 2xx. Sent again: 408, 425, 429, 5xx, with the patience that Retry-After asks for. Sent
 * again after HTTP_TROUBLE_S: 3xx (redirects are not followed), 401, 403, 407, for then the
 * configuration is wrong and not the messages. Sent in smaller parts: 413. Rejected: any other 4xx.
 */
#pragma once

#include "output/batch.h"
#include "output/http_settings.h"

enum {
    HTTP_ANSWER_LONGEST = 1 << 20, /* bytes of an answer that are read; for _bulk, ... */
    HTTP_ANSWER_ITEM = 1 << 10,    /* ... and as many more for each message */
    HTTP_TROUBLE_S = 30,           /* seconds between tries while the configuration is wrong */
    HTTP_PATIENCE_S = 3600,        /* seconds that Retry-After may ask for */
    HTTP_WHY = 1024                /* bytes of a sentence */
};

struct http_answer {
    long status;
    struct span text;
    bool is_cut;          /* was longer than what was read */
    double retry_after_s; /* 0: not said */
};

struct http_verdict {
    int code;           /* 0: every message has its fate, or is to be sent again at once */
    double wait_s;      /* the other side asks for this much patience */
    bool is_unknown;    /* some that wait may have arrived */
    bool is_too_big;    /* send less at once; only where more than one message was sent */
    char why[HTTP_WHY]; /* empty: nothing to tell */
};

/*
 * Gives the messages from `first` to before `end` that wait, which were sent, their fates.
 */
void http_judge(const struct http_settings *, const struct http_answer *, struct batch *,
                size_t first, size_t end, struct http_verdict *);
