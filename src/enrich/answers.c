#include "enrich/answers.h"

#include <stdlib.h>

#include "enrich/names_file.h"

enum { SETS = 512, WAYS = 4 };

struct entry {
    uint64_t expires_ms;
    char *name; /* NAME only */
    uint32_t name_len;
    uint32_t id;
    uint8_t is_group, answer;
};

struct answers {
    struct entry sets[SETS][WAYS];
    unsigned turn; /* which way makes room next */
};

struct answers *answers_new(void)
{
    struct answers *answers = calloc(1, sizeof *answers);

    if (answers == NULL)
        abort();
    return answers;
}

void answers_free(struct answers *answers)
{
    if (answers == NULL)
        return;
    for (size_t set = 0; set < SETS; set++) {
        for (size_t way = 0; way < WAYS; way++)
            free(answers->sets[set][way].name);
    }
    free(answers);
}

static size_t set_of(bool is_group, uint32_t id)
{
    return ((id + is_group) * 2654435761u >> 16) % SETS;
}

enum answer answers_find(const struct answers *answers, bool is_group, uint32_t id, uint64_t now_ms,
                         struct span *name)
{
    const struct entry *set = answers->sets[set_of(is_group, id)];

    for (size_t way = 0; way < WAYS; way++) {
        const struct entry *entry = &set[way];

        if (entry->answer == ANSWER_MISSING || entry->id != id || entry->is_group != is_group)
            continue;
        if (entry->expires_ms <= now_ms)
            return ANSWER_MISSING;
        *name = (struct span){ entry->name, entry->name_len };
        return entry->answer;
    }
    return ANSWER_MISSING;
}

/* The entry of `id`, else an empty one, else the one whose turn it is. */
static struct entry *place_for(struct answers *answers, bool is_group, uint32_t id)
{
    struct entry *set = answers->sets[set_of(is_group, id)], *empty = NULL;

    for (size_t way = 0; way < WAYS; way++) {
        if (set[way].answer == ANSWER_MISSING)
            empty = &set[way];
        else if (set[way].id == id && set[way].is_group == is_group)
            return &set[way];
    }
    return empty != NULL ? empty : &set[answers->turn++ % WAYS];
}

void answers_put(struct answers *answers, bool is_group, uint32_t id, enum answer answer,
                 struct span name, uint64_t expires_ms)
{
    struct entry *entry = place_for(answers, is_group, id);

    free(entry->name);
    *entry = (struct entry){
        .id = id, .is_group = is_group, .answer = (uint8_t)answer, .expires_ms = expires_ms
    };
    if (answer != ANSWER_NAME)
        return;
    if (name.len > NAME_MOST)
        name.len = NAME_MOST;
    entry->name = malloc(name.len + 1);
    if (entry->name == NULL)
        abort();
    memcpy(entry->name, name.data, name.len);
    entry->name_len = (uint32_t)name.len;
}
