#include "enrich/nss.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

enum {
    ROOM_FIRST = 4096,   /* bytes for one entry of passwd or group */
    ROOM_MOST = 16 << 20 /* a group may have very many members */
};

/* One question; the answer's strings lie in `room`. */
struct question {
    bool is_group;
    const char *name; /* NULL to ask for `id` */
    uint32_t id;
    struct passwd user;
    struct group group;
};

static int ask(struct question *question, char *room, size_t size, bool *found)
{
    struct passwd *user = NULL;
    struct group *group = NULL;
    int status;

    if (question->is_group && question->name != NULL)
        status = getgrnam_r(question->name, &question->group, room, size, &group);
    else if (question->is_group)
        status = getgrgid_r(question->id, &question->group, room, size, &group);
    else if (question->name != NULL)
        status = getpwnam_r(question->name, &question->user, room, size, &user);
    else
        status = getpwuid_r(question->id, &question->user, room, size, &user);
    *found = user != NULL || group != NULL;
    return status;
}

/* Asks with as much room as the answer needs; the caller frees what is returned (NULL: nobody). */
static char *ask_with_room(struct question *question)
{
    for (size_t size = ROOM_FIRST; size <= ROOM_MOST; size *= 4) {
        char *room = malloc(size);
        bool found;

        if (room == NULL)
            abort();

        int status = ask(question, room, size, &found);

        if (found)
            return room;
        free(room);
        if (status != ERANGE && status != EINTR)
            return NULL;
    }
    return NULL;
}

size_t nss_name(bool is_group, uint32_t id, char name[NAME_MOST + 1])
{
    struct question question = { .is_group = is_group, .id = id };
    char *room = ask_with_room(&question);

    if (room == NULL)
        return 0;

    const char *found = is_group ? question.group.gr_name : question.user.pw_name;
    size_t len = strnlen(found, NAME_MOST + 1);

    if (len > NAME_MOST)
        len = 0;
    memcpy(name, found, len);
    name[len] = '\0';
    free(room);
    return len;
}

bool nss_id(bool is_group, struct span name, uint32_t *id)
{
    char text[NAME_MOST + 1];
    struct question question = { .is_group = is_group, .name = text };

    if (name.len > NAME_MOST || name.len == 0 || memchr(name.data, '\0', name.len) != NULL)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';

    char *room = ask_with_room(&question);

    if (room == NULL)
        return false;
    *id = is_group ? question.group.gr_gid : question.user.pw_uid;
    free(room);
    return true;
}
