#include "engine.h"

#include "push.h"
#include "rules/import.h"
#include "rules/json.h"
#include "rules/reader.h"
#include "rules/rulebook.h"
#include "rules/twins.h"
#include "rules/wire.h"

static const char *const verbs[] = {
    [VERB_ADD] = "add",
    [VERB_PREPEND] = "prepend",
    [VERB_DELETE] = "delete",
    [VERB_DELETE_ALL] = "delete_all",
    [VERB_ENABLED] = "enabled",
    [VERB_FAILURE] = "failure",
    [VERB_RATE_LIMIT] = "rate_limit",
    [VERB_BACKLOG_LIMIT] = "backlog_limit",
    [VERB_BACKLOG_WAIT_TIME] = "backlog_wait_time",
    [VERB_LOGINUID_IMMUTABLE] = "loginuid_immutable",
    [VERB_CONTINUE] = "continue",
    [VERB_IGNORE] = "ignore",
    [VERB_STATUS] = "status",
    [VERB_LIST] = "list",
    [VERB_READ_FILE] = "read_file",
    [VERB_RESET_LOST] = "reset_lost",
    [VERB_RESET_WAIT_TIME_ACTUAL] = "reset_wait_time_actual",
    [VERB_SIGNAL] = "signal",
    [VERB_EQUIVALENT] = "equivalent",
    [VERB_TRIM] = "trim",
    [VERB_MESSAGE] = "message",
};

static void push_calls(lua_State *L, const struct rule *rule)
{
    int count = 0;

    if (rule_has_all_calls(rule)) {
        lua_pushliteral(L, "all");
        return;
    }
    lua_newtable(L); /* [calls] */
    for (uint32_t number = 0; number < RULE_CALLS; number++) {
        if (rule_has_call(rule, number)) {
            lua_pushnumber(L, number);
            lua_rawseti(L, -2, ++count);
        }
    }
}

static void push_rule(lua_State *L, const struct rule *rule)
{
    lua_newtable(L); /* [rule] */
    set_number(L, "list", rule->list);
    set_number(L, "action", rule->action);
    push_calls(L, rule);
    lua_setfield(L, -2, "calls");
    lua_newtable(L); /* [rule, fields] */
    for (uint32_t i = 0; i < rule->field_count; i++) {
        const struct rule_field *field = &rule->fields[i];

        lua_newtable(L); /* [rule, fields, field] */
        set_number(L, "field", field->field);
        set_number(L, "op", field->op);
        set_number(L, "value", field->value);
        if (field->text.data != NULL)
            set_span(L, "text", field->text);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, "fields");
}

static void push_commands(lua_State *L, const struct rule_commands *commands)
{
    lua_newtable(L); /* [list] */
    for (size_t i = 0; i < commands->count; i++) {
        const struct rule_command *command = &commands->items[i];

        lua_newtable(L); /* [list, command] */
        lua_pushstring(L, verbs[command->verb]);
        lua_setfield(L, -2, "verb");
        set_number(L, "number", command->number);
        set_number(L, "line", command->origin.line);
        set_span(L, "file", command->origin.file);
        if (command->text.data != NULL)
            set_span(L, "text", command->text);
        if (command->rule != NULL) {
            push_rule(L, command->rule);
            lua_setfield(L, -2, "rule");
        }
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_mistakes(lua_State *L, const struct mistakes *mistakes)
{
    lua_newtable(L); /* [list] */
    for (unsigned i = 0; i < mistakes->count; i++) {
        lua_pushstring(L, mistakes->sentences[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static bool find_alice(void *context, struct span name, uint32_t *id)
{
    *id = 1000;
    return context != NULL && span_equal(name, SPAN("alice"));
}

static bool find_staff(void *context, struct span name, uint32_t *id)
{
    *id = 50;
    return context != NULL && span_equal(name, SPAN("staff"));
}

/* A number of the table at `index`; `missing` when it has none. */
static uint32_t option(lua_State *L, int index, const char *name, uint32_t missing)
{
    lua_getfield(L, index, name);

    uint32_t number = lua_isnumber(L, -1) ? (uint32_t)lua_tonumber(L, -1) : missing;

    lua_pop(L, 1);
    return number;
}

/* The options {arch=, features=, checks_paths=, narrows_perm=, knows=} at `index`; with `knows`
 * alice is user 1000 and staff group 50, and nobody else is known. */
static struct rule_world check_world(lua_State *L, int index)
{
    struct rule_world world = { .features = RULE_FEATURES_ALL };

    if (lua_istable(L, index)) {
        world.arch = option(L, index, "arch", 0);
        world.features = option(L, index, "features", RULE_FEATURES_ALL);
        lua_getfield(L, index, "checks_paths");
        world.checks_paths = lua_toboolean(L, -1);
        lua_getfield(L, index, "narrows_perm");
        world.narrows_perm = lua_toboolean(L, -1);
        lua_getfield(L, index, "knows");
        if (lua_toboolean(L, -1)) {
            world.find_user = find_alice;
            world.find_group = find_staff;
            world.context = L;
        }
        lua_pop(L, 3);
    }
    return world;
}

typedef void read_function(struct rule_commands *, struct span text, const char *file,
                           const struct rule_world *, struct mistakes *, struct mistakes *notes);

/* (text, file, options) -> commands, mistakes, notes */
static int read_with(lua_State *L, read_function *read)
{
    struct span text = check_span(L, 1);
    const char *file = luaL_optstring(L, 2, "test.rules");
    struct rule_world world = check_world(L, 3);
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct rule_commands commands;

    rule_commands_init(&commands);
    read(&commands, text, file, &world, &mistakes, &notes);
    push_commands(L, &commands);
    push_mistakes(L, &mistakes);
    push_mistakes(L, &notes);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    rule_commands_free(&commands);
    return 3;
}

/* twins(text, options) -> the notes of rule_set_note_twins */
static int rules_twins(lua_State *L)
{
    struct span text = check_span(L, 1);
    struct rule_world world = check_world(L, 2);
    struct mistakes mistakes = { 0 }, others = { 0 }, notes = { 0 };
    struct rulebook book;

    rulebook_init(&book);
    rulebook_add_text(&book, text, SPAN("test.rules"), 1, &world, &mistakes, &others);
    rule_set_note_twins(&book.set, world.arch, &notes);
    push_mistakes(L, &notes);
    mistakes_free(&mistakes);
    mistakes_free(&others);
    mistakes_free(&notes);
    rulebook_free(&book);
    return 1;
}

static void read_lines(struct rule_commands *commands, struct span text, const char *file,
                       const struct rule_world *world, struct mistakes *mistakes,
                       struct mistakes *notes)
{
    rules_read_text(commands, text, file, 1, world, mistakes, notes);
}

static int rules_text(lua_State *L)
{
    return read_with(L, read_lines);
}

static int rules_json(lua_State *L)
{
    return read_with(L, rules_read_json);
}

static int rules_of_others(lua_State *L)
{
    return read_with(L, rules_import);
}

/* import_text(text, file, arch): the file of ours that it becomes */
static int rules_import_text(lua_State *L)
{
    struct rule_world world = { .arch = (uint32_t)luaL_optnumber(L, 3, 0),
                                .features = RULE_FEATURES_ALL };
    struct rule_writing writing = { .arch = world.arch, .marks_directories = true };
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct rule_commands commands;
    struct buffer text = { 0 };

    rule_commands_init(&commands);
    rules_import(&commands, check_span(L, 1), luaL_optstring(L, 2, "x"), &world, &mistakes, &notes);
    rules_import_write(&commands, &writing, &text);
    lua_pushlstring(L, text.len > 0 ? text.data : "", text.len);
    push_mistakes(L, &mistakes);
    push_mistakes(L, &notes);
    buffer_free(&text);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    rule_commands_free(&commands);
    return 3;
}

/* Reads the words of the list at 1 in the world of the options at 2. */
static int read_words(lua_State *L, struct rule_commands *commands, struct mistakes *notes,
                      struct error *err)
{
    struct span words[512];
    struct rule_world world = check_world(L, 2);
    size_t count = lua_objlen(L, 1);

    luaL_argcheck(L, count <= 512, 1, "too many words");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (int)i + 1);
        words[i] = check_span(L, -1);
        lua_pop(L, 1); /* the list keeps it alive */
    }
    rule_commands_init(commands);
    return rules_read_words(commands, words, count, (struct rule_origin){ { NULL, 0 }, 0 }, &world,
                            notes, err);
}

static const struct rule_command *find_rule(const struct rule_commands *commands)
{
    for (size_t i = 0; i < commands->count; i++)
        if (commands->items[i].rule != NULL)
            return &commands->items[i];
    return NULL;
}

/* compile(list, options) -> verb, payload of its rule; "none" without a rule; or nil, sentence */
static int rules_compile(lua_State *L)
{
    struct mistakes notes = { 0 };
    struct rule_commands commands;
    struct error err;
    struct buffer payload = { 0 };
    int status = read_words(L, &commands, &notes, &err), results = 2;
    const struct rule_command *found = find_rule(&commands);

    if (status != 0) {
        lua_pushnil(L);
        lua_pushstring(L, err.text);
    } else if (found == NULL) {
        lua_pushliteral(L, "none");
        results = 1;
    } else {
        rule_encode(found->rule, found->verb == VERB_PREPEND, &payload);
        lua_pushstring(L, verbs[found->verb]);
        lua_pushlstring(L, payload.data, payload.len);
    }
    buffer_free(&payload);
    mistakes_free(&notes);
    rule_commands_free(&commands);
    return results;
}

/* read_words(list, options) -> commands, notes; or nil, sentence */
static int rules_words(lua_State *L)
{
    struct mistakes notes = { 0 };
    struct rule_commands commands;
    struct error err;
    int status = read_words(L, &commands, &notes, &err);

    if (status == 0)
        push_commands(L, &commands);
    else
        lua_pushnil(L);
    if (status == 0)
        push_mistakes(L, &notes);
    else
        lua_pushstring(L, err.text);
    mistakes_free(&notes);
    rule_commands_free(&commands);
    return 2;
}

void engine_rules_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "read_text", rules_text },
        { "read_json", rules_json },
        { "read_words", rules_words },
        { "import", rules_of_others },
        { "import_text", rules_import_text },
        { "compile", rules_compile },
        { "twins", rules_twins },
        { NULL, NULL },
    };

    lua_newtable(L);
    luaL_register(L, NULL, functions);
}
