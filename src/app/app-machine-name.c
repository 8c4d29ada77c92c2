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
app_machine_name_make_free (VitrineHost *host, const char *base)
{
    g_autoptr (VitrineMachine) other = vitrine_host_find (host, base);

    for (guint n = 2; other != NULL; n++) {
        g_autofree char *name = g_strdup_printf ("%s-%u", base, n);

        g_object_unref (other);
        other = vitrine_host_find (host, name);
        if (other == NULL)
            return g_steal_pointer (&name);
    }
    return g_strdup (base);
}
