/*
 * json_keys.h - how each field of the table is written in JSON: its name ready to be copied, and
 * which way its value goes.
 */
#pragma once

#include "tables/fields.h"

enum json_way {
    WAY_TEXT,           /* a string, whatever it looks like */
    WAY_TEXT_OR_NUMBER, /* an unquoted decimal is a number */
    WAY_NUMBER,
    WAY_HEX,   /* "0x..." */
    WAY_OCTAL, /* "0o..." */
    WAY_ESCAPED,
    WAY_KEY,
    WAY_PROCTITLE,
    WAY_SOCKADDR,
    WAY_MESSAGE
};

/* What else a field of a record is there for: an UPPER CASE twin, or a place in ARGV. */
enum json_role {
    ROLE_NONE,
    ROLE_LOGIN, /* auid */
    ROLE_USER,
    ROLE_GROUP,
    ROLE_ARCH,
    ROLE_SYSCALL,
    ROLE_ARGUMENT /* a0 to a3 */
};

struct json_key {
    _Alignas(64) char text[32]; /* ,"auid": */
    uint8_t len;                /* of `text`, and of the UPPER CASE one */
    uint8_t way;                /* enum json_way */
    uint8_t role;               /* enum json_role */
};

extern const struct json_key json_keys[FIELD_COUNT];

/* ,"AUID": */
extern const char json_upper_keys[FIELD_COUNT][32];
