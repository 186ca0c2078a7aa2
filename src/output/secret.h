/*
 * secret.h - reads a password or token from where the configuration says.
 *
 * The configuration never holds the secret itself, so that neither `laudit check` nor an error can
 * print it. Read when it is needed, so that a changed file is taken at the next connection.
 */
#pragma once

#include "base/buffer.h"
#include "output/option.h"

enum { SECRET_LONGEST = 64 << 10 /* bytes of a secret's file */ };

static inline bool secret_is_given(const struct secret *secret)
{
    return secret->file.data != NULL || secret->env.data != NULL;
}

/*
 * Appends the secret to `out`, without the newline that ends a file. Returns 0; or a negative errno
 * with a sentence that names where it was looked for, and leaves `out` as it was.
 */
int secret_read(const struct secret *, struct buffer *out, struct error *);

/* Overwrites the buffer's memory before it is freed. */
void secret_forget(struct buffer *);

/* "file /etc/laudit/token" or "environment variable TOKEN": where, never what. */
void secret_describe(const struct secret *, struct buffer *out);
