/** What the bench tells the process that all simulated proxies are in. */
export type Command =
  | {
      readonly do: "connect";
      readonly to: Target;
      readonly proxies: number;
      readonly services: number;
      readonly vhds: boolean;
    }
  | { readonly do: "watch"; readonly typeUrl: string; readonly marker: string }
  | { readonly do: "total" };

export type Target =
  | { readonly unix: string }
  | {
      readonly port: number;
      readonly roots: string;
      readonly certificate: string;
      readonly key: string;
    };

/** What it tells back; times are in milliseconds of the machine's monotonic clock. */
export type News =
  | { readonly is: "converged"; readonly at: readonly number[] }
  /** Every proxy has got something with the marker in it. */
  | { readonly is: "seen"; readonly at: readonly number[] }
  | { readonly is: "total"; readonly receivedBytes: number };

/** The monotonic clock that all processes of a machine share, in milliseconds. */
export function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
