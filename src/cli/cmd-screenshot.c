/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-screenshot.c - vitrinectl screenshot: what the display shows, as a PNG file. */
#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"

/* Into the file itself, which may be a device or a pipe, and not in its place. */
static int
write_file (const char *path, GBytes *bytes)
{
    gsize len;
    gconstpointer data = g_bytes_get_data (bytes, &len);
    FILE *file = fopen (path, "we");
    gboolean failed = file == NULL;

    if (file != NULL) {
        failed = fwrite (data, 1, len, file) != len;
        failed = fclose (file) != 0 || failed;
    }
    if (failed)
        return cli_complain (_ ("“%s” cannot be written: %s"), path, g_strerror (errno));
    return CLI_OK;
}

int
cmd_screenshot (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, argv[0], &error);
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrinePicture) picture = NULL;
    g_autoptr (GBytes) png = NULL;
    const char *path = argv[1];

    if (machine == NULL)
        return cli_fail (error);
    vitrine_machine_screenshot_async (machine, cli->cancellable, cli_async_cb, &result);
    picture = vitrine_machine_screenshot_finish (machine, cli_await (&result), &error);
    if (picture == NULL)
        return cli_fail (error);
    png = vitrine_picture_to_png (picture);
    if (!g_str_equal (path, "-"))
        return write_file (path, png);
    fwrite (g_bytes_get_data (png, NULL), 1, g_bytes_get_size (png), stdout);
    return CLI_OK;
}
