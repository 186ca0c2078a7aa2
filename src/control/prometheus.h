/*
 * prometheus.h - the ledger as Prometheus' text format 0.0.4.
 *
 * Always valid, whatever outputs and policies are called: bytes that are no UTF-8, and control
 * characters, become U+FFFD and two hexadecimal digits, so that names that differ stay different.
 */
#pragma once

#include "control/metric.h"

#define PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void prometheus_write(const struct ledger *, struct buffer *out);
