/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot.c - the direct kernel loader: what the kernel finds, and what hostile files cannot do. */
#define _GNU_SOURCE
#include "boot.h"

#include <asm/bootparam.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"

#define HEADER_AT     0x1f1
#define SETUP_SECTS   7
#define PAYLOAD_AT    ((SETUP_SECTS + 1) * 512)
#define PAYLOAD_BYTES 8192
#define FILE_BYTES    (PAYLOAD_AT + PAYLOAD_BYTES)
#define PREF_ADDRESS  MIB (2)
#define INIT_BYTES    MIB (3)

/* A guest's RAM as the machine maps it, and a bzImage that boots in it. */
struct fixture {
    struct memory_layout layout;
    struct memory *memory;
    struct memory_block blocks[2];
    uint8_t *ram;
    uint8_t file[FILE_BYTES];
    struct boot_config config;
    struct boot_entry entry;
    const char *reason;
};

static void
map_block (struct fixture *f, unsigned i, gpa_t gpa, gpa_t end)
{
    struct memory_block *b = &f->blocks[i];

    *b = (struct memory_block){
        .name = "ram", .kind = MEMORY_RAM, .host = f->ram + gpa, .size_bytes = end - gpa
    };
    list_init (&b->node);
    g_assert_cmpint (memory_map (f->memory, b, gpa), ==, 0);
}

static struct setup_header *
header_of (struct fixture *f)
{
    return (struct setup_header *)(f->file + HEADER_AT);
}

static void
fill_image (struct fixture *f)
{
    struct setup_header *h = header_of (f);

    for (unsigned i = 0; i < PAYLOAD_BYTES; i++)
        f->file[PAYLOAD_AT + i] = (uint8_t)(i * 7 + 1);
    *h = (struct setup_header){
        .setup_sects = SETUP_SECTS,
        .syssize = PAYLOAD_BYTES / 16,
        .boot_flag = 0xaa55,
        .jump = (HEADER_AT + sizeof *h - 0x202) << 8 | 0xeb,
        .header = 0x53726448,
        .version = 0x020f,
        .loadflags = LOADED_HIGH,
        .initrd_addr_max = 0x7fffffff,
        .kernel_alignment = MIB (2),
        .relocatable_kernel = 1,
        .xloadflags = XLF_KERNEL_64,
        .cmdline_size = 100,
        .pref_address = PREF_ADDRESS,
        .init_size = INIT_BYTES,
        .setup_data = 0xdeadbeef, /* not for a file to say */
        .ramdisk_image = 0x1234,
        .ramdisk_size = 0x1234,
    };
}

static void
setup_ram (struct fixture *f, uint64_t ram_bytes)
{
    memset (f, 0, sizeof *f);
    g_assert_cmpint (memory_layout_init (&f->layout, ram_bytes, 0, 40), ==, 0);
    f->ram = mmap (NULL, f->layout.low_bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    g_assert_true (f->ram != MAP_FAILED);
    f->memory = memory_create (NULL);
    map_block (f, 0, 0, Q35_VGA_BASE);
    map_block (f, 1, Q35_VGA_BASE + Q35_VGA_BYTES, f->layout.low_bytes);
    f->config = (struct boot_config){
        .kernel_fd = -1,
        .initrd_fd = -1,
        .command_line = "console=ttyS0 quiet",
        .layout = &f->layout,
        .rsdp = 0xf0000,
    };
    fill_image (f);
}

static void
setup (struct fixture *f)
{
    setup_ram (f, MIB (16));
}

static void
teardown (struct fixture *f)
{
    fd_close (&f->config.kernel_fd);
    fd_close (&f->config.initrd_fd);
    for (unsigned i = 0; i < G_N_ELEMENTS (f->blocks); i++)
        memory_unmap (f->memory, &f->blocks[i]);
    memory_destroy (f->memory);
    munmap (f->ram, f->layout.low_bytes);
}

static int
file_with (const void *data, size_t size)
{
    int fd = memfd_create ("boot-test", MFD_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fd_pwrite_full (fd, data, size, 0), ==, 0);
    return fd;
}

/* Loads the first FILE_BYTES of the image as it is in F now. */
static int
load_part (struct fixture *f, size_t file_bytes)
{
    fd_close (&f->config.kernel_fd);
    f->config.kernel_fd = file_with (f->file, file_bytes);
    f->reason = NULL;
    return boot_load (&f->config, f->memory, &f->entry, &f->reason);
}

static int
load (struct fixture *f)
{
    return load_part (f, FILE_BYTES);
}

static const struct boot_params *
get_params (struct fixture *f)
{
    g_assert_cmpuint (f->entry.rsi + sizeof (struct boot_params), <=, Q35_VGA_BASE);
    return (const struct boot_params *)(f->ram + f->entry.rsi);
}

/* Where the page tables at CR3 send ADDRESS. */
static gpa_t
translate (struct fixture *f, uint64_t address)
{
    uint64_t pml4e = load_le64 (f->ram + f->entry.cr3 + (address >> 39 & 511) * 8);
    uint64_t pdpte, pde;

    g_assert_cmphex (pml4e & 3, ==, 3);
    pdpte = load_le64 (f->ram + align_down (pml4e, 4096) + (address >> 30 & 511) * 8);
    g_assert_cmphex (pdpte & 0x83, ==, 3);
    pde = load_le64 (f->ram + align_down (pdpte, 4096) + (address >> 21 & 511) * 8);
    g_assert_cmphex (pde & 0x83, ==, 0x83);
    return align_down (pde, MIB (2)) + address % MIB (2);
}

static void
test_entry (void)
{
    static const uint64_t addresses[] = { 0,          0x1234,     MIB (2) - 1, PREF_ADDRESS,
                                          0xb0000000, 0xfee00000, 0xffffffff };
    struct fixture f;

    setup (&f);
    g_assert_cmpint (load (&f), ==, 0);
    g_assert_cmphex (f.entry.rip, ==, PREF_ADDRESS + 0x200);
    g_assert_cmpmem (f.ram + PREF_ADDRESS, PAYLOAD_BYTES, f.file + PAYLOAD_AT, PAYLOAD_BYTES);
    for (unsigned i = 0; i < G_N_ELEMENTS (addresses); i++)
        g_assert_cmphex (translate (&f, addresses[i]), ==, addresses[i]);

    g_assert_cmphex (f.entry.cs, ==, 0x10);
    g_assert_cmphex (f.entry.ds, ==, 0x18);
    g_assert_cmpuint (f.entry.gdt_limit, >=, 0x1f);
    g_assert_cmphex (load_le64 (f.ram + f.entry.gdt_base + 0x10), ==, 0x00af9b000000ffff);
    g_assert_cmphex (load_le64 (f.ram + f.entry.gdt_base + 0x18), ==, 0x00cf93000000ffff);
    teardown (&f);
}

static void
test_params (void)
{
    struct fixture f;
    const struct boot_params *p;
    const struct boot_e820_entry *last;

    setup (&f);
    g_assert_cmpint (load (&f), ==, 0);
    p = get_params (&f);
    g_assert_cmphex (p->hdr.header, ==, 0x53726448);
    g_assert_cmphex (p->hdr.type_of_loader, ==, 0xff);
    g_assert_cmphex (p->acpi_rsdp_addr, ==, 0xf0000);
    g_assert_cmpuint (p->hdr.setup_data, ==, 0);
    g_assert_cmpuint (p->hdr.ramdisk_size, ==, 0);
    g_assert_cmpuint (p->ext_ramdisk_image, ==, 0);
    g_assert_cmpuint (p->ext_cmd_line_ptr, ==, 0);
    g_assert_cmpuint (p->screen_info.orig_video_isVGA, ==, 0);
    g_assert_cmpstr ((char *)f.ram + p->hdr.cmd_line_ptr, ==, f.config.command_line);
    g_assert_cmpuint (p->e820_entries, >, 3);
    g_assert_cmphex (p->e820_table[0].addr, ==, 0);
    g_assert_cmpuint (p->e820_table[0].type, ==, E820_RAM);
    last = &p->e820_table[p->e820_entries - 1];
    g_assert_cmphex (last->addr, ==, Q35_KVM_PAGES_BASE);
    g_assert_cmpuint (last->type, ==, E820_RESERVED);
    teardown (&f);
}

static void
test_vga (void)
{
    struct fixture f;
    const struct boot_params *p;

    setup (&f);
    f.config.has_vga = true;
    g_assert_cmpint (load (&f), ==, 0);
    p = get_params (&f);
    g_assert_cmpuint (p->screen_info.orig_video_isVGA, ==, 1);
    g_assert_cmpuint (p->screen_info.orig_video_mode, ==, 3);
    g_assert_cmpuint (p->screen_info.orig_video_cols, ==, 80);
    g_assert_cmpuint (p->screen_info.orig_video_lines, ==, 25);
    teardown (&f);
}

static void
test_initrd (void)
{
    static const uint8_t initrd[5000] = { 1, 2, 3, [4999] = 9 };
    struct fixture f;
    const struct boot_params *p;

    setup (&f);
    f.config.initrd_fd = file_with (initrd, sizeof initrd);
    g_assert_cmpint (load (&f), ==, 0);
    p = get_params (&f);
    g_assert_cmpuint (p->hdr.ramdisk_size, ==, sizeof initrd);
    g_assert_cmphex (p->hdr.ramdisk_image, ==, MIB (16) - 8192);
    g_assert_cmpmem (f.ram + p->hdr.ramdisk_image, sizeof initrd, initrd, sizeof initrd);

    header_of (&f)->initrd_addr_max = MIB (8) - 1;
    g_assert_cmpint (load (&f), ==, 0);
    g_assert_cmphex (p->hdr.ramdisk_image, ==, MIB (8) - 8192);
    teardown (&f);
}

/* A kernel that fills its memory but for a page leaves that page to the initrd, and no more. */
static void
test_initrd_room (void)
{
    static const uint8_t initrd[4097];
    struct fixture f;

    setup (&f);
    header_of (&f)->init_size = (uint32_t)(MIB (16) - PREF_ADDRESS - 4096);
    f.config.initrd_fd = file_with (initrd, 4096);
    g_assert_cmpint (load (&f), ==, 0);
    fd_close (&f.config.initrd_fd);
    f.config.initrd_fd = file_with (initrd, 4097);
    g_assert_cmpint (load (&f), ==, -ENOMEM);
    g_assert_cmpstr (f.reason, ==, "the initrd does not fit in memory");
    teardown (&f);
}

static void
test_old_header (void)
{
    struct fixture f;

    setup (&f);
    header_of (&f)->kernel_info_offset = 0x5a5a;
    header_of (&f)->jump -= 4 << 8; /* as of protocol 2.14: the last field is not there yet */
    g_assert_cmpint (load (&f), ==, 0);
    g_assert_cmphex (get_params (&f)->hdr.kernel_info_offset, ==, 0);
    teardown (&f);
}

/* --- refusals -------------------------------------------------------------------------------- */

static void
assert_refused (struct fixture *f, int ret, const char *reason)
{
    g_assert_cmpint (load (f), ==, ret);
    g_assert_cmpstr (f->reason, ==, reason);
    fill_image (f);
}

static void
test_not_a_kernel (void)
{
    static const char *const reason = "the kernel is not a bzImage";
    struct fixture f;
    int pipe_fds[2];

    setup (&f);
    header_of (&f)->boot_flag = 0;
    assert_refused (&f, -EINVAL, reason);
    header_of (&f)->header = 0x464c457f;
    assert_refused (&f, -EINVAL, reason);
    g_assert_cmpint (load_part (&f, 0), ==, -EINVAL);
    g_assert_cmpstr (f.reason, ==, reason);

    fd_close (&f.config.kernel_fd);
    g_assert_cmpint (pipe (pipe_fds), ==, 0);
    f.config.kernel_fd = pipe_fds[0];
    g_assert_cmpint (boot_load (&f.config, f.memory, &f.entry, &f.reason), ==, -EINVAL);
    g_assert_cmpstr (f.reason, ==, "the kernel is not a regular file");
    fd_close (&pipe_fds[1]);
    teardown (&f);
}

static void
test_old_kernel (void)
{
    static const char *const reason = "the kernel is not a 64-bit one of Linux 3.8 or later";
    struct fixture f;

    setup (&f);
    header_of (&f)->version = 0x020b;
    assert_refused (&f, -ENOTSUP, reason);
    header_of (&f)->xloadflags = 0;
    assert_refused (&f, -ENOTSUP, reason);
    header_of (&f)->loadflags = 0;
    assert_refused (&f, -ENOTSUP, reason);
    teardown (&f);
}

static void
test_truncated (void)
{
    struct fixture f;

    setup (&f);
    for (size_t bytes = 0; bytes < FILE_BYTES; bytes += bytes < 1024 ? 1 : 97) {
        g_assert_cmpint (load_part (&f, bytes), ==, -EINVAL);
        g_assert_nonnull (f.reason);
    }
    g_assert_cmpint (load_part (&f, FILE_BYTES - 1), ==, -EINVAL);
    g_assert_cmpstr (f.reason, ==, "the kernel file is truncated");
    header_of (&f)->setup_sects = 255;
    assert_refused (&f, -EINVAL, "the kernel file is truncated");
    header_of (&f)->setup_sects = 0; /* stands for 4 */
    g_assert_cmpint (load (&f), ==, 0);
    g_assert_cmpmem (f.ram + PREF_ADDRESS, 512, f.file + 5 * 512, 512);
    teardown (&f);
}

static void
test_hostile_sizes (void)
{
    static const uint64_t low[] = { 0, 0x1000, MIB (1) - 1 };
    static const uint64_t high[] = { MIB (14), MIB (16),     0xfffff000,
                                     GIB (4),  BIT_ULL (63), UINT64_MAX };
    struct fixture f;

    setup (&f);
    header_of (&f)->syssize = UINT32_MAX;
    assert_refused (&f, -EINVAL, "the kernel file is truncated");
    header_of (&f)->syssize = 0;
    assert_refused (&f, -EINVAL, "the kernel file is truncated");
    header_of (&f)->init_size = UINT32_MAX;
    assert_refused (&f, -ENOMEM, "the kernel does not fit in memory");
    for (unsigned i = 0; i < G_N_ELEMENTS (low); i++) {
        header_of (&f)->pref_address = low[i];
        assert_refused (&f, -EINVAL, "the kernel wants to be below 1 MiB");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS (high); i++) {
        header_of (&f)->pref_address = high[i];
        assert_refused (&f, -ENOMEM, "the kernel does not fit in memory");
    }
    teardown (&f);
}

/* init_size says less than there is: what counts is what is there. */
static void
test_small_init_size (void)
{
    struct fixture f;

    setup (&f);
    header_of (&f)->init_size = 0;
    header_of (&f)->pref_address = MIB (16) - PAYLOAD_BYTES + 4096;
    assert_refused (&f, -ENOMEM, "the kernel does not fit in memory");
    teardown (&f);
}

static void
test_bad_initrd (void)
{
    static const uint8_t initrd[4096];
    struct fixture f;

    setup (&f);
    f.config.initrd_fd = open ("/", O_RDONLY | O_CLOEXEC);
    assert_refused (&f, -EINVAL, "the initrd is empty or not a regular file");
    fd_close (&f.config.initrd_fd);
    f.config.initrd_fd = file_with (initrd, 0);
    assert_refused (&f, -EINVAL, "the initrd is empty or not a regular file");
    g_assert_cmpint (ftruncate (f.config.initrd_fd, (off_t)1 << 40), ==, 0);
    assert_refused (&f, -ENOMEM, "the initrd does not fit in memory");

    fd_close (&f.config.initrd_fd);
    f.config.initrd_fd = file_with (initrd, sizeof initrd);
    header_of (&f)->initrd_addr_max = 0;
    assert_refused (&f, -ENOMEM, "the initrd does not fit in memory");
    header_of (&f)->initrd_addr_max = PREF_ADDRESS + INIT_BYTES;
    assert_refused (&f, -ENOMEM, "the initrd does not fit in memory");
    teardown (&f);
}

static void
test_long_command_line (void)
{
    static const char *const reason = "the kernel's command line is too long";
    struct fixture f;
    g_autofree char *exact = g_strnfill (100, 'x');
    g_autofree char *longer = g_strnfill (101, 'x');
    g_autofree char *endless = g_strnfill (MIB (1), 'x');

    setup (&f);
    f.config.command_line = exact;
    g_assert_cmpint (load (&f), ==, 0);
    f.config.command_line = longer;
    assert_refused (&f, -E2BIG, reason);
    f.config.command_line = endless;
    header_of (&f)->cmdline_size = UINT32_MAX;
    assert_refused (&f, -E2BIG, reason);
    teardown (&f);
}

/* Whatever a header says, nothing is written outside RAM (the sanitizer watches), and what is
 * accepted lies in it. */
static void
test_random_headers (void)
{
    static const uint8_t initrd[100];
    struct fixture f;
    unsigned accepted = 0;

    setup (&f);
    f.config.initrd_fd = file_with (initrd, sizeof initrd);
    f.config.kernel_fd = file_with (f.file, FILE_BYTES);
    for (unsigned i = 0; i < 20000; i++) {
        int n_changes = g_test_rand_int_range (1, 4);

        fill_image (&f);
        while (n_changes--) {
            int at = g_test_rand_int_range (0, sizeof (struct setup_header));

            f.file[HEADER_AT + at] = (uint8_t)g_test_rand_int ();
        }
        g_assert_cmpint (fd_pwrite_full (f.config.kernel_fd, f.file, 1024, 0), ==, 0);
        f.reason = NULL;
        if (boot_load (&f.config, f.memory, &f.entry, &f.reason) == 0) {
            accepted++;
            g_assert_cmpuint (f.entry.rip, <, MIB (16));
            g_assert_cmpuint (get_params (&f)->hdr.ramdisk_image, <=, MIB (16) - 100);
        } else {
            g_assert_nonnull (f.reason);
        }
    }
    g_assert_cmpuint (accepted, >, 0);
    teardown (&f);
}

/* --- a real kernel --------------------------------------------------------------------------- */

/* Opens the first readable file of /boot whose name begins with PREFIX, or returns -1. */
static int
open_from_boot (const char *prefix)
{
    g_autoptr (GDir) dir = g_dir_open ("/boot", 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name (dir))) {
        g_autofree char *path = g_build_filename ("/boot", name, NULL);
        int fd = g_str_has_prefix (name, prefix) ? open (path, O_RDONLY | O_CLOEXEC) : -1;

        if (fd >= 0)
            return fd;
    }
    return -1;
}

static void
test_real_kernel (void)
{
    struct fixture f;
    int kernel_fd = open_from_boot ("vmlinuz-");
    int ret;

    if (kernel_fd < 0) {
        g_test_skip ("no readable /boot/vmlinuz-*");
        return;
    }
    setup_ram (&f, MIB (512));
    f.config.kernel_fd = kernel_fd;
    f.config.initrd_fd = open_from_boot ("initrd.img-");
    ret = boot_load (&f.config, f.memory, &f.entry, &f.reason);
    if (ret < 0)
        g_error ("%s", f.reason);
    g_assert_cmphex (f.entry.rip, ==, get_params (&f)->hdr.pref_address + 0x200);
    /* startup_64 begins with clearing the direction and interrupt flags. */
    g_assert_cmphex (f.ram[f.entry.rip], ==, 0xfc);
    g_assert_cmphex (f.ram[f.entry.rip + 1], ==, 0xfa);
    teardown (&f);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/boot/kernel-is-entered-in-long-mode", test_entry);
    g_test_add_func ("/boot/params-say-what-firmware-would", test_params);
    g_test_add_func ("/boot/text-console-is-told-when-there-is-a-vga", test_vga);
    g_test_add_func ("/boot/initrd-is-as-high-as-allowed", test_initrd);
    g_test_add_func ("/boot/initrd-never-overlaps-the-kernel", test_initrd_room);
    g_test_add_func ("/boot/older-headers-end-earlier", test_old_header);
    g_test_add_func ("/boot/what-is-no-kernel-is-refused", test_not_a_kernel);
    g_test_add_func ("/boot/old-and-32-bit-kernels-are-refused", test_old_kernel);
    g_test_add_func ("/boot/truncated-kernels-are-refused", test_truncated);
    g_test_add_func ("/boot/hostile-sizes-are-refused", test_hostile_sizes);
    g_test_add_func ("/boot/payload-larger-than-it-says-is-refused", test_small_init_size);
    g_test_add_func ("/boot/bad-initrd-is-refused", test_bad_initrd);
    g_test_add_func ("/boot/long-command-line-is-refused", test_long_command_line);
    g_test_add_func ("/boot/random-headers-stay-in-ram", test_random_headers);
    g_test_add_func ("/boot/debian-kernel-loads", test_real_kernel);
    return g_test_run ();
}
