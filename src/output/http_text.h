/*
 * http_text.h - JSON as the bodies of requests need it: is a message JSON, and if not, make it so.
 */
#pragma once

#include "base/buffer.h"

enum { HTTP_JSON_DEEPEST = 128 /* levels of a message that is believed to be JSON */ };

enum http_json { HTTP_NO_JSON, HTTP_JSON_VALUE, HTTP_JSON_OBJECT };

/* Strict JSON in UTF-8, white space around it allowed. */
enum http_json http_json_check(struct span text);

/* Appends a JSON string; what is not UTF-8 is repaired. */
void http_put_string(struct buffer *, struct span text);

/* Appends JSON as one line: line ends within it become spaces. */
void http_put_line(struct buffer *, struct span json);

/* Appends `"name":"text"`. */
void http_put_member(struct buffer *, struct span name, struct span text);
