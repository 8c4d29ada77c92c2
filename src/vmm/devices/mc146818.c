/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mc146818.c - the real-time clock and its CMOS memory, ports 70h and 71h, IRQ8.
 *
 * Theory of operation.  The clock is the host's UTC plus an offset in whole seconds; a guest that
 * sets the clock changes the offset, so nothing drifts and one number keeps the clock from one run
 * to the next.  The second's phase is always the host's.
 *
 * Time registers are made up when they are read.  Only while the guest holds the clock (SET in
 * register B, or the divider kept in reset) do they live in cmos[], as plain memory; when it lets
 * go they are decoded, whatever they hold, and become the new offset.
 *
 * Register C's flags are made up too: catch_up() compares the second and the periodic tick with
 * those it saw last.  A timer is armed only for an interrupt that the guest enabled and whose flag
 * is not up yet.  Once IRQ8 is up nothing more can happen before the guest reads register C, so a
 * guest that does not costs nothing.
 *
 * Registers after Motorola's MC146818 data sheet; CMOS bytes as SeaBIOS and OVMF read them.
 */
#include "mc146818.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "bits.h"
#include "bus.h"
#include "irq.h"
#include "loop.h"

#define RTC_PORT   0x70
#define RTC_IRQ    8
#define CMOS_BYTES 128

enum {
    REG_SECONDS,
    REG_SECONDS_ALARM,
    REG_MINUTES,
    REG_MINUTES_ALARM,
    REG_HOURS,
    REG_HOURS_ALARM,
    REG_WEEKDAY,
    REG_DAY,
    REG_MONTH,
    REG_YEAR,
    REG_A,
    REG_B,
    REG_C,
    REG_D,
    REG_CENTURY = 0x32,
};

#define A_UIP           0x80
#define A_DIVIDER_RESET 0x60 /* both bits: the divider is held */
#define A_RATE          0x0f
#define A_DEFAULT       0x26 /* 32768 Hz, 1024 Hz periodic */

#define B_SET    0x80
#define B_PIE    0x40
#define B_AIE    0x20
#define B_UIE    0x10
#define B_SQWE   0x08
#define B_BINARY 0x04
#define B_24H    0x02

#define C_IRQF  0x80
#define C_PF    0x40
#define C_AF    0x20
#define C_UF    0x10
#define C_FLAGS 0x70 /* each under its enable in B */

#define D_VALID 0x80

#define HOUR_PM   0x80
#define ALARM_ANY 0xc0 /* an alarm byte with both bits matches everything */

#define NS_PER_S        1000000000ll
#define S_PER_DAY       86400
#define YEAR_0_S        (-62167219200ll) /* 0000-01-01 00:00:00 */
#define YEAR_9999_END_S 253402300799ll   /* 9999-12-31 23:59:59 */
#define UIP_NS          2228000          /* 244 µs of warning, 1984 µs of update */
#define BASE_HZ         32768

/* CLOCK_MONOTONIC stands still while the host sleeps, the alarm's clock does not. */
#define ALARM_RECHECK_NS (60 * NS_PER_S)

struct mc146818 {
    struct device device;
    struct bus_region region;
    struct loop_timer timer; /* the next interrupt that is enabled */

    pthread_mutex_t lock; /* guards what follows */
    struct irq_line irq;
    int64_t offset_s;
    int64_t seen_s;    /* the guest's second that UF and AF account for */
    int64_t seen_tick; /* the periodic tick that PF accounts for */
    uint8_t index;
    uint8_t cmos[CMOS_BYTES]; /* time registers: only while the clock is held */
};

/* --- time ------------------------------------------------------------------------------------ */

/* The host's UTC; *NS_IN_S may be NULL. */
static int64_t
utc_s (int64_t *ns_in_s)
{
    struct timespec now;

    clock_gettime (CLOCK_REALTIME, &now);
    if (ns_in_s)
        *ns_in_s = now.tv_nsec;
    return now.tv_sec;
}

static int64_t
guest_s (const struct mc146818 *self)
{
    return utc_s (NULL) + self->offset_s;
}

static bool
divider_is_held (const struct mc146818 *self)
{
    return (self->cmos[REG_A] & A_DIVIDER_RESET) == A_DIVIDER_RESET;
}

static bool
clock_is_held (const struct mc146818 *self)
{
    return (self->cmos[REG_B] & B_SET) || divider_is_held (self);
}

/* log2 of the periodic rate's period in 1/32768 s, or -1 when there is none (table 5). */
static int
rate_shift (const struct mc146818 *self)
{
    int rate = self->cmos[REG_A] & A_RATE;

    if (rate == 0 || divider_is_held (self))
        return -1;
    return rate < 3 ? rate + 6 : rate - 1;
}

static int64_t
periodic_tick (int64_t now_ns, int shift)
{
    int64_t base = now_ns / NS_PER_S * BASE_HZ + now_ns % NS_PER_S * BASE_HZ / NS_PER_S;

    return base >> shift;
}

/* When TICK begins, rounded up: a timer set to it finds the tick reached. */
static int64_t
periodic_tick_ns (int64_t tick, int shift)
{
    int64_t base = tick << shift;

    return base / BASE_HZ * NS_PER_S + (base % BASE_HZ * NS_PER_S + BASE_HZ - 1) / BASE_HZ;
}

/* --- the registers' formats ------------------------------------------------------------------ */

static uint8_t
encode (const struct mc146818 *self, int value)
{
    return (uint8_t)(self->cmos[REG_B] & B_BINARY ? value : value / 10 << 4 | value % 10);
}

/* Takes any byte; what is no number in the guest's format gives some number below 256. */
static int
decode (const struct mc146818 *self, uint8_t byte)
{
    return self->cmos[REG_B] & B_BINARY ? byte : (byte >> 4) * 10 + (byte & 0x0f);
}

static uint8_t
encode_hour (const struct mc146818 *self, int hour)
{
    if (self->cmos[REG_B] & B_24H)
        return encode (self, hour);
    return encode (self, hour % 12 == 0 ? 12 : hour % 12) | (hour >= 12 ? HOUR_PM : 0);
}

static int
decode_hour (const struct mc146818 *self, uint8_t byte)
{
    if (self->cmos[REG_B] & B_24H)
        return decode (self, byte);
    return decode (self, byte & (uint8_t)~HOUR_PM) % 12 + (byte & HOUR_PM ? 12 : 0);
}

/* Puts the time the clock shows now into REGS, an image of cmos[]. */
static void
load_time (const struct mc146818 *self, uint8_t *regs)
{
    time_t now = guest_s (self);
    struct tm tm;

    if (!gmtime_r (&now, &tm))
        return; /* not within the years that set_guest_s() allows */
    regs[REG_SECONDS] = encode (self, tm.tm_sec);
    regs[REG_MINUTES] = encode (self, tm.tm_min);
    regs[REG_HOURS] = encode_hour (self, tm.tm_hour);
    regs[REG_WEEKDAY] = encode (self, tm.tm_wday + 1);
    regs[REG_DAY] = encode (self, tm.tm_mday);
    regs[REG_MONTH] = encode (self, tm.tm_mon + 1);
    regs[REG_YEAR] = encode (self, (tm.tm_year + 1900) % 100);
    regs[REG_CENTURY] = encode (self, (tm.tm_year + 1900) / 100 % 100);
}

/* Makes WANTED_S, or the nearest second of the years 0 to 9999, the guest's time. */
static void
set_guest_s (struct mc146818 *self, int64_t wanted_s)
{
    wanted_s = MIN_OF (MAX_OF (wanted_s, YEAR_0_S), YEAR_9999_END_S);
    self->offset_s = wanted_s - utc_s (NULL);
    self->seen_s = wanted_s;
}

/* Makes REGS the time.  timegm() takes a 31st of February, too: no byte is wrong. */
static void
store_time (struct mc146818 *self, const uint8_t *regs)
{
    struct tm tm = {
        .tm_sec = decode (self, regs[REG_SECONDS]),
        .tm_min = decode (self, regs[REG_MINUTES]),
        .tm_hour = decode_hour (self, regs[REG_HOURS]),
        .tm_mday = decode (self, regs[REG_DAY]),
        .tm_mon = decode (self, regs[REG_MONTH]) - 1,
        .tm_year = decode (self, regs[REG_CENTURY]) * 100 + decode (self, regs[REG_YEAR]) - 1900,
    };

    set_guest_s (self, timegm (&tm));
}

/* --- interrupts ------------------------------------------------------------------------------ */

static bool
alarm_matches (uint8_t alarm, uint8_t now)
{
    return (alarm & ALARM_ANY) == ALARM_ANY || alarm == now;
}

/* The first value from FROM on, below LIMIT, that alarm register REG matches; -1 when none does. */
static int
next_match (const struct mc146818 *self, unsigned reg, int from, int limit)
{
    for (int v = from; v < limit; v++) {
        uint8_t now = reg == REG_HOURS_ALARM ? encode_hour (self, v) : encode (self, v);

        if (alarm_matches (self->cmos[reg], now))
            return v;
    }
    return -1;
}

/* The first second of the day, from FROM on, in which the alarm goes off; -1 when there is none
 * before the day ends.  As each field has a match, the loops end after a few hundred comparisons.
 */
static int
alarm_in_day (const struct mc146818 *self, int from)
{
    int h0 = from / 3600, m0 = from / 60 % 60, s0 = from % 60;

    if (next_match (self, REG_MINUTES_ALARM, 0, 60) < 0
        || next_match (self, REG_SECONDS_ALARM, 0, 60) < 0)
        return -1;
    for (int h = next_match (self, REG_HOURS_ALARM, h0, 24); h >= 0;
         h = next_match (self, REG_HOURS_ALARM, h + 1, 24)) {
        for (int m = next_match (self, REG_MINUTES_ALARM, h == h0 ? m0 : 0, 60); m >= 0;
             m = next_match (self, REG_MINUTES_ALARM, m + 1, 60)) {
            int s = next_match (self, REG_SECONDS_ALARM, h == h0 && m == m0 ? s0 : 0, 60);

            if (s >= 0)
                return h * 3600 + m * 60 + s;
        }
    }
    return -1;
}

/* The first second after AFTER in which the alarm goes off, INT64_MAX when it never does. */
static int64_t
next_alarm (const struct mc146818 *self, int64_t after)
{
    int64_t second = after + 1;
    int in_day = (int)(((second % S_PER_DAY) + S_PER_DAY) % S_PER_DAY);
    int at = alarm_in_day (self, in_day);

    if (at >= 0)
        return second - in_day + at;
    at = alarm_in_day (self, 0);
    return at >= 0 ? second - in_day + S_PER_DAY + at : INT64_MAX;
}

/* Raises the flags of what has happened since the last call.  A second that went backwards (the
 * host's clock was set) is an update, but no alarm. */
static void
catch_up_locked (struct mc146818 *self)
{
    int shift = rate_shift (self);

    if (!clock_is_held (self)) {
        int64_t now_s = guest_s (self);

        if (now_s != self->seen_s)
            self->cmos[REG_C] |= C_UF;
        if (now_s > self->seen_s && next_alarm (self, self->seen_s) <= now_s)
            self->cmos[REG_C] |= C_AF;
        self->seen_s = now_s;
    }
    if (shift >= 0) {
        int64_t tick = periodic_tick (loop_now_ns (), shift);

        if (tick != self->seen_tick)
            self->cmos[REG_C] |= C_PF;
        self->seen_tick = tick;
    }
}

/* When the earliest of the interrupts in WANTED (bits of C_FLAGS) is due. */
static int64_t
next_event_ns (const struct mc146818 *self, uint8_t wanted)
{
    int64_t now_ns = loop_now_ns ();
    int64_t next_ns = INT64_MAX;
    int64_t ns_in_s, left_ns, wait_s;
    int shift = rate_shift (self);

    if ((wanted & C_PF) && shift >= 0)
        next_ns = periodic_tick_ns (self->seen_tick + 1, shift);
    if (!(wanted & (C_UF | C_AF)) || clock_is_held (self))
        return next_ns;

    wait_s = utc_s (&ns_in_s) + self->offset_s - self->seen_s; /* seconds not yet accounted for */
    left_ns = wait_s != 0 ? 0 : NS_PER_S - ns_in_s;
    if (wanted & C_UF)
        next_ns = MIN_OF (next_ns, now_ns + left_ns);
    if (wanted & C_AF) {
        int64_t alarm_s = next_alarm (self, self->seen_s);

        if (alarm_s != INT64_MAX) {
            int64_t alarm_ns = left_ns + (alarm_s - self->seen_s - 1) * NS_PER_S;

            next_ns = MIN_OF (next_ns, now_ns + MIN_OF (alarm_ns, ALARM_RECHECK_NS));
        }
    }
    return next_ns;
}

/* Sets IRQF and the line after the flags, and the timer for the next one. */
static void
update_irq_locked (struct mc146818 *self)
{
    uint8_t enabled = self->cmos[REG_B] & C_FLAGS;
    int64_t next_ns = INT64_MAX;

    self->cmos[REG_C] &= C_FLAGS;
    if (self->cmos[REG_C] & enabled)
        self->cmos[REG_C] |= C_IRQF;
    else
        next_ns = next_event_ns (self, enabled);
    irq_line_set (&self->irq, self->cmos[REG_C] & C_IRQF);
    if (next_ns == INT64_MAX)
        loop_timer_disarm (&self->timer);
    else
        loop_timer_arm (&self->timer, next_ns);
}

static void
timer_cb (void *opaque)
{
    struct mc146818 *self = opaque;

    pthread_mutex_lock (&self->lock);
    catch_up_locked (self);
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
}

/* --- registers ------------------------------------------------------------------------------- */

static bool
is_time (unsigned reg)
{
    switch (reg) {
    case REG_SECONDS:
    case REG_MINUTES:
    case REG_HOURS:
    case REG_WEEKDAY:
    case REG_DAY:
    case REG_MONTH:
    case REG_YEAR:
    case REG_CENTURY:
        return true;
    default:
        return false;
    }
}

/* Writes A or B.  The clock is taken hold of and let go on the way. */
static void
write_control_locked (struct mc146818 *self, unsigned reg, uint8_t value)
{
    bool was_held = clock_is_held (self);

    catch_up_locked (self);
    if (!was_held)
        load_time (self, self->cmos); /* in the format of before the write */
    if (reg == REG_A)
        value &= (uint8_t)~A_UIP;
    else if (value & B_SET)
        value &= (uint8_t)~B_UIE;
    self->cmos[reg] = value;
    if (was_held && !clock_is_held (self))
        store_time (self, self->cmos);
    if (reg == REG_A && rate_shift (self) >= 0)
        self->seen_tick = periodic_tick (loop_now_ns (), rate_shift (self));
}

static void
write_register_locked (struct mc146818 *self, unsigned reg, uint8_t value)
{
    switch (reg) {
    case REG_A:
    case REG_B:
        write_control_locked (self, reg, value);
        break;
    case REG_C:
    case REG_D: /* for reading */
        return;
    default:
        catch_up_locked (self); /* by the alarm as it was */
        if (is_time (reg) && !clock_is_held (self)) {
            load_time (self, self->cmos);
            self->cmos[reg] = value;
            store_time (self, self->cmos);
        } else {
            self->cmos[reg] = value;
        }
        break;
    }
    update_irq_locked (self);
}

/* An update takes the last moments of a second, and is announced by UIP. */
static uint8_t
read_a (const struct mc146818 *self)
{
    int64_t ns_in_s;

    utc_s (&ns_in_s);
    if (clock_is_held (self) || ns_in_s < NS_PER_S - UIP_NS)
        return self->cmos[REG_A];
    return self->cmos[REG_A] | A_UIP;
}

static uint8_t
read_register_locked (struct mc146818 *self, unsigned reg)
{
    uint8_t value;

    switch (reg) {
    case REG_A:
        return read_a (self);
    case REG_C:
        catch_up_locked (self);
        update_irq_locked (self);
        value = self->cmos[REG_C];
        self->cmos[REG_C] = 0;
        update_irq_locked (self);
        return value;
    case REG_D:
        return D_VALID;
    default:
        if (is_time (reg) && !clock_is_held (self))
            load_time (self, self->cmos);
        return self->cmos[reg];
    }
}

static uint64_t
mc146818_read (void *opaque, uint64_t offset, unsigned size)
{
    struct mc146818 *self = opaque;
    uint8_t value;

    if (offset == 0)
        return ones (size); /* the index cannot be read back */
    pthread_mutex_lock (&self->lock);
    value = read_register_locked (self, self->index);
    pthread_mutex_unlock (&self->lock);
    return value;
}

static void
mc146818_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct mc146818 *self = opaque;

    pthread_mutex_lock (&self->lock);
    if (offset == 0)
        self->index = value % CMOS_BYTES; /* bit 7 masks the NMI, which no machine of ours has */
    else
        write_register_locked (self, self->index, (uint8_t)value);
    pthread_mutex_unlock (&self->lock);
}

/* --- the device ------------------------------------------------------------------------------ */

static void
put_cmos16 (struct mc146818 *self, unsigned reg, uint64_t value)
{
    store_le16 (&self->cmos[reg], (uint16_t)MIN_OF (value, UINT16_MAX));
}

/* What the machine looks like, for firmware (each byte as it is read there). */
static void
fill_cmos (struct mc146818 *self, const struct mc146818_config *config)
{
    uint64_t low = config->low_bytes, high_64k = config->high_bytes / KIB (64);
    uint64_t above_1m = low > MIB (1) ? (low - MIB (1)) / KIB (1) : 0;
    uint64_t above_16m = low > MIB (16) ? (low - MIB (16)) / KIB (64) : 0;
    uint16_t sum = 0;

    self->cmos[REG_A] = A_DEFAULT;
    self->cmos[REG_B] = B_24H;
    self->cmos[0x0f] = 0x00;            /* how the last reset came about: power-on */
    self->cmos[0x10] = 0x00;            /* no floppy drives */
    self->cmos[0x14] = 0x06;            /* FPU, PS/2 mouse */
    put_cmos16 (self, 0x15, 640);       /* KiB of base memory */
    put_cmos16 (self, 0x17, above_1m);  /* KiB */
    put_cmos16 (self, 0x30, above_1m);  /* the same, as the POST found it */
    put_cmos16 (self, 0x34, above_16m); /* 64 KiB each, below 4 GiB */
    self->cmos[0x38] = 0x40;            /* third in boot order: network */
    self->cmos[0x39] = 0x00;            /* disks choose their own translation */
    self->cmos[0x3d] = 0x32;            /* first: disk; second: CD */
    high_64k = MIN_OF (high_64k, 0xffffff);
    self->cmos[0x5b] = high_64k & 0xff; /* 64 KiB each, from 4 GiB on */
    self->cmos[0x5c] = high_64k >> 8 & 0xff;
    self->cmos[0x5d] = high_64k >> 16 & 0xff;
    self->cmos[0x5f] = (uint8_t)(config->n_vcpus - 1);
    for (unsigned i = 0x10; i < 0x2e; i++)
        sum += self->cmos[i];
    self->cmos[0x2e] = sum >> 8;
    self->cmos[0x2f] = sum & 0xff;
}

/* As the chip's RESET pin, which touches neither time nor memory: a shutdown code at 0Fh lives on.
 */
static void
mc146818_reset (struct device *device)
{
    struct mc146818 *self = container_of (device, struct mc146818, device);

    pthread_mutex_lock (&self->lock);
    self->cmos[REG_B] &= (uint8_t) ~(B_PIE | B_AIE | B_UIE | B_SQWE);
    self->cmos[REG_C] = 0;
    self->index = 0;
    update_irq_locked (self);
    pthread_mutex_unlock (&self->lock);
}

static void
mc146818_destroy (struct device *device)
{
    struct mc146818 *self = container_of (device, struct mc146818, device);

    bus_remove (self->device.env->ports, &self->region);
    loop_timer_disarm (&self->timer);
    irq_line_set (&self->irq, false);
    pthread_mutex_destroy (&self->lock);
    free (self);
}

static const struct device_ops mc146818_ops = {
    .reset = mc146818_reset,
    .destroy = mc146818_destroy,
};

static const struct bus_region_ops mc146818_region_ops = {
    .read = mc146818_read,
    .write = mc146818_write,
    .max_size = 1,
};

int
mc146818_create (const struct device_env *env, const struct mc146818_config *config,
                 struct device **out)
{
    const struct device_args args = { .env = env, .alias = "rtc" };
    struct mc146818 *self = calloc (1, sizeof *self);
    int ret;

    if (!self)
        return -ENOMEM;
    device_init (&self->device, &mc146818_ops, &args);
    pthread_mutex_init (&self->lock, NULL);
    irq_line_init (&self->irq, env->irq, RTC_IRQ);
    loop_timer_init (&self->timer, env->loop, timer_cb, self);
    set_guest_s (self,
                 utc_s (NULL) + MIN_OF (MAX_OF (config->offset_s, YEAR_0_S), YEAR_9999_END_S));
    fill_cmos (self, config);
    self->seen_tick = periodic_tick (loop_now_ns (), rate_shift (self));
    bus_region_init (&self->region, "mc146818", &mc146818_region_ops, self, 2, BUS_PRIORITY_FIXED);
    ret = bus_add (env->ports, &self->region, RTC_PORT);
    if (ret < 0) {
        mc146818_destroy (&self->device);
        return ret;
    }
    *out = &self->device;
    return 0;
}

int64_t
mc146818_get_offset_s (struct device *device)
{
    struct mc146818 *self = container_of (device, struct mc146818, device);
    int64_t offset_s;

    pthread_mutex_lock (&self->lock);
    offset_s = self->offset_s;
    pthread_mutex_unlock (&self->lock);
    return offset_s;
}

void
mc146818_set_vcpus (struct device *device, unsigned n_vcpus)
{
    struct mc146818 *self = container_of (device, struct mc146818, device);

    pthread_mutex_lock (&self->lock);
    self->cmos[0x5f] = (uint8_t) (n_vcpus - 1);
    pthread_mutex_unlock (&self->lock);
}
