/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-error.c - the error domain and its names on D-Bus.
 *
 * A library of its own: whoever speaks the control contract or reads a definition links it, the
 * keeper too, which has no use for the rest of libvitrine.
 */
#include "vitrine-error.h"

#include <gio/gio.h>

#include "vitrine-refuse.h"

static const GDBusErrorEntry entries[] = {
    { VITRINE_ERROR_ENGINE, "org.vitrine.Error.Engine" },
    { VITRINE_ERROR_NOT_FOUND, "org.vitrine.Error.NotFound" },
    { VITRINE_ERROR_BUSY, "org.vitrine.Error.Busy" },
    { VITRINE_ERROR_DENIED, "org.vitrine.Error.Denied" },
    { VITRINE_ERROR_UNSUPPORTED, "org.vitrine.Error.Unsupported" },
    { VITRINE_ERROR_INVALID, "org.vitrine.Error.Invalid" },
    { VITRINE_ERROR_EXISTS, "org.vitrine.Error.Exists" },
    { VITRINE_ERROR_NO_SPACE, "org.vitrine.Error.NoSpace" },
    { VITRINE_ERROR_PASSPHRASE, "org.vitrine.Error.Passphrase" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (entries) == VITRINE_ERROR_PASSPHRASE + 1);

GQuark
vitrine_error_quark (void)
{
    static gsize quark;

    g_dbus_error_register_error_domain ("vitrine-error-quark", &quark, entries,
                                        G_N_ELEMENTS (entries));
    return (GQuark) quark;
}

gboolean
vitrine_refuse (GError **error, VitrineError code, const char *format, ...)
{
    va_list args;

    va_start (args, format);
    g_propagate_error (error, g_error_new_valist (VITRINE_ERROR, (gint) code, format, args));
    va_end (args);
    return FALSE;
}
