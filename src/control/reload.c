#include "control/reload.h"

void log_mistakes(const struct log *log, enum log_level level, const struct mistakes *mistakes)
{
    for (unsigned i = 0; i < mistakes->count; i++)
        log_write(log, level, "%s", mistakes->sentences[i]);
    if (mistakes->found > mistakes->count)
        log_write(log, level, "... and %u more", mistakes->found - mistakes->count);
}

bool reload(struct pipeline *pipeline, config_maker *make, void *context, const struct log *log)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct config *config = make(context, &mistakes, &notes);
    bool is_swapped = pipeline_reload(pipeline, config, &mistakes, &notes);

    log_mistakes(log, LOG_LEVEL_WARNING, &notes);
    log_mistakes(log, LOG_LEVEL_ERROR, &mistakes);
    if (is_swapped)
        log_write(log, LOG_LEVEL_INFO, "reloaded");
    else
        log_write(log, LOG_LEVEL_ERROR, "reload refused; everything stays as it was");
    mistakes_free(&notes);
    mistakes_free(&mistakes);
    return is_swapped;
}
