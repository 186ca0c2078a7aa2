#include "output/http_headers.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>

#include "output/http_body.h"
#include "output/http_pack.h"
#include "output/secret.h"

enum {
    UUID_LEN = 36,
    SECRET_SHORTEST = 4 /* bytes of a secret that is looked for in what is told */
};

bool http_header_is_name(struct span name)
{
    static const char *const of_transport[] = { "content-length",
                                                "transfer-encoding",
                                                "content-encoding",
                                                "connection",
                                                "host",
                                                "expect",
                                                "te",
                                                "upgrade" };

    if (name.len == 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];

        if ((unsigned char)byte <= ' ' || (unsigned char)byte >= 0x7F ||
            strchr("\"(),/:;<=>?@[\\]{}", byte) != NULL)
            return false;
    }
    for (size_t i = 0; i < sizeof of_transport / sizeof *of_transport; i++) {
        if (name.len == strlen(of_transport[i]) &&
            strncasecmp(name.data, of_transport[i], name.len) == 0)
            return false;
    }
    return true;
}

bool http_header_is_value(struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.data[i];

        if ((byte < ' ' && byte != '\t') || byte == 0x7F)
            return false;
    }
    return value.len > 0;
}

static void put_line(struct http_headers *headers, struct span name, struct span value)
{
    buffer_append(&headers->lines, name);
    buffer_append(&headers->lines, SPAN(": "));
    buffer_append(&headers->lines, value);
    buffer_byte(&headers->lines, '\0');
}

/* Reads a secret into the end of `secrets`; *value is where it stands until the next one. */
static int read_secret(struct http_headers *headers, const struct secret *secret,
                       struct span *value, struct error *err)
{
    size_t begin = headers->secrets.len;
    int code = secret_read(secret, &headers->secrets, err);

    if (code != 0)
        return code;
    buffer_byte(&headers->secrets, '\0');
    *value = (struct span){ headers->secrets.data + begin, headers->secrets.len - 1 - begin };
    if (http_header_is_value(*value))
        return 0;

    struct buffer where = { 0 };

    secret_describe(secret, &where);
    error_set(err, -EBADMSG, "the secret in %.*s is empty or holds a line end or a control byte",
              SPAN_ARG(buffer_span(&where)));
    buffer_free(&where);
    return err->code;
}

/* "Authorization: SCHEME SECRET" */
static int put_authorization(struct http_headers *headers, struct span scheme,
                             const struct secret *secret, struct error *err)
{
    struct span value;
    int code;

    if (!secret_is_given(secret))
        return 0;
    if ((code = read_secret(headers, secret, &value, err)) != 0)
        return code;
    buffer_append(&headers->lines, SPAN("Authorization: "));
    buffer_append(&headers->lines, scheme);
    buffer_byte(&headers->lines, ' ');
    buffer_append(&headers->lines, value);
    buffer_byte(&headers->lines, '\0');
    return 0;
}

static int put_basic(struct http_headers *headers, struct span name, const struct http_basic *basic,
                     struct error *err)
{
    struct buffer pair = { 0 };
    struct span password;
    int code;

    if (!basic->is_given)
        return 0;
    if ((code = read_secret(headers, &basic->password, &password, err)) != 0)
        return code;
    buffer_append(&pair, basic->user);
    buffer_byte(&pair, ':');
    buffer_append(&pair, password);

    unsigned char *at =
        (unsigned char *)buffer_reserve(&headers->secrets, 4 * (pair.len / 3 + 1) + 1);
    int len = EVP_EncodeBlock(at, (const unsigned char *)pair.data, (int)pair.len);

    buffer_commit(&headers->secrets, (size_t)len + 1); /* with its zero byte */
    buffer_append(&headers->lines, name);
    buffer_append(&headers->lines, SPAN(": Basic "));
    buffer_append(&headers->lines, (struct span){ (char *)at, (size_t)len });
    buffer_byte(&headers->lines, '\0');
    secret_forget(&pair);
    return 0;
}

static int read_proxy(struct http_headers *headers, const struct http_basic *basic,
                      struct error *err)
{
    size_t begin = headers->secrets.len;
    struct span password;
    int code;

    if (!basic->is_given)
        return 0;
    if ((code = read_secret(headers, &basic->password, &password, err)) != 0)
        return code;
    headers->proxy_user = basic->user.data;
    headers->proxy_password = begin;
    return 0;
}

static int put_pair(struct http_headers *headers, const struct option_pair *pair, struct error *err)
{
    struct span value = pair->value;
    int code = value.data != NULL ? 0 : read_secret(headers, &pair->secret, &value, err);

    if (code == 0)
        put_line(headers, pair->name, value);
    return code;
}

static int read_all(struct http_headers *headers, const struct http_settings *settings,
                    struct error *err)
{
    const char *encoding = http_pack_encoding((enum http_compress)settings->compress);
    struct span type = settings->content_type;

    if (type.data == NULL)
        type = span_of(http_shape_content_type((enum http_body)settings->body));
    put_line(headers, SPAN("Content-Type"), type);
    if (encoding != NULL)
        put_line(headers, SPAN("Content-Encoding"), span_of(encoding));
    if (put_authorization(headers, SPAN("Bearer"), &settings->bearer, err) != 0)
        return error_within(err, "bearer");
    if (put_authorization(headers, SPAN("Splunk"), &settings->hec.token, err) != 0)
        return error_within(err, "hec: token");
    if (put_basic(headers, SPAN("Authorization"), &settings->basic, err) != 0)
        return error_within(err, "basic: password");
    if (read_proxy(headers, &settings->proxy_basic, err) != 0)
        return error_within(err, "proxy_basic: password");
    for (size_t i = 0; i < settings->headers.count; i++) {
        if (put_pair(headers, &settings->headers.list[i], err) != 0)
            return error_within(err, "headers: %.*s", SPAN_ARG(settings->headers.list[i].name));
    }
    return 0;
}

int http_headers_read(struct http_headers *headers, const struct http_settings *settings,
                      struct error *err)
{
    int code;

    http_headers_forget(headers);
    code = read_all(headers, settings, err);
    if (code != 0)
        http_headers_forget(headers);
    return code;
}

void http_headers_forget(struct http_headers *headers)
{
    secret_forget(&headers->lines);
    secret_forget(&headers->secrets);
    headers->proxy_user = NULL;
}

const char *http_headers_proxy_password(const struct http_headers *headers)
{
    return headers->proxy_user != NULL ? headers->secrets.data + headers->proxy_password : NULL;
}

/* Cuts the next "Name: value" off `rest`; false at the end. */
static bool next_own(struct span *rest, struct span *line, struct span *name)
{
    while (rest->len > 0) {
        const char *stop = memchr(rest->data, '\n', rest->len);
        size_t len = stop != NULL ? (size_t)(stop - rest->data) : rest->len;
        const char *colon = memchr(rest->data, ':', len);

        *line = (struct span){ rest->data, len };
        *rest = span_skip(*rest, stop != NULL ? len + 1 : len);
        if (line->len > 0 && line->data[line->len - 1] == '\r')
            line->len--;
        if (colon == NULL)
            continue;
        *name = (struct span){ line->data, (size_t)(colon - line->data) };

        struct span value = span_skip(*line, name->len + 1);

        while (value.len > 0 && *value.data == ' ')
            value = span_skip(value, 1);
        if (http_header_is_name(*name) && http_header_is_value(value))
            return true;
    }
    return false;
}

static bool is_among(struct span own, const char *field, size_t name_len)
{
    struct span line, name;

    while (next_own(&own, &line, &name)) {
        if (name.len == name_len && strncasecmp(name.data, field, name_len) == 0)
            return true;
    }
    return false;
}

static struct curl_slist *append(struct curl_slist *list, const char *line)
{
    list = curl_slist_append(list, line);
    if (list == NULL)
        abort();
    return list;
}

/* A random UUID (RFC 9562, version 4). */
static void write_uuid(char out[UUID_LEN + 1])
{
    unsigned char b[16];

    if (getrandom(b, sizeof b, 0) != sizeof b)
        abort(); /* not for 16 bytes (getrandom(2)) */
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(out, UUID_LEN + 1,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}

static struct curl_slist *append_trace(struct curl_slist *list, struct span trace)
{
    struct buffer line = { 0 };
    char uuid[UUID_LEN + 1];

    write_uuid(uuid);
    buffer_append(&line, trace);
    buffer_append(&line, SPAN(": "));
    buffer_append(&line, (struct span){ uuid, sizeof uuid });
    list = append(list, line.data);
    buffer_free(&line);
    return list;
}

static struct curl_slist *append_own(struct curl_slist *list, struct span own)
{
    struct buffer text = { 0 };
    struct span line, name;

    while (next_own(&own, &line, &name)) {
        buffer_clear(&text);
        buffer_append(&text, line);
        buffer_byte(&text, '\0');
        list = append(list, text.data);
    }
    buffer_free(&text);
    return list;
}

struct curl_slist *http_headers_list(const struct http_headers *headers, struct span trace,
                                     struct span own, const char *host)
{
    struct curl_slist *list = append(NULL, "Expect:"); /* curl would wait for "100 Continue" */

    if (host != NULL)
        list = append(list, host);
    for (size_t at = 0; at < headers->lines.len;) {
        const char *line = headers->lines.data + at;

        if (!is_among(own, line, strcspn(line, ":")))
            list = append(list, line);
        at += strlen(line) + 1;
    }
    if (trace.data != NULL && !is_among(own, trace.data, trace.len))
        list = append_trace(list, trace);
    return append_own(list, own);
}

void http_headers_free_list(struct curl_slist *list)
{
    for (struct curl_slist *each = list; each != NULL; each = each->next)
        explicit_bzero(each->data, strlen(each->data));
    curl_slist_free_all(list);
}

bool http_headers_is_secret(const struct http_headers *headers, struct span text)
{
    for (size_t at = 0; at < headers->secrets.len;) {
        const char *secret = headers->secrets.data + at;
        size_t len = strlen(secret);

        if (len >= SECRET_SHORTEST && text.len > 0 &&
            memmem(text.data, text.len, secret, len) != NULL)
            return true;
        at += len + 1;
    }
    return false;
}
