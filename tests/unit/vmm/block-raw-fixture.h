/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-raw-fixture.h - a raw image in a file of its own, and requests that wait for their end. */
#pragma once

#include <glib.h>

#include "raw-private.h"

#define DISK_BYTES (1u << 20)

struct fixture {
    struct loop *loop;
    struct block *block;
    char *path;
    int fd; /* the test's own view of the file */
};

struct job {
    struct block_request request;
    unsigned n_done;
    int result;
    unsigned *order; /* counts completions */
    unsigned place;
};

typedef void (*fixture_func) (struct fixture *f, gconstpointer data);

/* A test's data is the engine it runs on. */
const struct raw_engine_class *fixture_engine (gconstpointer data);

/* Adds /block/raw/ENGINE/PROMISE. */
void fixture_add (const char *engine_name, const struct raw_engine_class *engine,
                  const char *promise, fixture_func set_up, fixture_func test);

/* Calls ADD for each engine the host has. */
void fixture_for_engines (void (*add) (const char *name, const struct raw_engine_class *engine));

/* SET_UP for fixture_add(): just the file, or opened too. */
void fixture_set_up_file (struct fixture *f, gconstpointer data);
void fixture_set_up (struct fixture *f, gconstpointer data);
void fixture_tear_down (struct fixture *f, gconstpointer data);

void fixture_make_file (struct fixture *f, const char *folder, off_t size);
void fixture_open (struct fixture *f, const struct raw_engine_class *engine, int open_flags,
                   unsigned flags);

void fixture_submit (struct fixture *f, struct job *job);
void fixture_wait_for (struct fixture *f, struct job *job);

/* One request, with one buffer (NULL: none); returns its result. */
int fixture_run (struct fixture *f, enum block_op op, uint64_t offset, void *buf, uint64_t length);

void fixture_fill (uint8_t *buf, size_t len, unsigned seed);
bool fixture_all_are (const uint8_t *buf, size_t len, uint8_t value);
uint8_t *fixture_file_bytes (struct fixture *f, size_t *len);

/* 300 KiB at sector 1 become zeros, and nothing beside them. */
void fixture_check_write_zeroes (struct fixture *f);
