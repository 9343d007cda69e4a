import assert from "node:assert/strict";
import { test } from "node:test";
import { callingAddress, lastPlace, lastService, openPort, virtualAddress } from "#host/explicit-capture.ts";

const calls: readonly [virtual: string, place: number, called: string | undefined, why?: string][] = [
  [virtualAddress(1), 1, "127.131.0.1"],
  [virtualAddress(258), 7, "127.137.1.2"],
  [virtualAddress(lastService), lastPlace, "127.250.255.254", "the last of all is still of the loopback"],
  ["240.240.0.1", 1, undefined, "an address that the control plane gave has no place on the loopback"],
  ["10.0.0.1", 1, undefined],
];

for (const [virtual, place, called, why] of calls) {
  test(`${virtual} is called at ${called} from place ${place}${why ? `: ${why}` : ""}`, () => {
    assert.equal(callingAddress(virtual, place), called);
  });
}

const ports: readonly [port: number, open: number, why?: string][] = [
  [80, 61_520, "only the privileged may listen on 80"],
  [1023, 62_463],
  [1024, 1024],
  [9080, 9080],
];

for (const [port, open, why] of ports) {
  test(`port ${port} is served on ${open}${why ? `: ${why}` : ""}`, () => assert.equal(openPort(port), open));
}
