#include "rules/rule_names.h"

#include <linux/audit.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <sys/stat.h>

#define NAMES_OF(array)                                                                            \
    {                                                                                              \
        (array), sizeof(array) / sizeof(array)[0]                                                  \
    }

static const struct name fields[] = {
    { "pid", AUDIT_PID },
    { "uid", AUDIT_UID },
    { "euid", AUDIT_EUID },
    { "suid", AUDIT_SUID },
    { "fsuid", AUDIT_FSUID },
    { "gid", AUDIT_GID },
    { "egid", AUDIT_EGID },
    { "sgid", AUDIT_SGID },
    { "fsgid", AUDIT_FSGID },
    { "auid", AUDIT_LOGINUID },
    { "loginuid", AUDIT_LOGINUID },
    { "pers", AUDIT_PERS },
    { "arch", AUDIT_ARCH },
    { "msgtype", AUDIT_MSGTYPE },
    { "subj_user", AUDIT_SUBJ_USER },
    { "subj_role", AUDIT_SUBJ_ROLE },
    { "subj_type", AUDIT_SUBJ_TYPE },
    { "subj_sen", AUDIT_SUBJ_SEN },
    { "subj_clr", AUDIT_SUBJ_CLR },
    { "ppid", AUDIT_PPID },
    { "obj_user", AUDIT_OBJ_USER },
    { "obj_role", AUDIT_OBJ_ROLE },
    { "obj_type", AUDIT_OBJ_TYPE },
    { "obj_lev_low", AUDIT_OBJ_LEV_LOW },
    { "obj_lev_high", AUDIT_OBJ_LEV_HIGH },
    { "sessionid", AUDIT_SESSIONID },
    { "devmajor", AUDIT_DEVMAJOR },
    { "devminor", AUDIT_DEVMINOR },
    { "inode", AUDIT_INODE },
    { "exit", AUDIT_EXIT },
    { "success", AUDIT_SUCCESS },
    { "path", AUDIT_WATCH },
    { "perm", AUDIT_PERM },
    { "dir", AUDIT_DIR },
    { "filetype", AUDIT_FILETYPE },
    { "obj_uid", AUDIT_OBJ_UID },
    { "obj_gid", AUDIT_OBJ_GID },
    { "field_compare", AUDIT_FIELD_COMPARE },
    { "exe", AUDIT_EXE },
    { "saddr_fam", AUDIT_SADDR_FAM },
    { "fstype", AUDIT_FSTYPE },
    { "a0", AUDIT_ARG0 },
    { "a1", AUDIT_ARG1 },
    { "a2", AUDIT_ARG2 },
    { "a3", AUDIT_ARG3 },
    { "key", AUDIT_FILTERKEY },
};

static const struct name operators[] = {
    { "=", AUDIT_EQUAL },        { "!=", AUDIT_NOT_EQUAL },
    { ">", AUDIT_GREATER_THAN }, { ">=", AUDIT_GREATER_THAN_OR_EQUAL },
    { "<", AUDIT_LESS_THAN },    { "<=", AUDIT_LESS_THAN_OR_EQUAL },
    { "&", AUDIT_BIT_MASK },     { "&=", AUDIT_BIT_TEST },
};

static const struct name lists[] = {
    { "task", AUDIT_FILTER_TASK },     { "exit", AUDIT_FILTER_EXIT },
    { "user", AUDIT_FILTER_USER },     { "exclude", AUDIT_FILTER_EXCLUDE },
    { "filesystem", AUDIT_FILTER_FS }, { "io_uring", AUDIT_FILTER_URING_EXIT },
};

static const struct name actions[] = { { "always", AUDIT_ALWAYS }, { "never", AUDIT_NEVER } };

static const struct name file_types[] = {
    { "file", S_IFREG },      { "dir", S_IFDIR },   { "socket", S_IFSOCK }, { "link", S_IFLNK },
    { "character", S_IFCHR }, { "block", S_IFBLK }, { "fifo", S_IFIFO },
};

static const struct name file_systems[] = {
    { "tracefs", TRACEFS_MAGIC },
    { "debugfs", DEBUGFS_MAGIC },
    { "cgroup", CGROUP_SUPER_MAGIC },
    { "cgroup2", CGROUP2_SUPER_MAGIC },
};

/* Behind sendmsg_zc: numbers of Linux 6.6 to 6.16, whose header Debian 12 does not have. */
static const struct name uring_operations[] = {
    { "nop", IORING_OP_NOP },
    { "readv", IORING_OP_READV },
    { "writev", IORING_OP_WRITEV },
    { "fsync", IORING_OP_FSYNC },
    { "read_fixed", IORING_OP_READ_FIXED },
    { "write_fixed", IORING_OP_WRITE_FIXED },
    { "poll_add", IORING_OP_POLL_ADD },
    { "poll_remove", IORING_OP_POLL_REMOVE },
    { "sync_file_range", IORING_OP_SYNC_FILE_RANGE },
    { "sendmsg", IORING_OP_SENDMSG },
    { "recvmsg", IORING_OP_RECVMSG },
    { "timeout", IORING_OP_TIMEOUT },
    { "timeout_remove", IORING_OP_TIMEOUT_REMOVE },
    { "accept", IORING_OP_ACCEPT },
    { "async_cancel", IORING_OP_ASYNC_CANCEL },
    { "link_timeout", IORING_OP_LINK_TIMEOUT },
    { "connect", IORING_OP_CONNECT },
    { "fallocate", IORING_OP_FALLOCATE },
    { "openat", IORING_OP_OPENAT },
    { "close", IORING_OP_CLOSE },
    { "files_update", IORING_OP_FILES_UPDATE },
    { "statx", IORING_OP_STATX },
    { "read", IORING_OP_READ },
    { "write", IORING_OP_WRITE },
    { "fadvise", IORING_OP_FADVISE },
    { "madvise", IORING_OP_MADVISE },
    { "send", IORING_OP_SEND },
    { "recv", IORING_OP_RECV },
    { "openat2", IORING_OP_OPENAT2 },
    { "epoll_ctl", IORING_OP_EPOLL_CTL },
    { "splice", IORING_OP_SPLICE },
    { "provide_buffers", IORING_OP_PROVIDE_BUFFERS },
    { "remove_buffers", IORING_OP_REMOVE_BUFFERS },
    { "tee", IORING_OP_TEE },
    { "shutdown", IORING_OP_SHUTDOWN },
    { "renameat", IORING_OP_RENAMEAT },
    { "unlinkat", IORING_OP_UNLINKAT },
    { "mkdirat", IORING_OP_MKDIRAT },
    { "symlinkat", IORING_OP_SYMLINKAT },
    { "linkat", IORING_OP_LINKAT },
    { "msg_ring", IORING_OP_MSG_RING },
    { "fsetxattr", IORING_OP_FSETXATTR },
    { "setxattr", IORING_OP_SETXATTR },
    { "fgetxattr", IORING_OP_FGETXATTR },
    { "getxattr", IORING_OP_GETXATTR },
    { "socket", IORING_OP_SOCKET },
    { "uring_cmd", IORING_OP_URING_CMD },
    { "send_zc", IORING_OP_SEND_ZC },
    { "sendmsg_zc", IORING_OP_SENDMSG_ZC },
    { "read_multishot", 49 },
    { "waitid", 50 },
    { "futex_wait", 51 },
    { "futex_wake", 52 },
    { "futex_waitv", 53 },
    { "fixed_fd_install", 54 },
    { "ftruncate", 55 },
    { "bind", 56 },
    { "listen", 57 },
    { "recv_zc", 58 },
    { "epoll_wait", 59 },
    { "readv_fixed", 60 },
    { "writev_fixed", 61 },
    { "pipe", 62 },
};

const struct names rule_field_names = NAMES_OF(fields);
const struct names rule_operators = NAMES_OF(operators);
const struct names rule_lists = NAMES_OF(lists);
const struct names rule_actions = NAMES_OF(actions);
const struct names rule_file_types = NAMES_OF(file_types);
const struct names rule_file_systems = NAMES_OF(file_systems);
const struct names rule_uring_operations = NAMES_OF(uring_operations);

/* AUDIT_COMPARE_* from 1 on. */
static const struct pair {
    uint16_t left, right;
} pairs[] = {
    [AUDIT_COMPARE_UID_TO_OBJ_UID] = { AUDIT_UID, AUDIT_OBJ_UID },
    [AUDIT_COMPARE_GID_TO_OBJ_GID] = { AUDIT_GID, AUDIT_OBJ_GID },
    [AUDIT_COMPARE_EUID_TO_OBJ_UID] = { AUDIT_EUID, AUDIT_OBJ_UID },
    [AUDIT_COMPARE_EGID_TO_OBJ_GID] = { AUDIT_EGID, AUDIT_OBJ_GID },
    [AUDIT_COMPARE_AUID_TO_OBJ_UID] = { AUDIT_LOGINUID, AUDIT_OBJ_UID },
    [AUDIT_COMPARE_SUID_TO_OBJ_UID] = { AUDIT_SUID, AUDIT_OBJ_UID },
    [AUDIT_COMPARE_SGID_TO_OBJ_GID] = { AUDIT_SGID, AUDIT_OBJ_GID },
    [AUDIT_COMPARE_FSUID_TO_OBJ_UID] = { AUDIT_FSUID, AUDIT_OBJ_UID },
    [AUDIT_COMPARE_FSGID_TO_OBJ_GID] = { AUDIT_FSGID, AUDIT_OBJ_GID },
    [AUDIT_COMPARE_UID_TO_AUID] = { AUDIT_UID, AUDIT_LOGINUID },
    [AUDIT_COMPARE_UID_TO_EUID] = { AUDIT_UID, AUDIT_EUID },
    [AUDIT_COMPARE_UID_TO_FSUID] = { AUDIT_UID, AUDIT_FSUID },
    [AUDIT_COMPARE_UID_TO_SUID] = { AUDIT_UID, AUDIT_SUID },
    [AUDIT_COMPARE_AUID_TO_FSUID] = { AUDIT_LOGINUID, AUDIT_FSUID },
    [AUDIT_COMPARE_AUID_TO_SUID] = { AUDIT_LOGINUID, AUDIT_SUID },
    [AUDIT_COMPARE_AUID_TO_EUID] = { AUDIT_LOGINUID, AUDIT_EUID },
    [AUDIT_COMPARE_EUID_TO_SUID] = { AUDIT_EUID, AUDIT_SUID },
    [AUDIT_COMPARE_EUID_TO_FSUID] = { AUDIT_EUID, AUDIT_FSUID },
    [AUDIT_COMPARE_SUID_TO_FSUID] = { AUDIT_SUID, AUDIT_FSUID },
    [AUDIT_COMPARE_GID_TO_EGID] = { AUDIT_GID, AUDIT_EGID },
    [AUDIT_COMPARE_GID_TO_FSGID] = { AUDIT_GID, AUDIT_FSGID },
    [AUDIT_COMPARE_GID_TO_SGID] = { AUDIT_GID, AUDIT_SGID },
    [AUDIT_COMPARE_EGID_TO_FSGID] = { AUDIT_EGID, AUDIT_FSGID },
    [AUDIT_COMPARE_EGID_TO_SGID] = { AUDIT_EGID, AUDIT_SGID },
    [AUDIT_COMPARE_SGID_TO_FSGID] = { AUDIT_SGID, AUDIT_FSGID },
};

enum { PAIRS = sizeof pairs / sizeof pairs[0] };

bool rule_pair_find(uint32_t left, uint32_t right, uint32_t *pair)
{
    for (uint32_t i = 1; i < PAIRS; i++) {
        const struct pair *known = &pairs[i];

        if ((known->left == left && known->right == right) ||
            (known->left == right && known->right == left)) {
            *pair = i;
            return true;
        }
    }
    return false;
}

bool rule_pair_fields(uint32_t pair, uint32_t *left, uint32_t *right)
{
    if (pair == 0 || pair >= PAIRS)
        return false;
    *left = pairs[pair].left;
    *right = pairs[pair].right;
    return true;
}
