import assert from "node:assert/strict";
import { test } from "node:test";
import { SortedKeys } from "#graph/sorted-keys.ts";

for (const editsBetweenLooks of [1, 7, 100]) {
  test(`keys stay sorted through edits, looked at after each ${editsBetweenLooks}`, () => {
    const keys = new Set(["m"]);
    const sorted = new SortedKeys(keys);
    for (let edit = 0; edit < 2000; edit++) {
      const key = `k${(edit * 7919) % 211}`;
      const present = !keys.has(key);
      if (present) keys.add(key);
      else keys.delete(key);
      sorted.edited(key, present);
      if (edit % editsBetweenLooks === 0) assert.deepEqual(sorted.list(), [...keys].sort());
    }
  });
}
