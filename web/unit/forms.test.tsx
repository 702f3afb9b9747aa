import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EditorFrame } from "../src/admin/Editor.tsx";
import { useField } from "../src/admin/form.tsx";
import { useEditor } from "../src/admin/useEditor.ts";
import { CloseDialog } from "../src/desk/CloseDialog.tsx";
import { ContactTool } from "../src/desk/ContactTool.tsx";
import { Today } from "../src/desk/Day.tsx";
import { Merge } from "../src/desk/Merge.tsx";
import { NotesTool } from "../src/desk/NotesTool.tsx";
import { TransferDialog } from "../src/desk/TransferDialog.tsx";
import { apply } from "../src/state/effects.ts";
import { type Desk, empty, talkOf } from "../src/state/model.ts";
import { set } from "../src/state/store.ts";
import { CommandRefused } from "../src/wire/outbox.ts";
import { Whisper } from "../src/supervisor/Whisper.tsx";
import type { Contact, ConversationHead } from "../src/wire/protocol.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

/** What the server says to the next command. */
let say: () => Promise<unknown>;
vi.mock("../src/state/session.ts", () => ({ command: () => say(), silentMS: () => 0 }));

/** What the server answers by method and path; what is not here cannot be reached. */
let served: { [request: string]: unknown };
let root: Root;
let page: HTMLElement;

const head = { id: "c1", state: "active", queue: { id: "q", name: "Q" }, channel: { id: "h", kind: "web", name: "H" }, contact: { id: "k", name: "Old", identity: "+55" } } as ConversationHead;
const settle = (ms = 10): Promise<void> => act(async () => void (await new Promise((done) => setTimeout(done, ms))));
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
  say = () => Promise.reject(new CommandRefused({ code: "offline", message: "" }));
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

describe("what an administrator edits", () => {
  function Name() {
    const f = useField<string>("/name", "name");
    return <input value={f.value} onChange={(e) => f.set(e.target.value)} />;
  }
  function Page() {
    const e = useEditor({ path: "/queues/q", stored: { id: "q", version: 1, name: "Old" }, blank: {} });
    return <EditorFrame e={e} save={async () => void (await e.save())} name=""><Name /></EditorFrame>;
  }
  const field = (): HTMLInputElement => page.querySelector("input")!;
  const save = (): Promise<void> => act(async () => void document.dispatchEvent(new KeyboardEvent("keydown", { key: "s", ctrlKey: true })));
  const refusal = (code: string) => new Response(JSON.stringify({ code }), { status: 412 });

  test("what is typed while it is being saved stays, and is not said to be saved", async () => {
    let answer: (x: unknown) => void = () => {};
    served["PATCH /queues/q"] = new Promise((done) => (answer = done));
    await show(<Page />);
    await type(field(), "New");
    await save();
    await type(field(), "Newer");
    answer({ id: "q", version: 2, name: "New" });
    await settle();
    expect(field().value).toBe("Newer");
    expect(page.querySelector(".save-state")!.textContent).toBe("Alterações não salvas");
    const leaving = new Event("beforeunload", { cancelable: true });
    dispatchEvent(leaving);
    expect(leaving.defaultPrevented).toBe(true);
  });

  test("where somebody else has saved, closing the question loses nothing, and it comes again", async () => {
    served["PATCH /queues/q"] = refusal("version_mismatch");
    await show(<Page />);
    await type(field(), "Mine");
    await save();
    await settle();
    expect(page.querySelector(".refusal")).not.toBe(null); // what they wrote could not be read: it says so
    served["GET /queues/q"] = { id: "q", version: 2, name: "Theirs" };
    for (let i = 0; i < 2; i++) {
      await save();
      await settle();
      const question = page.querySelector("dialog")!;
      expect(question).not.toBe(null);
      await act(async () => question.querySelector<HTMLElement>(".icon-button")!.click());
      expect(page.querySelector("dialog")).toBe(null);
      expect(field().value).toBe("Mine");
    }
  });
});

test("a note that is being written waits while one looks at another conversation", async () => {
  set((d) => ({ ...d, talks: { c1: talkOf(head), c2: talkOf({ ...head, id: "c2" }) } }));
  const box = (): HTMLTextAreaElement => page.querySelector("textarea")!;
  await show(<NotesTool key="c1" id="c1" />);
  await type(box(), "half a note");
  await show(<NotesTool key="c2" id="c2" />);
  expect(box().value).toBe("");
  await show(<NotesTool key="c1" id="c1" />);
  expect(box().value).toBe("half a note");
});

describe("what could not be read", () => {
  test("contacts that could not be looked for are not said to be none, and can be looked for again", async () => {
    await show(<Merge contact={{ id: "k", merged: [] } as unknown as Contact} set={() => {}} />);
    await press("Unir com outro cadastro");
    await type(page.querySelector("input")!, "Ana");
    await settle(250);
    await settle();
    expect(page.querySelector("[role=alert]")).not.toBe(null);
    expect(page.textContent).not.toContain("Nada encontrado");
    served["GET /contacts"] = { items: [{ id: "k2", name: "Ana", identities: [] }] };
    await press("Tentar de novo");
    await settle();
    expect(page.querySelector(".target-name")!.textContent).toBe("Ana");
  });

  test("colleagues that could not be looked for can be looked for again: the dialog does not load for ever", async () => {
    await show(<TransferDialog id="c1" />);
    expect(page.querySelector(".state[role=alert]")).not.toBe(null);
    expect(page.querySelector(".skeleton")).toBe(null);
  });
});

test("a script that could not be read says so, and can be read again: the conversation can be closed", async () => {
  const done = (): HTMLButtonElement => page.querySelector(".primary.finish")!;
  await show(<CloseDialog id="c1" />);
  expect(done().disabled).toBe(true);
  served["GET /queues/q"] = { id: "q", script_id: "", mode: "push" };
  await press("Tentar de novo");
  await settle();
  expect(done().disabled).toBe(false);
});

test("of two readings of the day the later one is shown, whichever is answered last", async () => {
  const closed = (n: number) => ({ items: Array.from({ length: n }, () => ({ closed_at: new Date().toISOString() })) });
  let answer: (x: unknown) => void = () => {};
  served["GET /conversations"] = new Promise((done) => (answer = done));
  set((d) => ({ ...d, agent: { id: "a1", status_since: "" } as Desk["agent"] }));
  await show(<Today />);
  served["GET /conversations"] = closed(2);
  await act(async () => set((d) => ({ ...d, talks: {} })));
  await settle();
  answer(closed(1));
  await settle();
  expect(page.querySelector("[data-closed]")!.textContent).toBe("2");
});

test("what a supervisor begins to whisper while the word before is on its way stays", async () => {
  let answer: (x: unknown) => void = () => {};
  say = () => new Promise((done) => (answer = done));
  const box = (): HTMLTextAreaElement => page.querySelector("textarea")!;
  await show(<Whisper id="c1" waits={false} />);
  await type(box(), "first");
  await press("Sussurrar");
  await type(box(), "second");
  answer({ note: { id: "n1", conversation_id: "c1" } });
  await settle();
  expect(box().value).toBe("second");
  say = () => Promise.reject(new CommandRefused({ code: "overloaded", message: "" }));
  await press("Sussurrar");
  await settle();
  expect(box().value).toBe("second");
});
