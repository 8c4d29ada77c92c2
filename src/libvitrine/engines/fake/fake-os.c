/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-os.c - the systems that a fake host knows, out of its key file. */
#include "fake-os.h"

#include <string.h>

#define OS     "os "
#define MEDIUM "medium "

static char *
dup_text (GKeyFile *file, const char *group, const char *key, const char *fallback)
{
    char *text = g_key_file_get_string (file, group, key, NULL);

    return text != NULL ? text : g_strdup (fallback);
}

static VitrineDiskBus
read_bus (GKeyFile *file, const char *group)
{
    g_autofree char *word = dup_text (file, group, "bus", "virtio");

    return g_str_equal (word, "sata")   ? VITRINE_DISK_BUS_SATA
           : g_str_equal (word, "scsi") ? VITRINE_DISK_BUS_SCSI
                                        : VITRINE_DISK_BUS_VIRTIO;
}

static VitrineOs *
read_os (GKeyFile *file, const char *group)
{
    const char *short_id = group + strlen (OS);
    g_autofree char *firmware = dup_text (file, group, "firmware", "bios");
    g_autofree char *made_up = g_strdup_printf ("http://example.org/%s", short_id);
    VitrineOs *os = g_new0 (VitrineOs, 1);

    os->short_id = g_strdup (short_id);
    os->id = dup_text (file, group, "id", made_up);
    os->name = dup_text (file, group, "name", short_id);
    os->version = dup_text (file, group, "version", "");
    os->vendor = dup_text (file, group, "vendor", "");
    os->family = dup_text (file, group, "family", "");
    os->user = dup_text (file, group, "user", "");
    os->nic_model = dup_text (file, group, "nic-model", "virtio");
    os->ended = g_key_file_get_boolean (file, group, "ended", NULL);
    os->vcpus = (guint) g_key_file_get_uint64 (file, group, "vcpus", NULL);
    os->memory_mib = g_key_file_get_uint64 (file, group, "memory-mib", NULL);
    os->disk_mib = g_key_file_get_uint64 (file, group, "disk-mib", NULL);
    os->bus = read_bus (file, group);
    vitrine_firmware_from_string (firmware, &os->firmware);
    return os;
}

GPtrArray *
fake_os_list (GKeyFile *file)
{
    GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_os_free);
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix (groups[i], OS))
            g_ptr_array_add (list, read_os (file, groups[i]));
    return list;
}

VitrineOsGuess *
fake_os_detect (GKeyFile *file, const char *path)
{
    g_autofree char *group = g_strconcat (MEDIUM, path, NULL);
    g_autofree char *confidence = dup_text (file, group, "confidence", "sure");
    g_autofree char *os = dup_text (file, group, "os", "");
    g_autofree char *os_group = g_strconcat (OS, os, NULL);
    VitrineOsGuess *guess = g_new0 (VitrineOsGuess, 1);

    guess->label = dup_text (file, group, "label", "");
    if (!g_key_file_has_group (file, os_group))
        return guess;
    guess->os = read_os (file, os_group);
    guess->confidence = g_str_equal (confidence, "similar")  ? VITRINE_OS_SIMILAR
                        : g_str_equal (confidence, "likely") ? VITRINE_OS_LIKELY
                                                             : VITRINE_OS_SURE;
    return guess;
}

VitrineExpressPlan *
fake_os_plan (GKeyFile *file, const char *path)
{
    g_autofree char *group = g_strconcat (MEDIUM, path, NULL);
    g_autofree char *express = dup_text (file, group, "express", "");
    VitrineExpressPlan *plan = g_new0 (VitrineExpressPlan, 1);

    plan->method = g_str_equal (express, "initrd") ? VITRINE_EXPRESS_INITRD
                   : g_str_equal (express, "cd")   ? VITRINE_EXPRESS_CD
                                                   : VITRINE_EXPRESS_BY_HAND;
    if (plan->method == VITRINE_EXPRESS_BY_HAND)
        plan->reason = dup_text (file, group, "no-express", "No script is known for its installer");
    plan->takes_key = g_key_file_get_boolean (file, group, "takes-key", NULL);
    plan->needs_internet = g_key_file_get_boolean (file, group, "needs-internet", NULL);
    return plan;
}

void
fake_os_log_express (const char *path, const VitrineExpress *express)
{
    const char *const fields[][2] = {
        { "user", express->user },         { "name", express->realname },
        { "password", express->password }, { "hostname", express->hostname },
        { "language", express->language }, { "keyboard", express->keyboard },
        { "timezone", express->timezone }, { "key", express->product_key },
    };
    GString *text = g_string_new (NULL);

    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
        g_string_append_printf (text, "%s=%s\n", fields[i][0], fields[i][1] ? fields[i][1] : "");
    g_file_set_contents (path, text->str, -1, NULL);
    g_string_free (text, TRUE);
}
