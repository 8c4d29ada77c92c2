/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-express.c - which script an installer takes, how it can come to it, and the script filled in.
 *
 * A medium that the database lists says itself whether its installer takes one, and where its kernel is.  Of another one it
 * is believed when what a medium of that system has is there.
 */
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "osinfo-medium.h"
#include "osinfo-private.h"
#include "vitrine-error.h"
#include "vitrine-iso-reader.h"

#define ARCHITECTURE "x86_64"
#define METHOD(name) OSINFO_INSTALL_SCRIPT_INJECTION_METHOD_##name

static gboolean
is_on_medium (int fd, const char *way)
{
    VitrineIsoExtent extent;

    return way != NULL && vitrine_iso_find (fd, way, &extent, NULL);
}

static gboolean
has_installer (int fd, OsinfoMedia *media)
{
    return is_on_medium (fd, osinfo_media_get_kernel_path (media))
           && is_on_medium (fd, osinfo_media_get_initrd_path (media));
}

/* The medium ISO as the database has it for OS (transfer full), or NULL. */
static OsinfoMedia *
find_media (OsinfoDb *db, OsinfoOs *os, const OsinfoMedium *medium, int fd)
{
    g_autoptr (OsinfoMedia) known = osinfo_medium_identify (db, medium);
    g_autoptr (OsinfoMediaList) list = osinfo_os_get_media_list (os);
    int n = osinfo_list_get_length (OSINFO_LIST (list));

    if (known != NULL) {
        g_autoptr (OsinfoOs) known_os = osinfo_media_get_os (known);

        if (known_os == os)
            return g_steal_pointer (&known);
    }
    for (int i = 0; i < n; i++) {
        OsinfoMedia *media = OSINFO_MEDIA (osinfo_list_get_nth (OSINFO_LIST (list), i));

        if (g_strcmp0 (osinfo_media_get_architecture (media), ARCHITECTURE) == 0
            && osinfo_media_supports_installer_script (media) && has_installer (fd, media))
            return g_object_ref (media);
    }
    return NULL;
}

/* A server's medium has no desktop to install. */
static gboolean
is_server (OsinfoMedia *media)
{
    g_autoptr (OsinfoOsVariantList) variants =
        media != NULL ? osinfo_media_get_os_variants (media) : NULL;
    int n = variants != NULL ? osinfo_list_get_length (OSINFO_LIST (variants)) : 0;

    for (int i = 0; i < n; i++) {
        OsinfoOsVariant *variant =
            OSINFO_OS_VARIANT (osinfo_list_get_nth (OSINFO_LIST (variants), i));

        if (strstr (osinfo_os_variant_get_name (variant), "Server") != NULL)
            return TRUE;
    }
    return FALSE;
}

/* Of LIST's scripts those of PROFILE that come to the installer by METHOD; (transfer full). */
static GPtrArray *
pick (OsinfoInstallScriptList *list, const char *profile, guint method)
{
    GPtrArray *picked = g_ptr_array_new_with_free_func (g_object_unref);

    for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (list)); i++) {
        OsinfoInstallScript *script =
            OSINFO_INSTALL_SCRIPT (osinfo_list_get_nth (OSINFO_LIST (list), i));

        if (g_strcmp0 (osinfo_install_script_get_profile (script), profile) == 0
            && (osinfo_install_script_get_injection_methods (script) & method) != 0)
            g_ptr_array_add (picked, g_object_ref (script));
    }
    return picked;
}

/* The same, but none where one of that profile cannot: an installer needs all of them. */
static GPtrArray *
pick_all (OsinfoInstallScriptList *list, const char *profile, guint method)
{
    g_autoptr (GPtrArray) all = pick (list, profile, G_MAXUINT);
    GPtrArray *picked = pick (list, profile, method);

    if (picked->len < all->len)
        g_ptr_array_set_size (picked, 0);
    return picked;
}

/* (transfer full) */
static GPtrArray *
choose (OsinfoOs *os, OsinfoMedia *media, guint method)
{
    g_autoptr (OsinfoInstallScriptList) of_media =
        media != NULL ? osinfo_media_get_install_script_list (media) : NULL;
    g_autoptr (OsinfoInstallScriptList) of_os = osinfo_os_get_install_script_list (os);
    OsinfoInstallScriptList *list =
        of_media != NULL && osinfo_list_get_length (OSINFO_LIST (of_media)) > 0 ? of_media : of_os;
    gboolean server = is_server (media);
    GPtrArray *picked = pick_all (
        list, server ? OSINFO_INSTALL_SCRIPT_PROFILE_JEOS : OSINFO_INSTALL_SCRIPT_PROFILE_DESKTOP,
        method);

    if (picked->len > 0)
        return picked;
    g_ptr_array_unref (picked);
    return pick_all (
        list, server ? OSINFO_INSTALL_SCRIPT_PROFILE_DESKTOP : OSINFO_INSTALL_SCRIPT_PROFILE_JEOS,
        method);
}

/* --- filling in -------------------------------------------------------------------------------------- */

static OsinfoInstallConfig *
make_config (const VitrineExpressFill *fill, gboolean windows)
{
    const VitrineExpress *express = fill->express;
    OsinfoInstallConfig *config = osinfo_install_config_new ("http://vitrine/express");

    osinfo_install_config_set_hardware_arch (config, ARCHITECTURE);
    osinfo_install_config_set_user_login (config, express->user);
    osinfo_install_config_set_user_realname (config, express->realname);
    osinfo_install_config_set_user_password (config, express->password);
    osinfo_install_config_set_admin_password (config, express->password);
    osinfo_install_config_set_user_administrator (config, TRUE);
    osinfo_install_config_set_hostname (config, express->hostname);
    osinfo_install_config_set_l10n_language (config, express->language);
    osinfo_install_config_set_l10n_keyboard (config, express->keyboard);
    osinfo_install_config_set_l10n_timezone (config, express->timezone);
    osinfo_install_config_set_target_disk (config, windows ? "C" : fill->target_disk);
    if (express->product_key != NULL)
        osinfo_install_config_set_reg_product_key (config, express->product_key);
    return config;
}

static gboolean
add_file (VitrineExpressScript *self, OsinfoInstallScript *script, OsinfoOs *os, OsinfoMedia *media,
          OsinfoInstallConfig *config, GCancellable *cancellable, GError **error)
{
    g_autoptr (GError) reason = NULL;
    const char *name = osinfo_install_script_get_expected_filename (script);
    VitrineExpressFile *file;
    char *text;

    osinfo_install_script_set_preferred_injection_method (
        script, self->plan.method == VITRINE_EXPRESS_CD ? METHOD (CDROM) : METHOD (INITRD));
    osinfo_install_script_set_installation_source (script,
                                                   OSINFO_INSTALL_SCRIPT_INSTALLATION_SOURCE_MEDIA);
    text = media != NULL ? osinfo_install_script_generate_for_media (script, media, config,
                                                                     cancellable, &reason)
                         : osinfo_install_script_generate (script, os, config, cancellable, &reason);
    if (text == NULL) {
        if (!g_cancellable_set_error_if_cancelled (cancellable, error))
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                         _ ("The installer's script cannot be made: %s"),
                         reason != NULL ? reason->message : "");
        return FALSE;
    }
    file = g_new0 (VitrineExpressFile, 1);
    file->name = g_strdup (name != NULL ? name : "");
    file->text = text;
    g_ptr_array_add (self->files, file);
    if (self->plan.method == VITRINE_EXPRESS_INITRD)
        self->command_line =
            media != NULL
                ? osinfo_install_script_generate_command_line_for_media (script, media, config)
                : osinfo_install_script_generate_command_line (script, os, config);
    return TRUE;
}

/* --- the plan ---------------------------------------------------------------------------------------- */

static void
refuse (VitrineExpressScript *self, const char *reason)
{
    self->plan.method = VITRINE_EXPRESS_BY_HAND;
    self->plan.reason = g_strdup (reason);
}

/* How SELF is brought to OS's installer, by which of the scripts (transfer full), if any. */
static GPtrArray *
plan (VitrineExpressScript *self, OsinfoOs *os, OsinfoMedia *media, int fd)
{
    gboolean windows = g_strcmp0 (osinfo_os_get_family (os), "winnt") == 0;
    g_autoptr (OsinfoInstallScriptList) all = osinfo_os_get_install_script_list (os);
    g_autoptr (GPtrArray) scripts = choose (os, media, windows ? METHOD (CDROM) : METHOD (INITRD));
    OsinfoInstallScript *first = scripts->len > 0 ? g_ptr_array_index (scripts, 0) : NULL;

    if (osinfo_list_get_length (OSINFO_LIST (all)) == 0)
        refuse (self, _ ("No script is known for its installer"));
    else if (media != NULL && !osinfo_media_supports_installer_script (media))
        refuse (self, _ ("The installer on this medium takes no script"));
    else if (first == NULL)
        refuse (self, _ ("Its installer reads a script only from a place that the machine has not, "
                         "such as a floppy disk"));
    else if (!windows && (media == NULL || !has_installer (fd, media)))
        refuse (self, _ ("Its installer was not found where such a medium has it"));
    if (self->plan.reason != NULL)
        return NULL;
    self->plan.method = windows ? VITRINE_EXPRESS_CD : VITRINE_EXPRESS_INITRD;
    self->kernel = g_strdup (windows ? NULL : osinfo_media_get_kernel_path (media));
    self->initrd = g_strdup (windows ? NULL : osinfo_media_get_initrd_path (media));
    for (guint i = 0; i < scripts->len; i++) {
        OsinfoInstallScript *script = g_ptr_array_index (scripts, i);

        self->plan.needs_internet |= osinfo_install_script_get_needs_internet (script);
        self->plan.takes_key |= osinfo_install_script_has_config_param_name (
            script, OSINFO_INSTALL_CONFIG_PROP_REG_PRODUCTKEY);
    }
    return g_steal_pointer (&scripts);
}

static VitrineExpressScript *
make (OsinfoDb *db, const OsinfoMedium *medium, int fd, const char *id,
      const VitrineExpressFill *fill, GCancellable *cancellable, GError **error)
{
    g_autoptr (VitrineExpressScript) self = g_new0 (VitrineExpressScript, 1);
    OsinfoOs *os = osinfo_db_get_os (db, id); /* the database's; the binding gives no reference away */
    g_autoptr (OsinfoMedia) media = NULL;
    g_autoptr (GPtrArray) scripts = NULL;
    g_autoptr (OsinfoInstallConfig) config = NULL;

    self->files = g_ptr_array_new ();
    if (os == NULL) {
        refuse (self, _ ("No script is known for its installer"));
        return g_steal_pointer (&self);
    }
    media = find_media (db, os, medium, fd);
    scripts = plan (self, os, media, fd);
    if (scripts == NULL || fill == NULL)
        return g_steal_pointer (&self);
    config = make_config (fill, self->plan.method == VITRINE_EXPRESS_CD);
    /* An installer that looks for one file is given one, the first. */
    for (guint i = 0;
         i < (self->plan.method == VITRINE_EXPRESS_CD ? scripts->len : MIN (scripts->len, 1)); i++)
        if (!add_file (self, g_ptr_array_index (scripts, i), os, media, config, cancellable, error))
            return NULL;
    return g_steal_pointer (&self);
}

VitrineExpressScript *
osinfo_express (const char *iso, const char *os, const VitrineExpressFill *fill,
                GCancellable *cancellable, GError **error)
{
    g_autoptr (OsinfoMedium) medium = NULL;
    g_autoptr (GMutexLocker) locker = NULL;
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_autoptr (OsinfoDb) db = NULL;
    VitrineExpressScript *script = NULL;
    int fd = vitrine_iso_open (iso, error);

    if (fd < 0)
        return NULL;
    medium = osinfo_medium_read (fd, iso, cancellable, error);
    if (medium == NULL) {
        close (fd);
        return NULL;
    }
    locker = g_mutex_locker_new (&osinfo_module_lock);
    db = osinfo_module_open (error);
    /* libosinfo turns a main loop while it fills in a template: not the program's, in this thread. */
    g_main_context_push_thread_default (context);
    if (db != NULL && !g_cancellable_set_error_if_cancelled (cancellable, error))
        script = make (db, medium, fd, os, fill, cancellable, error);
    g_main_context_pop_thread_default (context);
    close (fd);
    return script;
}
