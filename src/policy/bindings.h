/*
 * bindings.h - what policies hold of the host: the event, its records, the verbs.
 *
 * There is one handle in a machine; a turn is lent to it for the length of one call. What policies
 * hold of the event is the number of that turn and no address: a light userdata, which costs no
 * allocation and is worth nothing as soon as the handle has another number.
 */
#pragma once

#include <lua.h>

#include "policy/turn.h"

enum { NAMES_KNOWN = 256 /* places for names that were looked up before */ };

/* A name that a policy used, as the string of its machine, and what it asks for. */
struct known_name {
    const void *string; /* the machine keeps it for as long as it is here */
    uint16_t code;
};

struct handle {
    struct turn *turn; /* lent; NULL between two calls */
    uint64_t number;   /* of the turn, so that what was lent knows its own; never 0 */
    uint64_t kept;     /* the turn whose lists are kept */
    struct known_name known[NAMES_KNOWN];
};

/* What a name asks for: a field below FIELD_COUNT, its UPPER side, or a name of laudit's own. */
enum name_code { NAME_IS_UPPER = 0x4000, NAME_IS_OWN = 0x8000, NAME_IS_UNKNOWN = 0xFFFF };

/* Makes the metatable of events; the handle lives as long as the machine. */
struct handle *bindings_open(lua_State *L);

/* Lends `turn`; what was lent before is over. Returns the light userdata that is the event. */
void *handle_lend(struct handle *, struct turn *);
void handle_take_back(struct handle *);

/* The turn of the event at argument 1; raises when that is no event or is over. */
struct turn *check_turn(lua_State *L);

/* The same for verbs, which only policies have. */
struct turn *check_open_turn(lua_State *L, const char *verb);

/* [] -> [value] */
void push_value(lua_State *L, const struct value *value);
void push_span(lua_State *L, struct span text);

/* What a name asks for; raises for a name that neither the table of fields nor the event has. */
uint16_t name_code(lua_State *L, struct handle *, int index);

/* [] -> [record], a handle of one of the event's records. */
void push_record(lua_State *L, struct handle *, const struct record *);

/* [] -> [list] of the turn's records of that type, of all when it is 0. */
void push_records(lua_State *L, struct handle *, uint16_t type);

/* Adds the output called by the string at `index`; raises when there is none. */
void add_output(lua_State *L, const struct surroundings *, int index, struct route *);

/* Adds to the metatables of lib_event.c; [methods] -> [methods]. */
void event_add_verbs(lua_State *L);
void event_add_copies(lua_State *L);
void event_add_formats(lua_State *L);

/* [] -> [table]; the plain copy of a record. */
void push_record_copy(lua_State *L, struct event *, const struct resolver *, const struct record *);

/* [] -> [list] or [nil]: what laudit's own names stand for. */
void push_argv(lua_State *L, struct event *);
void push_keys(lua_State *L, struct event *);
void push_address(lua_State *L, struct facts *);

/* Job for vm_protect: takes what check returned into the turn. [result] -> [] */
struct verdict {
    struct policy *policy;
    struct turn *turn;
    unsigned alerts; /* taken */
};
void verdict_take(lua_State *L, void *verdict);
