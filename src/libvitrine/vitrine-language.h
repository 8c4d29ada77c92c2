/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-language.h - a program speaks the language of who runs it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sets the locale that the environment names, and has the messages of DOMAIN translated by the catalogs,
 * in this order: in the folder that VITRINE_LOCALE_PATH names, for tests and odd installations; of the build
 * tree that the running program is in; in INSTALLED.  They come as UTF-8, whatever the locale is.  Once, at
 * the begin of main(), before there are threads. */
void vitrine_language_init (const char *domain, const char *installed);

G_END_DECLS
