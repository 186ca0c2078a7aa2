#include "policy/policy.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mistakes.h"
#include "base/nearest.h"
#include "policy/bindings.h"
#include "policy/definition.h"
#include "policy/natives.h"
#include "policy/sandbox.h"
#include "policy/text.h"

/* What a machine is built from and where mistakes go. */
struct loading {
    struct policy *policy;
    struct mistakes *mistakes;
};

/* [] -> []: fills the machine and runs the file. */
static void load(lua_State *L, void *context)
{
    const struct loading *loading = context;
    struct policy *policy = loading->policy;
    const struct source *source = &policy->sources.items[0];
    char chunk_name[4097];

    natives_open(L);
    policy->handle = bindings_open(L);
    sandbox_open(L);
    snprintf(chunk_name, sizeof chunk_name, "@%s", source->path);
    if (luaL_loadbufferx(L, source->bytes.data, source->bytes.len, chunk_name, "t") != 0)
        lua_error(L);
    lua_call(L, 0, 1); /* [definition] */
    definition_read(L, policy, loading->mistakes);
}

/* Puts check where vm_call finds it. */
static void place(struct vm *vm)
{
    definition_push_check(vm->lua); /* [check] */
    lua_replace(vm->lua, VM_CHECK); /* [] */
}

/* A new machine from the bytes at hand; false when they are no policy. With mistakes it may be one
 * that cannot run. */
static bool build(struct policy *policy, struct mistakes *mistakes)
{
    struct loading loading = { policy, mistakes };
    unsigned before = mistakes->found;
    struct error err;

    policy->definition.is_read = false;
    policy->vm = vm_new(VM_MEMORY_MOST, policy);
    policy->vm->path = policy->path;
    policy->vm->is_loading = true;
    if (vm_protect(policy->vm, VM_LOAD_BUDGET, 0, load, &loading, &err) != 0) {
        bool has_place = strncmp(err.text, policy->path, strlen(policy->path)) == 0;

        mistakes_add(mistakes, has_place ? "%s%s" : "%s: %s", has_place ? "" : policy->path,
                     err.text);
    }
    policy->vm->is_loading = false;
    if (mistakes->found == before)
        place(policy->vm);
    return policy->definition.is_read;
}

struct output_check {
    const struct policy *policy;
    const struct surroundings *surroundings;
    struct mistakes *mistakes;
    const char *path;
};

static struct span output_name(const void *context, size_t index)
{
    return ((const struct span *)context)[index];
}

static void check_output(void *context, struct span name, unsigned line)
{
    const struct output_check *check = context;
    const struct surroundings *surroundings = check->surroundings;

    for (size_t i = 0; i < surroundings->output_count; i++)
        if (span_equal(surroundings->outputs[i], name))
            return;

    struct span meant =
        nearest_name(name, output_name, surroundings->outputs, surroundings->output_count);

    if (meant.data != NULL)
        mistakes_add(check->mistakes, "%s:%u: unknown output '%.*s' (did you mean '%.*s'?)",
                     check->path, line, SPAN_ARG(name), SPAN_ARG(meant));
    else
        mistakes_add(check->mistakes, "%s:%u: unknown output '%.*s'", check->path, line,
                     SPAN_ARG(name));
}

struct selector *policy_check(struct policy *policy, const struct surroundings *surroundings,
                              struct mistakes *mistakes, struct mistakes *notes)
{
    struct selector_place where = { policy->path, "", definition_outline(policy) };
    lua_State *L = policy->vm->lua;
    struct selector *selector = NULL;

    for (size_t i = 0; !surroundings->has_any_output && i < policy->sources.count; i++) {
        struct output_check check = { policy, surroundings, mistakes,
                                      policy->sources.items[i].path };

        text_each_output(buffer_span(&policy->sources.items[i].bytes), check_output, &check);
    }
    definition_push_on(L); /* [on] */
    if (lua_istable(L, -1))
        selector = selector_new(L, &where, surroundings->resolver, mistakes, notes);
    lua_pop(L, 1); /* [] */
    return selector;
}

struct policy *policy_load(const char *path, const struct surroundings *surroundings,
                           struct mistakes *mistakes, struct mistakes *notes)
{
    struct policy *policy = calloc(1, sizeof *policy);
    struct error err;

    if (policy == NULL || (policy->path = strdup(path)) == NULL)
        abort();
    policy->log = surroundings->log;
    policy->rest_ms = POLICY_REST_MS;
    if (sources_read(&policy->sources, path, &err) == NULL)
        mistakes_add(mistakes, "%s", err.text);
    else if (build(policy, mistakes))
        policy->selector = policy_check(policy, surroundings, mistakes, notes);
    if (policy->definition.is_read)
        return policy;
    policy_free(policy);
    return NULL;
}

void policy_free(struct policy *policy)
{
    if (policy == NULL)
        return;
    selector_free(policy->selector);
    vm_free(policy->vm);
    sources_free(&policy->sources);
    definition_free(&policy->definition);
    free(policy->path);
    free(policy);
}

/* A machine that hit its cap is not trusted any more: the policy starts anew. */
static void rebuild(struct policy *policy, const struct surroundings *surroundings)
{
    struct mistakes mistakes = { 0 }, notes = { 0 }; /* said when it was loaded */

    policy->rebuilds++;
    selector_free(policy->selector);
    vm_free(policy->vm);
    policy->selector = NULL;
    policy->vm = NULL;
    policy->handle = NULL;
    if (build(policy, &mistakes))
        policy->selector = policy_check(policy, surroundings, &mistakes, &notes);
    if (mistakes.found == 0) {
        log_write(policy->log, LOG_LEVEL_WARNING,
                  "policy %s: starts anew, what it remembered is gone", policy->definition.name);
    } else {
        log_write(policy->log, LOG_LEVEL_ERROR, "policy %s: cannot start anew: %s", policy->path,
                  mistakes.sentences[0]);
    }
    mistakes_free(&notes);
    mistakes_free(&mistakes);
}

/* Logs where the policy's last call failed, each line indented below the sentence. */
static void log_trace(const struct policy *policy)
{
    struct span rest = span_of(policy->vm->trace);

    while (rest.len > 0) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = newline != NULL ? (size_t)(newline - rest.data) : rest.len;
        bool is_place = rest.data[0] == '\t';

        log_write(policy->log, LOG_LEVEL_WARNING, "    %s%.*s", is_place ? "  " : "",
                  (int)(len - is_place), rest.data + is_place);
        rest = span_skip(rest, newline != NULL ? len + 1 : len);
    }
}

/* True when a failure was said less than a while ago; time that went back begins anew. */
static bool is_said(struct policy *policy, uint64_t now_ms)
{
    if (policy->errors == 1)
        return false;
    if (now_ms < policy->said_ms)
        policy->said_ms = now_ms;
    return now_ms - policy->said_ms < POLICY_SILENT_MS;
}

void policy_fail(struct policy *policy, const char *sentence, uint64_t now_ms)
{
    policy->errors++;
    snprintf(policy->last_error, sizeof policy->last_error, "%s", sentence);
    if (!is_said(policy, now_ms)) {
        policy->said_ms = now_ms;
        log_write(policy->log, LOG_LEVEL_WARNING, "policy %s: failure %llu: %s",
                  policy->definition.name, (unsigned long long)policy->errors, sentence);
        if (policy->errors == 1 && policy->vm != NULL)
            log_trace(policy);
    }
    if (policy->vm != NULL)
        policy->vm->trace[0] = '\0';
}

/* Gives what check returned to the turn. [result] -> [] */
static int take_result(struct policy *policy, struct turn *turn, struct error *err)
{
    struct raised **last = turn->last;
    struct verdict verdict = { policy, turn, 0 };

    if (!lua_toboolean(policy->vm->lua, -1)) {
        lua_pop(policy->vm->lua, 1);
        return 0;
    }

    int status = vm_protect(policy->vm, VM_BUDGET, 1, verdict_take, &verdict, err);

    if (status == 0) {
        policy->alerts += verdict.alerts;
    } else {
        turn->last = last;
        *last = NULL;
    }
    return status;
}

bool policy_run(struct policy *policy, struct turn *turn)
{
    struct decision before = turn->decision;
    struct vm *vm = policy->vm;
    struct error err;

    policy->calls++;
    if (policy->handle == NULL) {
        policy_fail(policy, "could not start anew", turn->event->now_ms);
        return false;
    }
    vm->now_ms = turn->event->now_ms;

    int status = vm_call(vm, handle_lend(policy->handle, turn), &err);

    if (status == 0)
        status = take_result(policy, turn, &err);
    handle_take_back(policy->handle);
    if (status == 0) {
        policy->drops += turn->decision.is_dropped && !before.is_dropped ? 1 : 0;
        vm_rest(vm);
        return true;
    }
    turn->decision = before; /* a policy that failed decides nothing */
    policy->over_budget += vm->over_budget ? 1 : 0;
    policy->over_memory += vm->over_memory ? 1 : 0;
    policy_fail(policy, err.text, turn->event->now_ms);
    if (vm->over_memory)
        rebuild(policy, turn->surroundings);
    return false;
}
