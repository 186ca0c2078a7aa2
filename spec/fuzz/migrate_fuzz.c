/*
 * migrate_fuzz.c - the YAML configuration of a stranger.
 *
 * Whatever is in it: where no mistake is found, each file that comes of it is a chunk of Lua, and
 * no comment or text has become anything else.
 */
#include <lauxlib.h>

#include "control/migrate.h"
#include "rule_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_lua(lua_State *L, const struct buffer *file)
{
    if (file->len == 0)
        return;
    if (luaL_loadbuffer(L, file->data, file->len, "fuzz") != 0)
        __builtin_trap();
    lua_settop(L, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct migrated migrated = { 0 };

    if (L == NULL)
        L = luaL_newstate();
    migrate(&migrated, (struct span){ (const char *)data, size }, "fuzz.yaml", MIGRATE_BY_CONTENT,
            &world, &mistakes, &notes);
    for (int i = 0; i < MIGRATE_FILES && mistakes.found == 0; i++)
        expect_lua(L, &migrated.files[i]);
    migrated_free(&migrated);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    return 0;
}
