#include "output/kind.h"

static const struct output_kind *const kinds[] = {
    &kind_file,   &kind_stdout, &kind_http, &kind_kafka, &kind_mqtt,
    &kind_syslog, &kind_gelf,   &kind_unix, &kind_exec,  NULL,
};

const struct output_kind *output_kind_find(struct span name)
{
    for (const struct output_kind *const *each = kinds; *each != NULL; each++) {
        if (span_equal(name, span_of((*each)->name)))
            return *each;
    }
    return NULL;
}

const struct output_kind *const *output_kinds(void)
{
    return kinds;
}
