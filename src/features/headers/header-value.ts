/**
 * Whether Envoy takes a text as the value of a header: no control characters but a tab, and each `%` is doubled or
 * belongs to one of Envoy's commands, such as `%REQ(x-user?:path):10%`. It looks at the form of a command only.
 */
export function isHeaderValue(value: string): boolean {
  const hasControls = [...value].some((char) => (char < " " && char !== "\t") || char === "\x7f");
  return !hasControls && /^(?:[^%]|%%|%[A-Z0-9_]+(?:\([^)]*\))?(?::\d+)?%)*$/.test(value);
}
