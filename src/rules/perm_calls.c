#include "rules/perm_calls.h"

#include "tables/flags.h"
#include "tables/syscalls.h"

enum { R = PERM_READ, W = PERM_WRITE, X = PERM_EXEC, A = PERM_ATTR };

/* Calls up to Linux 6.13; those that open are matched by their flags. */
static const struct {
    const char *name;
    uint32_t perm;
} calls[] = {
    { "acct", W },          { "bind", W },         { "chmod", A },
    { "chown", A },         { "chown32", A },      { "creat", W },
    { "execve", X },        { "execveat", X },     { "fallocate", W },
    { "fchmod", A },        { "fchmodat", A },     { "fchmodat2", A },
    { "fchown", A },        { "fchown32", A },     { "fchownat", A },
    { "fgetxattr", R },     { "flistxattr", R },   { "fremovexattr", A },
    { "fsetxattr", A },     { "ftruncate", W },    { "ftruncate64", W },
    { "getxattr", R },      { "getxattrat", R },   { "lchown", A },
    { "lchown32", A },      { "lgetxattr", R },    { "link", W | A },
    { "linkat", W | A },    { "listxattr", R },    { "listxattrat", R },
    { "llistxattr", R },    { "lremovexattr", A }, { "lsetxattr", A },
    { "mkdir", W },         { "mkdirat", W },      { "mknod", W },
    { "mknodat", W },       { "open", R | W },     { "openat", R | W },
    { "openat2", R | W },   { "quotactl", R | W }, { "quotactl_fd", R | W },
    { "readlink", R },      { "readlinkat", R },   { "removexattr", A },
    { "removexattrat", A }, { "rename", W },       { "renameat", W },
    { "renameat2", W },     { "rmdir", W },        { "setxattr", A },
    { "setxattrat", A },    { "socketcall", W },   { "swapon", W },
    { "symlink", W },       { "symlinkat", W },    { "truncate", W },
    { "truncate64", W },    { "unlink", W },       { "unlinkat", W },
};

bool perm_calls_add(struct rule *rule, uint32_t arch, uint32_t perm)
{
    bool has_any = false;

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        uint32_t number;

        if ((calls[i].perm & perm) == 0 || !syscall_find(arch, span_of(calls[i].name), &number) ||
            number >= RULE_CALLS)
            continue;
        rule_add_call(rule, number);
        has_any = true;
    }
    return has_any;
}
