#include "output/passage.h"

enum { PASSAGE_SLICE = 64 << 10 /* bytes that are encrypted at once */ };

struct slice {
    size_t plain_end;
    uint64_t cipher_end;
};

void passage_begin(struct passage *passage, struct span bytes, uint64_t begin)
{
    passage->bytes = bytes;
    passage->taken = 0;
    passage->begin = begin;
    buffer_clear(&passage->slices);
}

bool passage_is_over(const struct passage *passage)
{
    return passage->taken == passage->bytes.len;
}

struct span passage_rest(struct passage *passage)
{
    struct span rest = span_skip(passage->bytes, passage->taken);

    passage->taken = passage->bytes.len;
    return rest;
}

int passage_encrypt(struct passage *passage, struct tls_session *tls, struct buffer *cipher,
                    uint64_t submitted, struct error *err)
{
    struct span part = span_skip(passage->bytes, passage->taken);

    if (part.len > PASSAGE_SLICE)
        part.len = PASSAGE_SLICE;

    int code = tls_session_write(tls, part, err);

    if (code != 0)
        return code;
    tls_session_pull(tls, cipher);
    passage->taken += part.len;

    const struct slice slice = { passage->taken, submitted + cipher->len };

    buffer_append(&passage->slices, (struct span){ (const char *)&slice, sizeof slice });
    return 0;
}

size_t passage_arrived(const struct passage *passage, bool is_encrypted, uint64_t arrived)
{
    if (!is_encrypted) {
        uint64_t bytes = arrived > passage->begin ? arrived - passage->begin : 0;

        return bytes < passage->taken ? (size_t)bytes : passage->taken;
    }

    size_t bytes = 0;
    struct slice slice;

    for (size_t at = 0; at < passage->slices.len; at += sizeof slice) {
        memcpy(&slice, passage->slices.data + at, sizeof slice);
        if (slice.cipher_end <= arrived)
            bytes = slice.plain_end;
    }
    return bytes;
}
