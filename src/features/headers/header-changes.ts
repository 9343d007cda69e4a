/** What is changed in the headers of a request on its way out, and of its response on its way back. */
export interface HeaderChanges {
  readonly request: HeaderOperations;
  readonly response: HeaderOperations;
}

export interface HeaderOperations {
  /** Replaced, or put there. */
  readonly set: Readonly<Record<string, string>>;
  /** Put beside what is there. */
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}
