import type { Bridge } from "#host/namespaces.ts";

/** Where the workloads of a mesh live: each mesh has a network namespace of its own, so all use the same addresses. */
export const meshBridge: Bridge = { name: "stod0", address: "10.128.0.1", prefix: 16 };

/** The numbers of the bridge's addresses that are for instances. */
export const onBridge = { first: 2, last: 65_534 } as const;

export function bridgeAddress(number: number): string {
  return `10.128.${number >> 8}.${number & 0xff}`;
}
