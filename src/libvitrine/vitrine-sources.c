/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-sources.c - whether the files a new machine is made from are what they are taken for.
 *
 * Looked at with plain reads of a few blocks; the contents are foreign and only ever compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

/* ECMA-119: descriptors of 2 KiB from sector 16 on; the first is the primary one. */
#define CD_SECTOR_BYTES     2048
#define CD_FIRST_DESCRIPTOR 16
#define CD_DESCRIPTORS_MAX  32
/* Burning programs may or may not pad an image by 150 sectors, and count them or not. */
#define CD_PAD_BYTES (150 * CD_SECTOR_BYTES)

#define SECTOR_BYTES 512

static gboolean
refuse_errno (GError **error, const char *path, int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR:
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("There is no file “%s”"), path);
    case EACCES:
    case EPERM:
        return vitrine_refuse (
            error, VITRINE_ERROR_DENIED,
            _ ("“%s” may not be opened by you; change its permissions or copy it"), path);
    case EROFS:
        return vitrine_refuse (error, VITRINE_ERROR_DENIED,
                               _ ("“%s” is on a file system that cannot be written"), path);
    default:
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” cannot be opened: %s"), path,
                               g_strerror (err));
    }
}

/* Opens a file or block device and tells its size; a pipe or a device of another kind is not waited
 * for.  Returns the descriptor or -1. */
static int
open_source (const char *path, gboolean writable, guint64 *size_bytes, GError **error)
{
    vitrine_autofd fd =
        open (path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0) {
        if (errno == EISDIR)
            vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is a folder, not a file"), path);
        else
            refuse_errno (error, path, errno);
        return -1;
    }
    if (fstat (fd, &st) != 0) {
        refuse_errno (error, path, errno);
        return -1;
    }
    *size_bytes = (guint64) st.st_size;
    if (S_ISDIR (st.st_mode))
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is a folder, not a file"), path);
    else if (S_ISBLK (st.st_mode) && ioctl (fd, BLKGETSIZE64, size_bytes) != 0)
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("There is no medium in “%s”"), path);
    else if (!S_ISREG (st.st_mode) && !S_ISBLK (st.st_mode))
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is neither a file nor a disk"),
                        path);
    else if (*size_bytes == 0)
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is empty"), path);
    else
        return vitrine_fd_steal (&fd);
    return -1;
}

/* Fills BUF from OFFSET, with zeros where the file has ended.  FALSE when reading fails. */
static gboolean
read_at (int fd, const char *path, void *buf, gsize len, guint64 offset, GError **error)
{
    gsize done = 0;

    memset (buf, 0, len);
    while (done < len) {
        ssize_t n = pread (fd, (char *) buf + done, len - done, (off_t) (offset + done));

        if (n == 0)
            return TRUE;
        if (n < 0 && errno != EINTR)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” cannot be read: %s"),
                                   path, g_strerror (errno));
        if (n > 0)
            done += (gsize) n;
    }
    return TRUE;
}

#define LUKS_MAGIC "LUKS\xba\xbe"

struct image_format {
    const char *name;
    const char *word; /* as a disk's format; NULL: none */
    guint offset;
    guint len_bytes;
    const char *magic;
};

/* What users have by the name of "disk image", and what a guest would see as noise if it were raw. */
static const struct image_format foreign_formats[] = {
    { "qcow2", "qcow2", 0, 4, "QFI\xfb" },
    { "VMDK", "vmdk", 0, 4, "KDMV" },
    { "VMDK", NULL, 0, 21, "# Disk DescriptorFile" },
    { "VDI", "vdi", 0x40, 4, "\x7f\x10\xda\xbe" },
    { "VHDX", "vhdx", 0, 8, "vhdxfile" },
    { "VHD", "vpc", 0, 8, "conectix" },
    { "QED", NULL, 0, 4, "QED" },
    { "gzip", NULL, 0, 3, "\x1f\x8b\x08" },
    { "xz", NULL, 0, 6,
      "\xfd"
      "7zXZ" },
    { "Zstandard", NULL, 0, 4, "\x28\xb5\x2f\xfd" },
    { "bzip2", NULL, 0, 3, "BZh" },
    { "ZIP", NULL, 0, 4, "PK\x03\x04" },
    { "LUKS", "luks", 0, 8, LUKS_MAGIC "\x00\x01" }, /* of version 2 are a guest's own */
};

static const struct image_format *
find_foreign_format (const guint8 *head)
{
    for (gsize i = 0; i < G_N_ELEMENTS (foreign_formats); i++)
        if (memcmp (head + foreign_formats[i].offset, foreign_formats[i].magic,
                    foreign_formats[i].len_bytes)
            == 0)
            return &foreign_formats[i];
    return NULL;
}

static gboolean
is_descriptor (const guint8 *sector, const char *id)
{
    return memcmp (sector + 1, id, 5) == 0;
}

/* Says why what is not a CD image is none. */
static gboolean
refuse_non_cd (const char *path, const guint8 *head, guint64 size_bytes, GError **error)
{
    const struct image_format *format = find_foreign_format (head);

    if (format != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is a %s file, not a CD image"), path, format->name);
    if (size_bytes < (CD_FIRST_DESCRIPTOR + 1) * CD_SECTOR_BYTES)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is too short for a CD image; download it again"), path);
    if (head[510] == 0x55 && head[511] == 0xaa)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is a disk image, not a CD image; use it as a disk"), path);
    return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is not a CD image"), path);
}

/* Walks the descriptors.  *BOOTABLE: there is an El Torito one. */
static gboolean
check_descriptors (int fd, const char *path, guint64 size_bytes, const guint8 *head,
                   gboolean *bootable, GError **error)
{
    guint8 sector[CD_SECTOR_BYTES];

    *bootable = FALSE;
    for (guint i = 0; i < CD_DESCRIPTORS_MAX; i++) {
        guint64 offset = (guint64) (CD_FIRST_DESCRIPTOR + i) * CD_SECTOR_BYTES;
        guint32 n_sectors;

        if (!read_at (fd, path, sector, sizeof sector, offset, error))
            return FALSE;
        if (!is_descriptor (sector, "CD001")) {
            if (i > 0 || is_descriptor (sector, "BEA01"))
                return TRUE; /* the end, or UDF alone */
            return refuse_non_cd (path, head, size_bytes, error);
        }
        if (sector[0] == 0 && memcmp (sector + 7, "EL TORITO SPECIFICATION", 23) == 0)
            *bootable = TRUE;
        if (sector[0] == 255)
            return TRUE;
        if (sector[0] != 1)
            continue;
        memcpy (&n_sectors, sector + 80, 4);
        if (size_bytes + CD_PAD_BYTES < (guint64) GUINT32_FROM_LE (n_sectors) * CD_SECTOR_BYTES)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“%s” is cut off; it was not downloaded completely"), path);
    }
    return TRUE;
}

static gboolean
check_cd (const char *path, char **warning, GError **error)
{
    guint64 size_bytes;
    vitrine_autofd fd = open_source (path, FALSE, &size_bytes, error);
    guint8 head[SECTOR_BYTES];
    gboolean bootable;

    if (fd < 0 || !read_at (fd, path, head, sizeof head, 0, error)
        || !check_descriptors (fd, path, size_bytes, head, &bootable, error))
        return FALSE;
    if (!bootable)
        *warning = g_strdup_printf (_ ("“%s” is a CD image that no machine can boot from"), path);
    return TRUE;
}

static gboolean
check_kernel (const char *path, GError **error)
{
    guint64 size_bytes;
    vitrine_autofd fd = open_source (path, FALSE, &size_bytes, error);
    guint8 head[1024];

    if (fd < 0 || !read_at (fd, path, head, sizeof head, 0, error))
        return FALSE;
    /* Linux' x86 boot protocol: the signature at 1feh, the header's magic at 202h. */
    if (head[0x1fe] == 0x55 && head[0x1ff] == 0xaa && memcmp (head + 0x202, "HdrS", 4) == 0)
        return TRUE;
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“%s” is not a Linux kernel (a bzImage)"), path);
}

static gboolean
check_initrd (const char *path, GError **error)
{
    guint64 size_bytes;
    vitrine_autofd fd = open_source (path, FALSE, &size_bytes, error);

    return fd >= 0;
}

/* Where a qcow2 image's header has the place of its base's name; big-endian, 0: none. */
#define QCOW2_BACKING 8

static gboolean
has_base (const struct image_format *format, const guint8 *head)
{
    static const guint8 none[8] = { 0 };

    return g_strcmp0 (format->word, "qcow2") == 0 && memcmp (head + QCOW2_BACKING, none, 8) != 0;
}

static gboolean
is_luks (const struct image_format *format)
{
    return format != NULL && g_strcmp0 (format->word, "luks") == 0;
}

/* Who does not say what PATH is has it looked at, this once: a guest that writes such a header into its raw disk
 * later changes nothing.  A header may also name any other file of the user's, to be read through the disk; that
 * is believed of a file of which the user says what it is. */
static gboolean
find_format (VitrineDiskSpec *disk, const struct image_format *found, const guint8 *head,
             GError **error)
{
    if (found != NULL && found->word == NULL)
        return vitrine_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("“%s” is a %s file, which cannot be used as a disk; unpack or convert it first"),
            disk->path, found->name);
    if (found != NULL && has_base (found, head))
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("“%s” is a qcow2 image based on another file; add format=qcow2 if you know where it "
               "comes from"),
            disk->path);
    /* A device that is encrypted as a whole is a guest's work more often than ours. */
    if (is_luks (found) && vitrine_is_block_device (disk->path))
        found = NULL;
    disk->format = g_strdup (found != NULL ? found->word : "raw");
    return TRUE;
}

gboolean
vitrine_rules_find_image_format (const char *path, VitrineDefinitionFormat *format, GError **error)
{
    guint64 size_bytes;
    vitrine_autofd fd = open_source (path, FALSE, &size_bytes, error);
    guint8 head[SECTOR_BYTES];

    return fd >= 0 && read_at (fd, path, head, sizeof head, 0, error)
           && vitrine_rules_find_head_format (head, path, format, error);
}

gboolean
vitrine_rules_find_head_format (const guint8 *head, const char *path,
                                VitrineDefinitionFormat *format, GError **error)
{
    const struct image_format *found = find_foreign_format (head);

    if (found != NULL && found->word == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("“%s” is a %s file, which is no disk image that can be opened"),
                               path, found->name);
    return vitrine_definition_format_from_string (found != NULL ? found->word : "raw", format);
}

static gboolean
check_format (const VitrineDiskSpec *disk, const struct image_format *found, GError **error)
{
    gboolean may_be_at_end = g_str_equal (disk->format, "vpc") && found == NULL;

    if (may_be_at_end || (is_luks (found) && g_str_equal (disk->format, "raw"))
        || g_strcmp0 (found != NULL ? found->word : "raw", disk->format) == 0)
        return TRUE;
    return found != NULL
               ? vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                 _ ("“%s” is a %s file, not of format %s"), disk->path, found->name,
                                 disk->format)
               : vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is not of format %s"),
                                 disk->path, disk->format);
}

/* A disk that is there already; says of which format it is. */
static gboolean
check_disk (VitrineDiskSpec *disk, GError **error)
{
    guint64 size_bytes;
    vitrine_autofd fd = open_source (disk->path, !disk->read_only, &size_bytes, error);
    const struct image_format *found;
    guint8 head[SECTOR_BYTES];

    if (fd < 0 || !read_at (fd, disk->path, head, sizeof head, 0, error))
        return FALSE;
    found = find_foreign_format (head);
    if (disk->format == NULL ? !find_format (disk, found, head, error)
                             : !check_format (disk, found, error))
        return FALSE;
    if (g_str_equal (disk->format, "raw") && size_bytes % SECTOR_BYTES != 0)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("“%s” is no disk image: it does not hold whole sectors of 512 bytes"), disk->path);
    return TRUE;
}

/* A disk that shall be made at a place the user chose. */
static gboolean
check_new_disk (const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname (path);
    struct stat st;

    if (lstat (path, &st) == 0)
        return vitrine_refuse (
            error, VITRINE_ERROR_EXISTS,
            _ ("There is a file “%s” already; leave the size out to use it as it is"), path);
    if (stat (folder, &st) != 0 || !S_ISDIR (st.st_mode))
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("There is no folder “%s”"),
                               folder);
    if (access (folder, W_OK | X_OK) != 0)
        return vitrine_refuse (error, VITRINE_ERROR_DENIED, _ ("You may not make files in “%s”"),
                               folder);
    return TRUE;
}

gboolean
vitrine_rules_check_sources (VitrineSpec *spec, char **warning, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);

    *warning = NULL;
    if (vitrine_spec_get_kernel (spec) != NULL
        && !check_kernel (vitrine_spec_get_kernel (spec), error))
        return FALSE;
    if (vitrine_spec_get_initrd (spec) != NULL
        && !check_initrd (vitrine_spec_get_initrd (spec), error))
        return FALSE;
    for (guint i = 0; i < disks->len; i++) {
        VitrineDiskSpec *disk = g_ptr_array_index (disks, i);

        gboolean is_new = vitrine_disk_spec_is_new (disk);

        if (disk->path != NULL && !is_new && !check_disk (disk, error))
            return FALSE;
        if (disk->path != NULL && is_new && !check_new_disk (disk->path, error))
            return FALSE;
    }
    return vitrine_spec_get_iso (spec) == NULL
           || check_cd (vitrine_spec_get_iso (spec), warning, error);
}
