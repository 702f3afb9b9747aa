import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { useNear } from "../src/state/near.ts";

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
