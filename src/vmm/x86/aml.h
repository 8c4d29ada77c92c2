/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aml.h - writes ACPI Machine Language (ACPI Specification 6.4, chapter 20).
 *
 * Theory of operation
 *
 * A struct aml grows by what each call appends, in the order of ASL source.  What encloses
 * something else is opened by aml_begin_…() and closed by aml_end(), which goes back and puts in
 * the length that the byte code wants in front:
 *
 *     aml_begin_device (aml, "RTC");               Device (RTC) {
 *     aml_name_eisa_id (aml, "_HID", "PNP0B00");       Name (_HID, EisaId ("PNP0B00"))
 *     aml_name (aml, "_CRS");                          Name (_CRS,
 *     aml_begin_resources (aml);                           ResourceTemplate () {
 *     aml_resource_io (aml, 0x70, 2);                          IO (Decode16, 0x70, 0x70, 1, 2)
 *     aml_resource_irq (aml, 8);                               IRQNoFlags () {8}
 *     aml_end (aml);                                       })
 *     aml_end (aml);                               }
 *
 * Operands are small values (struct aml_value) made on the spot; targets come first, as in an
 * assignment.  There are no nested expressions: a method puts a step's result into a Local, so no
 * tree of terms has to be allocated, and the C code is as long as the ASL it stands for.
 *
 * Errors: running out of memory is remembered, makes all later calls do nothing, and is returned
 * once, by aml_finish().  Wrong use (a bad name, an aml_end() too many) is our bug and trips an
 * assertion; nothing here is ever fed with what a guest or a file says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blob.h"

#define AML_MAX_DEPTH 12

struct aml_block {
    size_t start; /* where its length goes */
    bool is_resources;
};

struct aml {
    struct blob code;
    struct aml_block blocks[AML_MAX_DEPTH]; /* open ones, outermost first */
    unsigned depth;
};

void aml_init (struct aml *aml);

/* Frees the buffer; harmless a second time. */
void aml_clear (struct aml *aml);

/* Every block is closed by now.  Returns 0, and the byte code is in aml->code, or -ENOMEM. */
int aml_finish (struct aml *aml);

/* --- operands -------------------------------------------------------------------------------- */

enum aml_value_kind {
    AML_INTEGER,
    AML_PATH, /* "NAME", "\\_SB.PCI0.NAME", "^NAME" */
    AML_ARG,
    AML_LOCAL,
};

struct aml_value {
    enum aml_value_kind kind;
    uint64_t integer; /* also the number of an Arg or Local */
    const char *path; /* borrowed for the call it is passed to */
};

static inline struct aml_value
aml_integer (uint64_t integer)
{
    return (struct aml_value){ .kind = AML_INTEGER, .integer = integer };
}

static inline struct aml_value
aml_path (const char *path)
{
    return (struct aml_value){ .kind = AML_PATH, .path = path };
}

static inline struct aml_value
aml_arg (unsigned n)
{
    return (struct aml_value){ .kind = AML_ARG, .integer = n };
}

static inline struct aml_value
aml_local (unsigned n)
{
    return (struct aml_value){ .kind = AML_LOCAL, .integer = n };
}

/* The byte code of an operator with two operands. */
enum aml_operator {
    AML_ADD = 0x72,
    AML_SUBTRACT = 0x74,
    AML_SHIFT_LEFT = 0x79,
    AML_SHIFT_RIGHT = 0x7a,
    AML_AND = 0x7b,
    AML_OR = 0x7d,
    AML_EQUAL = 0x93, /* from here on: a condition, has no target */
    AML_GREATER = 0x94,
    AML_LESS = 0x95,
};

/* --- named objects --------------------------------------------------------------------------- */

void aml_begin_scope (struct aml *aml, const char *path);
void aml_begin_device (struct aml *aml, const char *name);
void aml_begin_method (struct aml *aml, const char *name, unsigned n_args, bool serialized);

/* A package of N elements (at most 255), each put there by aml_put() or as a package of its own. */
void aml_begin_package (struct aml *aml, unsigned n);
void aml_end (struct aml *aml);

/* What is appended next becomes NAME's value: a package, resources or aml_put(). */
void aml_name (struct aml *aml, const char *name);
void aml_name_integer (struct aml *aml, const char *name, uint64_t value);
void aml_name_string (struct aml *aml, const char *name, const char *text);
void aml_name_eisa_id (struct aml *aml, const char *name, const char *id);

void aml_put (struct aml *aml, struct aml_value value);

/* SIZE bytes, at most 63, as a buffer. */
void aml_put_buffer (struct aml *aml, const void *bytes, unsigned size);

/* --- regions and fields ---------------------------------------------------------------------- */

enum aml_space {
    AML_SPACE_MEMORY,
    AML_SPACE_IO,
    AML_SPACE_PCI_CONFIG,
};

enum aml_access {
    AML_ACCESS_BYTE = 1,
    AML_ACCESS_WORD,
    AML_ACCESS_DWORD,
};

/* What the bits of a register that a write does not name become. */
enum aml_update {
    AML_UPDATE_PRESERVE,
    AML_UPDATE_ONES,
    AML_UPDATE_ZEROS,
};

void aml_region (struct aml *aml, const char *name, enum aml_space space, uint64_t base,
                 uint64_t bytes);

/* The fields of REGION, from its first bit on; closed by aml_end(). */
void aml_begin_field (struct aml *aml, const char *region, enum aml_access access,
                      enum aml_update update);
void aml_field (struct aml *aml, const char *name, unsigned bits);
void aml_field_gap (struct aml *aml, unsigned bits);

/* NAME becomes the 32 bits at BYTE of the buffer SOURCE. */
void aml_create_dword_field (struct aml *aml, struct aml_value source, unsigned byte,
                             const char *name);

void aml_mutex (struct aml *aml, const char *name);

/* --- statements ------------------------------------------------------------------------------ */

void aml_store (struct aml *aml, struct aml_value target, struct aml_value value);

/* TARGET = LEFT OPERATOR RIGHT; not for conditions. */
void aml_compute (struct aml *aml, struct aml_value target, struct aml_value left,
                  enum aml_operator op, struct aml_value right);

/* if (LEFT OPERATOR RIGHT); AML_AND is true when a bit is common to both. */
void aml_begin_if (struct aml *aml, struct aml_value left, enum aml_operator op,
                   struct aml_value right);

/* Directly after the aml_end() of an if. */
void aml_begin_else (struct aml *aml);
void aml_begin_while (struct aml *aml, struct aml_value left, enum aml_operator op,
                      struct aml_value right);
void aml_return (struct aml *aml, struct aml_value value);
void aml_notify (struct aml *aml, const char *device, struct aml_value event);
void aml_call (struct aml *aml, const char *method, const struct aml_value *args, unsigned n);

/* return METHOD (ARGS) */
void aml_return_call (struct aml *aml, const char *method, const struct aml_value *args,
                      unsigned n);

/* Waits for MUTEX as long as it takes. */
void aml_acquire (struct aml *aml, const char *mutex);
void aml_release (struct aml *aml, const char *mutex);

/* --- resource templates ---------------------------------------------------------------------- */

/* A buffer of resource descriptors; closed by aml_end(), which adds the end tag. */
void aml_begin_resources (struct aml *aml);

/* What a device occupies. */
void aml_resource_io (struct aml *aml, uint16_t base, uint8_t bytes);
void aml_resource_memory (struct aml *aml, uint32_t base, uint32_t bytes);
void aml_resource_irq (struct aml *aml, unsigned irq);
void aml_resource_dma (struct aml *aml, unsigned channel);

/* Level-triggered, active high and shared: one of the N interrupts.  The first number is at byte
 * AML_INTERRUPT_NUMBER of the descriptor. */
#define AML_INTERRUPT_NUMBER 5
void aml_resource_interrupt (struct aml *aml, const uint32_t *interrupts, unsigned n);

/* What a bridge passes on: buses, ports, memory anywhere in 64 bits. */
void aml_resource_bus_window (struct aml *aml, uint8_t first, uint8_t last);
void aml_resource_io_window (struct aml *aml, uint16_t first, uint16_t last);
void aml_resource_memory_window (struct aml *aml, uint64_t base, uint64_t bytes, bool cacheable);
