/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image.c - fuzzing: what is read of images and appliances from anywhere: OVF descriptions, tar archives, the heads of
 * qcow2, VMDK and VHD images with VMDK's descriptor.
 *
 * The first byte of an input says which, and whether the rest is the file itself, or changes to one that is right: a place,
 * a kind and a value each.
 */
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "image-archive.h"
#include "image-head.h"
#include "image-ovf.h"
#include "vitrine-error.h"

#define MAX_BYTES     (256u << 10)
#define EDIT_BYTES    4
#define TAR_BLOCK     512
#define TAR_CHECKSUM  148
#define HEAD_TEXT_AT  512
#define BASE_AT       200
#define HEAD_BYTES    2048
#define N_TAR_MEMBERS 3

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char ovf[] =
    "<?xml version='1.0'?><Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' "
    "xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1' xmlns:rasd='http://x/rasd'>"
    "<References><File ovf:href='disk.vmdk' ovf:id='file1' ovf:compression='gzip'/></References>"
    "<DiskSection><Disk ovf:capacity='4' ovf:capacityAllocationUnits='byte * 2^20' "
    "ovf:diskId='d1' ovf:fileRef='file1'/></DiskSection><VirtualSystem ovf:id='web'>"
    "<Name>web</Name><VirtualHardwareSection><Item><rasd:ResourceType>3</rasd:ResourceType>"
    "<rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item><Item><rasd:AllocationUnits>byte * 2^20"
    "</rasd:AllocationUnits><rasd:ResourceType>4</rasd:ResourceType><rasd:VirtualQuantity>512"
    "</rasd:VirtualQuantity></Item><Item><rasd:HostResource>ovf:/disk/d1</rasd:HostResource>"
    "<rasd:ResourceType>17</rasd:ResourceType><rasd:Parent>5</rasd:Parent><rasd:AddressOnParent>0"
    "</rasd:AddressOnParent></Item><Item><rasd:ResourceType>10</rasd:ResourceType>"
    "<rasd:ResourceSubType>E1000</rasd:ResourceSubType></Item></VirtualHardwareSection>"
    "</VirtualSystem></Envelope>";

static const char descriptor[] =
    "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n"
    "createType=\"monolithicSparse\"\nRW 8192 SPARSE \"disk.vmdk\"\nddb.adapterType = \"ide\"\n";

/* What changes put in. */
static const char *const words[] = {
    "<Item>", "</Item>", "<File/>", "ovf:id=''", "&#0;", "&amp;", "<![CDATA[", "]]>", "<!--", "-->",
    "2^64", "byte * 2^63", "18446744073709551616", "-1", "../x", "ustar", "parentCID=", "\0\0\0\0",
};

typedef struct {
    guint8 bytes[MAX_BYTES];
    gsize size;
} File;

static void
append (File *file, const void *bytes, gsize size)
{
    size = MIN (size, sizeof file->bytes - file->size);
    memcpy (file->bytes + file->size, bytes, size);
    file->size += size;
}

static void
insert (File *file, gsize at, const char *word)
{
    gsize len = MAX (strlen (word), 4);

    if (len > sizeof file->bytes - file->size)
        return;
    memmove (file->bytes + at + len, file->bytes + at, file->size - at);
    memset (file->bytes + at, 0, len);
    memcpy (file->bytes + at, word, strlen (word));
    file->size += len;
}

static void
take_out (File *file, gsize at, gsize len)
{
    len = MIN (len, file->size - at);
    memmove (file->bytes + at, file->bytes + at + len, file->size - at - len);
    file->size -= len;
}

/* Each EDIT_BYTES: the place, twice, what is done, with what. */
static void
edit (File *file, const guint8 *script, gsize size)
{
    for (; size >= EDIT_BYTES && file->size > 0; script += EDIT_BYTES, size -= EDIT_BYTES) {
        gsize at = load_le16 (script) % file->size;

        switch (script[2] % 4) {
        case 0:
            file->bytes[at] = script[3];
            break;
        case 1:
            insert (file, at, words[script[3] % G_N_ELEMENTS (words)]);
            break;
        case 2:
            take_out (file, at, script[3]);
            break;
        case 3:
            file->bytes[at] ^= (guint8) (1u << (script[3] % 8));
            break;
        }
    }
}

static int
make_fd (const File *file)
{
    int fd = fd_memfd_create ("image", MAX_BYTES);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (fd_pwrite_full (fd, file->bytes, file->size, 0), ==, 0);
    return fd;
}

/* --- archives ------------------------------------------------------------------------------------ */

/* As a header says it: the sum of its bytes, with blanks where it is. */
static void
sign (guint8 *header)
{
    guint sum = 0;

    memset (header + TAR_CHECKSUM, ' ', 8);
    for (guint i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    g_snprintf ((char *) header + TAR_CHECKSUM, 8, "%06o", sum);
}

static void
make_archive (File *file)
{
    static const char *const names[N_TAR_MEMBERS] = { "web.ovf", "web.mf", "disk.vmdk" };
    guint8 block[TAR_BLOCK];

    for (guint i = 0; i < N_TAR_MEMBERS; i++) {
        memset (block, 0, sizeof block);
        g_strlcpy ((char *) block, names[i], 100);
        memcpy (block + 100, "0000644", 8);
        memcpy (block + 124, "00000001000", 12);
        block[156] = '0';
        memcpy (block + 257, "ustar\00000", 8);
        sign (block);
        append (file, block, sizeof block);
        memset (block, 'x', sizeof block);
        append (file, block, sizeof block);
    }
    memset (block, 0, sizeof block);
    append (file, block, sizeof block);
    append (file, block, sizeof block);
}

/* What was changed in a header is signed again, or nothing behind the sum would ever be read. */
static void
sign_all (File *file)
{
    for (gsize at = 0; at + TAR_BLOCK <= file->size; at += 2 * TAR_BLOCK)
        sign (file->bytes + at);
}

static void
read_archive (const File *file)
{
    int fd = make_fd (file);
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) members = NULL;

    image_archive_is_one (fd);
    members = image_archive_list (fd, "/x.ova", &error);
    g_assert_true ((members == NULL) == (error != NULL));
    for (guint i = 0; members && i < members->len; i++) {
        const ImageMember *member = g_ptr_array_index (members, i);

        g_assert_null (strchr (member->name, '/'));
        g_assert_true (range_fits (member->offset, member->size_bytes, MAX_BYTES));
    }
    fd_close (&fd);
}

/* --- descriptions -------------------------------------------------------------------------------- */

static void
read_description (const File *file)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (ImageOvf) read =
        image_ovf_read ((const char *) file->bytes, file->size, "/x.ovf", &error);

    g_assert_true ((read == NULL) == (error != NULL));
    if (!read)
        return;
    g_assert_cmpuint (read->disks->len, <=, IMAGE_OVF_MAX_DISKS);
    g_assert_cmpuint (read->nics->len, <=, IMAGE_OVF_MAX_NICS);
    for (guint i = 0; i < read->disks->len; i++) {
        const ImageOvfDisk *disk = g_ptr_array_index (read->disks, i);

        g_assert_true (disk->file == NULL || strchr (disk->file, '/') == NULL);
    }
}

/* --- heads --------------------------------------------------------------------------------------- */

static void
make_head (File *file, VitrineDefinitionFormat format)
{
    static const char base[] = "base.raw", base_format[] = "raw\0\0\0\0\0";
    guint8 head[HEAD_BYTES] = { 0 };

    if (format == VITRINE_DEFINITION_FORMAT_QCOW2) {
        memcpy (head, "QFI\xfb", 4);
        store_be32 (head + 4, 3);
        store_be64 (head + 8, BASE_AT);
        store_be32 (head + 16, strlen (base));
        store_be32 (head + 100, 104);
        store_be32 (head + 104, 0xe2792aca);
        store_be32 (head + 108, 3);
        memcpy (head + 112, base_format, 8);
        memcpy (head + BASE_AT, base, strlen (base));
    } else if (format == VITRINE_DEFINITION_FORMAT_VMDK) {
        memcpy (head, "KDMV", 4);
        store_le64 (head + 12, 8192);
        memcpy (head + HEAD_TEXT_AT, descriptor, strlen (descriptor));
    } else if (format == VITRINE_DEFINITION_FORMAT_LUKS) {
        memcpy (head, "LUKS\xba\xbe\0\1", 8);
        store_be32 (head + 104, 1);
        store_be32 (head + 108, 16);
        store_be32 (head + 164, 1000);
        for (guint i = 0; i < 8; i++)
            store_be32 (head + 208 + i * 48, 0x0000dead);
    } else {
        memcpy (head, "conectix", 8);
        store_be32 (head + 60, 3);
    }
    append (file, head, sizeof head);
}

static void
read_head (const File *file, VitrineDefinitionFormat format)
{
    int fd = make_fd (file);
    g_autoptr (GError) error = NULL;
    ImageBase base;
    gboolean ok = image_head_read (fd, 0, "/images/x", format, &base, &error);

    g_assert_true (ok == (error == NULL));
    if (ok && base.path)
        g_assert_true (g_path_is_absolute (base.path));
    g_free (base.path);
    fd_close (&fd);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static const VitrineDefinitionFormat formats[] = { VITRINE_DEFINITION_FORMAT_QCOW2,
                                                       VITRINE_DEFINITION_FORMAT_VMDK,
                                                       VITRINE_DEFINITION_FORMAT_VPC,
                                                       VITRINE_DEFINITION_FORMAT_LUKS };
    static File file;
    guint kind;
    gboolean is_whole;

    if (size < 1)
        return 0;
    kind = (data[0] >> 1) % (2 + G_N_ELEMENTS (formats));
    is_whole = data[0] & 1;
    file.size = 0;
    if (is_whole)
        append (&file, data + 1, size - 1);
    else if (kind == 0)
        append (&file, ovf, strlen (ovf));
    else if (kind == 1)
        make_archive (&file);
    else
        make_head (&file, formats[kind - 2]);
    if (!is_whole)
        edit (&file, data + 1, size - 1);
    if (kind == 1 && !is_whole && data[0] & 0x80)
        sign_all (&file);
    if (kind == 0)
        read_description (&file);
    else if (kind == 1)
        read_archive (&file);
    else
        read_head (&file, formats[kind - 2]);
    return 0;
}
