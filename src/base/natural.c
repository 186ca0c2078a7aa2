#include "base/natural.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit_at(struct span text, size_t at)
{
    return at < text.len && is_digit(text.data[at]);
}

/* The name without its suffixes: "." and a letter, then letters and digits, up to the end. */
static struct span without_suffixes(struct span name)
{
    size_t kept = 0;

    for (size_t i = 0; i < name.len;) {
        i++;
        kept = i;
        while (i + 1 < name.len && name.data[i] == '.' &&
               (is_letter(name.data[i + 1]) || name.data[i + 1] == '~')) {
            i += 2;
            while (i < name.len &&
                   (is_letter(name.data[i]) || is_digit(name.data[i]) || name.data[i] == '~'))
                i++;
        }
    }
    return (struct span){ name.data, kept };
}

/* Where what stands at `at` comes: "~", the end, digits, letters, all else. */
static int rank(struct span text, size_t at)
{
    if (at >= text.len)
        return -1;

    unsigned char byte = (unsigned char)text.data[at];

    if (is_digit(text.data[at]))
        return 0;
    if (is_letter(text.data[at]))
        return byte;
    return byte == '~' ? -2 : byte + UINT8_MAX + 1;
}

/* Compares the numbers that begin at *i and *j, and goes behind them. */
static int compare_numbers(struct span a, size_t *i, struct span b, size_t *j)
{
    int first = 0;

    while (*i < a.len && a.data[*i] == '0')
        ++*i;
    while (*j < b.len && b.data[*j] == '0')
        ++*j;
    for (; is_digit_at(a, *i) && is_digit_at(b, *j); ++*i, ++*j)
        if (first == 0)
            first = a.data[*i] - b.data[*j];
    if (is_digit_at(a, *i))
        return 1;
    return is_digit_at(b, *j) ? -1 : first;
}

static int compare(struct span a, struct span b)
{
    size_t i = 0, j = 0;

    while (i < a.len || j < b.len) {
        while ((i < a.len && !is_digit(a.data[i])) || (j < b.len && !is_digit(b.data[j]))) {
            int difference = rank(a, i) - rank(b, j);

            if (difference != 0)
                return difference;
            i++;
            j++;
        }

        int difference = compare_numbers(a, &i, b, &j);

        if (difference != 0)
            return difference;
    }
    return 0;
}

int natural_compare(struct span a, struct span b)
{
    int difference = compare(without_suffixes(a), without_suffixes(b));

    if (difference == 0)
        difference = compare(a, b);
    return difference != 0 ? difference : span_compare(a, b);
}
