/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-seed.c - the disk by which a cloud image is told who may log in: cloud-init's NoCloud, three files in YAML.
 *
 * Every text of the user's is quoted so that it is one scalar whatever is in it.  The password is written as the hash that
 * /etc/shadow has, by libcrypt, which is on every system and is loaded here alone.
 */
#include "vitrine-seed-private.h"

#include <crypt.h>
#include <glib/gi18n-lib.h>
#include <gmodule.h>
#include <string.h>
#include <sys/random.h>

#include "vitrine-iso.h"
#include "vitrine-private.h"

#define LABEL      "cidata" /* by which cloud-init finds it */
#define LIBCRYPT   "libcrypt.so.1"
#define SALT_BYTES 12

void
vitrine_seed_add (VitrineSpec *spec)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    VitrineDiskSpec *seed;

    if (vitrine_spec_get_cloud (spec) == NULL)
        return;
    for (guint i = 0; i < disks->len; i++)
        if (((VitrineDiskSpec *) g_ptr_array_index (disks, i))->seed)
            return;
    seed = vitrine_disk_spec_new ();
    seed->seed = seed->read_only = TRUE;
    seed->size_bytes = VITRINE_SEED_BYTES;
    seed->format = g_strdup ("raw");
    /* What reads the one reads the other: many cloud images have no driver for a CD drive. */
    if (disks->len > 0)
        seed->bus = ((VitrineDiskSpec *) g_ptr_array_index (disks, 0))->bus;
    vitrine_spec_add_disk (spec, seed);
}

/* --- YAML -------------------------------------------------------------------------------------------- */

char *
vitrine_seed_quote (const char *text)
{
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    GString *quoted = g_string_new ("\"");

    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        if (c == '"' || c == '\\')
            g_string_append_printf (quoted, "\\%c", (char) c);
        else if (c >= 0x20 && c < 0x7f)
            g_string_append_c (quoted, (char) c);
        else if (c <= 0xffff)
            g_string_append_printf (quoted, "\\u%04x", c);
        else
            g_string_append_printf (quoted, "\\U%08x", c);
    }
    g_string_append_c (quoted, '"');
    return g_string_free (quoted, FALSE);
}

/* Appends "BEFORE: "TEXT"". */
static void
add (GString *yaml, const char *before, const char *text)
{
    g_autofree char *quoted = vitrine_seed_quote (text);

    g_string_append_printf (yaml, "%s%s\n", before, quoted);
}

static void
add_keys (GString *yaml, const char *keys)
{
    g_auto (GStrv) lines = g_strsplit (keys, "\n", -1);

    g_string_append (yaml, "    ssh_authorized_keys:\n");
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strstrip (lines[i]);
        if (*lines[i] != '\0' && *lines[i] != '#')
            add (yaml, "      - ", lines[i]);
    }
}

/* --- the password ------------------------------------------------------------------------------------ */

typedef char *(*CryptFunc) (const char *phrase, const char *setting, struct crypt_data *data);

/* "$6$" and random letters: SHA-512, which every system that cloud-init is in can check. */
static gboolean
make_salt (char *salt, GError **error)
{
    static const char letters[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    guint8 random[SALT_BYTES];

    if (getrandom (random, sizeof random, 0) != (ssize_t) sizeof random)
        return vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("The system has no random numbers"));
    memcpy (salt, "$6$", 3);
    for (gsize i = 0; i < sizeof random; i++)
        salt[3 + i] = letters[random[i] % 64];
    salt[3 + sizeof random] = '\0';
    return TRUE;
}

char *
vitrine_seed_hash (const char *password, GError **error)
{
    GModule *library = g_module_open (LIBCRYPT, G_MODULE_BIND_LOCAL);
    struct crypt_data *data = g_new0 (struct crypt_data, 1);
    gpointer function = NULL;
    char salt[3 + SALT_BYTES + 1];
    char *result = NULL;

    if (library == NULL || !g_module_symbol (library, "crypt_r", &function))
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                        _ ("A password cannot be given without the library %s; give an SSH key"),
                        LIBCRYPT);
    else if (make_salt (salt, error))
        result = g_strdup (((CryptFunc) function) (password, salt, data));
    if (function != NULL && (result == NULL || *result != '$')) {
        g_clear_pointer (&result, g_free);
        if (error == NULL || *error == NULL)
            vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("The password cannot be hashed"));
    }
    explicit_bzero (data, sizeof *data);
    g_free (data);
    if (library != NULL)
        g_module_close (library);
    return result;
}

/* --- the files --------------------------------------------------------------------------------------- */

static char *
make_meta_data (const char *uuid, const char *hostname)
{
    GString *yaml = g_string_new (NULL);

    add (yaml, "instance-id: ", uuid);
    add (yaml, "local-hostname: ", hostname);
    return g_string_free (yaml, FALSE);
}

/* Who has a password is asked for it by sudo, and may log in with it over the network as well. */
static char *
make_user_data (const VitrineCloud *cloud, const char *hostname, GError **error)
{
    g_autofree char *hashed =
        cloud->password != NULL ? vitrine_seed_hash (cloud->password, error) : NULL;
    GString *yaml;

    if (cloud->password != NULL && hashed == NULL)
        return NULL;
    yaml = g_string_new ("#cloud-config\n");
    add (yaml, "hostname: ", hostname);
    g_string_append (yaml, "users:\n");
    add (yaml, "  - name: ", cloud->user);
    add (yaml, "    shell: ", "/bin/bash");
    add (yaml, "    sudo: ", hashed != NULL ? "ALL=(ALL) ALL" : "ALL=(ALL) NOPASSWD:ALL");
    g_string_append_printf (yaml, "    lock_passwd: %s\n", hashed != NULL ? "false" : "true");
    if (hashed != NULL)
        add (yaml, "    passwd: ", hashed);
    if (cloud->keys != NULL)
        add_keys (yaml, cloud->keys);
    g_string_append_printf (yaml, "ssh_pwauth: %s\n", hashed != NULL ? "true" : "false");
    return g_string_free (yaml, FALSE);
}

/* Each card by its address, as the names it will get are the guest's to choose. */
static char *
make_network_config (const char *const *macs)
{
    GString *yaml = g_string_new ("version: 2\nethernets:\n");

    for (guint i = 0; macs[i] != NULL; i++) {
        g_string_append_printf (yaml, "  eth%u:\n    match:\n", i);
        add (yaml, "      macaddress: ", macs[i]);
        g_string_append_printf (yaml, "    set-name: eth%u\n    dhcp4: true\n", i);
    }
    return g_string_free (yaml, FALSE);
}

GBytes *
vitrine_seed_build (VitrineSpec *spec, const char *uuid, const char *const *macs, GError **error)
{
    const VitrineCloud *cloud = vitrine_spec_get_cloud (spec);
    g_autofree char *hostname = cloud->hostname != NULL
                                    ? g_strdup (cloud->hostname)
                                    : vitrine_cloud_dup_hostname (vitrine_spec_get_name (spec));
    g_autofree char *meta = make_meta_data (uuid, hostname);
    g_autofree char *user = make_user_data (cloud, hostname, error);
    g_autofree char *network = macs[0] != NULL ? make_network_config (macs) : NULL;
    const VitrineIsoFile files[] = { { "meta-data", meta },
                                     { "user-data", user },
                                     { "network-config", network } };
    GBytes *image;

    if (user == NULL)
        return NULL;
    image = vitrine_iso_build (LABEL, files, network != NULL ? 3 : 2, VITRINE_SEED_BYTES);
    if (image == NULL)
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("What the cloud image shall be told does not fit"));
    return image;
}
