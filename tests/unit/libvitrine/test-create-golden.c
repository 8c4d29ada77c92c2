/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-create-golden.c - the definitions that are made of specs, each compared as a whole with what is written down.
 *
 * A case is a source, a firmware, a system, disks and cards, for both engines.  tests/data/create has the texts, a file for
 * each engine and group, each case after a line with its name.  Where the program is given REWRITE in its environment it
 * writes them anew; what changed is then read in the difference.  Each text is also what libvirt's own schema takes.
 */
#include <glib/gstdio.h>
#include <libxml/relaxng.h>
#include <string.h>

#include "golden-case.h"

#define SCHEMA "/usr/share/libvirt/schemas/domain.rng"
#define HEAD   "=== "

static char *
dup_path (const char *group)
{
    g_autofree char *file = g_strconcat (group, ".txt", NULL);

    return g_build_filename (g_getenv ("GOLDEN"), file, NULL);
}

/* --- what libvirt takes ------------------------------------------------------------------------------- */

static xmlRelaxNG *schema;

static void
check_by_schema (const char *name, const char *xml)
{
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt (schema);
    xmlDoc *document = xmlReadDoc ((const xmlChar *) xml, NULL, NULL, XML_PARSE_NONET);

    g_assert_nonnull (document);
    if (xmlRelaxNGValidateDoc (context, document) != 0)
        g_error ("%s is nothing libvirt takes:\n%s", name, xml);
    xmlFreeDoc (document);
    xmlRelaxNGFreeValidCtxt (context);
}

static void
test_schema (void)
{
    xmlRelaxNGParserCtxt *parser;

    if (!g_file_test (SCHEMA, G_FILE_TEST_EXISTS)) {
        g_test_skip ("libvirt's schemas are not installed");
        return;
    }
    parser = xmlRelaxNGNewParserCtxt (SCHEMA);
    schema = xmlRelaxNGParse (parser);
    xmlRelaxNGFreeParserCtxt (parser);
    g_assert_nonnull (schema);
    for (guint i = 0; i < golden_get_n (); i++) {
        g_autofree char *name = golden_dup_name (i);
        g_autofree char *xml = golden_dup_xml (i);

        check_by_schema (name, xml);
    }
    xmlRelaxNGFree (schema);
}

/* --- what is written down ------------------------------------------------------------------------------- */

/* The text of NAME in FILE, or NULL. */
static char *
find_text (const char *file, const char *name)
{
    g_autofree char *head = g_strconcat (HEAD, name, "\n", NULL);
    const char *at = file;
    const char *end;

    while ((at = strstr (at, head)) != NULL && at != file && at[-1] != '\n')
        at++;
    if (at == NULL)
        return NULL;
    at += strlen (head);
    end = strstr (at, "\n" HEAD);
    return end != NULL ? g_strndup (at, (gsize) (end + 1 - at)) : g_strdup (at);
}

static void
test_group (gconstpointer data)
{
    const char *group = data;
    g_autofree char *path = dup_path (group);
    g_autofree char *file = NULL;
    guint n = 0, n_written = 0;

    g_assert_true (g_file_get_contents (path, &file, NULL, NULL));
    for (guint i = 0; i < golden_get_n (); i++) {
        g_autofree char *name = golden_dup_name (i);
        g_autofree char *xml = NULL, *wanted = NULL;

        if (!g_str_equal (golden_get_group (i), group))
            continue;
        n++;
        xml = golden_dup_xml (i);
        wanted = find_text (file, name);
        if (wanted == NULL)
            g_error ("%s has no case “%s”; look at what REWRITE=1 makes of it", path, name);
        g_test_message ("%s", name);
        g_assert_cmpstr (xml, ==, wanted);
    }
    /* Nothing is written down that is not made any more. */
    for (const char *at = file; (at = strstr (at, HEAD)) != NULL; at++)
        n_written += at == file || at[-1] == '\n';
    g_assert_cmpuint (n_written, ==, n);
}

static void
rewrite (const char *group)
{
    g_autofree char *path = dup_path (group);
    GString *file = g_string_new ("# SPDX-License-Identifier: GPL-2.0-or-later\n");

    for (guint i = 0; i < golden_get_n (); i++) {
        g_autofree char *name = golden_dup_name (i);
        g_autofree char *xml = NULL;

        if (!g_str_equal (golden_get_group (i), group))
            continue;
        xml = golden_dup_xml (i);
        g_string_append_printf (file, HEAD "%s\n%s", name, xml);
    }
    g_assert_true (g_file_set_contents (path, file->str, -1, NULL));
    g_string_free (file, TRUE);
}

static void
test_there_are_enough (void)
{
    g_assert_cmpuint (golden_get_n (), >=, 200);
}

int
main (int argc, char **argv)
{
    const char *const *groups = golden_get_groups ();

    g_test_init (&argc, &argv, NULL);
    if (g_getenv ("REWRITE") != NULL) {
        for (gsize i = 0; groups[i] != NULL; i++)
            rewrite (groups[i]);
        return 0;
    }
    g_test_add_func ("/create/golden/two-hundred-at-least", test_there_are_enough);
    for (gsize i = 0; groups[i] != NULL; i++) {
        g_autofree char *path = g_strconcat ("/create/golden/", groups[i], NULL);

        g_test_add_data_func (path, groups[i], test_group);
    }
    g_test_add_func ("/create/golden/libvirt-takes-each", test_schema);
    return g_test_run ();
}
