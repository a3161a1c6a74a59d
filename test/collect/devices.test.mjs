// The host's disks and network devices: tables of the kernel in whatever pieces they come, against a plain reading of their lines,
// and what of them is on the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeHost, FakeProbe } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { Devices, DEVICES_MOST, DISKS, NETWORK } = probing;
const NET_HEAD =
  "Inter-|   Receive                                                |  Transmit\n" +
  " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";

const diskLine = (name, numbers) => ` 259       0 ${name} ${numbers.join(" ")}\n`;
const netLine = (name, numbers, between = ": ") => `${name.padStart(6)}${between}${numbers.join("    ")}\n`;

/** What is known of the devices, by name. */
function known(devices) {
  const { length } = devices.kind.columns;
  const all = {};
  for (let slot = 0; slot < devices.high; slot++) {
    if (devices.turns[slot] % 2 === 0) continue;
    all[devices.name(slot)] = [...devices.values.subarray(slot * length, (slot + 1) * length)];
  }
  return all;
}

function reading(devices, text, cuts = [1e9]) {
  const bytes = Buffer.from(text);
  devices.begin();
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = bytes.subarray(at, at + 1 + cuts[i % cuts.length]);
    // In a buffer that has more behind it, as that of a reader does.
    devices.take(Buffer.concat([piece, Buffer.from("9 9 x 9\n")]), piece.length);
    at += piece.length;
  }
  devices.end();
  return known(devices);
}

const made = (kind) => new Devices({ root: "/nowhere" }, kind);

for (const [kind, count, line, head] of [
  [DISKS, 17, diskLine, ""],
  [NETWORK, 16, netLine, NET_HEAD],
]) {
  test(`Devices: of ${kind.what}s every number is the one of its column, wherever a piece of the table ends`, () => {
    const name = fc.stringMatching(/^[a-z]{4}[a-z]{0,9}$/);
    const numbers = fc.array(fc.maxSafeNat(), { minLength: count, maxLength: count });
    const devices = made(kind);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, numbers), { maxLength: 12, selector: ([name]) => name }),
        fc.array(fc.nat(90), { minLength: 1, maxLength: 20 }),
        (lines, cuts) => {
          const text = head + lines.map(([name, values]) => line(name, values)).join("");
          const expected = Object.fromEntries(lines.map(([name, values]) => [name, kind.columns.map(({ column }) => values[column])]));
          assert.deepEqual(reading(devices, text, cuts), expected);
        },
      ),
      { numRuns: 300 },
    );
  });
}

const SOME = Array.from({ length: 17 }, (_, i) => i + 1);

test("Devices: parts of disks, and devices that are no hardware, are left out", () => {
  const names = "ram0 loop0 loop7 zram0 fd0 sda sda1 sda12 sdaa sdb nvme0n1 nvme0n1p1 nvme0n1p12 nvme0n2 mmcblk0 mmcblk0p1 mmcblk0boot0";
  const more = "md1 md1p1 md12 dm-0 dm-1 dm-10 sr0 vda vda15 xvda1 xvda2 cciss!c0d0 cciss!c0d0p1";
  const table = `${names} ${more}`.split(" ").map((name) => diskLine(name, SOME));
  assert.deepEqual(
    Object.keys(reading(made(DISKS), table.join(""))),
    "sda sdaa sdb nvme0n1 nvme0n2 mmcblk0 mmcblk0boot0 md1 md12 dm-0 dm-1 dm-10 sr0 vda xvda1 xvda2 cciss!c0d0".split(" "),
  );
});

test("Devices: a colon ends the name of a network device, also where a number follows at once", () => {
  assert.deepEqual(Object.keys(reading(made(NETWORK), NET_HEAD + netLine("eth0", SOME, ":") + netLine("veth12@if3", SOME))), [
    "eth0",
    "veth12@if3",
  ]);
});

for (const text of ["", "\n\n\n", "x", " 8 0 sda", ` 8 0 sda ${"1 ".repeat(9)}`, " 8 0 sda 1 2 3 4\n", ` 8 0 sda ${"-1 ".repeat(17)}\n`]) {
  test(`Devices: ${JSON.stringify(text)} is no line of a device`, () => {
    assert.deepEqual(reading(made(DISKS), text), {});
  });
}

test("Devices: any bytes are lines or none, and what is whole among them is read", () => {
  const devices = made(DISKS);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const own = Buffer.concat([Buffer.from(bytes), Buffer.from(`\n${diskLine("sdq", SOME)}`)]);
      devices.begin();
      devices.take(own, own.length);
      devices.end();
      assert.ok("sdq" in known(devices));
      assert.ok(devices.high <= DEVICES_MOST);
    }),
    { numRuns: 300 },
  );
});

test("Devices: a name that is longer than any of the kernel's is none, and one that is not UTF-8 has a name that no other has", () => {
  const devices = made(DISKS);
  assert.deepEqual(reading(devices, diskLine("x".repeat(33), SOME)), {});
  assert.deepEqual(Object.keys(reading(devices, diskLine("x".repeat(32), SOME))), ["x".repeat(32)]);
  const named = (...bytes) => {
    const line = Buffer.from(diskLine("?".repeat(bytes.length), SOME));
    line.set(bytes, line.indexOf("?"));
    return Object.keys(reading(devices, line))[0];
  };
  assert.equal(named(0x73, 0xff), "s\\xff");
  assert.equal(named(0x73, 0xfe), "s\\xfe");
  assert.equal(named(...Buffer.from("s\\xff")), "s\\x5cxff", "one that is called so");
  assert.equal(named(...Buffer.from("é\ufeff")), "é\ufeff");
  assert.equal(named(...Buffer.from("\ufeffs")), "\ufeffs", "not the same as s");
});

test("Devices: beyond the limit they are counted, and there is room again when one goes", () => {
  const devices = made(NETWORK);
  const named = (from, to) => Array.from({ length: to - from }, (_, i) => netLine(`veth${from + i}`, SOME)).join("");
  assert.equal(Object.keys(reading(devices, named(0, 250))).length, DEVICES_MOST);
  assert.equal(devices.beyond, 250 - DEVICES_MOST);
  const all = reading(devices, named(50, 250));
  assert.equal(Object.keys(all).length, 50, "those that are gone left their slots");
  assert.ok(!("veth0" in all));
  assert.equal(Object.keys(reading(devices, named(50, 250))).length, DEVICES_MOST);
  assert.equal(devices.beyond, 100);
});

const disk = (what, device = "sda") => `host_disk_${what}_total{device="${device}"}`;
const network = (what, device = "eth0") => `host_network_${what}_total{device="${device}"}`;

test("disks and network devices are on the page in node_exporter's units, and go with their devices", () => {
  const host = new FakeHost();
  host.process(1);
  host.write("diskstats", diskLine("sda", [10, 1, 200, 5, 20, 2, 400, 6, 0, 7000, 9, 1, 1, 1, 1, 1, 1]) + diskLine("sda1", SOME));
  host.write("net/dev", NET_HEAD + netLine("lo", SOME) + netLine("eth0", [1, 2, 3, 4, 0, 0, 0, 0, 9, 10, 11, 12, 0, 0, 0, 0]));
  const probe = new FakeProbe(host).round();
  let page = probe.page();
  assert.deepEqual(probe.samples("host_disk_"), {
    [disk("reads_completed")]: 10,
    [disk("read_bytes")]: 200 * 512,
    [disk("writes_completed")]: 20,
    [disk("written_bytes")]: 400 * 512,
    [disk("io_time_seconds")]: 7,
  });
  const names = ["bytes", "packets", "errs", "drop"].flatMap((what) => [`receive_${what}`, `transmit_${what}`]);
  assert.deepEqual(
    names.map((what) => page[network(what)]),
    [1, 9, 2, 10, 3, 11, 4, 12],
  );
  assert.equal(page[network("receive_bytes", "lo")], 1);
  assert.equal(page['tallystick_probe_unshown_devices{what="network"}'], 0);
  // Those of the host's first process, where it has others.
  host.write("1/net/dev", NET_HEAD + netLine("eth0", [71, 2, 3, 4, 0, 0, 0, 0, 9, 10, 11, 12, 0, 0, 0, 0]));
  host.write("diskstats", diskLine("sdb", SOME));
  probe.round();
  page = probe.page();
  assert.equal(page[network("receive_bytes")], 71);
  assert.deepEqual(
    Object.keys(probe.samples("host_")).filter((name) => /"(lo|sda)"/.test(name)),
    [],
    "they are gone",
  );
  assert.equal(page[disk("reads_completed", "sdb")], 1);
});

test("a device whose numbers step back counts on, as one that began anew", () => {
  const host = new FakeHost();
  host.process(1);
  const with64 = (bytes) => host.write("net/dev", NET_HEAD + netLine("eth0", [bytes, ...SOME.slice(1, 16)]));
  with64(4_000_000_000);
  const probe = new FakeProbe(host).round();
  with64(300);
  probe.round();
  assert.equal(probe.page()[network("receive_bytes")], 4_000_000_300);
  with64(500);
  probe.round();
  assert.equal(probe.page()[network("receive_bytes")], 4_000_000_500);
});

test("network devices whose names are not UTF-8 have a series each", () => {
  const host = new FakeHost();
  host.process(1);
  const has = (lines) => host.write("net/dev", Buffer.from(NET_HEAD + lines.join(""), "latin1"));
  const line = (name, bytes) => netLine(name, [bytes, ...SOME.slice(1, 16)]);
  has([line("\xff", 1000), line("\xfe", 500)]);
  const probe = new FakeProbe(host).round();
  const bytes = () => Object.values(probe.samples("host_network_receive_bytes"));
  assert.deepEqual(bytes(), [1000, 500]);
  has([line("\xfe", 900)]);
  probe.round();
  assert.deepEqual(bytes(), [900]);
});

test("tables of devices that cannot be read now leave what was known, and those that are empty take it away", () => {
  const host = new FakeHost();
  host.process(1);
  host.write("diskstats", diskLine("sda", SOME));
  const probe = new FakeProbe(host).round();
  host.remove("diskstats");
  probe.round();
  assert.equal(probe.page()[disk("reads_completed")], 1);
  // A directory is opened, and cannot be read.
  host.write("diskstats/x", "");
  probe.round();
  assert.equal(probe.page()[disk("reads_completed")], 1);
  host.remove("diskstats");
  host.write("diskstats", "");
  probe.round();
  assert.deepEqual(probe.samples("host_disk_"), {});
});

test("thousands of network devices are bounded, and said", () => {
  const host = new FakeHost();
  host.process(1);
  host.write("net/dev", NET_HEAD + Array.from({ length: 900 }, (_, i) => netLine(`veth${i}`, SOME.slice(0, 16))).join(""));
  const probe = new FakeProbe(host).round(3);
  assert.equal(Object.keys(probe.samples("host_network_receive_bytes")).length, DEVICES_MOST);
  assert.equal(probe.page()['tallystick_probe_unshown_devices{what="network"}'], 900 - DEVICES_MOST);
});

test("of a tree no device is shown", () => {
  const host = new FakeHost();
  host.process(1);
  host.write("diskstats", diskLine("sda", SOME));
  assert.deepEqual(Object.keys(new FakeProbe(host, { tree: 1 }).round().samples("host_")), ["host_time_seconds"]);
});
