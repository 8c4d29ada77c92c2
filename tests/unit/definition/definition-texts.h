/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-texts.h - pieces of definitions for the tests. */
#pragma once

#define UUID "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11"

#define HEAD   "<name>one</name><uuid>" UUID "</uuid>"
#define MEMORY "<memory unit='MiB'>64</memory>"
#define OS     "<os><type arch='x86_64' machine='q35'>hvm</type></os>"

/* A whole definition with this in its <domain>, in its <os>, in its <devices>, in one <disk>. */
#define DOMAIN(inner)  "<domain type='kvm'>" inner "</domain>"
#define WITH(inner)    DOMAIN (HEAD MEMORY OS inner)
#define IN_OS(inner)   DOMAIN (HEAD MEMORY "<os><type>hvm</type>" inner "</os>")
#define DEVICES(inner) WITH ("<devices>" inner "</devices>")
#define DISK(dev, inner)                                                                           \
    "<disk type='file' device='disk'><source file='/d/" dev "'/><target dev='" dev "'/>" inner     \
    "</disk>"
#define CDROM(dev, inner)                                                                          \
    "<disk type='file' device='cdrom'><target dev='" dev "' bus='sata'/>" inner "</disk>"
#define VIRTIO_CONSOLE "<console type='pty'><target type='virtio'/></console>"
#define CHANNEL(name, inner)                                                                       \
    "<channel type='unix'><target type='virtio' name='" name "'/>" inner "</channel>"
#define PLUGGABLE(inner) "<memory model='virtio-mem'><target>" inner "</target></memory>"
#define SCSI(index) "<controller type='scsi' index='" index "' model='virtio-scsi'/>"
#define SCSI_DISK(dev, inner)                                                                      \
    "<disk type='file' device='disk'><source file='/d/" dev "'/><target dev='" dev                 \
    "' bus='scsi'/>" inner "</disk>"
