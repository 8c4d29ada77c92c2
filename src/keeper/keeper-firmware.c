/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-firmware.c - the files a machine's processor begins with: firmware, kernel, initrd. */
#include "keeper-firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>

#include "fd.h"
#include "vitrine-error.h"

#define BIOS_NAME       "bios-256k.bin"
#define VGA_ROM_NAME    "vgabios-stdvga.bin"
#define VIRTIO_ROM_NAME "vgabios-virtio.bin"
#define BIOS_PACKAGE    "seabios"
#define UEFI_PACKAGE    "ovmf"
#define ROM_PACKAGE     "ipxe-qemu"

/* Firmware and variables by the names distributions give them, best first. */
static const struct {
    const char *code, *variables;
} uefi_names[] = {
    { "OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd" },
    { "OVMF_CODE.4m.fd", "OVMF_VARS.4m.fd" },
    { "OVMF_CODE.fd", "OVMF_VARS.fd" },
};

/* Opens PATH, which must be a file with something in it.  Returns -errno. */
static int
open_regular (const char *path)
{
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    int err = 0;

    if (fd < 0)
        return -errno;
    if (fstat (fd, &st) < 0)
        err = -errno;
    else if (S_ISDIR (st.st_mode))
        err = -EISDIR;
    else if (!S_ISREG (st.st_mode))
        err = -EINVAL;
    else if (st.st_size == 0)
        err = -ENODATA;
    if (err < 0)
        fd_close (&fd);
    return err < 0 ? err : fd;
}

int
keeper_firmware_open_named (const char *named, const char *path, GError **error)
{
    int fd = open_regular (path);

    switch (fd) {
    case -ENOENT:
    case -ENOTDIR:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("%s does not exist"), named);
        break;
    case -EACCES:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("%s cannot be opened: you have no right to read it"), named);
        break;
    case -EISDIR:
    case -EINVAL:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("%s is not a file"), named);
        break;
    case -ENODATA:
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("%s is empty (0 bytes)"),
                     named);
        break;
    default:
        if (fd < 0)
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE, _ ("%s cannot be opened: %s"),
                         named, g_strerror (-fd));
    }
    return fd < 0 ? -1 : fd;
}

/* --- what is installed ----------------------------------------------------------------------- */

static const char *
get_folders (const char *configured)
{
    const char *override = g_getenv ("VITRINE_FIRMWARE_PATH");

    return override ? override : configured;
}

/* NAME from the first of the folders PATH that has it, and that FOLDER (to be freed).  -ENOENT, with
 * no error set, when none has; -1 with an error. */
static int
find (const char *path, const char *name, char **folder, GError **error)
{
    g_auto (GStrv) folders = g_strsplit (path, ":", -1);

    for (char **at = folders; *at; at++) {
        g_autofree char *file = g_build_filename (*at, name, NULL);
        int fd = open_regular (file);

        if (fd == -ENOENT || fd == -ENOTDIR)
            continue;
        if (fd >= 0) {
            *folder = g_strdup (*at);
            return fd;
        }
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The firmware %s cannot be used: %s"), file, g_strerror (-fd));
        return -1;
    }
    return -ENOENT;
}

static int
refuse_missing (const char *path, const char *name, const char *package, GError **error)
{
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("The firmware %s was not found in %s; install the package “%s”"), name, path,
                 package);
    return -1;
}

static int
open_from (const char *path, const char *name, const char *package, GError **error)
{
    g_autofree char *folder = NULL;
    int fd = find (path, name, &folder, error);

    return fd == -ENOENT ? refuse_missing (path, name, package, error) : fd;
}

static int
open_bios_file (const char *name, GError **error)
{
    return open_from (get_folders (FIRMWARE_PATH), name, BIOS_PACKAGE, error);
}

int
keeper_firmware_open_bios (GError **error)
{
    return open_bios_file (BIOS_NAME, error);
}

int
keeper_firmware_open_vga_rom (const VitrineDefinitionDevice *video, GError **error)
{
    gboolean virtio = strcmp (video->model, "virtio") == 0;

    return open_bios_file (virtio ? VIRTIO_ROM_NAME : VGA_ROM_NAME, error);
}

/* iPXE is named by the card it drives; what UEFI takes is three times as large. */
int
keeper_firmware_open_network_rom (const VitrineDefinition *definition,
                                  const VitrineDefinitionDevice *card, GError **error)
{
    gboolean uefi =
        vitrine_definition_get_firmware (definition) == VITRINE_DEFINITION_FIRMWARE_UEFI;
    g_autofree char *name = g_strdup_printf ("%s-%s.rom", uefi ? "efi" : "pxe", card->model);

    return open_from (get_folders (ROM_PATH), name, ROM_PACKAGE, error);
}

/* --- UEFI ------------------------------------------------------------------------------------ */

/* What goes with a firmware is beside it, and is named as it is: CODE and VARS. */
static char *
guess_template (const char *loader)
{
    g_autofree char *folder = g_path_get_dirname (loader);
    g_autofree char *name = g_path_get_basename (loader);
    g_auto (GStrv) parts = g_strsplit (name, "CODE", 2);
    g_autofree char *guess = NULL;
    char *path;

    if (!parts[0] || !parts[1])
        return NULL;
    guess = g_strjoinv ("VARS", parts);
    path = g_build_filename (folder, guess, NULL);
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_clear_pointer (&path, g_free);
    return path;
}

static int
open_installed (char **template, GError **error)
{
    const char *path = get_folders (UEFI_PATH);

    for (gsize i = 0; i < G_N_ELEMENTS (uefi_names); i++) {
        g_autofree char *folder = NULL;
        int fd = find (path, uefi_names[i].code, &folder, error);

        if (fd == -ENOENT)
            continue;
        if (fd >= 0 && !*template)
            *template = g_build_filename (folder, uefi_names[i].variables, NULL);
        return fd;
    }
    return refuse_missing (path, uefi_names[0].code, UEFI_PACKAGE, error);
}

int
keeper_firmware_open_uefi (const VitrineDefinition *definition, char **template, GError **error)
{
    const char *loader = vitrine_definition_get_loader (definition);
    g_autofree char *named = g_strdup_printf (_ ("The firmware “%s”"), loader ? loader : "");

    *template = g_strdup (vitrine_definition_get_nvram_template (definition));
    if (!loader)
        return open_installed (template, error);
    if (!*template)
        *template = guess_template (loader);
    return keeper_firmware_open_named (named, loader, error);
}
