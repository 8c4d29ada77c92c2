/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-screen.c - what a fake machine shows, and what is typed on it. */
#include "fake-screen.h"

#include <string.h>

#include "fake-font.h"

#define CELL_WIDTH   9
#define CELL_HEIGHT  16
#define TEXT_COLUMNS 80
#define TEXT_ROWS    25
#define TYPED_MAX    1024

#define COLOR_BACKGROUND 0x000000u
#define COLOR_TEXT       0xaaaaaau

struct _FakeScreen {
    GObject parent_instance;
    FakeScreenKind kind;
    char *title;
    GString *typed;
};

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FakeScreen, fake_screen, G_TYPE_OBJECT)

static void
fake_screen_finalize (GObject *object)
{
    FakeScreen *self = FAKE_SCREEN (object);

    g_free (self->title);
    g_string_free (self->typed, TRUE);
    G_OBJECT_CLASS (fake_screen_parent_class)->finalize (object);
}

static void
fake_screen_class_init (FakeScreenClass *klass)
{
    G_OBJECT_CLASS (klass)->finalize = fake_screen_finalize;
    signals[SIGNAL_CHANGED] = g_signal_new ("changed", FAKE_TYPE_SCREEN, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 0);
}

static void
fake_screen_init (FakeScreen *self)
{
    self->typed = g_string_new (NULL);
}

FakeScreen *
fake_screen_new (FakeScreenKind kind, const char *title)
{
    FakeScreen *self = g_object_new (FAKE_TYPE_SCREEN, NULL);

    self->kind = kind;
    self->title = g_strdup (title);
    return self;
}

/* One cell; each dot is two pixels wide, so that strokes do not look thin, and two high. */
static void
draw_character (guint32 *pixels, guint column, guint row, char character)
{
    const guint8 *glyph;

    if (character < FAKE_FONT_FIRST || character > '~')
        character = '?';
    glyph = fake_font[character - FAKE_FONT_FIRST];
    for (guint y = 0; y < FAKE_FONT_HEIGHT * 2; y++) {
        guint32 *line = pixels + (row * CELL_HEIGHT + 1 + y) * TEXT_COLUMNS * CELL_WIDTH
                        + column * CELL_WIDTH + 1;

        for (guint x = 0; x < FAKE_FONT_WIDTH; x++)
            if (glyph[y / 2] & (1u << (FAKE_FONT_WIDTH - 1 - x)))
                line[x] = line[x + 1] = GUINT32_TO_LE (COLOR_TEXT);
    }
}

/* Draws TEXT, wrapping at the right edge and cut off at the lower one. */
static void
draw_text (guint32 *pixels, const char *text)
{
    guint column = 0, row = 0;

    for (; *text != '\0' && row < TEXT_ROWS; text++) {
        if (*text == '\n' || column == TEXT_COLUMNS) {
            column = 0;
            row++;
        }
        if (*text != '\n' && row < TEXT_ROWS)
            draw_character (pixels, column++, row, *text);
    }
}

static VitrinePicture *
make_picture (guint32 *pixels, guint width, guint height)
{
    g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, (gsize) width * height * 4);

    return vitrine_picture_new (bytes, width, height, width * 4);
}

static VitrinePicture *
draw_text_screen (FakeScreen *self)
{
    guint32 *pixels = g_new0 (guint32, TEXT_COLUMNS * CELL_WIDTH * TEXT_ROWS * CELL_HEIGHT);
    g_autofree char *text =
        g_strdup_printf ("%s\n\nKernel 6.1.0 on an x86_64 (tty1)\n\n%s login: %s_", self->title,
                         self->title, self->typed->str);

    draw_text (pixels, text);
    return make_picture (pixels, TEXT_COLUMNS * CELL_WIDTH, TEXT_ROWS * CELL_HEIGHT);
}

static VitrinePicture *
draw_bars (void)
{
    static const guint32 colors[] = { 0xc0c0c0, 0xc0c000, 0x00c0c0, 0x00c000,
                                      0xc000c0, 0xc00000, 0x0000c0, 0x000000 };
    const guint width = 640, height = 480;
    guint32 *pixels = g_new (guint32, width * height);

    for (guint i = 0; i < width * height; i++)
        pixels[i] = GUINT32_TO_LE (colors[i % width * G_N_ELEMENTS (colors) / width]);
    return make_picture (pixels, width, height);
}

VitrinePicture *
fake_screen_dup_picture (FakeScreen *self)
{
    switch (self->kind) {
    case FAKE_SCREEN_TEXT:
        return draw_text_screen (self);
    case FAKE_SCREEN_BARS:
        return draw_bars ();
    case FAKE_SCREEN_BLANK:
        break;
    }
    return make_picture (g_new0 (guint32, 640 * 480), 640, 480);
}

void
fake_screen_type (FakeScreen *self, char character)
{
    if (character == '\b' && self->typed->len > 0)
        g_string_truncate (self->typed, self->typed->len - 1);
    else if ((g_ascii_isprint (character) || character == '\n') && self->typed->len < TYPED_MAX)
        g_string_append_c (self->typed, character);
    else
        return;
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
fake_screen_clear (FakeScreen *self)
{
    g_string_truncate (self->typed, 0);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}
