#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own kernel, booted directly: processors, memory, disks, clock, power, reboot."""

import os
import select
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import initrd
import linux_guest
import screen
from blank_disk import blank_disk
from tap import FIRMWARE, check, main, skip_all, test, wait_for
from vmm import READ_ONLY, STOP_GUEST, Device, Variables, Vmm

# The firmware is minutes of an emulated host's, and there are ten reboots.
host.need_hardware_kvm(__file__, independent=True, seconds=3400 if FIRMWARE == "uefi" else 1500)
RELEASE = initrd.kernel_release()
if not RELEASE:
    skip_all("no Debian kernel is installed (linux-image-amd64)")

WORK = tempfile.mkdtemp(prefix="vitrine-linux-", dir="/tmp")
PATIENCE = 900 if FIRMWARE == "uefi" else 240
KERNEL = "/boot/vmlinuz-" + RELEASE
INITRD = os.path.join(WORK, "initrd")
MODULES = ["virtio_pci", "virtio_blk", "virtio_rng", "ahci", "sd_mod", "sr_mod", "isofs", "ext4",
           "crc32c_generic", "evdev", "button"]

# What the guest does is the word behind "job=" on its command line.
SCRIPT = r"""
job=$(sed 's/.*job=\([a-z]*\).*/\1/' /proc/cmdline)
say() { echo "RESULT $*"; }
bad='@COMPLAINTS@'
write_data() {
  mke2fs -q /dev/vda && mount -t ext4 /dev/vda /mnt && dd if=/dev/urandom of=/mnt/data bs=64k count=64 2>/dev/null
  sync; say sum $(md5sum < /mnt/data); umount /mnt; sync
}
case $job in
report)
  say cpus $(nproc); say mem $(sed -n 's/MemTotal: *//p' /proc/meminfo)
  for d in /sys/bus/pci/devices/*; do say pci $(cat $d/vendor) $(cat $d/device) $(basename $(readlink $d/driver 2>/dev/null) 2>/dev/null); done
  for b in /sys/block/*; do say block $(basename $b) $(cat $b/size); done
  say rng $(cat /sys/class/misc/hw_random/rng_current) $(dd if=/dev/hwrng bs=32 count=1 2>/dev/null | wc -c)
  say clock $(date -u +%s)
  say clocksource $(cat /sys/devices/system/clocksource/clocksource0/*_clocksource 2>/dev/null)
  say steady $(grep -c -w nonstop_tsc /proc/cpuinfo)
  for f in sys_vendor product_name product_family product_uuid bios_vendor; do say dmi $f $(cat /sys/class/dmi/id/$f); done
  say uefi $(ls -d /sys/firmware/efi 2>/dev/null)
  dmesg | grep -i -E "$bad" | sed 's/^/RESULT complaint /'
  dmesg | grep -i -A 12 -E "$bad|call trace"
  ;;
cd) mount -t iso9660 /dev/sr0 /mnt && say cd $(md5sum < /mnt/boot/grub/grub.cfg); say sata $(dd if=/dev/sda bs=512 count=1 2>/dev/null | md5sum)
  dd if=/dev/zero of=/dev/sda bs=4096 count=16 2>/dev/null; echo written | dd of=/dev/sda conv=fsync 2>/dev/null ;;
write) write_data ;;
verify) mount -t ext4 /dev/vda /mnt && say sum $(md5sum < /mnt/data) && umount /mnt ;;
button)
  for e in /sys/class/input/event*; do
    grep -q "Power Button" $e/device/name && exec 3< /dev/input/$(basename $e)
  done
  say waiting
  dd bs=24 count=1 <&3 >/dev/null 2>&1 && say pressed ;;
screen) echo "hello on the screen" > /dev/tty1; say waiting; sleep 600 ;;
reboot)
  n=$(dd if=/dev/vda bs=16 count=1 2>/dev/null | tr -cd 0-9); n=$((${n:-0} + 1))
  printf '%-16s' $n | dd of=/dev/vda conv=fsync 2>/dev/null; say boot $n
  [ $n -ge 11 ] || reboot -f ;;
esac
say end
poweroff -f
""".replace("@COMPLAINTS@", linux_guest.COMPLAINTS)


class Guest:
    """A machine with the initrd above; `results` are the words behind RESULT on its serial port."""

    def __init__(self, job, vcpus=1, memory_mib=256, devices=()):
        self.ours, theirs = socket.socketpair()
        self.text, self.results = "", []
        devices = [Device("uart16550", "serial0", sock=theirs)] + list(devices)
        self.vmm = Vmm(host.VMM, memory_mib=memory_mib, vcpus=vcpus, devices=devices, kernel=KERNEL,
                       initrd=INITRD, cmdline="console=tty0 console=ttyS0 loglevel=4 job=" + job,
                       variables=Variables() if FIRMWARE == "uefi" else None)
        self.vmm.run()

    def read(self, timeout):
        self.vmm.take_events()  # nobody else does, and a VMM that is not heard waits
        if not select.select([self.ours], [], [], timeout)[0]:
            return False
        data = self.ours.recv(65536).decode(errors="replace")
        self.text += data
        self.results = [line.split()[1:] for line in self.text.splitlines() if line.startswith("RESULT ")]
        return bool(data)

    def wait(self, word, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while not any(r and r[0] == word for r in self.results):
            if not self.read(1) and (time.monotonic() > deadline or self.vmm.process.poll() is not None):
                raise AssertionError("the guest did not say %r; it said:\n%s" % (word, self.text[-3000:]))

    def finish(self):
        """Waits until it has switched itself off."""
        self.wait("end")
        reason = self.vmm.wait_stopped(timeout=60)
        check(reason == STOP_GUEST, "the machine ended for reason %d" % reason)

    def get(self, word):
        return next((r[1:] for r in self.results if r and r[0] == word), None)

    def all(self, word):
        return [r[1:] for r in self.results if r and r[0] == word]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.ours.close()
        self.vmm.close()


def disk(name, mib=32):
    return blank_disk(WORK, name, mib)


def standard_devices(tag):
    return [Device("virtio-blk", "virtio-disk0", path=disk(tag + "-vda"), serial="VITRINE-1"),
            Device("virtio-rng", "rng0"),
            Device("ata-disk", "sata0-0-0", path=disk(tag + "-sda"), unit=0),
            Device("atapi-cdrom", "sata0-0-1", path="/usr/lib/grub-rescue/grub-rescue-cdrom.iso",
                   unit=1, flags=READ_ONLY)]


def expect_identity(guest):
    """What kind of machine the kernel believes to be in, and which: from leaves of CPUID and from SMBIOS."""
    sources = guest.get("clocksource")
    # Linux prefers the processor's own counter where that never stops.
    best = "tsc" if guest.get("steady") != ["0"] else "kvm-clock"
    check("kvm-clock" in sources and sources[-1] == best, "clock sources, the last one is used: %s" % sources)
    dmi = {words[0]: " ".join(words[1:]) for words in guest.all("dmi")}
    check(dmi == {"sys_vendor": "Vitrine", "product_name": "Virtual Machine", "product_family": "test",
                  "product_uuid": str(guest.vmm.uuid), "bios_vendor": "Vitrine"}, "SMBIOS says %s" % dmi)
    check(bool(guest.get("uefi")) == (FIRMWARE == "uefi"), "it is not %s that started it" % FIRMWARE)


def expect_report(vcpus, memory_mib):
    with Guest("report", vcpus, memory_mib, standard_devices("report")) as guest:
        guest.finish()
        check(guest.get("cpus") == [str(vcpus)], "processors: %s" % guest.get("cpus"))
        kib = int(guest.get("mem")[0])
        check(memory_mib * 1024 * 0.75 < kib <= memory_mib * 1024, "memory: %d KiB" % kib)
        drivers = {tuple(p[:2]): p[2:] for p in guest.all("pci")}
        for ids, driver in ((("0x1af4", "0x1042"), "virtio-pci"), (("0x1af4", "0x1044"), "virtio-pci"),
                            (("0x8086", "0x2922"), "ahci")):
            check(drivers.get(ids) == [driver], "%s is driven by %s" % (ids, drivers.get(ids)))
        blocks = dict(guest.all("block"))
        check(blocks.get("vda") == str(32 << 11), "vda: %s" % blocks)
        check(blocks.get("sda") == str(32 << 11), "sda: %s" % blocks)
        check("sr0" in blocks, "no sr0: %s" % blocks)
        check(guest.get("rng") == ["virtio_rng.0", "32"], "rng: %s" % guest.get("rng"))
        check(abs(int(guest.get("clock")[0]) - time.time()) < 60, "clock: %s" % guest.get("clock"))
        expect_identity(guest)
        complaints = linux_guest.complaints_of(" ".join(words) for words in guest.all("complaint"))
        check(not complaints, "the kernel complains:\n" + guest.text)


for vcpus in (1, 2, 4):
    for memory_mib in (256, 3072, 5120):
        test("/guest/linux/finds-everything-with-%d-vcpus-and-%d-mib" % (vcpus, memory_mib))(
            lambda vcpus=vcpus, memory_mib=memory_mib: expect_report(vcpus, memory_mib))


@test("/guest/linux/acknowledged-data-is-in-the-file-and-there-on-the-next-boot", shows=["virtio-blk works"])
def data_survives():
    path = disk("data")
    device = lambda: [Device("virtio-blk", "virtio-disk0", path=path)]
    with Guest("write", 2, devices=device()) as guest:
        guest.finish()
        written = guest.get("sum")
    with open(path, "rb") as f:
        f.seek(1024 + 56)
        check(f.read(2) == b"\x53\xef", "there is no file system in the raw file")
    with Guest("verify", 1, devices=device()) as guest:
        guest.finish()
        check(written and guest.get("sum") == written, "%s became %s" % (written, guest.get("sum")))


@test("/guest/linux/reads-the-cd-and-writes-the-sata-disk", shows=["ata-disk works", "atapi-cdrom works"])
def cd_and_sata():
    import hashlib
    path = disk("sata")
    with open(path, "r+b") as f:
        f.write(b"sector zero".ljust(512, b"\1"))
    with open(path, "rb") as f:
        expected = hashlib.md5(f.read(512)).hexdigest()
    devices = [Device("ata-disk", "sata0-0-0", path=path, unit=2),
               Device("atapi-cdrom", "sata0-0-1", path="/usr/lib/grub-rescue/grub-rescue-cdrom.iso",
                      unit=3, flags=READ_ONLY)]
    with Guest("cd", 2, devices=devices) as guest:
        guest.finish()
        check(guest.get("sata")[0] == expected, "the SATA disk reads %s" % guest.get("sata"))
        check(guest.get("cd"), "nothing was read off the CD:\n" + guest.text[-2000:])
    with open(path, "rb") as f:
        check(f.read(8) == b"written\n", "what the guest wrote is not in the file")


@test("/guest/linux/power-button-reaches-the-guest")
def power_button():
    with Guest("button") as guest:
        guest.wait("waiting")
        guest.vmm.press_power_button()
        guest.wait("pressed")
        guest.finish()


@test("/guest/linux/its-console-is-readable-on-the-display", shows=["vga works"])
def text_console():
    with Guest("screen") as guest:
        guest.wait("waiting")
        display = guest.vmm.open_display()

        def lines():
            display.settle()
            # UEFI's picture is one of points, in which Linux's letters are 8 of them wide.
            return screen.read_text(display.picture(), 8 if FIRMWARE == "uefi" else None)

        try:
            wait_for(lambda: any("hello on the screen" in line for line in lines()), "greeting", 60)
        except AssertionError:
            raise AssertionError("%dx%d, and it says:\n%s" % (display.width, display.height, "\n".join(lines())))


@test("/guest/linux/reboots-ten-times-in-a-row")
def reboots():
    with Guest("reboot", 2, devices=[Device("virtio-blk", "virtio-disk0", path=disk("reboot"))]) as guest:
        guest.wait("end", timeout=2 * PATIENCE)
        guest.finish()
        check([r[0] for r in guest.all("boot")] == [str(n) for n in range(1, 12)],
              "boots: %s" % guest.all("boot"))


@test("/guest/linux/pause-stops-the-clock-of-work-and-resume-goes-on")
def pause():
    with Guest("button", 2) as guest:
        guest.wait("waiting")
        guest.vmm.pause()
        before = guest.vmm.statistics()["exits"]
        guest.vmm.press_power_button()
        check(guest.vmm.statistics()["exits"] == before, "a paused machine made exits")
        guest.vmm.run()
        guest.wait("pressed")
        guest.finish()


initrd.build(INITRD, RELEASE, MODULES, SCRIPT)
main()
