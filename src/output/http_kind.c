/* http_kind.c - the options of outputs of kind http. */
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>

#include "output/http.h"
#include "output/http_body.h"
#include "output/http_headers.h"
#include "output/kind.h"
#include "output/secret.h"

#define AT(member) .offset = offsetof(struct http_settings, member)

static const char *const methods[] = { "POST", "PUT", NULL };
static const char *const bodies[] = {
    "ndjson", "array", "one", "bulk", "loki", "hec", "otlp", NULL
};
static const char *const compressions[] = { "none", "gzip", "zstd", NULL };
static const char *const versions[] = { "auto", "never", "always", NULL };

static const struct option of_tls[] = { TLS_OPTIONS(offsetof(struct http_settings, tls)) };

static const struct option of_basic[] = {
    { .name = "user", .kind = OPTION_TEXT, AT(basic.user), .summary = "name" },
    { .name = "password", .kind = OPTION_SECRET, AT(basic.password), .summary = "where it is" },
};

static const struct option of_proxy_basic[] = {
    { .name = "user", .kind = OPTION_TEXT, AT(proxy_basic.user), .summary = "name" },
    { .name = "password",
      .kind = OPTION_SECRET,
      AT(proxy_basic.password),
      .summary = "where it is" },
};

static const struct option of_bulk[] = {
    { .name = "index",
      .kind = OPTION_TEXT,
      AT(bulk.index),
      .summary = "index or data stream; %t is the topic, %Y %m %d the event's day; default: that "
                 "of the URL" },
    { .name = "timestamp",
      .kind = OPTION_BOOL,
      AT(bulk.has_timestamp),
      .summary = "documents begin with @timestamp, the event's time" },
    { .name = "id",
      .kind = OPTION_BOOL,
      AT(bulk.has_id),
      .summary = "documents have an _id made of what they hold, so that none is there twice" },
};

static const struct option of_loki[] = {
    { .name = "labels", .kind = OPTION_PAIRS, AT(loki.labels), .summary = "of every stream" },
    { .name = "topic_label",
      .kind = OPTION_TEXT,
      AT(loki.topic_label),
      .summary = "a label that bears the event's topic" },
};

static const struct option of_hec[] = {
    { .name = "token", .kind = OPTION_SECRET, AT(hec.token), .summary = "where the token is" },
    { .name = "index",
      .kind = OPTION_TEXT,
      AT(hec.index),
      .summary = "the index; default: the token's" },
    { .name = "source", .kind = OPTION_TEXT, AT(hec.source), .summary = "of every event" },
    { .name = "sourcetype", .kind = OPTION_TEXT, AT(hec.source_type), .summary = "of every event" },
};

static const struct option of_otlp[] = {
    { .name = "resource",
      .kind = OPTION_PAIRS,
      AT(otlp.resource),
      .summary = "attributes of the resource, beside host.name" },
};

#define TABLE(title, options, member, what)                                                        \
    {                                                                                              \
        .name = (title), .kind = OPTION_TABLE, .inside = (options),                                \
        .inside_count = sizeof(options) / sizeof(options)[0],                                      \
        .given = offsetof(struct http_settings, member), .summary = (what)                         \
    }

static const struct option options[] = {
    { .name = "url",
      .kind = OPTION_TEXT,
      AT(url),
      .summary = "where to send to, http://... or https://..." },
    { .name = "socket",
      .kind = OPTION_PATH,
      AT(socket),
      .summary = "unix socket to connect to instead of the URL's host" },
    { .name = "method",
      .kind = OPTION_CHOICE,
      AT(method),
      .choices = methods,
      .summary = "of the requests" },
    { .name = "body",
      .kind = OPTION_CHOICE,
      AT(body),
      .choices = bodies,
      .summary = "how messages become the body of a request" },
    { .name = "content_type",
      .kind = OPTION_TEXT,
      AT(content_type),
      .summary = "Content-Type; default: as the body is" },
    { .name = "headers",
      .kind = OPTION_PAIRS,
      AT(headers),
      .summary = "fields of every request; a value may be a secret" },
    { .name = "bearer", .kind = OPTION_SECRET, AT(bearer), .summary = "where a bearer token is" },
    TABLE("basic", of_basic, basic.is_given, "user and password"),
    { .name = "compress",
      .kind = OPTION_CHOICE,
      AT(compress),
      .choices = compressions,
      .summary = "what bodies are compressed with" },
    { .name = "http2",
      .kind = OPTION_CHOICE,
      AT(http2),
      .choices = versions,
      .summary = "auto: where TLS agrees on it; always: over http:// too" },
    { .name = "proxy",
      .kind = OPTION_TEXT,
      AT(proxy),
      .summary = "http://HOST:PORT, https:// or socks5h://" },
    TABLE("proxy_basic", of_proxy_basic, proxy_basic.is_given, "user and password at the proxy"),
    TLS_TABLE(of_tls, offsetof(struct http_settings, tls)),
    { .name = "idle_timeout",
      .kind = OPTION_SECONDS,
      AT(idle_timeout_s),
      .summary = "how long an idle connection is kept" },
    { .name = "trace_header",
      .kind = OPTION_TEXT,
      AT(trace_header),
      .summary = "field that bears a UUID for each request" },
    { .name = "requests",
      .kind = OPTION_COUNT,
      AT(requests),
      .least = 1,
      .most = HTTP_REQUESTS_MOST,
      .summary = "under way at once, where body is 'one'; with more than one there is no order" },
    TABLE("bulk", of_bulk, bulk.is_given, "for body = 'bulk'"),
    TABLE("loki", of_loki, loki.is_given, "for body = 'loki'"),
    TABLE("hec", of_hec, hec.is_given, "for body = 'hec'"),
    TABLE("otlp", of_otlp, otlp.is_given, "for body = 'otlp'"),
};

static const struct option_pair job_label[] = {
    { .name = { "job", 3 }, .value = { "laudit", 6 } },
};

static const struct http_settings defaults = {
    .idle_timeout_s = 10,
    .requests = 1,
    .bulk = { .has_timestamp = true, .has_id = true },
    .loki = { .labels = { job_label, 1 } },
    .hec = { .source = { "laudit", 6 }, .source_type = { "laudit", 6 } },
};

static struct span copy_span(struct arena *memory, struct span text)
{
    char *copy;

    if (text.data == NULL)
        return text;
    copy = arena_alloc(memory, text.len + 1);
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return (struct span){ copy, text.len };
}

static struct secret copy_secret(struct arena *memory, struct secret secret)
{
    return (struct secret){ copy_span(memory, secret.file), copy_span(memory, secret.env) };
}

static struct option_pairs copy_pairs(struct arena *memory, struct option_pairs pairs)
{
    struct option_pair *list = arena_alloc(memory, (pairs.count + 1) * sizeof *list);

    for (size_t i = 0; i < pairs.count; i++)
        list[i] = (struct option_pair){ copy_span(memory, pairs.list[i].name),
                                        copy_span(memory, pairs.list[i].value),
                                        copy_secret(memory, pairs.list[i].secret) };
    return (struct option_pairs){ list, pairs.count };
}

/* Makes what the options of `settings` point to its own. */
static void own(char *settings, const struct option *list, size_t count, struct arena *memory)
{
    for (size_t i = 0; i < count; i++) {
        void *value = settings + list[i].offset;

        if (list[i].kind == OPTION_TEXT || list[i].kind == OPTION_PATH)
            *(struct span *)value = copy_span(memory, *(struct span *)value);
        else if (list[i].kind == OPTION_SECRET)
            *(struct secret *)value = copy_secret(memory, *(struct secret *)value);
        else if (list[i].kind == OPTION_PAIRS)
            *(struct option_pairs *)value = copy_pairs(memory, *(struct option_pairs *)value);
        else if (list[i].kind == OPTION_TABLE)
            own(settings, list[i].inside, list[i].inside_count, memory);
    }
}

struct http_settings http_settings_copy(const struct http_settings *settings, struct arena *memory)
{
    struct http_settings copy = *settings;

    own((char *)&copy, OPTIONS_OF(options), memory);
    return copy;
}

/* Settings whose spans are not terminated, seen as libcurl wants them. */
struct parts {
    char *scheme, *user, *password;
};

static int read_parts(struct span text, struct parts *parts, const char *name, struct error *err)
{
    char *copy = strndup(text.data, text.len);
    CURLU *url = curl_url();
    CURLUcode code = curl_url_set(url, CURLUPART_URL, copy, CURLU_NON_SUPPORT_SCHEME);

    *parts = (struct parts){ 0 };
    if (code == CURLUE_OK) {
        curl_url_get(url, CURLUPART_SCHEME, &parts->scheme, 0);
        curl_url_get(url, CURLUPART_USER, &parts->user, 0);
        curl_url_get(url, CURLUPART_PASSWORD, &parts->password, 0);
    }
    curl_url_cleanup(url);
    free(copy);
    if (code != CURLUE_OK)
        return error_set(err, -EINVAL, "%s: expected a URL such as 'https://HOST/PATH': %s", name,
                         curl_url_strerror(code));
    return 0;
}

static void free_parts(struct parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->user);
    curl_free(parts->password);
}

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

static int check_url(struct span text, const char *name, const char *place,
                     const char *const *schemes, struct error *err)
{
    struct parts parts;
    int code = read_parts(text, &parts, name, err);

    if (code == 0 && (parts.scheme == NULL || !is_one_of(parts.scheme, schemes)))
        code = error_set(err, -EINVAL, "%s: '%s://' is not spoken here", name,
                         parts.scheme != NULL ? parts.scheme : "");
    else if (code == 0 && (parts.user != NULL || parts.password != NULL))
        code = error_set(err, -EINVAL, "%s: user and password belong into '%s', not into the URL",
                         name, place);
    free_parts(&parts);
    return code;
}

static int check_basic(const struct http_basic *basic, const char *name, struct error *err)
{
    if (!basic->is_given)
        return 0;
    if (basic->user.data == NULL || !secret_is_given(&basic->password))
        return error_set(err, -EINVAL, "%s: expected 'user' and 'password'", name);
    if (memchr(basic->user.data, ':', basic->user.len) != NULL ||
        !http_header_is_value(basic->user))
        return error_set(err, -EINVAL, "%s: user: a name cannot hold a colon or a control byte",
                         name);
    return 0;
}

static int check_headers(const struct http_settings *settings, struct error *err)
{
    for (size_t i = 0; i < settings->headers.count; i++) {
        const struct option_pair *pair = &settings->headers.list[i];

        if (span_equal(pair->name, SPAN("Content-Type")))
            return error_set(err, -EINVAL, "headers: Content-Type is said by 'content_type'");
        if (!http_header_is_name(pair->name))
            return error_set(err, -EINVAL,
                             "headers: '%.*s' is no name of a field, or the transport's business",
                             SPAN_ARG(pair->name));
        if (pair->value.data != NULL && !http_header_is_value(pair->value))
            return error_set(
                err, -EINVAL,
                "headers: %.*s: expected a text of one line, found several or a control byte",
                SPAN_ARG(pair->name));
    }
    if (settings->trace_header.data != NULL && !http_header_is_name(settings->trace_header))
        return error_set(err, -EINVAL, "trace_header: '%.*s' is no name of a field",
                         SPAN_ARG(settings->trace_header));
    if (settings->content_type.data != NULL && !http_header_is_value(settings->content_type))
        return error_set(
            err, -EINVAL,
            "content_type: expected a text of one line, found several or a control byte");
    return 0;
}

static int check_pairs(const struct option_pairs *pairs, const char *name, struct error *err)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (pairs->list[i].value.data == NULL)
            return error_set(err, -EINVAL, "%s: %.*s: a secret has no place here", name,
                             SPAN_ARG(pairs->list[i].name));
    }
    return 0;
}

/* The tables that speak of one body alone. */
static int check_body(const struct http_settings *settings, struct error *err)
{
    const struct {
        const char *name;
        bool is_given;
        int body;
    } tables[] = {
        { "bulk", settings->bulk.is_given, HTTP_BULK },
        { "loki", settings->loki.is_given, HTTP_LOKI },
        { "hec", settings->hec.is_given, HTTP_HEC },
        { "otlp", settings->otlp.is_given, HTTP_OTLP },
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i].is_given && settings->body != tables[i].body)
            return error_set(err, -EINVAL, "%s: has a meaning only with body = '%s'",
                             tables[i].name, tables[i].name);
    }
    if (settings->requests > 1 && settings->body != HTTP_ONE)
        return error_set(err, -EINVAL, "requests: has a meaning only with body = 'one'");
    if (settings->body == HTTP_LOKI && settings->loki.labels.count == 0)
        return error_set(err, -EINVAL, "loki: labels: Loki takes no stream without a label");
    return http_shape_check_index(settings->bulk.index, err);
}

static int check_ways(const struct http_settings *settings, struct error *err)
{
    static const char *const of_url[] = { "http", "https", NULL };
    static const char *const of_proxy[] = { "http", "https", "socks5", "socks5h", NULL };
    int code = check_url(settings->url, "url", "basic", of_url, err);

    if (code == 0 && settings->tls.is_on && !span_starts(settings->url, SPAN("https://")))
        code = error_set(err, -EINVAL, "tls: the url is not an https:// one");
    if (code == 0 && settings->proxy.data != NULL)
        code = check_url(settings->proxy, "proxy", "proxy_basic", of_proxy, err);
    if (code == 0 && settings->proxy.data != NULL && settings->socket.data != NULL)
        code = error_set(err, -EINVAL, "proxy: cannot be reached over 'socket'");
    if (code == 0 && settings->proxy_basic.is_given && settings->proxy.data == NULL)
        code = error_set(err, -EINVAL, "proxy_basic: there is no 'proxy'");
    return code == 0 ? tls_check(&settings->tls, err) : code;
}

static int http_check(const void *of_kind, struct error *err)
{
    const struct http_settings *settings = of_kind;
    int said = secret_is_given(&settings->bearer) + settings->basic.is_given +
               secret_is_given(&settings->hec.token);
    int code;

    if (settings->url.data == NULL)
        return error_set(err, -EINVAL, "url: expected where to send to, found nothing");
    if (said > 1)
        return error_set(err, -EINVAL, "bearer: only one of 'bearer', 'basic' and 'hec.token'");
    if ((code = check_ways(settings, err)) != 0 ||
        (code = check_basic(&settings->basic, "basic", err)) != 0 ||
        (code = check_basic(&settings->proxy_basic, "proxy_basic", err)) != 0 ||
        (code = check_headers(settings, err)) != 0 || (code = check_body(settings, err)) != 0 ||
        (code = check_pairs(&settings->loki.labels, "loki: labels", err)) != 0)
        return code;
    return check_pairs(&settings->otlp.resource, "otlp: resource", err);
}

/* Can the secrets stand in a header, and are the certificates there? */
static int http_probe(const void *of_kind, struct error *err)
{
    const struct http_settings *settings = of_kind;
    struct http_headers headers = { 0 };
    int code;

    if (http_check(of_kind, err) != 0)
        return 0; /* that was told already */
    code = http_headers_read(&headers, settings, err);
    http_headers_forget(&headers);
    if (code == -EBADMSG)
        return code;
    /* a secret that cannot be read is told for all kinds by the same sentence */
    return settings->tls.is_on ? tls_probe(&settings->tls, err) : 0;
}

static struct sink *open_sink(const void *of_kind, const struct sink_host *host, struct error *err)
{
    return http_open(of_kind, host, err);
}

const struct output_kind kind_http = {
    .name = "http",
    .summary = "sends batches by HTTP requests",
    .defaults = { .format = "json", .batch_events = 500, .batch_bytes = 1 << 20, .batch_s = 1 },
    .wants_envelope = true,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .settings_size = sizeof(struct http_settings),
    .settings = &defaults,
    .check = http_check,
    .probe = http_probe,
    .open = open_sink,
};
