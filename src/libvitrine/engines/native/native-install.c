/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-install.c - what a new machine is installed by.
 *
 * The installer's kernel and initrd are copied out of the CD image, as the machine starts them itself; the script is one
 * more archive behind that initrd.  Or it is on a CD of its own.  install.ini comes last: without it the rest is nothing.
 */
#include "native-install.h"

#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "definition-install.h"
#include "native-store.h"
#include "vitrine-express-private.h"
#include "vitrine-iso-reader.h"
#include "vitrine-iso.h"
#include "vitrine-private.h"

/* More than any installer has; what is on a medium may be anything. */
#define KERNEL_MAX_BYTES (64 * 1024 * 1024)
#define INITRD_MAX_BYTES (1024 * 1024 * 1024)

/* The new file NAME in FOLDER, a copy of WAY on the medium FD; or -1. */
static int
copy_out (int fd, const char *way, guint64 max_bytes, const char *folder, const char *name,
          NativeMade *made, const ImageWatch *watch, GError **error)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    VitrineIsoExtent extent;
    vitrine_autofd out = -1;

    if (!vitrine_iso_find (fd, way, &extent, error))
        return -1;
    out = native_disk_make_empty (path, made, error);
    if (out < 0 || !vitrine_iso_copy (fd, &extent, max_bytes, out, watch->cancellable, error))
        return -1;
    return vitrine_fd_steal (&out);
}

static gboolean
make_kernel (const VitrineExpressScript *script, VitrineSpec *spec, const char *folder,
             NativeMade *made, const ImageWatch *watch, GError **error)
{
    vitrine_autofd medium = vitrine_iso_open (vitrine_spec_get_iso (spec), error);
    vitrine_autofd kernel = -1, initrd = -1;
    g_autoptr (GBytes) archive = NULL;
    struct stat st;

    if (medium < 0)
        return FALSE;
    kernel = copy_out (medium, script->kernel, KERNEL_MAX_BYTES, folder,
                       VITRINE_DEFINITION_INSTALL_KERNEL, made, watch, error);
    if (kernel < 0)
        return FALSE;
    initrd = copy_out (medium, script->initrd, INITRD_MAX_BYTES, folder,
                       VITRINE_DEFINITION_INSTALL_INITRD, made, watch, error);
    if (initrd < 0)
        return FALSE;
    if (fstat (initrd, &st) != 0 || fsync (kernel) != 0)
        return native_store_refuse_errno (folder, errno, error);
    archive = vitrine_express_archive (g_ptr_array_index (script->files, 0), (guint64) st.st_size);
    return native_disk_write (initrd, folder, archive, error);
}

static gboolean
make_cd (const VitrineExpressScript *script, const char *folder, NativeMade *made, GError **error)
{
    g_autofree char *path = g_build_filename (folder, VITRINE_DEFINITION_INSTALL_CD, NULL);
    VitrineIsoFile files[VITRINE_ISO_MAX_FILES];
    guint n = MIN (script->files->len, VITRINE_ISO_MAX_FILES);
    g_autoptr (GBytes) image = NULL;

    for (guint i = 0; i < n; i++) {
        const VitrineExpressFile *file = g_ptr_array_index (script->files, i);

        files[i] = (VitrineIsoFile){ file->name, file->text };
    }
    image = vitrine_iso_build (VITRINE_EXPRESS_CD_LABEL, files, n, VITRINE_EXPRESS_CD_BYTES);
    if (image == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The installer’s script is too long for its CD"));
    return native_disk_make_filled (path, image, made, error);
}

gboolean
native_install_make (VitrineSpec *spec, const char *folder, NativeMade *made,
                     const ImageWatch *watch, GError **error)
{
    const VitrineExpress *express = vitrine_spec_get_express (spec);
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    g_autoptr (VitrineExpressScript) script = NULL;
    g_autofree char *path = g_build_filename (folder, VITRINE_DEFINITION_INSTALL, NULL);
    g_autofree char *text = NULL;
    g_autoptr (GBytes) content = NULL;
    gboolean virtio;

    if (express == NULL)
        return TRUE;
    virtio = ((const VitrineDiskSpec *) g_ptr_array_index (disks, 0))->bus == VITRINE_DISK_BUS_VIRTIO;
    script = vitrine_express_make (express, vitrine_spec_get_name (spec),
                                   vitrine_spec_get_iso (spec), vitrine_spec_get_os (spec),
                                   virtio ? "/dev/vda" : "/dev/sda", watch->cancellable, error);
    if (script == NULL)
        return FALSE;
    if (script->plan.method == VITRINE_EXPRESS_INITRD
            ? !make_kernel (script, spec, folder, made, watch, error)
            : !make_cd (script, folder, made, error))
        return FALSE;
    text = vitrine_definition_install_format (
        script->plan.method == VITRINE_EXPRESS_INITRD ? script->command_line : NULL);
    content = g_bytes_new (text, strlen (text));
    return native_disk_make_filled (path, content, made, error);
}
