/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminal-vte.c - a module: VTE as the emulator of a text console. */
#include <vte/vte.h>

#include "app-emulator.h"
#include "app-module.h"
#include "config.h"

#define SCROLLBACK_LINES 10000

typedef struct {
    VteTerminal parent_instance;
} TerminalVte;

typedef struct {
    VteTerminalClass parent_class;
} TerminalVteClass;

static GType terminal_vte_get_type (void);
static void terminal_vte_iface_init (AppEmulatorInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TerminalVte, terminal_vte, VTE_TYPE_TERMINAL,
                               G_IMPLEMENT_INTERFACE (APP_TYPE_EMULATOR, terminal_vte_iface_init))

static void
terminal_vte_feed (AppEmulator *self, GBytes *bytes)
{
    gsize size;
    const char *data = g_bytes_get_data (bytes, &size);

    vte_terminal_feed (VTE_TERMINAL (self), data, (gssize) size);
}

static void
terminal_vte_reset (AppEmulator *self)
{
    vte_terminal_reset (VTE_TERMINAL (self), TRUE, TRUE);
}

static void
terminal_vte_set_takes_input (AppEmulator *self, gboolean takes_input)
{
    vte_terminal_set_input_enabled (VTE_TERMINAL (self), takes_input);
}

static void
terminal_vte_copy (AppEmulator *self)
{
    vte_terminal_copy_clipboard_format (VTE_TERMINAL (self), VTE_FORMAT_TEXT);
}

static void
terminal_vte_paste (AppEmulator *self)
{
    vte_terminal_paste_clipboard (VTE_TERMINAL (self));
}

static void
terminal_vte_iface_init (AppEmulatorInterface *iface)
{
    iface->feed = terminal_vte_feed;
    iface->reset = terminal_vte_reset;
    iface->set_takes_input = terminal_vte_set_takes_input;
    iface->copy = terminal_vte_copy;
    iface->paste = terminal_vte_paste;
}

static void
commit_cb (TerminalVte *self, const char *text, guint size)
{
    g_autoptr (GBytes) bytes = g_bytes_new (text, size);

    g_signal_emit_by_name (self, "typed", bytes);
}

/* Its own colours, the same on a light and on a dark desktop: guests choose theirs for a dark screen. */
static void
set_colours (VteTerminal *terminal)
{
    static const char *const palette_names[] = {
        "#2e3436", "#ef5350", "#7bc74d", "#e5c445", "#6a9fe6", "#b98bd0", "#3fbdbf", "#d3d7cf",
        "#70767a", "#ff7a70", "#a0e578", "#fce94f", "#92bdf5", "#d4aae6", "#68e2e2", "#ffffff",
    };
    GdkRGBA palette[G_N_ELEMENTS (palette_names)], foreground, background;

    for (guint i = 0; i < G_N_ELEMENTS (palette_names); i++)
        gdk_rgba_parse (&palette[i], palette_names[i]);
    gdk_rgba_parse (&foreground, "#dcdfe0");
    gdk_rgba_parse (&background, "#15161a");
    vte_terminal_set_colors (terminal, &foreground, &background, palette, G_N_ELEMENTS (palette));
}

static void
terminal_vte_constructed (GObject *object)
{
    VteTerminal *terminal = VTE_TERMINAL (object);

    G_OBJECT_CLASS (terminal_vte_parent_class)->constructed (object);
    set_colours (terminal);
    vte_terminal_set_scrollback_lines (terminal, SCROLLBACK_LINES);
    vte_terminal_set_scroll_on_output (terminal, FALSE);
    vte_terminal_set_scroll_on_keystroke (terminal, TRUE);
    vte_terminal_set_audible_bell (terminal, FALSE);
}

static void
terminal_vte_class_init (TerminalVteClass *klass)
{
    G_OBJECT_CLASS (klass)->constructed = terminal_vte_constructed;
}

static void
terminal_vte_init (TerminalVte *self)
{
    g_signal_connect (self, "commit", G_CALLBACK (commit_cb), NULL);
}

G_MODULE_EXPORT GType
app_module_get_widget (const char *version)
{
    return g_str_equal (version, VITRINE_VERSION) ? terminal_vte_get_type () : G_TYPE_INVALID;
}
