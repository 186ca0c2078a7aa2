#include "interpret/names.h"

#include "base/names.h"

struct span seccomp_action_name(uint32_t code)
{
    static const struct name actions[] = {
        { "kill-process", 0x80000000 }, { "kill-thread", 0x00000000 }, { "trap", 0x00030000 },
        { "errno", 0x00050000 },        { "user-notif", 0x7fc00000 },  { "trace", 0x7ff00000 },
        { "log", 0x7ffc0000 },          { "allow", 0x7fff0000 },
    };
    struct span name = { NULL, 0 };

    names_text(NAMES(actions), code & 0xFFFF0000, &name);
    return name;
}
