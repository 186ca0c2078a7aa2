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

enum json_name { NAME_NONE, NAME_USER, NAME_GROUP, NAME_ARCH, NAME_SYSCALL };

struct json_key {
    char text[32]; /* ,"auid": */
    uint8_t len;
    uint8_t way;  /* enum json_way */
    uint8_t name; /* enum json_name: which UPPER CASE twin the JSON of an event gives it */
};

extern const struct json_key json_keys[FIELD_COUNT];
