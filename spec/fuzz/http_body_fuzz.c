/*
 * http_body_fuzz.c - messages of strangers in every shape of a body.
 *
 * Each line of the input is a message. What the shapes make of it is JSON, as many values as they
 * should be; and what is JSON for jansson is JSON for us.
 */
#include <jansson.h>
#include <stdlib.h>

#include "output/http_body.h"
#include "output/http_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 32 /* messages */ };

static struct batch *fill(struct span text)
{
    struct batch *batch = batch_new();
    struct envelope envelope = { .time_ms = 1490998105960,
                                 .topic = text,
                                 .severity = text.len % 5 };

    while (text.len > 0 && batch->count < MOST) {
        const char *stop = memchr(text.data, '\n', text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;

        envelope.node = (struct span){ text.data, len % 3 };
        buffer_append(&batch->bytes, (struct span){ text.data, len });
        buffer_byte(&batch->bytes, '\n');
        batch_commit(batch, &envelope);
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
    return batch;
}

static bool reads(struct span text, json_error_t *error)
{
    json_t *value = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, error);

    json_decref(value);
    return value != NULL;
}

/* Numbers that no double holds are JSON all the same. */
static bool is_json(struct span text)
{
    json_error_t error;

    return reads(text, &error) || json_error_code(&error) == json_error_numeric_overflow;
}

static void expect_lines(struct span text, size_t count)
{
    for (; count > 0 && text.len > 0; count--) {
        const char *stop = memchr(text.data, '\n', text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;

        if (!is_json((struct span){ text.data, len }))
            __builtin_trap();
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
    if (text.len > 0 || count > 0)
        __builtin_trap();
}

static void try(struct http_settings *settings, int body, const struct batch *batch)
{
    struct http_shape *shape;
    struct buffer out = { 0 };

    settings->body = body;
    shape = http_shape_new(settings, SPAN("host"));
    http_shape_write(shape, batch, 0, batch->count, &out);
    if (body == HTTP_BULK)
        expect_lines(buffer_span(&out), 2 * batch->count);
    else if (body == HTTP_HEC)
        expect_lines(buffer_span(&out), batch->count);
    else if (body != HTTP_NDJSON && body != HTTP_ONE && !is_json(buffer_span(&out)))
        __builtin_trap();
    http_shape_free(shape);
    buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = { (const char *)data, size };
    struct http_settings settings = { .loki.topic_label = SPAN("topic") };
    struct batch *batch = fill(text);
    json_error_t error;

    settings.bulk.index = SPAN("a-%t-%Y.%m.%d");
    settings.bulk.has_id = size % 2 == 0;
    settings.bulk.has_timestamp = size % 4 < 2;
    /* jansson allows more levels, and zero bytes behind a value. */
    if (reads(text, &error) && http_json_check(text) == HTTP_NO_JSON &&
        memchr(data, '[', size) == NULL && memchr(data, '{', size) == NULL &&
        memchr(data, '\0', size) == NULL)
        __builtin_trap();
    for (int body = HTTP_NDJSON; body <= HTTP_OTLP && batch->count > 0; body++)
        try(&settings, body, batch);
    batch_free(batch);
    return 0;
}
