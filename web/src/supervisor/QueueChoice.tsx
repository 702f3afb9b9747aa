import { useBoard } from "./board.ts";

/** A queue that one supervises; empty: `own`. */
export function QueueChoice({ label, own, value, change }: { label: string; own: string; value: string; change: (id: string) => void }) {
  const queues = useBoard((b) => b.queues);
  return (
    <label>{label}
      <select value={value} onChange={(e) => change(e.target.value)}>
        <option value="">{own}</option>
        {[...queues.values()].map((q) => <option key={q.queue.id} value={q.queue.id}>{q.queue.name}</option>)}
      </select>
    </label>
  );
}
