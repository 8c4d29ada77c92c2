/* SPDX-License-Identifier: GPL-2.0-or-later */
/* puppet.S - a guest that does what it is told over COM1, however bad it is for the machine.
 *
 * A BIOS boots it from a disk: the first sector loads the rest behind itself with INT 13h, says
 * "puppet\n" on COM1 and waits for commands: a byte A5h (whatever comes before one is skipped), then 12
 * bytes, little endian:
 *
 *   0 operation   1 size   2-3 count   4-7 address   8-11 value
 *
 * Each that comes to its end is answered by "K" and four bytes.
 *
 *   e     answers VALUE
 *   i o   read, write a port (address) of 1, 2 or 4 bytes (size)
 *   r w   the same with memory, anywhere in the first 4 GiB
 *   d     INT 13h function SIZE (42h reads, 43h writes) on drive COUNT (0: the one it was booted
 *         from) and sector ADDRESS with the buffer VALUE (below 64 KiB); answers its status
 *   k     waits for a key (INT 16h); answers the scan code and the character
 *   p     COUNT wild accesses to the 2^SIZE ports from ADDRESS on, with VALUE as the seed.  PM1_CNT is
 *         spared: it would switch the machine off
 *   m     COUNT wild accesses to the 2^SIZE bytes of memory from ADDRESS on
 *   c     COUNT wild writes to the configuration of the PCI function ADDRESS (device << 3 | function)
 *   f     writes COUNT times 4 KiB of text to port ADDRESS, without asking whether it takes them
 *   j     jumps to ADDRESS, in flat 32-bit mode
 *   t h s never answer: triple fault, halt for good, spin
 *
 * At AUTORUN in the first sector there is room for one command that is obeyed before anything is
 * said; a test patches it into the image, for guests that misbehave at each boot.
 */
#define COM1       0x3f8
#define SECTORS    3        /* after the first */
#define STACK      0x7c00
#define IRQ4       0x0c
#define AUTORUN    498
#define FLOOD      0xa000   /* what do_flood writes */
#define FLOOD_BYTES 4096

    .code16
    .text
    .globl _start
_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $STACK, %sp
    ljmp $0, $1f
1:  cld
    movb %dl, boot_drive
    movw $IRQ4 * 4, %di     /* COM1's interrupt: it only has to wake us */
    movw $wake, %ax
    stosw
    xorw %ax, %ax
    stosw
    sti
    movw $load, %si
    movb $0x42, %ah
    movb boot_drive, %dl
    int $0x13
    jc dead
    jmp main

dead:
    cli
    hlt
    jmp dead

wake:
    pushw %ax
    movb $0x20, %al
    outb %al, $0x20
    popw %ax
    iretw

    /* A disk address packet for the rest of the program, and the one of command d. */
    .balign 4
load:
    .byte 16, 0
    .word SECTORS, rest, 0
    .quad 1
packet:
    .byte 16, 0
packet_sectors:
    .word 1
packet_buffer:
    .word 0, 0
packet_lba:
    .quad 0
boot_drive:
    .byte 0

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff /* 8: code, flat, 32 bits */
    .quad 0x00cf92000000ffff /* 10h: data, flat */
gdt_pointer:
    .word . - gdt - 1
    .long gdt
no_idt:
    .word 0
    .long 0

    .org AUTORUN
autorun:
    .fill 12, 1, 0
    .org 510
    .word 0xaa55

rest:
main:
    movw $autorun, %si
    movw $command, %di
    movw $12, %cx
    rep movsb
    cmpb $0, operation
    jz 1f
    call obey
1:  call serial_setup
    movw $banner, %si
2:  lodsb
    testb %al, %al
    jz listen
    call put
    jmp 2b

listen:
    call get
    cmpb $0xa5, %al
    jne listen
    movw $command, %di
    movw $12, %cx
1:  call get
    stosb
    loop 1b
    call obey
    call serial_setup /* wild accesses may have been at it */
    movb $'K', %al
    call put
    movl result, %ebx
    movw $4, %cx
2:  movb %bl, %al
    call put
    shrl $8, %ebx
    loop 2b
    jmp listen

/* Calls the routine of the command; one that is not there does nothing. */
obey:
    movl $0, result
    movw $table, %si
1:  lodsb
    testb %al, %al
    jz 2f
    cmpb operation, %al
    lodsw
    jne 1b
    jmp *%ax
2:  ret

    .macro entry letter, routine
    .byte \letter
    .word \routine
    .endm
table:
    entry 'e', do_echo
    entry 'i', do_in
    entry 'o', do_out
    entry 'r', do_read
    entry 'w', do_write
    entry 'd', do_disk
    entry 'k', do_key
    entry 'p', wild_ports
    entry 'm', wild_memory
    entry 'c', wild_config
    entry 'f', do_flood
    entry 'j', do_jump
    entry 't', triple_fault
    entry 'h', dead
    entry 's', spin
    .byte 0

/* --- COM1 -------------------------------------------------------------------------------------- */

/* 115200 8N1, with FIFOs; received bytes interrupt. */
serial_setup:
    movw $COM1 + 3, %dx
    movb $0x80, %al
    outb %al, %dx
    movw $COM1, %dx
    movb $1, %al
    outb %al, %dx
    incw %dx
    movb $0, %al
    outb %al, %dx
    movw $COM1 + 3, %dx
    movb $3, %al
    outb %al, %dx
    movw $COM1 + 2, %dx
    movb $1, %al
    outb %al, %dx
    movw $COM1 + 4, %dx
    movb $0x0b, %al
    outb %al, %dx
    movw $COM1 + 1, %dx
    movb $1, %al
    outb %al, %dx
    inb $0x21, %al
    andb $0xef, %al
    outb %al, $0x21
    sti
    ret

/* Sends AL.  Keeps all but AH and DX. */
put:
    movb %al, %ah
    movw $COM1 + 5, %dx
1:  inb %dx, %al
    testb $0x20, %al
    jz 1b
    movw $COM1, %dx
    movb %ah, %al
    outb %al, %dx
    ret

/* AL: the next byte; halts until there is one. */
get:
    movw $COM1 + 5, %dx
1:  cli
    inb %dx, %al
    testb $1, %al
    jnz 2f
    sti
    hlt
    jmp 1b
2:  sti
    movw $COM1, %dx
    inb %dx, %al
    ret

/* --- what is asked for in so many words ---------------------------------------------------------- */

do_echo:
    movl value, %eax
    movl %eax, result
    ret

do_in:
    movw address, %dx
    call in_any
    movl %eax, result
    ret

do_out:
    movw address, %dx
    movl value, %eax
    jmp out_any

do_read:
    call open_fs
    movl address, %ebx
    call read_any
    movl %eax, result
    ret

do_write:
    call open_fs
    movl address, %ebx
    movl value, %eax
    jmp write_any

/* EAX: SIZE bytes from port DX. */
in_any:
    xorl %eax, %eax
    cmpb $2, size
    je 1f
    ja 2f
    inb %dx, %al
    ret
1:  inw %dx, %ax
    ret
2:  inl %dx, %eax
    ret

out_any:
    cmpb $2, size
    je 1f
    ja 2f
    outb %al, %dx
    ret
1:  outw %ax, %dx
    ret
2:  outl %eax, %dx
    ret

/* EAX: SIZE bytes from FS:EBX. */
read_any:
    xorl %eax, %eax
    cmpb $2, size
    je 1f
    ja 2f
    movb %fs:(%ebx), %al
    ret
1:  movw %fs:(%ebx), %ax
    ret
2:  movl %fs:(%ebx), %eax
    ret

write_any:
    cmpb $2, size
    je 1f
    ja 2f
    movb %al, %fs:(%ebx)
    ret
1:  movw %ax, %fs:(%ebx)
    ret
2:  movl %eax, %fs:(%ebx)
    ret

/* Makes FS reach 4 GiB; each BIOS call may undo it. */
open_fs:
    cli
    lgdtl gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    jmp 1f
1:  movw $0x10, %bx
    movw %bx, %fs
    andb $0xfe, %al
    movl %eax, %cr0
    jmp 2f
2:  sti
    ret

do_disk:
    movw $1, packet_sectors /* the BIOS puts there what it managed */
    movl address, %eax
    movl %eax, packet_lba
    movw value, %ax
    movw %ax, packet_buffer
    movw $packet, %si
    movb size, %ah
    movb count, %dl
    testb %dl, %dl
    jnz 1f
    movb boot_drive, %dl
1:  movb $0, %al
    int $0x13
    movb %ah, result
    ret

do_key:
    movb $0, %ah
    int $0x16
    movw %ax, result
    ret

do_flood:
    movw $FLOOD, %di
    movw $FLOOD_BYTES, %cx
    movb $'.', %al
    rep stosb
    movb $'\n', FLOOD + 63
    movw address, %dx
1:  cmpw $0, count
    je 2f
    decw count
    movw $FLOOD, %si
    movw $FLOOD_BYTES, %cx
    rep outsb
    jmp 1b
2:  ret

/* --- wild ones ----------------------------------------------------------------------------------- */

/* EAX: the next number (xorshift32); VALUE is the state, which must not be 0. */
random:
    pushl %ebx
    movl value, %eax
    movl %eax, %ebx
    shll $13, %ebx
    xorl %ebx, %eax
    movl %eax, %ebx
    shrl $17, %ebx
    xorl %ebx, %eax
    movl %eax, %ebx
    shll $5, %ebx
    xorl %ebx, %eax
    movl %eax, value
    popl %ebx
    ret

/* EBX: one of the 2^RANGE places from ADDRESS on; SIZE: how much of it; the carry says whether it shall
 * be written. */
choose:
    call random
    movb range, %cl
    movl $1, %ebx
    shll %cl, %ebx
    decl %ebx
    andl %eax, %ebx
    addl address, %ebx
    call random
    movb %al, %cl
    andb $3, %cl
    movb $1, %al
    shlb %cl, %al
    movb %al, size      /* 8 is taken for 4 */
    btl $8, %eax
    ret

/* EAX: a number; every other one is small or has a single bit, as those that mean something are. */
number:
    call random
    btl $31, %eax
    jnc 2f
    btl $30, %eax
    jnc 1f
    andl $7, %eax
    ret
1:  movb %al, %cl
    andb $31, %cl
    movl $1, %eax
    shll %cl, %eax
2:  ret

    .macro repeat body
    movb size, %al
    movb %al, range
1:  cmpw $0, count
    je 2f
    decw count
    call \body
    jmp 1b
2:  ret
    .endm

wild_ports:
    repeat one_port

one_port:
    call choose
    movw %bx, %dx
    jnc in_any
    movw %dx, %ax
    andw $0xfff8, %ax
    cmpw $0x600, %ax    /* PM1_CNT */
    je 1f
    call number
    jmp out_any
1:  ret

wild_memory:
    call open_fs
    repeat one_access

one_access:
    call choose
    jnc read_any
    call number
    jmp write_any

wild_config:
    repeat one_config

one_config:
    call random
    andl $0xfc, %eax
    movl address, %ebx
    shll $8, %ebx
    orl %ebx, %eax
    orl $0x80000000, %eax
    movw $0xcf8, %dx
    outl %eax, %dx
    call number
    movw $0xcfc, %dx
    outl %eax, %dx
    ret

/* --- ends ---------------------------------------------------------------------------------------- */

    .macro enter_protected_mode
    cli
    lgdtl gdt_pointer
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $8, $1f
    .code32
1:  movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %ss
    .endm

do_jump:
    enter_protected_mode
    jmp *address
    .code16

/* Not in real mode: where that is emulated no fault is one too many. */
triple_fault:
    enter_protected_mode
    lidtl no_idt
    ud2
    .code16

spin:
    jmp spin

banner:
    .asciz "puppet\n"

    .balign 4
command:
operation:
    .byte 0
size:
    .byte 0
count:
    .word 0
address:
    .long 0
value:
    .long 0
result:
    .long 0
range:
    .byte 0

    .org 512 * (SECTORS + 1)
