#include "policy/embedded.h"

#include <lauxlib.h>

#include "embedded/modules.h"

static const struct module {
    const char *name;
    const unsigned char *code;
    size_t len;
} modules[] = {
#define MODULE(text, symbol) { text, luaJIT_BC_##symbol, sizeof luaJIT_BC_##symbol },
#include "embedded/modules.inc"
#undef MODULE
};

bool embedded_push(lua_State *L, struct span name)
{
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        const struct module *module = &modules[i];

        if (!span_equal(span_of(module->name), name))
            continue;
        if (luaL_loadbufferx(L, (const char *)module->code, module->len, module->name, "b") != 0)
            lua_error(L);
        return true;
    }
    return false;
}

bool embedded_is_source(struct span path)
{
    if (!span_ends(path, SPAN(".lua")))
        return false;
    path.len -= 4;
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        struct span name = span_of(modules[i].name);
        size_t same = 0;

        while (same < name.len && same < path.len &&
               (name.data[same] == path.data[same] ||
                (name.data[same] == '.' && path.data[same] == '/')))
            same++;
        if (same == name.len && same == path.len)
            return true;
    }
    return false;
}
