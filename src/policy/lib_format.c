#include <lauxlib.h>

#include "base/nearest.h"
#include "format/format.h"
#include "policy/bindings.h"

static struct span format_name_at(const void *context, size_t index)
{
    const struct format *const *formats = context;

    return span_of(formats[index]->name);
}

/* The format called by the string at `index`; raises when there is none. */
static const struct format *check_format(lua_State *L, int index)
{
    const struct format *const *all = format_all();
    const struct format *format;
    struct span name, meant;
    size_t count = 0;

    name.data = luaL_checklstring(L, index, &name.len);
    format = format_find(name);
    if (format != NULL)
        return format;
    while (all[count] != NULL)
        count++;
    meant = nearest_name(name, format_name_at, all, count);
    if (meant.data == NULL)
        luaL_error(L, "unknown format '%s'", name.data);
    else
        luaL_error(L, "unknown format '%s' (did you mean '%s'?)", name.data, meant.data);
    return NULL; /* never reached, which luaL_error's declaration does not say */
}

/* event:as(format): the event's line, or lines, in that format, without the last newline. */
static int event_as(lua_State *L)
{
    struct turn *turn = check_turn(L);
    const struct format *format = check_format(L, 2);
    struct format_context context = { .resolver = turn->surroundings->resolver };
    struct buffer *out = &vm_of(L)->scratch;

    buffer_clear(out);
    format->event(&context, turn->event, out);
    vm_charge_bytes(L, out->len);
    lua_pushlstring(L, out->len > 0 ? out->data : "", out->len > 0 ? out->len - 1 : 0);
    return 1;
}

void event_add_formats(lua_State *L)
{
    lua_pushcfunction(L, event_as);
    lua_setfield(L, -2, "as");
}
