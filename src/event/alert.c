#include "event/alert.h"

#include "base/names.h"

static const struct name severities[] = {
    { "info", SEVERITY_INFO }, { "low", SEVERITY_LOW },           { "medium", SEVERITY_MEDIUM },
    { "high", SEVERITY_HIGH }, { "critical", SEVERITY_CRITICAL },
};

struct span severity_name(enum severity severity)
{
    struct span name = { NULL, 0 };

    names_text(NAMES(severities), severity, &name);
    return name;
}

bool severity_find(struct span name, enum severity *severity)
{
    uint32_t number;

    if (!names_number(NAMES(severities), name, &number))
        return false;
    *severity = (enum severity)number;
    return true;
}
