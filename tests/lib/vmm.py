# SPDX-License-Identifier: GPL-2.0-or-later
"""Speaks base/vmm-protocol.h and base/display-protocol.h to a VMM of its own, without a keeper.

For tests of the VMM alone, and for measuring it: a Vmm starts the program, hands it a machine, and
lets the caller wait for events, look at the display and press keys.
"""

import mmap
import os
import select
import socket
import struct
import subprocess
import time
import uuid

import cpu_map
from tap import check

VERSION = 1
(CREATE, RUN, PAUSE, RESET, POWER_BUTTON, QUIT, DISPLAY, KEY, STATISTICS, SET_MEMORY, CONNECTED, LINK,
 NET, ATTACH, DETACH, SET_VCPUS, EJECT, INSERT, RESIZE, BLOCK) = range(1, 21)
(CREATED, DONE, FAILED, STATISTICS_REPLY, EVENT_STATE, EVENT_RESET, EVENT_BROKEN, EVENT_STUCK,
 EVENT_STOPPED, EVENT_DEVICE, EVENT_VARIABLES, EVENT_UNPLUG, EVENT_VCPUS, EVENT_MEMORY,
 EVENT_BLOCK_LOST) = range(0x100, 0x10f)
UNPLUG_GONE, UNPLUG_AGREED, UNPLUG_REFUSED, UNPLUG_TIMED_OUT = range(4)
STOP_GUEST, STOP_HOST, STOP_ERROR = range(3)
(BACKEND_NONE, BACKEND_RAW, BACKEND_SOCKET, BACKEND_NET_PACKET, BACKEND_NET_STREAM, BACKEND_NET_TAP,
 BACKEND_VHOST, BACKEND_VHOST_USER) = range(8)
READ_ONLY, DIRECT, NO_FLUSH, LINK_DOWN, NO_DISCARD = 1, 2, 4, 8, 16
MACHINE_DISPLAY = 1
SLOT_AUTO = 0xffffffff

HEADER = struct.Struct("<HHIII")
FIRMWARE = "/usr/share/seabios/bios-256k.bin"
VGA_ROMS = {"vga": "/usr/share/seabios/vgabios-stdvga.bin",
            "virtio-vga": "/usr/share/seabios/vgabios-virtio.bin"}
UEFI_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
UEFI_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
VARIABLES_OFFSET = 4096


def text_field(text, size):
    raw = text.encode()
    assert len(raw) < size, text
    return raw.ljust(size, b"\0")


def scsi_unit(target, lun):
    return target << 16 | lun


class Device:
    """One VMM_RECORD_DEVICE; path, sock, net=(BACKEND_NET_…, descriptor, or a list of one for each pair) or storage, a StorageDaemon, whose
    descriptor is taken over, stands behind it."""

    def __init__(self, model, alias, path=None, sock=None, unit=0, boot=0, flags=0, slot=SLOT_AUTO,
                 direct=False, net=None, storage=None, controller=0, rom=None, vhost=-1, **options):
        """UNIT is a SATA port, or scsi_unit() of a place; ROM the path of what firmware runs, VHOST a descriptor
        of the kernel that may serve it, or a list of one for each pair."""
        self.model, self.alias, self.unit, self.boot, self.slot = model, alias, unit, boot, slot
        self.controller = controller
        self.flags = flags | (DIRECT if direct else 0)
        self.options = options
        self.rom_fd = os.open(rom, os.O_RDONLY | os.O_CLOEXEC) if rom else -1
        self.vhost_fds = vhost if isinstance(vhost, list) else [vhost]
        self.backend, self.fds = BACKEND_NONE, [-1]
        if path is not None:
            mode = os.O_RDONLY if self.flags & READ_ONLY else os.O_RDWR
            self.backend = BACKEND_RAW
            self.fds = [os.open(path, mode | os.O_CLOEXEC | (os.O_DIRECT if direct else 0))]
        elif sock is not None:
            self.backend, self.fds = BACKEND_SOCKET, [sock.detach()]
        elif net is not None:
            self.backend, self.fds = net[0], net[1] if isinstance(net[1], list) else [net[1]]
        elif storage is not None:
            self.backend, fd = storage.backend()
            self.fds = [fd]

    def descriptors(self):
        """All that it has."""
        return [fd for fd in (*self.fds, self.rom_fd, *self.vhost_fds) if fd >= 0]

    def record(self, fds):
        def index_of(*some):
            if some[0] < 0:
                return -1
            fds.extend(some)
            return len(fds) - len(some)

        index, rom_index, vhost_index = index_of(*self.fds), index_of(self.rom_fd), index_of(*self.vhost_fds)
        body = text_field(self.model, 24) + text_field(self.alias, 32)
        body += struct.pack("<IIIIIiIIiiII", self.slot, self.unit, self.boot, self.backend, self.flags,
                            index, len(self.options), self.controller, rom_index, vhost_index, len(self.fds), 0)
        for name, value in self.options.items():
            body += text_field(name.replace("_", "-"), 24) + text_field(value, 72)
        return struct.pack("<HHI", 3, 0, 8 + len(body)) + body


class VmmError(Exception):
    pass


def expect_refusal(word, call, *args, **options):
    """CALL is refused in a sentence that has WORD in it."""
    try:
        call(*args, **options)
    except VmmError as error:
        check(word in str(error), "refused, but not for “%s”: %s" % (word, error))
        return
    raise AssertionError("not refused: “%s”" % word)


class Variables:
    """UEFI variables as a keeper shares them: `data` is what is stored now."""

    def __init__(self, data=None):
        if data is None:
            with open(UEFI_VARIABLES, "rb") as f:
                data = f.read()
        self.fd = os.memfd_create("uefi-variables")
        os.truncate(self.fd, VARIABLES_OFFSET + len(data))
        self.map = mmap.mmap(self.fd, 0)
        self.map[VARIABLES_OFFSET:] = data

    @property
    def data(self):
        return bytes(self.map[VARIABLES_OFFSET:])

    def close(self):
        self.map.close()
        os.close(self.fd)


class Vmm:
    def __init__(self, program, memory_mib=128, vcpus=1, devices=(), kernel=None, initrd=None,
                 cmdline="", display=True, firmware=FIRMWARE, name="test", debug=None,
                 boot_menu=False, kvm="/dev/kvm", log=None, variables=None, topology=None,
                 features=(), max_vcpus=0, video="vga", pluggable_mib=0, cpu_model=None):
        """DEBUG is a file descriptor for port 402h; the caller keeps it.  VARIABLES make it UEFI.
        TOPOLOGY is (sockets, cores, threads), FEATURES are (name, required), CPU_MODEL is libvirt's name.
        PLUGGABLE_MIB are for a virtio-mem to plug."""
        self.serial = 0
        self.uuid = uuid.uuid4()
        self.events = []
        self.replies = {}
        self.debug_read = None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if debug is None:
            self.debug_read, debug_write = os.pipe()
            os.set_blocking(self.debug_read, False)
        else:
            debug_write = os.dup(debug)
        self.sock = ours
        self.started = time.monotonic()
        self.process = self._spawn(program, theirs, log)
        theirs.close()
        self._create(memory_mib, pluggable_mib, vcpus, devices, kernel, initrd, cmdline, display, firmware, name,
                     debug_write, boot_menu, kvm, variables,
                     self._cpu_record(max_vcpus or vcpus, topology, features, cpu_model), max_vcpus,
                     video)
        os.close(debug_write)

    @staticmethod
    def _spawn(program, theirs, log):
        def at_three():
            os.dup2(theirs.fileno(), 3)
        return subprocess.Popen([program], pass_fds=[3], preexec_fn=at_three, close_fds=True,
                                stdin=subprocess.DEVNULL, stderr=log)

    @staticmethod
    def _cpu_record(vcpus, topology, features, cpu_model):
        if not topology and not features and not cpu_model:
            return b""
        model = cpu_map.Model(cpu_model) if cpu_model else None
        rows = [(name, int(required)) for name, required in features]
        rows += [(name, 2) for name in model.features if name not in dict(features)] if model else []
        body = struct.pack("<6I", *(topology or (1, vcpus, 1)), len(rows), 0xfff, model.signature if model else 0)
        body += text_field(cpu_model or "", 32) + text_field(model.vendor if model else "", 16) + bytes(16)
        for name, policy in rows:
            body += text_field(name, 32) + struct.pack("<8I", policy, *cpu_map.place(name), 0)
        return struct.pack("<HHI", 5, 0, 8 + len(body)) + body

    def _create(self, memory_mib, pluggable_mib, vcpus, devices, kernel, initrd, cmdline, display, firmware, name,
                debug, boot_menu, kvm, variables, cpu, max_vcpus, video):
        fds, own = [], []

        def index_of(path):
            if path is None:
                return -1
            own.append(os.open(path, os.O_RDWR if path == kvm else os.O_RDONLY))
            fds.append(own[-1])
            return len(fds) - 1

        kvm_index = index_of(kvm)
        if variables:
            firmware = UEFI_CODE
        firmware_index = index_of(None if kernel and not variables else firmware)
        fds.append(debug)
        debug_index = len(fds) - 1
        body = struct.pack("<HHI", 1, 0, 144) + text_field(name, 64) + self.uuid.bytes
        body += struct.pack("<QIIiiiiqIIQ", memory_mib << 20, vcpus, int(boot_menu), kvm_index,
                            firmware_index, debug_index, 0, 0,
                            MACHINE_DISPLAY if display else 0, max_vcpus, pluggable_mib << 20)
        if kernel:
            k, i = index_of(kernel), index_of(initrd)
            body += struct.pack("<HHIii", 2, 0, 2064, k, i) + text_field(cmdline, 2048)
        if variables:
            fds.append(variables.fd)
            body += struct.pack("<HHIiI", 4, 0, 16, len(fds) - 1, 0)
        body += cpu
        if display:
            devices = [Device(video, "video0", rom=VGA_ROMS.get(video)), *devices]
        for device in devices:
            body += device.record(fds)
            own += device.descriptors()
        serial = self.send(CREATE, body, fds)
        for fd in own:
            os.close(fd)
        try:
            self.wait_reply(serial)
        except VmmError:
            self.close()
            raise

    # --- messages -------------------------------------------------------------------------------

    def send(self, kind, body=b"", fds=()):
        self.serial += 1
        message = HEADER.pack(kind, VERSION, self.serial, HEADER.size + len(body), len(fds)) + body
        socket.send_fds(self.sock, [message], list(fds))
        return self.serial

    def _receive(self, timeout):
        """One message into replies or events; False when none came in time."""
        if not select.select([self.sock], [], [], max(timeout, 0))[0]:
            return False
        data = self.sock.recv(65536)
        if not data:
            raise VmmError("the VMM is gone: status %s" % self.process.wait())
        kind, version, serial, size, _ = HEADER.unpack_from(data)
        assert version == VERSION and size == len(data)
        if serial:
            self.replies[serial] = (kind, data)
        else:
            self.events.append((kind, data))
        return True

    def take_events(self):
        """As a keeper does all the time: a VMM that nobody listens to waits.  The last ones are kept."""
        try:
            while self._receive(0):
                del self.events[:-64]
        except VmmError:
            pass  # it has ended

    def wait_reply(self, serial, timeout=60):
        deadline = time.monotonic() + timeout
        while serial not in self.replies:
            if not self._receive(deadline - time.monotonic()):
                raise VmmError("no answer in %s s" % timeout)
        kind, data = self.replies.pop(serial)
        if kind == FAILED:
            raise VmmError(data[HEADER.size:].split(b"\0")[0].decode())
        return kind, data

    def call(self, kind, body=b"", fds=()):
        return self.wait_reply(self.send(kind, body, fds))

    def wait_event(self, kind, timeout=60):
        deadline = time.monotonic() + timeout
        while True:
            for i, (k, data) in enumerate(self.events):
                if k == kind:
                    return self.events.pop(i)[1]
            if not self._receive(deadline - time.monotonic()):
                raise VmmError("event %#x did not come in %s s" % (kind, timeout))

    # --- verbs ----------------------------------------------------------------------------------

    def run(self):
        self.call(RUN)

    def pause(self):
        self.call(PAUSE)

    def reset(self):
        self.call(RESET)

    def set_link(self, alias, up):
        self.call(LINK, text_field(alias, 32) + struct.pack("<II", up, 0))

    def replace_net(self, alias, backend, fd):
        self.call(NET, text_field(alias, 32) + struct.pack("<II", backend, 0), [fd])

    def press_power_button(self):
        self.call(POWER_BUTTON)

    def eject(self, alias, force=False):
        self.call(EJECT, text_field(alias, 32) + struct.pack("<II", int(force), 0))

    def insert(self, alias, path, force=False):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self.call(INSERT, text_field(alias, 32) + struct.pack("<II", int(force), READ_ONLY), [fd])
        finally:
            os.close(fd)

    def replace_block(self, alias, fd):
        """FD leads to the next process behind the disk ALIAS; None: there will be none."""
        self.call(BLOCK, text_field(alias, 32), [] if fd is None else [fd])

    def wait_block_lost(self, alias, timeout=60):
        """What the process behind ALIAS did."""
        data = self.wait_event(EVENT_BLOCK_LOST, timeout)
        name = data[HEADER.size:HEADER.size + 32].split(b"\0")[0].decode()
        assert name == alias, "%s, not %s, is lost" % (name, alias)
        return data[HEADER.size + 40:].split(b"\0")[0].decode()

    def resize(self, alias, size_bytes):
        self.call(RESIZE, text_field(alias, 32) + struct.pack("<Q", size_bytes))

    def key(self, code, down):
        self.call(KEY, struct.pack("<II", code, down))

    def press(self, code):
        self.key(code, 1)
        self.key(code, 0)

    def statistics(self):
        data = self.call(STATISTICS)[1]
        return dict(zip(("vcpu-ns", "read-bytes", "written-bytes", "exits", "memory", "balloon",
                         "balloon-target", "plugged", "plug-target", "guest-free", "guest-available", "guest-total"),
                        struct.unpack_from("<12Q", data, HEADER.size)))

    def set_memory(self, mib):
        self.call(SET_MEMORY, struct.pack("<Q", mib << 20))

    def set_connected(self, alias, connected):
        self.call(CONNECTED, text_field(alias, 32) + struct.pack("<II", int(connected), 0))

    def attach(self, device):
        self.wait_reply(self.begin_to_attach(device))

    def begin_to_attach(self, device):
        """The number of the answer that will come."""
        fds = []
        body = device.record(fds)
        try:
            return self.send(ATTACH, body, fds)
        finally:
            for fd in fds:
                os.close(fd)

    def detach(self, alias, force=False):
        self.call(DETACH, text_field(alias, 32) + struct.pack("<II", int(force), 0))

    def wait_unplug(self, alias, timeout=60):
        """(how it ended, whether the guest said that it would) of a device that shall go."""
        agreed = False
        while True:
            data = self.wait_event(EVENT_UNPLUG, timeout)
            name = data[HEADER.size:HEADER.size + 32].split(b"\0")[0].decode()
            state = struct.unpack_from("<I", data, HEADER.size + 32)[0]
            assert name == alias, "%s, not %s, goes" % (name, alias)
            if state != UNPLUG_AGREED:
                return state, agreed
            agreed = True

    def take_away(self, alias):
        """Asks the guest for a device, which it gives back."""
        self.detach(alias)
        state = self.wait_unplug(alias)[0]
        check(state == UNPLUG_GONE, "%s: it ended with %d" % (alias, state))

    def set_vcpus(self, n):
        self.call(SET_VCPUS, struct.pack("<II", n, 0))

    def wait_vcpus(self, timeout=60):
        """(how many there are, how it went), once no more shall go."""
        while True:
            n, state = struct.unpack_from("<II", self.wait_event(EVENT_VCPUS, timeout), HEADER.size)
            if state != UNPLUG_AGREED:
                return n, state

    def open_display(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.call(DISPLAY, fds=[theirs.fileno()])
        return Display(ours)

    def wait_stopped(self, timeout=60):
        """The reason, after the process ended by itself."""
        data = self.wait_event(EVENT_STOPPED, timeout)
        self.process.wait(timeout=10)
        return struct.unpack_from("<I", data, HEADER.size)[0]

    def debug_text(self):
        try:
            return os.read(self.debug_read, 1 << 20).decode(errors="replace")
        except BlockingIOError:
            return ""

    def close(self):
        self.sock.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.debug_read is not None:
                os.close(self.debug_read)
                self.debug_read = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Display:
    """A viewer at the end of a display channel; `picture()` is what is shown now."""

    HELLO, SCANOUT, DAMAGE, READY, KEY, ABSOLUTE, RELATIVE, BUTTON, WHEEL, NOT_READY, POINTER_KIND = range(1, 12)
    CURSOR, CURSOR_AT, RESIZE = range(12, 15)

    def __init__(self, sock):
        self.sock = sock
        self.width = self.height = self.stride = self.offset = 0
        self.map = None
        self.resizes = False
        self.cursor = None      # (width, height, hot x, hot y, pixels as B, G, R, A)
        self.cursor_at = None
        self.damages = 0
        self.waiting = False
        self.is_absolute = None

    def ready(self):
        if not self.waiting:
            self.sock.send(struct.pack("<I", self.READY))
            self.waiting = True

    def receive(self, timeout=0.0):
        """Takes one message; False when none came in time."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return False
        data, fds, _, _ = socket.recv_fds(self.sock, 32768, 4)
        if not data:
            raise VmmError("the display channel was closed")
        kind = struct.unpack_from("<I", data)[0]
        if kind == self.SCANOUT:
            (_, self.width, self.height, self.stride, _, flags,
             self.offset) = struct.unpack("<IIIIIIQ", data)
            self.resizes = bool(flags & 1)
            self.map = mmap.mmap(fds[0], 0, mmap.MAP_SHARED, mmap.PROT_READ) if fds else None
        elif kind == self.HELLO:
            self.is_absolute = struct.unpack_from("<I", data, 8)[0] != 0
        elif kind == self.POINTER_KIND:
            self.is_absolute = struct.unpack_from("<I", data, 4)[0] != 0
        elif kind == self.DAMAGE:
            self.damages += 1
            self.waiting = False
        elif kind == self.CURSOR:
            w, h, x, y = struct.unpack_from("<IIII", data, 4)
            self.cursor = (w, h, x, y, data[24:24 + w * h * 4])
        elif kind == self.CURSOR_AT:
            self.cursor_at = struct.unpack_from("<ii", data, 4)
        for fd in fds:
            os.close(fd)
        return True

    def settle(self, timeout=0.25):
        """Lets pending changes arrive."""
        self.ready()
        while self.receive(timeout):
            self.ready()
            timeout = 0.05

    def look(self, seconds):
        """Takes what comes for so long: a cursor that travels never settles."""
        end = time.monotonic() + seconds
        self.ready()
        while (left := end - time.monotonic()) > 0 and self.receive(left):
            self.ready()

    def picture(self):
        """(width, height, rows) with each row as bytes B, G, R, x."""
        start = self.offset
        return (self.width, self.height,
                [self.map[start + y * self.stride:start + y * self.stride + self.width * 4]
                 for y in range(self.height)] if self.map else [])

    def key(self, code, down):
        self.sock.send(struct.pack("<III", self.KEY, code, down))

    def resize(self, width, height):
        self.sock.send(struct.pack("<III", self.RESIZE, width, height))

    def press(self, code):
        self.key(code, 1)
        self.key(code, 0)

    def button(self, code, down):
        self.sock.send(struct.pack("<III", self.BUTTON, code, down))

    def move(self, x, y):
        """To a pixel of the picture."""
        self.sock.send(struct.pack("<Iii", self.ABSOLUTE, x, y))

    def move_by(self, dx, dy):
        self.sock.send(struct.pack("<Iii", self.RELATIVE, dx, dy))

    def wheel(self, notches):
        self.sock.send(struct.pack("<Iii", self.WHEEL, 0, notches))

    def close(self):
        self.sock.close()
