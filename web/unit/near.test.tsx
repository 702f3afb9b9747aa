import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import type { Desk } from "../src/state/model.ts";
import { useNear } from "../src/state/near.ts";
import { set } from "../src/state/store.ts";
import { look } from "../src/supervisor/live.ts";
import { watch } from "../src/supervisor/watching.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const said: unknown[][] = [];
vi.mock("../src/state/session.ts", () => ({
  command: async (...asked: unknown[]) => {
    said.push(asked);
    return {};
  },
}));

function Queues() {
  return <p>{useNear("queues") ? "told" : "not yet"}</p>;
}

test("what is shown while there is no line is asked for when it is back, also where the session goes on", async () => {
  const root = createRoot(document.createElement("div"));
  await act(async () => root.render(<Queues />)); // the phase is still "connecting"
  expect(said).toEqual([["directory.subscribe", { queues: true, agents: false }]]); // and not "once": it waits for the line
  await act(async () => root.unmount());
});

test("a supervisor who looks at the board or a conversation while there is no line sees it when it is back", () => {
  said.length = 0;
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no line")));
  set((d) => ({ ...d, user: { id: "s1", name: "S", role: "supervisor" } as Desk["user"], phase: "reconnecting" }));
  look();
  watch("c1");
  watch("c2");
  expect(said).toEqual([
    ["live.subscribe", {}], ["conversation.watch", { conversation_id: "c1" }], ["conversation.unwatch", { conversation_id: "c1" }], ["conversation.watch", { conversation_id: "c2" }],
  ]);
  vi.unstubAllGlobals();
});
