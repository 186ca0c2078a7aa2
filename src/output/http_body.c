#include "output/http_body.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "format/time_text.h"
#include "output/http_text.h"

enum {
    ID_BYTES = 16,       /* of the digest, for a document's _id */
    INDEX_LONGEST = 255, /* bytes of an index's name */
    DATE_ROOM = 32
};

struct http_shape {
    const struct http_settings *settings;
    char *host;
    EVP_MD_CTX *digest;
    const EVP_MD *sha256;
    struct buffer scratch;
};

/* One message and what is known of it. */
struct item {
    struct span text;
    struct envelope facts;
};

struct http_shape *http_shape_new(const struct http_settings *settings, struct span host)
{
    struct http_shape *shape = calloc(1, sizeof *shape);

    if (shape == NULL)
        abort();
    shape->settings = settings;
    shape->host = strndup(host.data, host.len);
    shape->digest = EVP_MD_CTX_new();
    shape->sha256 = EVP_sha256();
    if (shape->host == NULL || shape->digest == NULL)
        abort();
    return shape;
}

void http_shape_free(struct http_shape *shape)
{
    EVP_MD_CTX_free(shape->digest);
    buffer_free(&shape->scratch);
    free(shape->host);
    free(shape);
}

static struct item item_at(const struct batch *batch, size_t index)
{
    struct item item = { .text = batch_body(batch, index) };

    batch_envelope(batch, index, &item.facts);
    return item;
}

static struct span host_of(const struct http_shape *shape, const struct item *item)
{
    return item->facts.node.len > 0 ? item->facts.node : span_of(shape->host);
}

/* JSON as it is, anything else as a string. */
static void put_json(struct buffer *out, struct span text)
{
    if (http_json_check(text) != HTTP_NO_JSON)
        buffer_append(out, text);
    else
        http_put_string(out, text);
}

/* Appends `,"name":"text"` if there is a text. */
static void put_more(struct buffer *out, struct span name, struct span text)
{
    if (text.len == 0)
        return;
    buffer_byte(out, ',');
    http_put_member(out, name, text);
}

static void put_pairs(struct buffer *out, const struct option_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (i > 0)
            buffer_byte(out, ',');
        http_put_member(out, pairs->list[i].name, pairs->list[i].value);
    }
}

/* HTTP_NDJSON: the messages as they are, newlines too. */
static void write_lines(const struct batch *batch, size_t first, size_t end, struct buffer *out)
{
    for (size_t i = first; i < end; i++) {
        const struct batch_message *message = &batch->messages[i];

        if (message->fate == FATE_WAITING)
            buffer_append(out, (struct span){ batch->bytes.data + message->begin, message->len });
    }
}

/* Bytes that an index's name may not hold (Elasticsearch: "Create index API"). */
static void put_index_word(struct buffer *out, struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        char byte = word.data[i];

        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte + 'a' - 'A');
        if ((unsigned char)byte <= ' ' || byte == 0x7F || strchr("\\/*?\"<>|,#:", byte) != NULL)
            byte = '-';
        buffer_byte(out, byte);
    }
}

static void put_date(struct buffer *out, char letter, uint64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    char text[DATE_ROOM];
    struct tm date;

    if (gmtime_r(&seconds, &date) == NULL)
        return;
    if (letter == 'Y')
        snprintf(text, sizeof text, "%04d", date.tm_year + 1900);
    else
        snprintf(text, sizeof text, "%02d", letter == 'm' ? date.tm_mon + 1 : date.tm_mday);
    buffer_append(out, span_of(text));
}

static void put_index(struct http_shape *shape, const struct item *item, struct buffer *out)
{
    struct span pattern = shape->settings->bulk.index;
    struct buffer *name = &shape->scratch;

    buffer_clear(name);
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] != '%' || i + 1 == pattern.len) {
            buffer_byte(name, pattern.data[i]);
            continue;
        }
        i++;
        if (pattern.data[i] == 't')
            put_index_word(name, item->facts.topic.len > 0 ? item->facts.topic : SPAN("none"));
        else if (pattern.data[i] == '%')
            buffer_byte(name, '%');
        else
            put_date(name, pattern.data[i], item->facts.time_ms);
    }
    if (name->len > INDEX_LONGEST)
        name->len = INDEX_LONGEST;
    http_put_member(out, SPAN("_index"), buffer_span(name));
}

/* Appends `"_id":"..."`: the same for the same message, so that what is sent again is found. */
static void put_id(struct http_shape *shape, struct span text, struct buffer *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
    char hex[2 * ID_BYTES + 1];

    if (EVP_DigestInit_ex(shape->digest, shape->sha256, NULL) != 1 ||
        EVP_DigestUpdate(shape->digest, shape->host, strlen(shape->host) + 1) != 1 ||
        EVP_DigestUpdate(shape->digest, text.data, text.len) != 1 ||
        EVP_DigestFinal_ex(shape->digest, digest, NULL) != 1)
        abort();
    for (unsigned i = 0; i < ID_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    http_put_member(out, SPAN("_id"), span_of(hex));
}

/* The object with `@timestamp` before its own members. */
static void put_document(const struct http_shape *shape, const struct item *item,
                         struct buffer *out)
{
    bool is_object = http_json_check(item->text) == HTTP_JSON_OBJECT;
    struct span text = item->text;

    buffer_byte(out, '{');
    if (shape->settings->bulk.has_timestamp) {
        char stamp[TIME_TEXT_ROOM];
        size_t len = time_text(item->facts.time_ms, 'T', "Z", stamp);

        http_put_member(out, SPAN("@timestamp"), (struct span){ stamp, len });
        buffer_byte(out, ',');
    }
    if (!is_object) {
        http_put_member(out, SPAN("message"), text);
        buffer_append(out, SPAN("}\n"));
        return;
    }
    text = span_skip(text, (size_t)((char *)memchr(text.data, '{', text.len) - text.data) + 1);
    while (strchr(" \t\r\n", *text.data) != NULL)
        text = span_skip(text, 1);
    if (*text.data == '}' && shape->settings->bulk.has_timestamp)
        out->len--; /* no member follows the comma */
    http_put_line(out, text);
    buffer_byte(out, '\n');
}

static void put_bulk(struct http_shape *shape, const struct item *item, struct buffer *out)
{
    buffer_append(out, SPAN("{\"create\":{"));
    if (shape->settings->bulk.index.data != NULL)
        put_index(shape, item, out);
    if (shape->settings->bulk.has_id) {
        if (shape->settings->bulk.index.data != NULL)
            buffer_byte(out, ',');
        put_id(shape, item->text, out);
    }
    buffer_append(out, SPAN("}}\n"));
    put_document(shape, item, out);
}

/* Is the message's stream (Loki) or resource (OTLP) that of the one before? */
static bool is_along(const struct http_shape *shape, const struct item *item,
                     const struct item *before)
{
    if (before->text.data == NULL)
        return false;
    if (shape->settings->body == HTTP_OTLP)
        return span_equal(host_of(shape, item), host_of(shape, before));
    return shape->settings->loki.topic_label.data == NULL ||
           span_equal(item->facts.topic, before->facts.topic);
}

static void begin_stream(const struct http_shape *shape, const struct item *item,
                         struct buffer *out)
{
    struct span label = shape->settings->loki.topic_label;

    buffer_append(out, SPAN("{\"stream\":{"));
    put_pairs(out, &shape->settings->loki.labels);
    if (label.data != NULL && item->facts.topic.len > 0) {
        if (shape->settings->loki.labels.count > 0)
            buffer_byte(out, ',');
        http_put_member(out, label, item->facts.topic);
    }
    buffer_append(out, SPAN("},\"values\":["));
}

static void put_entry(const struct item *item, struct buffer *out)
{
    buffer_printf(out, "[\"%llu000000\",", (unsigned long long)item->facts.time_ms);
    http_put_string(out, item->text);
    buffer_byte(out, ']');
}

static void put_attribute(struct buffer *out, struct span name, struct span text)
{
    buffer_byte(out, '{');
    http_put_member(out, SPAN("key"), name);
    buffer_append(out, SPAN(",\"value\":{"));
    http_put_member(out, SPAN("stringValue"), text);
    buffer_append(out, SPAN("}}"));
}

static void begin_resource(const struct http_shape *shape, const struct item *item,
                           struct buffer *out)
{
    const struct option_pairs *resource = &shape->settings->otlp.resource;
    bool has_service = false;

    buffer_append(out, SPAN("{\"resource\":{\"attributes\":["));
    put_attribute(out, SPAN("host.name"), host_of(shape, item));
    for (size_t i = 0; i < resource->count; i++) {
        buffer_byte(out, ',');
        put_attribute(out, resource->list[i].name, resource->list[i].value);
        has_service |= span_equal(resource->list[i].name, SPAN("service.name"));
    }
    if (!has_service) {
        buffer_byte(out, ',');
        put_attribute(out, SPAN("service.name"), SPAN("laudit"));
    }
    buffer_append(
        out, SPAN("]},\"scopeLogs\":[{\"scope\":{\"name\":\"laudit\",\"version\":\"" LAUDIT_VERSION
                  "\"},\"logRecords\":["));
}

/* Numbers of the OpenTelemetry log data model: INFO, INFO2, WARN, ERROR, FATAL. */
static unsigned severity_number(enum severity severity)
{
    static const unsigned numbers[] = { [SEVERITY_INFO] = 9,
                                        [SEVERITY_LOW] = 10,
                                        [SEVERITY_MEDIUM] = 13,
                                        [SEVERITY_HIGH] = 17,
                                        [SEVERITY_CRITICAL] = 21 };

    return numbers[severity];
}

static void put_log_record(const struct item *item, struct buffer *out)
{
    buffer_printf(out, "{\"timeUnixNano\":\"%llu000000\",\"severityNumber\":%u,",
                  (unsigned long long)item->facts.time_ms, severity_number(item->facts.severity));
    http_put_member(out, SPAN("severityText"), severity_name(item->facts.severity));
    buffer_append(out, SPAN(",\"body\":{"));
    http_put_member(out, SPAN("stringValue"), item->text);
    buffer_byte(out, '}');
    if (item->facts.topic.len > 0) {
        buffer_append(out, SPAN(",\"attributes\":["));
        put_attribute(out, SPAN("laudit.topic"), item->facts.topic);
        buffer_byte(out, ']');
    }
    buffer_byte(out, '}');
}

static void put_hec_event(const struct http_shape *shape, const struct item *item,
                          struct buffer *out)
{
    const struct http_settings *settings = shape->settings;

    buffer_printf(out, "{\"time\":%llu.%03u,", (unsigned long long)(item->facts.time_ms / 1000),
                  (unsigned)(item->facts.time_ms % 1000));
    http_put_member(out, SPAN("host"), host_of(shape, item));
    put_more(out, SPAN("source"), settings->hec.source);
    put_more(out, SPAN("sourcetype"), settings->hec.source_type);
    put_more(out, SPAN("index"), settings->hec.index);
    buffer_append(out, SPAN(",\"event\":"));
    put_json(out, item->text);
    if (item->facts.topic.len > 0 || item->facts.is_alert) {
        buffer_append(out, SPAN(",\"fields\":{"));
        http_put_member(out, SPAN("severity"), severity_name(item->facts.severity));
        put_more(out, SPAN("topic"), item->facts.topic);
        buffer_byte(out, '}');
    }
    buffer_byte(out, '}');
}

static void put_item(struct http_shape *shape, const struct item *item, struct buffer *out)
{
    switch ((enum http_body)shape->settings->body) {
    case HTTP_BULK:
        put_bulk(shape, item, out);
        break;
    case HTTP_HEC:
        put_hec_event(shape, item, out);
        break;
    case HTTP_LOKI:
        put_entry(item, out);
        break;
    case HTTP_OTLP:
        put_log_record(item, out);
        break;
    case HTTP_ARRAY:
        put_json(out, item->text);
        break;
    case HTTP_ONE:
    case HTTP_NDJSON:
        buffer_append(out, item->text);
        break;
    }
}

/* What stands around a body, and around each run of messages that belong together. */
struct frame {
    const char *begin, *between, *end_run, *end;
    void (*begin_run)(const struct http_shape *, const struct item *, struct buffer *);
};

static const struct frame frames[] = {
    [HTTP_ARRAY] = { "[", ",", "", "]", NULL },
    [HTTP_ONE] = { "", "", "", "", NULL },
    [HTTP_BULK] = { "", "", "", "", NULL },
    [HTTP_LOKI] = { "{\"streams\":[", ",", "]}", "]}", begin_stream },
    [HTTP_HEC] = { "", "\n", "", "", NULL },
    [HTTP_OTLP] = { "{\"resourceLogs\":[", ",", "]}]}", "]}", begin_resource },
};

void http_shape_write(struct http_shape *shape, const struct batch *batch, size_t first, size_t end,
                      struct buffer *out)
{
    const struct frame *frame = &frames[shape->settings->body];
    struct item before = { 0 };

    if (shape->settings->body == HTTP_NDJSON) {
        write_lines(batch, first, end, out);
        return;
    }
    buffer_append(out, span_of(frame->begin));
    for (size_t i = first; i < end; i++) {
        if (batch->messages[i].fate != FATE_WAITING)
            continue;

        struct item item = item_at(batch, i);

        if (frame->begin_run != NULL && !is_along(shape, &item, &before)) {
            if (before.text.data != NULL) {
                buffer_append(out, span_of(frame->end_run));
                buffer_byte(out, ',');
            }
            frame->begin_run(shape, &item, out);
        } else if (before.text.data != NULL) {
            buffer_append(out, span_of(frame->between));
        }
        put_item(shape, &item, out);
        before = item;
    }
    buffer_append(out, span_of(frame->end_run));
    buffer_append(out, span_of(frame->end));
}

const char *http_shape_content_type(enum http_body body)
{
    return body == HTTP_NDJSON || body == HTTP_BULK ? "application/x-ndjson" : "application/json";
}

int http_shape_check_index(struct span pattern, struct error *err)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] != '%')
            continue;
        if (++i == pattern.len || memchr("tYmd%", pattern.data[i], 5) == NULL)
            return error_set(err, -EINVAL,
                             "bulk: index: expected %%t (the topic), %%Y, %%m, %%d (the event's "
                             "day) or %%%% behind '%%', found '%.*s'",
                             SPAN_ARG(pattern));
    }
    return 0;
}
