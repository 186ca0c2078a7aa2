#include "output/http.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "output/http_body.h"
#include "output/http_loop.h"
#include "output/http_pack.h"
#include "output/http_request.h"

enum {
    TURN_MS = 1000, /* after which a try begins no further request, and what waits another try */
    SHORT_BODY = 64 << 10 /* bytes of messages that are packed without leaving the loop's thread */
};

struct http {
    struct sink sink;
    struct http_settings settings;
    struct arena memory; /* of the settings */
    struct http_target target;
    struct http_loop *loop;
    struct http_shape *shape;
    struct http_packer *packer; /* NULL: bodies are sent as they are */
    struct http_headers headers;
    struct http_request *requests;
    size_t request_count, busy_count;
    struct tls_stamp stamp; /* of the files that connections were made with */
    size_t room;            /* bytes of messages that go into one request */
    uint64_t used_ms;       /* when the last try ended, by the loop's clock */
    bool has_connections;
    uv_work_t work; /* makes the body of requests[0] */
    bool is_working;

    /* Of the try under way. */
    struct batch *batch; /* NULL: none */
    uint64_t began_ms;   /* by the loop's clock */
    size_t next;         /* the first message that is in no request yet */
    bool is_ending;      /* no further request is begun */
    bool is_unknown;
    struct http_verdict verdict; /* the first that was bad, else the last that had something to
                                    tell */
    uint64_t connections, failures;

    sink_closed *closed;
    void *closed_context;
};

static struct http *http_of(struct sink *sink)
{
    return (struct http *)sink;
}

/* A request is over with `verdict`. */
static void note(struct http *http, const struct http_verdict *verdict)
{
    double wait_s = http->verdict.wait_s > verdict->wait_s ? http->verdict.wait_s : verdict->wait_s;

    if (http->verdict.code == 0 && (verdict->code != 0 || *verdict->why != '\0'))
        http->verdict = *verdict;
    http->verdict.wait_s = wait_s;
    http->is_unknown |= verdict->is_unknown;
    http->is_ending |= verdict->code != 0;
}

static void note_code(struct http *http, int code, const char *why)
{
    struct http_verdict verdict = { .code = code };

    snprintf(verdict.why, sizeof verdict.why, "%s", why);
    note(http, &verdict);
}

static struct http_request *free_request(struct http *http)
{
    for (size_t i = 0; i < http->request_count; i++) {
        if (!http->requests[i].is_busy)
            return &http->requests[i];
    }
    return NULL;
}

/* Chooses the messages of a request, from the first that waits; false when there are none. */
static bool choose(struct http *http, struct http_request *request)
{
    const struct batch *batch = http->batch;
    size_t bytes = 0;

    while (http->next < batch->count && batch->messages[http->next].fate != FATE_WAITING)
        http->next++;
    request->first = request->end = http->next;
    for (; request->end < batch->count; request->end++) {
        const struct batch_message *message = &batch->messages[request->end];

        if (message->fate != FATE_WAITING)
            continue;
        if (bytes > 0 && (http->settings.body == HTTP_ONE || bytes + message->len > http->room))
            break;
        bytes += message->len;
    }
    http->next = request->end;
    return request->end > request->first;
}

static size_t bytes_of(const struct http *http, const struct http_request *request)
{
    size_t bytes = 0;

    for (size_t i = request->first; i < request->end; i++) {
        if (http->batch->messages[i].fate == FATE_WAITING)
            bytes += http->batch->messages[i].len;
    }
    return bytes;
}

/* In another thread for a long body: touches the request, its messages and what makes the body. */
static void build(struct http *http, struct http_request *request)
{
    http_shape_write(http->shape, http->batch, request->first, request->end, &request->body);
    if (http->packer != NULL)
        http_pack(http->packer, buffer_span(&request->body), &request->packed);
    request->is_built = true;
}

static void end_request(struct http *http, struct http_request *request)
{
    http_request_end(request);
    http->busy_count--;
}

static void start(struct http *http, struct http_request *request)
{
    struct span own = { 0 };
    struct envelope facts;

    if (http->settings.body == HTTP_ONE && batch_envelope(http->batch, request->first, &facts))
        own = facts.headers;
    http_request_begin(
        request,
        http_headers_list(&http->headers, http->settings.trace_header, own, http->target.host),
        request->end - request->first, &http->headers);
    http->has_connections = true;
    if (http_loop_add(http->loop, request->easy) != 0) {
        note_code(http, -ENOMEM, "libcurl does not begin the request");
        end_request(http, request);
    }
}

static void on_work(uv_work_t *work)
{
    struct http *http = work->data;

    build(http, &http->requests[0]);
}

static void pump(struct http *http);

static void on_worked(uv_work_t *work, int status)
{
    struct http *http = work->data;
    struct http_request *request = &http->requests[0];

    (void)status; /* never canceled */
    http->is_working = false;
    if (http->is_ending)
        end_request(http, request);
    else
        start(http, request);
    pump(http);
}

static void build_and_start(struct http *http, struct http_request *request)
{
    request->is_busy = true;
    http->busy_count++;
    if (http->request_count == 1 && http->packer != NULL && bytes_of(http, request) > SHORT_BODY) {
        http->is_working =
            uv_queue_work(http->sink.host.loop, &http->work, on_work, on_worked) == 0;
        if (http->is_working)
            return;
    }
    build(http, request);
    start(http, request);
}

/* Connections made with certificates that have changed since are given up. */
static void renew(struct http *http)
{
    http_loop_renew(http->loop);
    http->stamp = tls_stamp(&http->settings.tls);
    http->has_connections = false;
}

static bool is_stale(const struct http *http)
{
    return http->settings.tls.is_on &&
           !tls_stamp_equal(http->stamp, tls_stamp(&http->settings.tls));
}

/* Ends the try; nothing of `http` may be touched behind it. */
static void finish(struct http *http)
{
    struct outcome outcome = { .code = http->verdict.code,
                               .why = *http->verdict.why != '\0' ? http->verdict.why : NULL,
                               .wait_s = http->verdict.wait_s,
                               .is_unknown = http->is_unknown };

    http->batch = NULL;
    http->used_ms = uv_now(http->sink.host.loop);
    http_headers_forget(&http->headers);
    http->sink.host.done(http->sink.host.context, &outcome);
}

/* A batch sent message by message may take longer than a try is given: what was carried counts. */
static bool has_had_its_turn(const struct http *http)
{
    return uv_now(http->sink.host.loop) - http->began_ms >= TURN_MS &&
           http->settings.body == HTTP_ONE && http->next > 0;
}

/* Begins as many requests as may be under way, or ends the try. */
static void pump(struct http *http)
{
    struct http_request *request;

    while (!http->is_ending && !has_had_its_turn(http) && (request = free_request(http)) != NULL) {
        if (is_stale(http)) {
            if (http->busy_count > 0)
                break;
            renew(http);
        }
        if (!choose(http, request))
            break;
        build_and_start(http, request);
    }
    if (http->busy_count == 0)
        finish(http);
}

/* The other side finds the request too big: the same messages again, half of them at once. */
static void send_less(struct http *http, const struct http_request *request)
{
    size_t bytes = bytes_of(http, request);

    http->room = bytes / 2 > 0 ? bytes / 2 : 1;
    http->next = request->first;
}

static void on_ended(void *context, CURL *easy, CURLcode code)
{
    struct http *http = context;
    struct http_verdict verdict;
    struct http_request *request;
    long made = 0;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &made);
    request->code = code;
    http->connections += (uint64_t)made;
    http_request_judge(request, &http->settings, &http->headers, http->batch, &verdict);
    if (code != CURLE_OK && request->sent == 0)
        http->failures++;
    if (verdict.is_too_big)
        send_less(http, request);
    note(http, &verdict);
    end_request(http, request);
}

static void on_all_ended(void *context)
{
    pump(context);
}

static void http_send(struct sink *sink, struct batch *batch)
{
    struct http *http = http_of(sink);
    struct error err;

    http->batch = batch;
    http->began_ms = uv_now(sink->host.loop);
    http->next = 0;
    http->is_ending = http->is_unknown = false;
    http->verdict = (struct http_verdict){ 0 };
    if (http_headers_read(&http->headers, &http->settings, &err) != 0)
        note_code(http, err.code, err.text);
    pump(http);
}

static void http_cancel(struct sink *sink)
{
    struct http *http = http_of(sink);

    if (http->batch == NULL)
        return;
    http->is_ending = true;
    for (size_t i = 0; i < http->request_count; i++) {
        struct http_request *request = &http->requests[i];

        if (!request->is_busy || (i == 0 && http->is_working))
            continue;
        http->is_unknown |= request->sent > 0;
        http_loop_remove(http->loop, request->easy);
        end_request(http, request);
    }
    note_code(http, -ETIMEDOUT, "no answer in time");
    if (http->busy_count == 0) {
        renew(http); /* nobody knows what a connection that says nothing is good for */
        finish(http);
    }
}

static void http_tick(struct sink *sink, uint64_t now_ms)
{
    struct http *http = http_of(sink);

    (void)now_ms;
    if (http->batch != NULL || !http->has_connections)
        return;

    double idle_s = (double)(uv_now(http->sink.host.loop) - http->used_ms) / 1000;

    if (idle_s >= http->settings.idle_timeout_s || is_stale(http))
        renew(http);
}

static void http_free(struct http *http)
{
    for (size_t i = 0; i < http->request_count && http->requests != NULL; i++)
        http_request_close(&http->requests[i]);
    http_shape_free(http->shape);
    http_packer_free(http->packer);
    http_headers_forget(&http->headers);
    http_target_free(&http->target);
    free(http->requests);
    arena_free(&http->memory);
    free(http);
    curl_global_cleanup();
}

static void on_loop_closed(void *context)
{
    struct http *http = context;
    sink_closed *closed = http->closed;
    void *closed_context = http->closed_context;

    http_free(http);
    if (closed != NULL)
        closed(closed_context);
}

static void http_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct http *http = http_of(sink);

    http->closed = closed;
    http->closed_context = context;
    http_loop_close(http->loop, on_loop_closed, http);
}

static void http_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct http *http = (const struct http *)sink;

    counts->connections += http->connections;
    counts->failures += http->failures;
}

static const struct sink_class http_class = { .send = http_send,
                                              .cancel = http_cancel,
                                              .tick = http_tick,
                                              .close = http_close,
                                              .count = http_count };

static void open_requests(struct http *http)
{
    http->request_count = http->settings.body == HTTP_ONE ? http->settings.requests : 1;
    http->requests = calloc(http->request_count, sizeof *http->requests);
    if (http->requests == NULL)
        abort();
    for (size_t i = 0; i < http->request_count; i++)
        http_request_open(&http->requests[i], &http->settings, &http->target,
                          http->sink.host.connect_timeout_s, &http->requests[i]);
}

struct sink *http_open(const struct http_settings *settings, const struct sink_host *host,
                       struct error *err)
{
    struct http *http;
    char name[HOST_NAME_MAX + 1] = "";

    if (host->loop == NULL) {
        error_set(err, -ENOTSUP, "an output of type 'http' needs a loop that turns");
        return NULL;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(err, -ENOMEM, "libcurl cannot be used");
        return NULL;
    }
    http = calloc(1, sizeof *http);
    if (http == NULL)
        abort();
    http->sink = (struct sink){ .class = &http_class, .host = *host };
    arena_init(&http->memory);
    http->settings = http_settings_copy(settings, &http->memory);
    gethostname(name, sizeof name - 1);
    http->shape = http_shape_new(&http->settings, span_of(name));
    if (http->settings.compress != HTTP_PLAIN)
        http->packer = http_packer_new((enum http_compress)http->settings.compress);
    http->room = SIZE_MAX;
    http->work.data = http;
    if (http_target_make(&http->target, &http->settings, err) != 0) {
        http_free(http);
        return NULL;
    }
    open_requests(http);
    http->stamp = tls_stamp(&http->settings.tls);
    http->loop = http_loop_new(host->loop, on_ended, on_all_ended, http);
    return &http->sink;
}
