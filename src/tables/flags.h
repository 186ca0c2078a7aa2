/*
 * flags.h - smaller sets of names: signals, capabilities, address families, filter lists.
 */
#pragma once

#include "base/span.h"

struct span signal_name(uint32_t number);     /* "SIGKILL"; absent when unknown */
struct span capability_name(uint32_t number); /* "sys_admin", as libaudit spells it */
struct span family_name(uint32_t number);     /* "inet", "unix", "local"... as libaudit spells it */
struct span filter_list_name(uint32_t number);
