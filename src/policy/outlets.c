#include "policy/outlets.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/definition.h"
#include "policy/natives.h"
#include "policy/outlets_inside.h"
#include "policy/sandbox.h"

const char outlets_found_key[] = "laudit.outlets";

static struct span copy_of(struct span text)
{
    char *copy = malloc(text.len + 1);

    if (copy == NULL)
        abort();
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return (struct span){ copy, text.len };
}

/* A first line that begins with '#' is not Lua. */
static struct span without_shebang(struct span source)
{
    const char *newline =
        source.len > 0 && source.data[0] == '#' ? memchr(source.data, '\n', source.len) : NULL;

    return newline != NULL ? span_skip(source, (size_t)(newline - source.data)) : source;
}

/* [] -> []: the words of a configuration beside a policy's globals. */
static void open_words(lua_State *L)
{
    lua_getglobal(L, "require");         /* [require] */
    lua_pushliteral(L, "audit.outlets"); /* [require, name] */
    lua_call(L, 1, 1);                   /* [module] */
    lua_getfield(L, -1, "found");        /* [module, found] */
    lua_setfield(L, LUA_REGISTRYINDEX, outlets_found_key);
    lua_getfield(L, -1, "words");                 /* [module, words] */
    for (lua_pushnil(L); lua_next(L, -2) != 0;) { /* [module, words, name, word] */
        lua_pushvalue(L, -2);
        lua_insert(L, -2); /* [module, words, name, name, word] */
        lua_rawset(L, LUA_GLOBALSINDEX);
    }
    lua_pop(L, 2); /* [] */
}

/* [] -> []: fills the machine and runs the configuration. */
static void load(lua_State *L, void *context)
{
    struct outlets *outlets = context;
    struct policy *host = &outlets->host;
    struct span source = without_shebang(buffer_span(&host->sources.items[0].bytes));
    char chunk_name[4097];

    natives_open(L);
    host->handle = bindings_open(L);
    sandbox_open(L);
    open_words(L);
    snprintf(chunk_name, sizeof chunk_name, "@%s", host->path);
    if (luaL_loadbufferx(L, source.data, source.len, chunk_name, "t") != 0)
        lua_error(L);
    lua_call(L, 0, 0);
}

/* Was this option refused before, when it was read as plain data? */
static bool was_told(const struct outlets *outlets, const struct outlet *outlet, struct span option)
{
    return outlets->is_wrong &&
           ((!outlet->place.has_on && span_equal(option, SPAN("on"))) ||
            (!outlet->place.has_transform && span_equal(option, SPAN("transform"))));
}

/* [item] -> [item]: adds what lua/audit/outlets.lua found wrong: a list of { path, sentence }. */
static void add_mistakes(lua_State *L, const struct outlets *outlets, const struct outlet *outlet,
                         const struct selector_place *where, struct mistakes *mistakes)
{
    lua_getfield(L, -1, "mistakes"); /* [item, mistakes] */
    for (int i = 1, count = (int)lua_objlen(L, -1); i <= count; i++) {
        lua_rawgeti(L, -1, i); /* [item, mistakes, pair] */
        lua_rawgeti(L, -1, 1); /* [item, mistakes, pair, path] */
        lua_rawgeti(L, -2, 2); /* [item, mistakes, pair, path, sentence] */

        struct outline_path path = definition_path(L, lua_gettop(L) - 1);

        if (!was_told(outlets, outlet, path.steps[0].key))
            mistakes_add(mistakes, "%s:%u: %s%s", where->path, outline_line(&where->outline, &path),
                         where->owner, lua_tostring(L, -1));
        lua_pop(L, 3); /* [item, mistakes] */
    }
    lua_pop(L, 1); /* [item] */
}

/* [item] -> [item] */
static void read_item(lua_State *L, struct outlets *outlets, struct outlet *outlet,
                      struct mistakes *mistakes, struct mistakes *notes)
{
    struct span source = buffer_span(&outlets->host.sources.items[0].bytes);
    char owner[96]; /* a name has 64 bytes at most */
    struct selector_place where = {
        outlets->host.path, owner, outline_of_output(source, outlet->place.name, outlet->place.line)
    };
    unsigned before = mistakes->found;

    snprintf(owner, sizeof owner, "output '%.*s': ", SPAN_ARG(outlet->place.name));
    add_mistakes(L, outlets, outlet, &where, mistakes);
    lua_getfield(L, -1, "on"); /* [item, on] */
    if (lua_istable(L, -1) && mistakes->found == before)
        outlet->selector = selector_new(L, &where, outlets->surroundings.resolver, mistakes, notes);
    lua_pop(L, 1); /* [item] */
}

static struct outlet *find_outlet(struct outlets *outlets, struct span name)
{
    for (size_t i = 0; i < outlets->count; i++) {
        if (span_equal(outlets->items[i].place.name, name))
            return &outlets->items[i];
    }
    return NULL;
}

static void read_found(struct outlets *outlets, struct mistakes *mistakes, struct mistakes *notes)
{
    lua_State *L = outlets->host.vm->lua;

    lua_getfield(L, LUA_REGISTRYINDEX, outlets_found_key); /* [found] */
    for (int i = 1, count = lua_istable(L, -1) ? (int)lua_objlen(L, -1) : 0; i <= count; i++) {
        struct span name = { NULL, 0 };
        struct outlet *outlet;

        lua_rawgeti(L, -1, i);       /* [found, item] */
        lua_getfield(L, -1, "name"); /* [found, item, name] */
        if (lua_type(L, -1) == LUA_TSTRING)
            name.data = lua_tolstring(L, -1, &name.len);
        outlet = find_outlet(outlets, name);
        lua_pop(L, 1); /* [found, item] */
        if (outlet != NULL && outlet->number == 0) {
            outlet->number = i;
            read_item(L, outlets, outlet, mistakes, notes);
        }
        lua_pop(L, 1); /* [found] */
    }
    lua_pop(L, 1); /* [] */
}

/* What was there when the plain data was made has to be there again. */
static void check_found(const struct outlets *outlets, struct mistakes *mistakes)
{
    for (size_t i = 0; i < outlets->count; i++) {
        const struct outlet *outlet = &outlets->items[i];

        if (outlet->place.has_on != (outlet->selector != NULL) || outlet->number == 0)
            mistakes_add(mistakes, "%s:%u: output '%.*s': says other things when it is read twice",
                         outlets->host.path, outlet->place.line, SPAN_ARG(outlet->place.name));
    }
}

static void build_index(struct outlets *outlets)
{
    const struct selector *selectors[ROUTE_OUTPUTS_MOST] = { NULL };

    outlets->choosy = 0;
    for (size_t i = 0; i < outlets->count; i++) {
        selectors[i] = outlets->items[i].selector;
        outlets->choosy |= (uint64_t)(selectors[i] != NULL) << i;
    }
    if (outlets->choosy != 0)
        outlets->index = index_new(selectors, outlets->count);
}

/* A new machine from the source at hand; false when a mistake was added. */
static bool build(struct outlets *outlets, struct mistakes *mistakes, struct mistakes *notes)
{
    struct policy *host = &outlets->host;
    unsigned before = mistakes->found;
    struct error err;

    host->vm = vm_new(VM_MEMORY_MOST, host);
    host->vm->path = host->path;
    host->vm->is_loading = true;

    bool is_whole = vm_protect(host->vm, VM_LOAD_BUDGET, 0, load, outlets, &err) == 0;

    if (is_whole || outlets->is_wrong) {
        read_found(outlets, mistakes, notes);
    } else {
        bool has_place = strncmp(err.text, host->path, strlen(host->path)) == 0;

        mistakes_add(mistakes, has_place ? "%s%s" : "%s: %s", has_place ? "" : host->path,
                     err.text);
    }
    host->vm->is_loading = false;
    if (mistakes->found == before && !outlets->is_wrong)
        check_found(outlets, mistakes);
    if (mistakes->found > before)
        return false;
    build_index(outlets);
    return true;
}

/* Lets go of the machine and of all that points into it. */
static void tear_down(struct outlets *outlets)
{
    index_free(outlets->index);
    outlets->index = NULL;
    for (size_t i = 0; i < outlets->count; i++) {
        selector_free(outlets->items[i].selector);
        outlets->items[i].selector = NULL;
        outlets->items[i].number = 0;
    }
    vm_free(outlets->host.vm);
    outlets->host.vm = NULL;
    outlets->host.handle = NULL;
}

static void add_source(struct policy *host, struct span text)
{
    struct source *source = &host->sources.items[0];

    source->path = strdup(host->path);
    if (source->path == NULL)
        abort();
    buffer_append(&source->bytes, text);
    host->sources.count = 1;
}

struct outlets *outlets_new(const struct outlets_settings *settings, struct mistakes *mistakes,
                            struct mistakes *notes)
{
    struct outlets *outlets = calloc(1, sizeof *outlets);

    if (outlets == NULL)
        abort();
    outlets->host.path = (char *)(uintptr_t)copy_of(settings->path).data;
    outlets->host.log = settings->log;
    outlets->is_wrong = settings->is_wrong;
    outlets->surroundings =
        (struct surroundings){ .resolver = settings->resolver, .log = settings->log };
    add_source(&outlets->host, settings->source);
    for (size_t i = 0; i < settings->count && i < ROUTE_OUTPUTS_MOST; i++) {
        outlets->items[i].place = settings->places[i];
        outlets->items[i].place.name = copy_of(settings->places[i].name);
        outlets->count++;
    }
    if (build(outlets, mistakes, notes) && !settings->is_wrong)
        return outlets;
    outlets_free(outlets);
    return NULL;
}

void outlets_free(struct outlets *outlets)
{
    if (outlets == NULL)
        return;
    tear_down(outlets);
    for (size_t i = 0; i < outlets->count; i++)
        free((void *)(uintptr_t)outlets->items[i].place.name.data);
    sources_free(&outlets->host.sources);
    free(outlets->host.path);
    free(outlets);
}

/* True when a failure was said less than a while ago; time that went back begins anew. */
static bool is_said(struct outlet *outlet, uint64_t now_ms)
{
    if (outlet->failures == 1)
        return false;
    if (now_ms < outlet->said_ms)
        outlet->said_ms = now_ms;
    return now_ms - outlet->said_ms < POLICY_SILENT_MS;
}

void outlets_fail(struct outlets *outlets, struct outlet *outlet, const char *what,
                  const char *sentence, uint64_t now_ms)
{
    outlet->failures++;
    if (is_said(outlet, now_ms))
        return;
    outlet->said_ms = now_ms;
    log_write(outlets->host.log, LOG_LEVEL_WARNING, "output %.*s: %s: failure %llu: %s",
              SPAN_ARG(outlet->place.name), what, (unsigned long long)outlet->failures, sentence);
}

uint64_t outlets_wanting(struct outlets *outlets, struct event *event)
{
    uint64_t wanting = ~outlets->choosy;
    size_t at, next;

    if (outlets->index == NULL || !index_find(outlets->index, event))
        return wanting;
    facts_begin(&outlets->facts, event, outlets->surroundings.resolver);
    for (bool has_next = index_next(outlets->index, &next); has_next;) {
        int wants = 0;

        at = next;
        patience_begin(&outlets->facts.patience);
        do {
            if (wants == 0)
                wants = index_wants(outlets->index, &outlets->facts);
            has_next = index_next(outlets->index, &next);
        } while (has_next && next == at);
        if (wants < 0) /* nobody knows: better once too often */
            outlets_fail(outlets, &outlets->items[at], "on", "takes too many steps for this event",
                         event->now_ms);
        wanting |= (uint64_t)(wants != 0) << at;
    }
    return wanting;
}

bool outlets_transforms(const struct outlets *outlets, size_t output)
{
    return output < outlets->count && outlets->items[output].place.has_transform;
}

void outlets_rebuild(struct outlets *outlets)
{
    struct mistakes mistakes = { 0 }, notes = { 0 }; /* said when it was loaded */

    tear_down(outlets);
    if (build(outlets, &mistakes, &notes))
        log_write(outlets->host.log, LOG_LEVEL_WARNING,
                  "the outputs' transforms start anew, what they remembered is gone");
    else
        log_write(outlets->host.log, LOG_LEVEL_ERROR,
                  "the outputs' transforms cannot start anew: %s", mistakes.sentences[0]);
    mistakes_free(&notes);
    mistakes_free(&mistakes);
}
