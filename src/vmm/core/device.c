/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device.c - what every device is. */
#include "device.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"

const char *const device_action_names[DEVICE_ACTION_N + 1] = {
    [DEVICE_ACTION_NONE] = "none",
    [DEVICE_ACTION_RESET] = "reset",
    [DEVICE_ACTION_POWER_OFF] = "power-off",
    [DEVICE_ACTION_PAUSE] = "pause",
    [DEVICE_ACTION_POWER_BUTTON] = "power-button",
};

void
device_init (struct device *device, const struct device_ops *ops, const struct device_args *args)
{
    device->ops = ops;
    device->env = args->env;
    device->is_broken = false;
    list_init (&device->node);
    strncpy (device->alias, args->alias ? args->alias : "", sizeof device->alias - 1);
    device->alias[sizeof device->alias - 1] = '\0';
}

void
device_reset (struct device *device)
{
    device->is_broken = false;
    if (device->ops->reset)
        device->ops->reset (device);
}

void
device_destroy (struct device *device)
{
    if (device)
        device->ops->destroy (device);
}

int
device_mark_broken (struct device *device, const char *reason)
{
    if (atomic_exchange (&device->is_broken, true))
        return -EIO;
    log_guest (&device->log_limit, "device %s is broken until the next reset: %s", device->alias,
               reason);
    if (device->ops->broken)
        device->ops->broken (device);
    if (device->env->report_broken)
        device->env->report_broken (device->env->machine, device, reason);
    return -EIO;
}

static int
store_bool (bool *field, const char *value)
{
    if (strcmp (value, "on") == 0)
        *field = true;
    else if (strcmp (value, "off") == 0)
        *field = false;
    else
        return -EINVAL;
    return 0;
}

static int
store_uint (uint64_t *field, const struct option *option, const char *value)
{
    char *end;
    unsigned long long number;

    if (value[0] < '0' || value[0] > '9')
        return -EINVAL;
    errno = 0;
    number = strtoull (value, &end, 0);
    if (errno || *end || number < option->min || number > option->max)
        return -EINVAL;
    *field = number;
    return 0;
}

static int
store_string (char *field, const struct option *option, const char *value)
{
    size_t len = strlen (value);

    if (len >= option->max)
        return -EINVAL;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < 0x20 || value[i] > 0x7e)
            return -EINVAL;
    }
    memset (field, 0, option->max);
    memcpy (field, value, len);
    return 0;
}

static int
store_choice (unsigned *field, const struct option *option, const char *value)
{
    for (unsigned i = 0; option->choices[i]; i++) {
        if (strcmp (option->choices[i], value) == 0) {
            *field = i;
            return 0;
        }
    }
    return -EINVAL;
}

static int
store_option (const struct option *option, void *config, const char *value)
{
    void *field = (char *) config + option->offset;

    switch (option->type) {
    case OPTION_BOOL:
        return store_bool (field, value);
    case OPTION_UINT:
        return store_uint (field, option, value);
    case OPTION_STRING:
        return store_string (field, option, value);
    case OPTION_CHOICE:
        return store_choice (field, option, value);
    case OPTION_N:
        break;
    }
    return -EINVAL;
}

void
device_options_init (const struct device_class *class, void *config)
{
    memset (config, 0, class->config_size);
    for (size_t i = 0; i < class->n_options; i++) {
        int ret = store_option (&class->options[i], config, class->options[i].fallback);

        assert (ret == 0); /* a table's own default is valid: tests/device checks each */
        (void) ret;
    }
}

int
device_option_set (const struct device_class *class, void *config, const char *name,
                   const char *value)
{
    for (size_t i = 0; i < class->n_options; i++) {
        if (strcmp (class->options[i].name, name) == 0)
            return store_option (&class->options[i], config, value);
    }
    return -ENOENT;
}
