/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aml-code.c - writes ACPI Machine Language: registers and the statements that use them. */
#include "aml.h"

#include <assert.h>

#include "aml-private.h"

enum opcode {
    OP_NO_TARGET = 0x00,
    OP_STORE = 0x70,
    OP_NOTIFY = 0x86,
    OP_CREATE_DWORD_FIELD = 0x8a,
    OP_IF = 0xa0,
    OP_ELSE = 0xa1,
    OP_WHILE = 0xa2,
    OP_RETURN = 0xa4,
};

/* --- regions and fields ---------------------------------------------------------------------- */

void
aml_region (struct aml *aml, const char *name, enum aml_space space, uint64_t base, uint64_t bytes)
{
    aml_put_extended (aml, AML_EXT_REGION);
    aml_put_path (aml, name);
    aml_put_byte (aml, space);
    aml_put (aml, aml_integer (base));
    aml_put (aml, aml_integer (bytes));
}

void
aml_begin_field (struct aml *aml, const char *region, enum aml_access access,
                 enum aml_update update)
{
    aml_put_extended (aml, AML_EXT_FIELD);
    aml_open_block (aml, false);
    aml_put_path (aml, region);
    aml_put_byte (aml, (unsigned)access | (unsigned)update << 5);
}

void
aml_field (struct aml *aml, const char *name, unsigned bits)
{
    uint8_t length[4];

    aml_put_segment (aml, &name);
    aml_put_bytes (aml, length, aml_encode_length (length, bits));
}

void
aml_field_gap (struct aml *aml, unsigned bits)
{
    uint8_t length[4];

    aml_put_byte (aml, 0x00);
    aml_put_bytes (aml, length, aml_encode_length (length, bits));
}

void
aml_create_dword_field (struct aml *aml, struct aml_value source, unsigned byte, const char *name)
{
    aml_put_byte (aml, OP_CREATE_DWORD_FIELD);
    aml_put (aml, source);
    aml_put (aml, aml_integer (byte));
    aml_put_path (aml, name);
}

void
aml_mutex (struct aml *aml, const char *name)
{
    aml_put_extended (aml, AML_EXT_MUTEX);
    aml_put_path (aml, name);
    aml_put_byte (aml, 0); /* SyncLevel */
}

/* --- statements ------------------------------------------------------------------------------ */

void
aml_store (struct aml *aml, struct aml_value target, struct aml_value value)
{
    aml_put_byte (aml, OP_STORE);
    aml_put (aml, value);
    aml_put (aml, target);
}

void
aml_compute (struct aml *aml, struct aml_value target, struct aml_value left, enum aml_operator op,
             struct aml_value right)
{
    assert (op < AML_EQUAL);
    aml_put_byte (aml, op);
    aml_put (aml, left);
    aml_put (aml, right);
    aml_put (aml, target);
}

static void
put_condition (struct aml *aml, struct aml_value left, enum aml_operator op, struct aml_value right)
{
    aml_put_byte (aml, op);
    aml_put (aml, left);
    aml_put (aml, right);
    if (op < AML_EQUAL)
        aml_put_byte (aml, OP_NO_TARGET);
}

void
aml_begin_if (struct aml *aml, struct aml_value left, enum aml_operator op, struct aml_value right)
{
    aml_put_byte (aml, OP_IF);
    aml_open_block (aml, false);
    put_condition (aml, left, op, right);
}

void
aml_begin_else (struct aml *aml)
{
    aml_put_byte (aml, OP_ELSE);
    aml_open_block (aml, false);
}

void
aml_begin_while (struct aml *aml, struct aml_value left, enum aml_operator op,
                 struct aml_value right)
{
    aml_put_byte (aml, OP_WHILE);
    aml_open_block (aml, false);
    put_condition (aml, left, op, right);
}

void
aml_return (struct aml *aml, struct aml_value value)
{
    aml_put_byte (aml, OP_RETURN);
    aml_put (aml, value);
}

void
aml_notify (struct aml *aml, const char *device, struct aml_value event)
{
    aml_put_byte (aml, OP_NOTIFY);
    aml_put_path (aml, device);
    aml_put (aml, event);
}

void
aml_call (struct aml *aml, const char *method, const struct aml_value *args, unsigned n)
{
    aml_put_path (aml, method);
    for (unsigned i = 0; i < n; i++)
        aml_put (aml, args[i]);
}

void
aml_return_call (struct aml *aml, const char *method, const struct aml_value *args, unsigned n)
{
    aml_put_byte (aml, OP_RETURN);
    aml_call (aml, method, args, n);
}

void
aml_acquire (struct aml *aml, const char *mutex)
{
    static const uint8_t forever[] = { 0xff, 0xff };

    aml_put_extended (aml, AML_EXT_ACQUIRE);
    aml_put_path (aml, mutex);
    aml_put_bytes (aml, forever, sizeof forever);
}

void
aml_release (struct aml *aml, const char *mutex)
{
    aml_put_extended (aml, AML_EXT_RELEASE);
    aml_put_path (aml, mutex);
}
