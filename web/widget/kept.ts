/** What a channel's pages remember in the browser, shared by all tabs of the origin. */
export interface Kept {
  token?: string;
  /** There is a conversation that has not ended: the app is loaded with the page. */
  talks?: boolean;
  color?: string;
  answers?: { [key: string]: string };
  /** Up to where the visitor has seen a conversation. */
  seen?: { id: string; seq: number };
}

/** Who speaks: somebody that the site vouches for, else whoever uses this browser. Of a proof only the subject is read: the server checks it. */
export function speaker(proof: string): string {
  if (!proof) return "anon";
  try {
    const { sub } = JSON.parse(atob((proof.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as { sub: string };
    return "u-" + encodeURIComponent(sub).replaceAll(".", "%2E");
  } catch {
    return "u-";
  }
}

export const keptKey = (channel: string, proof: string): string => `pronto.chat.${channel}.${speaker(proof)}`;

export function read(key: string): Kept {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? "{}") ?? {}) as Kept;
  } catch {
    return {}; // no storage here, or nothing that can be read
  }
}

export function keep(key: string, change: Kept): void {
  try {
    localStorage.setItem(key, JSON.stringify({ ...read(key), ...change }));
  } catch {
    // the browser keeps nothing: the visitor is somebody new on the next page
  }
}
