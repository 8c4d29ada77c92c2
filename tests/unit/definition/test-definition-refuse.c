/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-refuse.c - what a machine cannot be is refused by name, in exact words. */
#include "definition-refusal.h"
#include "definition-texts.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const DefinitionRefusal cases[] = {
    /* What the engine cannot do yet. */
    { "hostdev", DEVICES ("<hostdev mode='subsystem'/>"), UNSUPPORTED,
      "Vitrine cannot do <hostdev> yet (in <devices>)" },
    { "sound", DEVICES ("<sound model='ich9'/>"), UNSUPPORTED,
      "Vitrine cannot do <sound> yet (in <devices>)" },
    { "tpm", DEVICES ("<tpm model='tpm-crb'/>"), UNSUPPORTED,
      "Vitrine cannot do <tpm> yet (in <devices>)" },
    { "spice-channel", DEVICES ("<channel type='spicevmc'/>"), UNSUPPORTED,
      "Vitrine cannot do <channel type='spicevmc'> yet (in <devices>), only: unix, pty" },
    { "guestfwd-channel", DEVICES ("<channel type='unix'><target type='guestfwd'/></channel>"),
      UNSUPPORTED, "Vitrine cannot do <target type='guestfwd'> yet (in <channel>), only: virtio" },
    { "channel-at-a-path-of-ones-own",
      DEVICES ("<channel type='unix'><source mode='bind' path='/tmp/x'/>"
               "<target type='virtio' name='a'/></channel>"),
      UNSUPPORTED,
      "Vitrine cannot do <source path='/tmp/x'> yet (in <channel>), only: /run/libvirt/*, "
      "/var/run/libvirt/*, /var/lib/libvirt/*, /dev/pts/*" },
    { "more-ports-than-there-are",
      DEVICES (VIRTIO_CONSOLE VIRTIO_CONSOLE VIRTIO_CONSOLE VIRTIO_CONSOLE VIRTIO_CONSOLE
                   VIRTIO_CONSOLE VIRTIO_CONSOLE VIRTIO_CONSOLE),
      UNSUPPORTED, "Vitrine cannot do more than 7 virtio consoles and channels" },
    { "port-past-the-last",
      DEVICES ("<console type='pty'><target type='virtio'/><address type='virtio-serial' "
               "port='7'/></console>"),
      UNSUPPORTED, "Vitrine cannot do virtio-serial ports other than 0 to 6 (in <console>)" },
    { "virtio-serial-with-31-ports", DEVICES ("<controller type='virtio-serial' ports='31'/>"),
      UNSUPPORTED, "Vitrine cannot do <controller ports='31'> yet (in <devices>)" },
    { "console-on-second-serial-port",
      DEVICES ("<console type='pty'><target type='serial' port='1'/></console>"), UNSUPPORTED,
      "Vitrine cannot do a <console> on another serial port than the first yet (in <devices>)" },
    { "second-serial-console", DEVICES ("<console type='pty'/><console type='pty'/>"), UNSUPPORTED,
      "Vitrine cannot do a second serial <console> yet (in <devices>)" },
    { "loader-rom", IN_OS ("<loader type='rom'>/x</loader>"), UNSUPPORTED,
      "Vitrine cannot do <loader type='rom'> yet (in <os>), only: pflash" },
    { "loader-without-type", IN_OS ("<loader readonly='yes'>/x</loader>"), INVALID,
      "<loader> lacks its attribute 'type' (in <os>)" },
    { "loader-writable", IN_OS ("<loader type='pflash' readonly='no'>/x</loader>"), UNSUPPORTED,
      "Vitrine cannot do <loader readonly='no'> yet (in <os>), only: yes" },
    { "loader-secure", IN_OS ("<loader type='pflash' secure='yes'>/x</loader>"), UNSUPPORTED,
      "Vitrine cannot do <loader secure='yes'> yet (in <os>), only: no" },
    { "loader-qcow2", IN_OS ("<loader type='pflash' format='qcow2'>/x</loader>"), UNSUPPORTED,
      "Vitrine cannot do <loader format='qcow2'> yet (in <os>), only: raw" },
    { "loader-relative", IN_OS ("<loader type='pflash'>x.fd</loader>"), INVALID,
      "<loader> must be a path from the root (“/…”), not “x.fd”" },
    { "loader-empty", IN_OS ("<loader type='pflash'/>"), INVALID, "<loader> names no file" },
    { "loader-for-a-bios",
      DOMAIN (HEAD MEMORY "<os firmware='bios'><type>hvm</type>"
                          "<loader type='pflash'>/x</loader></os>"),
      INVALID, "<loader type='pflash'> is UEFI, but <os firmware='bios'> is not" },
    { "nvram-without-uefi", IN_OS ("<nvram>/x</nvram>"), INVALID,
      "<nvram> makes no sense without UEFI (<os firmware='efi'>)" },
    { "nvram-elsewhere",
      IN_OS ("<loader type='pflash'>/x</loader><nvram type='network'><source/></nvram>"),
      UNSUPPORTED, "Vitrine cannot do <nvram type='network'> yet (in <os>)" },
    { "nvram-template-relative",
      IN_OS ("<loader type='pflash'>/x</loader><nvram template='v.fd'/>"), INVALID,
      "<nvram template> must be a path from the root (“/…”), not “v.fd”" },
    { "secure-boot",
      DOMAIN (HEAD MEMORY "<os firmware='efi'><type>hvm</type><firmware>"
                          "<feature enabled='yes' name='secure-boot'/></firmware></os>"),
      UNSUPPORTED, "Vitrine cannot do <feature enabled='yes'> yet (in <firmware>), only: no" },
    { "floppy-boot", IN_OS ("<boot dev='fd'/>"), UNSUPPORTED,
      "Vitrine cannot do <boot dev='fd'> yet (in <os>), only: hd, cdrom, network" },
    { "i440fx", DOMAIN (HEAD MEMORY "<os><type machine='pc-i440fx-7.2'>hvm</type></os>"),
      UNSUPPORTED,
      "Vitrine cannot do <type machine='pc-i440fx-7.2'> yet (in <os>), only: q35, pc-q35-*" },
    { "other-architecture", DOMAIN (HEAD MEMORY "<os><type arch='aarch64'>hvm</type></os>"),
      UNSUPPORTED, "Vitrine cannot do <type arch='aarch64'> yet (in <os>), only: x86_64" },
    { "xen", DOMAIN (HEAD MEMORY "<os><type>xen</type></os>"), UNSUPPORTED,
      "Vitrine cannot do <type>xen</type> yet (in <os>), only: hvm" },
    { "emulation", "<domain type='qemu'>" HEAD MEMORY OS "</domain>", UNSUPPORTED,
      "Vitrine cannot do <domain type='qemu'> yet (in <domain>), only: kvm" },
    { "qemu-command-line",
      "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>" HEAD MEMORY OS
      "<qemu:commandline/></domain>",
      UNSUPPORTED, "Vitrine cannot do <qemu:commandline> yet (in <domain>)" },
    { "namesake-in-other-namespace",
      "<domain type='kvm' xmlns:x='http://x/'>" HEAD MEMORY OS "<x:title>t</x:title></domain>",
      UNSUPPORTED, "Vitrine cannot do <x:title> yet (in <domain>)" },
    { "cpu-model", WITH ("<cpu mode='host-model'/>"), UNSUPPORTED,
      "Vitrine cannot do <cpu mode='host-model'> yet (in <domain>), only: host-passthrough" },
    { "cpu-dies",
      WITH ("<cpu mode='host-passthrough'><topology sockets='1' dies='2' cores='1' threads='1'/>"
            "</cpu>"),
      UNSUPPORTED, "Vitrine cannot do <topology dies='2'> yet (in <cpu>), only: 1" },
    { "three-threads",
      WITH ("<vcpu>3</vcpu><cpu mode='host-passthrough'><topology sockets='1' cores='1' "
            "threads='3'/></cpu>"),
      UNSUPPORTED,
      "Vitrine cannot do <topology threads='3'> (in <cpu>): it must be a power of two" },
    { "three-cores-of-two-sockets",
      WITH ("<vcpu>6</vcpu><cpu mode='host-passthrough'><topology sockets='2' cores='3' "
            "threads='1'/></cpu>"),
      UNSUPPORTED, "Vitrine cannot do <topology cores='3'> (in <cpu>): it must be a power of two" },
    { "cpu-feature-forced",
      WITH ("<cpu mode='host-passthrough'><feature policy='force' name='svm'/></cpu>"), UNSUPPORTED,
      "Vitrine cannot do <feature policy='force'> yet (in <cpu>), only: require, disable" },
    { "numa", WITH ("<cpu mode='host-passthrough'><numa/></cpu>"), UNSUPPORTED,
      "Vitrine cannot do <numa> yet (in <cpu>)" },
    { "vcpu-current", WITH ("<vcpu current='3'>2</vcpu>"), INVALID,
      "<vcpu current='3'> is more than the machine may ever have" },
    { "current-memory", WITH ("<currentMemory unit='MiB'>32</currentMemory>"), UNSUPPORTED,
      "Vitrine cannot do a <currentMemory> that differs from <memory> without a <memballoon "
      "model='virtio'>" },
    { "too-much-current-memory", WITH ("<currentMemory unit='MiB'>65</currentMemory>"), INVALID,
      "<currentMemory> is more than <memory> (in <domain>)" },
    { "huge-pages", WITH ("<memoryBacking><hugepages/></memoryBacking>"), UNSUPPORTED,
      "Vitrine cannot do <memoryBacking> yet (in <domain>)" },
    { "on-crash", WITH ("<on_crash>coredump-restart</on_crash>"), UNSUPPORTED,
      "Vitrine cannot do <on_crash>coredump-restart</on_crash> yet (in <domain>), only: destroy, "
      "restart, preserve" },
    { "other-watchdog", DEVICES ("<watchdog model='itco' action='reset'/>"), UNSUPPORTED,
      "Vitrine cannot do <watchdog model='itco'> yet (in <devices>), only: i6300esb" },
    { "watchdog-dump", DEVICES ("<watchdog model='i6300esb' action='dump'/>"), UNSUPPORTED,
      "Vitrine cannot do <watchdog action='dump'> yet (in <devices>), only: reset, shutdown, "
      "poweroff, pause, none" },
    { "hyperv-panic", DEVICES ("<panic model='hyperv'/>"), UNSUPPORTED,
      "Vitrine cannot do <panic model='hyperv'> yet (in <devices>), only: isa, pvpanic" },
    { "moved-panic-port",
      DEVICES ("<panic model='isa'><address type='isa' iobase='0x506'/></panic>"), UNSUPPORTED,
      "Vitrine cannot do <address iobase='0x506'> yet (in <panic>), only: 0x505" },
    { "on-poweroff", WITH ("<on_poweroff>restart</on_poweroff>"), UNSUPPORTED,
      "Vitrine cannot do <on_poweroff>restart</on_poweroff> yet (in <domain>), only: destroy" },
    { "hyperv", WITH ("<features><hyperv mode='custom'/></features>"), UNSUPPORTED,
      "Vitrine cannot do <hyperv> yet (in <features>)" },
    { "hpet", WITH ("<clock offset='utc'><timer name='hpet' present='yes'/></clock>"), UNSUPPORTED,
      "Vitrine cannot do <timer name='hpet' present='yes'> yet (in <clock>)" },
    { "no-kvmclock", WITH ("<clock offset='utc'><timer name='kvmclock' present='no'/></clock>"),
      UNSUPPORTED, "Vitrine cannot do <timer name='kvmclock' present='no'> yet (in <clock>)" },
    { "tick-policy", WITH ("<clock offset='utc'><timer name='rtc' tickpolicy='catchup'/></clock>"),
      UNSUPPORTED, "Vitrine cannot do <timer tickpolicy='catchup'> yet (in <clock>), only: delay" },
    { "timezone", WITH ("<clock offset='timezone' timezone='Europe/Rome'/>"), UNSUPPORTED,
      "Vitrine cannot do <clock offset='timezone'> yet (in <domain>), only: utc, localtime, "
      "variable" },
    { "qcow2", DEVICES (DISK ("vda", "<driver name='qemu' type='qcow2'/>")), UNSUPPORTED,
      "Vitrine cannot do <driver type='qcow2'> yet (in <disk>), only: raw" },
    { "directsync", DEVICES (DISK ("vda", "<driver cache='directsync'/>")), UNSUPPORTED,
      "Vitrine cannot do <driver cache='directsync'> yet (in <disk>), only: default, none, "
      "writeback, writethrough, unsafe" },
    { "unknown-disk-attribute", DEVICES (DISK ("vda", "<driver iothread='1'/>")), UNSUPPORTED,
      "Vitrine cannot do <driver iothread='1'> yet (in <disk>)" },
    { "network-disk", DEVICES ("<disk type='network' device='disk'/>"), UNSUPPORTED,
      "Vitrine cannot do <disk type='network'> yet (in <devices>), only: file, block" },
    { "floppy", DEVICES ("<disk type='file' device='floppy'/>"), UNSUPPORTED,
      "Vitrine cannot do <disk device='floppy'> yet (in <devices>), only: disk, cdrom" },
    { "ide", DEVICES ("<disk type='file'><source file='/d'/><target dev='hda' bus='ide'/></disk>"),
      UNSUPPORTED,
      "Vitrine cannot do <target bus='ide'> yet (in <disk>), only: virtio, sata, scsi" },
    { "lsilogic", DEVICES ("<controller type='scsi' model='lsilogic'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller model='lsilogic'> yet (in <devices>), only: pci-root, "
      "pcie-root, virtio-scsi, none, qemu-xhci" },
    { "scsi-controller-without-model", DEVICES ("<controller type='scsi'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller type='scsi' model=''> yet (in <devices>), only: virtio-scsi" },
    { "fifth-scsi-controller", DEVICES ("<controller type='scsi' index='4' model='virtio-scsi'/>"),
      INVALID, "<controller index> must be a number from 0 to 3, not “4”" },
    { "scsi-queues",
      DEVICES ("<controller type='scsi' model='virtio-scsi'><driver queues='9'/></controller>"),
      INVALID, "<driver queues> (in <controller>) must be a number from 1 to 8, not “9”" },
    { "scsi-controllers-alike", DEVICES (SCSI ("1") SCSI ("1")), INVALID,
      "Two SCSI controllers have the index 1" },
    { "scsi-disk-without-controller", DEVICES (SCSI_DISK ("sda", "")), INVALID,
      "The disk sda wants a <controller type='scsi' index='0' model='virtio-scsi'>, which there is "
      "not" },
    { "scsi-disk-on-no-controller",
      DEVICES (SCSI ("0") SCSI_DISK ("sda", "<address type='drive' controller='1'/>")), INVALID,
      "The disk sda wants a <controller type='scsi' index='1' model='virtio-scsi'>, which there is "
      "not" },
    { "scsi-place-twice",
      DEVICES (SCSI ("0") SCSI_DISK ("sda", "<address type='drive' target='2' unit='3'/>")
                   SCSI_DISK ("sdb", "<address type='drive' target='2' unit='3'/>")),
      INVALID, "Two disks have the SCSI target 2, unit 3" },
    { "scsi-target-64",
      DEVICES (SCSI ("0") SCSI_DISK ("sda", "<address type='drive' target='64'/>")), UNSUPPORTED,
      "Vitrine cannot do a SCSI <address> other than targets 0 to 63 and units 0 to 16383 on bus 0 "
      "of controllers 0 to 3 (in <disk>)" },
    { "queues-elsewhere", DEVICES ("<controller type='usb'><driver queues='2'/></controller>"),
      UNSUPPORTED,
      "Vitrine cannot do <driver> (in <controller type='usb'>) yet, only for SCSI" },
    { "sata-as-scsi", DEVICES ("<controller type='sata' model='virtio-scsi'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller type='sata' model='virtio-scsi'> yet (in <devices>)" },
    { "usb-as-scsi", DEVICES ("<controller type='usb' model='virtio-scsi'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller type='usb' model='virtio-scsi'> yet (in <devices>)" },
    { "scsi-disk-on-pci", DEVICES (SCSI ("0") SCSI_DISK ("sda", "<address type='pci' slot='3'/>")),
      INVALID, "The <address> of a SCSI disk must be of type 'drive'" },
    { "wwn-elsewhere", DEVICES (DISK ("vda", "<wwn>5000c50015ea71ac</wwn>")), UNSUPPORTED,
      "Vitrine cannot do a <wwn> for the disk vda, only on the bus 'scsi'" },
    { "wwn-too-short", DEVICES (SCSI ("0") SCSI_DISK ("sda", "<wwn>5000c5</wwn>")), INVALID,
      "The <wwn> of disk sda must be 16 hexadecimal digits" },
    { "virtio-cdrom",
      DEVICES ("<disk type='file' device='cdrom'><target dev='vda' bus='virtio'/></disk>"),
      UNSUPPORTED, "Vitrine cannot do a CD drive on the bus 'virtio', only: sata, scsi" },
    { "shareable", DEVICES (DISK ("vda", "<shareable/>")), UNSUPPORTED,
      "Vitrine cannot do <shareable> yet (in <disk>)" },
    { "optional-disk",
      DEVICES ("<disk type='file'><source file='/d' startupPolicy='optional'/>"
               "<target dev='vda'/></disk>"),
      UNSUPPORTED,
      "Vitrine cannot do <source startupPolicy='optional'> for a disk, only for a CD drive" },
    { "seventh-sata-disk",
      DEVICES (DISK ("sda", "") DISK ("sdb", "") DISK ("sdc", "") DISK ("sdd", "") DISK ("sde", "")
                   DISK ("sdf", "") DISK ("sdg", "")),
      UNSUPPORTED, "Vitrine cannot do more than 6 SATA disks and CD drives" },
    { "other-pci-bus",
      DEVICES (DISK ("vda", "<address type='pci' bus='0x04' slot='0x00' function='0x0'/>")),
      UNSUPPORTED,
      "Vitrine cannot do a PCI <address> other than function 0 of slots 1 to 30 on bus 0 yet "
      "(in <disk>)" },
    { "other-sata-controller",
      DEVICES (DISK ("sda", "<address type='drive' controller='1' unit='0'/>")), UNSUPPORTED,
      "Vitrine cannot do a SATA <address> other than units 0 to 5 of controller 0 yet "
      "(in <disk>)" },
    { "pcie-root-port", DEVICES ("<controller type='pci' index='1' model='pcie-root-port'/>"),
      UNSUPPORTED,
      "Vitrine cannot do <controller model='pcie-root-port'> yet (in <devices>), only: pci-root, "
      "pcie-root, virtio-scsi, none, qemu-xhci" },
    { "second-sata-controller", DEVICES ("<controller type='sata' index='1'/>"), UNSUPPORTED,
      "Vitrine cannot do a second <controller type='sata'> yet (in <devices>)" },
    { "ehci", DEVICES ("<controller type='usb' index='0' model='ich9-ehci1'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller model='ich9-ehci1'> yet (in <devices>), only: pci-root, "
      "pcie-root, virtio-scsi, none, qemu-xhci" },
    { "usb-as-pci", DEVICES ("<controller type='usb' index='0' model='pcie-root'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller type='usb' model='pcie-root'> yet (in <devices>)" },
    { "two-usb", DEVICES ("<controller type='usb' model='none'/><controller type='usb'/>"),
      UNSUPPORTED, "Vitrine cannot do a second <controller type='usb'> yet (in <devices>)" },
    { "sata-ports", DEVICES ("<controller type='sata' ports='4'/>"), UNSUPPORTED,
      "Vitrine cannot do <controller ports='4'> yet (in <devices>)" },
    { "moved-sata-controller",
      DEVICES ("<controller type='sata'><address type='pci' slot='0x03'/></controller>"),
      UNSUPPORTED,
      "Vitrine cannot do another <address> for <controller type='sata'> yet (in <devices>)" },
    { "second-serial", DEVICES ("<serial type='pty'/><serial type='pty'/>"), UNSUPPORTED,
      "Vitrine cannot do a second <serial> yet (in <devices>)" },
    { "serial-to-file", DEVICES ("<serial type='file'><source path='/x'/></serial>"), UNSUPPORTED,
      "Vitrine cannot do <serial type='file'> yet (in <devices>), only: pty" },
    { "xen-console", DEVICES ("<console type='pty'><target type='xen'/></console>"), UNSUPPORTED,
      "Vitrine cannot do <target type='xen'> yet (in <console>), only: serial, virtio" },
    { "spice", DEVICES ("<graphics type='spice' autoport='yes'/>"), UNSUPPORTED,
      "Vitrine cannot do <graphics type='spice'> yet (in <devices>), only: vnc" },
    { "vnc-port", DEVICES ("<graphics type='vnc' port='5901'/>"), UNSUPPORTED,
      "Vitrine cannot do <graphics port='5901'> yet (in <devices>), only: -1" },
    { "vnc-listen-everywhere",
      DEVICES ("<graphics type='vnc'><listen type='address' address='0.0.0.0'/></graphics>"),
      UNSUPPORTED, "Vitrine cannot do <listen address='0.0.0.0'> yet (in <graphics>)" },
    { "vnc-password", DEVICES ("<graphics type='vnc' passwd='x'/>"), UNSUPPORTED,
      "Vitrine cannot do <graphics passwd='x'> yet (in <devices>)" },
    { "qxl", DEVICES ("<video><model type='qxl'/></video>"), UNSUPPORTED,
      "Vitrine cannot do <model type='qxl'> yet (in <video>), only: vga, virtio, none" },
    { "virtio-3d",
      DEVICES ("<video><model type='virtio'><acceleration accel3d='yes'/></model></video>"),
      UNSUPPORTED, "Vitrine cannot do <acceleration accel3d='yes'> yet (in <model>), only: no" },
    { "two-heads", DEVICES ("<video><model type='virtio' heads='2'/></video>"), UNSUPPORTED,
      "Vitrine cannot do <model heads='2'> yet (in <video>), only: 1" },
    { "tiny-resolution",
      DEVICES ("<video><model type='virtio'><resolution x='16' y='16'/></model></video>"), INVALID,
      "<resolution x> must be a number from 640 to 4095, not “16”" },
    { "half-a-resolution",
      DEVICES ("<video><model type='vga'><resolution x='800'/></model></video>"), INVALID,
      "<resolution> lacks its attribute 'y' (in <model>)" },
    { "second-video",
      DEVICES ("<video><model type='vga'/></video><video><model type='vga'/></video>"), UNSUPPORTED,
      "Vitrine cannot do a second <video> yet (in <devices>)" },
    { "evdev", DEVICES ("<input type='evdev' bus='usb'/>"), UNSUPPORTED,
      "Vitrine cannot do <input type='evdev'> yet (in <devices>), only: mouse, keyboard, tablet" },
    { "usb-mouse", DEVICES ("<input type='mouse' bus='usb'/>"), UNSUPPORTED,
      "Vitrine cannot do <input type='mouse' bus='usb'> (in <devices>)" },
    { "ps2-tablet", DEVICES ("<input type='tablet' bus='ps2'/>"), UNSUPPORTED,
      "Vitrine cannot do <input type='tablet' bus='ps2'> (in <devices>)" },
    { "xen-balloon", DEVICES ("<memballoon model='xen'/>"), UNSUPPORTED,
      "Vitrine cannot do <memballoon model='xen'> yet (in <devices>), only: virtio, none" },
    { "rng-rate", DEVICES ("<rng model='virtio'><rate bytes='9'/></rng>"), UNSUPPORTED,
      "Vitrine cannot do <rate> yet (in <rng>)" },
    { "rng-egd", DEVICES ("<rng model='virtio'><backend model='egd'/></rng>"), UNSUPPORTED,
      "Vitrine cannot do <backend model='egd'> yet (in <rng>), only: random" },
    { "rng-from-a-disk",
      DEVICES ("<rng model='virtio'><backend model='random'>/dev/sda</backend></rng>"), UNSUPPORTED,
      "Vitrine cannot do <backend>/dev/sda</backend> yet (in <rng>), only: /dev/urandom, "
      "/dev/random" },

    /* What makes no sense. */
    { "no-name", DOMAIN (MEMORY OS), INVALID, "The definition has no <name>" },
    { "empty-name", DOMAIN ("<name/>" MEMORY OS), INVALID, "A machine needs a name" },
    { "name-with-slash", DOMAIN ("<name>a/b</name>" MEMORY OS), INVALID,
      "The name “a/b” has a “/” in it" },
    { "name-with-leading-dot", DOMAIN ("<name>.a</name>" MEMORY OS), INVALID,
      "The name “.a” begins with “.” or “-”" },
    { "name-with-leading-dash", DOMAIN ("<name>-a</name>" MEMORY OS), INVALID,
      "The name “-a” begins with “.” or “-”" },
    { "name-with-space-at-end", DOMAIN ("<name>a </name>" MEMORY OS), INVALID,
      "The name “a ” begins or ends with a space" },
    { "name-with-line-feed", DOMAIN ("<name>a&#10;b</name>" MEMORY OS), INVALID,
      "The name “a b” has a control character in it" },
    { "name-of-64-bytes", DOMAIN ("<name>" A64 "</name>" MEMORY OS), INVALID,
      "The name “aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…” is too long; "
      "63 bytes are the most" },
    { "two-names", DOMAIN (HEAD "<name>two</name>" MEMORY OS), INVALID,
      "There is more than one <name> in <domain>" },
    { "wrong-uuid", DOMAIN ("<name>a</name><uuid>1234</uuid>" MEMORY OS), INVALID,
      "<uuid> is no UUID: “1234” (leave it out to have one made)" },
    { "nil-uuid",
      DOMAIN ("<name>a</name><uuid>00000000-0000-0000-0000-000000000000</uuid>" MEMORY OS), INVALID,
      "<uuid> is no UUID: “00000000-0000-0000-0000-000000000000” (leave it out to have one "
      "made)" },
    { "no-memory", DOMAIN (HEAD OS), INVALID, "The definition has no <memory>" },
    { "memory-in-words", DOMAIN (HEAD "<memory>plenty</memory>" OS), INVALID,
      "<memory> must be a number from 1 to 18446744073709551615, not “plenty”" },
    { "no-memory-at-all", DOMAIN (HEAD "<memory>0</memory>" OS), INVALID,
      "<memory> must be a number from 1 to 18446744073709551615, not “0”" },
    { "negative-memory", DOMAIN (HEAD "<memory>-1024</memory>" OS), INVALID,
      "<memory> must be a number from 1 to 18446744073709551615, not “-1024”" },
    { "memory-past-64-bits", DOMAIN (HEAD "<memory>99999999999999999999</memory>" OS), INVALID,
      "<memory> must be a number from 1 to 18446744073709551615, not “99999999999999999999”" },
    { "memory-product-past-64-bits",
      DOMAIN (HEAD "<memory unit='TiB'>18446744073709551615</memory>" OS), INVALID,
      "<memory> is more than 4 TiB, the most a machine may have" },
    { "too-little-memory", DOMAIN (HEAD "<memory unit='MiB'>7</memory>" OS), INVALID,
      "<memory> is less than 8 MiB, the least a machine may have" },
    { "unknown-unit", DOMAIN (HEAD "<memory unit='lots'>64</memory>" OS), INVALID,
      "<memory> has the unknown unit “lots”" },
    { "no-vcpus", WITH ("<vcpu>0</vcpu>"), INVALID,
      "<vcpu> must be a number from 1 to 255, not “0”" },
    { "too-many-vcpus", WITH ("<vcpu>256</vcpu>"), INVALID,
      "<vcpu> must be a number from 1 to 255, not “256”" },
    { "vcpus-past-32-bits", WITH ("<vcpu>4294967297</vcpu>"), INVALID,
      "<vcpu> must be a number from 1 to 255, not “4294967297”" },
    { "no-os", DOMAIN (HEAD MEMORY), INVALID,
      "The definition does not say <type>hvm</type> (in <os>)" },
    { "initrd-without-kernel", IN_OS ("<initrd>/i</initrd>"), INVALID,
      "<initrd> makes no sense without <kernel>" },
    { "command-line-without-kernel", IN_OS ("<cmdline>quiet</cmdline>"), INVALID,
      "<cmdline> makes no sense without <kernel>" },
    { "relative-kernel", IN_OS ("<kernel>vmlinuz</kernel>"), INVALID,
      "<kernel> must be a path from the root (“/…”), not “vmlinuz”" },
    { "adjustment-of-utc", WITH ("<clock offset='utc' adjustment='5'/>"), INVALID,
      "<clock adjustment> makes no sense unless the offset is 'variable'" },
    { "adjustment-past-32-bits", WITH ("<clock offset='variable' adjustment='99999999999'/>"),
      INVALID, "<clock adjustment> must be a whole number of seconds, not “99999999999”" },
    { "relative-source",
      DEVICES ("<disk type='file'><source file='disk.img'/><target dev='vda'/></disk>"), INVALID,
      "<source> (in <disk> vda) must be a path from the root (“/…”), not “disk.img”" },
    { "disk-without-source", DEVICES ("<disk type='file'><target dev='vda'/></disk>"), INVALID,
      "The disk vda has no <source file>" },
    { "block-disk-from-file",
      DEVICES ("<disk type='block'><source file='/d'/><target dev='vda'/></disk>"), INVALID,
      "<disk type='block'> wants <source dev>" },
    { "disk-without-target", DEVICES ("<disk type='file'><source file='/d'/></disk>"), INVALID,
      "A <disk> has no <target>" },
    { "odd-target", DEVICES ("<disk type='file'><source file='/d'/><target dev='vd1'/></disk>"),
      INVALID, "<target dev> must be a name like vda or sda, not “vd1”" },
    { "same-target-twice", DEVICES (DISK ("vda", "") DISK ("vda", "")), INVALID,
      "Two disks have the target “vda”" },
    { "same-alias-twice",
      DEVICES (DISK ("vda", "<alias name='ua-x'/>") DISK ("vdb", "<alias name='ua-x'/>")), INVALID,
      "Two devices have the alias “ua-x”" },
    { "alias-with-slash", DEVICES (DISK ("vda", "<alias name='../x'/>")), INVALID,
      "The alias “../x” must be 1 to 31 letters, digits, and “-_.”" },
    { "same-slot-twice",
      DEVICES (DISK ("vda", "<address type='pci' slot='5'/>")
                   DISK ("vdb", "<address type='pci' slot='0x5'/>")),
      INVALID, "Two devices have the PCI slot 5" },
    { "same-sata-unit-twice",
      DEVICES (DISK ("sda", "<address type='drive' unit='2'/>")
                   DISK ("sdb", "<address type='drive' unit='2'/>")),
      INVALID, "Two disks have the SATA unit 2" },
    { "address-in-words", DEVICES (DISK ("vda", "<address type='pci' slot='five'/>")), INVALID,
      "<address slot> (in <disk>) is no address: “five”" },
    { "long-serial-number", DEVICES (DISK ("vda", "<serial>123456789012345678901</serial>")),
      INVALID, "The <serial> of disk vda must be 1 to 20 characters" },
    { "serial-number-in-greek", DEVICES (DISK ("vda", "<serial>αβγ</serial>")), INVALID,
      "The <serial> of disk vda must be plain ASCII" },
    { "channel-without-target", DEVICES ("<channel type='unix'/>"), INVALID,
      "A <channel> has no <target>" },
    { "channel-without-name",
      DEVICES ("<channel type='unix'><target type='virtio' name=''/></channel>"), INVALID,
      "The name of a <channel> must be 1 to 63 characters" },
    { "channel-with-a-space",
      DEVICES ("<channel type='unix'><target type='virtio' name='a b'/></channel>"), INVALID,
      "The name of a <channel> must be plain ASCII without spaces" },
    { "two-channels-of-a-name", DEVICES (CHANNEL ("a", "") CHANNEL ("a", "")), INVALID,
      "Two channels have the name “a”" },
    { "same-virtio-serial-port-twice",
      DEVICES (CHANNEL ("a", "<address type='virtio-serial' port='2'/>")
                   CHANNEL ("b", "<address type='virtio-serial' port='2'/>")),
      INVALID, "Two devices have the virtio-serial port 2" },
    { "two-virtio-serials",
      DEVICES ("<controller type='virtio-serial'/><controller type='virtio-serial'/>"), INVALID,
      "There is more than one <controller type='virtio-serial'>" },
    { "topology-of-other-vcpus",
      WITH ("<vcpu>4</vcpu><cpu mode='host-passthrough'><topology sockets='1' cores='2' "
            "threads='1'/></cpu>"),
      INVALID, "<topology> (in <cpu>) makes 2 processors, and <vcpu> says 4" },
    { "isa-panic-on-pci", DEVICES ("<panic model='isa'><address type='pci' slot='0x05'/></panic>"),
      INVALID, "The <address> of <panic model='isa'> must be of type 'isa'" },
    { "two-watchdogs",
      DEVICES ("<watchdog model='i6300esb'/><watchdog model='i6300esb' action='none'/>"), INVALID,
      "There is more than one <watchdog> in <devices>" },
    { "boot-order-zero", DEVICES (DISK ("vda", "<boot order='0'/>")), INVALID,
      "<boot order> must be a number from 1 to 1000, not “0”" },
    { "same-boot-order-twice",
      DEVICES (DISK ("vda", "<boot order='1'/>") DISK ("vdb", "<boot order='1'/>")), INVALID,
      "Two devices have the <boot order='1'>" },
    { "both-boot-orders",
      DOMAIN (HEAD MEMORY "<os><type>hvm</type><boot dev='hd'/></os><devices>" DISK (
          "vda", "<boot order='1'/>") "</devices>"),
      INVALID, "<boot dev> (in <os>) and <boot order> (in devices) exclude each other" },
    { "text-between-devices", DEVICES ("hello"), INVALID,
      "There is text in <devices> where none belongs" },
    { "default-balloon", DEVICES ("<memballoon/>"), INVALID,
      "<memballoon> lacks its attribute 'model' (in <devices>)" },
    { "usb-without-controller",
      DEVICES ("<controller type='usb' model='none'/><input type='tablet' bus='usb'/>"), INVALID,
      "There are USB devices, but <controller type='usb'> says that there is no USB controller" },
    { "usb-port-twice",
      DEVICES ("<input type='tablet' bus='usb'><address type='usb' bus='0' port='2'/></input>"
               "<input type='keyboard' bus='usb'><address type='usb' bus='0' port='2'/></input>"),
      INVALID, "Two devices have the USB port 2" },
    { "usb-port-behind-a-hub",
      DEVICES ("<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.2'/></input>"),
      INVALID, "<address port> must be a number from 1 to 15, not “1.2”" },
    { "usb-port-that-is-not",
      DEVICES ("<controller type='usb' ports='1'/>"
               "<input type='tablet' bus='usb'><address type='usb' bus='0' port='2'/></input>"),
      INVALID, "The USB controller has too few ports for all devices: 1" },
    { "more-than-usb-ports",
      DEVICES ("<controller type='usb' ports='1'/><input type='tablet' bus='usb'/>"
               "<input type='keyboard' bus='usb'/>"),
      INVALID, "The USB controller has too few ports for all devices: 1" },
    { "usb-ports", DEVICES ("<controller type='usb' ports='16'/>"), INVALID,
      "<controller ports> must be a number from 1 to 15, not “16”" },
    { "ps2-address",
      DEVICES ("<input type='mouse' bus='ps2'><address type='usb' port='1'/></input>"), INVALID,
      "An <input bus='ps2'> has no <address>" },
    { "two-keyboards",
      DEVICES ("<input type='keyboard' bus='ps2'/><input type='keyboard' bus='ps2'/>"), INVALID,
      "There is more than one PS/2 keyboard" },
};

/* 29 virtio disks: one more than there are places. */
static void
test_too_many_pci_devices (void)
{
    g_autoptr (GString) xml = g_string_new ("<domain type='kvm'>" HEAD MEMORY OS "<devices>");

    for (int i = 0; i < 29; i++)
        g_string_append_printf (
            xml, "<disk type='file'><source file='/d'/><target dev='vd%c%c'/></disk>", 'a' + i / 26,
            'a' + i % 26);
    g_string_append (xml, "</devices></domain>");
    definition_refusal_assert (
        xml->str, UNSUPPORTED,
        "Vitrine cannot do more than 28 PCI devices; this definition has 29");
}

/* On two controllers, with a place for each: one more than a message has descriptors for. */
static void
test_too_many_scsi_disks (void)
{
    g_autoptr (GString) xml =
        g_string_new ("<domain type='kvm'>" HEAD MEMORY OS "<devices>" SCSI ("0") SCSI ("1"));

    for (int i = 0; i < 65; i++)
        g_string_append_printf (
            xml,
            "<disk type='file'><source file='/d'/><target dev='sd%c%c' bus='scsi'/>"
            "<address type='drive' controller='%d' bus='0' target='%d' unit='0'/></disk>",
            'a' + i / 26, 'a' + i % 26, i % 2, i / 2);
    g_string_append (xml, "</devices></domain>");
    definition_refusal_assert (xml->str, UNSUPPORTED,
                               "Vitrine cannot do more than 64 SCSI disks and CD drives");
}

static void
test_long_command_line (void)
{
    g_autofree char *line = g_strnfill (2048, 'x');
    g_autofree char *xml = g_strdup_printf (
        DOMAIN (HEAD MEMORY "<os><type>hvm</type><kernel>/k</kernel><cmdline>%s</cmdline></os>"),
        line);

    definition_refusal_assert (xml, INVALID, "<cmdline> is longer than 2047 bytes");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    definition_refusal_add_tests ("/definition/refuses", cases, G_N_ELEMENTS (cases));
    g_test_add_func ("/definition/refuses/too-many-pci-devices", test_too_many_pci_devices);
    g_test_add_func ("/definition/refuses/too-many-scsi-disks", test_too_many_scsi_disks);
    g_test_add_func ("/definition/refuses/long-command-line", test_long_command_line);
    return g_test_run ();
}
