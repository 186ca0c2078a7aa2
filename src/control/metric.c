#include "control/metric.h"

/* The output called "": what is gone beyond METRIC_GONE_MOST. */
struct rest {
    struct ledger_output output;
    bool is_any;
};

static void visit_value(const struct metric *metric, struct span instance, const char *of,
                        sample_visit *visit, void *context)
{
    const char *at = of + metric->offset;
    struct sample sample = { .metric = metric, .instance = instance };

    for (size_t i = 0; i < (metric->words != NULL ? metric->word_count : 1); i++) {
        if (metric->words != NULL)
            sample.word = metric->words(i);
        if (metric->type == METRIC_HISTOGRAM)
            sample.histogram = (const struct histogram *)(const void *)at;
        else if (metric->type != METRIC_INFO)
            sample.value =
                metric->is_bool ? *(const bool *)at : ((const uint64_t *)(const void *)at)[i];
        else if (metric->words == NULL)
            sample.word = *(const char *const *)(const void *)at;
        visit(context, &sample);
    }
}

/* Which of the outputs are told by name: all that there are, and some that are gone. */
static bool is_named(const struct ledger *ledger, size_t index)
{
    size_t gone = 0;

    for (size_t i = 0; i < index; i++)
        gone += ledger->outputs[i].is_gone;
    return !ledger->outputs[index].is_gone || gone < METRIC_GONE_MOST;
}

static struct rest add_rest(const struct ledger *ledger)
{
    struct rest rest = { .output = { .name = SPAN(""), .is_gone = true } };

    for (size_t i = METRIC_GONE_MOST; i < ledger->output_count; i++) {
        if (is_named(ledger, i))
            continue;
        rest.is_any = true;
        output_stats_add(&rest.output.stats, &ledger->outputs[i].stats);
    }
    return rest;
}

static void visit_outputs(const struct metric *metric, const struct ledger *ledger,
                          const struct rest *rest, sample_visit *visit, void *context)
{
    for (size_t i = 0; i < ledger->output_count; i++) {
        const struct ledger_output *output = &ledger->outputs[i];

        if (i < METRIC_GONE_MOST || is_named(ledger, i))
            visit_value(metric, output->name, (const char *)output, visit, context);
    }
    if (rest->is_any)
        visit_value(metric, rest->output.name, (const char *)&rest->output, visit, context);
}

static void visit_policies(const struct metric *metric, const struct ledger *ledger,
                           sample_visit *visit, void *context)
{
    for (size_t i = 0; i < ledger->policy_count; i++)
        visit_value(metric, ledger->policies[i].name, (const char *)&ledger->policies[i], visit,
                    context);
}

void metrics_visit(const struct ledger *ledger, sample_visit *visit, void *context)
{
    const struct span nobody = { NULL, 0 };
    struct rest rest = add_rest(ledger);

    for (size_t i = 0; i < metrics_count; i++) {
        const struct metric *metric = &metrics_list[i];

        if (metric->scope == METRIC_OF_OUTPUT)
            visit_outputs(metric, ledger, &rest, visit, context);
        else if (metric->scope == METRIC_OF_POLICY)
            visit_policies(metric, ledger, visit, context);
        else if ((metric->scope != METRIC_OF_KERNEL || ledger->source.has_kernel) &&
                 (metric->scope != METRIC_OF_FILES || ledger->source.has_files))
            visit_value(metric, nobody, (const char *)ledger, visit, context);
    }
}
