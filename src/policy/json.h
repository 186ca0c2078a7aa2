/*
 * json.h - values of policies as JSON text: keys sorted, bounded in bytes and depth.
 */
#pragma once

#include <lua.h>

#include "base/buffer.h"

enum {
    JSON_DEPTH_MOST = 32,     /* tables in tables */
    JSON_BYTES_MOST = 1 << 20 /* of one text */
};

/*
 * Writes the value at `index` into the machine's scratch buffer, which it clears, and returns that
 * text; it lives until the next call. Raises for what JSON cannot hold and beyond `most` bytes.
 */
struct span json_write(lua_State *L, int index, size_t most);
