/*
 * compat.c - 32-bit system calls: another architecture token, other numbers, socketcall.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { I386_OPEN = 5, I386_CLOSE = 6, I386_UNLINK = 10, I386_SOCKETCALL = 102, I386_SOCKET = 359 };
enum { SOCKETCALL_CONNECT = 3 };

static long call(long number, long first, long second, long third)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static void connect_by_socketcall(struct mix *mix)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53) };
    long fd = call(I386_SOCKET, AF_INET, SOCK_DGRAM, 0);
    uint32_t low = (uint32_t)(uintptr_t)mix->low;
    uint32_t arguments[3] = { (uint32_t)fd, low, sizeof address };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(mix->low, &address, sizeof address);
    memcpy(mix->low + 64, arguments, sizeof arguments);
    call(I386_SOCKETCALL, SOCKETCALL_CONNECT, low + 64, 0);
    if (fd >= 0)
        close((int)fd);
}

void act_compat(struct mix *mix)
{
    char path[MIX_PATH];
    long low = (long)(uintptr_t)mix->low;

    switch (draw(mix, 3)) {
    case 0:
        strcpy(mix->low, "/etc/shadow");
        call(I386_CLOSE, call(I386_OPEN, low, 0, 0), 0, 0);
        break;
    case 1:
        strcpy(mix->low, draw_path(mix, path));
        call(I386_UNLINK, low, 0, 0);
        break;
    default:
        connect_by_socketcall(mix);
    }
}
