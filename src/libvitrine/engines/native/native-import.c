/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-import.c - disks out of packed files and appliances.
 *
 * Theory of operation.  Nothing of a foreign file is trusted: archives are only read, members where they lie; what is
 * packed is unpacked by a program that may open nothing, into a file without a name, so that nothing is left of it
 * whoever dies; qemu-img, as confined, copies the disk that is in it.  An image that names others is refused.
 */
#include "native-import.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "image-archive.h"
#include "image-copy.h"
#include "image-ovf.h"
#include "image-unpack.h"
#include "native-store.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define HEAD_BYTES 512
#define TAR_MAGIC  257 /* where an archive says that it is one */
#define STEP_BYTES (1 << 20)

/* Where an image lies. */
typedef struct {
    int fd;
    guint64 offset, size_bytes; /* SIZE_BYTES 0: all of FD */
} Part;

static int
open_file (const char *path, int flags, GError **error)
{
    vitrine_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
    struct stat st;

    if (fd < 0) {
        vitrine_refuse (error,
                        errno == ENOENT || errno == ENOTDIR ? VITRINE_ERROR_NOT_FOUND
                        : errno == EACCES || errno == EPERM ? VITRINE_ERROR_DENIED
                                                            : VITRINE_ERROR_INVALID,
                        _ ("“%s” cannot be opened: %s"), path, g_strerror (errno));
        return -1;
    }
    if (fstat (fd, &st) != 0 || !(S_ISREG (st.st_mode) || S_ISBLK (st.st_mode))) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is neither a file nor a disk"),
                        path);
        return -1;
    }
    return vitrine_fd_steal (&fd);
}

static gboolean
read_head (const Part *part, const char *path, guint8 head[HEAD_BYTES], GError **error)
{
    gsize len = part->size_bytes > 0 ? MIN (part->size_bytes, HEAD_BYTES) : HEAD_BYTES;

    memset (head, 0, HEAD_BYTES);
    return pread (part->fd, head, len, (off_t) part->offset) > 0
           || vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is empty"), path);
}

gboolean
native_import_is_packed (int fd)
{
    return image_packing_find (fd) != IMAGE_PACKING_NONE || image_archive_is_one (fd);
}

/* --- looking ---------------------------------------------------------------------------------- */

static VitrineImport *
import_new (VitrineImportKind kind, const char *name)
{
    VitrineImport *import = g_new0 (VitrineImport, 1);

    import->kind = kind;
    import->name = g_strdup (name);
    import->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_spec_free);
    import->nics = g_ptr_array_new_with_free_func (g_free);
    return import;
}

static VitrineDiskSpec *
add_disk (VitrineImport *import)
{
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    g_ptr_array_add (import->disks, disk);
    return disk;
}

/* A raw image stays raw, which needs no second copy; others become qcow2, which everything here works on. */
static VitrineImport *
read_packed (int fd, const char *path, GError **error)
{
    guint8 head[HEAD_BYTES];
    VitrineDefinitionFormat format;
    VitrineImport *import;
    VitrineDiskSpec *disk;

    if (!image_unpack_head (fd, path, image_packing_find (fd), head, sizeof head, error)
        || !vitrine_rules_find_head_format (head, path, &format, error))
        return NULL;
    if (memcmp (head + TAR_MAGIC, "ustar", 5) == 0) {
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                        _ ("“%s” is a packed archive; unpack it, and import what is in it"), path);
        return NULL;
    }
    import = import_new (VITRINE_IMPORT_PACKED, "");
    disk = add_disk (import);
    disk->source = g_strdup (path);
    disk->format = g_strdup (format == VITRINE_DEFINITION_FORMAT_RAW ? "raw" : "qcow2");
    return import;
}

/* The cards there are here, by what other programs call theirs. */
static const char *
find_nic_model (const char *model)
{
    g_autofree char *lower = g_ascii_strdown (model, -1);

    return strstr (lower, "virtio") != NULL ? "virtio" : "e1000e";
}

/* Every system knows SATA, whatever its disks were on. */
static gboolean
add_ovf_disk (VitrineImport *import, const ImageOvfDisk *from, const char *path, GPtrArray *members,
              GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    g_autofree char *beside =
        from->file != NULL ? g_build_filename (folder, from->file, NULL) : NULL;
    VitrineDiskSpec *disk = add_disk (import);
    vitrine_autofd fd = -1;

    disk->bus = VITRINE_DISK_BUS_SATA;
    disk->format = g_strdup ("qcow2");
    if (from->file == NULL) {
        disk->size_bytes = from->size_bytes; /* an empty one */
        return from->size_bytes > 0
               || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s” does not say how large one of its disks is"), path);
    }
    if (members != NULL && image_archive_find (members, from->file) == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” names the disk “%s”, which is not in it"), path,
                               from->file);
    if (members == NULL && (fd = open_file (beside, O_NOFOLLOW, error)) < 0)
        return FALSE;
    disk->source = g_strdup (members != NULL ? path : beside);
    disk->member = members != NULL ? g_strdup (from->file) : NULL;
    return TRUE;
}

static VitrineImport *
read_ovf (const Part *part, const char *path, GPtrArray *members, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr (ImageOvf) ovf = NULL;
    g_autoptr (VitrineImport) import = NULL;

    if (part->size_bytes > IMAGE_OVF_MAX_BYTES) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("The description in “%s” is too large for one"), path);
        return NULL;
    }
    text = g_malloc0 (part->size_bytes + 1);
    if (fd_pread_full (part->fd, text, part->size_bytes, (off_t) part->offset) != 0) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” cannot be read: %s"), path,
                        g_strerror (errno));
        return NULL;
    }
    ovf = image_ovf_read (text, part->size_bytes, path, error);
    if (ovf == NULL)
        return NULL;
    import = import_new (VITRINE_IMPORT_APPLIANCE, ovf->name);
    import->vcpus = (guint) MIN (ovf->vcpus, G_MAXUINT);
    import->memory_mib = ovf->memory_mib;
    import->firmware = ovf->uefi ? VITRINE_FIRMWARE_UEFI : VITRINE_FIRMWARE_BIOS;
    for (guint i = 0; i < ovf->disks->len; i++)
        if (!add_ovf_disk (import, g_ptr_array_index (ovf->disks, i), path, members, error))
            return NULL;
    for (guint i = 0; i < ovf->nics->len; i++)
        g_ptr_array_add (import->nics,
                         g_strdup (find_nic_model (g_ptr_array_index (ovf->nics, i))));
    return g_steal_pointer (&import);
}

static gboolean
has_suffix (const char *name, const char *suffix)
{
    gsize len = strlen (name), suffix_len = strlen (suffix);

    return len > suffix_len && g_ascii_strcasecmp (name + len - suffix_len, suffix) == 0;
}

static VitrineImport *
read_archive (int fd, const char *path, GError **error)
{
    g_autoptr (GPtrArray) members = image_archive_list (fd, path, error);

    for (guint i = 0; members != NULL && i < members->len; i++) {
        const ImageMember *member = g_ptr_array_index (members, i);
        const Part part = { fd, member->offset, member->size_bytes };

        if (has_suffix (member->name, ".ovf"))
            return read_ovf (&part, path, members, error);
    }
    if (members != NULL)
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("“%s” is an archive without a description (an .ovf file) in it"), path);
    return NULL;
}

VitrineImport *
native_import_read (const char *path, GError **error)
{
    vitrine_autofd fd = open_file (path, 0, error);
    VitrineImport *import;
    struct stat st;

    if (fd < 0)
        return NULL;
    if (image_archive_is_one (fd))
        return read_archive (fd, path, error);
    if (image_packing_find (fd) != IMAGE_PACKING_NONE)
        return read_packed (fd, path, error);
    if (has_suffix (path, ".ovf") && fstat (fd, &st) == 0) {
        const Part part = { fd, 0, (guint64) st.st_size };

        return read_ovf (&part, path, NULL, error);
    }
    import = import_new (VITRINE_IMPORT_IMAGE, "");
    add_disk (import)->path = g_strdup (path);
    return import;
}

/* --- copying ---------------------------------------------------------------------------------- */

typedef struct {
    const ImageWatch *watch;
    double begin, share;
} Stage;

static void
stage_cb (double fraction, gpointer data)
{
    const Stage *stage = data;

    if (stage->watch->progress != NULL)
        stage->watch->progress (stage->begin + fraction * stage->share, stage->watch->user_data);
}

static int
open_nameless (const char *folder, GError **error)
{
    int fd = fd_open_nameless (folder);

    if (fd < 0)
        native_store_refuse_errno (folder, -fd, error);
    return fd;
}

/* The bytes of PART in TO, an empty file. */
static gboolean
copy_part (const Part *part, int to, const char *folder, const ImageWatch *watch, GError **error)
{
    g_autofree guint8 *buffer = g_malloc (STEP_BYTES);

    for (guint64 at = 0; at < part->size_bytes;) {
        gsize len = (gsize) MIN (part->size_bytes - at, (guint64) STEP_BYTES);
        int ret = fd_pread_full (part->fd, buffer, len, (off_t) (part->offset + at));

        if (ret == 0)
            ret = fd_pwrite_full (to, buffer, len, (off_t) at);
        if (ret < 0)
            return native_store_refuse_errno (folder, -ret, error);
        if (g_cancellable_set_error_if_cancelled (watch->cancellable, error))
            return FALSE;
        at += len;
    }
    return TRUE;
}

/* What PART, at the beginning of which something is packed, becomes when it is unpacked into *TO. */
static gboolean
unpack (Part *part, const char *path, const char *folder, int *to, const ImageWatch *watch,
        GError **error)
{
    const Stage stage = { watch, 0, 0.5 };
    const ImageWatch half = { watch->cancellable, stage_cb, (gpointer) &stage };
    vitrine_autofd copy = -1;
    int from = part->fd;

    if (part->size_bytes > 0) {
        copy = from = open_nameless (folder, error);
        if (copy < 0 || !copy_part (part, copy, folder, watch, error))
            return FALSE;
    }
    *to = open_nameless (folder, error);
    if (*to < 0
        || !image_unpack (from, path, image_packing_find (from), *to, VITRINE_DISK_BYTES_MAX, &half,
                          error))
        return FALSE;
    *part = (Part){ .fd = *to };
    return TRUE;
}

static gboolean
is_packed (const Part *part)
{
    guint8 head[HEAD_BYTES];

    return read_head (part, "", head, NULL) && (head[0] == 0x1f || head[0] == 0xfd)
           && (memcmp (head, "\x1f\x8b\x08", 3) == 0
               || memcmp (head,
                          "\xfd"
                          "7zXZ",
                          6)
                      == 0);
}

/* A VHD of fixed size is a raw image, but for its last sector. */
static gboolean
ends_as_vhd (const Part *part)
{
    char word[8] = { 0 };
    off_t end = part->size_bytes > 0 ? (off_t) (part->offset + part->size_bytes)
                                     : lseek (part->fd, 0, SEEK_END);

    return end >= HEAD_BYTES && pread (part->fd, word, sizeof word, end - HEAD_BYTES) == 8
           && memcmp (word, "conectix", 8) == 0;
}

static gboolean
check_size (const ImageChain *chain, const ImageWatch *watch, GError **error)
{
    guint64 size_bytes;

    return image_tool_get_size (chain, watch, &size_bytes, error)
           && (size_bytes <= VITRINE_DISK_BYTES_MAX
               || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The disk in “%s” is larger than 16 TiB, which is the most"),
                                  chain->layers[0].path));
}

static gboolean
copy_image (const Part *part, const char *path, int fd, VitrineDefinitionFormat format,
            const ImageWatch *watch, double begin, GError **error)
{
    const Stage stage = { watch, begin, 1 - begin };
    const ImageWatch rest = { watch->cancellable, stage_cb, (gpointer) &stage };
    g_autoptr (ImageChain) chain = NULL;
    VitrineDefinitionFormat found;
    guint8 head[HEAD_BYTES];

    if (!read_head (part, path, head, error)
        || !vitrine_rules_find_head_format (head, path, &found, error))
        return FALSE;
    if (found == VITRINE_DEFINITION_FORMAT_RAW && ends_as_vhd (part))
        found = VITRINE_DEFINITION_FORMAT_VPC;
    if (found == VITRINE_DEFINITION_FORMAT_RAW && format == found && part->size_bytes == 0)
        return image_copy (part->fd, fd, path, &rest, error);
    chain = image_chain_new_for_part (part->fd, path, found, part->offset, part->size_bytes, error);
    return chain != NULL && check_size (chain, &rest, error)
           && image_tool_convert (chain, fd, format, NULL, &rest, error);
}

/* Where MEMBER, or the only disk, is in the archive FD. */
static gboolean
find_member (int fd, const char *path, const char *member, Part *part, GError **error)
{
    g_autoptr (GPtrArray) members = image_archive_list (fd, path, error);
    g_autoptr (VitrineImport) import = NULL;
    const ImageMember *found;

    if (members == NULL)
        return FALSE;
    if (member == NULL) {
        import = read_archive (fd, path, error);
        if (import == NULL)
            return FALSE;
        if (import->disks->len == 1)
            member = ((VitrineDiskSpec *) g_ptr_array_index (import->disks, 0))->member;
        if (member == NULL)
            return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                   _ ("“%s” holds %u disks, not one; make a machine of it"), path,
                                   import->disks->len);
    }
    found = image_archive_find (members, member);
    if (found == NULL || found->size_bytes == 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” names the disk “%s”, which is not in it"), path, member);
    *part = (Part){ fd, found->offset, found->size_bytes };
    return TRUE;
}

gboolean
native_import_fill (const char *source, const char *member, int fd, const char *folder,
                    VitrineDefinitionFormat format, const ImageWatch *watch, GError **error)
{
    vitrine_autofd file = open_file (source, 0, error);
    vitrine_autofd unpacked = -1;
    Part part = { .fd = file };
    double begin = 0;

    if (file < 0)
        return FALSE;
    if (image_archive_is_one (file) && !find_member (file, source, member, &part, error))
        return FALSE;
    if (is_packed (&part)) {
        if (!unpack (&part, source, folder, &unpacked, watch, error))
            return FALSE;
        begin = 0.5;
    }
    return copy_image (&part, source, fd, format, watch, begin, error);
}
