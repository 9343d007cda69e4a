/** DER in the armour that files and Envoy take, such as `-----BEGIN CERTIFICATE-----`. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/**
 * The DER of every block with this label, in order; `undefined` where the text has anything but such blocks and
 * blanks, or none.
 *
 * @param maxLength  a longer text is refused unread
 */
export function decodePem(label: string, text: string, maxLength: number): Buffer[] | undefined {
  if (text.length > maxLength) return undefined;
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  const blocks: Buffer[] = [];
  for (let rest = text.trim(); rest !== ""; ) {
    const stop = rest.indexOf(end);
    if (!rest.startsWith(begin) || stop === -1) return undefined;
    const base64 = rest.slice(begin.length, stop).replace(/\s+/g, "");
    if (base64 === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
    blocks.push(Buffer.from(base64, "base64"));
    rest = rest.slice(stop + end.length).trimStart();
  }
  return blocks.length === 0 ? undefined : blocks;
}
