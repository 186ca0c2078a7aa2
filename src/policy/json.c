#include "policy/json.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "policy/vm.h"

enum {
    NUMBER_ROOM = 32,     /* bytes of a number's text */
    INTEGER_MOST_EXP = 53 /* below 2^53 a double holds every integer */
};

/* A key of a table, ready to be sorted. */
struct key {
    struct span text;
    char digits[NUMBER_ROOM]; /* a numeric key's text */
    lua_Number number;
    bool is_number, is_ascii;
};

static void json_byte(struct buffer *out, uint8_t byte)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof short_forms; i += 2) {
        if ((uint8_t)short_forms[i] == byte) {
            buffer_byte(out, '\\');
            buffer_byte(out, short_forms[i + 1]);
            return;
        }
    }
    if (byte < 0x20 || byte == 0x7F)
        buffer_printf(out, "\\u%04x", byte);
    else
        buffer_byte(out, (char)byte);
}

/* Appends "text" with quotes and escapes; what is not UTF-8 becomes U+FFFD. */
static void write_string(struct buffer *out, struct span text)
{
    buffer_byte(out, '"');
    while (text.len > 0) {
        size_t len = utf8_len(text);

        if (len == 1)
            json_byte(out, (uint8_t)*text.data);
        else if (len > 1)
            buffer_append(out, (struct span){ text.data, len });
        else
            buffer_append(out, SPAN("\xEF\xBF\xBD"));
        text = span_skip(text, len > 0 ? len : 1);
    }
    buffer_byte(out, '"');
}

/* The shortest text that reads back as the same number. */
static int number_text(char out[NUMBER_ROOM], lua_Number number)
{
    int len = 0;

    if (number == floor(number) && fabs(number) < ldexp(1, INTEGER_MOST_EXP))
        return snprintf(out, NUMBER_ROOM, "%.0f", number == 0 ? 0.0 : number);
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(out, NUMBER_ROOM, "%.*g", digits, number);
        if (strtod(out, NULL) == number)
            break;
    }
    return len;
}

static void write_value(lua_State *L, int index, struct buffer *out, size_t most, int depth);

static void write_number(lua_State *L, int index, struct buffer *out)
{
    lua_Number number = lua_tonumber(L, index);
    char text[NUMBER_ROOM];

    if (!isfinite(number))
        luaL_error(L, "JSON has no text for the number %s", isnan(number) ? "nan" : "inf");

    int len = number_text(text, number);

    buffer_append(out, (struct span){ text, (size_t)len });
}

/* True for a table with the keys 1 to n and no other, n > 0. */
static bool is_list(lua_State *L, int index)
{
    size_t count = 0, last = lua_objlen(L, index);

    if (last == 0)
        return false;
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) { /* [key, value] */
        vm_charge(L, 1);
        if (lua_type(L, -2) != LUA_TNUMBER || ++count > last) {
            lua_pop(L, 2);
            return false;
        }
    }
    return count == last;
}

static void write_list(lua_State *L, int index, struct buffer *out, size_t most, int depth)
{
    int count = (int)lua_objlen(L, index);

    buffer_byte(out, '[');
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            buffer_byte(out, ',');
        lua_rawgeti(L, index, i); /* [item] */
        write_value(L, lua_gettop(L), out, most, depth + 1);
        lua_pop(L, 1);
    }
    buffer_byte(out, ']');
}

/* Cuts one character off `text`, as write_string writes it. */
static struct span next_written(struct span *text)
{
    size_t len = utf8_len(*text);
    struct span written = len > 0 ? (struct span){ text->data, len } : SPAN("\xEF\xBF\xBD");

    *text = span_skip(*text, len > 0 ? len : 1);
    return written;
}

/* The bytes that both begin with, without what may be part of a character that differs. */
static size_t same_start(struct span a, struct span b)
{
    enum { BEFORE_LAST = 3 /* bytes of a character */ };
    size_t same = 0;

    while (same < a.len && same < b.len && a.data[same] == b.data[same])
        same++;
    return same > BEFORE_LAST ? same - BEFORE_LAST : 0;
}

/* By what is written, so that two keys that become the same stand side by side. */
static int compare_written(struct span a, struct span b)
{
    size_t same = same_start(a, b);
    int order = 0;

    a = span_skip(a, same);
    b = span_skip(b, same);
    while (a.len > 0 && b.len > 0 && order == 0)
        order = span_compare(next_written(&a), next_written(&b));
    return order != 0 ? order : (a.len > 0) - (b.len > 0);
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *left = a, *right = b;

    if (left->is_ascii && right->is_ascii)
        return span_compare(left->text, right->text);
    return compare_written(left->text, right->text);
}

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    }
    return true;
}

static void read_key(lua_State *L, struct key *key)
{
    key->is_number = lua_type(L, -1) == LUA_TNUMBER;
    if (key->is_number) {
        key->number = lua_tonumber(L, -1);
        key->text.len = (size_t)number_text(key->digits, key->number);
        key->text.data = NULL; /* digits, which move when keys are sorted */
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        key->text.data = lua_tolstring(L, -1, &key->text.len);
    } else {
        luaL_error(L, "JSON keys are strings, this one is a %s", luaL_typename(L, -1));
    }
    key->is_ascii = key->is_number || is_ascii(key->text);
}

/* [] -> [keys], sorted by their text; the strings belong to the table at `index`. */
static struct key *push_keys(lua_State *L, int index, size_t *count)
{
    size_t n = 0;

    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) /* [key, value] */
        n++;
    vm_charge(L, n * 8);

    struct key *keys = lua_newuserdata(L, (n + 1) * 2 * sizeof *keys); /* [keys] */
    struct key *unsorted = keys + n;

    *count = 0;
    for (lua_pushnil(L); lua_next(L, index) != 0;) { /* [keys, key, value] */
        lua_pop(L, 1);                               /* [keys, key] */
        read_key(L, &unsorted[(*count)++]);
    }
    for (size_t i = 0; i < n; i++) {
        keys[i] = unsorted[i];
        if (keys[i].is_number)
            keys[i].text.data = unsorted[i].digits;
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 1; i < n; i++) {
        if (compare_keys(&keys[i - 1], &keys[i]) == 0)
            luaL_error(L, "two keys of a table are the same in JSON: 1 and '1', or no UTF-8");
    }
    return keys;
}

static void write_object(lua_State *L, int index, struct buffer *out, size_t most, int depth)
{
    size_t count;
    const struct key *keys = push_keys(L, index, &count); /* [keys] */

    buffer_byte(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_byte(out, ',');
        write_string(out, keys[i].text);
        buffer_byte(out, ':');
        if (keys[i].is_number)
            lua_pushnumber(L, keys[i].number);
        else
            lua_pushlstring(L, keys[i].text.data, keys[i].text.len); /* [keys, key] */
        lua_rawget(L, index);                                        /* [keys, value] */
        write_value(L, lua_gettop(L), out, most, depth + 1);
        lua_pop(L, 1);
    }
    buffer_byte(out, '}');
    lua_pop(L, 1);
}

static void write_table(lua_State *L, int index, struct buffer *out, size_t most, int depth)
{
    if (depth == JSON_DEPTH_MOST)
        luaL_error(L, "JSON would be nested more than %d deep", JSON_DEPTH_MOST);
    luaL_checkstack(L, 8, "JSON nested too deeply");
    if (is_list(L, index))
        write_list(L, index, out, most, depth);
    else
        write_object(L, index, out, most, depth);
}

static void write_text(lua_State *L, int index, struct buffer *out, size_t most)
{
    struct span text;

    text.data = lua_tolstring(L, index, &text.len);
    vm_charge_bytes(L, text.len);
    if (text.len <= most)
        write_string(out, text);
    else
        luaL_error(L, "JSON would be longer than %d bytes", (int)most);
}

static void write_value(lua_State *L, int index, struct buffer *out, size_t most, int depth)
{
    vm_charge(L, 1);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        buffer_append(out, SPAN("null"));
        break;
    case LUA_TBOOLEAN:
        buffer_append(out, lua_toboolean(L, index) ? SPAN("true") : SPAN("false"));
        break;
    case LUA_TNUMBER:
        write_number(L, index, out);
        break;
    case LUA_TSTRING:
        write_text(L, index, out, most);
        break;
    case LUA_TTABLE:
        write_table(L, index, out, most, depth);
        break;
    default:
        if (lua_touserdata(L, index) != NULL || !lua_islightuserdata(L, index)) /* cjson.null */
            luaL_error(L, "JSON cannot hold a %s", luaL_typename(L, index));
        buffer_append(out, SPAN("null"));
    }
    if (out->len > most)
        luaL_error(L, "JSON would be longer than %d bytes", (int)most);
}

struct span json_write(lua_State *L, int index, size_t most)
{
    struct buffer *out = &vm_of(L)->scratch;

    buffer_clear(out);
    write_value(L, index, out, most, 0);
    return buffer_span(out);
}
