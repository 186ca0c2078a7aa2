/* outlet_call.c - calls the transform of one output. */
#include <lauxlib.h>

#include "format/json.h"
#include "policy/outlets_inside.h"

enum {
    HEADERS_MOST = 32,          /* of one message */
    HEADER_BYTES_MOST = 8 << 10 /* of one message's headers */
};

/* One call of a transform. */
struct call {
    struct outlets *outlets;
    const struct outlet *outlet;
    const struct alert *alert;
    struct buffer *body, *headers;
    void *lent; /* the event */
    bool is_skipped;
};

static void set_text(lua_State *L, const char *name, struct span text)
{
    push_span(L, text);
    lua_setfield(L, -2, name);
}

/* [] -> [alert] */
static void push_alert(lua_State *L, const struct outlets *outlets, const struct alert *alert)
{
    struct format_context context = { .resolver = outlets->surroundings.resolver };
    struct buffer *json = &vm_of(L)->scratch;

    lua_createtable(L, 0, 6); /* [alert] */
    set_text(L, "id", alert->id);
    set_text(L, "severity", severity_name(alert->severity));
    set_text(L, "policy", alert->policy);
    set_text(L, "message", alert->message);
    lua_pushnumber(L, (double)alert->event->id.time_ms / 1000);
    lua_setfield(L, -2, "time");
    buffer_clear(json);
    json_alert(&context, alert, json);
    vm_charge_bytes(L, json->len);
    set_text(L, "json", (struct span){ json->data, json->len - 1 });
}

/* Appends what the transform gave as one line: a newline would be another message. */
static void take_body(lua_State *L, struct call *call)
{
    struct span text;

    if (lua_type(L, -2) != LUA_TSTRING)
        luaL_error(L, "expected a text as body, or nil, found a %s", luaL_typename(L, -2));
    text.data = lua_tolstring(L, -2, &text.len);
    vm_charge_bytes(L, text.len);

    char *at = buffer_reserve(call->body, text.len + 1);

    for (size_t i = 0; i < text.len; i++)
        at[i] = text.data[i] == '\n' ? ' ' : text.data[i];
    at[text.len] = '\n';
    buffer_commit(call->body, text.len + 1);
}

static bool is_header_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char byte = name.data[i];
        bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';

        if (!is_letter && !(byte >= '0' && byte <= '9') &&
            (byte == '\0' || strchr("!#$%&'*+-.^_`|~", byte) == NULL))
            return false;
    }
    return name.len > 0;
}

static bool is_header_value(struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte = (unsigned char)value.data[i];

        if ((byte < ' ' && byte != '\t') || byte == 0x7F)
            return false;
    }
    return true;
}

/* The name at -2 and the value at -1, which may be what a stranger wrote. */
static struct span check_header(lua_State *L, size_t *used)
{
    struct span name = { NULL, 0 }, value = { NULL, 0 };

    if (lua_type(L, -2) == LUA_TSTRING)
        name.data = lua_tolstring(L, -2, &name.len);
    if (lua_type(L, -1) == LUA_TSTRING)
        value.data = lua_tolstring(L, -1, &value.len);
    if (value.data == NULL || !is_header_name(name) || !is_header_value(value))
        luaL_error(L, "headers: expected names and texts without line breaks");
    *used += name.len + value.len + 4;
    if (*used > HEADER_BYTES_MOST)
        luaL_error(L, "headers: more than %d bytes", HEADER_BYTES_MOST);
    return name;
}

static void put_header(lua_State *L, struct buffer *out, struct span name)
{
    struct span value;

    push_span(L, name);
    lua_rawget(L, -2); /* [headers, value] */
    value.data = lua_tolstring(L, -1, &value.len);
    buffer_append(out, name);
    buffer_append(out, SPAN(": "));
    buffer_append(out, value);
    buffer_append(out, SPAN("\r\n"));
    lua_pop(L, 1); /* [headers] */
}

/* [headers], in the order of their names. */
static void take_headers(lua_State *L, struct call *call)
{
    struct span names[HEADERS_MOST];
    size_t count = 0, used = 0;

    if (lua_isnil(L, -1))
        return;
    if (!lua_istable(L, -1))
        luaL_error(L, "expected a table as headers, or nil, found a %s", luaL_typename(L, -1));
    for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) { /* [headers, name, value] */
        struct span name = check_header(L, &used);
        size_t place = count++;

        if (count > HEADERS_MOST)
            luaL_error(L, "headers: more than %d", HEADERS_MOST);
        for (; place > 0 && span_compare(name, names[place - 1]) < 0; place--)
            names[place] = names[place - 1];
        names[place] = name;
    }
    for (size_t i = 0; i < count; i++)
        put_header(L, call->headers, names[i]);
}

/* Job for vm_protect. */
static void run(lua_State *L, void *context)
{
    struct call *call = context;

    lua_getfield(L, LUA_REGISTRYINDEX, outlets_found_key); /* [found] */
    lua_rawgeti(L, -1, call->outlet->number);              /* [found, item] */
    lua_getfield(L, -1, "transform");                      /* [found, item, transform] */
    lua_pushlightuserdata(L, call->lent);
    if (call->alert != NULL)
        push_alert(L, call->outlets, call->alert);
    else
        lua_pushnil(L);
    lua_call(L, 2, 2); /* [found, item, body, headers] */
    call->is_skipped = lua_isnil(L, -2);
    if (call->is_skipped)
        return;
    take_body(L, call);
    take_headers(L, call);
}

enum outlet_answer outlets_transform(struct outlets *outlets, size_t output, struct event *event,
                                     const struct alert *alert, struct buffer *body,
                                     struct buffer *headers)
{
    struct outlet *outlet = &outlets->items[output];
    struct policy *host = &outlets->host;
    struct turn turn = { .surroundings = &outlets->surroundings,
                         .event = event,
                         .facts = &outlets->facts,
                         .last = &turn.first,
                         .is_over = true };
    struct call call = { outlets, outlet, alert, body, headers, NULL, false };
    size_t body_len = body->len, headers_len = headers->len;
    struct error err;

    if (host->handle == NULL) {
        outlets_fail(outlets, outlet, "transform", "could not start anew", event->now_ms);
        return OUTLET_FAILED;
    }
    facts_begin(&outlets->facts, event, outlets->surroundings.resolver);
    call.lent = handle_lend(host->handle, &turn);
    host->vm->now_ms = event->now_ms;

    int status = vm_protect(host->vm, VM_BUDGET, 0, run, &call, &err);

    handle_take_back(host->handle);
    if (status == 0) {
        vm_rest(host->vm);
        return call.is_skipped ? OUTLET_SKIP : OUTLET_MESSAGE;
    }
    body->len = body_len;
    headers->len = headers_len;
    outlets_fail(outlets, outlet, "transform", err.text, event->now_ms);
    if (host->vm->over_memory)
        outlets_rebuild(outlets);
    return OUTLET_FAILED;
}
