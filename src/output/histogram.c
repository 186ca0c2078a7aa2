#include "output/histogram.h"

#include <math.h>

enum { NS_PER_MS = 1000000 };

void histogram_add(struct histogram *histogram, uint64_t ns, uint64_t count)
{
    size_t bucket = 0;

    while (bucket < HISTOGRAM_BUCKETS - 1 && ns > (uint64_t)NS_PER_MS << bucket)
        bucket++;
    histogram->counts[bucket] += count;
    histogram->sum_s += (double)ns / 1e9 * (double)count;
}

void histogram_merge(struct histogram *sum, const struct histogram *more)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum->counts[i] += more->counts[i];
    sum->sum_s += more->sum_s;
}

double histogram_bound(size_t bucket)
{
    if (bucket >= HISTOGRAM_BUCKETS - 1)
        return INFINITY;
    return (double)(1U << bucket) / 1000;
}

double histogram_quantile(const struct histogram *histogram, double ratio)
{
    uint64_t total = 0, within = 0;
    size_t bucket = 0;

    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += histogram->counts[i];
    if (total == 0)
        return 0;
    for (; bucket < HISTOGRAM_BUCKETS - 1; bucket++) {
        within += histogram->counts[bucket];
        if (within > 0 && (double)within >= ratio * (double)total)
            break;
    }
    return histogram_bound(bucket);
}
