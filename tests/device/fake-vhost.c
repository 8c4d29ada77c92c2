/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-vhost.c - a vhost descriptor without a kernel behind it, as strict as the kernel's. */
#include "fake-vhost.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"

#define DESC_BYTES     16
#define MAX_BYTES      4096
#define HOST_CID       2
#define BACKEND_IS_SET (v->is_running)

static struct fake_vhost vhosts[FAKE_VHOSTS];

int __real_ioctl (int fd, unsigned long request, void *argument);
int __wrap_ioctl (int fd, unsigned long request, ...);

struct fake_vhost *
fake_vhost_reset (void)
{
    for (unsigned n = 0; n < FAKE_VHOSTS; n++) {
        struct fake_vhost *v = &vhosts[n];

        *v = (struct fake_vhost){
            .fd = -1,
            .has_features = BIT_ULL (32) | BIT_ULL (29) | BIT_ULL (28) | BIT_ULL (26) | BIT_ULL (1),
        };
        for (unsigned i = 0; i < FAKE_VHOST_RINGS; i++)
            v->rings[i].kick_fd = v->rings[i].call_fd = v->rings[i].error_fd =
                v->rings[i].backend_fd = -1;
    }
    return vhosts;
}

int
fake_vhost_open (struct fake_vhost *v)
{
    v->fd = eventfd (0, EFD_CLOEXEC);
    return v->fd;
}

/* --- requests -------------------------------------------------------------------------------- */

static int
set_table (struct fake_vhost *v, const struct vhost_memory *table)
{
    if (table->padding)
        return -EOPNOTSUPP;
    if (table->nregions > FAKE_VHOST_REGIONS)
        return -E2BIG;
    memcpy (v->regions, table->regions, table->nregions * sizeof v->regions[0]);
    v->n_regions = table->nregions;
    v->n_tables++;
    return 0;
}

static int
set_running (struct fake_vhost *v, bool on)
{
    if (on && !v->is_running) {
        for (unsigned i = 0; i < FAKE_VHOST_RINGS; i++) {
            struct fake_vhost_ring *ring = &v->rings[i];

            if (!ring->addresses.desc_user_addr || !ring->size)
                return -EFAULT;
            ring->next_used = *(const uint16_t *) ((uintptr_t) ring->addresses.used_user_addr + 2);
        }
        v->n_starts++;
    }
    v->is_running = on;
    return 0;
}

/* It works once all rings have one. */
static int
set_backend (struct fake_vhost *v, const struct vhost_vring_file *file)
{
    bool on = true;

    if (file->index >= FAKE_VHOST_RINGS)
        return -ENOBUFS;
    v->rings[file->index].backend_fd = file->fd;
    for (unsigned i = 0; i < FAKE_VHOST_RINGS; i++)
        on = on && v->rings[i].backend_fd >= 0;
    return set_running (v, on);
}

/* Requests for one ring, all of which begin with its index. */
static int
ring_request (struct fake_vhost *v, unsigned long request, void *argument)
{
    unsigned index = *(const unsigned *) argument;
    struct vhost_vring_state *state = argument;
    const struct vhost_vring_file *file = argument;
    struct fake_vhost_ring *ring;

    if (index >= FAKE_VHOST_RINGS)
        return -ENOBUFS;
    ring = &v->rings[index];
    switch (request) {
    case VHOST_SET_VRING_NUM:
        if (BACKEND_IS_SET)
            return -EBUSY;
        if (!is_power_of_two (state->num) || state->num > 0xffff)
            return -EINVAL;
        ring->size = state->num;
        return 0;
    case VHOST_SET_VRING_BASE:
        if (BACKEND_IS_SET)
            return -EBUSY;
        if (state->num > 0xffff)
            return -EINVAL;
        ring->next_avail = (uint16_t) state->num;
        return 0;
    case VHOST_GET_VRING_BASE:
        state->num = ring->next_avail;
        return 0;
    case VHOST_SET_VRING_ADDR:
        ring->addresses = *(const struct vhost_vring_addr *) argument;
        if (ring->addresses.flags)
            return -EOPNOTSUPP;
        return ring->addresses.used_user_addr % 4 || ring->addresses.avail_user_addr % 2 ? -EINVAL
                                                                                         : 0;
    case VHOST_SET_VRING_KICK:
        ring->kick_fd = file->fd;
        return 0;
    case VHOST_SET_VRING_CALL:
        ring->call_fd = file->fd;
        return 0;
    case VHOST_SET_VRING_ERR:
        ring->error_fd = file->fd;
        return 0;
    }
    return -ENOTTY;
}

static int
handle (struct fake_vhost *v, unsigned long request, void *argument)
{
    if (request == v->failing)
        return -ENOMEM;
    switch (request) {
    case VHOST_GET_FEATURES:
        *(uint64_t *) argument = v->has_features;
        return 0;
    case VHOST_SET_OWNER:
        if (v->is_owned)
            return -EBUSY;
        v->is_owned = true;
        return 0;
    case VHOST_VSOCK_SET_GUEST_CID:
        v->cid = *(const uint64_t *) argument;
        return v->cid <= HOST_CID ? -EINVAL : 0;
    }
    if (!v->is_owned)
        return -EPERM;
    switch (request) {
    case VHOST_SET_FEATURES:
        v->features = *(const uint64_t *) argument;
        return v->features & ~v->has_features ? -EOPNOTSUPP : 0;
    case VHOST_SET_MEM_TABLE:
        return set_table (v, argument);
    case VHOST_VSOCK_SET_RUNNING:
        return set_running (v, *(const int *) argument);
    case VHOST_NET_SET_BACKEND:
        return set_backend (v, argument);
    default:
        return ring_request (v, request, argument);
    }
}

static struct fake_vhost *
find (int fd)
{
    for (unsigned i = 0; fd > 0 && i < FAKE_VHOSTS; i++) {
        if (vhosts[i].fd == fd)
            return &vhosts[i];
    }
    return NULL;
}

int
__wrap_ioctl (int fd, unsigned long request, ...)
{
    struct fake_vhost *v = find (fd);
    va_list arguments;
    void *argument;
    int ret;

    va_start (arguments, request);
    argument = va_arg (arguments, void *);
    va_end (arguments);
    if (!v)
        return __real_ioctl (fd, request, argument);
    ret = handle (v, request, argument);
    if (ret >= 0)
        return ret;
    errno = -ret;
    return -1;
}

/* --- the worker ------------------------------------------------------------------------------ */

/* As the kernel translates: by the table it was given. */
static void *
translate (struct fake_vhost *v, uint64_t gpa, uint64_t len)
{
    for (unsigned i = 0; i < v->n_regions; i++) {
        const struct vhost_memory_region *r = &v->regions[i];

        if (gpa >= r->guest_phys_addr && range_fits (gpa - r->guest_phys_addr, len, r->memory_size))
            return (uint8_t *) (uintptr_t) r->userspace_addr + (gpa - r->guest_phys_addr);
    }
    return NULL;
}

/* The first buffer of the next chain; NULL when there is none, or none that can be followed. */
static uint8_t *
next_buffer (struct fake_vhost *v, struct fake_vhost_ring *ring, uint16_t *head, uint32_t *len)
{
    const uint8_t *avail = (const uint8_t *) (uintptr_t) ring->addresses.avail_user_addr;
    const uint8_t *desc = (const uint8_t *) (uintptr_t) ring->addresses.desc_user_addr;
    uint8_t *buffer = NULL;

    if (load_le16 (avail + 2) == ring->next_avail)
        return NULL;
    *head = load_le16 (avail + 4 + 2 * (ring->next_avail % ring->size));
    if (*head < ring->size) {
        desc += DESC_BYTES * *head;
        *len = load_le32 (desc + 8);
        buffer = translate (v, load_le64 (desc), *len);
    }
    if (!buffer && ring->error_fd >= 0)
        fd_event_signal (ring->error_fd);
    return buffer;
}

static void
give_back (struct fake_vhost_ring *ring, uint16_t head, uint32_t written)
{
    uint8_t *used = (uint8_t *) (uintptr_t) ring->addresses.used_user_addr;
    uint8_t *entry = used + 4 + 8 * (ring->next_used % ring->size);

    store_le32 (entry, head);
    store_le32 (entry + 4, written);
    ring->next_avail++;
    store_le16 (used + 2, ++ring->next_used);
    if (ring->call_fd >= 0)
        fd_event_signal (ring->call_fd);
}

unsigned
fake_vhost_echo (struct fake_vhost *v, unsigned from, int to)
{
    uint8_t bytes[MAX_BYTES];
    const uint8_t *out;
    uint32_t len, room;
    uint16_t head;
    unsigned n = 0;

    for (; v->is_running && n < v->rings[from].size; n++) {
        uint8_t *in;

        out = next_buffer (v, &v->rings[from], &head, &len);
        if (!out)
            break;
        len = MIN_OF (len, (uint32_t) sizeof bytes);
        memcpy (bytes, out, len);
        give_back (&v->rings[from], head, 0);
        in = to < 0 ? NULL : next_buffer (v, &v->rings[to], &head, &room);
        if (!in)
            continue;
        len = MIN_OF (len, room);
        memcpy (in, bytes, len);
        give_back (&v->rings[to], head, len);
    }
    return n;
}

bool
fake_vhost_was_kicked (struct fake_vhost *v, unsigned index)
{
    eventfd_t value;

    return v->rings[index].kick_fd >= 0 && eventfd_read (v->rings[index].kick_fd, &value) == 0;
}
