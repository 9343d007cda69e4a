import assert from "node:assert/strict";
import { test } from "node:test";
import { boolean, element, integer, oid, sequence, setOf, time, utf8String } from "#identity/der.ts";
import { booleanOf, dottedOid, readDer, smallInteger, usualLimits, wholeBytes } from "#identity/der-reader.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

const written: readonly [what: string, der: Uint8Array, wanted: string][] = [
  ["zero", integer(0), "020100"],
  ["a number whose first bit is set gets a zero in front", integer(128), "02020080"],
  ["bytes lose needless zeros", integer(Buffer.of(0, 0, 5)), "020105"],
  ["bytes that are all zero", integer(Buffer.of(0, 0)), "020100"],
  ["true", boolean(true), "0101ff"],
  ["an identifier with parts over 7 bits", oid("1.2.840.113549.1.1.11"), "06092a864886f70d01010b"],
  ["an identifier under 2", oid("2.5.29.17"), "0603551d11"],
  ["a set in the order of its bytes", setOf(integer(2), integer(1)), "3106020101020102"],
  ["an empty sequence", sequence(), "3000"],
  ["letters that are not ASCII", utf8String("é"), "0c02c3a9"],
  ["a length of 128", element(4, Buffer.alloc(128)).subarray(0, 3), "048180"],
  ["a length of 256", element(4, Buffer.alloc(256)).subarray(0, 4), "04820100"],
  ["a time up to 2049", time(new Date("2049-12-31T23:59:59.999Z")), hex(Buffer.from("\x17\x0d491231235959Z"))],
  ["a time from 2050", time(new Date("2050-01-01T00:00:00Z")), hex(Buffer.from("\x18\x0f20500101000000Z"))],
];

for (const [what, der, wanted] of written) test(`writes ${what}`, () => assert.equal(hex(der), wanted));

const refused: readonly [what: string, der: string | Uint8Array, says: RegExp][] = [
  ["nothing", "", /cut off/],
  ["a tag by itself", "30", /cut off/],
  ["content cut off", "30 05 02 01 00", /longer than what is around it/],
  ["a child longer than its parent", "30 03 02 05 00", /longer than what is around it/],
  ["a length of 4 GiB", "30 84 ff ff ff ff 00", /longer than what is around it/],
  ["a length of 9 bytes", "30 89 01 00 00 00 00 00 00 00 00", /more than 4 bytes/],
  ["a length cut off", "30 82 01", /cut off/],
  ["an indefinite length", "30 80 02 01 00 00 00", /indefinite/],
  ["a length in long form that is short", "04 81 01 00", /longer form than needed/],
  ["a length with a needless zero", hex(Buffer.concat([bytes("04 82 00 80"), Buffer.alloc(128)])), /longer form/],
  ["the reserved length 0xff", "30 ff 00", /more than 4 bytes/],
  ["bytes behind the end", "30 00 00", /behind its end/],
  ["a tag of several bytes", "3f 81 01 00", /tag that certificates do not use/],
  ["an end-of-contents mark", "30 02 00 00", /tag that certificates do not use/],
  ["17 levels", nested(17), /nested deeper than 16/],
  ["3,000 levels, without running out of stack", nested(3000), /nested deeper than 16/],
  ["too many elements", sequence(...Array.from({ length: 600 }, () => integer(1))), /more than 512 elements/],
  ["too many bytes", element(4, Buffer.alloc(20_000)), /more than 16384/],
];

function nested(levels: number): Buffer {
  let der: Buffer = Buffer.alloc(0);
  for (let level = 0; level < levels; level++) der = sequence(der);
  return der;
}

for (const [what, der, says] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(() => readDer(typeof der === "string" ? bytes(der) : der), { name: "DerFault", message: says });
  });
}

test("reads 16 levels", () => assert.equal(readDer(nested(16)).tag, 0x30));

const values: readonly [what: string, read: () => unknown, wanted: unknown][] = [
  ["a small number", () => smallInteger(readDer(integer(65_537)), "it"), 65_537],
  ["a negative number", () => smallInteger(readDer(bytes("02 01 ff")), "it"), /it is negative/],
  ["a number with needless zeros", () => smallInteger(readDer(bytes("02 02 00 01")), "it"), /needless zeros/],
  ["a number of 5 bytes", () => smallInteger(readDer(bytes("02 05 01 00 00 00 00")), "it"), /not a small number/],
  ["an empty number", () => smallInteger(readDer(bytes("02 00")), "it"), /not a small number/],
  ["a number that is missing", () => smallInteger(undefined, "it"), /it is missing/],
  ["text for a number", () => smallInteger(readDer(utf8String("1")), "it"), /another type/],
  ["an identifier", () => dottedOid(readDer(oid("1.3.101.112")), "it"), "1.3.101.112"],
  ["an identifier under 2 with a large second part", () => dottedOid(readDer(oid("2.999")), "it"), "2.999"],
  ["an identifier cut off", () => dottedOid(readDer(bytes("06 02 2a 86")), "it"), /cut off/],
  ["an identifier with a needless 0x80", () => dottedOid(readDer(bytes("06 03 2a 80 01")), "it"), /needless zeros/],
  ["an identifier over 32 bits", () => dottedOid(readDer(bytes("06 07 2a ff ff ff ff ff 7f")), "it"), /over 32 bits/],
  ["a boolean of 1", () => booleanOf(readDer(bytes("01 01 01")), "it"), /not a boolean/],
  ["bits that are no whole bytes", () => wholeBytes(readDer(bytes("03 02 01 80")), "it"), /whole bytes/],
  ["bits without their first byte", () => wholeBytes(readDer(bytes("03 00")), "it"), /whole bytes/],
];

for (const [what, read, wanted] of values) {
  test(`a value: ${what}`, () => {
    if (wanted instanceof RegExp) assert.throws(read, { name: "DerFault", message: wanted });
    else assert.equal(read(), wanted);
  });
}

test("random changes of a valid element give an element or a DerFault, never another error", () => {
  const valid = sequence(integer(5), sequence(oid("1.2.840.10045.2.1"), utf8String("shop")), boolean(true));
  for (let round = 0; round < 5000; round++) {
    const changed = Buffer.from(valid);
    for (let n = 0; n <= round % 3; n++) changed[Math.floor(Math.random() * changed.length)] = Math.random() * 256;
    const cut = round % 5 === 0 ? changed.subarray(0, Math.random() * changed.length) : changed;
    try {
      readDer(cut, usualLimits);
    } catch (fault) {
      assert.equal((fault as Error).name, "DerFault", `${cut.toString("hex")}: ${fault}`);
    }
  }
});
