/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image-ovf.c - the description of a virtual appliance.
 *
 * GLib's parser is enough, and has nothing that could be turned against its user: no entities but XML's own, no DTD, no
 * other files.  Names are looked at without their prefixes, which each program chooses for itself.
 */
#include "image-ovf.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"

#define MAX_DEPTH 32
#define MAX_ITEMS 512

/* CIM_ResourceAllocationSettingData.ResourceType */
enum {
    TYPE_CPU = 3,
    TYPE_MEMORY = 4,
    TYPE_NIC = 10,
    TYPE_DISK = 17,
};

typedef struct {
    char *id, *name;
    gboolean is_packed;
} File;

typedef struct {
    char *id, *file;
    guint64 size_bytes;
} Disk;

/* What an <Item> says. */
typedef struct {
    guint64 type, quantity;
    char *units, *model, *resource;
} Item;

typedef struct {
    const char *path;
    ImageOvf *ovf;
    GPtrArray *files, *disks; /* of File, of Disk */
    GPtrArray *wanted;        /* of char *, ids of the machine's disks */
    Item item;
    GString *text;
    guint depth, n_machines, n_items;
    gboolean in_item, in_machine, is_ovf;
} Reading;

static gboolean refuse (const Reading *reading, gint code, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
refuse (const Reading *reading, gint code, GError **error, const char *format, ...)
{
    g_autofree char *why = NULL;
    va_list args;

    va_start (args, format);
    why = g_strdup_vprintf (format, args);
    va_end (args);
    g_set_error (error, VITRINE_ERROR, code, _ ("The appliance “%s” cannot be imported: %s"),
                 reading->path, why);
    return FALSE;
}

static void
file_free (gpointer data)
{
    File *file = data;

    g_free (file->id);
    g_free (file->name);
    g_free (file);
}

static void
disk_free (gpointer data)
{
    Disk *disk = data;

    g_free (disk->id);
    g_free (disk->file);
    g_free (disk);
}

static void
ovf_disk_free (gpointer data)
{
    ImageOvfDisk *disk = data;

    g_free (disk->file);
    g_free (disk);
}

void
image_ovf_free (ImageOvf *self)
{
    if (!self)
        return;
    g_free (self->name);
    g_ptr_array_unref (self->disks);
    g_ptr_array_unref (self->nics);
    g_free (self);
}

static void
item_clear (Item *item)
{
    g_free (item->units);
    g_free (item->model);
    g_free (item->resource);
    *item = (Item){ 0 };
}

/* --- values ----------------------------------------------------------------------------------- */

static const char *
without_prefix (const char *name)
{
    const char *colon = strchr (name, ':');

    return colon ? colon + 1 : name;
}

static const char *
find_attribute (const char **names, const char **values, const char *name)
{
    for (guint i = 0; names[i]; i++)
        if (g_str_equal (without_prefix (names[i]), name))
            return values[i];
    return NULL;
}

static guint64
parse_number (const char *text)
{
    guint64 number;

    return text && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL) ? number : 0;
}

/* "byte * 2^30", "GigaBytes", "MB": as a shift; without any it is FALLBACK. */
static guint
parse_units (const char *units, guint fallback)
{
    static const char letters[] = "KMGT";
    const char *power = units ? strstr (units, "2^") : NULL;
    const char *letter;

    if (power)
        return (guint) MIN (parse_number (power + 2), 63);
    if (!units || *units == '\0')
        return fallback;
    letter = strchr (letters, g_ascii_toupper (*units));
    return letter && *letter != '\0' ? 10 * (guint) (letter - letters + 1) : 0;
}

/* What cannot be is as much as there is: whoever makes a machine of it refuses that. */
static guint64
scale (guint64 number, guint shift)
{
    return shift < 63 && number <= ((guint64) G_MAXINT64 >> shift) ? number << shift : G_MAXINT64;
}

/* --- elements --------------------------------------------------------------------------------- */

static gboolean
begin_file (Reading *reading, const char **names, const char **values, GError **error)
{
    const char *id = find_attribute (names, values, "id");
    const char *name = find_attribute (names, values, "href");
    const char *packing = find_attribute (names, values, "compression");
    File *file;

    if (!id || !name)
        return refuse (reading, VITRINE_ERROR_INVALID, error, _ ("a file in it has no name"));
    if (packing && *packing && !g_str_equal (packing, "gzip") && !g_str_equal (packing, "identity"))
        return refuse (reading, VITRINE_ERROR_UNSUPPORTED, error,
                       _ ("a file in it is packed as “%s”"), packing);
    file = g_new0 (File, 1);
    file->id = g_strdup (id);
    file->name = g_strdup (name);
    file->is_packed = g_strcmp0 (packing, "gzip") == 0;
    g_ptr_array_add (reading->files, file);
    return TRUE;
}

static gboolean
begin_disk (Reading *reading, const char **names, const char **values, GError **error)
{
    const char *id = find_attribute (names, values, "diskId");
    const char *file = find_attribute (names, values, "fileRef");
    Disk *disk;

    if (!id)
        return refuse (reading, VITRINE_ERROR_INVALID, error, _ ("a disk in it has no name"));
    if (find_attribute (names, values, "parentRef"))
        return refuse (reading, VITRINE_ERROR_UNSUPPORTED, error,
                       _ ("the disk “%s” is based on another"), id);
    disk = g_new0 (Disk, 1);
    disk->id = g_strdup (id);
    disk->file = g_strdup (file);
    disk->size_bytes =
        scale (parse_number (find_attribute (names, values, "capacity")),
               parse_units (find_attribute (names, values, "capacityAllocationUnits"), 0));
    g_ptr_array_add (reading->disks, disk);
    return TRUE;
}

/* VMware's and VirtualBox' own words for it. */
static void
look_for_firmware (Reading *reading, const char *name, const char **names, const char **values)
{
    const char *key = find_attribute (names, values, "key");
    const char *value = find_attribute (names, values, "value");
    const char *type = find_attribute (names, values, "type");

    if (g_str_equal (name, "Config") && g_strcmp0 (key, "firmware") == 0)
        reading->ovf->uefi = g_strcmp0 (value, "efi") == 0;
    else if (g_str_equal (name, "Firmware") && type)
        reading->ovf->uefi = g_str_has_prefix (type, "EFI");
}

static gboolean
begin_machine (Reading *reading, const char **names, const char **values, GError **error)
{
    const char *id = find_attribute (names, values, "id");

    if (reading->n_machines++ > 0)
        return refuse (reading, VITRINE_ERROR_UNSUPPORTED, error,
                       _ ("there are several machines in it"));
    reading->in_machine = TRUE;
    reading->ovf->name = g_strdup (id ? id : "");
    return TRUE;
}

static gboolean
is_item (const char *name)
{
    return g_str_equal (name, "Item") || g_str_equal (name, "StorageItem")
           || g_str_equal (name, "EthernetPortItem");
}

static void
start_cb (GMarkupParseContext *context, const char *element, const char **names,
          const char **values, gpointer data, GError **error)
{
    Reading *reading = data;
    const char *name = without_prefix (element);

    g_string_truncate (reading->text, 0);
    if (++reading->depth > MAX_DEPTH || reading->n_items > MAX_ITEMS
        || reading->files->len > MAX_ITEMS || reading->disks->len > MAX_ITEMS) {
        refuse (reading, VITRINE_ERROR_INVALID, error, _ ("there is too much in it"));
        return;
    }
    if (reading->depth == 1)
        reading->is_ovf = g_str_equal (name, "Envelope");
    if (g_str_equal (name, "File"))
        begin_file (reading, names, values, error);
    else if (g_str_equal (name, "Disk") && reading->depth == 3)
        begin_disk (reading, names, values, error);
    else if (g_str_equal (name, "VirtualSystem"))
        begin_machine (reading, names, values, error);
    else if (reading->in_machine)
        look_for_firmware (reading, name, names, values);
    if (is_item (name)) {
        reading->in_item = TRUE;
        reading->n_items++;
        item_clear (&reading->item);
    }
}

static void
text_cb (GMarkupParseContext *context, const char *text, gsize len, gpointer data, GError **error)
{
    Reading *reading = data;

    if (reading->text->len + len <= 4096)
        g_string_append_len (reading->text, text, (gssize) len);
}

static void
set_text (char **slot, const char *text)
{
    g_free (*slot);
    *slot = g_strdup (text);
}

/* A part of an item has ended. */
static void
end_part (Item *item, const char *name, const char *text)
{
    if (g_str_equal (name, "ResourceType"))
        item->type = parse_number (text);
    else if (g_str_equal (name, "VirtualQuantity"))
        item->quantity = parse_number (text);
    else if (g_str_equal (name, "AllocationUnits"))
        set_text (&item->units, text);
    else if (g_str_equal (name, "ResourceSubType"))
        set_text (&item->model, text);
    else if (g_str_equal (name, "HostResource"))
        set_text (&item->resource, text);
}

static void
end_item (Reading *reading)
{
    const Item *item = &reading->item;
    const char *slash;

    reading->in_item = FALSE;
    switch (item->type) {
    case TYPE_CPU:
        reading->ovf->vcpus = item->quantity;
        break;
    case TYPE_MEMORY:
        reading->ovf->memory_mib = scale (item->quantity, parse_units (item->units, 20)) >> 20;
        break;
    case TYPE_NIC:
        g_ptr_array_add (reading->ovf->nics, g_strdup (item->model ? item->model : ""));
        break;
    case TYPE_DISK: /* "ovf:/disk/vmdisk1" */
        slash = item->resource ? strrchr (item->resource, '/') : NULL;
        if (slash)
            g_ptr_array_add (reading->wanted, g_strdup (slash + 1));
        break;
    default:
        break; /* what it is is not imported */
    }
}

static void
end_cb (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
    Reading *reading = data;
    const char *name = without_prefix (element);

    reading->depth--;
    if (is_item (name))
        end_item (reading);
    else if (reading->in_item)
        end_part (&reading->item, name, g_strstrip (reading->text->str));
    else if (g_str_equal (name, "VirtualSystem"))
        reading->in_machine = FALSE;
    else if (g_str_equal (name, "Name") && reading->in_machine && reading->depth == 2)
        set_text (&reading->ovf->name, g_strstrip (reading->text->str));
    g_string_truncate (reading->text, 0);
}

/* --- all -------------------------------------------------------------------------------------- */

static const File *
find_file (const Reading *reading, const char *id)
{
    for (guint i = 0; id && i < reading->files->len; i++) {
        const File *file = g_ptr_array_index (reading->files, i);

        if (g_str_equal (file->id, id))
            return file;
    }
    return NULL;
}

static const Disk *
find_disk (const Reading *reading, const char *id)
{
    for (guint i = 0; i < reading->disks->len; i++) {
        const Disk *disk = g_ptr_array_index (reading->disks, i);

        if (g_str_equal (disk->id, id))
            return disk;
    }
    return NULL;
}

/* A name, not a way: not to another folder, nor to another computer. */
static gboolean
is_file_name (const char *name)
{
    return *name != '\0' && *name != '.' && !strchr (name, '/') && !strchr (name, ':')
           && !strchr (name, '\\');
}

static gboolean
add_disk (Reading *reading, const char *id, GError **error)
{
    const Disk *disk = find_disk (reading, id);
    const File *file = disk ? find_file (reading, disk->file) : NULL;
    ImageOvfDisk *found;

    if (!disk || (disk->file && *disk->file && !file))
        return refuse (reading, VITRINE_ERROR_INVALID, error,
                       _ ("it does not say which file the disk “%s” is"), id);
    if (file && !is_file_name (file->name))
        return refuse (reading, VITRINE_ERROR_INVALID, error,
                       _ ("“%s” in it is no plain file name"), file->name);
    found = g_new0 (ImageOvfDisk, 1);
    found->file = file ? g_strdup (file->name) : NULL;
    found->is_packed = file && file->is_packed;
    found->size_bytes = disk->size_bytes;
    g_ptr_array_add (reading->ovf->disks, found);
    return TRUE;
}

static gboolean
finish (Reading *reading, GError **error)
{
    if (!reading->is_ovf || reading->n_machines == 0)
        return refuse (reading, VITRINE_ERROR_INVALID, error, _ ("there is no machine in it"));
    if (reading->wanted->len > IMAGE_OVF_MAX_DISKS || reading->ovf->nics->len > IMAGE_OVF_MAX_NICS)
        return refuse (reading, VITRINE_ERROR_INVALID, error, _ ("there is too much in it"));
    for (guint i = 0; i < reading->wanted->len; i++)
        if (!add_disk (reading, g_ptr_array_index (reading->wanted, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
parse (Reading *reading, const char *text, gsize len, GError **error)
{
    static const GMarkupParser parser = { start_cb, end_cb, text_cb, NULL, NULL };
    g_autoptr (GMarkupParseContext) context =
        g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, reading, NULL);
    g_autoptr (GError) local = NULL;

    if (g_str_has_prefix (text, "\xef\xbb\xbf")) {
        text += 3;
        len -= 3;
    }
    if (g_markup_parse_context_parse (context, text, (gssize) len, &local)
        && g_markup_parse_context_end_parse (context, &local))
        return finish (reading, error);
    if (local->domain == VITRINE_ERROR) {
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    return refuse (reading, VITRINE_ERROR_INVALID, error, "%s", local->message);
}

ImageOvf *
image_ovf_read (const char *text, gsize len, const char *path, GError **error)
{
    g_autoptr (ImageOvf) ovf = g_new0 (ImageOvf, 1);
    Reading reading = { .path = path, .ovf = ovf, .text = g_string_new (NULL) };
    gboolean ok;

    ovf->disks = g_ptr_array_new_with_free_func (ovf_disk_free);
    ovf->nics = g_ptr_array_new_with_free_func (g_free);
    reading.files = g_ptr_array_new_with_free_func (file_free);
    reading.disks = g_ptr_array_new_with_free_func (disk_free);
    reading.wanted = g_ptr_array_new_with_free_func (g_free);
    ok = parse (&reading, text, len, error);
    g_ptr_array_unref (reading.files);
    g_ptr_array_unref (reading.disks);
    g_ptr_array_unref (reading.wanted);
    g_string_free (reading.text, TRUE);
    item_clear (&reading.item);
    if (ok && !ovf->name)
        ovf->name = g_strdup ("");
    return ok ? g_steal_pointer (&ovf) : NULL;
}
