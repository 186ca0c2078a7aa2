#include "base/log.h"

#include <stdarg.h>

#include "base/escape.h"

void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
    static const char *const prefixes[] = { "debug: ", "", "warning: ", "error: " };
    char sentence[2048], harmless[4096];
    va_list arguments;

    if (log == NULL || log->stream == NULL || level < log->least)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    escape_text(harmless, sizeof harmless, span_of(sentence));
    fprintf(log->stream, "laudit: %s%s\n", prefixes[level], harmless);
    fflush(log->stream);
}
