/*
 * histogram.h - how long deliveries took: counts by powers of two of milliseconds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 18 /* up to 1, 2, 4 ... 65 536 ms, and longer */ };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS]; /* of messages; each bucket by itself, not added up */
    double sum_s;
};

/* `count` messages took this long. */
void histogram_add(struct histogram *, uint64_t ns, uint64_t count);

void histogram_merge(struct histogram *sum, const struct histogram *more);

/* The bucket's upper bound in seconds; infinity for the last. */
double histogram_bound(size_t bucket);

/* Seconds within which `ratio` (0.5: half) of the messages were delivered, by the bucket's bound; 0
 * when there are none. */
double histogram_quantile(const struct histogram *, double ratio);
