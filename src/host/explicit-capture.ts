/**
 * Addresses of explicit capture: where nothing of an application's traffic may be redirected, its Envoy listens on addresses of
 * this machine's loopback that the application is told of. Every address of 127.0.0.0/8 is Linux's own, without setting anything up.
 *
 * Each instance has a *place*, a number from 1 to {@link lastPlace}, and all its addresses follow from that.
 */
export const lastPlace = 120;

/** Where others reach an instance: its Envoy listens there. */
export function frontAddress(place: number): string {
  return `127.129.0.${place}`;
}

/** Where an instance's application has to listen, reached by its Envoy. */
export function applicationAddress(place: number): string {
  return `127.128.0.${place}`;
}

/** Applications send requests for any host there, as to an HTTP proxy; on the front address. */
export const httpProxyPort = 15080;

/** The virtual address of a service by its number, from 1 to {@link lastService}: the same for all its callers. */
export function virtualAddress(service: number): string {
  return `240.241.${service >> 8}.${service & 0xff}`;
}

export const lastService = 65_534;

/** Where the instance at a place calls what has a virtual address; `undefined` for any other address. */
export function callingAddress(virtual: string, place: number): string | undefined {
  const [, high, low] = /^240\.241\.(\d+)\.(\d+)$/.exec(virtual) ?? [];
  return high === undefined ? undefined : `127.${130 + place}.${high}.${low}`;
}

const firstUnprivileged = 1024;
/** Above the ports that kernels give to outgoing connections. */
const insteadOfPrivileged = 61_440;

/** The port to listen on in place of one that only the privileged may use. */
export function openPort(port: number): number {
  return port < firstUnprivileged ? insteadOfPrivileged + port : port;
}
