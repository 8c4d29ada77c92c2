/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-compare.c - in what two definitions, and three, differ; and what an edit of one keeps. */
#include <string.h>
#include <vitrine.h>

#include "vitrine-xml-private.h"

/* The differences from BEFORE to AFTER, a line each. */
static char *
compare (const char *before, const char *after)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = vitrine_compare (before, after, &error);
    GString *lines = g_string_new (NULL);

    g_assert_no_error (error);
    for (guint i = 0; i < found->len; i++) {
        g_autofree char *line = vitrine_difference_describe (g_ptr_array_index (found, i));

        g_string_append_printf (lines, "%s%s", i > 0 ? "\n" : "", line);
    }
    return g_string_free (lines, FALSE);
}

static void
assert_compares (const char *before, const char *after, const char *lines)
{
    g_autofree char *found = compare (before, after);

    g_assert_cmpstr (found, ==, lines);
}

static void
test_how_it_is_written_is_no_difference (void)
{
    assert_compares (
        "<domain><a x='1' y='2'/><b> text </b></domain>",
        "<?xml version='1.0'?>\n<domain>\n  <b>text</b>\n  <a y=\"2\" x=\"1\"></a>\n</domain>", "");
}

static void
test_attributes_texts_and_elements (void)
{
    assert_compares ("<domain>\n<vcpu>1</vcpu>\n</domain>", "<domain>\n<vcpu>2</vcpu>\n</domain>",
                     "Line 2: <vcpu> said “1” and says “2” now");
    assert_compares ("<domain>\n<a x='1'/></domain>", "<domain>\n<a x='2'/></domain>",
                     "Line 2: x of <a> said “1” and says “2” now");
    assert_compares ("<domain>\n<a x='1'/></domain>", "<domain>\n<a/></domain>",
                     "Line 2: x of <a> is gone; it said “1”");
    assert_compares ("<domain>\n<a/></domain>", "<domain>\n\n<a y='1'/></domain>",
                     "Line 3: y of <a> is new and says “1”");
    assert_compares ("<domain>\n<a/><b/></domain>", "<domain>\n<a/>\n<c/></domain>",
                     "Line 2: <b> is gone\nLine 3: <c> is new");
}

static void
test_comments_are_told (void)
{
    assert_compares ("<domain>\n<!-- one --></domain>", "<domain/>", "Line 2: a comment is gone");
    assert_compares ("<domain/>", "<domain><!-- one --></domain>", "Line 1: a comment is new");
    assert_compares ("<domain>\n<!-- one\ntwo\n-->\n</domain>", "<domain/>",
                     "Line 2: a comment is gone");
}

#define DISK(name, more) "<disk><target dev='" name "'/>" more "</disk>"

static void
test_devices_are_told_apart_by_what_they_are_called_by (void)
{
    assert_compares (
        "<domain><devices>\n" DISK ("vda", "<serial>a</serial>") "\n" DISK (
            "vdb", "") "</devices></domain>",
        "<domain><devices>\n" DISK ("vdb", "") "\n" DISK ("vda", "") "</devices></domain>",
        "Line 1: disk of <devices> said “vda, vdb” and says “vdb, vda” now\n"
        "Line 2: <serial>, <disk> vda is gone");
    assert_compares ("<domain><devices>\n" DISK ("vda", "<serial>a</serial>") "</devices></domain>",
                     "<domain><devices>\n" DISK ("vdb", "") "\n" DISK (
                         "vda", "<serial>a</serial>") "</devices></domain>",
                     "Line 2: <disk> vdb is new");
    assert_compares ("<domain>\n" DISK ("vda", "<serial>a</serial>") "\n" DISK (
                         "vdb", "<serial>b</serial>") "</domain>",
                     "<domain>\n" DISK ("vdb", "<serial>c</serial>") "\n" DISK (
                         "vda", "<serial>d</serial>") "</domain>",
                     "Line 1: disk of <domain> said “vda, vdb” and says “vdb, vda” now\n"
                     "Line 2: <serial>, <disk> vda said “a” and says “d” now\n"
                     "Line 3: <serial>, <disk> vdb said “b” and says “c” now");
}

static void
test_one_more_of_many_is_one_that_is_new (void)
{
    assert_compares ("<domain><devices><rng a='1'/><rng a='2'/></devices></domain>",
                     "<domain><devices><rng a='0'/><rng a='1'/><rng a='2'/></devices></domain>",
                     "Line 1: <rng> is new");
}

/* What is started from first is what is written first. */
static void
test_order_of_those_of_one_name_is_a_difference (void)
{
    assert_compares ("<domain>\n<os><boot dev='hd'/><boot dev='cdrom'/></os></domain>",
                     "<domain>\n<os><boot dev='cdrom'/><boot dev='hd'/></os></domain>",
                     "Line 2: boot of <os> said “hd, cdrom” and says “cdrom, hd” now");
    assert_compares ("<domain><c><arg v='a'/><arg v='b'/><x/></c></domain>",
                     "<domain><c><x/><arg v='b'/><arg v='a'/></c></domain>",
                     "Line 1: arg of <c> said “1, 2” and says “2, 1” now");
    assert_compares (
        "<domain><controller type='usb' m='a'/><controller type='usb' m='b'/></domain>",
        "<domain><controller type='usb' m='b'/><controller type='usb' m='a'/></domain>",
        "Line 1: controller of <domain> said “1, 2” and says “2, 1” now");
    /* Below what was else the same, too: it is not the same then. */
    assert_compares ("<domain><x><a v='1'/><a v='2'/></x><x/></domain>",
                     "<domain><x/><x><a v='2'/><a v='1'/></x></domain>",
                     "Line 1: a of <x> said “1, 2” and says “2, 1” now");
    assert_compares ("<domain><!-- a --><boot dev='hd'/><!-- b --><boot dev='fd'/></domain>",
                     "<domain><!-- b --><!-- a --><boot dev='hd'/><boot dev='fd'/></domain>", "");
}

/* On the main thread: as many as may be, none like another. */
static void
test_many_are_compared_at_once (void)
{
    GString *before = g_string_new ("<domain>");
    GString *after = g_string_new ("<domain>");
    g_autoptr (GPtrArray) found = NULL;
    gint64 begin = g_get_monotonic_time ();

    for (guint i = 0; i < 9000; i++) {
        g_string_append_printf (before, "<disk n='%u'><a/></disk>", i);
        g_string_append_printf (after, "<disk n='x%u'><a/></disk>", i);
    }
    g_string_append (before, "</domain>");
    g_string_append (after, "</domain>");
    found = vitrine_compare (before->str, after->str, NULL);
    g_assert_cmpuint (found->len, ==, 9000);
    g_assert_cmpint (g_get_monotonic_time () - begin, <, 3 * G_USEC_PER_SEC);
    g_string_free (before, TRUE);
    g_string_free (after, TRUE);
}

static void
assert_is_no_xml (const char *text, guint wanted_line)
{
    g_autoptr (GError) error = NULL;
    guint line = 0;

    g_assert_false (vitrine_compare_check (text, &line, &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_cmpuint (line, ==, wanted_line);
    g_assert_null (vitrine_compare ("<a/>", text, NULL));
    g_assert_null (vitrine_compare (text, "<a/>", NULL));
}

static void
test_what_is_no_xml_is_said_with_its_line (void)
{
    assert_is_no_xml ("<domain>\n<a>\n</b></domain>", 3);
    assert_is_no_xml ("<domain>\n<a", 2);
    assert_is_no_xml ("", 1);
    assert_is_no_xml ("text", 1);
    assert_is_no_xml ("<domain>&huge;</domain>", 1);
    assert_is_no_xml ("<domain>\xff</domain>", 1);
}

/* Neither depth nor number is without an end. */
static void
test_there_is_an_end_to_what_is_compared (void)
{
    GString *deep = g_string_new (NULL);
    GString *wide = g_string_new ("<domain>");
    GString *many = g_string_new ("<domain");

    for (guint i = 0; i < 100000; i++)
        g_string_append (deep, "<a>");
    for (guint i = 0; i < 100000; i++)
        g_string_append (wide, "<a/>");
    g_string_append (wide, "</domain>");
    for (guint i = 0; i < 1000; i++)
        g_string_append_printf (many, " a%u=''", i);
    g_string_append (many, "/>");
    g_assert_false (vitrine_compare_check (many->str, NULL, NULL));
    g_string_free (many, TRUE);
    g_assert_false (vitrine_compare_check (deep->str, NULL, NULL));
    g_assert_false (vitrine_compare_check (wide->str, NULL, NULL));
    g_string_free (deep, TRUE);
    g_string_free (wide, TRUE);
}

/* --- three ------------------------------------------------------------------------------------ */

static void
assert_three (const char *now, const char *wanted, guint theirs, guint yours, guint clashes)
{
    static const char base[] =
        "<domain><vcpu>1</vcpu><memory>64</memory><devices>" DISK ("vda", "") "</devices></domain>";
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineThreeWay) found = vitrine_compare_three (base, now, wanted, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (found->theirs->len, ==, theirs);
    g_assert_cmpuint (found->yours->len, ==, yours);
    g_assert_cmpuint (found->clashes->len, ==, clashes);
}

#define TEXT(vcpu, memory, devices)                                                                \
    "<domain><vcpu>" vcpu "</vcpu><memory>" memory "</memory><devices>" devices                    \
    "</devices></domain>"

static void
test_three_that_do_not_touch (void)
{
    assert_three (TEXT ("2", "64", DISK ("vda", "")), TEXT ("1", "128", DISK ("vda", "")), 1, 1, 0);
    assert_three (TEXT ("1", "64", DISK ("vda", "")), TEXT ("1", "128", DISK ("vda", "")), 0, 1, 0);
}

static void
test_three_that_clash (void)
{
    assert_three (TEXT ("2", "64", DISK ("vda", "")), TEXT ("3", "64", DISK ("vda", "")), 1, 1, 1);
    /* The same change of both is none. */
    assert_three (TEXT ("2", "64", DISK ("vda", "")), TEXT ("2", "64", DISK ("vda", "")), 1, 1, 0);
    /* What one took away the other changed. */
    assert_three (TEXT ("1", "64", ""), TEXT ("1", "64", DISK ("vda", "<serial>a</serial>")), 1, 1,
                  1);
}

static void
test_three_of_which_one_is_none (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_compare_three ("<a/>", "<a/>", "<a>", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

/* --- the tree --------------------------------------------------------------------------------- */

static const char whole[] = "<?xml version='1.0'?>\n"
                            "<!-- a < b -->\n"
                            "<domain type='kvm'>\n"
                            "  <name>a &amp; b</name>\n"
                            "  <unknown:x xmlns:unknown='urn:x' y='&#10;&#39;'/>\n"
                            "  <devices>\n"
                            "    <disk/>\n"
                            "  </devices>\n"
                            "</domain>\n";

static char *
edit (const char *way, const char *value)
{
    g_autoptr (VitrineXml) document = vitrine_xml_parse (whole, NULL);

    vitrine_xml_set (vitrine_xml_get_root (document), way, value);
    return vitrine_xml_write (document);
}

static void
test_what_is_not_changed_is_kept_to_the_letter (void)
{
    g_autoptr (VitrineXml) document = vitrine_xml_parse (whole, NULL);
    g_autofree char *text = vitrine_xml_write (document);
    g_autofree char *same = edit ("nothing/@here", NULL);

    g_assert_cmpstr (text, ==, whole);
    g_assert_cmpstr (text, ==, same);
}

static void
test_ways (void)
{
    g_autofree char *attribute = edit ("devices/disk/driver/@cache", "a'<\n");
    g_autofree char *text = edit ("name", "<new>");
    g_autofree char *gone = edit ("devices/disk", NULL);
    g_autoptr (VitrineXml) document = vitrine_xml_parse (attribute, NULL);
    g_autofree char *value =
        vitrine_xml_dup (vitrine_xml_get_root (document), "devices/disk/driver/@cache");

    g_assert_cmpstr (value, ==, "a'<\n");
    g_assert_nonnull (strstr (text, "<name>&lt;new&gt;</name>"));
    g_assert_nonnull (strstr (gone, "  <devices>\n  </devices>\n"));
    g_assert_nonnull (strstr (attribute, "    <disk>\n      <driver cache="));
}

int
main (int argc, char **argv)
{
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/compare/how-it-is-written-is-no-difference",
                     test_how_it_is_written_is_no_difference);
    g_test_add_func ("/compare/attributes-texts-and-elements", test_attributes_texts_and_elements);
    g_test_add_func ("/compare/comments-are-told", test_comments_are_told);
    g_test_add_func ("/compare/devices-are-told-apart-by-what-they-are-called-by",
                     test_devices_are_told_apart_by_what_they_are_called_by);
    g_test_add_func ("/compare/one-more-of-many-is-one-that-is-new",
                     test_one_more_of_many_is_one_that_is_new);
    g_test_add_func ("/compare/order-of-those-of-one-name-is-a-difference",
                     test_order_of_those_of_one_name_is_a_difference);
    g_test_add_func ("/compare/many-are-compared-at-once", test_many_are_compared_at_once);
    g_test_add_func ("/compare/what-is-no-xml-is-said-with-its-line",
                     test_what_is_no_xml_is_said_with_its_line);
    g_test_add_func ("/compare/there-is-an-end-to-what-is-compared",
                     test_there_is_an_end_to_what_is_compared);
    g_test_add_func ("/compare/three/that-do-not-touch", test_three_that_do_not_touch);
    g_test_add_func ("/compare/three/that-clash", test_three_that_clash);
    g_test_add_func ("/compare/three/of-which-one-is-none", test_three_of_which_one_is_none);
    g_test_add_func ("/xml/what-is-not-changed-is-kept-to-the-letter",
                     test_what_is_not_changed_is_kept_to_the_letter);
    g_test_add_func ("/xml/ways", test_ways);
    return g_test_run ();
}
