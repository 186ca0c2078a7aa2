/*
 * passage.h - bytes on their way over a wire: how many of them were handed over, how many arrived.
 *
 * TLS changes their number; so it is noted in slices where they stand before and behind it.
 */
#pragma once

#include "base/buffer.h"
#include "output/tls_session.h"

struct passage {
    struct span bytes; /* borrowed */
    size_t taken;      /* of them, by the wire or by TLS */
    uint64_t begin;    /* bytes of the wire before them */
    struct buffer slices;
};

/* `begin` bytes have been given to the wire so far. */
void passage_begin(struct passage *, struct span bytes, uint64_t begin);

/* True when all was handed over. */
bool passage_is_over(const struct passage *);

/* The rest, to be handed over in one piece without TLS. */
struct span passage_rest(struct passage *);

/*
 * Encrypts the next slice to the end of `cipher`, all of which goes to the wire next, behind
 * `submitted` bytes. 0, or a negative errno with a sentence.
 */
int passage_encrypt(struct passage *, struct tls_session *, struct buffer *cipher,
                    uint64_t submitted, struct error *);

/* How many of the bytes arrived, at least, when `arrived` bytes of the wire did. */
size_t passage_arrived(const struct passage *, bool is_encrypted, uint64_t arrived);
