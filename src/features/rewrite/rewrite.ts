/** What a request becomes on its way to the destination; `undefined` parts stay. */
export interface Rewrite {
  readonly authority: string | undefined;
  readonly path: PathRewrite | undefined;
}

export type PathRewrite =
  /** Replaces what the route matched: the prefix, or all of an exact path. */
  | { readonly how: "matched"; readonly text: string }
  /** Replaces the whole path, where a regular expression matched it. */
  | { readonly how: "regex"; readonly match: string; readonly substitution: string };
