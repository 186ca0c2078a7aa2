#include "output/tls.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "output/file_stamp.h"
#include "output/tls_session.h"

int tls_check(const struct tls_settings *settings, struct error *err)
{
    if (settings->certificate.data != NULL && settings->key.data == NULL)
        return error_set(err, -EINVAL, "tls: 'certificate' needs 'key'");
    if (settings->key.data != NULL && settings->certificate.data == NULL)
        return error_set(err, -EINVAL, "tls: 'key' needs 'certificate'");
    if (settings->trusts_all && settings->ca.data != NULL)
        return error_set(err, -EINVAL,
                         "tls: 'insecure' believes whoever answers, so 'ca' has no meaning");
    return 0;
}

static int copy_path(struct span path, char *copy, struct error *err)
{
    if (path.len >= PATH_MAX)
        return error_set(err, -ENAMETOOLONG, "tls: the path '%.40s...' is too long", path.data);
    memcpy(copy, path.data, path.len);
    copy[path.len] = '\0';
    return 0;
}

/* Says what OpenSSL has against a file: that it cannot be opened, or what it holds. */
static int file_refused(const char *what, const char *path, struct error *err)
{
    unsigned long why = ERR_peek_error();

    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(why) && ERR_GET_REASON(why) != 0)
        return error_set(err, -ERR_GET_REASON(why), "cannot read %s '%s': %s", what, path,
                         strerror(ERR_GET_REASON(why)));

    const char *reason = ERR_reason_error_string(why);

    return error_set(err, -EINVAL, "%s '%s' is not what it should be: %s", what, path,
                     reason != NULL ? reason : "unknown error");
}

static int load_authorities(SSL_CTX *context, const struct tls_settings *settings,
                            struct error *err)
{
    char path[PATH_MAX];
    int code;

    if (settings->trusts_all)
        return 0;
    if (settings->ca.data == NULL) {
        SSL_CTX_set_default_verify_paths(context);
        ERR_clear_error();
        return 0;
    }
    if ((code = copy_path(settings->ca, path, err)) != 0)
        return code;
    if (SSL_CTX_load_verify_file(context, path) != 1)
        return file_refused("the authorities' certificates", path, err);
    return 0;
}

static int load_certificate(SSL_CTX *context, const struct tls_settings *settings,
                            struct error *err)
{
    char path[PATH_MAX];
    int code;

    if (settings->certificate.data == NULL)
        return 0;
    if ((code = copy_path(settings->certificate, path, err)) != 0)
        return code;
    if (SSL_CTX_use_certificate_chain_file(context, path) != 1)
        return file_refused("the certificate", path, err);
    if ((code = copy_path(settings->key, path, err)) != 0)
        return code;
    if (SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) != 1)
        return file_refused("the key", path, err);
    return 0;
}

/* Nobody is there to be asked for a pass phrase. */
static int on_pass_phrase(char *room, int size, int is_writing, void *context)
{
    (void)room, (void)size, (void)is_writing, (void)context;
    return -1;
}

struct ssl_ctx_st *tls_context_new(const struct tls_settings *settings, struct error *err)
{
    ERR_clear_error();

    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (context == NULL)
        abort();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_default_passwd_cb(context, on_pass_phrase);
    SSL_CTX_set_verify(context, settings->trusts_all ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (load_authorities(context, settings, err) != 0 ||
        load_certificate(context, settings, err) != 0) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

int tls_probe(const struct tls_settings *settings, struct error *err)
{
    SSL_CTX *context = tls_context_new(settings, err);

    if (context == NULL)
        return err->code;
    SSL_CTX_free(context);
    return 0;
}

struct tls_stamp tls_stamp(const struct tls_settings *settings)
{
    return (struct tls_stamp){ { file_stamp(settings->ca), file_stamp(settings->certificate),
                                 file_stamp(settings->key) } };
}

bool tls_stamp_equal(struct tls_stamp a, struct tls_stamp b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}
