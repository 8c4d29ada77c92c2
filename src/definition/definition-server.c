/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-server.c - a disk that a server has: an export by NBD, as NBD's uri.md writes it, or a unit of an iSCSI target.
 */
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/un.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define SCHEME_NBD   "nbd"
#define SCHEME_UNIX  "nbd+unix"
#define SCHEME_ISCSI "iscsi"
#define MAX_EXPORT   4096 /* bytes, the protocol's own */
#define MAX_TARGET   223  /* bytes, likewise: RFC 7143, 4.2.7.1 */
#define MAX_LUN      16383
#define MAX_HOST     255

VitrineDefinitionServer *
vitrine_definition_server_copy (const VitrineDefinitionServer *server)
{
    VitrineDefinitionServer *copy = g_new (VitrineDefinitionServer, 1);

    *copy = *server;
    copy->host = g_strdup (server->host);
    copy->socket = g_strdup (server->socket);
    copy->name = g_strdup (server->name);
    return copy;
}

void
vitrine_definition_server_free (VitrineDefinitionServer *server)
{
    if (!server)
        return;
    g_free (server->host);
    g_free (server->socket);
    g_free (server->name);
    g_free (server);
}

const char *
vitrine_definition_protocol_to_string (VitrineDefinitionProtocol protocol)
{
    return protocol == VITRINE_DEFINITION_ISCSI ? SCHEME_ISCSI : SCHEME_NBD;
}

gboolean
vitrine_definition_server_is_uri (const char *text)
{
    static const char *const schemes[] = { SCHEME_NBD, SCHEME_UNIX, SCHEME_ISCSI };

    for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++) {
        gsize len = strlen (schemes[i]);

        if (g_ascii_strncasecmp (text, schemes[i], len) == 0
            && g_str_has_prefix (text + len, "://"))
            return TRUE;
    }
    return FALSE;
}

/* --- writing one ----------------------------------------------------------------------------- */

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
vitrine_definition_server_dup_source_name (const VitrineDefinitionServer *server)
{
    return server->protocol == VITRINE_DEFINITION_ISCSI
               ? g_strdup_printf ("%s/%u", server->name, server->lun)
               : g_strdup (server->name);
}

char *
vitrine_definition_server_to_uri (const VitrineDefinitionServer *server)
{
    gboolean is_iscsi = server->protocol == VITRINE_DEFINITION_ISCSI;
    const char *scheme = vitrine_definition_protocol_to_string (server->protocol);
    g_autofree char *source_name = vitrine_definition_server_dup_source_name (server);
    g_autofree char *path = g_strconcat ("/", source_name, NULL);
    g_autofree char *escaped = g_uri_escape_string (path, is_iscsi ? "/:" : "/", FALSE);
    g_autofree char *name = NULL, *host = NULL;

    if (server->socket) {
        g_autofree char *socket = g_uri_escape_string (server->socket, "/", FALSE);

        return g_strdup_printf (SCHEME_UNIX "://%s?socket=%s", escaped, socket);
    }
    name = dup_host (server->host);
    host = strchr (name, ':') ? g_strdup_printf ("[%s]", name) : g_strdup (name);
    if (server->port == (is_iscsi ? VITRINE_DEFINITION_ISCSI_PORT : VITRINE_DEFINITION_NBD_PORT))
        return g_strdup_printf ("%s://%s%s", scheme, host, escaped);
    return g_strdup_printf ("%s://%s:%u%s", scheme, host, server->port, escaped);
}

/* --- whether it can be ----------------------------------------------------------------------- */

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

static gboolean
check_target (const VitrineDefinitionServer *server, GError **error)
{
    static const char *const kinds[] = { "iqn.", "eui.", "naa." };
    gboolean good = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
        good |= g_ascii_strncasecmp (server->name, kinds[i], strlen (kinds[i])) == 0;
    good &= strlen (server->name) <= MAX_TARGET;
    for (const char *p = server->name; *p; p++)
        good &= g_ascii_isalnum (*p) || strchr (".-_:", *p) != NULL;
    if (good && server->lun <= MAX_LUN && server->host)
        return TRUE;
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("An iSCSI target is named like iqn.2026-01.example.tower:disk, "
                                 "and its unit by a number from 0 to %d"),
                              MAX_LUN);
}

gboolean
definition_server_check (const VitrineDefinitionServer *server, GError **error)
{
    const struct sockaddr_un *address = NULL;
    gboolean is_iscsi = server->protocol == VITRINE_DEFINITION_ISCSI;

    if (is_iscsi && !check_target (server, error))
        return FALSE;
    if (!is_plain (server->name, MAX_EXPORT))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The name of an NBD export is UTF-8 without control "
                                     "characters, at most %d bytes"),
                                  MAX_EXPORT);
    if (server->socket)
        return (*server->socket == '/' && is_plain (server->socket, sizeof address->sun_path - 1))
               || definition_refuse (error, VITRINE_ERROR_INVALID,
                                     _ ("The socket of an NBD server is an absolute path of less "
                                        "than %d bytes"),
                                     (int) sizeof address->sun_path);
    if (!is_host (server->host)) {
        g_autofree char *quoted = definition_quote (server->host);

        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  is_iscsi ? _ ("“%s” is no name or address of an iSCSI target")
                                           : _ ("“%s” is no name or address of an NBD server"),
                                  quoted);
    }
    return TRUE;
}

/* --- reading one ----------------------------------------------------------------------------- */

static gboolean
refuse_uri (const char *uri, GError **error)
{
    g_autofree char *quoted = definition_quote (uri);

    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no address of a server's disk; say "
                                 "nbd://HOST[:PORT]/EXPORT, nbd+unix:///EXPORT?socket=/PATH or "
                                 "iscsi://HOST[:PORT]/TARGET/LUN"),
                              quoted);
}

/* A secret in an address would be in definitions, logs and lists of processes; it is not repeated here either. */
static gboolean
refuse_user (GError **error)
{
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("The address of an iSCSI target names a user, and Vitrine has no "
                                 "place for the password; have the target let this computer in by "
                                 "its initiator's name, %s"),
                              VITRINE_DEFINITION_INITIATOR);
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

gboolean
definition_server_set_source_name (VitrineDefinitionServer *server, const char *text)
{
    const char *slash = strrchr (text, '/');
    guint64 lun = 0;

    g_free (server->name);
    if (server->protocol != VITRINE_DEFINITION_ISCSI) {
        server->name = g_strdup (text);
        return TRUE;
    }
    server->name = slash ? g_strndup (text, (gsize) (slash - text)) : g_strdup (text);
    if (slash && !g_ascii_string_to_unsigned (slash + 1, 10, 0, MAX_LUN, &lun, NULL))
        return FALSE;
    server->lun = (guint) lun;
    return TRUE;
}

/* What g_uri_split() makes of an address. */
typedef struct {
    char *scheme, *user, *host, *path, *query, *fragment;
    int port;
} Parts;

static void
parts_clear (Parts *parts)
{
    g_free (parts->scheme);
    g_free (parts->user);
    g_free (parts->host);
    g_free (parts->path);
    g_free (parts->query);
    g_free (parts->fragment);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

/* Whether PARTS are what SERVER's protocol has, by a socket where IS_UNIX. */
static gboolean
is_whole (const Parts *parts, const VitrineDefinitionServer *server, gboolean is_unix)
{
    gboolean has_host = parts->host && *parts->host;
    gboolean has_lun = server->protocol != VITRINE_DEFINITION_ISCSI
                       || (strlen (parts->path) > 1 && strchr (parts->path + 1, '/'));

    if (parts->user || parts->fragment || parts->port == 0 || !has_lun)
        return FALSE;
    return is_unix ? server->socket && !has_host && parts->port < 0 : has_host && !parts->query;
}

VitrineDefinitionServer *
vitrine_definition_server_parse (const char *uri, GError **error)
{
    g_autoptr (VitrineDefinitionServer) server = g_new0 (VitrineDefinitionServer, 1);
    g_auto (Parts) parts = { .port = -1 };
    g_autofree char *name = NULL;
    gboolean is_unix, is_iscsi;

    if (!g_utf8_validate (uri, -1, NULL) || !vitrine_definition_server_is_uri (uri)
        || !g_uri_split (uri, G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, &parts.scheme,
                         &parts.user, &parts.host, &parts.port, &parts.path, &parts.query,
                         &parts.fragment, NULL)) {
        refuse_uri (uri, error);
        return NULL;
    }
    is_unix = g_str_equal (parts.scheme, SCHEME_UNIX);
    is_iscsi = g_str_equal (parts.scheme, SCHEME_ISCSI);
    if (is_iscsi && parts.user) {
        refuse_user (error);
        return NULL;
    }
    server->protocol = is_iscsi ? VITRINE_DEFINITION_ISCSI : VITRINE_DEFINITION_NBD;
    server->socket = is_unix ? dup_socket (parts.query) : NULL;
    server->host = is_unix ? NULL : g_strdup (parts.host);
    server->port = parts.port > 0 ? (guint) parts.port
                   : is_iscsi     ? VITRINE_DEFINITION_ISCSI_PORT
                                  : VITRINE_DEFINITION_NBD_PORT;
    name = g_uri_unescape_string (*parts.path == '/' ? parts.path + 1 : parts.path, NULL);
    if (!name || !is_whole (&parts, server, is_unix)
        || !definition_server_set_source_name (server, name)) {
        refuse_uri (uri, error);
        return NULL;
    }
    return definition_server_check (server, error) ? g_steal_pointer (&server) : NULL;
}
