import assert from "node:assert/strict";
import { test } from "node:test";
import { lineDifference } from "./want-file.ts";

test("a difference shows what is wanted, what is there, and a few lines around", () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  const want = lines.join("\n");
  const is = lines.with(5, "something else").join("\n");
  assert.equal(
    lineDifference(want, is),
    [
      "  line 2",
      "  line 3",
      "  line 4",
      "- line 5",
      "+ something else",
      "  line 6",
      "  line 7",
      "  line 8",
      "  ⋯",
    ].join("\n"),
  );
});
