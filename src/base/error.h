/*
 * error.h - why something failed, in a sentence for the person who waits for it.
 */
#pragma once

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

struct error {
    int code;        /* negative errno */
    char text[1024]; /* "rules.conf:12: unknown field 'exee'"; control bytes are escaped */
};

/* Fills `err` and returns `code`, so that a failing function can end in one line. */
int error_set(struct error *err, int code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " before what `err` says; returns its code. */
int error_within(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
