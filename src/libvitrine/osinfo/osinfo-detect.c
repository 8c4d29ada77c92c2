/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-detect.c - which system is on a CD or disk image.
 *
 * A medium that the database lists is known for certain.  Else names are looked at, what the medium calls itself and then
 * what its file is called: a system's word with its version, or its code name, is likely that one; a system's word with a
 * version that nobody knows yet is similar to the newest release that somebody does.
 */
#include <string.h>
#include <unistd.h>

#include "osinfo-medium.h"
#include "osinfo-private.h"
#include "vitrine-iso-reader.h"

/* --- by the database ------------------------------------------------------------------------------- */

OsinfoMedia *
osinfo_medium_identify (OsinfoDb *db, const OsinfoMedium *medium)
{
    g_autoptr (OsinfoMedia) media = NULL;

    if (medium->size_bytes == 0)
        return NULL;
    media = osinfo_media_new ("", "x86_64");
    osinfo_entity_set_param (OSINFO_ENTITY (media), OSINFO_MEDIA_PROP_VOLUME_ID, medium->volume_id);
    osinfo_entity_set_param (OSINFO_ENTITY (media), OSINFO_MEDIA_PROP_SYSTEM_ID, medium->system_id);
    osinfo_entity_set_param (OSINFO_ENTITY (media), OSINFO_MEDIA_PROP_PUBLISHER_ID,
                             medium->publisher_id);
    osinfo_entity_set_param (OSINFO_ENTITY (media), OSINFO_MEDIA_PROP_APPLICATION_ID,
                             medium->application_id);
    osinfo_entity_set_param_int64 (OSINFO_ENTITY (media), OSINFO_MEDIA_PROP_VOLUME_SIZE,
                                   medium->size_bytes);
    return osinfo_db_identify_media (db, media) ? g_steal_pointer (&media) : NULL;
}

/* --- by names --------------------------------------------------------------------------------------- */

/* "debian-12-generic-amd64" as " debian 12 generic amd64 ", "Fedora-WS-Live-37-1-7" likewise; points stay between digits. */
static char *
dup_words (const char *text)
{
    GString *words = g_string_new (" ");

    for (const char *p = text; *p != '\0'; p++) {
        char last = words->str[words->len - 1];
        gboolean point = *p == '.' && g_ascii_isdigit (last) && g_ascii_isdigit (p[1]);

        if (!g_ascii_isalnum (*p) && !point) {
            if (last != ' ')
                g_string_append_c (words, ' ');
            continue;
        }
        /* "debian12" is two words. */
        if (last != ' ' && g_ascii_isdigit (*p) && g_ascii_isalpha (last))
            g_string_append_c (words, ' ');
        g_string_append_c (words, g_ascii_tolower (*p));
    }
    if (words->str[words->len - 1] != ' ')
        g_string_append_c (words, ' ');
    return g_string_free (words, FALSE);
}

/* Whether WORDS has WORD; *REST is what comes after it. */
static gboolean
has_word (const char *words, const char *word, const char **rest)
{
    g_autofree char *whole = g_strconcat (" ", word, " ", NULL);
    const char *at = *word != '\0' ? strstr (words, whole) : NULL;

    if (at != NULL && rest != NULL)
        *rest = at + strlen (whole) - 1;
    return at != NULL;
}

/* How far the first number in WORDS, "12.5.0", is VERSION: all of it, or up to a point.  0: not at all. */
static gsize
match_version (const char *words, const char *version)
{
    gsize len = strlen (version);
    const char *at = words + strcspn (words, "0123456789");

    if (len == 0 || !g_ascii_isdigit (*version) || strncmp (at, version, len) != 0)
        return 0;
    return at[len] == ' ' || at[len] == '.' ? len : 0;
}

/* "jammy" of "Jammy Jellyfish", where that is no word of every day's. */
static gboolean
has_code_name (const char *words, OsinfoProduct *product)
{
    const char *name = osinfo_product_get_codename (product);
    g_autofree char *first = g_ascii_strdown (name != NULL ? name : "", -1);

    first[strcspn (first, " ")] = '\0';
    return strlen (first) > 4 && has_word (words, first, NULL);
}

typedef struct {
    OsinfoOs *likely;
    gsize likely_len; /* of the version that matched */
    OsinfoOs *newest; /* of the distribution that is named */
    GDate *newest_date;
} Search;

static void
consider_newest (Search *search, OsinfoOs *os)
{
    g_autoptr (GDate) date = osinfo_product_get_release_date (OSINFO_PRODUCT (os));

    if (date == NULL
        || (search->newest_date != NULL && g_date_compare (date, search->newest_date) <= 0))
        return;
    g_clear_pointer (&search->newest_date, g_date_free);
    search->newest_date = g_steal_pointer (&date);
    search->newest = os;
}

/* "debian12" or "opensuse15.4" without the version, the word that names go by; "" for what has no short name.
 * (transfer full) */
static char *
dup_stem (OsinfoOs *os)
{
    const char *short_id = osinfo_product_get_short_id (OSINFO_PRODUCT (os));

    return short_id != NULL ? g_strndup (short_id, strcspn (short_id, "0123456789-"))
                            : g_strdup ("");
}

static void
consider (Search *search, OsinfoOs *os, const char *words)
{
    OsinfoProduct *product = OSINFO_PRODUCT (os);
    const char *version = osinfo_product_get_version (product);
    g_autofree char *stem = dup_stem (os);
    const char *rest;
    gsize len;

    /* "win" and what begins like it are named by their media alone: their versions are not those in their names. */
    if (g_strcmp0 (osinfo_os_get_family (os), "winnt") == 0)
        return;
    if (has_code_name (words, product) && search->likely_len < 2) {
        search->likely = os;
        search->likely_len = 2;
    }
    if (strlen (stem) < 4 || !has_word (words, stem, &rest))
        return;
    len = match_version (rest, version != NULL ? version : "");
    if (len > 0 && len > search->likely_len) {
        search->likely = os;
        search->likely_len = len;
    }
    consider_newest (search, os);
}

/* Whether TEXT says which one it is. */
static gboolean
guess_by_name (VitrineOsGuess *guess, OsinfoDb *db, const char *text)
{
    g_autoptr (OsinfoOsList) systems = osinfo_db_get_os_list (db);
    g_autofree char *words = dup_words (text);
    Search search = { 0 };

    for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (systems)); i++)
        consider (&search, OSINFO_OS (osinfo_list_get_nth (OSINFO_LIST (systems), i)), words);
    g_clear_pointer (&search.newest_date, g_date_free);
    if (search.likely == NULL && search.newest == NULL)
        return FALSE;
    guess->confidence = search.likely != NULL ? VITRINE_OS_LIKELY : VITRINE_OS_SIMILAR;
    guess->os = osinfo_system_read (search.likely != NULL ? search.likely : search.newest);
    return TRUE;
}

/* What the database says of the MEDIUM that is the file PATH. */
static VitrineOsGuess *
look_up (const OsinfoMedium *medium, const char *path, GCancellable *cancellable, GError **error)
{
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&osinfo_module_lock);
    g_autoptr (OsinfoDb) db = osinfo_module_open (error);
    g_autofree char *file = g_path_get_basename (path);
    g_autoptr (OsinfoMedia) media = NULL;
    VitrineOsGuess *guess;

    if (db == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
    guess = g_new0 (VitrineOsGuess, 1);
    guess->label = g_strdup (medium->volume_id);
    media = osinfo_medium_identify (db, medium);
    if (media != NULL) {
        g_autoptr (OsinfoOs) os = osinfo_media_get_os (media);

        guess->confidence = VITRINE_OS_SURE;
        guess->os = osinfo_system_read (os);
    } else if (!guess_by_name (guess, db, medium->volume_id)) {
        guess_by_name (guess, db, file);
    }
    return guess;
}

VitrineOsGuess *
osinfo_detect (const char *path, GCancellable *cancellable, GError **error)
{
    int fd = vitrine_iso_open_any (path, error);
    g_autoptr (OsinfoMedium) medium =
        fd >= 0 ? osinfo_medium_read (fd, path, cancellable, error) : NULL;

    if (fd >= 0)
        close (fd);
    return medium != NULL ? look_up (medium, path, cancellable, error) : NULL;
}
