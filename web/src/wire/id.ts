/** An id that nobody else makes. Not randomUUID: pages without https, in which the web chat may stand, do not have it. */
export function freshId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
