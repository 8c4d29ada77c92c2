# SPDX-License-Identifier: GPL-2.0-or-later
"""A program for a BIOS to boot, that says what it is told to and halts."""

import struct


def program(text, port):
    """Writes TEXT, byte for byte, to the I/O port PORT."""
    # xor ax,ax; mov ds,ax; mov si,text; mov dx,PORT; 1: lodsb; test al,al; jz 2f; out dx,al; jmp 1b; 2: hlt; jmp 2b
    code = bytes.fromhex("31c08ed8be177cba") + struct.pack("<H", port) + bytes.fromhex("ac84c07403eeebf8f4ebfd")
    return code + b"\0\0" + text.encode() + b"\0"


def sector(text, port):
    """The same as the first sector of a disk."""
    return program(text, port).ljust(510, b"\0") + b"\x55\xaa"
