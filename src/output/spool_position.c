#include "output/spool_position.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SLOTS = 2, SLOT_DISTANCE = 512 /* bytes: no two in a sector */ };

static const uint64_t most = (uint64_t)1 << 62; /* of each number */

struct slot {
    char magic[8];
    uint64_t turn;
    struct spool_position position;
    uint32_t version;
    uint32_t checksum; /* of all above */
};

static const char magic[8] = { 'l', 'a', 'u', 'd', 'i', 't', 'p', 'o' };

static uint32_t slot_checksum(const struct slot *slot)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)slot, offsetof(struct slot, checksum));
}

static bool read_slot(int fd, unsigned number, struct slot *slot)
{
    off_t place = (off_t)number * SLOT_DISTANCE;

    return pread(fd, slot, sizeof *slot, place) == (ssize_t)sizeof *slot &&
           memcmp(slot->magic, magic, sizeof magic) == 0 && slot->version == 1 &&
           slot->checksum == slot_checksum(slot) && slot->turn < most &&
           slot->turn % SLOTS == number && slot->position.handed < most &&
           slot->position.acknowledged <= slot->position.handed;
}

/* Returns how many slots can be believed. */
static unsigned read_slots(struct spool_position_file *file, struct spool_position *position)
{
    unsigned good = 0;

    for (unsigned i = 0; i < SLOTS; i++) {
        struct slot slot;

        if (!read_slot(file->fd, i, &slot))
            continue;
        if (good++ > 0 && slot.turn < file->turn)
            continue;
        file->turn = slot.turn;
        *position = slot.position;
    }
    return good;
}

int spool_position_open(struct spool_position_file *file, int folder,
                        struct spool_position *position, bool *is_known, struct error *err)
{
    enum { HOW = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };
    struct stat status;
    int fd = openat(folder, "position", HOW, 0600);

    if (fd < 0)
        return error_set(err, -errno, "position: %s", strerror(errno));
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return error_set(err, -EINVAL, "position: it is no file");
    }
    *file = (struct spool_position_file){ .fd = fd };
    *position = (struct spool_position){ 0 };
    *is_known = read_slots(file, position) == SLOTS;
    return 0;
}

int spool_position_write(struct spool_position_file *file, const struct spool_position *position)
{
    struct slot slot;
    uint64_t turn = file->turn + 1;

    memset(&slot, 0, sizeof slot);
    memcpy(slot.magic, magic, sizeof magic);
    slot.turn = turn;
    slot.position = *position;
    slot.version = 1;
    slot.checksum = slot_checksum(&slot);

    ssize_t written = pwrite(file->fd, &slot, sizeof slot, (off_t)(turn % SLOTS) * SLOT_DISTANCE);

    if (written != (ssize_t)sizeof slot)
        return written < 0 ? -errno : -EIO;
    file->turn = turn;
    return 0;
}

int spool_position_sync(struct spool_position_file *file)
{
    return fdatasync(file->fd) == 0 ? 0 : -errno;
}

void spool_position_close(struct spool_position_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
