/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-name.c - what a machine may be called.  The engine checks it again. */
#include "app-machine-name.h"

#include <glib/gi18n.h>
#include <string.h>

#define NAME_MAX_BYTES 63

const char *
app_machine_name_find_problem (VitrineHost *host, const char *name)
{
    g_autoptr (VitrineMachine) other = NULL;

    if (*name == '\0')
        return _ ("A machine needs a name");
    if (strchr (name, '/') != NULL)
        return _ ("A name cannot have a “/” in it");
    if (*name == '.' || *name == '-')
        return _ ("A name cannot begin with “.” or “-”");
    if (g_unichar_isspace (g_utf8_get_char (name))
        || g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (name + strlen (name)))))
        return _ ("A name cannot begin or end with a space");
    if (strlen (name) > NAME_MAX_BYTES)
        return _ ("This name is too long");
    other = vitrine_host_find (host, name);
    return other != NULL ? _ ("There already is a machine of this name") : NULL;
}

char *
app_machine_name_cut (const char *name, const char *mark)
{
    gsize room = NAME_MAX_BYTES - MIN (strlen (mark), NAME_MAX_BYTES);
    const char *end;

    if (strlen (name) <= room)
        return g_strdup (name);
    end = g_utf8_find_prev_char (name, name + room + 1);
    return g_strchomp (g_strndup (name, end != NULL ? (gsize) (end - name) : 0));
}

char *
app_machine_name_make_free (VitrineHost *host, const char *base)
{
    g_autofree char *name = app_machine_name_cut (base, "");
    g_autoptr (VitrineMachine) other = vitrine_host_find (host, name);

    for (guint n = 2; other != NULL; n++) {
        g_autofree char *mark = g_strdup_printf ("-%u", n);
        g_autofree char *part = app_machine_name_cut (base, mark);

        g_free (name);
        name = g_strconcat (part, mark, NULL);
        g_object_unref (other);
        other = vitrine_host_find (host, name);
    }
    return g_steal_pointer (&name);
}
