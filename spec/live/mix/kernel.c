/*
 * kernel.c - mounts, modules, message queues, IPC, BPF and the clock. What could do harm is asked
 * for wrongly.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

void act_mount(struct mix *mix)
{
    mkdir("mount", 0755);
    if (draw(mix, 3) == 0)
        mount("/dev/none", "mount", "ext4", 0, "errors=remount-ro");
    else if (mount("none", "mount", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") == 0)
        umount2("mount", MNT_DETACH);
}

void act_module(struct mix *mix)
{
    if (draw(mix, 2) == 0) {
        syscall(SYS_delete_module, "no_such_module", O_NONBLOCK);
        return;
    }
    int fd = open("/etc/passwd", O_RDONLY);
    syscall(SYS_finit_module, fd, "option=1", 0);
    close(fd);
}

static void share_memory(void)
{
    struct shmid_ds state;
    int id = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT);

    shmctl(id, IPC_STAT, &state);
    state.shm_perm.mode = 0640;
    shmctl(id, IPC_SET, &state);
    shmctl(id, IPC_RMID, NULL);
}

void act_ipc(struct mix *mix)
{
    switch (draw(mix, 3)) {
    case 0:
        share_memory();
        break;
    case 1:
        msgctl(msgget(IPC_PRIVATE, 0600), IPC_RMID, NULL);
        break;
    default:
        semctl(semget(IPC_PRIVATE, 1, 0600), 0, IPC_RMID);
    }
}

void act_queue(struct mix *mix)
{
    struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 64 };
    struct sigevent none = { .sigev_notify = SIGEV_NONE };
    char name[32], message[64];

    snprintf(name, sizeof name, "/queue%u", draw(mix, 1000));
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
    if (queue >= 0) {
        mq_notify(queue, &none);
        mq_send(queue, "hello", 5, draw(mix, 4));
        mq_getattr(queue, &attributes);
        mq_receive(queue, message, sizeof message, NULL);
        mq_close(queue);
    }
    mq_unlink(name);
}

/* r0 = 0; exit */
void act_bpf(struct mix *mix)
{
    struct bpf_insn program[] = {
        { .code = BPF_ALU64 | BPF_MOV | BPF_K },
        { .code = BPF_JMP | BPF_EXIT },
    };
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type =
        draw(mix, 2) == 0 ? BPF_PROG_TYPE_SOCKET_FILTER : BPF_PROG_TYPE_CGROUP_SKB;
    attributes.insns = (uint64_t)(uintptr_t)program;
    attributes.insn_cnt = sizeof program / sizeof program[0];
    attributes.license = (uint64_t)(uintptr_t) "GPL";
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
    if (fd >= 0)
        close(fd);
}

void act_clock(struct mix *mix)
{
    struct timex change = {
        .modes = ADJ_FREQUENCY | ADJ_OFFSET | ADJ_STATUS,
        .status = STA_PLL,
        .freq = (long)draw(mix, 100000),
        .offset = (long)draw(mix, 1000),
    };

    adjtimex(&change);
}
