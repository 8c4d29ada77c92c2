/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-nbd.c - a disk that is an export of an NBD server: as a URI, as NBD's uri.md has it. */
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/un.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define SCHEME_TCP  "nbd"
#define SCHEME_UNIX "nbd+unix"
#define MAX_EXPORT  4096 /* bytes, the protocol's own */
#define MAX_HOST    255

VitrineDefinitionNbd *
vitrine_definition_nbd_copy (const VitrineDefinitionNbd *nbd)
{
    VitrineDefinitionNbd *copy = g_new0 (VitrineDefinitionNbd, 1);

    copy->host = g_strdup (nbd->host);
    copy->port = nbd->port;
    copy->socket = g_strdup (nbd->socket);
    copy->export_name = g_strdup (nbd->export_name);
    return copy;
}

void
vitrine_definition_nbd_free (VitrineDefinitionNbd *nbd)
{
    if (!nbd)
        return;
    g_free (nbd->host);
    g_free (nbd->socket);
    g_free (nbd->export_name);
    g_free (nbd);
}

/* In small letters, as names are the same in any; but what follows a "%", a card of this computer's.  Escaped. */
static char *
dup_host (const char *host)
{
    gsize len = strcspn (host, "%");
    g_autofree char *name = g_ascii_strdown (host, (gssize) len);
    g_autofree char *zone = g_uri_escape_string (host + len, NULL, FALSE);

    return g_strconcat (name, zone, NULL);
}

char *
vitrine_definition_nbd_to_uri (const VitrineDefinitionNbd *nbd)
{
    g_autofree char *path = g_strconcat ("/", nbd->export_name, NULL);
    g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
    g_autofree char *name = NULL, *host = NULL;

    if (nbd->socket) {
        g_autofree char *socket = g_uri_escape_string (nbd->socket, "/", FALSE);

        return g_strdup_printf (SCHEME_UNIX "://%s?socket=%s", escaped, socket);
    }
    name = dup_host (nbd->host);
    host = strchr (name, ':') ? g_strdup_printf ("[%s]", name) : g_strdup (name);
    if (nbd->port == VITRINE_DEFINITION_NBD_PORT)
        return g_strdup_printf (SCHEME_TCP "://%s%s", host, escaped);
    return g_strdup_printf (SCHEME_TCP "://%s:%u%s", host, nbd->port, escaped);
}

static gboolean
is_plain (const char *text, gsize max_bytes)
{
    if (strlen (text) > max_bytes || !g_utf8_validate (text, -1, NULL))
        return FALSE;
    for (const char *p = text; *p; p++)
        if (g_ascii_iscntrl (*p))
            return FALSE;
    return TRUE;
}

/* A name or an address; a resolver judges the rest. */
static gboolean
is_host (const char *text)
{
    if (!*text || *text == '-' || !is_plain (text, MAX_HOST))
        return FALSE;
    for (const char *p = text; *p; p++)
        if (!g_ascii_isalnum (*p) && !strchr (".-_:%", *p))
            return FALSE;
    return TRUE;
}

gboolean
definition_nbd_check (const VitrineDefinitionNbd *nbd, GError **error)
{
    const struct sockaddr_un *address = NULL;

    if (!is_plain (nbd->export_name, MAX_EXPORT))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The name of an NBD export is UTF-8 without control "
                                     "characters, at most %d bytes"),
                                  MAX_EXPORT);
    if (nbd->socket)
        return (*nbd->socket == '/' && is_plain (nbd->socket, sizeof address->sun_path - 1))
               || definition_refuse (error, VITRINE_ERROR_INVALID,
                                     _ ("The socket of an NBD server is an absolute path of less "
                                        "than %d bytes"),
                                     (int) sizeof address->sun_path);
    if (!is_host (nbd->host)) {
        g_autofree char *quoted = definition_quote (nbd->host);

        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s” is no name or address of an NBD server"), quoted);
    }
    return TRUE;
}

static gboolean
refuse_uri (const char *uri, GError **error)
{
    g_autofree char *quoted = definition_quote (uri);

    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no address of an NBD export; say "
                                 "nbd://HOST[:PORT]/EXPORT or "
                                 "nbd+unix:///EXPORT?socket=/PATH"),
                              quoted);
}

/* The path that QUERY, "socket=…" and nothing else, names. */
static char *
dup_socket (const char *query)
{
    static const char key[] = "socket=";

    if (!query || !g_str_has_prefix (query, key))
        return NULL;
    return g_uri_unescape_string (query + strlen (key), NULL);
}

VitrineDefinitionNbd *
vitrine_definition_nbd_parse (const char *uri, GError **error)
{
    g_autoptr (VitrineDefinitionNbd) nbd = g_new0 (VitrineDefinitionNbd, 1);
    g_autofree char *scheme = NULL, *user = NULL, *host = NULL, *path = NULL, *query = NULL,
                    *fragment = NULL;
    gboolean is_unix;
    int port = -1;

    if (!g_utf8_validate (uri, -1, NULL)
        || !g_uri_split (uri, G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, &scheme, &user,
                         &host, &port, &path, &query, &fragment, NULL)) {
        refuse_uri (uri, error);
        return NULL;
    }
    is_unix = g_strcmp0 (scheme, SCHEME_UNIX) == 0;
    nbd->export_name = g_uri_unescape_string (*path == '/' ? path + 1 : path, NULL);
    nbd->socket = is_unix ? dup_socket (query) : NULL;
    nbd->host = is_unix ? NULL : g_strdup (host);
    nbd->port = port > 0 ? (guint) port : VITRINE_DEFINITION_NBD_PORT;
    if ((!is_unix && (g_strcmp0 (scheme, SCHEME_TCP) != 0 || query || !host || !*host))
        || (is_unix && (!nbd->socket || (host && *host) || port > 0)) || user || fragment
        || port == 0 || !nbd->export_name) {
        refuse_uri (uri, error);
        return NULL;
    }
    return definition_nbd_check (nbd, error) ? g_steal_pointer (&nbd) : NULL;
}
