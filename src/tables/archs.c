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

#define ARCH(name, value)                                                                          \
    case value:                                                                                    \
        return SPAN(name);
struct span arch_name(uint32_t arch)
{
    switch (arch) {
#include "tables/archs.inc"
    default:
        return (struct span){ NULL, 0 };
    }
}
#undef ARCH

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

bool arch_of_bits(uint32_t host, unsigned bits, uint32_t *arch)
{
    static const struct {
        uint32_t wide, narrow;
    } siblings[] = {
        { AUDIT_ARCH_X86_64, AUDIT_ARCH_I386 },     { AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM },
        { AUDIT_ARCH_PPC64, AUDIT_ARCH_PPC },       { AUDIT_ARCH_S390X, AUDIT_ARCH_S390 },
        { AUDIT_ARCH_MIPS64, AUDIT_ARCH_MIPS },     { AUDIT_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL },
        { AUDIT_ARCH_SPARC64, AUDIT_ARCH_SPARC },   { AUDIT_ARCH_PARISC64, AUDIT_ARCH_PARISC },
        { AUDIT_ARCH_RISCV64, AUDIT_ARCH_RISCV32 },
    };
    bool is_wide = (host & __AUDIT_ARCH_64BIT) != 0;

    if (is_wide == (bits == 64)) {
        *arch = host;
        return true;
    }
    for (size_t i = 0; is_wide && i < sizeof siblings / sizeof siblings[0]; i++) {
        if (siblings[i].wide == host) {
            *arch = siblings[i].narrow;
            return true;
        }
    }
    return false;
}

void arch_each(void (*visit)(void *context, uint32_t arch, struct span name), void *context)
{
    for (size_t i = 0; i < sizeof archs / sizeof archs[0]; i++)
        visit(context, archs[i].number, span_of(archs[i].text));
}
