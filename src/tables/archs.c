#include "tables/archs.h"

#include <linux/audit.h>

#include "base/names.h"

#define ARCH(name, value) { name, value },
static const struct name archs[] = {
#include "tables/archs.inc"
};
#undef ARCH

/* What uname calls machines of these architectures. */
static const struct name machines[] = {
    { "i486", AUDIT_ARCH_I386 },     { "i586", AUDIT_ARCH_I386 },      { "i686", AUDIT_ARCH_I386 },
    { "armv5tejl", AUDIT_ARCH_ARM }, { "armv5tel", AUDIT_ARCH_ARM },   { "armv6l", AUDIT_ARCH_ARM },
    { "armv7l", AUDIT_ARCH_ARM },    { "armv8l", AUDIT_ARCH_AARCH64 },
};

struct span arch_name(uint32_t arch)
{
    struct span name = { NULL, 0 };

    names_text(NAMES(archs), arch, &name);
    return name;
}

bool arch_find(struct span name, uint32_t *arch)
{
    return names_number(NAMES(archs), name, arch) || names_number(NAMES(machines), name, arch);
}

uint32_t arch_of_host(void)
{
#if defined(__x86_64__)
    return AUDIT_ARCH_X86_64;
#elif defined(__i386__)
    return AUDIT_ARCH_I386;
#elif defined(__aarch64__)
    return AUDIT_ARCH_AARCH64;
#elif defined(__arm__)
    return AUDIT_ARCH_ARM;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
    return AUDIT_ARCH_PPC64LE;
#elif defined(__s390x__)
    return AUDIT_ARCH_S390X;
#elif defined(__riscv) && __riscv_xlen == 64
    return AUDIT_ARCH_RISCV64;
#else
#error "this architecture's AUDIT_ARCH_* value is not known here"
#endif
}

void arch_each(void (*visit)(void *context, uint32_t arch, struct span name), void *context)
{
    for (size_t i = 0; i < sizeof archs / sizeof archs[0]; i++)
        visit(context, archs[i].number, span_of(archs[i].text));
}
