/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-host.h - a host that only pretends, told what to pretend by a key file: "fake:FILE".
 *
 * For tests, pictures and benchmarks: every state and every failure without a KVM and without root.
 * An example is in tests/data/fake/.
 *
 *   [host]
 *   title=TEXT  problem=TEXT         problem: connecting fails with it, and it is the host's "problem"
 *   mend=COMMAND                     … and its "mend"
 *   lost-while=PATH                  … but only while there is a file PATH: it is lost, and found again
 *   max-vcpus=N  host-cpus=N  memory-mib=N  free-memory-mib=N  free-disk-mib=N
 *   machines-folder=PATH  no-uefi=true
 *   express-log=PATH                 where a machine whose system installs itself leaves what its installer is told
 *   stats-log=PATH                   where each question for figures leaves a line: of how many machines
 *   generate=N                       N more machines, "machine-0001" …, in all states
 *
 *   [machine NAME]
 *   uuid=UUID                        else made of the name
 *   state=off|starting|running|paused|stopping|crashed  state-reason=TEXT  start-time=SECONDS
 *   warnings=TEXT;TEXT  problem=TEXT  vcpus=N  memory-mib=N  iso=PATH  firmware=bios|uefi
 *   disks=PATH|MiB|WHY;…             WHY it cannot be removed; empty when it can
 *   consoles=NAME;…                  serial0 when there is no such line
 *   screen=text|bars|blank|none
 *   start-ms=N  shutdown-ms=N        how long it takes
 *   ignore-shutdown=true             the guest does not care for the power button
 *   off-reason=TEXT                  what is said once it was shut down or switched off
 *   crash-after-ms=N  crash-reason=TEXT   counted from when it runs
 *   stop-after-ms=N                  … or its guest switches it off then
 *   drop-display-ms=N                displays hang up after that time
 *   display-server=PROTOCOL|PATH     its display is another process' to show, which listens at the socket PATH
 *   cd-drives=0|1|2                  1 when there is no such line
 *   tray-locked=true                 the guest keeps its CDs unless forced
 *   detach-ms=N                      how long it thinks about giving a device back
 *   keeps-devices=true               … and then it does not
 *   drops=WAY                        what WAY ("domain/devices/disk/serial") leads to is left out of what is
 *                                    defined as a text
 *   load=PERCENT                     how much it has to do, on average; 25 when there is no such line
 *   nonsense-stats=true              its figures are what no machine ever did
 *   … and all of [faults], for this machine alone; what is here may stand there for all of them.
 *
 *   nics=NIC;NIC                     as `vitrinectl create --nic` takes them
 *   snapshots=NAME|PARENT|DESCRIPTION|SECONDS;…   it goes on from the last
 *
 *   [image PATH]                     a disk image; elsewhere=true: of no machine, found by its path alone
 *   format=WORD  size-mib=N  used-mib=N  base=PATH  users=TEXT;TEXT  problem=TEXT
 *   broken=SENTENCE                  what a check of it finds
 *
 *   [os SHORT-ID], [medium PATH]     see fake-os.h
 *
 *   [network NAME]
 *   mode=nat|routed|isolated|bridged  active=true  autostart=true  bridge=NAME  ipv4=ADDRESS/PREFIX
 *   dhcp=FIRST-LAST  ipv6=ADDRESS/PREFIX  domain=TEXT  problem=TEXT
 *   leases=MAC|ADDRESS|NAME;…        while it is active
 *
 *   [check ID]
 *   status=ok|warning|failed  text=SENTENCE  mend=COMMAND
 *                                    a failed one also refuses creation, as on a real host
 *   [faults]                         see fake-faults.h
 *
 * A machine that is created or defined passes the same checks as on this computer's own engine, but
 * only exists in memory.
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

#define FAKE_TYPE_HOST (fake_host_get_type ())
G_DECLARE_FINAL_TYPE (FakeHost, fake_host, FAKE, HOST, VitrineHost)

G_END_DECLS
