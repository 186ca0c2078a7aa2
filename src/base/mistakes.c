#include "base/mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

void mistakes_add(struct mistakes *mistakes, const char *format, ...)
{
    char sentence[2048], harmless[4096];
    va_list arguments;

    mistakes->found++;
    if (mistakes->count == MISTAKES_MOST)
        return;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    escape_text(harmless, sizeof harmless, span_of(sentence));
    if (mistakes->sentences == NULL)
        mistakes->sentences = calloc(MISTAKES_MOST, sizeof *mistakes->sentences);
    if (mistakes->sentences == NULL)
        abort();
    mistakes->sentences[mistakes->count] = strdup(harmless);
    if (mistakes->sentences[mistakes->count] == NULL)
        abort();
    mistakes->count++;
}

void mistakes_free(struct mistakes *mistakes)
{
    for (unsigned i = 0; i < mistakes->count; i++)
        free(mistakes->sentences[i]);
    free(mistakes->sentences);
    *mistakes = (struct mistakes){ 0 };
}
