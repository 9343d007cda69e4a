/** Where a caller is sent instead. What is `undefined` stays as it was in the request. */
export interface Redirect {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  /** `by-scheme`: the scheme's own port; `as-called`: the one that the request came to. */
  readonly port: number | "by-scheme" | "as-called" | undefined;
  readonly path: { readonly how: "whole" | "prefix"; readonly text: string } | undefined;
  readonly status: 301 | 302 | 303 | 307 | 308;
}
