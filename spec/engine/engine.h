/*
 * engine.h - the C engine as a Lua module for the specs: one engine_LAYER.c for each folder of src.
 */
#pragma once

#include <lua.h>

/* Each pushes one table of functions: require 'laudit_engine'.LAYER. */
void engine_base_open(lua_State *L);
void engine_tables_open(lua_State *L);
void engine_record_open(lua_State *L);
void engine_event_open(lua_State *L);
void engine_kernel_open(lua_State *L);
void engine_netlink_open(lua_State *L);
void engine_live_open(lua_State *L);
void engine_settings_open(lua_State *L);
void engine_output_open(lua_State *L);
void engine_breaker_open(lua_State *L);
void engine_histogram_open(lua_State *L);
void engine_spool_open(lua_State *L);
void engine_file_open(lua_State *L);
void engine_connection_open(lua_State *L);
void engine_sink_open(lua_State *L);
void engine_river_open(lua_State *L);
void engine_metrics_open(lua_State *L);
void engine_control_open(lua_State *L);
void engine_interpret_open(lua_State *L);
void engine_format_open(lua_State *L);
void engine_enrich_open(lua_State *L);
void engine_policy_open(lua_State *L);
void engine_outlets_open(lua_State *L);
void engine_plan_open(lua_State *L);
void engine_wire_open(lua_State *L);
void engine_rules_open(lua_State *L);
