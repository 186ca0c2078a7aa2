#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

static void set_text(struct error *err, const char *format, va_list arguments)
{
    char sentence[sizeof err->text];

    vsnprintf(sentence, sizeof sentence, format, arguments);
    escape_text(err->text, sizeof err->text, span_of(sentence));
}

int error_set(struct error *err, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_text(err, format, arguments);
    va_end(arguments);
    err->code = code;
    return code;
}

int error_within(struct error *err, const char *format, ...)
{
    char inner[sizeof err->text];
    va_list arguments;

    memcpy(inner, err->text, sizeof inner);
    va_start(arguments, format);
    set_text(err, format, arguments);
    va_end(arguments);

    size_t len = strlen(err->text);

    snprintf(err->text + len, sizeof err->text - len, ": %s", inner);
    return err->code;
}
