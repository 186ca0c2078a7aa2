/*
 * http.h - carries batches by HTTP requests.
 *
 * One request a batch; one a message where the body is HTTP_ONE; more, one after the other, where
 * the other side finds a request too big. A try ends when all requests have their answers; after a
 * failure no further one is begun.
 */
#pragma once

#include "base/arena.h"
#include "output/http_settings.h"
#include "output/sink.h"

/* Copies the settings. NULL with a sentence. */
struct sink *http_open(const struct http_settings *, const struct sink_host *, struct error *);

/* http_kind.c: a copy whose spans end with zero bytes, in `memory`. */
struct http_settings http_settings_copy(const struct http_settings *, struct arena *memory);
