#include "policy/vm.h"

#include <errno.h>
#include <lauxlib.h>
#include <luajit.h>
#include <stdlib.h>
#include <time.h>

#include "policy/embedded.h"

enum {
    BYTES_PER_STEP = 8, /* bytes that cost as much as one instruction */
    TRACEBACK_LEVEL = 1 /* leave out the handler itself */
};

static bool is_power_of_two(size_t size)
{
    return (size & (size - 1)) == 0;
}

/*
 * LuaJIT puts strings together in one buffer that it reallocates to powers of two (lj_buf.c), which
 * nothing else does at this size: array parts have odd counts, hash parts and strings are allocated
 * anew. So this is where a string that grows without end is stopped.
 */
static bool is_string_buffer(size_t old_size, size_t new_size)
{
    return old_size != 0 && new_size > old_size && is_power_of_two(new_size);
}

static void *allocate(void *context, void *memory, size_t old_size, size_t new_size)
{
    struct vm *vm = context;

    if (new_size == 0) {
        vm->used -= old_size;
        free(memory);
        return NULL;
    }
    if (vm->is_capped && new_size > VM_STRING_MOST && is_string_buffer(old_size, new_size)) {
        vm->over_string = true;
        return NULL;
    }
    if (vm->is_capped && new_size > old_size && vm->used - old_size + new_size > vm->cap) {
        vm->over_memory = true;
        return NULL;
    }

    void *moved = realloc(memory, new_size);

    if (moved == NULL)
        abort();
    vm->used += new_size - old_size;
    return moved;
}

static uint64_t processor_time_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void on_quantum(lua_State *L, lua_Debug *where);

static void arm(lua_State *L, const struct vm *vm)
{
    int64_t count = vm->budget < VM_QUANTUM ? vm->budget : VM_QUANTUM;

    lua_sethook(L, on_quantum, LUA_MASKCOUNT, count > 0 ? (int)count : 1);
}

static bool is_too_slow(struct vm *vm)
{
    uint64_t now = processor_time_ns();

    if (vm->began_ns == 0)
        vm->began_ns = now;
    return now - vm->began_ns > VM_PROCESSOR_MOST_MS * UINT64_C(1000000);
}

static int raise_over(lua_State *L, const char *position)
{
    struct vm *vm = vm_of(L);

    lua_sethook(L, on_quantum, LUA_MASKCOUNT, 1); /* a pcall in the policy cannot swallow it */
    vm->over_budget = true;
    if (vm->budget > 0)
        lua_pushfstring(L, "%stook more than %d ms of processor time", position,
                        VM_PROCESSOR_MOST_MS);
    else
        lua_pushfstring(L, "%stook more than %d instructions", position, (int)vm->allowed);
    return lua_error(L);
}

static void on_quantum(lua_State *L, lua_Debug *where)
{
    struct vm *vm = vm_of(L);

    if (!vm->over_budget) {
        vm->budget -= VM_QUANTUM;
        if (vm->budget > 0 && !is_too_slow(vm)) {
            arm(L, vm);
            return;
        }
    }

    char position[LUA_IDSIZE + 16] = "";

    if (lua_getinfo(L, "Sl", where) != 0 && where->currentline > 0)
        snprintf(position, sizeof position, "%s:%d: ", where->short_src, where->currentline);
    raise_over(L, position);
}

int vm_raise_budget(lua_State *L)
{
    luaL_where(L, 1); /* [position] */
    vm_of(L)->budget = -1;
    return raise_over(L, lua_tostring(L, -1));
}

void vm_charge(lua_State *L, size_t steps)
{
    struct vm *vm = vm_of(L);

    if (!vm->is_capped)
        return;
    if (steps > (size_t)VM_LOAD_BUDGET)
        steps = VM_LOAD_BUDGET;
    vm->budget -= (int64_t)steps;
    vm->unseen += steps;
    if (vm->budget < 0)
        vm_raise_budget(L);
    if (vm->unseen < VM_QUANTUM)
        return;
    vm->unseen = 0;
    if (!vm->over_budget && is_too_slow(vm)) {
        luaL_where(L, 1); /* [position] */
        raise_over(L, lua_tostring(L, -1));
    }
}

void vm_charge_bytes(lua_State *L, size_t bytes)
{
    vm_charge(L, bytes / BYTES_PER_STEP + 1);
}

void vm_check_depth(lua_State *L)
{
    struct vm *vm = vm_of(L);
    const char *here = __builtin_frame_address(0);

    if (vm->is_capped && vm->stack - here > VM_STACK_MOST)
        luaL_error(L, "functions call each other too deeply");
}

struct vm *vm_of(lua_State *L)
{
    void *vm;

    lua_getallocf(L, &vm);
    return vm;
}

/* True for "FILE: sentence" of the policy's own file, with a line or without. */
static bool names_file(const char *message, const char *path)
{
    size_t len = path != NULL ? strlen(path) : 0;

    return len > 0 && strncmp(message, path, len) == 0 && message[len] == ':';
}

/* True for "MODULE.lua:LINE: sentence"; a time of day in a sentence is no place. */
static bool names_module(const char *message)
{
    for (const char *colon = strchr(message, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
        size_t digits = strspn(colon + 1, "0123456789");
        struct span before = { message, (size_t)(colon - message) };

        if (digits > 0 && colon[1 + digits] == ':' && span_ends(before, SPAN(".lua")))
            return true;
        if (colon[1] == ' ')
            return false;
    }
    return false;
}

/* What is behind a path that Lua cut to "...end", if it is the policy's; NULL when it is not. */
static const char *behind_cut_path(const char *message, const char *path)
{
    const char *colon = strchr(message, ':');

    if (path == NULL || colon == NULL || strncmp(message, "...", 3) != 0)
        return NULL;
    return span_ends(span_of(path), (struct span){ message + 3, (size_t)(colon - message) - 3 })
               ? colon
               : NULL;
}

/* True for what the policy's author wrote; a policy may be called audit.lua, as a file of ours is.
 */
static bool is_of_policy(const char *source, const char *path)
{
    return source[0] == '@' && ((path != NULL && strcmp(source + 1, path) == 0) ||
                                !embedded_is_source(span_of(source + 1)));
}

/* The first line of the policy or of its modules among those that are running. */
static bool find_line(lua_State *L, const char *path, lua_Debug *where)
{
    for (int level = 0; lua_getstack(L, level, where); level++)
        if (lua_getinfo(L, "Sl", where) != 0 && where->currentline > 0 &&
            is_of_policy(where->source, path))
            return true;
    return false;
}

void vm_add_place(lua_State *L, int index)
{
    const char *message = lua_tostring(L, index), *path = vm_of(L)->path;
    const char *rest = behind_cut_path(message, path);
    lua_Debug where;

    if (rest == NULL && (names_file(message, path) || names_module(message)))
        return;
    if (rest != NULL)
        lua_pushfstring(L, "%s%s", path, rest);
    else if (find_line(L, path, &where)) /* of a tail call nothing is left */
        lua_pushfstring(L, "%s:%d: %s", where.short_src, where.currentline, message);
    else
        lua_pushfstring(L, "%s: %s", path != NULL ? path : "?", message);
    lua_replace(L, index);
}

/* Keeps the lines that say something: a C function without a name has only an address. */
static void keep_trace(struct vm *vm, struct span trace)
{
    size_t used = 0;

    while (trace.len > 0) {
        const char *newline = memchr(trace.data, '\n', trace.len);
        size_t len = newline != NULL ? (size_t)(newline - trace.data) + 1 : trace.len;

        if (memmem(trace.data, len, "]: at 0x", 8) == NULL && used + len < sizeof vm->trace) {
            memcpy(vm->trace + used, trace.data, len);
            used += len;
        }
        trace = span_skip(trace, len);
    }
    vm->trace[used] = '\0';
}

/* [message] -> [message], the traceback in `trace`; what is no text is named by its type. */
static int on_error(lua_State *L)
{
    struct vm *vm = vm_of(L);

    if (!lua_isstring(L, 1)) {
        lua_pushfstring(L, "error(%s) without a sentence", luaL_typename(L, 1));
        lua_replace(L, 1); /* [message] */
    }
    vm_add_place(L, 1);
    if (vm->is_loading) /* the place of a mistake in a file is all a person needs */
        return 1;
    luaL_traceback(L, L, NULL, TRACEBACK_LEVEL); /* [message, traceback] */
    keep_trace(vm, span_of(lua_tostring(L, -1)));
    lua_pop(L, 1);
    return 1;
}

static int run_job(lua_State *L)
{
    struct vm *vm = vm_of(L);

    vm->job(L, vm->job_context);
    return 0;
}

static int on_panic(lua_State *L)
{
    (void)L;
    abort();
}

struct vm *vm_new(size_t cap, void *owner)
{
    struct vm *vm = calloc(1, sizeof *vm);

    if (vm == NULL)
        abort();
    vm->cap = cap;
    vm->rest_at = cap / 2;
    vm->owner = owner;
    vm->lua = lua_newstate(allocate, vm);
    if (vm->lua == NULL)
        abort();

    lua_State *L = vm->lua;

    lua_atpanic(L, on_panic);
    luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    lua_checkstack(L, LUA_MINSTACK * 4);
    lua_pushcfunction(L, on_error); /* [traceback] */
    lua_pushnil(L);                 /* [traceback, check] */
    lua_pushcfunction(L, run_job);  /* [traceback, check, job] */

    lua_pushliteral(L, "the buffer of strings ");
    lua_pushliteral(L, "exists from now on"); /* is_string_buffer knows it by its growth */
    lua_concat(L, 2);
    lua_pop(L, 1);
    return vm;
}

void vm_free(struct vm *vm)
{
    if (vm == NULL)
        return;
    lua_close(vm->lua);
    buffer_free(&vm->scratch);
    free(vm);
}

static int set_failure(const struct vm *vm, int status, struct error *err)
{
    const char *message = lua_tostring(vm->lua, -1);

    if (vm->over_memory)
        error_set(err, -EINVAL, "uses more than %d MiB of memory", (int)(vm->cap >> 20));
    else if (status == LUA_ERRMEM)
        error_set(err, -EINVAL, "puts a string of more than %d bytes together", VM_STRING_MOST);
    else
        error_set(err, -EINVAL, "%s", message != NULL ? message : "failed without a sentence");
    lua_pop(vm->lua, 1);
    return err->code;
}

/* [function, arguments] -> [results], or nothing and a sentence. */
static int call(struct vm *vm, int64_t budget, int arguments, int results, struct error *err)
{
    vm->over_budget = vm->over_memory = vm->over_string = false;
    vm->trace[0] = '\0';
    vm->budget = vm->allowed = budget;
    vm->began_ns = 0;
    vm->unseen = 0;
    vm->stack = __builtin_frame_address(0);
    arm(vm->lua, vm);
    vm->is_capped = true;

    int status = lua_pcall(vm->lua, arguments, results, VM_TRACEBACK);

    vm->is_capped = false;
    if (status == 0 && vm->over_memory) { /* a pcall in the policy swallowed it */
        lua_settop(vm->lua, -results - 1);
        lua_pushnil(vm->lua);
        status = LUA_ERRMEM;
    }
    return status == 0 ? 0 : set_failure(vm, status, err);
}

int vm_call(struct vm *vm, void *event, struct error *err)
{
    lua_pushvalue(vm->lua, VM_CHECK);      /* [check] */
    lua_pushlightuserdata(vm->lua, event); /* [check, event] */
    return call(vm, VM_BUDGET, 1, 1, err);
}

int vm_protect(struct vm *vm, int64_t budget, int arguments, vm_job *job, void *context,
               struct error *err)
{
    vm->job = job;
    vm->job_context = context;
    lua_pushvalue(vm->lua, VM_JOB);      /* [arguments, job] */
    lua_insert(vm->lua, -arguments - 1); /* [job, arguments] */
    return call(vm, budget, arguments, 0, err);
}

void vm_rest(struct vm *vm)
{
    if (vm->used <= vm->rest_at)
        return;
    lua_gc(vm->lua, LUA_GCCOLLECT, 0);
    vm->rest_at = vm->cap / 2;
    if (vm->used > vm->rest_at)
        vm->rest_at = vm->used + (vm->cap - vm->used) / 2;
}
