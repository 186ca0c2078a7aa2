#include <errno.h>
#include <lauxlib.h>

#include "policy/library.h"
#include "policy/pattern.h"
#include "policy/vm.h"

static struct span check_span(lua_State *L, int index)
{
    struct span text;

    text.data = luaL_checklstring(L, index, &text.len);
    return text;
}

static void compile(lua_State *L, struct pattern *pattern, struct span text, bool knows_anchor)
{
    const char *wrong = pattern_compile(pattern, text, knows_anchor);

    vm_charge(L, text.len);
    if (wrong != NULL)
        luaL_error(L, "%s", wrong);
}

/* pattern_find, where running out of steps raises. */
static bool find(lua_State *L, const struct pattern *pattern, struct span subject, size_t from,
                 struct pattern_match *match)
{
    int status = pattern_find(pattern, subject, from, &vm_of(L)->budget, match);

    if (status == -ETIME)
        vm_raise_budget(L);
    return status == 1;
}

/* [] -> [capture]; number 0 is the whole match when the pattern captures nothing. */
static void push_capture(lua_State *L, const struct pattern *pattern,
                         const struct pattern_match *match, struct span subject, unsigned number)
{
    if (number >= pattern->capture_count) {
        if (number > 0)
            luaL_error(L, "invalid capture index");
        lua_pushlstring(L, match->start, (size_t)(match->end - match->start));
        return;
    }

    const struct capture *capture = &match->captures[number];

    if (capture->len == CAPTURE_IS_POSITION)
        lua_pushinteger(L, capture->start - subject.data + 1);
    else
        lua_pushlstring(L, capture->start, (size_t)capture->len);
}

/* Pushes all captures, or the whole match when there is none; returns how many. */
static int push_captures(lua_State *L, const struct pattern *pattern,
                         const struct pattern_match *match, struct span subject, bool or_whole)
{
    unsigned count = pattern->capture_count == 0 && or_whole ? 1 : pattern->capture_count;

    luaL_checkstack(L, (int)count, "too many captures");
    for (unsigned i = 0; i < count; i++)
        push_capture(L, pattern, match, subject, i);
    return (int)count;
}

/* The offset that argument `index` asks for: 1 is the first byte, negative counts from the end. */
static size_t check_start(lua_State *L, int index, size_t len)
{
    lua_Integer start = luaL_optinteger(L, index, 1);

    if (start < 0)
        start += (lua_Integer)len + 1;
    if (start < 1)
        start = 1;
    return (size_t)start - 1 < len ? (size_t)start - 1 : len;
}

static int find_plain(lua_State *L, struct span subject, struct span wanted, size_t from)
{
    struct span rest = span_skip(subject, from);

    vm_charge_bytes(L, rest.len);

    const char *found =
        wanted.len == 0 ? rest.data : memmem(rest.data, rest.len, wanted.data, wanted.len);

    if (found == NULL) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - subject.data + 1);
    lua_pushinteger(L, found - subject.data + (lua_Integer)wanted.len);
    return 2;
}

/* find(text, pattern[, start[, is_plain]]) */
static int string_find(lua_State *L)
{
    struct span subject = check_span(L, 1), text = check_span(L, 2);
    size_t from = check_start(L, 3, subject.len);
    struct pattern pattern;
    struct pattern_match match;

    if (lua_toboolean(L, 4) || pattern_is_plain(text))
        return find_plain(L, subject, text, from);
    compile(L, &pattern, text, true);
    if (!find(L, &pattern, subject, from, &match)) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, match.start - subject.data + 1);
    lua_pushinteger(L, match.end - subject.data);
    return push_captures(L, &pattern, &match, subject, false) + 2;
}

/* match(text, pattern[, start]) */
static int string_match(lua_State *L)
{
    struct span subject = check_span(L, 1), text = check_span(L, 2);
    size_t from = check_start(L, 3, subject.len);
    struct pattern pattern;
    struct pattern_match match;

    compile(L, &pattern, text, true);
    if (!find(L, &pattern, subject, from, &match)) {
        lua_pushnil(L);
        return 1;
    }
    return push_captures(L, &pattern, &match, subject, true);
}

enum { GMATCH_SUBJECT = 1, GMATCH_PATTERN, GMATCH_FROM }; /* upvalues */

static int next_match(lua_State *L)
{
    struct span subject = check_span(L, lua_upvalueindex(GMATCH_SUBJECT));
    const struct pattern *pattern = lua_touserdata(L, lua_upvalueindex(GMATCH_PATTERN));
    size_t from = (size_t)lua_tointeger(L, lua_upvalueindex(GMATCH_FROM));
    struct pattern_match match;

    if (from > subject.len || !find(L, pattern, subject, from, &match))
        return 0;
    from = (size_t)(match.end - subject.data) + (match.end == match.start ? 1 : 0);
    lua_pushinteger(L, (lua_Integer)from); /* [from] */
    lua_replace(L, lua_upvalueindex(GMATCH_FROM));
    return push_captures(L, pattern, &match, subject, true);
}

/* gmatch(text, pattern): an iterator */
static int string_gmatch(lua_State *L)
{
    check_span(L, 1);

    struct span text = check_span(L, 2);

    lua_settop(L, 2);
    lua_pushvalue(L, 1);                                                 /* [text, pattern, text] */
    compile(L, lua_newuserdata(L, sizeof(struct pattern)), text, false); /* [..., compiled] */
    lua_pushinteger(L, 0);                                               /* [..., from] */
    lua_pushcclosure(L, next_match, 3); /* [text, pattern, iterator] */
    return 1;
}

/* One gsub: what is replaced in what, and where the result grows. */
struct substitution {
    struct span subject;
    struct pattern pattern;
    struct pattern_match match;
    luaL_Buffer result;
};

enum { GSUB_REPLACEMENT = 3 }; /* argument */

static void append(lua_State *L, struct substitution *job, const char *begin, const char *end)
{
    vm_charge_bytes(L, (size_t)(end - begin));
    luaL_addlstring(&job->result, begin, (size_t)(end - begin));
}

/* Copies the replacement text with %0 to %9 filled in. */
static void append_text(lua_State *L, struct substitution *job)
{
    struct span text = check_span(L, GSUB_REPLACEMENT);

    vm_charge_bytes(L, text.len);
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.data[i];

        if (byte != '%' || i + 1 == text.len) {
            luaL_addchar(&job->result, byte);
            continue;
        }
        byte = text.data[++i];
        if (byte < '0' || byte > '9') {
            luaL_addchar(&job->result, byte);
        } else if (byte == '0') {
            append(L, job, job->match.start, job->match.end);
        } else {
            push_capture(L, &job->pattern, &job->match, job->subject, (unsigned)(byte - '1'));
            vm_charge_bytes(L, lua_objlen(L, -1));
            luaL_addvalue(&job->result);
        }
    }
}

/* [] -> [replacement], what a function or table says for this match. */
static void ask(lua_State *L, struct substitution *job, int type)
{
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, GSUB_REPLACEMENT); /* [function] */

        int count = push_captures(L, &job->pattern, &job->match, job->subject, true);

        vm_check_depth(L);
        lua_call(L, count, 1); /* [replacement] */
    } else {
        push_capture(L, &job->pattern, &job->match, job->subject, 0); /* [key] */
        vm_check_depth(L);
        lua_gettable(L, GSUB_REPLACEMENT); /* [replacement] */
    }
}

static void append_replacement(lua_State *L, struct substitution *job, int type)
{
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        append_text(L, job);
        return;
    }
    ask(L, job, type); /* [replacement] */
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        append(L, job, job->match.start, job->match.end);
        return;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    vm_charge_bytes(L, lua_objlen(L, -1));
    luaL_addvalue(&job->result);
}

/* gsub(text, pattern, replacement[, most]) */
static int string_gsub(lua_State *L)
{
    struct substitution job = { .subject = check_span(L, 1) };
    struct span text = check_span(L, 2);
    int type = lua_type(L, GSUB_REPLACEMENT);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)job.subject.len + 1), count = 0;
    size_t from = 0;

    luaL_argcheck(L,
                  type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TTABLE ||
                      type == LUA_TFUNCTION,
                  GSUB_REPLACEMENT, "string/function/table expected");
    compile(L, &job.pattern, text, true);
    luaL_buffinit(L, &job.result);
    while (count < most && from <= job.subject.len &&
           find(L, &job.pattern, job.subject, from, &job.match)) {
        const char *end = job.match.end;

        count++;
        append(L, &job, job.subject.data + from, job.match.start);
        append_replacement(L, &job, type);
        from = (size_t)(end - job.subject.data);
        if (end == job.match.start) {
            if (from < job.subject.len)
                luaL_addchar(&job.result, *end);
            from++;
        }
        if (job.pattern.is_anchored)
            break;
    }
    if (from < job.subject.len)
        append(L, &job, job.subject.data + from, job.subject.data + job.subject.len);
    luaL_pushresult(&job.result);
    lua_pushinteger(L, count);
    return 2;
}

void library_add_patterns(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "find", string_find },
        { "match", string_match },
        { "gmatch", string_gmatch },
        { "gsub", string_gsub },
        { NULL, NULL },
    };

    luaL_register(L, NULL, functions);
}
