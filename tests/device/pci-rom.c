/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci-rom.c - a function's expansion ROM, as firmware reads it; and what is none. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "pci-rom.h"
#include "test-machine.h"

#define DEVFN  PCI_DEVFN (4, 0)
#define ENABLE 1u
#define ROM_AT 0xf8000000u

struct fixture {
    struct test_machine *m;
    struct pci_function f;
};

static const struct pci_identity identity = { .vendor = 0x1234, .device = 0x5678 };

static void
setup (struct fixture *x, gconstpointer data)
{
    x->m = test_machine_new ();
    g_assert_cmpint (pci_function_init (&x->f, x->m->env.pci, DEVFN, "test", &identity, NULL), ==,
                     0);
}

static void
teardown (struct fixture *x, gconstpointer data)
{
    pci_function_destroy (&x->f);
    test_machine_free (x->m);
}

static uint32_t
place (struct fixture *x, uint32_t value)
{
    pci_config_write (x->m->env.pci, DEVFN, PCI_ROM, value, 4);
    return pci_config_read (x->m->env.pci, DEVFN, PCI_ROM, 4);
}

static void
test_bar (struct fixture *x, gconstpointer data)
{
    static const uint8_t bytes[39000] = { [38999] = 0x5a };
    struct pci_rom *rom = test_pci_rom (bytes, sizeof bytes);
    const uint8_t *shown;
    uint64_t size;

    g_assert_true (pci_bus_get_function (x->m->env.pci, DEVFN) == &x->f);
    g_assert_null (pci_bus_get_function (x->m->env.pci, DEVFN + 8));
    g_assert_null (pci_bus_get_function (x->m->env.pci, 256));
    g_assert_cmphex (place (x, 0xffffffff), ==, 0);
    pci_rom_add (rom, &x->f);
    g_assert_cmphex (place (x, 0xfffff800), ==, 0xffff0000); /* 64 KiB: 39,000 rounded up */
    shown = pci_rom_get_bytes (rom, &size);
    g_assert_cmpuint (size, ==, 65536);
    g_assert_cmphex (load_le16 (shown), ==, 0xaa55);
    g_assert_cmphex (shown[38999], ==, 0x5a);
    g_assert_cmphex (shown[39000], ==, 0);
    pci_function_destroy (&x->f);
    pci_rom_free (rom);
}

/* Firmware switches it on, copies it and switches it off; a reset does, too. */
static void
test_decoding (struct fixture *x, gconstpointer data)
{
    static const uint8_t bytes[4096];
    struct pci_rom *rom = test_pci_rom (bytes, sizeof bytes);

    pci_rom_add (rom, &x->f);
    place (x, ROM_AT | ENABLE);
    g_assert_false (test_is_mapped (x->m, ROM_AT));
    pci_config_write (x->m->env.pci, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    g_assert_true (test_is_mapped (x->m, ROM_AT));
    place (x, ROM_AT);
    g_assert_false (test_is_mapped (x->m, ROM_AT));
    place (x, ROM_AT | ENABLE);
    g_assert_true (test_is_mapped (x->m, ROM_AT));
    pci_function_reset (&x->f);
    g_assert_false (test_is_mapped (x->m, ROM_AT));
    pci_config_write (x->m->env.pci, DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    place (x, ROM_AT | ENABLE);
    g_assert_true (test_is_mapped (x->m, ROM_AT));
    pci_function_destroy (&x->f);
    g_assert_false (test_is_mapped (x->m, ROM_AT));
    pci_rom_free (rom);
}

/* What pci_rom_load() says to LEN bytes. */
static int
load (const void *bytes, size_t len)
{
    struct pci_rom *rom = NULL;
    int fd = fd_memfd_create ("rom", len), ret;

    g_assert_cmpint (fd_pwrite_full (fd, bytes, len, 0), ==, 0);
    ret = pci_rom_load (fd, &rom);
    g_assert_true ((ret == 0) == (rom != NULL));
    pci_rom_free (rom);
    fd_close (&fd);
    return ret;
}

static void
test_refused (struct fixture *x, gconstpointer data)
{
    static uint8_t bytes[PCI_ROM_MAX_BYTES + 1] = { 0x55, 0xaa, [0x18] = 0x1c, [0x1c] = 'P', 'C',
                                                    'I',  'R' };
    struct pci_rom *rom = NULL;
    int pipe_fds[2], null_fd = open ("/dev/null", O_RDONLY);

    g_assert_cmpint (load (bytes, 0x20), ==, 0); /* all that must be there */
    g_assert_cmpint (load (bytes, sizeof bytes - 1), ==, 0);
    g_assert_cmpint (load (bytes, sizeof bytes), ==, -EFBIG);
    for (size_t len = 0; len < 0x20; len++)
        g_assert_cmpint (load (bytes, len), ==, -EINVAL);
    bytes[0x18] = bytes[0x19] = 0xff; /* its data are beyond the end */
    g_assert_cmpint (load (bytes, 0x10000), ==, -EINVAL);
    bytes[0x18] = 0x1d, bytes[0x19] = 0;
    g_assert_cmpint (load (bytes, 4096), ==, -EINVAL);
    bytes[0x18] = 0x1c, bytes[0] = 0;
    g_assert_cmpint (load (bytes, 4096), ==, -EINVAL);

    g_assert_cmpint (pci_rom_load (null_fd, &rom), ==, -EINVAL);
    g_assert_cmpint (pipe (pipe_fds), ==, 0);
    g_assert_cmpint (pci_rom_load (pipe_fds[0], &rom), ==, -EINVAL);
    fd_close (&pipe_fds[0]);
    fd_close (&pipe_fds[1]);
    g_assert_cmpint (pci_rom_load (pipe_fds[0], &rom), ==, -EBADF);
    pci_rom_free (NULL);
    fd_close (&null_fd);
}

#define ADD(name, test) g_test_add ("/pci-rom/" name, struct fixture, NULL, setup, test, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("the-image-is-behind-the-register", test_bar);
    ADD ("it-is-there-while-it-is-switched-on", test_decoding);
    ADD ("what-is-no-image-is-refused", test_refused);
    return g_test_run ();
}
