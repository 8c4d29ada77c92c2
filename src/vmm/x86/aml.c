/* SPDX-License-Identifier: GPL-2.0-or-later */
/* aml.c - writes ACPI Machine Language: the buffer, names, blocks and data. */
#include "aml.h"

#include <assert.h>
#include <string.h>

#include "aml-private.h"
#include "bits.h"

#define MAX_PACKAGE     0x0fffffffu /* the longest that four length bytes can say */
#define NAME_BYTES      4
#define EXTENDED_PREFIX 0x5b

enum opcode {
    OP_ZERO = 0x00,
    OP_ONE = 0x01,
    OP_NAME = 0x08,
    OP_BYTE = 0x0a,
    OP_WORD = 0x0b,
    OP_DWORD = 0x0c,
    OP_STRING = 0x0d,
    OP_QWORD = 0x0e,
    OP_SCOPE = 0x10,
    OP_BUFFER = 0x11,
    OP_PACKAGE = 0x12,
    OP_METHOD = 0x14,
    OP_DUAL_NAME = 0x2e,
    OP_MULTI_NAME = 0x2f,
    OP_LOCAL0 = 0x60,
    OP_ARG0 = 0x68,
};

void
aml_init (struct aml *aml)
{
    memset (aml, 0, sizeof *aml);
    blob_init (&aml->code);
}

void
aml_clear (struct aml *aml)
{
    blob_clear (&aml->code);
}

int
aml_finish (struct aml *aml)
{
    assert (aml->depth == 0);
    return blob_result (&aml->code);
}

void
aml_put_bytes (struct aml *aml, const void *bytes, size_t size)
{
    blob_append (&aml->code, bytes, size);
}

void
aml_put_byte (struct aml *aml, unsigned byte)
{
    uint8_t b = (uint8_t)byte;

    aml_put_bytes (aml, &b, 1);
}

void
aml_put_extended (struct aml *aml, enum aml_extended_opcode op)
{
    aml_put_byte (aml, EXTENDED_PREFIX);
    aml_put_byte (aml, op);
}

/* --- names ----------------------------------------------------------------------------------- */

void
aml_put_segment (struct aml *aml, const char **name)
{
    char segment[NAME_BYTES] = { '_', '_', '_', '_' };
    unsigned n = 0;

    for (; **name && **name != '.'; (*name)++) {
        char c = **name;

        assert ((c >= 'A' && c <= 'Z') || c == '_' || (n > 0 && c >= '0' && c <= '9'));
        assert (n < NAME_BYTES);
        segment[n++] = c;
    }
    assert (n > 0);
    aml_put_bytes (aml, segment, sizeof segment);
}

static unsigned
count_segments (const char *path)
{
    unsigned n = 1;

    for (; *path; path++)
        n += *path == '.';
    return n;
}

/* NameString (§20.2.2): "\\" and "^" as they are, then segments behind a prefix that counts them.
 */
void
aml_put_path (struct aml *aml, const char *path)
{
    unsigned n;

    for (; *path == '\\' || *path == '^'; path++)
        aml_put_byte (aml, (unsigned char)*path);
    if (!*path) {
        aml_put_byte (aml, OP_ZERO);
        return;
    }
    n = count_segments (path);
    if (n == 2) {
        aml_put_byte (aml, OP_DUAL_NAME);
    } else if (n > 2) {
        aml_put_byte (aml, OP_MULTI_NAME);
        aml_put_byte (aml, n);
    }
    aml_put_segment (aml, &path);
    while (*path++ == '.')
        aml_put_segment (aml, &path);
}

/* --- lengths and blocks ---------------------------------------------------------------------- */

size_t
aml_encode_length (uint8_t buf[4], size_t value)
{
    size_t n_more = value < 0x40 ? 0 : value < 0x1000 ? 1 : value < 0x100000 ? 2 : 3;

    assert (value <= MAX_PACKAGE);
    if (n_more == 0) {
        buf[0] = (uint8_t)value;
        return 1;
    }
    buf[0] = (uint8_t)(n_more << 6 | (value & 0x0f));
    for (size_t i = 1; i <= n_more; i++)
        buf[i] = (uint8_t)(value >> (8 * i - 4));
    return n_more + 1;
}

/* The same for a block of CONTENT bytes: its length counts the bytes that say it. */
static size_t
encode_block_length (uint8_t buf[4], size_t content)
{
    size_t n = aml_encode_length (buf, content + 1);

    for (;;) {
        size_t again = aml_encode_length (buf, content + n);

        if (again == n)
            return n;
        n = again;
    }
}

void
aml_open_block (struct aml *aml, bool is_resources)
{
    assert (aml->depth < AML_MAX_DEPTH);
    aml->blocks[aml->depth++] = (struct aml_block){ aml->code.size, is_resources };
}

/* VALUE in the shortest form into BUF; returns the bytes used. */
static size_t
encode_integer (uint8_t buf[9], uint64_t value)
{
    unsigned size = value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : value <= UINT32_MAX ? 4 : 8;

    if (value <= 1) {
        buf[0] = value ? OP_ONE : OP_ZERO;
        return 1;
    }
    buf[0] = size == 1 ? OP_BYTE : size == 2 ? OP_WORD : size == 4 ? OP_DWORD : OP_QWORD;
    store_le (buf + 1, value, size);
    return 1 + size;
}

/* The end tag, and in front of the descriptors the size of the buffer that holds them (§6.4). */
static void
close_resources (struct aml *aml, size_t start)
{
    static const uint8_t end_tag[] = { 0x79, 0x00 }; /* checksum 0: not used */
    uint8_t size[9];

    aml_put_bytes (aml, end_tag, sizeof end_tag);
    blob_insert (&aml->code, start, size, encode_integer (size, aml->code.size - start));
}

void
aml_end (struct aml *aml)
{
    struct aml_block block;
    uint8_t length[4];

    assert (aml->depth > 0);
    block = aml->blocks[--aml->depth];
    if (block.is_resources)
        close_resources (aml, block.start);
    blob_insert (&aml->code, block.start, length,
                 encode_block_length (length, aml->code.size - block.start));
}

/* --- data ------------------------------------------------------------------------------------ */

void
aml_put (struct aml *aml, struct aml_value value)
{
    uint8_t integer[9];

    switch (value.kind) {
    case AML_INTEGER:
        aml_put_bytes (aml, integer, encode_integer (integer, value.integer));
        break;
    case AML_PATH:
        aml_put_path (aml, value.path);
        break;
    case AML_ARG:
        assert (value.integer < 7);
        aml_put_byte (aml, OP_ARG0 + (unsigned)value.integer);
        break;
    case AML_LOCAL:
        assert (value.integer < 8);
        aml_put_byte (aml, OP_LOCAL0 + (unsigned)value.integer);
        break;
    }
}

void
aml_put_buffer (struct aml *aml, const void *bytes, unsigned size)
{
    assert (size <= 63);
    aml_put_byte (aml, OP_BUFFER);
    aml_open_block (aml, false);
    aml_put (aml, aml_integer (size));
    aml_put_bytes (aml, bytes, size);
    aml_end (aml);
}

void
aml_name (struct aml *aml, const char *name)
{
    aml_put_byte (aml, OP_NAME);
    aml_put_path (aml, name);
}

void
aml_name_integer (struct aml *aml, const char *name, uint64_t value)
{
    aml_name (aml, name);
    aml_put (aml, aml_integer (value));
}

void
aml_name_string (struct aml *aml, const char *name, const char *text)
{
    aml_name (aml, name);
    aml_put_byte (aml, OP_STRING);
    aml_put_bytes (aml, text, strlen (text) + 1);
}

static unsigned
hex_digit (char c)
{
    assert ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'));
    return (unsigned)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* Three letters of five bits and four hexadecimal digits, most significant byte first (§19.3.4). */
void
aml_name_eisa_id (struct aml *aml, const char *name, const char *id)
{
    uint8_t bytes[5] = { OP_DWORD };
    unsigned value = 0;

    assert (strlen (id) == 7);
    for (unsigned i = 0; i < 3; i++) {
        assert (id[i] >= 'A' && id[i] <= 'Z');
        value = value << 5 | (unsigned)(id[i] - 'A' + 1);
    }
    for (unsigned i = 3; i < 7; i++)
        value = value << 4 | hex_digit (id[i]);
    store_be32 (bytes + 1, value);
    aml_name (aml, name);
    aml_put_bytes (aml, bytes, sizeof bytes);
}

/* --- named blocks ---------------------------------------------------------------------------- */

void
aml_begin_scope (struct aml *aml, const char *path)
{
    aml_put_byte (aml, OP_SCOPE);
    aml_open_block (aml, false);
    aml_put_path (aml, path);
}

void
aml_begin_device (struct aml *aml, const char *name)
{
    aml_put_extended (aml, AML_EXT_DEVICE);
    aml_open_block (aml, false);
    aml_put_path (aml, name);
}

void
aml_begin_method (struct aml *aml, const char *name, unsigned n_args, bool serialized)
{
    assert (n_args <= 7);
    aml_put_byte (aml, OP_METHOD);
    aml_open_block (aml, false);
    aml_put_path (aml, name);
    aml_put_byte (aml, n_args | (serialized ? 0x08 : 0));
}

void
aml_begin_package (struct aml *aml, unsigned n)
{
    assert (n <= 255);
    aml_put_byte (aml, OP_PACKAGE);
    aml_open_block (aml, false);
    aml_put_byte (aml, n);
}

void
aml_begin_resources (struct aml *aml)
{
    aml_put_byte (aml, OP_BUFFER);
    aml_open_block (aml, true);
}
