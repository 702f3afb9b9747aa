import { describe, expect, test } from "vitest";
import { clock, languageOf } from "../widget/text.ts";

describe("the language of a page", () => {
  test("what pages write there is understood, and what means nothing is passed over: times can be written", () => {
    for (const [tags, is] of [[["pt_BR"], "pt-BR"], [["", null, " es "], "es"], [["english!", "en-GB"], "en-GB"], [["x"], "en"], [[undefined], "en"]] as const) {
      const language = languageOf(...tags);
      expect(language).toBe(is);
      expect(clock("2026-01-01T12:00:00Z", language)).toMatch(/\d/);
    }
    expect(() => clock("2026-01-01T12:00:00Z", "pt_BR")).toThrow(); // which is why
  });
});
