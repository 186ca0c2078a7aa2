/*
 * scan.h - looking for the ends of names and values, sixteen bytes at a time where the machine can.
 *
 * Each function may read up to SCAN_BLOCK - 1 bytes behind the end it is given.
 */
#pragma once

#include "base/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    SCAN_STEP = 16,               /* bytes looked at together */
    SCAN_BLOCK = 64,              /* bytes whose gaps are told at once */
    TAIL_MARK = 0x1D,             /* auditd's ENRICHED names follow */
    MASK_NOTHING = 1 << SCAN_STEP /* of bytes: a mask that no text satisfies */
};

static inline bool is_gap(char c)
{
    return c == ' ' || c == TAIL_MARK;
}

/* The top bit of each byte of `word` that equals `byte`. */
static inline uint64_t equal_bytes(uint64_t word, uint8_t byte)
{
    const uint64_t low = 0x7F7F7F7F7F7F7F7F;
    uint64_t differs = word ^ byte * (uint64_t)0x0101010101010101;

    return ~(((differs & low) + low) | differs | low);
}

/* Bit n says whether at[n] is a gap, for SCAN_BLOCK bytes. */
static inline uint64_t scan_gaps_portable(const char *at)
{
    uint64_t gaps = 0;

    for (unsigned i = 0; i < SCAN_BLOCK; i += 8) {
        uint64_t word;

        memcpy(&word, at + i, sizeof word);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        word = (equal_bytes(word, ' ') | equal_bytes(word, TAIL_MARK)) >> 7;
        gaps |= (word * 0x0102040810204080 >> 56) << i;
    }
    return gaps;
}

/* The first space or TAIL_MARK in [at, end), else `end` or something behind it. */
static inline const char *scan_gap_portable(const char *at, const char *end)
{
    while (at < end && !is_gap(*at))
        at++;
    return at;
}

/* The first `byte` in [at, end), else `end` or something behind it. */
static inline const char *scan_byte_portable(const char *at, const char *end, char byte)
{
    const char *found = at < end ? memchr(at, byte, (size_t)(end - at)) : NULL;

    return found != NULL ? found : end;
}

/* True when the bytes of `at` that `mask` (bit n: byte n) selects equal those of `name`. */
static inline bool scan_same_portable(const char *at, const char name[SCAN_STEP], uint32_t mask)
{
    return mask < MASK_NOTHING && memcmp(at, name, (size_t)__builtin_popcount(mask)) == 0;
}

#ifdef __SSE2__

static inline __m128i scan_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline unsigned gap_bits(const char *at)
{
    __m128i bytes = scan_load(at);
    __m128i spaces = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
    __m128i marks = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(TAIL_MARK));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(spaces, marks));
}

static inline uint64_t scan_gaps_sse2(const char *at)
{
    return gap_bits(at) | (uint64_t)gap_bits(at + 16) << 16 | (uint64_t)gap_bits(at + 32) << 32 |
           (uint64_t)gap_bits(at + 48) << 48;
}

static inline const char *scan_gap_sse2(const char *at, const char *end)
{
    for (; at < end; at += SCAN_STEP) {
        unsigned found = gap_bits(at);

        if (__builtin_expect(found != 0, true))
            return at + __builtin_ctz(found);
    }
    return at;
}

static inline const char *scan_byte_sse2(const char *at, const char *end, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);

    for (; at < end; at += SCAN_STEP) {
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(scan_load(at), wanted));

        if (__builtin_expect(found != 0, true))
            return at + __builtin_ctz(found);
    }
    return at;
}

static inline bool scan_same_sse2(const char *at, const char name[SCAN_STEP], uint32_t mask)
{
    __m128i equal = _mm_cmpeq_epi8(scan_load(at), scan_load(name));

    return ((uint32_t)_mm_movemask_epi8(equal) & mask) == mask;
}

#define scan_gaps scan_gaps_sse2
#define scan_gap scan_gap_sse2
#define scan_byte scan_byte_sse2
#define scan_same scan_same_sse2
#else
#define scan_gaps scan_gaps_portable
#define scan_gap scan_gap_portable
#define scan_byte scan_byte_portable
#define scan_same scan_same_portable
#endif
