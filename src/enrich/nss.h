/*
 * nss.h - asks the host's name services (getpwuid_r and the like). Blocks: for a thread or for load
 * time.
 */
#pragma once

#include "base/span.h"
#include "enrich/names_file.h"

/* Writes the name of an id to `name`; returns its length, 0 when nobody has the id. */
size_t nss_name(bool is_group, uint32_t id, char name[NAME_MOST + 1]);

bool nss_id(bool is_group, struct span name, uint32_t *id);
