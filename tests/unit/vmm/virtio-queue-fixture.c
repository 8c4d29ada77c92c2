/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-queue-fixture.c - a virtqueue with the guest memory under it, for its tests. */
#include "virtio-queue-fixture.h"

#include <sys/mman.h>

void
map_ram (struct fixture *f, struct memory_block *block, uint64_t gpa, uint64_t bytes)
{
    void *host = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    g_assert_true (host != MAP_FAILED);
    *block = (struct memory_block){
        .name = "ram", .kind = MEMORY_RAM, .host = host, .size_bytes = bytes, .slot = -1
    };
    list_init (&block->node);
    g_assert_cmpint (memory_map (f->memory, block, gpa), ==, 0);
}

void
unmap_ram (struct fixture *f, struct memory_block *block)
{
    memory_unmap (f->memory, block);
    munmap (block->host, block->size_bytes);
}

void
place (struct fixture *f)
{
    f->q.size = 8;
    f->q.desc_gpa = DESC;
    f->q.avail_gpa = AVAIL;
    f->q.used_gpa = USED;
}

void
setup (struct fixture *f, gconstpointer data)
{
    f->memory = memory_create (NULL);
    map_ram (f, &f->low, 0, RAM_BYTES);
    map_ram (f, &f->high, HIGH_GPA, HIGH_BYTES);
    f->ram = f->low.host;
    queue_init (&f->q, f->memory, 256);
    place (f);
}

void
teardown (struct fixture *f, gconstpointer data)
{
    unmap_ram (f, &f->low);
    unmap_ram (f, &f->high);
    memory_destroy (f->memory);
}

void
enable (struct fixture *f)
{
    g_assert_cmpint (queue_enable (&f->q), ==, 0);
}

void
put_desc (struct fixture *f, uint32_t table, unsigned index, uint64_t address, uint32_t len,
          uint16_t flags, uint16_t next)
{
    uint8_t *d = f->ram + table + 16 * index;

    store_le64 (d, address);
    store_le32 (d + 8, len);
    store_le16 (d + 12, flags);
    store_le16 (d + 14, next);
}

void
make_available (struct fixture *f, uint16_t head)
{
    store_le16 (f->ram + AVAIL + 4 + 2 * (f->avail_idx % f->q.size), head);
    store_le16 (f->ram + AVAIL + 2, ++f->avail_idx);
}

uint16_t
used_idx (struct fixture *f)
{
    return load_le16 (f->ram + USED + 2);
}

void
assert_used (struct fixture *f, unsigned at, uint32_t id, uint32_t len)
{
    const uint8_t *entry = f->ram + USED + 4 + 8 * (at % f->q.size);

    g_assert_cmpuint (load_le32 (entry), ==, id);
    g_assert_cmpuint (load_le32 (entry + 4), ==, len);
}

void
assert_iov (struct fixture *f, unsigned i, uint32_t gpa, size_t len)
{
    g_assert_true (f->chain.iov[i].iov_base == f->ram + gpa);
    g_assert_cmpuint (f->chain.iov[i].iov_len, ==, len);
}

void
add (const char *path, void (*test) (struct fixture *, gconstpointer))
{
    g_test_add (path, struct fixture, NULL, setup, test, teardown);
}
