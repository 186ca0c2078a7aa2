/*
 * http_body.h - the body of a request: messages in the shape that the other side expects.
 *
 * Made of a batch, which is only read, so that it may be made in another thread while the batch
 * is lent.
 */
#pragma once

#include "output/batch.h"
#include "output/http_settings.h"

struct http_shape;

/* Borrows the settings; `host` is this machine's name, copied. */
struct http_shape *http_shape_new(const struct http_settings *, struct span host);
void http_shape_free(struct http_shape *);

/*
 * Appends the body for those messages from `first` to before `end` that wait. One call at a time.
 */
void http_shape_write(struct http_shape *, const struct batch *, size_t first, size_t end,
                      struct buffer *out);

/* "application/x-ndjson" and the like, for settings that name none. */
const char *http_shape_content_type(enum http_body);

/* 0, or -EINVAL with "index: ..." for a pattern with an unknown letter behind '%'. */
int http_shape_check_index(struct span pattern, struct error *);
