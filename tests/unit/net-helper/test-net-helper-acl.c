/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-net-helper-acl.c - which bridges a file of allow, deny and include lines lets machines onto. */
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "bridge-acl.h"

typedef struct {
    char *folder, *first, *second;
} Files;

static void
set_up (Files *f, gconstpointer data)
{
    f->folder = g_dir_make_tmp ("vitrine-acl-XXXXXX", NULL);
    f->first = g_build_filename (f->folder, "first.conf", NULL);
    f->second = g_build_filename (f->folder, "second.conf", NULL);
}

static void
tear_down (Files *f, gconstpointer data)
{
    g_unlink (f->first);
    g_unlink (f->second);
    g_assert_cmpint (g_rmdir (f->folder), ==, 0);
    g_free (f->folder);
    g_free (f->first);
    g_free (f->second);
}

static void
write_file (const char *path, const char *text)
{
    g_assert_true (
        g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));
}

/* What is said of the bridge br0; *DETAIL (transfer full) what goes with it. */
static enum net_status
ask (Files *f, char **detail)
{
    const char *files[] = { f->first, f->second, NULL };
    struct net_reply reply = { 0 };
    gboolean ok = bridge_acl_check (files, getuid (), "br0", &reply);

    g_assert_true (ok == (reply.status == NET_OK));
    if (detail)
        *detail = g_strdup (reply.detail);
    return reply.status;
}

static void
test_lines (Files *f, gconstpointer data)
{
    static const struct {
        const char *text;
        enum net_status status;
    } cases[] = {
        { "", NET_NOT_ALLOWED },
        { "allow br0\n", NET_OK },
        { "allow br0", NET_OK },
        { "  allow\tbr0  # ours\n\n#deny all\n", NET_OK },
        { "allow br1\n", NET_NOT_ALLOWED },
        { "allow br01\nallow br\nallow BR0\n", NET_NOT_ALLOWED },
        { "allow all\n", NET_OK },
        { "allow all\ndeny br0\n", NET_NOT_ALLOWED },
        { "deny br0\nallow br0\n", NET_NOT_ALLOWED },
        { "deny all\nallow br0\n", NET_NOT_ALLOWED },
        { "allow br0\ndeny br1\n", NET_OK },
        { "allow br0 br1\n", NET_BAD_FILE },
        { "allow\n", NET_BAD_FILE },
        { "permit br0\nallow br0\n", NET_BAD_FILE },
        { "allow br0\ninclude relative.conf\n", NET_BAD_FILE },
        { "allow br0\ninclude /nonexistent/x.conf\n", NET_BAD_FILE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        write_file (f->first, cases[i].text);
        g_test_message ("%s", cases[i].text);
        g_assert_cmpint (ask (f, NULL), ==, cases[i].status);
    }
}

static void
test_names_the_place (Files *f, gconstpointer data)
{
    g_autofree char *refused = NULL, *bad = NULL;
    g_autofree char *place = g_strconcat (f->first, ":2", NULL);

    g_assert_cmpint (ask (f, &refused), ==, NET_NOT_ALLOWED);
    g_assert_cmpstr (refused, ==, f->first);
    write_file (f->first, "# a comment\nallow\n");
    g_assert_cmpint (ask (f, &bad), ==, NET_BAD_FILE);
    g_assert_cmpstr (bad, ==, place);
}

static void
test_files_count_together (Files *f, gconstpointer data)
{
    g_autofree char *include = g_strdup_printf ("include %s\n", f->second);

    write_file (f->second, "allow br0\n");
    g_assert_cmpint (ask (f, NULL), ==, NET_OK);
    write_file (f->first, "deny br0\n");
    g_assert_cmpint (ask (f, NULL), ==, NET_NOT_ALLOWED);
    write_file (f->first, include);
    g_assert_cmpint (ask (f, NULL), ==, NET_OK);
    write_file (f->second, include); /* itself */
    g_assert_cmpint (ask (f, NULL), ==, NET_BAD_FILE);
}

static void
test_trusts_the_owner_alone (Files *f, gconstpointer data)
{
    static const int modes[] = { 0664, 0646, 0666 };
    const char *files[] = { f->first, NULL };
    struct net_reply reply = { 0 };

    write_file (f->first, "allow br0\n");
    for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
        g_assert_cmpint (g_chmod (f->first, modes[i]), ==, 0);
        g_assert_cmpint (ask (f, NULL), ==, NET_UNTRUSTED);
    }
    g_assert_cmpint (g_chmod (f->first, 0600), ==, 0);
    g_assert_cmpint (ask (f, NULL), ==, NET_OK);
    g_assert_false (bridge_acl_check (files, getuid () + 1, "br0", &reply));
    g_assert_cmpint (reply.status, ==, NET_UNTRUSTED);
}

static void
test_is_bounded (Files *f, gconstpointer data)
{
    g_autofree char *line = g_strnfill (4096, '#');
    GString *lines = g_string_new ("allow br0\n");

    write_file (f->first, line);
    g_assert_cmpint (ask (f, NULL), ==, NET_BAD_FILE);
    for (guint i = 0; i < 10000; i++)
        g_string_append_c (lines, '\n');
    write_file (f->first, lines->str);
    g_assert_cmpint (ask (f, NULL), ==, NET_BAD_FILE);
    g_string_free (lines, TRUE);
}

#define ADD(path, function) g_test_add (path, Files, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/net-helper/acl/lines-allow-and-deny-as-qemu-has-them", test_lines);
    ADD ("/net-helper/acl/refusals-name-file-and-line", test_names_the_place);
    ADD ("/net-helper/acl/files-count-together", test_files_count_together);
    ADD ("/net-helper/acl/files-that-others-can-change-allow-nothing", test_trusts_the_owner_alone);
    ADD ("/net-helper/acl/a-file-without-end-is-refused", test_is_bounded);
    return g_test_run ();
}
