/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-screen.h - what a fake machine shows, and what is typed on it.
 *
 * Signal "changed": the picture is another one now.
 */
#pragma once

#include "vitrine-picture.h"

G_BEGIN_DECLS

typedef enum {
    FAKE_SCREEN_TEXT,  /* 720x400: a login prompt that shows what is typed */
    FAKE_SCREEN_BARS,  /* 640x480 colour bars */
    FAKE_SCREEN_BLANK, /* 640x480, black */
} FakeScreenKind;

#define FAKE_TYPE_SCREEN (fake_screen_get_type ())
G_DECLARE_FINAL_TYPE (FakeScreen, fake_screen, FAKE, SCREEN, GObject)

FakeScreen *fake_screen_new (FakeScreenKind kind, const char *title);

/* (transfer full). */
VitrinePicture *fake_screen_dup_picture (FakeScreen *self);

/* A printable character, '\n', or '\b' to take one back; anything else is ignored. */
void fake_screen_type (FakeScreen *self, char character);

/* As after a reset: nothing is typed. */
void fake_screen_clear (FakeScreen *self);

G_END_DECLS
