/** An answer that the proxy gives by itself. */
export interface DirectResponse {
  readonly status: number;
  readonly body: string | Uint8Array | undefined;
}

/** The most that a proxy answers by itself: every proxy that may give the answer holds it in memory. */
export const maxBodyBytes = 1_048_576;
