#include "control/prometheus.h"

#include <inttypes.h>
#include <math.h>

#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

struct writer {
    struct buffer *out;
    const struct metric *last; /* whose HELP and TYPE were written */
};

/* The bytes of the text that can stand for themselves; 0: one byte has to be spelt. */
static size_t plain_len(struct span text)
{
    unsigned char c = (unsigned char)text.data[0];

    if ((c < 0x20 && c != '\n') || c == 0x7F || span_starts(text, SPAN(REPLACEMENT)))
        return 0;
    return utf8_len(text);
}

static void write_label_value(struct buffer *out, struct span text)
{
    while (text.len > 0) {
        size_t len = plain_len(text);
        char c = text.data[0];

        if (len == 0)
            buffer_printf(out, REPLACEMENT "%02X", (unsigned)(unsigned char)c);
        else if (c == '\n')
            buffer_append(out, SPAN("\\n"));
        else if (c == '"' || c == '\\')
            buffer_printf(out, "\\%c", c);
        else
            buffer_append(out, (struct span){ text.data, len });
        text = span_skip(text, len > 0 ? len : 1);
    }
}

static void write_label(struct buffer *out, const char *name, struct span value)
{
    buffer_byte(out, out->data[out->len - 1] == '"' ? ',' : '{');
    buffer_printf(out, "%s=\"", name);
    write_label_value(out, value);
    buffer_byte(out, '"');
}

/* NAME{labels}, with `le` when it is given. */
static void write_series(struct buffer *out, const struct sample *sample, const char *suffix,
                         const char *le)
{
    const struct metric *metric = sample->metric;

    buffer_printf(out, "%s%s", metric->name, suffix);
    if (metric->scope == METRIC_OF_OUTPUT)
        write_label(out, "output", sample->instance);
    if (metric->scope == METRIC_OF_POLICY)
        write_label(out, "policy", sample->instance);
    if (sample->word != NULL)
        write_label(out, metric->label, span_of(sample->word));
    if (le != NULL)
        write_label(out, "le", span_of(le));
    buffer_append(out, out->data[out->len - 1] == '"' ? SPAN("} ") : SPAN(" "));
}

static void write_histogram(struct buffer *out, const struct sample *sample)
{
    uint64_t count = 0;
    char le[32];

    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        double bound = histogram_bound(i);

        count += sample->histogram->counts[i];
        snprintf(le, sizeof le, isinf(bound) ? "+Inf" : "%g", bound);
        write_series(out, sample, "_bucket", le);
        buffer_printf(out, "%" PRIu64 "\n", count);
    }
    write_series(out, sample, "_sum", NULL);
    buffer_printf(out, "%.9g\n", sample->histogram->sum_s);
    write_series(out, sample, "_count", NULL);
    buffer_printf(out, "%" PRIu64 "\n", count);
}

static void write_sample(void *context, const struct sample *sample)
{
    static const char *const types[] = { "counter", "gauge", "histogram", "gauge" };
    struct writer *writer = context;
    const struct metric *metric = sample->metric;

    if (writer->last != metric)
        buffer_printf(writer->out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                      metric->name, types[metric->type]);
    writer->last = metric;
    if (sample->histogram != NULL) {
        write_histogram(writer->out, sample);
        return;
    }
    write_series(writer->out, sample, "", NULL);
    buffer_printf(writer->out, "%" PRIu64 "\n", metric->type == METRIC_INFO ? 1 : sample->value);
}

void prometheus_write(const struct ledger *ledger, struct buffer *out)
{
    struct writer writer = { .out = out };

    metrics_visit(ledger, write_sample, &writer);
}
