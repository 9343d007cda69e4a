/** A range of IPv4 addresses, as numbers, both ends in it. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** @throws where the text is not a range such as `240.240.0.0/16`, of 8 to 30 bits */
export function parseRange(text: string): AddressRange {
  const [address = "", bits = "", ...rest] = text.split("/");
  const octets = address.split(".");
  const wellFormed =
    octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256);
  const prefix = /^\d{1,2}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!wellFormed || rest.length > 0 || !(prefix >= 8 && prefix <= 30)) {
    throw new Error(`"${text}" is not a range of addresses, such as 240.240.0.0/16`);
  }
  const size = 2 ** (32 - prefix);
  const number = octets.reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const first = number - (number % size);
  return { first, last: first + size - 1 };
}

export function sizeOf({ first, last }: AddressRange): number {
  return last - first + 1;
}

/** Addresses that end in 0 or 255 are left out, as in Istio: some systems take them for a network or a broadcast. */
export function isUsable(address: number): boolean {
  return address % 256 !== 0 && address % 256 !== 255;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
