#include "engine.h"

#include <lauxlib.h>

__attribute__((visibility("default"))) int luaopen_laudit_engine(lua_State *L);

int luaopen_laudit_engine(lua_State *L)
{
    static const struct {
        const char *layer;
        void (*open)(lua_State *);
    } layers[] = {
        { "base", engine_base_open },
        { "tables", engine_tables_open },
        { "record", engine_record_open },
        { "event", engine_event_open },
        { "kernel", engine_kernel_open },
        { "output", engine_output_open },
        { "control", engine_control_open },
        { "interpret", engine_interpret_open },
        { "format", engine_format_open },
        { "enrich", engine_enrich_open },
        { "policy", engine_policy_open },
        { "outlets", engine_outlets_open },
        { "netlink", engine_netlink_open },
        { "live", engine_live_open },
        { "plan", engine_plan_open },
        { "wire", engine_wire_open },
        { "settings", engine_settings_open },
        { "rules", engine_rules_open },
        { "breaker", engine_breaker_open },
        { "histogram", engine_histogram_open },
        { "spool", engine_spool_open },
        { "file", engine_file_open },
        { "connection", engine_connection_open },
        { "sink", engine_sink_open },
        { "river", engine_river_open },
        { "metrics", engine_metrics_open },
    };

    lua_newtable(L); /* [engine] */
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        layers[i].open(L); /* [engine, layer] */
        lua_setfield(L, -2, layers[i].layer);
    }
    return 1;
}
