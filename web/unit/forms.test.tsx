import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ContactTool } from "../src/desk/ContactTool.tsx";
import { apply } from "../src/state/effects.ts";
import { empty, talkOf } from "../src/state/model.ts";
import { set } from "../src/state/store.ts";
import type { ConversationHead } from "../src/wire/protocol.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** What the server answers by method and path; what is not here cannot be reached. */
let served: { [request: string]: unknown };
let root: Root;
let page: HTMLElement;

const head = { id: "c1", state: "active", queue: { id: "q", name: "Q" }, channel: { id: "h", kind: "web", name: "H" }, contact: { id: "k", name: "Old", identity: "+55" } } as ConversationHead;
const settle = (): Promise<void> => act(() => new Promise((done) => setTimeout(done, 10)));
const show = async (x: ReactNode): Promise<void> => {
  await act(async () => root.render(x));
  await settle();
};
const press = (words: string): Promise<void> => act(async () => [...page.querySelectorAll("button")].find((b) => b.textContent === words)!.click());
const type = (field: HTMLInputElement | HTMLTextAreaElement, text: string): Promise<void> =>
  act(async () => {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")!.set!.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

beforeEach(() => {
  served = {};
  vi.stubGlobal("fetch", async (url: string, o: { method: string }) => {
    const body = await served[`${o.method} ${new URL(url, "http://x").pathname.replace("/api/v1", "")}`];
    if (body === undefined) throw new TypeError("no line");
    return body instanceof Response ? body.clone() : new Response(JSON.stringify(body), { status: 200 });
  });
  set(() => ({ ...empty, talks: { c1: talkOf(head) } }));
  page = document.body.appendChild(document.createElement("div"));
  root = createRoot(page);
});
afterEach(async () => {
  await act(async () => root.unmount());
  page.remove();
  vi.unstubAllGlobals();
});

test("what is typed of a contact stays although somebody else changes it and it cannot be read again", async () => {
  served["GET /contacts/k"] = { id: "k", name: "Old", identities: [], documents: [], fields: {}, missing_fields: [], masked: [], merged: [] };
  served["GET /contact-fields"] = { items: [] };
  await show(<ContactTool id="c1" />);
  await press("Editar");
  const name = (): HTMLInputElement => page.querySelector("input[name=name]")!;
  await type(name(), "Typed");
  delete served["GET /contacts/k"];
  await act(async () => apply({ type: "event", seq: 1, name: "contact.updated", at: "", data: { contact: { id: "k", name: "New", documents: [], merged: [] } } }));
  await settle();
  expect(name()?.value).toBe("Typed");
});
