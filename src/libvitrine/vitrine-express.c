/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-express.c - what an installer is told, as a value: what of it can be, and what is refused. */
#include "vitrine-express.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-cloud.h"
#include "vitrine-private.h"

#define REALNAME_MAX    128 /* bytes */
#define TIMEZONE_MAX    64
#define PRODUCT_KEY_MAX 64

VitrineExpress *
vitrine_express_copy (const VitrineExpress *express)
{
    VitrineExpress *copy = g_new0 (VitrineExpress, 1);

    copy->user = g_strdup (express->user);
    copy->realname = g_strdup (express->realname);
    copy->password = g_strdup (express->password);
    copy->hostname = g_strdup (express->hostname);
    copy->language = g_strdup (express->language);
    copy->keyboard = g_strdup (express->keyboard);
    copy->timezone = g_strdup (express->timezone);
    copy->product_key = g_strdup (express->product_key);
    return copy;
}

void
vitrine_express_free (VitrineExpress *express)
{
    if (express == NULL)
        return;
    g_free (express->user);
    g_free (express->realname);
    vitrine_cloud_free_secret (express->password);
    g_free (express->hostname);
    g_free (express->language);
    g_free (express->keyboard);
    g_free (express->timezone);
    vitrine_cloud_free_secret (express->product_key);
    g_free (express);
}

void
vitrine_express_plan_free (VitrineExpressPlan *plan)
{
    if (plan == NULL)
        return;
    g_free (plan->reason);
    g_free (plan);
}

/* --- checks ---------------------------------------------------------------------------------------- */

gboolean
vitrine_express_check_user (const char *user, GError **error)
{
    return vitrine_cloud_check_user (user, error);
}

/* Letters of any language, and what stands between the parts of a name: nothing that a script's language or the list of
 * users has a use for. */
gboolean
vitrine_express_check_realname (const char *realname, GError **error)
{
    g_autofree char *shown = vitrine_dup_shown (realname);
    gboolean good = strlen (realname) <= REALNAME_MAX && g_utf8_validate (realname, -1, NULL)
                    && *realname != ' ' && !g_str_has_suffix (realname, " ");

    for (const char *p = realname; good && *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        good = g_unichar_isalnum (c) || g_unichar_ismark (c) || c == 0x2019
               || (c < 0x80 && strchr (" .-'", (int) c) != NULL);
    }
    return good
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no full name for an installer: it has letters, digits, "
                                 "spaces, “.”, “-” and “'”, and 128 bytes at most"),
                              shown);
}

gboolean
vitrine_express_check_password (const char *password, GError **error)
{
    if (!vitrine_cloud_check_password (password, error))
        return FALSE;
    return g_utf8_validate (password, -1, NULL)
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("The password has a character in it that nobody can type"));
}

gboolean
vitrine_express_check_hostname (const char *hostname, GError **error)
{
    return vitrine_cloud_check_hostname (hostname, error);
}

/* "de", "de_DE", "ast_ES". */
static gboolean
is_language (const char *text)
{
    gsize n = strspn (text, "abcdefghijklmnopqrstuvwxyz");

    if (n < 2 || n > 3)
        return FALSE;
    return text[n] == '\0'
           || (text[n] == '_' && g_ascii_isupper (text[n + 1]) && g_ascii_isupper (text[n + 2])
               && text[n + 3] == '\0');
}

gboolean
vitrine_express_check_language (const char *language, GError **error)
{
    g_autofree char *shown = vitrine_dup_shown (language);

    return is_language (language)
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no language of a country; say one like “de_DE”"), shown);
}

gboolean
vitrine_express_check_keyboard (const char *keyboard, GError **error)
{
    g_autofree char *shown = vitrine_dup_shown (keyboard);

    return is_language (keyboard)
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no keyboard; say where it is usual, like “de_DE”"),
                              shown);
}

gboolean
vitrine_express_check_timezone (const char *timezone, GError **error)
{
    g_autofree char *shown = vitrine_dup_shown (timezone);
    gsize len = strlen (timezone);
    gboolean good = len > 0 && len <= TIMEZONE_MAX && g_ascii_isalpha (*timezone)
                    && g_ascii_isalnum (timezone[len - 1]) && strstr (timezone, "//") == NULL;

    for (const char *p = timezone; *p != '\0'; p++)
        good &= g_ascii_isalnum (*p) || strchr ("/_+-", *p) != NULL;
    return good
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no time zone; say one like “Europe/Berlin”"), shown);
}

gboolean
vitrine_express_check_product_key (const char *key, GError **error)
{
    gsize len = strlen (key);
    gboolean good = len > 0 && len <= PRODUCT_KEY_MAX;

    for (const char *p = key; *p != '\0'; p++)
        good &= g_ascii_isalnum (*p) || *p == '-';
    return good
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("A product key has letters, digits and “-”, like "
                                 "“AAAAA-BBBBB-CCCCC-DDDDD-EEEEE”"));
}

gboolean
vitrine_express_check (const VitrineExpress *express, GError **error)
{
    if (express->password == NULL)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("The password is empty"));
    return vitrine_express_check_user (express->user != NULL ? express->user : "", error)
           && (express->realname == NULL
               || vitrine_express_check_realname (express->realname, error))
           && vitrine_express_check_password (express->password, error)
           && (express->hostname == NULL
               || vitrine_express_check_hostname (express->hostname, error))
           && (express->language == NULL
               || vitrine_express_check_language (express->language, error))
           && (express->keyboard == NULL
               || vitrine_express_check_keyboard (express->keyboard, error))
           && (express->timezone == NULL
               || vitrine_express_check_timezone (express->timezone, error))
           && (express->product_key == NULL
               || vitrine_express_check_product_key (express->product_key, error));
}

/* --- this computer's ------------------------------------------------------------------------------- */

char *
vitrine_express_dup_language (void)
{
    const char *const *names = g_get_language_names ();

    for (gsize i = 0; names[i] != NULL; i++) {
        g_autofree char *name = g_strndup (names[i], strcspn (names[i], ".@"));

        if (strchr (name, '_') != NULL && is_language (name))
            return g_steal_pointer (&name);
    }
    return g_strdup ("en_US");
}

char *
vitrine_express_dup_timezone (void)
{
    g_autoptr (GTimeZone) local = g_time_zone_new_local ();
    const char *name = g_time_zone_get_identifier (local);

    if (name == NULL || g_str_equal (name, "UTC")
        || !vitrine_express_check_timezone (name, NULL))
        return g_strdup ("Etc/UTC");
    return g_strdup (name);
}

/* --- a command line's ------------------------------------------------------------------------------ */

static gboolean
set (VitrineExpress *self, const char *key, const char *value, GError **error)
{
    const struct {
        const char *key;
        char **field;
    } fields[] = {
        { "user", &self->user },         { "name", &self->realname },
        { "hostname", &self->hostname }, { "language", &self->language },
        { "keyboard", &self->keyboard }, { "timezone", &self->timezone },
        { "key", &self->product_key },
    };

    if (g_str_equal (key, "password-file")) {
        vitrine_cloud_free_secret (self->password);
        self->password = vitrine_cloud_read_password (value, error);
        return self->password != NULL;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        if (!g_str_equal (fields[i].key, key))
            continue;
        g_free (*fields[i].field);
        *fields[i].field = g_strdup (value);
        return TRUE;
    }
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           g_str_equal (key, "password")
                               ? _ ("“%s”: others see what is on a command line; write it into a "
                                    "file and say password-file=FILE, or leave it out to be asked")
                               : _ ("“%s” is not known; there are user, password-file, name, "
                                    "hostname, language, keyboard, timezone and key"),
                           key);
}

VitrineExpress *
vitrine_express_parse (const char *text, GError **error)
{
    g_autoptr (VitrineExpress) self = g_new0 (VitrineExpress, 1);
    g_auto (GStrv) parts = vitrine_split_settings (text);

    for (gsize i = 0; parts[i] != NULL; i++) {
        const char *value;
        g_autofree char *key = vitrine_split_setting (parts[i], &value, error);

        if (key == NULL || !set (self, key, value, error))
            return NULL;
    }
    if (self->user == NULL) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("Say who shall be able to log in: user=NAME"));
        return NULL;
    }
    return g_steal_pointer (&self);
}
