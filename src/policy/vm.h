/*
 * vm.h - the Lua machine of one policy: its memory is capped, its steps are counted.
 *
 * Owned by its policy. Function and message handler have fixed places on the stack since the
 * machine was made, and the event is a light userdata, so that a call pushes nothing that
 * allocates; vm_call and vm_protect are the only doors into Lua and share one lua_pcall. The JIT is
 * off: compiled loops ignore hooks. The cap applies inside a protected call alone.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/span.h"

enum {
    VM_MEMORY_MOST = 64 << 20,   /* bytes of one machine */
    VM_STRING_MOST = 1 << 20,    /* bytes of a string that a policy puts together */
    VM_BUDGET = 1000000,         /* instructions for one event; C functions charge for bytes */
    VM_LOAD_BUDGET = 50000000,   /* instructions while the file is loaded */
    VM_QUANTUM = 1000,           /* instructions between two looks at the budget */
    VM_PROCESSOR_MOST_MS = 1000, /* processor time of one call, for what one instruction can hide */
    VM_TRACE_MOST = 2048,        /* bytes of a traceback that are kept */
    VM_STACK_MOST = 512 << 10    /* bytes of the C stack, used where C functions call Lua again */
};

/* Fixed places on the main stack. */
enum vm_place { VM_TRACEBACK = 1, VM_CHECK, VM_JOB, VM_PLACES = VM_JOB };

typedef void vm_job(lua_State *L, void *context);

struct vm {
    lua_State *lua;
    void *owner;      /* whoever the bindings serve: the policy */
    const char *path; /* of its file, for sentences that have no place; may be NULL */

    size_t used, cap; /* bytes; the cap acts while `is_capped` */
    size_t rest_at;   /* bytes in use from which vm_rest collects garbage */
    bool is_capped;

    int64_t budget;    /* instructions left */
    int64_t allowed;   /* instructions at the start of the call */
    uint64_t began_ns; /* processor time when the first quantum was used up, 0 before */
    size_t unseen;     /* steps charged since the last look at the processor's time */
    const char *stack; /* where the C stack was when the call began */
    bool is_loading;   /* modules beside the policy may be read */
    uint64_t now_ms;   /* the event's clock, 0 before the first event */

    bool over_budget, over_memory, over_string; /* what stopped the last call */
    char trace[VM_TRACE_MOST];                  /* where it failed, a line each; "" if it did not */

    vm_job *job; /* what VM_JOB calls */
    void *job_context;

    struct buffer scratch; /* where JSON is written */
};

/* A machine with empty globals; aborts when the host has no memory. */
struct vm *vm_new(size_t cap, void *owner);
void vm_free(struct vm *);

/* The machine a state (or coroutine) belongs to. */
struct vm *vm_of(lua_State *L);

/*
 * Calls the function at VM_CHECK with `event` as light userdata. Returns 0 and leaves [result] on
 * the stack, or -EINVAL with a sentence in `err`, a traceback in `trace` and nothing on the stack.
 */
int vm_call(struct vm *, void *event, struct error *err);

/*
 * Runs `job` in protected mode with the `arguments` topmost values, which it consumes, as its
 * stack. Returns 0, or -EINVAL with a sentence in `err` and a traceback in `trace`.
 */
int vm_protect(struct vm *, int64_t budget, int arguments, vm_job *job, void *context,
               struct error *err);

/* Takes `steps` from the budget; raises when it is used up. For C functions that work on bytes. */
void vm_charge(lua_State *L, size_t steps);

/* As vm_charge for work on `bytes` bytes, which is eight times cheaper. */
void vm_charge_bytes(lua_State *L, size_t bytes);

/* Raises "took more than ... instructions"; from now on every instruction does. */
int vm_raise_budget(lua_State *L);

/* [message at `index`] -> the same, with FILE:LINE before it unless it has a place; FILE alone
 * where no line is left. */
void vm_add_place(lua_State *L, int index);

/* For C functions that call Lua: raises when they are nested too deeply for the C stack. */
void vm_check_depth(lua_State *L);

/* Collects garbage between two calls once half of the cap is in use, and again when it grew. */
void vm_rest(struct vm *);
