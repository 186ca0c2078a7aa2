#include "tables/syscalls.h"

#include <linux/audit.h>

#include "base/nearest.h"

/* The columns of syscalls.inc. */
enum column { X86_64, I386, X32, AARCH64, ARM, PPC64LE, PPC, S390X, S390, RISCV64, COLUMN_COUNT };

struct call {
    struct span name;
    int16_t numbers[COLUMN_COUNT]; /* without x32's bit; negative: the architecture lacks it */
};

#define SYSCALL(name, ...) { { name, sizeof(name) - 1 }, { __VA_ARGS__ } },
static const struct call calls[] = {
#include "tables/syscalls.inc"
};
#undef SYSCALL

#include "tables/syscalls_lookup.inc"

/* What libaudit, and so audit rules, call some calls. */
static const struct {
    const char *libaudit;
    const char *kernel;
} spellings[] = {
    { "fadvise64_64", "arm_fadvise64_64" },
    { "fstatat64", "newfstatat" },
    { "getdents", "getdents64" },
    { "llseek", "_llseek" },
    { "newfstat", "fstat" },
    { "newselect", "_newselect" },
    { "perf_counter_open", "perf_event_open" },
    { "pread", "pread64" },
    { "pwrite", "pwrite64" },
    { "sched_rr_get_interval64", "sched_rr_get_interval_time64" },
    { "sync_file_range", "arm_sync_file_range" },
    { "sys_kexec_load", "kexec_load" },
    { "sysctl", "_sysctl" },
    { "timerfd", "timerfd_create" },
};

enum { CALL_COUNT = sizeof calls / sizeof calls[0] };

#define ROWS(array) (array), sizeof(array) / sizeof(array)[0]
static const struct {
    const uint16_t *rows; /* by number, counted from 1 */
    size_t count;
} columns[COLUMN_COUNT] = {
    [X86_64] = { ROWS(x86_64_rows) }, [I386] = { ROWS(i386_rows) },
    [X32] = { ROWS(x32_rows) },       [AARCH64] = { ROWS(aarch64_rows) },
    [ARM] = { ROWS(arm_rows) },       [PPC64LE] = { ROWS(ppc64le_rows) },
    [PPC] = { ROWS(ppc_rows) },       [S390X] = { ROWS(s390x_rows) },
    [S390] = { ROWS(s390_rows) },     [RISCV64] = { ROWS(riscv64_rows) },
};
#undef ROWS

/* False when the calls of `arch` are not known. */
static bool column_of(uint32_t arch, enum column *column)
{
    switch (arch) {
    case AUDIT_ARCH_X86_64:
        *column = X86_64;
        return true;
    case AUDIT_ARCH_I386:
        *column = I386;
        return true;
    case AUDIT_ARCH_AARCH64:
        *column = AARCH64;
        return true;
    case AUDIT_ARCH_ARM:
    case AUDIT_ARCH_ARMEB:
        *column = ARM;
        return true;
    case AUDIT_ARCH_PPC64LE:
    case AUDIT_ARCH_PPC64:
        *column = PPC64LE;
        return true;
    case AUDIT_ARCH_PPC:
        *column = PPC;
        return true;
    case AUDIT_ARCH_S390X:
        *column = S390X;
        return true;
    case AUDIT_ARCH_S390:
        *column = S390;
        return true;
    case AUDIT_ARCH_RISCV64:
        *column = RISCV64;
        return true;
    default:
        return false;
    }
}

struct span syscall_name(uint32_t arch, uint32_t number)
{
    const struct span none = { NULL, 0 };
    enum column column;

    if (!column_of(arch, &column))
        return none;
    if (column == X86_64 && (number & X32_SYSCALL_BIT) != 0) {
        column = X32;
        number &= ~(uint32_t)X32_SYSCALL_BIT;
    }
    if (number >= columns[column].count)
        return none;

    uint16_t row = columns[column].rows[number];

    return row > 0 ? calls[row - 1].name : none;
}

static const struct call *call_called(struct span name)
{
    size_t first = 0, last = CALL_COUNT;

    while (first < last) {
        size_t middle = first + (last - first) / 2;
        int order = span_compare(name, calls[middle].name);

        if (order == 0)
            return &calls[middle];
        if (order < 0)
            last = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

/* The number of `name` in a column; negative when it has none. */
static int number_on(enum column column, struct span name)
{
    const struct call *call = call_called(name);

    return call != NULL ? call->numbers[column] : -1;
}

/* The kernel's name of a call that libaudit spells differently. */
static struct span kernel_name(struct span name)
{
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        if (span_equal(span_of(spellings[i].libaudit), name))
            return span_of(spellings[i].kernel);
    }
    return name;
}

bool syscall_find(uint32_t arch, struct span name, uint32_t *number)
{
    enum column column;

    if (!column_of(arch, &column))
        return false;

    int found = number_on(column, name);

    if (found < 0)
        found = number_on(column, kernel_name(name));
    if (found < 0 && column == X86_64) {
        found = number_on(X32, name);
        if (found >= 0)
            found |= X32_SYSCALL_BIT;
    }
    if (found < 0)
        return false;
    *number = (uint32_t)found;
    return true;
}

static struct span name_of(const void *context, size_t row)
{
    (void)context;
    return calls[row].name;
}

struct span syscall_nearest(struct span name)
{
    return nearest_name(name, name_of, NULL, CALL_COUNT);
}
