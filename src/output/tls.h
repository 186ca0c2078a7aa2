/*
 * tls.h - TLS for every output that speaks it: one table of options, one place of OpenSSL.
 */
#pragma once

#include "output/option.h"

/* `tls = { ca, certificate, key, verify, server_name }`. All spans absent by default. */
struct tls_settings {
    bool is_on;                   /* the table was given */
    struct span ca;               /* PEM file; absent: the system's */
    struct span certificate, key; /* PEM files of the client; both or none */
    bool trusts_all;              /* verify = false */
    struct span server_name;      /* absent: the host that is connected to */
};

/*
 * The options of a kind's `tls` table; `at` is the offset of its struct tls_settings. Use as
 * `static const struct option of_tls[] = { TLS_OPTIONS(offsetof(struct x_settings, tls)) };` and
 * `TLS_TABLE(of_tls, offsetof(struct x_settings, tls))` among the kind's options.
 */
#define TLS_OPTIONS(at)                                                                            \
    { .name = "ca",                                                                                \
      .kind = OPTION_PATH,                                                                         \
      .offset = (at) + offsetof(struct tls_settings, ca),                                          \
      .summary = "PEM file of the authorities that are trusted; default: the system's" },          \
        { .name = "certificate",                                                                   \
          .kind = OPTION_PATH,                                                                     \
          .offset = (at) + offsetof(struct tls_settings, certificate),                             \
          .summary = "PEM file of our certificate" },                                              \
        { .name = "key",                                                                           \
          .kind = OPTION_PATH,                                                                     \
          .offset = (at) + offsetof(struct tls_settings, key),                                     \
          .summary = "PEM file of its key" },                                                      \
        { .name = "insecure",                                                                      \
          .kind = OPTION_BOOL,                                                                     \
          .offset = (at) + offsetof(struct tls_settings, trusts_all),                              \
          .summary = "true: whoever answers is believed" },                                        \
    {                                                                                              \
        .name = "server_name", .kind = OPTION_TEXT,                                                \
        .offset = (at) + offsetof(struct tls_settings, server_name),                               \
        .summary = "the name that the server's certificate has to bear; default: the host"         \
    }

#define TLS_TABLE(options, at)                                                                     \
    {                                                                                              \
        .name = "tls", .kind = OPTION_TABLE, .inside = (options),                                  \
        .inside_count = sizeof(options) / sizeof(options)[0],                                      \
        .given = (at) + offsetof(struct tls_settings, is_on),                                      \
        .summary = "speak TLS; {} for the system's authorities"                                    \
    }

/* Certificate without key and the like: 0, or -EINVAL with "tls: ...". */
int tls_check(const struct tls_settings *, struct error *);

/*
 * Can the files be read and do they hold what they should? 0, or a negative errno with a sentence.
 */
int tls_probe(const struct tls_settings *, struct error *);

/* When the files last changed, so that they are read anew for the next connection: compare two
 * stamps for equality. */
struct tls_stamp {
    uint64_t of[3];
};

struct tls_stamp tls_stamp(const struct tls_settings *);
bool tls_stamp_equal(struct tls_stamp, struct tls_stamp);
