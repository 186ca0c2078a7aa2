#include "output/tls_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { HOST_LONGEST = 255 };

struct tls_session {
    SSL *ssl;
    BIO *in, *out;                   /* the ssl's */
    char expected[HOST_LONGEST + 1]; /* the name or address that the certificate has to bear */
    bool is_ready;
    bool was_asked; /* the other side wanted a certificate of ours */
    bool is_broken;
    bool has_heard; /* anything behind the handshake */
};

static int on_certificate_wanted(SSL *ssl, void *context)
{
    struct tls_session *session = context;

    (void)ssl;
    session->was_asked = true;
    return 1;
}

static bool is_address(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Who is to answer: told to the other side (SNI; never an address) and held against its
 * certificate. */
static int expect(struct tls_session *session, bool trusts_all, struct error *err)
{
    const char *host = session->expected;
    X509_VERIFY_PARAM *param = SSL_get0_param(session->ssl);
    bool is_name = !is_address(host);

    if (is_name && SSL_set_tlsext_host_name(session->ssl, host) != 1)
        return error_set(err, -EINVAL, "TLS: '%s' is no name of a host", host);
    if (trusts_all)
        return 0;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if ((is_name ? X509_VERIFY_PARAM_set1_host(param, host, 0)
                 : X509_VERIFY_PARAM_set1_ip_asc(param, host)) != 1)
        return error_set(err, -EINVAL, "TLS: '%s' is no name of a host", host);
    return 0;
}

struct tls_session *tls_session_new(const struct tls_settings *settings, struct span host,
                                    struct error *err)
{
    if (settings->server_name.data != NULL)
        host = settings->server_name;
    if (host.len == 0 || host.len > HOST_LONGEST) {
        error_set(err, -EINVAL, "TLS: the name of the host has to have 1 to %d bytes",
                  HOST_LONGEST);
        return NULL;
    }

    SSL_CTX *context = tls_context_new(settings, err);

    if (context == NULL)
        return NULL;

    struct tls_session *session = calloc(1, sizeof *session);

    if (session == NULL)
        abort();
    memcpy(session->expected, host.data, host.len);
    session->ssl = SSL_new(context);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    SSL_CTX_free(context); /* the ssl holds it */
    if (session->ssl == NULL || session->in == NULL || session->out == NULL)
        abort();
    BIO_set_mem_eof_return(session->in, -1);
    SSL_set_bio(session->ssl, session->in, session->out);
    SSL_set_connect_state(session->ssl);
    SSL_set_cert_cb(session->ssl, on_certificate_wanted, session);
    if (expect(session, settings->trusts_all, err) != 0) {
        tls_session_free(session);
        return NULL;
    }
    return session;
}

void tls_session_free(struct tls_session *session)
{
    if (session == NULL)
        return;
    SSL_free(session->ssl);
    free(session);
}

/* Why OpenSSL gave up. */
static int failed(struct tls_session *session, struct error *err)
{
    long verdict = SSL_get_verify_result(session->ssl);
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    ERR_clear_error();
    session->is_broken = true;
    if (SSL_get_verify_mode(session->ssl) == SSL_VERIFY_NONE)
        verdict = X509_V_OK;
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return error_set(err, -EPROTO, "TLS: the certificate is not for '%s'", session->expected);
    if (!session->is_ready && verdict != X509_V_OK)
        return error_set(err, -EPROTO, "TLS: the certificate of '%s' is not trusted: %s",
                         session->expected, X509_verify_cert_error_string(verdict));
    return error_set(err, -EPROTO, "TLS: %s", reason != NULL ? reason : "the conversation broke");
}

static int shake_hands(struct tls_session *session, struct error *err)
{
    int result = SSL_do_handshake(session->ssl);

    if (result == 1) {
        session->is_ready = true;
        return 0;
    }

    int code = SSL_get_error(session->ssl, result);

    return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE ? 0 : failed(session, err);
}

/* Reads what the other side has to say, which is nothing that a writer wants to know. */
static int listen_on(struct tls_session *session, struct error *err)
{
    char room[4096];
    int result;

    do {
        result = SSL_read(session->ssl, room, sizeof room);
    } while (result > 0);

    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return error_set(err, -ESHUTDOWN, "TLS: the other side has ended the conversation");
    default:
        return failed(session, err);
    }
}

int tls_session_take(struct tls_session *session, struct span cipher, struct error *err)
{
    ERR_clear_error();
    if (cipher.len > 0 && BIO_write(session->in, cipher.data, (int)cipher.len) != (int)cipher.len)
        abort();
    if (!session->is_ready) {
        int code = shake_hands(session, err);

        if (code != 0 || !session->is_ready || BIO_pending(session->in) == 0)
            return code;
    }

    int code = listen_on(session, err);

    session->has_heard = code == 0;
    return code;
}

bool tls_session_is_ready(const struct tls_session *session)
{
    return session->is_ready;
}

bool tls_session_awaits_verdict(const struct tls_session *session)
{
    return session->was_asked && !session->has_heard && SSL_version(session->ssl) >= TLS1_3_VERSION;
}

int tls_session_write(struct tls_session *session, struct span plain, struct error *err)
{
    size_t written;

    ERR_clear_error();
    if (plain.len > 0 && SSL_write_ex(session->ssl, plain.data, plain.len, &written) != 1)
        return failed(session, err);
    return 0;
}

void tls_session_goodbye(struct tls_session *session)
{
    ERR_clear_error();
    if (session->is_ready && !session->is_broken)
        SSL_shutdown(session->ssl);
    ERR_clear_error();
}

void tls_session_pull(struct tls_session *session, struct buffer *out)
{
    size_t waiting = BIO_ctrl_pending(session->out);

    while (waiting > 0) {
        int part = waiting < 1 << 20 ? (int)waiting : 1 << 20;

        BIO_read(session->out, buffer_reserve(out, (size_t)part), part);
        buffer_commit(out, (size_t)part);
        waiting -= (size_t)part;
    }
}
