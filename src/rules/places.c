/*
 * places.c - a minimal cut, found as a matching.
 *
 * For each rule i two truths: U(i), it is not at the front; V(i), it is at the end. If i has to
 * come before j, U(i) => U(j) and V(i) => V(j); if both are there the other way round, they cannot
 * both stay: U(i) => V(j). V(i) => U(i) always; for a new rule, which cannot stay, also
 * U(i) => V(i). A rule that is there costs one if not U or if V. So what is sought is the smallest
 * number of costs that breaks each chain U(i) => ... => V(j): by König as many as the largest
 * matching between the U and the V that a chain connects.
 */
#include "rules/places.h"

#include <stdint.h>
#include <stdlib.h>

enum { BITS = 64 };

struct cut {
    const struct places *places;
    size_t count, words;
    uint64_t *from_u, *from_v; /* a row for each rule: the V of which rules it implies */
    size_t *giver;             /* of a V: the U matched with it, or PLACE_NEW */
    uint64_t *unseen, *low;    /* sets of V */
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (memory == NULL)
        abort();
    return memory;
}

static void include(uint64_t *set, const uint64_t *more, size_t words)
{
    for (size_t i = 0; i < words; i++)
        set[i] |= more[i];
}

static bool overlaps(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t i = 0; i < words; i++)
        if ((a[i] & b[i]) != 0)
            return true;
    return false;
}

static bool is_new(const struct cut *cut, size_t rule)
{
    return cut->places->now[rule] == PLACE_NEW;
}

/* What U and V of rule `i` imply, given those of all behind it. */
static void imply(struct cut *cut, size_t i)
{
    const struct places *places = cut->places;
    uint64_t *u = &cut->from_u[i * cut->words], *v = &cut->from_v[i * cut->words];

    for (size_t j = i + 1; j < cut->count; j++) {
        if (!places->is_bound(places->context, i, j))
            continue;

        bool is_turned = is_new(cut, i) || (!is_new(cut, j) && places->now[i] > places->now[j]);

        include(v, &cut->from_v[j * cut->words], cut->words);
        include(u, is_turned ? &cut->from_v[j * cut->words] : &cut->from_u[j * cut->words],
                cut->words);
    }
    if (!is_new(cut, i))
        v[i / BITS] |= UINT64_C(1) << i % BITS;
    include(v, u, cut->words);
}

/* Finds a V for the U of rule `i`, others making room; each V is looked at once. */
static bool give(struct cut *cut, size_t i)
{
    const uint64_t *chains = &cut->from_u[i * cut->words];

    for (size_t word = 0; word < cut->words; word++) {
        for (uint64_t left; (left = chains[word] & cut->unseen[word]) != 0;) {
            size_t j = word * BITS + (size_t)__builtin_ctzll(left);

            cut->unseen[word] &= ~(left & -left);
            if (cut->giver[j] == PLACE_NEW || give(cut, cut->giver[j])) {
                cut->giver[j] = i;
                return true;
            }
        }
    }
    return false;
}

static void match(struct cut *cut)
{
    for (size_t i = 0; i < cut->count; i++)
        cut->giver[i] = PLACE_NEW;
    for (size_t i = 0; i < cut->count; i++) {
        if (is_new(cut, i))
            continue;
        for (size_t word = 0; word < cut->words; word++)
            cut->unseen[word] = UINT64_MAX;
        give(cut, i);
    }
}

/* `low` becomes the V that are false: the unmatched, and what must give way to them. */
static void find_low(struct cut *cut)
{
    bool is_growing = true;

    for (size_t i = 0; i < cut->count; i++)
        if (!is_new(cut, i) && cut->giver[i] == PLACE_NEW)
            cut->low[i / BITS] |= UINT64_C(1) << i % BITS;
    while (is_growing) {
        is_growing = false;
        for (size_t i = 0; i < cut->count; i++) {
            size_t giver = cut->giver[i];

            if (is_new(cut, i) || (cut->low[i / BITS] >> i % BITS & 1) != 0 ||
                !overlaps(&cut->from_u[giver * cut->words], cut->low, cut->words))
                continue;
            cut->low[i / BITS] |= UINT64_C(1) << i % BITS;
            is_growing = true;
        }
    }
}

/* Nothing is out of order, and what is new comes last: then nothing has to be asked. */
static bool is_easy(const struct places *places)
{
    size_t i = 0;

    while (i < places->count && places->now[i] != PLACE_NEW &&
           (i == 0 || places->now[i - 1] < places->now[i]))
        i++;
    while (i < places->count && places->now[i] == PLACE_NEW)
        i++;
    return i == places->count;
}

void places_find(const struct places *places, enum place *out)
{
    size_t count = places->count, words = (count + BITS - 1) / BITS;

    if (is_easy(places)) {
        for (size_t i = 0; i < count; i++)
            out[i] = places->now[i] == PLACE_NEW ? PLACE_END : PLACE_STAY;
        return;
    }

    struct cut cut = {
        .places = places,
        .count = count,
        .words = words,
        .from_u = allocate(count * words, sizeof(uint64_t)),
        .from_v = allocate(count * words, sizeof(uint64_t)),
        .giver = allocate(count, sizeof(size_t)),
        .unseen = allocate(words, sizeof(uint64_t)),
        .low = allocate(words, sizeof(uint64_t)),
    };

    for (size_t i = count; i-- > 0;)
        imply(&cut, i);
    match(&cut);
    find_low(&cut);
    for (size_t i = 0; i < count; i++) {
        bool u = !overlaps(&cut.from_u[i * words], cut.low, words);
        bool v = (cut.low[i / BITS] >> i % BITS & 1) == 0;

        if (is_new(&cut, i))
            out[i] = u ? PLACE_END : PLACE_FRONT;
        else
            out[i] = !u ? PLACE_FRONT : v ? PLACE_END : PLACE_STAY;
    }
    free(cut.from_u);
    free(cut.from_v);
    free(cut.giver);
    free(cut.unseen);
    free(cut.low);
}
