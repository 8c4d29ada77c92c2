/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pm.c - the ICH9's power management block at 600h. */
#include "pm.h"

#include <errno.h>
#include <string.h>

#include "bits.h"

#define PM_TIMER_HZ 3579545

/* Offsets in the block. */
#define PM1_STATUS  0x00
#define PM1_ENABLE  0x02
#define PM1_CONTROL 0x04
#define PM_TIMER    0x08
#define GPE_STATUS  0x20
#define GPE_ENABLE  0x28
#define SMI_ENABLE  0x30

#define STATUS_TIMER  0x0001
#define STATUS_BUTTON 0x0100
#define ENABLE_ALL    0x4521

#define CONTROL_SCI_ENABLE  0x0001
#define CONTROL_SLEEP_TYPE  0x1c00
#define CONTROL_SLEEP       0x2000
#define SLEEP_TYPE_S5       0x0000

/* Bit 5: firmware takes it for "SMM is set up", and we have no SMM to set up. */
#define SMI_ENABLE_RESET 0x20

/* B2h: what the FADT publishes as ACPI_ENABLE and ACPI_DISABLE. */
#define SMI_COMMAND      0
#define SMI_DATA         1
#define ACPI_ENABLE      2
#define ACPI_DISABLE     3

static uint32_t
timer_value (void)
{
    uint64_t ns = (uint64_t) loop_now_ns ();

    return (uint32_t) (ns / 1000000000 * PM_TIMER_HZ + ns % 1000000000 * PM_TIMER_HZ / 1000000000)
           & 0xffffff;
}

static void
update_sci_locked (struct pm *pm)
{
    bool level = pm->pm1_status & pm->pm1_enable;

    for (unsigned i = 0; i < sizeof pm->gpe_status; i++)
        level |= (pm->gpe_status[i] & pm->gpe_enable[i]) != 0;
    irq_line_set (&pm->sci, level && (pm->pm1_control & CONTROL_SCI_ENABLE));
}

/* TMR_STS is set whenever bit 23 changes.  While its event is enabled a host timer sees to it;
 * otherwise it is enough to notice when someone looks. */
static void
update_timer_status_locked (struct pm *pm)
{
    uint32_t value = timer_value ();
    bool msb = value & 0x800000;

    if (msb != pm->timer_msb)
        pm->pm1_status |= STATUS_TIMER;
    pm->timer_msb = msb;
    if (pm->pm1_enable & STATUS_TIMER) {
        uint64_t ticks = 0x800000 - (value & 0x7fffff);

        loop_timer_arm (&pm->timer_overflow,
                        loop_now_ns () + (int64_t) (ticks * 1000000000 / PM_TIMER_HZ) + 1000000);
    } else {
        loop_timer_disarm (&pm->timer_overflow);
    }
}

static void
timer_overflow_cb (void *opaque)
{
    struct pm *pm = opaque;

    pthread_mutex_lock (&pm->lock);
    update_timer_status_locked (pm);
    update_sci_locked (pm);
    pthread_mutex_unlock (&pm->lock);
}

static uint64_t
timer_read (void *opaque, uint64_t offset, unsigned size)
{
    return (timer_value () >> (offset * 8)) & ones (size);
}

static void
timer_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
}

static const struct bus_region_ops timer_ops = {
    .read = timer_read,
    .write = timer_write,
    .max_size = 4,
};

/* The block as bytes: the registers are small, and any width at any offset is allowed. */
static uint8_t
read_byte_locked (struct pm *pm, unsigned offset)
{
    switch (offset) {
    case PM1_STATUS:
    case PM1_STATUS + 1:
        update_timer_status_locked (pm);
        return (uint8_t) (pm->pm1_status >> (offset - PM1_STATUS) * 8);
    case PM1_ENABLE:
    case PM1_ENABLE + 1:
        return (uint8_t) (pm->pm1_enable >> (offset - PM1_ENABLE) * 8);
    case PM1_CONTROL:
    case PM1_CONTROL + 1:
        return (uint8_t) (pm->pm1_control >> (offset - PM1_CONTROL) * 8);
    case SMI_ENABLE:
    case SMI_ENABLE + 1:
    case SMI_ENABLE + 2:
    case SMI_ENABLE + 3:
        return (uint8_t) (pm->smi_enable >> (offset - SMI_ENABLE) * 8);
    default:
        break;
    }
    if (offset >= GPE_STATUS && offset < GPE_STATUS + sizeof pm->gpe_status)
        return pm->gpe_status[offset - GPE_STATUS];
    if (offset >= GPE_ENABLE && offset < GPE_ENABLE + sizeof pm->gpe_enable)
        return pm->gpe_enable[offset - GPE_ENABLE];
    return 0;
}

static void
set_byte (uint16_t *field, unsigned byte, uint8_t value)
{
    *field = (uint16_t) ((*field & ~(0xffu << byte * 8)) | (unsigned) value << byte * 8);
}

/* Returns true when the guest asked for sleep state S5. */
static bool
write_control_locked (struct pm *pm, unsigned byte, uint8_t value)
{
    bool sleep;

    set_byte (&pm->pm1_control, byte, value);
    sleep = pm->pm1_control & CONTROL_SLEEP;
    pm->pm1_control &= (uint16_t) ~CONTROL_SLEEP; /* write-only */
    return sleep && (pm->pm1_control & CONTROL_SLEEP_TYPE) == SLEEP_TYPE_S5;
}

/* Returns true when the guest asked for sleep state S5. */
static bool
write_byte_locked (struct pm *pm, unsigned offset, uint8_t value)
{
    switch (offset) {
    case PM1_STATUS:
    case PM1_STATUS + 1:
        pm->pm1_status &= (uint16_t) ~((unsigned) value << (offset - PM1_STATUS) * 8);
        return false;
    case PM1_ENABLE:
    case PM1_ENABLE + 1:
        set_byte (&pm->pm1_enable, offset - PM1_ENABLE, value);
        pm->pm1_enable &= ENABLE_ALL;
        update_timer_status_locked (pm);
        return false;
    case PM1_CONTROL:
    case PM1_CONTROL + 1:
        return write_control_locked (pm, offset - PM1_CONTROL, value);
    default:
        break;
    }
    if (offset >= GPE_STATUS && offset < GPE_STATUS + sizeof pm->gpe_status)
        pm->gpe_status[offset - GPE_STATUS] &= (uint8_t) ~value;
    else if (offset >= GPE_ENABLE && offset < GPE_ENABLE + sizeof pm->gpe_enable)
        pm->gpe_enable[offset - GPE_ENABLE] = value;
    return false;
}

static uint64_t
block_read (void *opaque, uint64_t offset, unsigned size)
{
    struct pm *pm = opaque;
    uint64_t value = 0;

    pthread_mutex_lock (&pm->lock);
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t) read_byte_locked (pm, (unsigned) offset + i) << i * 8;
    pthread_mutex_unlock (&pm->lock);
    return value;
}

static void
block_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct pm *pm = opaque;
    bool power_off = false;

    pthread_mutex_lock (&pm->lock);
    for (unsigned i = 0; i < size; i++)
        power_off |= write_byte_locked (pm, (unsigned) offset + i, (uint8_t) (value >> i * 8));
    update_sci_locked (pm);
    pthread_mutex_unlock (&pm->lock);
    if (power_off)
        pm->env->request (pm->env->machine, MACHINE_REQUEST_POWER_OFF);
}

static const struct bus_region_ops block_ops = {
    .read = block_read,
    .write = block_write,
    .max_size = 4,
};

static uint64_t
smi_read (void *opaque, uint64_t offset, unsigned size)
{
    struct pm *pm = opaque;
    uint8_t value;

    pthread_mutex_lock (&pm->lock);
    value = offset == SMI_DATA ? pm->smi_data : 0;
    pthread_mutex_unlock (&pm->lock);
    return value;
}

static void
smi_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct pm *pm = opaque;

    pthread_mutex_lock (&pm->lock);
    if (offset == SMI_DATA)
        pm->smi_data = (uint8_t) value;
    else if (value == ACPI_ENABLE)
        pm->pm1_control |= CONTROL_SCI_ENABLE;
    else if (value == ACPI_DISABLE)
        pm->pm1_control &= (uint16_t) ~CONTROL_SCI_ENABLE;
    update_sci_locked (pm);
    pthread_mutex_unlock (&pm->lock);
}

static const struct bus_region_ops smi_ops = {
    .read = smi_read,
    .write = smi_write,
    .max_size = 1,
};

void
pm_press_power_button (struct pm *pm)
{
    pthread_mutex_lock (&pm->lock);
    pm->pm1_status |= STATUS_BUTTON;
    update_sci_locked (pm);
    pthread_mutex_unlock (&pm->lock);
}

void
pm_raise_gpe (struct pm *pm, enum pm_gpe gpe)
{
    pthread_mutex_lock (&pm->lock);
    pm->gpe_status[gpe / 8] |= (uint8_t) BIT (gpe % 8);
    update_sci_locked (pm);
    pthread_mutex_unlock (&pm->lock);
}

bool
pm_gpe_is_enabled (struct pm *pm, enum pm_gpe gpe)
{
    bool enabled;

    pthread_mutex_lock (&pm->lock);
    enabled = (pm->pm1_control & CONTROL_SCI_ENABLE) && (pm->gpe_enable[gpe / 8] & BIT (gpe % 8));
    pthread_mutex_unlock (&pm->lock);
    return enabled;
}

int
pm_init (struct pm *pm, const struct device_env *env)
{
    memset (pm, 0, sizeof *pm);
    pm->env = env;
    pthread_mutex_init (&pm->lock, NULL);
    irq_line_init (&pm->sci, env->irq, 9);
    loop_timer_init (&pm->timer_overflow, env->loop, timer_overflow_cb, pm);
    bus_region_init (&pm->region, "pm", &block_ops, pm, PM_BYTES, BUS_PRIORITY_FIXED);
    bus_region_init (&pm->timer_region, "pm-timer", &timer_ops, pm, 4, BUS_PRIORITY_OVERLAY);
    bus_region_init (&pm->smi_region, "smi", &smi_ops, pm, 2, BUS_PRIORITY_FIXED);
    pm_reset (pm);
    if (bus_add (env->ports, &pm->region, PM_BASE) < 0
        || bus_add (env->ports, &pm->timer_region, PM_BASE + PM_TIMER) < 0
        || bus_add (env->ports, &pm->smi_region, 0xb2) < 0) {
        pm_destroy (pm);
        return -ENOMEM;
    }
    return 0;
}

void
pm_destroy (struct pm *pm)
{
    loop_timer_disarm (&pm->timer_overflow);
    bus_remove (pm->env->ports, &pm->smi_region);
    bus_remove (pm->env->ports, &pm->timer_region);
    bus_remove (pm->env->ports, &pm->region);
    pthread_mutex_destroy (&pm->lock);
}

void
pm_reset (struct pm *pm)
{
    pthread_mutex_lock (&pm->lock);
    pm->pm1_status = 0;
    pm->pm1_enable = 0;
    pm->pm1_control = 0;
    memset (pm->gpe_status, 0, sizeof pm->gpe_status);
    memset (pm->gpe_enable, 0, sizeof pm->gpe_enable);
    pm->smi_enable = SMI_ENABLE_RESET;
    pm->smi_data = 0;
    pm->timer_msb = timer_value () & 0x800000;
    loop_timer_disarm (&pm->timer_overflow);
    irq_line_set (&pm->sci, false);
    pthread_mutex_unlock (&pm->lock);
}
