/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-error.h - what can go wrong, as codes a caller can act on. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The message of an error of this domain is one translated sentence that names the object and the
 * cause and, where there is one, the mend.  Over D-Bus the codes travel as org.vitrine.Error.NAME.
 */
#define VITRINE_ERROR (vitrine_error_quark ())

typedef enum {
    VITRINE_ERROR_ENGINE,      /* the engine failed in a way no other code describes */
    VITRINE_ERROR_NOT_FOUND,   /* no such machine, file, console */
    VITRINE_ERROR_BUSY,        /* in use by someone else, or the state does not allow it now */
    VITRINE_ERROR_DENIED,      /* no right to it */
    VITRINE_ERROR_UNSUPPORTED, /* this engine or this host cannot do it */
    VITRINE_ERROR_INVALID,     /* what was asked for makes no sense */
    VITRINE_ERROR_EXISTS,      /* the name is taken */
    VITRINE_ERROR_NO_SPACE,    /* the place is full */
    VITRINE_ERROR_PASSPHRASE,  /* one is needed, or the one given opens nothing */
} VitrineError;

GQuark vitrine_error_quark (void);

G_END_DECLS
