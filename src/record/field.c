#include "record/record.h"

#include "base/block.h"

static const struct field *find_field(const struct field *field, const struct field *end,
                                      uint16_t id)
{
    for (; field < end; field++)
        if (field->id == id && (field->flags & FIELD_IS_NESTED) == 0)
            return field;
    return NULL;
}

const struct field *record_field(const struct record *record, uint16_t id)
{
    return find_field(record->fields, record->fields + record->kernel_count, id);
}

const struct field *record_tail(const struct record *record, uint16_t id)
{
    return find_field(record->fields + record->kernel_count, record->fields + record->field_count,
                      id);
}

bool field_is_null(const struct field *field)
{
    return field->form == FORM_BARE &&
           (field->value_len == 0 || span_equal(field_value(field), SPAN("(null)")));
}

/*
 * Decodes a block of digits into half as many bytes. The mask tells those that are none: the kernel
 * and libaudit write capitals only, so a bare word in small letters is no HEX.
 */
#ifdef __SSE2__
static inline unsigned decode_block(const char *digits, char *bytes)
{
    block text = block_load(digits);
    block decimal = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    block letter = _mm_sub_epi8(text, _mm_set1_epi8('A'));
    block is_decimal = _mm_cmpeq_epi8(decimal, _mm_min_epu8(decimal, _mm_set1_epi8(9)));
    block is_letter = _mm_cmpeq_epi8(letter, _mm_min_epu8(letter, _mm_set1_epi8(5)));
    block halves = _mm_or_si128(_mm_and_si128(decimal, is_decimal),
                                _mm_and_si128(_mm_add_epi8(letter, _mm_set1_epi8(10)), is_letter));
    block pairs = _mm_or_si128(_mm_slli_epi16(halves, 4), _mm_srli_epi16(halves, 8));

    pairs = _mm_and_si128(pairs, _mm_set1_epi16(0xFF));
    _mm_storel_epi64((__m128i *)(void *)bytes, _mm_packus_epi16(pairs, pairs));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(is_decimal, is_letter)) ^ 0xFFFF;
}
#else
static inline unsigned decode_block(const char *digits, char *bytes)
{
    unsigned bad = 0, value = 0;

    for (unsigned i = 0; i < BLOCK_SIZE; i++) {
        unsigned decimal = (unsigned char)(digits[i] - '0');
        unsigned letter = (unsigned char)(digits[i] - 'A');

        bad |= (unsigned)(decimal > 9 && letter > 5) << i;
        value = value << 4 | (decimal <= 9 ? decimal : (letter + 10) & 15);
        bytes[i / 2] = (char)(value & 0xFF);
    }
    return bad;
}
#endif

struct span field_decode(const struct field *field, struct arena *arena)
{
    struct span value = field_value(field);

    if (field->form != FORM_BARE || value.len == 0 || value.len % 2 != 0)
        return value;

    char *bytes = arena_alloc(arena, value.len / 2 + ARENA_PAD);

    for (size_t at = 0; at < value.len; at += BLOCK_SIZE) {
        unsigned bad = decode_block(value.data + at, bytes + at / 2);

        if (value.len - at < BLOCK_SIZE)
            bad &= (1u << (value.len - at)) - 1;
        if (bad != 0) {
            arena_trim(arena, bytes, 0);
            return value;
        }
    }
    arena_trim(arena, bytes, value.len / 2);
    return (struct span){ bytes, value.len / 2 };
}
