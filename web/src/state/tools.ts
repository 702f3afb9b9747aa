import { set } from "./store.ts";

/** Opens a tool beside a conversation, or closes it where it is open already. Each conversation keeps its own. */
export function openTool(conversation: string, tool: string): void {
  set((d) => ({ ...d, tools: { ...d.tools, [conversation]: d.tools[conversation] === tool ? "" : tool } }));
}

export function askToClose(conversation: string | null): void {
  set((d) => ({ ...d, closing: conversation }));
}

export function askToTransfer(conversation: string | null): void {
  set((d) => ({ ...d, transferring: conversation }));
}
