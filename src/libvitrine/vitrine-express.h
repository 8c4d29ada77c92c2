/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-express.h - express install: the installer on a CD is told beforehand all that it would ask.
 *
 * libosinfo has a script for the installers of many systems, and fills in what is said here.  How the script comes to the
 * installer is what it and the medium allow: in the installer's initrd, which this machine starts directly for that, or on a
 * second CD.  What can be done neither way is installed by hand, as without all this.
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

typedef struct _VitrineExpress {
    char *user;        /* is made; its password is root's, too */
    char *realname;    /* NULL: USER */
    char *password;    /* in memory only; what is written is its hash where the installer takes one */
    char *hostname;    /* NULL: made of the machine's name */
    char *language;    /* "de_DE"; NULL: this computer's; so below */
    char *keyboard;    /* "de_DE": the one that is usual there */
    char *timezone;    /* "Europe/Berlin" */
    char *product_key; /* or NULL */
} VitrineExpress;

VitrineExpress *vitrine_express_copy (const VitrineExpress *express);
/* What was a password is overwritten. */
void vitrine_express_free (VitrineExpress *express);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineExpress, vitrine_express_free)

/* Each FALSE with INVALID and what is wrong: what could end the line, the string or the element that it is put into is
 * refused here, whatever the script is. */
gboolean vitrine_express_check_user (const char *user, GError **error);
gboolean vitrine_express_check_realname (const char *realname, GError **error);
gboolean vitrine_express_check_password (const char *password, GError **error);
gboolean vitrine_express_check_hostname (const char *hostname, GError **error);
gboolean vitrine_express_check_language (const char *language, GError **error);
gboolean vitrine_express_check_keyboard (const char *keyboard, GError **error);
gboolean vitrine_express_check_timezone (const char *timezone, GError **error);
gboolean vitrine_express_check_product_key (const char *key, GError **error);
/* All of them. */
gboolean vitrine_express_check (const VitrineExpress *express, GError **error);

/* This computer's, in the form that is asked for above; (transfer full). */
char *vitrine_express_dup_language (void);
char *vitrine_express_dup_timezone (void);

/* "user=ann,password-file=F[,name=Ann Example][,hostname=…][,language=de_DE][,keyboard=de_DE][,timezone=Europe/Berlin]
 * [,key=…]"; NULL with INVALID naming the part, or as vitrine_cloud_read_password() says.  Without a file the password is NULL. */
VitrineExpress *vitrine_express_parse (const char *text, GError **error);

typedef enum {
    VITRINE_EXPRESS_BY_HAND, /* it cannot be done */
    VITRINE_EXPRESS_INITRD,
    VITRINE_EXPRESS_CD,
} VitrineExpressMethod;

/* What can be done for a system and its medium. */
typedef struct {
    VitrineExpressMethod method;
    char *reason;             /* why it is installed by hand, a sentence without its point; else NULL */
    gboolean takes_key;       /* a product key can be given */
    gboolean needs_internet;  /* the installer fetches some of the system */
} VitrineExpressPlan;

void vitrine_express_plan_free (VitrineExpressPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineExpressPlan, vitrine_express_plan_free)

/* What can be done for the system with libosinfo's id OS, whose installer is on the CD image ISO; (transfer full).  What is
 * installed by hand is no error.  ISO may be anybody's, and holds up nobody. */
void vitrine_host_plan_express_async (VitrineHost *self, const char *iso, const char *os,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
VitrineExpressPlan *vitrine_host_plan_express_finish (VitrineHost *self, GAsyncResult *result,
                                                      GError **error);

G_END_DECLS
