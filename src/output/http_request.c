#include "output/http_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    UPLOAD_BUFFER = 256 << 10, /* bytes that libcurl asks for at once */
    BODY_KEPT = 8 << 20        /* bytes of memory that a request keeps for the next one */
};

/* A part of the URL, to be freed with curl_free; NULL when there is none. */
static char *part_of(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static char *copy_of(const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        abort();
    return copy;
}

/* What a certificate's name is looked for under is the URL's host: so that name becomes the host,
 * and libcurl is told where it really is. */
static void aim(struct http_target *target, CURLU *url, const struct http_settings *settings)
{
    char *host = part_of(url, CURLUPART_HOST, 0);
    char *port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *given_port = part_of(url, CURLUPART_PORT, 0);
    struct span name = settings->tls.server_name;

    if (name.data != NULL) {
        if (asprintf(&target->connect_to, "%s:%s:%s:%s", name.data, port, host, port) < 0 ||
            asprintf(&target->host, "Host: %s%s%s", host, given_port != NULL ? ":" : "",
                     given_port != NULL ? given_port : "") < 0)
            abort();
        curl_url_set(url, CURLUPART_HOST, name.data, 0);
    }

    char *whole = part_of(url, CURLUPART_URL, 0);

    target->url = copy_of(whole != NULL ? whole : settings->url.data);
    curl_free(whole);
    curl_free(host);
    curl_free(port);
    curl_free(given_port);
}

int http_target_make(struct http_target *target, const struct http_settings *settings,
                     struct error *err)
{
    CURLU *url = curl_url();
    CURLUcode code = curl_url_set(url, CURLUPART_URL, settings->url.data, 0);

    *target = (struct http_target){ 0 };
    if (code == CURLUE_OK)
        aim(target, url, settings);
    curl_url_cleanup(url);
    if (code != CURLUE_OK)
        return error_set(err, -EINVAL, "url: %s", curl_url_strerror(code));
    return 0;
}

void http_target_free(struct http_target *target)
{
    free(target->url);
    free(target->connect_to);
    free(target->host);
    *target = (struct http_target){ 0 };
}

static struct span sent_body(const struct http_request *request)
{
    return buffer_span(request->packed.len > 0 ? &request->packed : &request->body);
}

static size_t on_read(char *room, size_t size, size_t count, void *context)
{
    struct http_request *request = context;
    struct span rest = span_skip(sent_body(request), request->sent);
    size_t len = size * count < rest.len ? size * count : rest.len;

    if (len > 0)
        memcpy(room, rest.data, len);
    request->sent += len;
    return len;
}

/* libcurl would send the body once more over another connection and tell nobody; whether messages
 * may arrive twice is the output's to decide and to count. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    const struct http_request *request = context;

    (void)offset, (void)origin;
    return request->sent == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t on_write(char *data, size_t size, size_t count, void *context)
{
    struct http_request *request = context;
    size_t room = request->answer_room - request->answer.len;
    size_t len = size * count;

    if (len > room)
        request->is_cut = true;
    buffer_append(&request->answer, (struct span){ data, len < room ? len : room });
    return size * count;
}

static void set_tls(CURL *easy, const struct tls_settings *tls)
{
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* a session keeps its certificate */
    if (tls->trusts_all) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (tls->ca.data != NULL) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca.data);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (tls->certificate.data != NULL) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->certificate.data);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key.data);
    }
}

static void set_version(CURL *easy, enum http_version version, const char *url)
{
    static const long versions[] = {
        [HTTP_AUTO] = CURL_HTTP_VERSION_2TLS,
        [HTTP_NEVER_2] = CURL_HTTP_VERSION_1_1,
        [HTTP_ALWAYS_2] = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
    };

    /* Without TLS nothing agrees on HTTP/2, and a second connection would wait for the first answer
     * to know it. */
    if (version == HTTP_AUTO && strncmp(url, "http://", 7) == 0)
        version = HTTP_NEVER_2;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, versions[version]);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L); /* rather a stream more than a connection more */
}

static void set_way(CURL *easy, const struct http_settings *settings,
                    const struct http_target *target, struct curl_slist *connect_to)
{
    curl_easy_setopt(easy, CURLOPT_URL, target->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, settings->socket.data);
    /* Empty: what the environment says of proxies does not count. */
    curl_easy_setopt(easy, CURLOPT_PROXY, settings->proxy.data != NULL ? settings->proxy.data : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
}

static void set_callbacks(struct http_request *request)
{
    CURL *easy = request->easy;

    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, request);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
}

void http_request_open(struct http_request *request, const struct http_settings *settings,
                       const struct http_target *target, double connect_timeout_s, void *user)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        abort();
    *request = (struct http_request){ .easy = easy };
    if (target->connect_to != NULL)
        request->connect_to = curl_slist_append(NULL, target->connect_to);
    set_callbacks(request);
    set_way(easy, settings, target, request->connect_to);
    set_tls(easy, &settings->tls);
    set_version(easy, (enum http_version)settings->http2, target->url);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, user);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* does not wait for a lookup it gave up */
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "laudit/" LAUDIT_VERSION);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_timeout_s * 1000));
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (settings->method != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
}

void http_request_close(struct http_request *request)
{
    http_request_end(request);
    curl_easy_cleanup(request->easy);
    curl_slist_free_all(request->connect_to);
    buffer_free(&request->body);
    buffer_free(&request->packed);
    buffer_free(&request->answer);
}

void http_request_begin(struct http_request *request, struct curl_slist *headers, size_t messages,
                        const struct http_headers *secrets)
{
    const char *proxy_password = http_headers_proxy_password(secrets);

    request->headers = headers;
    request->sent = 0;
    request->is_cut = false;
    request->error[0] = '\0';
    request->answer_room = HTTP_ANSWER_LONGEST + HTTP_ANSWER_ITEM * messages;
    buffer_clear(&request->answer);
    curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)sent_body(request).len);
    if (proxy_password != NULL) {
        curl_easy_setopt(request->easy, CURLOPT_PROXYUSERNAME, secrets->proxy_user);
        curl_easy_setopt(request->easy, CURLOPT_PROXYPASSWORD, proxy_password);
    }
}

/* Keeps the memory of an ordinary buffer. */
static void empty(struct buffer *buffer)
{
    if (buffer->room > BODY_KEPT)
        buffer_free(buffer);
    buffer_clear(buffer);
}

void http_request_end(struct http_request *request)
{
    curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, NULL);
    http_headers_free_list(request->headers);
    request->headers = NULL;
    request->is_built = request->is_busy = false;
    empty(&request->body);
    empty(&request->packed);
    empty(&request->answer);
}

/* What libcurl says as an errno, for counting; the words are libcurl's own. */
static int errno_of(CURL *easy, CURLcode code)
{
    long number = 0;

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return -EHOSTUNREACH;
    case CURLE_COULDNT_CONNECT:
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
        return number > 0 ? -(int)number : -ECONNREFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
        return -ECONNRESET;
    default:
        return -EPROTO;
    }
}

static void judge_failure(const struct http_request *request, struct http_verdict *verdict)
{
    const char *why = *request->error != '\0' ? request->error : curl_easy_strerror(request->code);

    if (request->code == CURLE_SEND_FAIL_REWIND)
        why = "the connection was closed before there was an answer";
    *verdict = (struct http_verdict){ .code = errno_of(request->easy, request->code),
                                      .is_unknown = request->sent > 0 };
    snprintf(verdict->why, sizeof verdict->why, "%s", why);
}

void http_request_judge(struct http_request *request, const struct http_settings *settings,
                        const struct http_headers *secrets, struct batch *batch,
                        struct http_verdict *verdict)
{
    struct http_answer answer = { .text = buffer_span(&request->answer),
                                  .is_cut = request->is_cut };
    curl_off_t patience = 0;

    if (request->code != CURLE_OK) {
        judge_failure(request, verdict);
        return;
    }
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &patience);
    answer.retry_after_s = (double)patience;
    http_judge(settings, &answer, batch, request->first, request->end, verdict);
    if (*verdict->why != '\0' && http_headers_is_secret(secrets, answer.text))
        snprintf(verdict->why, sizeof verdict->why,
                 "HTTP %ld, with an answer that repeats a secret", answer.status);
}
