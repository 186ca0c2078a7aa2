#include "output/mqtt_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/secret.h"
#include "output/tls_session.h"

enum {
    PACKETS_AT_ONCE = 1000, /* read or written before the loop has its turn again */
    LONGEST = 268435455     /* bytes of a packet of MQTT */
};

struct mqtt_link {
    struct mosquitto *mosq;
    uv_poll_t poll;
    int events;                        /* that poll waits for */
    const struct mqtt_link_user *user; /* NULL once retired */
    void *context;
    void (*gone)(void *context);
    void *gone_context;
    bool has_connected, was_told, is_v5, retains;
    char name[256]; /* that the broker's certificate has to bear */
    char why[256];  /* what libmosquitto said last, or the broker's refusal */
};

static void note(struct mqtt_link *link, const char *why)
{
    snprintf(link->why, sizeof link->why, "%s", why);
}

static void on_log(struct mosquitto *mosq, void *context, int level, const char *text)
{
    (void)mosq;
    if ((level & (MOSQ_LOG_ERR | MOSQ_LOG_WARNING)) != 0)
        note(context, text);
}

static void on_connected(struct mosquitto *mosq, void *context, int reason, int flags,
                         const mosquitto_property *properties)
{
    struct mqtt_link *link = context;

    (void)mosq, (void)flags, (void)properties;
    if (reason == 0)
        link->has_connected = true;
    else
        note(link,
             link->is_v5 ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason));
}

static void on_disconnected(struct mosquitto *mosq, void *context, int reason,
                            const mosquitto_property *properties)
{
    struct mqtt_link *link = context;

    (void)mosq, (void)properties;
    /* libmosquitto's own errors are below the broker's reasons. */
    if (link->is_v5 && reason >= MQTT_RC_UNSPECIFIED)
        note(link, mosquitto_reason_string(reason));
}

static void on_acknowledged(struct mosquitto *mosq, void *context, int id, int reason,
                            const mosquitto_property *properties)
{
    struct mqtt_link *link = context;

    (void)mosq, (void)properties;
    if (link->user != NULL)
        link->user->acknowledged(link->context, id, reason);
}

static int code_of(int result)
{
    switch (result) {
    case MOSQ_ERR_CONN_REFUSED:
    case MOSQ_ERR_AUTH:
    case MOSQ_ERR_ACL_DENIED:
        return -EACCES;
    case MOSQ_ERR_TLS:
    case MOSQ_ERR_TLS_HANDSHAKE:
    case MOSQ_ERR_PROTOCOL:
    case MOSQ_ERR_MALFORMED_PACKET:
        return -EPROTO;
    case MOSQ_ERR_KEEPALIVE:
    case MOSQ_ERR_TIMEOUT:
        return -ETIMEDOUT;
    case MOSQ_ERR_ERRNO:
        return errno == EPIPE ? -ECONNRESET : errno != 0 ? -errno : -EIO;
    case MOSQ_ERR_NOMEM:
        return -ENOMEM;
    default:
        return -ECONNRESET;
    }
}

static void on_readable(uv_poll_t *, int status, int events);

/* Waits for what libmosquitto wants; false when it has closed its socket. */
static bool watch(struct mqtt_link *link)
{
    if (mosquitto_socket(link->mosq) < 0)
        return false;

    int events = UV_READABLE | (mosquitto_want_write(link->mosq) ? UV_WRITABLE : 0);

    if (events != link->events) {
        link->events = events;
        uv_poll_start(&link->poll, events, on_readable);
    }
    return true;
}

static void end(struct mqtt_link *link, int result)
{
    int code = code_of(result);

    if (!uv_is_closing((uv_handle_t *)&link->poll))
        uv_poll_stop(&link->poll);
    link->events = 0;
    if (link->why[0] == '\0')
        note(link, result == MOSQ_ERR_ERRNO    ? strerror(-code)
                   : result > MOSQ_ERR_SUCCESS ? mosquitto_strerror(result)
                                               : "the broker closed the connection");
    link->user->ended(link->context, code, link->why);
}

/* What a call of libmosquitto has led to. */
static void conclude(struct mqtt_link *link, int result)
{
    if (result == MOSQ_ERR_SUCCESS && link->has_connected && !link->was_told) {
        link->was_told = true;
        link->user->opened(link->context);
    } else if (result == MOSQ_ERR_SUCCESS && link->was_told) {
        link->user->rests(link->context);
    }
    if (link->user != NULL && (result != MOSQ_ERR_SUCCESS || !watch(link)))
        end(link, result);
}

/* The socket is at its end, and libuv watches it no more. libmosquitto does not read while it still
 * waits for the connection, and would wait for ever: the socket itself is asked why. */
static int read_last(struct mqtt_link *link)
{
    int error = 0;
    socklen_t len = sizeof error;

    getsockopt(mosquitto_socket(link->mosq), SOL_SOCKET, SO_ERROR, &error, &len);
    link->events = 0;

    int result = mosquitto_loop_read(link->mosq, PACKETS_AT_ONCE);

    if (result != MOSQ_ERR_SUCCESS && error == 0)
        return result;
    errno = error;
    return error != 0 ? MOSQ_ERR_ERRNO : MOSQ_ERR_CONN_LOST;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct mqtt_link *link = poll->data;
    int result = MOSQ_ERR_SUCCESS;

    errno = 0;
    if (status < 0) {
        conclude(link, read_last(link));
        return;
    }
    if ((events & UV_WRITABLE) != 0)
        result = mosquitto_loop_write(link->mosq, PACKETS_AT_ONCE);
    if (result == MOSQ_ERR_SUCCESS && (events & UV_READABLE) != 0)
        result = mosquitto_loop_read(link->mosq, PACKETS_AT_ONCE);
    conclude(link, result);
}

/* libmosquitto is given an address, and would name that. */
static void on_handshake(const SSL *ssl, int where, int result)
{
    (void)result;
    if ((where & SSL_CB_HANDSHAKE_START) == 0)
        return;

    struct mqtt_link *link = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    unsigned char address[16];
    bool is_address = inet_pton(AF_INET, link->name, address) == 1 ||
                      inet_pton(AF_INET6, link->name, address) == 1;

    SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, is_address ? NULL : link->name);
}

static int set_tls(struct mqtt_link *link, const struct tls_settings *tls, struct error *err)
{
    SSL_CTX *context = tls_context_new(tls, err);

    if (context == NULL)
        return err->code;

    X509_VERIFY_PARAM *verify = SSL_CTX_get0_param(context);

    if (X509_VERIFY_PARAM_set1_ip_asc(verify, link->name) != 1)
        X509_VERIFY_PARAM_set1_host(verify, link->name, 0);
    SSL_CTX_set_app_data(context, link);
    SSL_CTX_set_info_callback(context, on_handshake);
    mosquitto_void_option(link->mosq, MOSQ_OPT_SSL_CTX, context);
    mosquitto_int_option(link->mosq, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
    SSL_CTX_free(context); /* libmosquitto has its own share */
    return 0;
}

static int set_login(struct mqtt_link *link, const struct mqtt_settings *settings,
                     struct error *err)
{
    struct buffer user = { 0 }, password = { 0 };
    bool has_password = secret_is_given(&settings->password);
    int code = 0;

    if (settings->user.data == NULL)
        return 0;
    buffer_append(&user, settings->user);
    buffer_byte(&user, '\0');
    if (has_password)
        code = secret_read(&settings->password, &password, err);
    if (code == 0) {
        buffer_byte(&password, '\0');
        mosquitto_username_pw_set(link->mosq, user.data, has_password ? password.data : NULL);
    }
    secret_forget(&password);
    buffer_free(&user);
    return code;
}

static int set_up(struct mqtt_link *link, const struct mqtt_settings *settings, struct error *err)
{
    bool is_v5 = settings->version == MQTT_5;

    link->is_v5 = is_v5;
    link->retains = settings->retains;
    mosquitto_int_option(link->mosq, MOSQ_OPT_PROTOCOL_VERSION,
                         is_v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_int_option(link->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_int_option(link->mosq, MOSQ_OPT_SEND_MAXIMUM, (int)settings->window);
    mosquitto_log_callback_set(link->mosq, on_log);
    mosquitto_connect_v5_callback_set(link->mosq, on_connected);
    mosquitto_disconnect_v5_callback_set(link->mosq, on_disconnected);
    mosquitto_publish_v5_callback_set(link->mosq, on_acknowledged);

    int code = set_login(link, settings, err);

    if (code == 0 && settings->tls.is_on)
        code = set_tls(link, &settings->tls, err);
    return code;
}

static int connect_to(struct mqtt_link *link, const struct sockaddr *to, unsigned keepalive_s,
                      struct error *err)
{
    char address[INET6_ADDRSTRLEN];
    int port = ntohs(to->sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)to)->sin6_port
                                               : ((const struct sockaddr_in *)to)->sin_port);

    if (uv_ip_name(to, address, sizeof address) != 0)
        return error_set(err, -EAFNOSUPPORT, "unknown kind of address");
    errno = 0;

    int result = mosquitto_connect_async(link->mosq, address, port, (int)keepalive_s);

    if (result == MOSQ_ERR_SUCCESS && mosquitto_socket(link->mosq) >= 0)
        return 0;
    return error_set(err, code_of(result), "%s",
                     link->why[0] != '\0'       ? link->why
                     : result == MOSQ_ERR_ERRNO ? strerror(errno)
                                                : mosquitto_strerror(result));
}

struct mqtt_link *mqtt_link_open(uv_loop_t *loop, const struct mqtt_settings *settings,
                                 const char *client_id, const char *name, const struct sockaddr *to,
                                 const struct mqtt_link_user *user, void *context,
                                 struct error *err)
{
    struct mqtt_link *link = calloc(1, sizeof *link);

    if (link == NULL || (link->mosq = mosquitto_new(client_id, true, link)) == NULL)
        abort();
    link->user = user;
    link->context = context;
    snprintf(link->name, sizeof link->name, "%s", name);
    if (set_up(link, settings, err) != 0 || connect_to(link, to, settings->keepalive_s, err) != 0) {
        mosquitto_destroy(link->mosq);
        free(link);
        return NULL;
    }
    uv_poll_init(loop, &link->poll, mosquitto_socket(link->mosq));
    link->poll.data = link;
    watch(link);
    return link;
}

int mqtt_link_publish(struct mqtt_link *link, const char *topic, struct span body, int *id)
{
    if (body.len > LONGEST)
        return -EMSGSIZE;
    errno = 0;

    int result = mosquitto_publish_v5(link->mosq, id, topic, (int)body.len, body.data, 1,
                                      link->retains, NULL);

    switch (result) {
    case MOSQ_ERR_SUCCESS:
        return 0;
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_OVERSIZE_PACKET:
        return -EMSGSIZE;
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_MALFORMED_UTF8:
        return -EINVAL;
    default:
        return code_of(result);
    }
}

void mqtt_link_push(struct mqtt_link *link)
{
    watch(link);
}

void mqtt_link_tick(struct mqtt_link *link)
{
    errno = 0;

    int result = mosquitto_loop_misc(link->mosq);

    if (result != MOSQ_ERR_SUCCESS || !watch(link))
        end(link, result);
}

static void on_closed(uv_handle_t *handle)
{
    struct mqtt_link *link = handle->data;
    void (*gone)(void *context) = link->gone;
    void *context = link->gone_context;

    free(link);
    gone(context);
}

void mqtt_link_retire(struct mqtt_link *link, bool is_orderly, void (*gone)(void *context),
                      void *context)
{
    link->user = NULL;
    link->gone = gone;
    link->gone_context = context;
    uv_close((uv_handle_t *)&link->poll, on_closed);
    if (is_orderly && mosquitto_socket(link->mosq) >= 0)
        mosquitto_disconnect(link->mosq);
    mosquitto_destroy(link->mosq);
    link->mosq = NULL;
}
