/*
 * twins.h - rules for the calls of 64 bits that have no twin for those of 32 bits.
 *
 * A kernel of 64 bits runs programs of 32 bits too, whose calls have other numbers: what a rule for
 * one records passes the other unseen.
 */
#pragma once

#include "base/mistakes.h"
#include "rules/set.h"

/*
 * Adds a note for each rule of the set that records calls with an arch of 64 bits and has none
 * beside it, of the same key or for all calls, with the arch of 32 bits; one for neighbours of one
 * key. `host`: what b32 means (tables/archs.h), 0 for this one.
 */
void rule_set_note_twins(const struct rule_set *, uint32_t host, struct mistakes *notes);
