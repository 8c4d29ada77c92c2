/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot.c - boots a Linux kernel directly (Documentation/arch/x86/boot.rst in the kernel's tree).
 *
 * Theory of operation
 *
 * A bzImage is a real-mode part of some sectors, with the setup header in its first, and behind it
 * the kernel proper.  We take the latter, put it where it wants to be, and play real-mode part:
 *
 *     1000h    GDT                        ┐
 *     2000h    struct boot_params         │ all in one RAM block, and usable RAM for the kernel:
 *     3000h    page tables: 4 GiB 1:1     │ it copies what it needs before it uses memory
 *     9000h    stack                      │
 *     10000h   command line               ┘
 *     E0000h   ACPI tables                  from acpi_install(), reserved in the memory map
 *     1000000h kernel                       at its preferred address
 *     …        initrd                       as high as it may be
 *
 * Always the preferred address: a relocatable kernel that is loaded lower moves itself there in any
 * case, and one loaded higher wastes what is below.  The initrd goes to the top of low RAM, so that
 * it is out of the way of a kernel that unpacks itself to a random place.  Low RAM ends below 4
 * GiB, so the header's ext_… fields, for the upper halves of addresses, stay zero.
 *
 * The kernel file is foreign: every number of its header is checked before use, in 64 bits.
 * What the header says about the kernel itself (entry points, payload) is the guest's own business.
 */
#include "boot.h"

#include <asm/bootparam.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "bits.h"
#include "fd.h"

#define GDT_GPA          0x1000u
#define BOOT_PARAMS_GPA  0x2000u
#define PML4_GPA         0x3000u
#define PDPT_GPA         0x4000u
#define PAGE_DIRS_GPA    0x5000u /* four */
#define STACK_GPA        0x9000u
#define COMMAND_LINE_GPA 0x10000u
#define COMMAND_LINE_MAX 0x10000u /* bytes there, NUL included */

#define PAGE_BYTES       4096u
#define TABLE_ENTRIES    512u
#define LARGE_PAGE_BYTES MIB (2)
#define N_PAGE_DIRS      4u /* a GiB each */
#define PTE_PRESENT      BIT_ULL (0)
#define PTE_WRITABLE     BIT_ULL (1)
#define PTE_LARGE        BIT_ULL (7)

#define SECTOR_BYTES          512u
#define SETUP_HEADER_AT       0x1f1u
#define SETUP_HEADER_JUMP_END 0x202u /* the byte at 201h counts from here to the header's end */
#define BOOT_FLAG             0xaa55u
#define HEADER_MAGIC          0x53726448u /* "HdrS" */
#define MIN_PROTOCOL          0x020cu
#define DEFAULT_SETUP_SECTS   4u /* what 0 stands for */
#define PARAGRAPH_BYTES       16u
#define ENTRY_64_OFFSET       0x200u
#define LOADER_UNKNOWN        0xffu /* type_of_loader: has no number */
#define VIDEO_MODE_NORMAL     0xffffu

#define VGA_TEXT_MODE  3
#define VGA_COLUMNS    80
#define VGA_LINES      25
#define VGA_FONT_LINES 16
#define VGA_EGA_BX     3 /* what INT 10h, AH=12h, BL=10h leaves in BX: colour, 256 KiB */

_Static_assert(SETUP_HEADER_AT == offsetof (struct boot_params, hdr), "the protocol's offset");
_Static_assert(sizeof (struct boot_params) == PAGE_BYTES, "the protocol's size");

/* A kernel file whose header made sense. */
struct kernel {
    int fd;
    struct setup_header header;
    uint64_t payload_at; /* in the file */
    uint64_t payload_bytes;
    gpa_t base; /* where it goes */
    gpa_t end;  /* of what it uses until it manages memory itself */
};

/* --- the kernel file ------------------------------------------------------------------------- */

/* Keeps REASON and returns RET, so that a check is one statement. */
static int
fail (const char **reason, const char *text, int ret)
{
    *reason = text;
    return ret;
}

static int
get_file_bytes (int fd, uint64_t *bytes)
{
    struct stat st;

    *bytes = 0;
    if (fstat (fd, &st) < 0)
        return -errno;
    if (!S_ISREG (st.st_mode) || st.st_size < 0)
        return -EINVAL;
    *bytes = (uint64_t)st.st_size;
    return 0;
}

/* Copies the setup header, as long as this kernel's is, the rest zero. */
static int
read_header (int fd, uint64_t file_bytes, struct setup_header *header, const char **reason)
{
    uint8_t buf[SETUP_HEADER_AT + sizeof *header];
    size_t bytes;
    int ret;

    if (file_bytes < sizeof buf)
        return fail (reason, "the kernel is not a bzImage", -EINVAL);
    ret = fd_pread_full (fd, buf, sizeof buf, 0);
    if (ret < 0)
        return fail (reason, "the kernel cannot be read", ret);

    memcpy (header, buf + SETUP_HEADER_AT, sizeof *header);
    if (header->boot_flag != BOOT_FLAG || header->header != HEADER_MAGIC)
        return fail (reason, "the kernel is not a bzImage", -EINVAL);
    bytes = SETUP_HEADER_JUMP_END - SETUP_HEADER_AT + (header->jump >> 8);
    if (bytes < sizeof *header)
        memset ((uint8_t *)header + bytes, 0, sizeof *header - bytes);
    return 0;
}

/* Finds where in the file the kernel proper is. */
static int
find_payload (struct kernel *kernel, uint64_t file_bytes, const char **reason)
{
    unsigned sects = kernel->header.setup_sects ? kernel->header.setup_sects : DEFAULT_SETUP_SECTS;

    kernel->payload_at = (uint64_t)(sects + 1) * SECTOR_BYTES;
    kernel->payload_bytes = (uint64_t)kernel->header.syssize * PARAGRAPH_BYTES;
    if (kernel->payload_bytes <= ENTRY_64_OFFSET
        || !range_fits (kernel->payload_at, kernel->payload_bytes, file_bytes))
        return fail (reason, "the kernel file is truncated", -EINVAL);
    return 0;
}

/* Decides where in RAM it goes. */
static int
place_kernel (struct kernel *kernel, const struct memory_layout *layout, const char **reason)
{
    uint64_t bytes = MAX_OF (kernel->header.init_size, kernel->payload_bytes);

    kernel->base = kernel->header.pref_address;
    if (kernel->base < MIB (1))
        return fail (reason, "the kernel wants to be below 1 MiB", -EINVAL);
    if (!range_fits (kernel->base, bytes, layout->low_bytes))
        return fail (reason, "the kernel does not fit in memory", -ENOMEM);
    kernel->end = kernel->base + bytes;
    return 0;
}

static int
open_kernel (struct kernel *kernel, const struct boot_config *config, const char **reason)
{
    uint64_t file_bytes;
    int ret;

    kernel->fd = config->kernel_fd;
    ret = get_file_bytes (kernel->fd, &file_bytes);
    if (ret < 0)
        return fail (reason, "the kernel is not a regular file", ret);
    ret = read_header (kernel->fd, file_bytes, &kernel->header, reason);
    if (ret < 0)
        return ret;
    if (kernel->header.version < MIN_PROTOCOL || !(kernel->header.xloadflags & XLF_KERNEL_64)
        || !(kernel->header.loadflags & LOADED_HIGH))
        return fail (reason, "the kernel is not a 64-bit one of Linux 3.8 or later", -ENOTSUP);
    ret = find_payload (kernel, file_bytes, reason);
    if (ret < 0)
        return ret;
    return place_kernel (kernel, config->layout, reason);
}

/* Reads LEN bytes at OFFSET of FD into guest RAM. */
static int
load_file (struct memory *memory, gpa_t gpa, int fd, uint64_t offset, uint64_t len)
{
    void *host = memory_at (memory, gpa, len);

    if (!host)
        return -ENOMEM;
    return fd_pread_full (fd, host, len, (off_t)offset);
}

static int
load_kernel (const struct kernel *kernel, struct memory *memory, const char **reason)
{
    int ret =
        load_file (memory, kernel->base, kernel->fd, kernel->payload_at, kernel->payload_bytes);

    if (ret < 0)
        return fail (reason, "the kernel cannot be read", ret);
    return 0;
}

/* --- initrd and command line ----------------------------------------------------------------- */

static int
load_initrd (struct setup_header *header, const struct boot_config *config,
             const struct kernel *kernel, struct memory *memory, const char **reason)
{
    uint64_t limit =
        MIN_OF ((uint64_t)kernel->header.initrd_addr_max + 1, config->layout->low_bytes);
    uint64_t bytes;
    gpa_t base;
    int ret;

    ret = get_file_bytes (config->initrd_fd, &bytes);
    if (ret < 0 || bytes == 0)
        return fail (reason, "the initrd is empty or not a regular file", ret < 0 ? ret : -EINVAL);
    if (bytes > limit)
        return fail (reason, "the initrd does not fit in memory", -ENOMEM);
    base = align_down (limit - bytes, PAGE_BYTES);
    if (base < kernel->end)
        return fail (reason, "the initrd does not fit in memory", -ENOMEM);
    ret = load_file (memory, base, config->initrd_fd, 0, bytes);
    if (ret < 0)
        return fail (reason, "the initrd cannot be read", ret);
    header->ramdisk_image = (uint32_t)base;
    header->ramdisk_size = (uint32_t)bytes;
    return 0;
}

static int
load_command_line (struct setup_header *header, const char *command_line, struct memory *memory,
                   const char **reason)
{
    size_t bytes = strlen (command_line) + 1;

    if (bytes > COMMAND_LINE_MAX || bytes - 1 > header->cmdline_size)
        return fail (reason, "the kernel's command line is too long", -E2BIG);
    if (!memory_write (memory, COMMAND_LINE_GPA, command_line, bytes))
        return fail (reason, "the kernel's command line does not fit in memory", -ENOMEM);
    header->cmd_line_ptr = COMMAND_LINE_GPA;
    return 0;
}

/* --- what firmware and the real-mode part would have left ------------------------------------ */

static void
fill_screen_info (struct screen_info *screen)
{
    screen->orig_video_mode = VGA_TEXT_MODE;
    screen->orig_video_cols = VGA_COLUMNS;
    screen->orig_video_lines = VGA_LINES;
    screen->orig_video_points = VGA_FONT_LINES;
    screen->orig_video_ega_bx = VGA_EGA_BX;
    screen->orig_video_isVGA = 1;
}

static void
fill_e820 (struct boot_params *params, const struct memory_layout *layout)
{
    struct e820_map map;

    _Static_assert(sizeof (struct boot_e820_entry) == E820_RECORD_BYTES, "the same records");
    _Static_assert(E820_MAX_ENTRIES <= E820_MAX_ENTRIES_ZEROPAGE, "all have room");
    e820_for_kernel (layout, &map);
    e820_encode (&map, params->e820_table);
    params->e820_entries = (uint8_t)map.n;
}

/* What a boot loader fills in; the rest of the header is passed on as it was in the file. */
static void
fill_header (struct setup_header *header, const struct kernel *kernel)
{
    *header = kernel->header;
    header->type_of_loader = LOADER_UNKNOWN;
    header->loadflags = LOADED_HIGH;
    header->vid_mode = VIDEO_MODE_NORMAL;
    header->code32_start = (uint32_t)kernel->base;
    header->ramdisk_image = 0;
    header->ramdisk_size = 0;
    header->cmd_line_ptr = 0;
    header->heap_end_ptr = 0;
    header->ext_loader_ver = 0;
    header->ext_loader_type = 0;
    header->setup_data = 0;
}

static void
write_page_tables (uint64_t *pml4, uint64_t *pdpt, uint64_t *dirs)
{
    memset (pml4, 0, PAGE_BYTES);
    memset (pdpt, 0, PAGE_BYTES);
    pml4[0] = PDPT_GPA | PTE_PRESENT | PTE_WRITABLE;
    for (unsigned i = 0; i < N_PAGE_DIRS; i++)
        pdpt[i] = (PAGE_DIRS_GPA + i * PAGE_BYTES) | PTE_PRESENT | PTE_WRITABLE;
    for (unsigned i = 0; i < N_PAGE_DIRS * TABLE_ENTRIES; i++)
        dirs[i] = i * LARGE_PAGE_BYTES | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
}

/* Selectors 10h and 18h are the protocol's __BOOT_CS and __BOOT_DS. */
static const uint64_t gdt[] = {
    0, 0, 0x00af9b000000ffff, /* 64-bit code, execute and read, accessed */
    0x00cf93000000ffff,       /* data, read and write, accessed */
};

#define SELECTOR_CODE 0x10
#define SELECTOR_DATA 0x18

/* Returns false when the lowest RAM is not there. */
static bool
write_tables (struct memory *memory)
{
    uint64_t *pml4 = memory_at (memory, PML4_GPA, PAGE_BYTES);
    uint64_t *pdpt = memory_at (memory, PDPT_GPA, PAGE_BYTES);
    uint64_t *dirs = memory_at (memory, PAGE_DIRS_GPA, N_PAGE_DIRS * PAGE_BYTES);

    if (!pml4 || !pdpt || !dirs)
        return false;
    write_page_tables (pml4, pdpt, dirs);
    return memory_write (memory, GDT_GPA, gdt, sizeof gdt);
}

static int
write_boot_params (const struct boot_params *params, struct memory *memory, const char **reason)
{
    if (!memory_write (memory, BOOT_PARAMS_GPA, params, sizeof *params) || !write_tables (memory))
        return fail (reason, "the kernel finds no memory below 640 KiB", -ENOMEM);
    return 0;
}

static void
fill_entry (struct boot_entry *entry, const struct kernel *kernel)
{
    *entry = (struct boot_entry){
        .rip = kernel->base + ENTRY_64_OFFSET,
        .rsi = BOOT_PARAMS_GPA,
        .rsp = STACK_GPA + PAGE_BYTES,
        .cr3 = PML4_GPA,
        .gdt_base = GDT_GPA,
        .gdt_limit = sizeof gdt - 1,
        .cs = SELECTOR_CODE,
        .ds = SELECTOR_DATA,
    };
}

int
boot_load (const struct boot_config *config, struct memory *memory, struct boot_entry *entry,
           const char **reason)
{
    struct boot_params params;
    struct kernel kernel;
    int ret;

    ret = open_kernel (&kernel, config, reason);
    if (ret == 0)
        ret = load_kernel (&kernel, memory, reason);
    if (ret < 0)
        return ret;

    memset (&params, 0, sizeof params);
    fill_header (&params.hdr, &kernel);
    fill_e820 (&params, config->layout);
    params.acpi_rsdp_addr = config->rsdp;
    if (config->has_vga)
        fill_screen_info (&params.screen_info);
    ret = load_command_line (&params.hdr, config->command_line, memory, reason);
    if (ret == 0 && config->initrd_fd >= 0)
        ret = load_initrd (&params.hdr, config, &kernel, memory, reason);
    if (ret == 0)
        ret = write_boot_params (&params, memory, reason);
    if (ret == 0)
        fill_entry (entry, &kernel);
    return ret;
}
