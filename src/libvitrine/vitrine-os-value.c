/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-os-value.c - what is known of a system, as plain structs; the module that finds it out has them too. */
#include "vitrine-os.h"

VitrineOs *
vitrine_os_copy (const VitrineOs *os)
{
    VitrineOs *copy = g_new (VitrineOs, 1);

    *copy = *os;
    copy->id = g_strdup (os->id);
    copy->short_id = g_strdup (os->short_id);
    copy->name = g_strdup (os->name);
    copy->version = g_strdup (os->version);
    copy->vendor = g_strdup (os->vendor);
    copy->family = g_strdup (os->family);
    copy->user = g_strdup (os->user);
    copy->nic_model = g_strdup (os->nic_model);
    return copy;
}

void
vitrine_os_free (VitrineOs *os)
{
    if (os == NULL)
        return;
    g_free (os->id);
    g_free (os->short_id);
    g_free (os->name);
    g_free (os->version);
    g_free (os->vendor);
    g_free (os->family);
    g_free (os->user);
    g_free (os->nic_model);
    g_free (os);
}

void
vitrine_os_guess_free (VitrineOsGuess *guess)
{
    if (guess == NULL)
        return;
    vitrine_os_free (guess->os);
    g_free (guess->label);
    g_free (guess);
}
