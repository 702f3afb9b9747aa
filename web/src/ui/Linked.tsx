const address = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Text with its addresses as links. Text stays text: nothing in it is ever read as markup. */
export function Linked({ text }: { text: string }) {
  const out = [];
  let end = 0;
  for (const m of text.matchAll(address)) {
    out.push(text.slice(end, m.index), <a key={m.index} href={m[0]} target="_blank" rel="noopener noreferrer nofollow">{m[0]}</a>);
    end = m.index + m[0].length;
  }
  return <>{out}{text.slice(end)}</>;
}
