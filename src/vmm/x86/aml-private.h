/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aml-private.h - what the files that write AML share. */
#pragma once

#include "aml.h"

/* Those that follow the prefix 5Bh. */
enum aml_extended_opcode {
    AML_EXT_MUTEX = 0x01,
    AML_EXT_ACQUIRE = 0x23,
    AML_EXT_RELEASE = 0x27,
    AML_EXT_REGION = 0x80,
    AML_EXT_FIELD = 0x81,
    AML_EXT_DEVICE = 0x82,
};

void aml_put_bytes (struct aml *aml, const void *bytes, size_t size);
void aml_put_byte (struct aml *aml, unsigned byte);
void aml_put_extended (struct aml *aml, enum aml_extended_opcode op);

/* A NameString, for PATH as in struct aml_value. */
void aml_put_path (struct aml *aml, const char *path);

/* The segment at *NAME, padded to four characters; *NAME moves on to what follows it. */
void aml_put_segment (struct aml *aml, const char **name);

/* What is appended from here to aml_end() gets its length in front. */
void aml_open_block (struct aml *aml, bool is_resources);

/* VALUE as a PkgLength (§20.2.4) into BUF; returns the bytes used. */
size_t aml_encode_length (uint8_t buf[4], size_t value);
