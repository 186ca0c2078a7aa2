/*
 * own_program.h - which processes run the program that asks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* True when the process lives and runs this program, or what stood in its place before an upgrade.
 * False also when /proc does not tell. */
bool is_own_program(uint32_t pid);
