#include <errno.h>

#include "record/record.h"

enum {
    SECONDS_LEN = 10,        /* digits of the seconds from 2001 to 2286 */
    MILLI_LEN = 3,           /* digits */
    SECONDS_AT = 6,          /* offset behind "audit(" */
    SERIAL_AT = 21,          /* offset of the serial when the seconds have ten digits */
    SERIAL_MOST = 10,        /* digits */
    SECONDS_MOST_DIGITS = 15 /* no overflow in milliseconds */
};

/* The end of the year 9999: RFC 3339 and those who read it know no later one. Nor does the kernel,
 * which counts nanoseconds in 63 bits. */
static const uint64_t SECONDS_LAST = 253402300799;

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Reads up to `most` digits at *at; false when there are none or more. */
static bool take_digits(struct span text, size_t *at, size_t most, uint64_t *value)
{
    size_t start = *at;
    uint64_t sum = 0;

    for (; *at < text.len && is_digit(text.data[*at]); ++*at) {
        if (*at - start == most)
            return false;
        sum = sum * 10 + (uint64_t)(text.data[*at] - '0');
    }
    *value = sum;
    return *at > start;
}

static bool take_byte(struct span text, size_t *at, char byte)
{
    if (*at >= text.len || text.data[*at] != byte)
        return false;
    ++*at;
    return true;
}

/* Seconds and milliseconds of any length, from SECONDS_AT to behind the second colon. */
static bool take_time(struct span text, size_t *at, uint64_t *time_ms)
{
    uint64_t seconds, milli;
    size_t milli_at;

    if (!take_digits(text, at, SECONDS_MOST_DIGITS, &seconds) || seconds > SECONDS_LAST ||
        !take_byte(text, at, '.'))
        return false;
    milli_at = *at;
    if (!take_digits(text, at, MILLI_LEN, &milli) || *at - milli_at != MILLI_LEN)
        return false;
    *time_ms = seconds * 1000 + milli;
    return take_byte(text, at, ':');
}

/* The number that eight digits at `at` make; false when one of them is no digit. */
static bool eight_digits(const char *at, uint32_t *value)
{
    uint64_t sum;

    memcpy(&sum, at, sizeof sum);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    sum = __builtin_bswap64(sum);
#endif
    sum -= 0x3030303030303030;
    if (((sum | (sum + 0x7676767676767676)) & 0x8080808080808080) != 0)
        return false;
    sum = sum * 10 + (sum >> 8); /* pairs, in every second byte */
    sum = (sum & 0x000000FF000000FF) * 0x000F424000000064 +
          (sum >> 16 & 0x000000FF000000FF) * 0x0000271000000001;
    *value = (uint32_t)(sum >> 32);
    return true;
}

/* The shape that all times from 2001 to 2286 have: 1490998105.960: */
static bool usual_time(const char *at, uint64_t *time_ms)
{
    uint32_t high;

    if (!eight_digits(at, &high) || !is_digit(at[8]) || !is_digit(at[9]) || at[10] != '.' ||
        !is_digit(at[11]) || !is_digit(at[12]) || !is_digit(at[13]) || at[14] != ':')
        return false;

    uint32_t low = (uint32_t)((at[8] - '0') * 10 + (at[9] - '0'));
    uint32_t milli = (uint32_t)((at[11] - '0') * 100 + (at[12] - '0') * 10 + (at[13] - '0'));

    *time_ms = ((uint64_t)high * 100 + low) * 1000 + milli;
    return true;
}

int record_header_parse(struct span text, struct record_header *header)
{
    size_t at = SECONDS_AT;
    uint64_t serial;

    if (!span_starts(text, SPAN("audit(")))
        return -EBADMSG;
    if (text.len > SERIAL_AT && usual_time(text.data + SECONDS_AT, &header->time_ms))
        at = SERIAL_AT;
    else if (!take_time(text, &at, &header->time_ms))
        return -EBADMSG;
    if (!take_digits(text, &at, SERIAL_MOST, &serial) || serial > UINT32_MAX)
        return -EBADMSG;
    if (!take_byte(text, &at, ')') || !take_byte(text, &at, ':'))
        return -EBADMSG;
    take_byte(text, &at, ' ');
    header->serial = (uint32_t)serial;
    header->body_at = (uint32_t)at;
    return 0;
}
