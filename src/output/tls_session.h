/*
 * tls_session.h - the client's side of one TLS conversation, in memory: the sockets are its
 * owner's.
 *
 * TLS 1.2 at least; the other side's certificate and name are verified unless the settings say
 * otherwise. What the other side says behind the handshake is read and thrown away.
 */
#pragma once

#include "base/buffer.h"
#include "output/tls.h"

struct tls_session;
struct ssl_ctx_st;

/* Reads the files of the settings: an SSL_CTX; or NULL with a sentence. */
struct ssl_ctx_st *tls_context_new(const struct tls_settings *, struct error *);

/*
 * Begins a conversation with `host`, a name or an address. Reads the files of the settings, which
 * are not kept. NULL with a sentence.
 */
struct tls_session *tls_session_new(const struct tls_settings *, struct span host, struct error *);
void tls_session_free(struct tls_session *);

/*
 * Takes bytes that came from the other side (none at first, to begin with) and goes on with the
 * handshake. Returns 0; -ESHUTDOWN when the other side has said goodbye; or another negative errno
 * with a sentence: then only what is still to be sent, an alert, is left to do.
 */
int tls_session_take(struct tls_session *, struct span cipher, struct error *);

/* True when the handshake is done as far as this side can see. */
bool tls_session_is_ready(const struct tls_session *);

/*
 * True while the other side may still refuse our certificate: with TLS 1.3 it looks at it when our
 * handshake is over, and says nothing (but mostly sends a ticket) if it likes it.
 */
bool tls_session_awaits_verdict(const struct tls_session *);

/* Encrypts; when ready. 0, or a negative errno with a sentence. */
int tls_session_write(struct tls_session *, struct span plain, struct error *);

/* Says goodbye. */
void tls_session_goodbye(struct tls_session *);

/* Moves what is to be sent to the end of `out`. */
void tls_session_pull(struct tls_session *, struct buffer *out);
