/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-none.c - a module without a module's entry. */
int nothing_of_use;
