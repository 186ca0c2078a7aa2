/* config_tables.c - checks a table of options. */
#include <string.h>

#include "base/nearest.h"
#include "control/config_values.h"

enum { NAME_MOST = 64 /* bytes of a strange name that are shown */ };

static struct span option_name(const void *context, size_t index)
{
    const struct readings *readings = context;

    return span_of(readings->list[index].name);
}

/* True when one of the names is `name`. */
static bool is_known(struct span name, struct span (*get)(const void *, size_t),
                     const void *context, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_equal(get(context, i), name))
            return true;
    }
    return false;
}

/* Complains about one key of a table that means nothing; it is at -2, its value at -1. */
static void complain_about_key(struct reader *reader, const struct place *place,
                               struct span (*get)(const void *, size_t), const void *context,
                               size_t count)
{
    struct span name;
    char room[128];

    if (lua_type(reader->L, -2) != LUA_TSTRING) {
        complain(reader, place->line, "%s: expected options with names, found %s without one",
                 place->subject, describe_value(reader->L, room, sizeof room));
        return;
    }
    name.data = lua_tolstring(reader->L, -2, &name.len);
    if (is_known(name, get, context, count))
        return;

    struct span near = nearest_name(name, get, context, count);

    complain(reader, option_line(reader, place, name), "%s: unknown option '%.*s'%s%.*s%s",
             place->subject, (int)(name.len < NAME_MOST ? name.len : NAME_MOST), name.data,
             near.data != NULL ? " (did you mean '" : "", SPAN_ARG(near),
             near.data != NULL ? "'?)" : "");
}

void complain_about_keys(struct reader *reader, int index, const struct place *place,
                         struct span (*name)(const void *, size_t), const void *context,
                         size_t count)
{
    lua_pushnil(reader->L);                   /* [key] */
    while (lua_next(reader->L, index) != 0) { /* [key, value] */
        if (reader->count < COMPLAINTS_MOST)
            complain_about_key(reader, place, name, context, count);
        lua_pop(reader->L, 1);
    }
}

void read_options(struct reader *reader, int index, const struct place *place,
                  struct readings readings, void *target)
{
    lua_State *L = reader->L;

    for (size_t i = 0; i < readings.count; i++) {
        lua_pushstring(L, readings.list[i].name);
        lua_rawget(L, index); /* [value] */
        if (!lua_isnil(L, -1))
            readings.list[i].read(reader, place, readings.list[i].name,
                                  (char *)target + readings.list[i].offset);
        lua_pop(L, 1);
    }
    complain_about_keys(reader, index, place, option_name, &readings, readings.count);
}

bool has_option(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index); /* [value] */

    bool is_there = !lua_isnil(L, -1);

    lua_pop(L, 1);
    return is_there;
}
