/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-hostile.c - a text made to hurt is an error, never more. */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <string.h>

#include "definition-texts.h"
#include "definition.h"
#include "vitrine-error.h"

static void
assert_refused (const char *xml, gssize len, const char *message)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_definition_parse (xml, len, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    if (message)
        g_assert_cmpstr (error->message, ==, message);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

#define NO_DOCTYPE "A definition must not have a document type (<!DOCTYPE>)"

static void
test_billion_laughs (void)
{
    assert_refused ("<!DOCTYPE domain [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
                    "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;'>]>"
                    "<domain type='&d;'><name>&d;</name></domain>",
                    -1, NO_DOCTYPE);
}

static void
test_external_entity (void)
{
    assert_refused ("<!DOCTYPE domain [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
                    "<domain type='kvm'><name>&a;</name></domain>",
                    -1, NO_DOCTYPE);
}

/* The document type names a file that would say when it is opened: a pipe nobody reads would
 * hang. */
static void
test_external_document_type (void)
{
    g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
    g_autofree char *xml = g_strdup_printf ("<!DOCTYPE domain SYSTEM 'file://%s'>" WITH (""), pipe);

    g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
    assert_refused (xml, -1, NO_DOCTYPE);
    g_unlink (pipe);
    g_rmdir (folder);
}

static void
test_undeclared_entity (void)
{
    assert_refused (DOMAIN ("<name>&nbsp;</name>"), -1, NULL);
}

static void
test_xinclude_is_not_followed (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_definition_parse (
        "<domain type='kvm' xmlns:xi='http://www.w3.org/2001/XInclude'>" HEAD MEMORY OS
        "<xi:include href='/etc/passwd' parse='text'/></domain>",
        -1, &error));
    g_assert_cmpstr (error->message, ==, "Vitrine cannot do <xi:include> yet (in <domain>)");
}

static void
test_no_xml (void)
{
    static const char *const texts[] = {
        "",
        " ",
        "hello",
        "<",
        "<domain",
        "<domain>",
        "<domain></domian>",
        "<a/><b/>",
        "<?xml?>",
        "<domain type='kvm'><name>a</name>",
        "<domain type=kvm/>",
        "<!--",
        "<![CDATA[",
        "&amp;",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        assert_refused (texts[i], -1, NULL);
}

static void
test_other_root (void)
{
    assert_refused ("<network><name>default</name></network>", -1,
                    "This is not a machine's definition: it does not begin with <domain>");
}

static void
test_not_utf8 (void)
{
    assert_refused (DOMAIN ("<name>\xff\xfe</name>"), -1, "The definition is not UTF-8 text");
    assert_refused ("<?xml version='1.0' encoding='ISO-8859-1'?>" WITH (""), -1,
                    "A definition must be UTF-8, not ISO-8859-1");
    assert_refused ("<?xml version='1.0' encoding='UTF-16'?>" WITH (""), -1, NULL);
}

static void
test_nul_inside (void)
{
    static const char text[] = "<domain type='kvm'>\0</domain>";

    assert_refused (text, sizeof text - 1, "The definition is not UTF-8 text");
}

static void
test_control_character (void)
{
    assert_refused (DOMAIN ("<name>a\x01</name>" MEMORY OS), -1, NULL);
    assert_refused (DOMAIN ("<name>a&#x1b;[2J</name>" MEMORY OS), -1, NULL);
}

static void
test_too_long (void)
{
    g_autofree char *padding = g_strnfill (VITRINE_DEFINITION_MAX_BYTES, ' ');
    g_autofree char *xml = g_strconcat (WITH (""), padding, NULL);

    assert_refused (xml, -1, "The definition is longer than 1 MiB");
    xml[VITRINE_DEFINITION_MAX_BYTES] = '\0';
    vitrine_definition_unref (vitrine_definition_parse (xml, -1, NULL));
}

static char *
nested (guint depth)
{
    GString *xml = g_string_new ("<domain type='kvm'>" HEAD MEMORY OS "<metadata>");

    for (guint i = 0; i < depth; i++)
        g_string_append (xml, "<x>");
    for (guint i = 0; i < depth; i++)
        g_string_append (xml, "</x>");
    g_string_append (xml, "</metadata></domain>");
    return g_string_free (xml, FALSE);
}

static void
test_too_deep (void)
{
    g_autofree char *good = nested (20);
    g_autofree char *deep = nested (100);
    g_autofree char *deeper = nested (100000);
    g_autoptr (VitrineDefinition) definition = vitrine_definition_parse (good, -1, NULL);

    g_assert_nonnull (definition);
    assert_refused (deep, -1, "The definition has elements more than 32 deep");
    assert_refused (deeper, -1, NULL);
}

/* As many elements as fit: must be refused, or read, in a moment. */
static void
test_many_elements (void)
{
    GString *xml = g_string_new ("<domain type='kvm'>" HEAD MEMORY OS "<devices>");
    g_autoptr (GError) error = NULL;
    gint64 start = g_get_monotonic_time ();

    while (xml->len < VITRINE_DEFINITION_MAX_BYTES - 100)
        g_string_append (xml, "<audio type='none'/>");
    g_string_append (xml, "</devices></domain>");
    vitrine_definition_unref (vitrine_definition_parse (xml->str, xml->len, &error));
    g_assert_no_error (error);
    g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_TIME_SPAN_SECOND);
    g_string_free (xml, TRUE);
}

static void
test_many_disks (void)
{
    GString *xml = g_string_new ("<domain type='kvm'>" HEAD MEMORY OS "<devices>");
    g_autoptr (GError) error = NULL;

    for (guint i = 0; xml->len < VITRINE_DEFINITION_MAX_BYTES - 200 && i < 26 * 26; i++)
        g_string_append_printf (
            xml, "<disk type='file'><source file='/d'/><target dev='vd%c%c'/></disk>", 'a' + i / 26,
            'a' + i % 26);
    g_string_append (xml, "</devices></domain>");
    g_assert_null (vitrine_definition_parse (xml->str, xml->len, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    g_string_free (xml, TRUE);
}

/* A foreign value is quoted short, in one line. */
static void
test_long_values_are_cut (void)
{
    g_autofree char *value = g_strnfill (100000, 'x');
    g_autofree char *xml = g_strdup_printf (WITH ("<cpu mode='%s'/>"), value);
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_definition_parse (xml, -1, &error));
    g_assert_cmpuint (strlen (error->message), <, 250);
    g_assert_null (strchr (error->message, '\n'));
}

/* Each byte of a good text in turn changed, then each end of it cut off: errors, nothing else. */
static void
test_mutations (void)
{
    static const char text[] =
        DEVICES (DISK ("vda", "<boot order='1'/>") "<serial type='pty'/><graphics type='vnc'/>"
                 "<vsock><cid auto='no' address='3'/></vsock>");
    static const char changes[] = { '<', '>', '&', '\'', '/', '\0', (char) 0x80, ' ', '9' };
    char copy[sizeof text];

    for (gsize i = 0; i < sizeof text - 1; i++) {
        for (gsize k = 0; k < sizeof changes; k++) {
            g_autoptr (VitrineDefinition) definition = NULL;
            g_autoptr (GError) error = NULL;

            memcpy (copy, text, sizeof text);
            copy[i] = changes[k];
            definition = vitrine_definition_parse (copy, sizeof text - 1, &error);
            g_assert_true ((definition != NULL) != (error != NULL));
        }
        assert_refused (text, (gssize) i, NULL);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/hostile/billion-laughs", test_billion_laughs);
    g_test_add_func ("/definition/hostile/external-entity", test_external_entity);
    g_test_add_func ("/definition/hostile/external-document-type", test_external_document_type);
    g_test_add_func ("/definition/hostile/undeclared-entity", test_undeclared_entity);
    g_test_add_func ("/definition/hostile/xinclude-is-not-followed", test_xinclude_is_not_followed);
    g_test_add_func ("/definition/hostile/no-xml", test_no_xml);
    g_test_add_func ("/definition/hostile/other-root", test_other_root);
    g_test_add_func ("/definition/hostile/not-utf8", test_not_utf8);
    g_test_add_func ("/definition/hostile/nul-inside", test_nul_inside);
    g_test_add_func ("/definition/hostile/control-character", test_control_character);
    g_test_add_func ("/definition/hostile/too-long", test_too_long);
    g_test_add_func ("/definition/hostile/too-deep", test_too_deep);
    g_test_add_func ("/definition/hostile/many-elements", test_many_elements);
    g_test_add_func ("/definition/hostile/many-disks", test_many_disks);
    g_test_add_func ("/definition/hostile/long-values-are-cut", test_long_values_are_cut);
    g_test_add_func ("/definition/hostile/mutations", test_mutations);
    return g_test_run ();
}
