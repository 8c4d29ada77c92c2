/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mc146818.c - what a clock driver and firmware may rely on. */
#include "mc146818.h"

#include <time.h>

#include "bits.h"
#include "random-pokes.h"
#include "test-machine.h"

#define INDEX 0x70
#define DATA  0x71
#define IRQ   8

#define SECONDS 0x00
#define MINUTES 0x02
#define HOURS   0x04
#define WEEKDAY 0x06
#define DAY     0x07
#define MONTH   0x08
#define YEAR    0x09
#define A       0x0a
#define B       0x0b
#define C       0x0c
#define D       0x0d
#define CENTURY 0x32

#define SET    0x80
#define PIE    0x40
#define AIE    0x20
#define UIE    0x10
#define BINARY 0x04
#define H24    0x02

struct fixture {
    struct test_machine *m;
    struct device *rtc;
};

static void
create_rtc (struct fixture *f, const struct mc146818_config *config)
{
    f->m = test_machine_new ();
    g_assert_cmpint (mc146818_create (&f->m->env, config, &f->rtc), ==, 0);
    device_reset (f->rtc);
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->rtc);
    g_assert_false (f->m->gsi[IRQ]);
    test_machine_free (f->m);
}

static void
setup (struct fixture *f, gconstpointer data)
{
    struct mc146818_config config = { .low_bytes = MIB (512), .n_vcpus = 1, .offset_s = 7 * 3600 };

    create_rtc (f, &config);
}

static uint8_t
cmos_read (struct fixture *f, uint8_t reg)
{
    test_out8 (f->m, INDEX, reg);
    return test_in8 (f->m, DATA);
}

static void
cmos_write (struct fixture *f, uint8_t reg, uint8_t value)
{
    test_out8 (f->m, INDEX, reg);
    test_out8 (f->m, DATA, value);
}

static int
from_bcd (uint8_t v)
{
    return (v >> 4) * 10 + (v & 15);
}

static uint8_t
to_bcd (int v)
{
    return (uint8_t)(v / 10 << 4 | v % 10);
}

/* The clock's time as a BCD, 24 hour guest reads it, seconds since 1970. */
static int64_t
read_clock (struct fixture *f)
{
    struct tm tm;
    int seconds;

    do {
        seconds = from_bcd (cmos_read (f, SECONDS));
        tm = (struct tm){
            .tm_sec = seconds,
            .tm_min = from_bcd (cmos_read (f, MINUTES)),
            .tm_hour = from_bcd (cmos_read (f, HOURS)),
            .tm_mday = from_bcd (cmos_read (f, DAY)),
            .tm_mon = from_bcd (cmos_read (f, MONTH)) - 1,
            .tm_year =
                from_bcd (cmos_read (f, CENTURY)) * 100 + from_bcd (cmos_read (f, YEAR)) - 1900,
        };
    } while (from_bcd (cmos_read (f, SECONDS)) != seconds);
    return timegm (&tm);
}

static void
write_time (struct fixture *f, const struct tm *tm)
{
    cmos_write (f, SECONDS, to_bcd (tm->tm_sec));
    cmos_write (f, MINUTES, to_bcd (tm->tm_min));
    cmos_write (f, HOURS, to_bcd (tm->tm_hour));
    cmos_write (f, DAY, to_bcd (tm->tm_mday));
    cmos_write (f, MONTH, to_bcd (tm->tm_mon + 1));
    cmos_write (f, YEAR, to_bcd ((tm->tm_year + 1900) % 100));
    cmos_write (f, CENTURY, to_bcd ((tm->tm_year + 1900) / 100));
}

/* Sets the clock as drivers do, SET first. */
static void
set_clock (struct fixture *f, int64_t t)
{
    struct tm tm;
    time_t at = t;

    gmtime_r (&at, &tm);
    cmos_write (f, B, SET | H24);
    write_time (f, &tm);
    cmos_write (f, B, H24);
}

static bool
line_is_up (void *opaque)
{
    struct fixture *f = opaque;

    return f->m->gsi[IRQ];
}

static void
assert_near (int64_t a, int64_t b)
{
    g_assert_cmpint (a - b, >=, -2);
    g_assert_cmpint (a - b, <=, 2);
}

/* --- time --------------------------------------------------------------------------------------
 */

static void
test_time_is_utc_plus_offset (struct fixture *f, gconstpointer data)
{
    int64_t now = read_clock (f);
    time_t at = now;
    struct tm tm;

    assert_near (now, time (NULL) + 7 * 3600);
    gmtime_r (&at, &tm);
    g_assert_cmpint (from_bcd (cmos_read (f, WEEKDAY)), ==, tm.tm_wday + 1);
    g_assert_cmpint (mc146818_get_offset_s (f->rtc), ==, 7 * 3600);
}

static void
test_formats_agree (struct fixture *f, gconstpointer data)
{
    static const struct {
        int hour;
        uint8_t bcd24, binary24, bcd12, binary12;
    } hours[] = {
        { 0, 0x00, 0, 0x12, 12 },     { 1, 0x01, 1, 0x01, 1 },      { 11, 0x11, 11, 0x11, 11 },
        { 12, 0x12, 12, 0x92, 0x8c }, { 13, 0x13, 13, 0x81, 0x81 }, { 23, 0x23, 23, 0x91, 0x8b },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (hours); i++) {
        set_clock (f, 1700000000 / 86400 * 86400 + hours[i].hour * 3600 + 30 * 60);
        g_assert_cmphex (cmos_read (f, HOURS), ==, hours[i].bcd24);
        g_assert_cmphex (cmos_read (f, MINUTES), ==, 0x30);
        cmos_write (f, B, H24 | BINARY);
        g_assert_cmphex (cmos_read (f, HOURS), ==, hours[i].binary24);
        g_assert_cmphex (cmos_read (f, MINUTES), ==, 30);
        cmos_write (f, B, 0);
        g_assert_cmphex (cmos_read (f, HOURS), ==, hours[i].bcd12);
        cmos_write (f, B, BINARY);
        g_assert_cmphex (cmos_read (f, HOURS), ==, hours[i].binary12);

        /* And the way back, written in 12 hours. */
        cmos_write (f, HOURS, hours[i].binary12);
        cmos_write (f, B, H24);
        g_assert_cmphex (cmos_read (f, HOURS), ==, hours[i].bcd24);
    }
}

static void
test_setting_the_clock_moves_the_offset (struct fixture *f, gconstpointer data)
{
    set_clock (f, 4102444800); /* 2100-01-01: another century */
    assert_near (read_clock (f), 4102444800);
    g_assert_cmphex (cmos_read (f, CENTURY), ==, 0x21);
    assert_near (mc146818_get_offset_s (f->rtc), 4102444800 - time (NULL));
    set_clock (f, 946684799); /* 1999-12-31 23:59:59, and on into the next */
    assert_near (read_clock (f), 946684799);
}

static void
test_held_clock_is_plain_memory (struct fixture *f, gconstpointer data)
{
    cmos_write (f, B, SET | H24);
    cmos_write (f, SECONDS, 0xee);
    cmos_write (f, MONTH, 0x00);
    g_assert_cmphex (cmos_read (f, SECONDS), ==, 0xee);
    g_assert_cmphex (cmos_read (f, MONTH), ==, 0x00);
    g_assert_cmphex (cmos_read (f, A) & 0x80, ==, 0);
    g_assert_cmpint (mc146818_get_offset_s (f->rtc), ==, 7 * 3600);
}

static void
test_divider_reset_holds_the_clock (struct fixture *f, gconstpointer data)
{
    struct tm tm = { .tm_mday = 2, .tm_mon = 2, .tm_year = 104, .tm_hour = 5 };

    /* Linux's order: SET, divider, time, SET off, divider on. */
    cmos_write (f, B, SET | H24);
    cmos_write (f, A, 0x76);
    write_time (f, &tm);
    cmos_write (f, B, H24);
    g_assert_cmpint (mc146818_get_offset_s (f->rtc), ==, 7 * 3600);
    g_assert_cmphex (cmos_read (f, HOURS), ==, 0x05);
    cmos_write (f, A, 0x26);
    assert_near (mc146818_get_offset_s (f->rtc), timegm (&tm) - time (NULL));
    assert_near (read_clock (f), timegm (&tm));
}

static void
test_running_clock_can_be_written (struct fixture *f, gconstpointer data)
{
    cmos_write (f, YEAR, 0x42);
    g_assert_cmphex (cmos_read (f, YEAR), ==, 0x42);
    g_assert_cmpint (mc146818_get_offset_s (f->rtc), !=, 7 * 3600);
}

static void
test_no_byte_is_a_wrong_time (struct fixture *f, gconstpointer data)
{
    static const uint8_t regs[] = { SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR, CENTURY };

    for (unsigned v = 0; v < 256; v++) {
        for (unsigned i = 0; i < G_N_ELEMENTS (regs); i++) {
            cmos_write (f, B, (uint8_t)(SET | (v % 4) << 1));
            cmos_write (f, CENTURY, v % 3 ? 0xff : 0);
            cmos_write (f, regs[i], (uint8_t)v);
            cmos_write (f, B, (uint8_t)((v % 4) << 1));
            cmos_read (f, C);
        }
        cmos_write (f, B, H24);
        g_assert_cmpint (from_bcd (cmos_read (f, SECONDS)), <, 60);
        g_assert_cmpint (from_bcd (cmos_read (f, HOURS)), <, 24);
        g_assert_cmpint (from_bcd (cmos_read (f, MONTH)), <=, 12);
    }
}

static void
test_years_end_at_both_ends (struct fixture *f, gconstpointer data)
{
    static const uint8_t regs[] = { SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR, CENTURY };

    for (unsigned i = 0; i < G_N_ELEMENTS (regs); i++) {
        cmos_write (f, B, SET | H24);
        cmos_write (f, regs[i], 0x00);
    }
    cmos_write (f, B, H24);
    g_assert_cmphex (cmos_read (f, CENTURY), ==, 0x00);
    g_assert_cmphex (cmos_read (f, YEAR), ==, 0x00);
    g_assert_cmphex (cmos_read (f, MONTH), ==, 0x01);

    for (unsigned i = 0; i < G_N_ELEMENTS (regs); i++) {
        cmos_write (f, B, SET | H24);
        cmos_write (f, regs[i], 0xff);
    }
    cmos_write (f, B, H24);
    g_assert_cmpint (mc146818_get_offset_s (f->rtc) + time (NULL), <, 253402300800 + 10);
}

static void
test_absurd_offset_is_taken_in (void)
{
    static const int64_t offsets[] = { INT64_MAX, INT64_MIN };

    for (unsigned i = 0; i < G_N_ELEMENTS (offsets); i++) {
        struct mc146818_config config = { .n_vcpus = 1, .offset_s = offsets[i] };
        struct fixture f;

        create_rtc (&f, &config);
        g_assert_cmpint (from_bcd (cmos_read (&f, SECONDS)), <, 60);
        g_assert_cmpint (ABS (mc146818_get_offset_s (f.rtc)), <, 400000000000);
        teardown (&f, NULL);
    }
}

static void
test_update_is_announced (struct fixture *f, gconstpointer data)
{
    int64_t deadline = loop_now_ns () + 10 * 1000000000ll;
    uint8_t before, after;

    do { /* a scheduler that stole the moment gets another */
        while (!(cmos_read (f, A) & 0x80))
            g_assert_cmpint (loop_now_ns (), <, deadline);
        before = cmos_read (f, SECONDS);
        while (cmos_read (f, A) & 0x80)
            g_assert_cmpint (loop_now_ns (), <, deadline);
        after = cmos_read (f, SECONDS);
    } while (from_bcd (after) != (from_bcd (before) + 1) % 60);
}

/* --- interrupts --------------------------------------------------------------------------------
 */

static void
test_update_interrupt_each_second (struct fixture *f, gconstpointer data)
{
    uint8_t before;

    cmos_read (f, C);
    before = cmos_read (f, SECONDS);
    cmos_write (f, B, H24 | UIE);
    test_machine_wait (f->m, line_is_up, f);
    g_assert_cmphex (cmos_read (f, SECONDS), !=, before);
    g_assert_cmphex (cmos_read (f, C) & 0x90, ==, 0x90);
    g_assert_false (f->m->gsi[IRQ]);
    g_assert_cmphex (cmos_read (f, C) & 0x90, ==, 0x00);
    test_machine_wait (f->m, line_is_up, f);
    g_assert_cmpuint (f->m->gsi_rises[IRQ], ==, 2);
}

static void
test_set_switches_update_interrupt_off (struct fixture *f, gconstpointer data)
{
    cmos_write (f, B, SET | H24 | UIE);
    g_assert_cmphex (cmos_read (f, B), ==, SET | H24);
}

static void
test_flags_come_without_interrupts (struct fixture *f, gconstpointer data)
{
    int64_t deadline = loop_now_ns () + 10 * 1000000000ll;

    cmos_read (f, C);
    while (!(cmos_read (f, C) & 0x10)) /* as a guest that polls */
        g_assert_cmpint (loop_now_ns (), <, deadline);
    while (!(cmos_read (f, C) & 0x40))
        g_assert_cmpint (loop_now_ns (), <, deadline);
    g_assert_cmpuint (f->m->gsi_rises[IRQ], ==, 0);
}

static void
test_periodic_interrupt_keeps_its_rate (struct fixture *f, gconstpointer data)
{
    int64_t start;

    cmos_write (f, A, 0x29); /* 128 Hz */
    cmos_read (f, C);
    start = loop_now_ns ();
    cmos_write (f, B, H24 | PIE);
    for (unsigned i = 0; i < 32; i++) {
        test_machine_wait (f->m, line_is_up, f);
        g_assert_cmphex (cmos_read (f, C) & 0xc0, ==, 0xc0);
        g_assert_false (f->m->gsi[IRQ]);
    }
    /* 31 whole periods and what was left of the first; slower is the test host's fault. */
    g_assert_cmpint (loop_now_ns () - start, >=, 31 * 1000000000ll / 128);
    g_assert_cmpuint (f->m->gsi_rises[IRQ], ==, 32);
}

static void
test_unread_interrupt_is_not_repeated (struct fixture *f, gconstpointer data)
{
    int64_t until;

    cmos_write (f, B, H24 | PIE);
    test_machine_wait (f->m, line_is_up, f);
    for (until = loop_now_ns () + 50000000; loop_now_ns () < until;)
        loop_iterate (f->m->env.loop, 5);
    g_assert_cmpuint (f->m->gsi_rises[IRQ], ==, 1);
    g_assert_true (f->m->gsi[IRQ]);
}

static void
test_rate_zero_is_off (struct fixture *f, gconstpointer data)
{
    int64_t until;

    cmos_write (f, A, 0x20);
    cmos_read (f, C);
    cmos_write (f, B, H24 | PIE);
    for (until = loop_now_ns () + 20000000; loop_now_ns () < until;)
        loop_iterate (f->m->env.loop, 5);
    g_assert_cmphex (cmos_read (f, C) & 0xc0, ==, 0);
}

static void
set_alarm (struct fixture *f, uint8_t hours, uint8_t minutes, uint8_t seconds)
{
    cmos_write (f, 0x05, hours);
    cmos_write (f, 0x03, minutes);
    cmos_write (f, 0x01, seconds);
}

static void
test_alarm_goes_off_in_its_second (struct fixture *f, gconstpointer data)
{
    set_clock (f, 1700000000 / 86400 * 86400 + 86398); /* 23:59:58 */
    set_alarm (f, 0x00, 0x00, 0x00);                   /* midnight */
    cmos_read (f, C);
    cmos_write (f, B, H24 | AIE);
    g_assert_false (f->m->gsi[IRQ]);
    test_machine_wait (f->m, line_is_up, f);
    g_assert_cmpint (read_clock (f) % 86400, <=, 2);
    g_assert_cmphex (cmos_read (f, C) & 0xa0, ==, 0xa0);
}

static void
test_alarm_any_matches_every_second (struct fixture *f, gconstpointer data)
{
    set_alarm (f, 0xff, 0xc0, 0xff);
    cmos_read (f, C);
    cmos_write (f, B, H24 | AIE);
    for (unsigned i = 1; i <= 2; i++) {
        test_machine_wait (f->m, line_is_up, f);
        g_assert_cmphex (cmos_read (f, C) & 0xa0, ==, 0xa0);
        g_assert_cmpuint (f->m->gsi_rises[IRQ], ==, i);
    }
}

static void
test_impossible_alarm_stays_silent (struct fixture *f, gconstpointer data)
{
    set_alarm (f, 0xff, 0xff, 0x99);
    cmos_read (f, C);
    cmos_write (f, B, H24 | AIE);
    cmos_write (f, B, H24 | AIE | UIE);
    test_machine_wait (f->m, line_is_up, f); /* a second has passed */
    g_assert_cmphex (cmos_read (f, C) & 0x30, ==, 0x10);
}

/* --- memory ------------------------------------------------------------------------------------
 */

static unsigned
cmos_read16 (struct fixture *f, uint8_t reg)
{
    return cmos_read (f, reg) | (unsigned)cmos_read (f, reg + 1) << 8;
}

static void
test_firmware_finds_the_machine (void)
{
    static const struct {
        uint64_t low, high;
        unsigned n_vcpus, kib_above_1m, blocks_above_16m, blocks_above_4g;
    } machines[] = {
        { MIB (1), 0, 1, 0, 0, 0 },
        { MIB (8), 0, 1, 7 * 1024, 0, 0 },
        { MIB (32), 0, 2, 31 * 1024, 16 * 16, 0 },
        { MIB (512), 0, 4, 0xffff, 496 * 16, 0 },
        { GIB (2), GIB (6), 255, 0xffff, 2032 * 16, 6 * 16384 },
        { GIB (3), GIB (2048), 256, 0xffff, 3056 * 16, 0xffffff },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (machines); i++) {
        struct mc146818_config config = { machines[i].low, machines[i].high, machines[i].n_vcpus };
        struct fixture f;
        unsigned sum = 0;

        create_rtc (&f, &config);
        g_assert_cmpuint (cmos_read16 (&f, 0x15), ==, 640);
        g_assert_cmpuint (cmos_read16 (&f, 0x17), ==, machines[i].kib_above_1m);
        g_assert_cmpuint (cmos_read16 (&f, 0x30), ==, machines[i].kib_above_1m);
        g_assert_cmpuint (cmos_read16 (&f, 0x34), ==, machines[i].blocks_above_16m);
        g_assert_cmpuint (cmos_read16 (&f, 0x5b) | (unsigned)cmos_read (&f, 0x5d) << 16, ==,
                          MIN (machines[i].blocks_above_4g, 0xffffff));
        g_assert_cmpuint (cmos_read (&f, 0x5f), ==, machines[i].n_vcpus - 1);
        g_assert_cmphex (cmos_read (&f, 0x0f), ==, 0x00);
        g_assert_cmphex (cmos_read (&f, 0x10), ==, 0x00);
        g_assert_cmphex (cmos_read (&f, 0x3d), ==, 0x32);
        for (uint8_t reg = 0x10; reg < 0x2e; reg++)
            sum += cmos_read (&f, reg);
        g_assert_cmpuint (cmos_read (&f, 0x2e) << 8 | cmos_read (&f, 0x2f), ==, sum);
        teardown (&f, NULL);
    }
}

static void
test_memory_keeps_what_is_written (struct fixture *f, gconstpointer data)
{
    for (unsigned reg = 0x0e; reg < 0x80; reg++) {
        if (reg != CENTURY)
            cmos_write (f, (uint8_t)reg, (uint8_t)(reg ^ 0x5a));
    }
    for (unsigned reg = 0x0e; reg < 0x80; reg++) {
        if (reg != CENTURY)
            g_assert_cmphex (cmos_read (f, (uint8_t)(reg | 0x80)), ==, reg ^ 0x5a); /* NMI bit */
    }
}

static void
test_status_registers_are_for_reading (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (cmos_read (f, D), ==, 0x80);
    cmos_write (f, D, 0x00);
    g_assert_cmphex (cmos_read (f, D), ==, 0x80);
    cmos_write (f, C, 0xff);
    g_assert_cmphex (cmos_read (f, C) & 0x0f, ==, 0x00);
    cmos_write (f, A, 0xa6);
    cmos_write (f, B, SET);
    g_assert_cmphex (cmos_read (f, A), ==, 0x26);
    g_assert_cmphex (test_in8 (f->m, INDEX), ==, 0xff);
}

static void
test_reset_leaves_time_and_memory (struct fixture *f, gconstpointer data)
{
    set_clock (f, 1000000000);
    cmos_write (f, 0x0f, 0x0a);
    cmos_write (f, 0x40, 0x77);
    cmos_write (f, A, 0x2a);
    cmos_write (f, B, H24 | PIE | AIE | UIE);
    test_machine_wait (f->m, line_is_up, f);
    device_reset (f->rtc);
    g_assert_false (f->m->gsi[IRQ]);
    g_assert_cmphex (cmos_read (f, B), ==, H24);
    g_assert_cmphex (cmos_read (f, A) & 0x7f, ==, 0x2a);
    g_assert_cmphex (cmos_read (f, 0x0f), ==, 0x0a);
    g_assert_cmphex (cmos_read (f, 0x40), ==, 0x77);
    assert_near (read_clock (f), 1000000000);
}

static void
test_survives_random_accesses (struct fixture *f, gconstpointer data)
{
    random_pokes (f->m, INDEX, 2, NULL, NULL);
    cmos_write (f, A, 0x26);
    cmos_write (f, B, H24);
    set_clock (f, 1234567890);
    assert_near (read_clock (f), 1234567890);
    device_reset (f->rtc);
    g_assert_false (f->m->gsi[IRQ]);
}

#define ADD(name, func) g_test_add ("/mc146818/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("time-is-utc-plus-offset", test_time_is_utc_plus_offset);
    ADD ("formats-agree", test_formats_agree);
    ADD ("setting-the-clock-moves-the-offset", test_setting_the_clock_moves_the_offset);
    ADD ("held-clock-is-plain-memory", test_held_clock_is_plain_memory);
    ADD ("divider-reset-holds-the-clock", test_divider_reset_holds_the_clock);
    ADD ("running-clock-can-be-written", test_running_clock_can_be_written);
    ADD ("no-byte-is-a-wrong-time", test_no_byte_is_a_wrong_time);
    ADD ("years-end-at-both-ends", test_years_end_at_both_ends);
    g_test_add_func ("/mc146818/absurd-offset-is-taken-in", test_absurd_offset_is_taken_in);
    ADD ("update-is-announced", test_update_is_announced);
    ADD ("update-interrupt-each-second", test_update_interrupt_each_second);
    ADD ("set-switches-update-interrupt-off", test_set_switches_update_interrupt_off);
    ADD ("flags-come-without-interrupts", test_flags_come_without_interrupts);
    ADD ("periodic-interrupt-keeps-its-rate", test_periodic_interrupt_keeps_its_rate);
    ADD ("unread-interrupt-is-not-repeated", test_unread_interrupt_is_not_repeated);
    ADD ("rate-zero-is-off", test_rate_zero_is_off);
    ADD ("alarm-goes-off-in-its-second", test_alarm_goes_off_in_its_second);
    ADD ("alarm-any-matches-every-second", test_alarm_any_matches_every_second);
    ADD ("impossible-alarm-stays-silent", test_impossible_alarm_stays_silent);
    g_test_add_func ("/mc146818/firmware-finds-the-machine", test_firmware_finds_the_machine);
    ADD ("memory-keeps-what-is-written", test_memory_keeps_what_is_written);
    ADD ("status-registers-are-for-reading", test_status_registers_are_for_reading);
    ADD ("reset-leaves-time-and-memory", test_reset_leaves_time_and_memory);
    ADD ("survives-random-accesses", test_survives_random_accesses);
    return g_test_run ();
}
