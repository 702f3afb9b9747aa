import { describe, expect, test, vi } from "vitest";
import { Chat } from "../widget/chat.ts";
import type { Place } from "../widget/mounted.ts";
import type { Message, WidgetData } from "../src/wire/protocol.ts";
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

describe("earlier messages", () => {
  const message = (seq: number): Message => ({ id: `m${seq}`, conversation_id: "c1", seq, author: { kind: "agent", name: "A" }, text: "", attachments: [], at: "" });

  test("they do not come before a snapshot's that begin elsewhere: none would be missing between them", async () => {
    vi.stubGlobal("WebSocket", class { close(): void {} });
    let answer: (x: Response) => void = () => {};
    vi.stubGlobal("fetch", () => new Promise((done) => (answer = done)));
    const chat = new Chat({ channel: "chn_1", server: "http://x", element: document.createElement("div"), proof: () => "", paint: () => {} } as unknown as Place, true);
    chat.set({ data: {} as WidgetData, messages: [message(50)], more: true });
    const asked = chat.earlier();
    chat.set({ messages: [message(90)], more: true });
    answer(new Response(JSON.stringify({ messages: [message(49)], more: false })));
    expect(await asked).toBe(false);
    expect([chat.model.messages.map((m) => m.seq), chat.model.more, chat.model.loading]).toEqual([[90], true, false]);
    chat.end();
    vi.unstubAllGlobals();
  });
});
