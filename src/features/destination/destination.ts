import type { HeaderChanges } from "#features/headers/header-changes.ts";

/** A place that traffic is sent to: one port of a service, or a subset of its endpoints there. */
export interface Destination {
  /** Fully qualified. */
  readonly host: string;
  readonly subset: string | undefined;
  /** `undefined` where the user left it to the service, which then has one port, or to the port of the request. */
  readonly port: number | undefined;
}

/** One of the places that a route splits its requests between. */
export interface WeightedDestination {
  readonly destination: Destination;
  /** Its share, relative to the others'. */
  readonly weight: number;
  /** What changes in requests and responses of this share alone. */
  readonly headers: HeaderChanges | undefined;
}
