/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-own-keys.c - the keys that can be sent to a guest: the usual ones, and the user's own. */
#include "app-own-keys.h"

#include <glib/gi18n.h>
#include <string.h>
#include <vitrine.h>

#include "app-format.h"
#include "app-menus.h"
#include "app-settings.h"

#define TYPE            "a(ss)"
#define NAME_BYTES_MAX  120
#define KEYS_BYTES_MAX  200
#define OWN_MAX         30 /* a menu is no list */

static void
own_keys_free (gpointer data)
{
    AppOwnKeys *self = data;

    g_free (self->name);
    g_free (self->keys);
    g_free (self);
}

GPtrArray *
app_own_keys_dup (void)
{
    GSettings *settings = app_settings_get ();
    GPtrArray *all = g_ptr_array_new_with_free_func (own_keys_free);
    g_autoptr (GVariant) remembered = NULL;
    GVariantIter iter;
    const char *name, *keys;

    if (settings == NULL)
        return all;
    remembered = g_settings_get_value (settings, APP_OWN_KEYS);
    g_variant_iter_init (&iter, remembered);
    while (g_variant_iter_next (&iter, "(&s&s)", &name, &keys)) {
        AppOwnKeys *one = g_new0 (AppOwnKeys, 1);

        one->name = g_strdup (name);
        one->keys = g_strdup (keys);
        g_ptr_array_add (all, one);
    }
    return all;
}

static gboolean
has_name (GPtrArray *all, const char *name)
{
    for (guint i = 0; i < all->len; i++)
        if (g_str_equal (((AppOwnKeys *) g_ptr_array_index (all, i))->name, name))
            return TRUE;
    return FALSE;
}

char *
app_own_keys_dup_problem (const char *name, const char *keys)
{
    g_autoptr (GPtrArray) all = app_own_keys_dup ();
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) pressed = NULL;

    if (strlen (name) > NAME_BYTES_MAX || strlen (keys) > KEYS_BYTES_MAX)
        return g_strdup (_ ("That is too long for a menu."));
    if (all->len >= OWN_MAX)
        return g_strdup_printf (_ ("There are %u of them, which is as many as a menu takes."),
                                (guint) OWN_MAX);
    if (has_name (all, name))
        return g_strdup (_ ("There already are keys of this name."));
    pressed = vitrine_keys_from_chord (keys, &error);
    if (pressed == NULL)
        return app_format_sentence (error->message);
    g_variant_ref_sink (pressed);
    return NULL;
}

static void
remember (GPtrArray *all)
{
    g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE (TYPE));

    for (guint i = 0; i < all->len; i++) {
        const AppOwnKeys *one = g_ptr_array_index (all, i);

        g_variant_builder_add (builder, "(ss)", one->name, one->keys);
    }
    g_settings_set_value (app_settings_get (), APP_OWN_KEYS, g_variant_builder_end (builder));
}

void
app_own_keys_add (const char *name, const char *keys)
{
    g_autoptr (GPtrArray) all = app_own_keys_dup ();
    AppOwnKeys *one = g_new0 (AppOwnKeys, 1);

    one->name = g_strdup (name);
    one->keys = g_strdup (keys);
    g_ptr_array_add (all, one);
    remember (all);
}

void
app_own_keys_remove (const char *name)
{
    g_autoptr (GPtrArray) all = app_own_keys_dup ();

    for (guint i = 0; i < all->len; i++)
        if (g_str_equal (((AppOwnKeys *) g_ptr_array_index (all, i))->name, name)) {
            g_ptr_array_remove_index (all, i);
            remember (all);
            return;
        }
}

/* --- the menu ------------------------------------------------------------------------------------ */

static void
fill (GMenu *own)
{
    g_autoptr (GPtrArray) all = app_own_keys_dup ();

    g_menu_remove_all (own);
    for (guint i = 0; i < all->len; i++) {
        const AppOwnKeys *one = g_ptr_array_index (all, i);
        g_auto (GStrv) parts = g_strsplit (one->name, "_", -1);
        g_autofree char *label = g_strjoinv ("__", parts); /* no mnemonics of the user's */
        g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

        g_menu_item_set_action_and_target (item, "win.send-keys", "s", one->keys);
        g_menu_append_item (own, item);
    }
}

GMenuModel *
app_own_keys_get_menu (void)
{
    static GMenu *menu;
    g_autoptr (GMenu) own = NULL;
    g_autoptr (GMenu) edit = NULL;

    if (menu != NULL)
        return G_MENU_MODEL (menu);
    menu = g_menu_new ();
    own = g_menu_new ();
    edit = g_menu_new ();
    fill (own);
    if (app_settings_get () != NULL)
        g_signal_connect_data (app_settings_get (), "changed::" APP_OWN_KEYS, G_CALLBACK (fill),
                               g_object_ref (own), (GClosureNotify) (GCallback) g_object_unref,
                               G_CONNECT_SWAPPED);
    g_menu_append (edit, _ ("_Edit…"), "app.preferences::consoles");
    g_menu_append_section (menu, NULL, app_menus_get ("keys_menu"));
    g_menu_append_section (menu, NULL, G_MENU_MODEL (own));
    g_menu_append_section (menu, NULL, G_MENU_MODEL (edit));
    return G_MENU_MODEL (menu);
}
