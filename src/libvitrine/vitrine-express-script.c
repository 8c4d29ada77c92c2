/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-express-script.c - what libosinfo leaves as it is: a password's hash, and names in a language of their own.
 *
 * libosinfo's templates escape what is put into XML, and nothing else: a quote in a password would end the string of a
 * kickstart's shell.  So libosinfo is told words that need no quoting, and here they are replaced, each where it stands.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-express-private.h"
#include "vitrine-private.h"
#include "vitrine-seed-private.h"

#define TOKEN       VITRINE_EXPRESS_PASSWORD
#define CPIO_ALIGN  4
#define CPIO_END    "TRAILER!!!"
#define HEADER_SIZE 110

/* How a line is when the password is its hash; "@" is that.  NULL: there is no such line any more. */
static const struct {
    const char *plain, *hashed;
} rewritings[] = {
    /* debconf */
    { "passwd/root-password password " TOKEN, "passwd/root-password-crypted password @" },
    { "passwd/user-password password " TOKEN, "passwd/user-password-crypted password @" },
    { "passwd/root-password-again password " TOKEN, NULL },
    { "passwd/user-password-again password " TOKEN, NULL },
    /* kickstart, and the shell in it */
    { "rootpw '" TOKEN "'", "rootpw --iscrypted '@'" },
    { "--password '" TOKEN "'", "--iscrypted --password '@'" },
    { "echo '" TOKEN "' |passwd --stdin ", "usermod -p '@' " },
    { "test -z '" TOKEN "'", "test -z x" },
    { "test -n '" TOKEN "'", "test -n x" },
    /* AutoYaST */
    { "<user_password>" TOKEN "</user_password>", "<user_password>@</user_password>" },
};

static const char autoyast_plain[] = "<encrypted config:type=\"boolean\">false</encrypted>";
static const char autoyast_hashed[] = "<encrypted config:type=\"boolean\">true</encrypted>";

/* TEXT, which is taken over, with each WHAT as WITH. */
static char *
replace (char *text, const char *what, const char *with)
{
    GString *string = g_string_new (text);

    g_string_replace (string, what, with, 0);
    explicit_bzero (text, strlen (text));
    g_free (text);
    return g_string_free (string, FALSE);
}

static gboolean
is_xml (const char *text)
{
    const char *start = text + strspn (text, " \t\r\n");

    return *start == '<';
}

/* Lines that have no place for a hash, and the two that libosinfo's Debian has wrong. */
static char *
rewrite_line (const char *line, const char *hash)
{
    char *rewritten = g_strdup (line);

    for (gsize i = 0; i < G_N_ELEMENTS (rewritings); i++) {
        g_autofree char *hashed = NULL;
        g_auto (GStrv) parts = NULL;

        if (strstr (rewritten, rewritings[i].plain) == NULL)
            continue;
        if (rewritings[i].hashed == NULL) {
            g_free (rewritten);
            return NULL;
        }
        parts = g_strsplit (rewritings[i].hashed, "@", -1);
        hashed = g_strjoinv (hash, parts);
        rewritten = replace (rewritten, rewritings[i].plain, hashed);
    }
    /* debconf takes what follows for the type of the answer. */
    if (g_str_has_prefix (rewritten, "d-i passwd/username ")
        && !g_str_has_prefix (rewritten, "d-i passwd/username string "))
        rewritten = replace (rewritten, "d-i passwd/username ", "d-i passwd/username string ");
    return rewritten;
}

static char *
rewrite_lines (const char *text, const char *hash)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    GString *all = g_string_new (NULL);

    for (gsize i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = rewrite_line (lines[i], hash);

        if (line != NULL)
            g_string_append (all, line);
        if (line != NULL && lines[i + 1] != NULL)
            g_string_append_c (all, '\n');
    }
    return g_string_free (all, FALSE);
}

/* In a shell's string between single quotes there is no way to say one; as it is written by hand it is another letter. */
static char *
dup_realname (const char *realname, gboolean xml)
{
    return xml ? g_markup_escape_text (realname, -1)
               : replace (g_strdup (realname), "'", "\xe2\x80\x99");
}

gboolean
vitrine_express_finish (VitrineExpressFile *file, const char *password, const char *realname,
                        GError **error)
{
    gboolean xml = is_xml (file->text);
    g_autofree char *hash = NULL;
    g_autofree char *name = dup_realname (realname, xml);
    char *text;

    if (strstr (file->text, TOKEN) != NULL && (hash = vitrine_seed_hash (password, error)) == NULL)
        return FALSE;
    text = rewrite_lines (file->text, hash != NULL ? hash : "");
    if (hash != NULL && strstr (text, hash) != NULL && xml)
        text = replace (text, autoyast_plain, autoyast_hashed);
    /* Windows has no hash that its installer takes. */
    if (strstr (text, TOKEN) != NULL && xml) {
        char *escaped = g_markup_escape_text (password, -1);

        text = replace (text, TOKEN, escaped);
        explicit_bzero (escaped, strlen (escaped));
        g_free (escaped);
    }
    g_free (file->text);
    file->text = replace (text, VITRINE_EXPRESS_REALNAME, name);
    return strstr (file->text, TOKEN) == NULL
           || vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("Its installer would be told the password in a way that is not "
                                 "safe; the system must be installed by hand"));
}

/* --- cpio -------------------------------------------------------------------------------------------- */

static void
pad (GByteArray *archive)
{
    static const guint8 zeros[CPIO_ALIGN];

    g_byte_array_append (archive, zeros, (CPIO_ALIGN - archive->len % CPIO_ALIGN) % CPIO_ALIGN);
}

static void
add_member (GByteArray *archive, const char *name, guint32 mode, const char *text)
{
    char header[HEADER_SIZE + 1];

    /* inode, mode, owner, group, links, time, size, device's and special file's numbers, name's size, no checksum */
    g_snprintf (header, sizeof header, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
                1u, mode, 0u, 0u, 1u, 0u, (guint) strlen (text), 0u, 0u, 0u, 0u,
                (guint) strlen (name) + 1, 0u);
    g_byte_array_append (archive, (const guint8 *) header, HEADER_SIZE);
    g_byte_array_append (archive, (const guint8 *) name, (guint) strlen (name) + 1);
    pad (archive);
    g_byte_array_append (archive, (const guint8 *) text, (guint) strlen (text));
    pad (archive);
}

GBytes *
vitrine_express_archive (const VitrineExpressFile *file, guint64 bytes)
{
    static const guint8 zeros[CPIO_ALIGN];
    GByteArray *archive = g_byte_array_new ();

    /* The kernel looks for an archive where four divides, and inside of this one everything is counted from its start. */
    add_member (archive, file->name, 0100600, file->text);
    add_member (archive, CPIO_END, 0, "");
    g_byte_array_prepend (archive, zeros, (guint) ((CPIO_ALIGN - bytes % CPIO_ALIGN) % CPIO_ALIGN));
    return g_byte_array_free_to_bytes (archive);
}
