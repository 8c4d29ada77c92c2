/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-files.c - everything a machine needs from the file system, opened and locked. */
#include "keeper-files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "fd.h"
#include "image-tool.h"
#include "keeper-disk.h"
#include "keeper-firmware.h"
#include "keeper-host.h"
#include "keeper-lock.h"
#include "keeper-vsock.h"
#include "vitrine-error.h"

void
keeper_files_init (KeeperFiles *self)
{
    *self = (KeeperFiles){ .kvm_fd = -1, .firmware_fd = -1, .kernel_fd = -1, .initrd_fd = -1 };
}

void
keeper_files_clear (KeeperFiles *self)
{
    fd_close (&self->kvm_fd);
    fd_close (&self->firmware_fd);
    fd_close (&self->kernel_fd);
    fd_close (&self->initrd_fd);
    for (guint i = 0; i < self->n_backings; i++) {
        fd_close (&self->backings[i].fd);
        fd_close (&self->backings[i].rom_fd);
        g_clear_pointer (&self->backings[i].image, keeper_image_free);
    }
    g_clear_pointer (&self->nvram_template, g_free);
    g_clear_pointer (&self->backings, g_free);
    self->n_backings = 0;
}

/* --- firmware -------------------------------------------------------------------------------- */

static gboolean
open_boot (KeeperFiles *self, const VitrineDefinition *definition, GError **error)
{
    const char *kernel = vitrine_definition_get_kernel (definition);
    const char *initrd = vitrine_definition_get_initrd (definition);
    g_autofree char *the_kernel = g_strdup_printf (_ ("The kernel “%s”"), kernel ? kernel : "");
    g_autofree char *the_initrd = g_strdup_printf (_ ("The initrd “%s”"), initrd ? initrd : "");

    if (vitrine_definition_get_firmware (definition) == VITRINE_DEFINITION_FIRMWARE_UEFI)
        self->firmware_fd = keeper_firmware_open_uefi (definition, &self->nvram_template, error);
    else
        self->firmware_fd = keeper_firmware_open_bios (error);
    if (self->firmware_fd < 0)
        return FALSE;
    if (kernel && (self->kernel_fd = keeper_firmware_open_named (the_kernel, kernel, error)) < 0)
        return FALSE;
    return !initrd
           || (self->initrd_fd = keeper_firmware_open_named (the_initrd, initrd, error)) >= 0;
}

/* --- ROMs ------------------------------------------------------------------------------------ */

/* A card that is to boot, but whose code is not installed, is one of several things to boot from. */
static gboolean
open_network_rom (int *fd, const VitrineDefinition *definition, const VitrineDefinitionDevice *card,
                  GPtrArray *warnings, GError **error)
{
    const char *file = card->network->rom_file;
    g_autofree char *named =
        g_strdup_printf (_ ("The ROM “%s” of a network card"), file ? file : "");
    g_autoptr (GError) local = NULL;

    if (file)
        return (*fd = keeper_firmware_open_named (named, file, error)) >= 0;
    if (card->boot_index == 0 || card->network->no_rom)
        return TRUE;
    *fd = keeper_firmware_open_network_rom (definition, card, &local);
    if (*fd < 0)
        g_ptr_array_add (warnings, g_strdup_printf (_ ("%s; the machine does not boot from %s"),
                                                    local->message, card->alias));
    return TRUE;
}

static gboolean
open_rom (KeeperFiles *self, const VitrineDefinition *definition, guint index, GPtrArray *warnings,
          GError **error)
{
    const VitrineDefinitionDevice *device =
        g_ptr_array_index (vitrine_definition_get_devices (definition), index);
    int *fd = &self->backings[index].rom_fd;

    if (device->kind == VITRINE_DEFINITION_VIDEO)
        return (*fd = keeper_firmware_open_vga_rom (device, error)) >= 0;
    return !device->network || open_network_rom (fd, definition, device, warnings, error);
}

/* --- disks ----------------------------------------------------------------------------------- */

/* One of the first N of DEVICES that is the same file, or export, as DEVICE, where one of both writes. */
static const VitrineDefinitionDevice *
find_twin (GPtrArray *devices, guint n, const VitrineDefinitionDevice *device)
{
    struct stat st, other_st;

    for (guint i = 0; device->server && i < n; i++) {
        const VitrineDefinitionDevice *other = g_ptr_array_index (devices, i);

        if (other->server && !(other->read_only && device->read_only)
            && g_str_equal (other->source, device->source))
            return other;
    }
    if (device->server || stat (device->source, &st) < 0)
        return NULL;
    for (guint i = 0; i < n; i++) {
        const VitrineDefinitionDevice *other = g_ptr_array_index (devices, i);

        if (other->source && !(other->read_only && device->read_only)
            && stat (other->source, &other_st) == 0 && other_st.st_dev == st.st_dev
            && other_st.st_ino == st.st_ino)
            return other;
    }
    return NULL;
}

static gboolean
check_no_twin (GPtrArray *devices, guint n, const VitrineDefinitionDevice *device, GError **error)
{
    const VitrineDefinitionDevice *twin = find_twin (devices, n, device);

    if (!twin)
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("The disk “%s” is in this machine twice, as %s and as %s"), device->source,
                 twin->target, device->target);
    return FALSE;
}

/* What is written to DEVICE goes to an image on top of it that has no name, and so ends with who has it open. */
static KeeperImage *
open_disposable (const VitrineDefinitionDevice *device, const char *folder, guint patience_ms,
                 GPtrArray *warnings, GError **error)
{
    VitrineDefinitionDevice below = *device;
    g_autoptr (KeeperImage) image = NULL;
    g_autoptr (ImageChain) chain = NULL;
    const ImageWatch watch = { 0 };
    guint64 size_bytes;
    int fd;

    below.read_only = TRUE;
    image = keeper_image_open (&below, folder, patience_ms, warnings, error);
    chain = image ? image_chain_open (device->source, device->format, IMAGE_LOOK, error) : NULL;
    if (!chain || !image_tool_get_size (chain, &watch, &size_bytes, error))
        return NULL;
    fd = fd_open_nameless (folder);
    if (fd < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("What is written to the disk “%s” cannot be kept in %s for a while: %s"),
                     device->source, folder, g_strerror (-fd));
        return NULL;
    }
    if (!image_tool_create (fd, VITRINE_DEFINITION_FORMAT_QCOW2, size_bytes, FALSE, NULL, &watch,
                            error)
        || !keeper_image_add_top (image, fd, device->source, error)) {
        fd_close (&fd);
        return NULL;
    }
    return g_steal_pointer (&image);
}

static gboolean
refuse_disposable (const VitrineDefinitionDevice *device, GError **error)
{
    if (vitrine_definition_device_is_encrypted (device)) {
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
            _ ("What is written to the encrypted disk “%s” would lie in the clear until it "
               "is dropped, so the machine does not start that way; make the disk "
               "read-only, or start the machine for good"),
            device->source);
        return FALSE;
    }
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("What is written to the disk “%s”, a server's, cannot be dropped afterwards; "
                    "make the disk read-only, or start the machine for good"),
                 device->source);
    return FALSE;
}

/* FALSE with what keeper_disk_open() says. */
static gboolean
open_source (const KeeperFiles *self, KeeperBacking *disk, const VitrineDefinitionDevice *device,
             const char *folder, guint patience_ms, GPtrArray *warnings, GError **error)
{
    if (self->disposable && !device->read_only
        && (device->server || vitrine_definition_device_is_encrypted (device)))
        return refuse_disposable (device, error);
    if (self->disposable && !device->read_only)
        disk->image = open_disposable (device, folder, patience_ms, warnings, error);
    else if (device->format != VITRINE_DEFINITION_FORMAT_RAW || device->server)
        disk->image = keeper_image_open (device, folder, patience_ms, warnings, error);
    else
        disk->fd = keeper_disk_open (device, folder, patience_ms, &disk->direct, warnings, error);
    disk->by_process = disk->image != NULL;
    return disk->image || disk->fd >= 0;
}

/* Who is based on what is written to would read another's data between his own. */
static gboolean
check_no_heir (const KeeperBacking *disk, gboolean disposable,
               const VitrineDefinitionDevice *device, const char *folder, GError **error)
{
    g_autofree char *heir = NULL;
    struct stat st;

    if (device->read_only || disposable || device->server
        || fstat (disk->image ? disk->image->layers[0].fd : disk->fd, &st) < 0)
        return TRUE;
    heir = keeper_lock_find_heir (folder, &st);
    if (!heir)
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                 _ ("A disk of “%s” is based on the disk “%s”, which may not be written to while "
                    "that is so; use a clone of this machine, or delete “%s”"),
                 heir, device->source, heir);
    return FALSE;
}

static gboolean
open_disk (KeeperFiles *self, GPtrArray *devices, guint index, const char *folder,
           guint patience_ms, GPtrArray *warnings, GError **error)
{
    const VitrineDefinitionDevice *device = g_ptr_array_index (devices, index);
    KeeperBacking *disk = &self->backings[index];
    g_autoptr (GError) local = NULL;

    if (!device->source)
        return TRUE;
    if (!check_no_twin (devices, index, device, error))
        return FALSE;
    if (open_source (self, disk, device, folder, patience_ms, warnings, &local))
        return check_no_heir (disk, self->disposable, device, folder, error);
    if (device->source_optional
        && g_error_matches (local, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND)) {
        g_ptr_array_add (warnings, g_strdup_printf (_ ("%s; its drive is empty"), local->message));
        return TRUE;
    }
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
}

/* What stands behind device INDEX, whatever it is. */
static gboolean
open_device (KeeperFiles *self, GPtrArray *devices, guint index, const char *folder,
             guint patience_ms, GPtrArray *warnings, GError **error)
{
    VitrineDefinitionDevice *device = g_ptr_array_index (devices, index);
    int *fd = &self->backings[index].fd;
    guint32 cid;

    if (device->kind != VITRINE_DEFINITION_VSOCK)
        return open_disk (self, devices, index, folder, patience_ms, warnings, error);
    *fd = keeper_vsock_open (device, &cid, error);
    if (*fd < 0)
        return FALSE;
    device->cid = cid;
    return TRUE;
}

static void
make_room (KeeperFiles *self, guint n_devices)
{
    self->n_backings = n_devices;
    self->backings = g_new (KeeperBacking, n_devices);
    for (guint i = 0; i < n_devices; i++)
        self->backings[i] = (KeeperBacking){ .fd = -1, .rom_fd = -1 };
}

gboolean
keeper_files_open_last (KeeperFiles *self, GPtrArray *devices, const char *folder,
                        guint patience_ms, GPtrArray *warnings, GError **error)
{
    make_room (self, devices->len);
    return open_device (self, devices, devices->len - 1, folder, patience_ms, warnings, error);
}

KeeperImage *
keeper_files_open_image (const KeeperFiles *self, GPtrArray *devices,
                         const VitrineDefinitionDevice *device, const char *folder,
                         guint patience_ms, GPtrArray *warnings, GError **error)
{
    KeeperBacking disk = { .fd = -1, .rom_fd = -1 };

    if (!check_no_twin (devices, devices->len, device, error)
        || !open_source (self, &disk, device, folder, patience_ms, warnings, error))
        return NULL;
    if (!check_no_heir (&disk, self->disposable, device, folder, error))
        g_clear_pointer (&disk.image, keeper_image_free);
    return disk.image;
}

gboolean
keeper_files_check_server (const KeeperFiles *self, GPtrArray *devices,
                           const VitrineDefinitionDevice *device, GError **error)
{
    if (self->disposable && !device->read_only)
        return refuse_disposable (device, error);
    return check_no_twin (devices, devices->len, device, error);
}

void
keeper_files_take_last (KeeperFiles *self, GPtrArray *devices, int fd)
{
    KeeperBacking *last;

    make_room (self, devices->len);
    last = &self->backings[devices->len - 1];
    last->fd = fd;
    last->by_process = TRUE;
}

gboolean
keeper_files_open (KeeperFiles *self, const VitrineDefinition *definition, const char *folder,
                   guint patience_ms, GPtrArray *warnings, GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    make_room (self, devices->len);
    self->kvm_fd =
        keeper_host_open_kvm (vitrine_definition_get_max_vcpus (definition), warnings, error);
    if (self->kvm_fd < 0
        || !keeper_host_check_memory (vitrine_definition_get_memory_bytes (definition), warnings,
                                      error)
        || !open_boot (self, definition, error))
        return FALSE;
    for (guint i = 0; i < self->n_backings; i++)
        if (!open_rom (self, definition, i, warnings, error)
            || !open_device (self, devices, i, folder, patience_ms, warnings, error))
            return FALSE;
    return TRUE;
}
