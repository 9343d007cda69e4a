/** Where a caller is sent instead. What is `undefined` stays as it was in the request. */
export interface Redirect {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  /** `by-scheme`: the scheme's own port. */
  readonly port: number | "by-scheme" | undefined;
  readonly path: { readonly how: "whole" | "prefix"; readonly text: string } | undefined;
  readonly status: 301 | 302 | 303 | 307 | 308;
}
