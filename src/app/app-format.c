/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-format.c - numbers, states and places as words for people. */
#include "app-format.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *word; /* translated when used */
    const char *style_class;
} states[] = {
    [VITRINE_MACHINE_OFF] = { N_ ("Off"), "off" },
    [VITRINE_MACHINE_STARTING] = { N_ ("Starting…"), "starting" },
    [VITRINE_MACHINE_RUNNING] = { N_ ("Running"), "running" },
    [VITRINE_MACHINE_PAUSED] = { N_ ("Paused"), "paused" },
    [VITRINE_MACHINE_STOPPING] = { N_ ("Shutting down…"), "stopping" },
    [VITRINE_MACHINE_CRASHED] = { N_ ("Crashed"), "crashed" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (states) == VITRINE_MACHINE_CRASHED + 1);

static const char *const size_units[] = {
    N_ ("%s KiB"), N_ ("%s MiB"), N_ ("%s GiB"), N_ ("%s TiB"), N_ ("%s PiB"),
};

/* One decimal, in the user's notation, and none when it is 0. */
static char *
format_number (double value)
{
    if (fabs (value - round (value)) < 0.05)
        return g_strdup_printf ("%.0f", value);
    return g_strdup_printf ("%.1f", value);
}

char *
app_format_size (guint64 bytes)
{
    g_autofree char *number = NULL;
    double value = bytes / 1024.0;
    guint unit = 0;

    /* 1023.96 would be written "1024": it belongs to the next unit. */
    while (value >= 1023.95 && unit + 1 < G_N_ELEMENTS (size_units)) {
        value /= 1024.0;
        unit++;
    }
    number = format_number (value);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return g_strdup_printf (_ (size_units[unit]), number);
#pragma GCC diagnostic pop
}

/* The bytes in the unit that TEXT, what follows the number, names; 0 for none we know. */
static guint64
parse_unit (const char *text, guint64 unit_bytes)
{
    static const char letters[] = "kmgtp";
    const char *letter;
    char first = g_ascii_tolower (text[0]);

    if (first == '\0')
        return unit_bytes;
    letter = strchr (letters, first);
    if (letter == NULL)
        return 0;
    if (text[1] != '\0' && g_ascii_strcasecmp (text + 1, "b") != 0
        && g_ascii_strcasecmp (text + 1, "ib") != 0)
        return 0;
    return G_GUINT64_CONSTANT (1) << (10 * (letter - letters + 1));
}

gboolean
app_parse_size (const char *text, guint64 unit_bytes, guint64 *bytes)
{
    g_autofree char *copy = g_strstrip (g_strdup (text));
    guint64 unit;
    char *end = NULL;
    double value;

    /* Both notations are taken: the user's own and the point. */
    value = g_strtod (copy, &end);
    if (end == copy || !isfinite (value) || value < 0)
        return FALSE;
    while (g_ascii_isspace (*end))
        end++;
    unit = parse_unit (end, unit_bytes);
    if (unit == 0 || value * unit >= 9.2e18)
        return FALSE;
    *bytes = (guint64) round (value * unit);
    return TRUE;
}

char *
app_format_facts (VitrineMachine *machine)
{
    guint vcpus = vitrine_machine_get_vcpus (machine);
    g_autofree char *cpus = g_strdup_printf (ngettext ("%u CPU", "%u CPUs", vcpus), vcpus);
    g_autofree char *memory = app_format_size (vitrine_machine_get_memory_bytes (machine));

    gboolean uefi = vitrine_machine_get_firmware (machine) == VITRINE_FIRMWARE_UEFI;
    g_autofree char *os = vitrine_os_dup_name (vitrine_machine_get_os (machine));
    g_autofree char *facts = NULL;

    /* Translators: facts under a machine's name: "2 CPUs · 4 GiB · UEFI" */
    facts = g_strdup_printf (uefi ? _ ("%s · %s · UEFI") : _ ("%s · %s"), cpus, memory);
    /* Translators: an operating system and further facts under a machine's name: "Debian 12 · 2 CPUs · 4 GiB" */
    return *os != '\0' ? g_strdup_printf (_ ("%s · %s"), os, facts) : g_steal_pointer (&facts);
}

char *
app_format_start_time (gint64 seconds)
{
    g_autoptr (GDateTime) then = NULL;
    g_autoptr (GDateTime) now = NULL;

    if (seconds == 0)
        return g_strdup ("");
    then = g_date_time_new_from_unix_local (seconds);
    if (then == NULL)
        return g_strdup ("");
    now = g_date_time_new_now_local ();
    if (g_date_time_get_year (then) == g_date_time_get_year (now)
        && g_date_time_get_day_of_year (then) == g_date_time_get_day_of_year (now))
        return g_date_time_format (then, "%R");
    /* Translators: day of the month, short month name, time of day; see g_date_time_format() */
    return g_date_time_format (then, _ ("%-d %b, %R"));
}

const char *
app_format_state (VitrineMachineState state)
{
    g_return_val_if_fail (state < G_N_ELEMENTS (states), "");
    return _ (states[state].word);
}

const char *
app_format_state_class (VitrineMachineState state)
{
    g_return_val_if_fail (state < G_N_ELEMENTS (states), "off");
    return states[state].style_class;
}

const char *
app_format_primary (VitrineAction action, const char **icon_name)
{
    static const struct {
        const char *icon_name;
        const char *name;
    } looks[] = {
        [VITRINE_ACTION_START] = { "media-playback-start-symbolic", N_ ("Start") },
        [VITRINE_ACTION_PAUSE] = { "media-playback-pause-symbolic", N_ ("Pause") },
        [VITRINE_ACTION_RESUME] = { "media-playback-start-symbolic", N_ ("Resume") },
    };

    g_assert (action < G_N_ELEMENTS (looks) && looks[action].name != NULL);
    *icon_name = looks[action].icon_name;
    return _ (looks[action].name);
}

char *
app_format_path (const char *path)
{
    const char *home = g_get_home_dir ();
    gsize length = strlen (home);

    if (length > 1 && g_str_has_prefix (path, home)
        && (path[length] == '/' || path[length] == '\0'))
        return g_strconcat ("~", path + length, NULL);
    return g_strdup (path);
}

char *
app_format_sentence (const char *message)
{
    GString *sentence = g_string_new (NULL);

    if (*message == '\0')
        return g_string_free (sentence, FALSE);
    g_string_append_unichar (sentence, g_unichar_toupper (g_utf8_get_char (message)));
    g_string_append (sentence, g_utf8_next_char (message));
    if (strchr (".!?", sentence->str[sentence->len - 1]) == NULL
        && !g_str_has_suffix (sentence->str, "…"))
        g_string_append_c (sentence, '.');
    return g_string_free (sentence, FALSE);
}

gboolean
app_state_is_live (VitrineMachineState state)
{
    return state != VITRINE_MACHINE_OFF && state != VITRINE_MACHINE_CRASHED;
}

const char *
app_format_image_kind (const VitrineImage *image)
{
    return vitrine_image_is_encrypted (image) ? _ ("luks, encrypted") : image->format;
}

char *
app_format_image_fact (const char *kind, guint64 used_bytes, guint64 size_bytes, char **users)
{
    g_autofree char *used = app_format_size (used_bytes);
    g_autofree char *size = app_format_size (size_bytes);
    g_autofree char *machines = g_strjoinv (", ", users);

    /* Translators: an image's format, and what it takes of the most it can: "qcow2 · 3.2 GiB of 20 GiB" */
    if (*machines == '\0')
        return g_strdup_printf (_ ("%s · %s of %s"), kind, used, size);
    /* Translators: the same with the machines that use it: "qcow2 · 3.2 GiB of 20 GiB · alpha, beta" */
    return g_strdup_printf (_ ("%s · %s of %s · %s"), kind, used, size, machines);
}
