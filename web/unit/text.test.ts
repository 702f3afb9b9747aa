import { describe, expect, test } from "vitest";
import { fillIn, matching, slashWord } from "../src/state/canned.ts";
import { bytes, duration, fuzzy, identity, initials } from "../src/ui/format.ts";
import { catalogue } from "../src/words/catalogue.ts";
import { setLook } from "../src/state/look.ts";
import { words } from "../src/words/words.ts";
import type { CannedResponse, ConversationHead } from "../src/wire/protocol.ts";

const canned = (shortcut: string, title: string, queues: string[] = []): CannedResponse => ({ id: shortcut, version: 1, shortcut, title, text: "t", folder: "", queue_ids: queues, language: "", owner_agent_id: "" });
const head = { protocol_number: "2026-1", contact: { id: "c", name: "Marina Alves", identity: "+5511" }, queue: { id: "q", name: "Fila" }, subject: "", attributes: { plan: "Ouro" } } as unknown as ConversationHead;

describe("canned responses", () => {
  test("variables are filled; empty and unknown ones are named", () => {
    expect(fillIn("Olá, {{contact.name}} ({{ protocol }}), plano {{plan}}", head, "Ana")).toEqual({ text: "Olá, Marina Alves (2026-1), plano Ouro", missing: [] });
    expect(fillIn("{{subject}}|{{nada}}", head, "Ana")).toEqual({ text: "|{{nada}}", missing: ["subject", "nada"] });
  });

  test("a slash word is one at the caret, not an address and not a fraction", () => {
    expect(slashWord("/sau", 4)).toEqual({ from: 0, typed: "sau" });
    expect(slashWord("oi /sau", 7)).toEqual({ from: 3, typed: "sau" });
    for (const text of ["1/2", "http://x", "a /b c"]) expect(slashWord(text, text.length)).toBeNull();
  });

  test("accents and gaps do not matter, the best match stands first, and other queues' texts are left out", () => {
    const list = [canned("boleto", "Segunda via"), canned("saudacao", "Saudação"), canned("assunto", "Sobre o assunto"), canned("x", "Saúde", ["other"])];
    expect(matching(list, "q", "sau").map((c) => c.shortcut)[0]).toBe("saudacao");
    expect(matching(list, "q", "SDC").map((c) => c.shortcut)).toEqual(["saudacao"]);
    expect(matching(list, "q", "").length).toBe(3);
    expect(fuzzy("xyz", "abc")).toBeNull();
  });
});

describe("words", () => {
  test("every key has the same places to fill in all three languages, and the same forms", () => {
    for (const [key, texts] of Object.entries(catalogue)) {
      const places = texts.map((t) => [...new Set(t.match(/\{\w+\}/g) ?? [])].sort().join());
      expect([key, new Set(places).size]).toEqual([key, 1]);
      expect([key, new Set(texts.map((t) => t.split("|").length)).size]).toEqual([key, 1]);
      expect([key, texts.length]).toEqual([key, 3]);
    }
  });

  test("the language changes at once, and one is not many", () => {
    setLook({ language: "pt" });
    expect(words()("unread", { n: 1 })).toBe("1 mensagem nova");
    expect(words()("unread", { n: 3 })).toBe("3 mensagens novas");
    setLook({ language: "en" });
    expect(words()("offer.accept")).toBe("Accept");
    expect(document.documentElement.lang).toBe("en");
    setLook({ language: "pt" });
    expect(words().or("error.unheard_of", "error.internal")).toBe(catalogue["error.internal"][0]);
  });
});

describe("figures", () => {
  test("durations, numbers, sizes and initials read as people write them", () => {
    expect([duration(-5), duration(7_900), duration(61_000), duration(3_723_000)]).toEqual(["0:00", "0:07", "1:01", "1:02:03"]);
    expect([identity("+5511999990000"), identity("551133334444"), identity("x@y.z")]).toEqual(["+55 11 99999-0000", "+55 11 3333-4444", "x@y.z"]);
    expect([bytes(900), bytes(20 << 20)]).toEqual(["900 B", "20 MB"]);
    expect([initials("Ana Maria Ribeiro"), initials("ana"), initials("")]).toEqual(["AR", "A", "?"]);
  });
});
