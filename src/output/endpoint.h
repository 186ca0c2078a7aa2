/*
 * endpoint.h - where an output sends to, as a person writes it: HOST:PORT, or a path.
 */
#pragma once

#include "base/error.h"
#include "base/span.h"

/* "host:514", "192.0.2.1:514", "[2001:db8::1]:514" or the host alone; the port is then absent.
 * 0, or -EINVAL with "'...' is not HOST:PORT". The spans point into `text`. */
int endpoint_parse(struct span text, struct span *host, struct span *port, struct error *);
