/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-name.h - what a machine may be called. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

/* Why no new machine of HOST can be called NAME, static and translated; NULL when one can. */
const char *app_machine_name_find_problem (VitrineHost *host, const char *name);

/* NAME, cut short where it could not have MARK beside it.  (transfer full) */
char *app_machine_name_cut (const char *name, const char *mark);

/* BASE, else "BASE-2", …: the first that no machine of HOST is called; BASE is cut short where that would be too long.
 * (transfer full) */
char *app_machine_name_make_free (VitrineHost *host, const char *base);

G_END_DECLS
