// The devices of a host that a probe shows, and which of their numbers: as node_exporter shows them, in its units.

import type { DeviceKind } from "./devices.ts";

/** Of the kernel's Documentation/admin-guide/iostats.rst: sectors have 512 bytes, whatever the disk's own have. */
const SECTOR_BYTES = 512;
const MILLISECOND = 0.001;

export const DISKS = {
  what: "disk",
  paths: ["diskstats"],
  before: 2,
  without: ["ram", "zram", "loop", "fd"],
  hasParts: true,
  columns: [
    { family: "host_disk_reads_completed", help: "Reads that a disk has completed.", column: 0, unit: 1 },
    { family: "host_disk_read_bytes", help: "Bytes read from a disk.", column: 2, unit: SECTOR_BYTES },
    { family: "host_disk_writes_completed", help: "Writes that a disk has completed.", column: 4, unit: 1 },
    { family: "host_disk_written_bytes", help: "Bytes written to a disk.", column: 6, unit: SECTOR_BYTES },
    { family: "host_disk_io_time_seconds", help: "Time in which a disk had something to do.", column: 9, unit: MILLISECOND },
  ],
} as const satisfies DeviceKind;

export const NETWORK = {
  what: "network",
  // Those of the host's first process: a probe in a container with the host's /proc has others.
  paths: ["1/net/dev", "net/dev"],
  before: 0,
  without: [],
  hasParts: false,
  columns: [
    { family: "host_network_receive_bytes", help: "Bytes that a network device has received.", column: 0, unit: 1 },
    { family: "host_network_receive_packets", help: "Packets that a network device has received.", column: 1, unit: 1 },
    { family: "host_network_receive_errs", help: "Errors of a network device at receiving.", column: 2, unit: 1 },
    { family: "host_network_receive_drop", help: "Packets that were received and dropped.", column: 3, unit: 1 },
    { family: "host_network_transmit_bytes", help: "Bytes that a network device has sent.", column: 8, unit: 1 },
    { family: "host_network_transmit_packets", help: "Packets that a network device has sent.", column: 9, unit: 1 },
    { family: "host_network_transmit_errs", help: "Errors of a network device at sending.", column: 10, unit: 1 },
    { family: "host_network_transmit_drop", help: "Packets that were to be sent and were dropped.", column: 11, unit: 1 },
  ],
} as const satisfies DeviceKind;

export type DeviceFamily = (typeof DISKS | typeof NETWORK)["columns"][number]["family"];
