/*
 * courier.h - the sink of outputs that pack messages one by one and carry them over a network.
 */
#pragma once

#include "output/carrier.h"
#include "output/packer.h"
#include "output/sink.h"

/* Takes the packer over, keeps a copy of the checked settings; connects nothing. */
struct sink *courier_open(const struct carrier_settings *, struct packer *,
                          const struct sink_host *);
