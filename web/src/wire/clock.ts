/** The server's clock, as far as this client knows it. The user's own clock may be off by any amount. */
let offset = 0;

export function syncClock(serverNow: string): void {
  offset = Date.parse(serverNow) - Date.now();
}

/** Milliseconds since the epoch by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}
