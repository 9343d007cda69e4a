/** An answer that the proxy gives by itself. */
export interface DirectResponse {
  readonly status: number;
  readonly body: string | Uint8Array | undefined;
}
