import { Paperclip, RotateCcw, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useDesk } from "../state/store.ts";
import { fileLimits, removeUpload, retryUpload } from "../state/uploads.ts";
import { bytes } from "../ui/format.ts";
import { useWords } from "../words/words.ts";

/** Files that go with the next message: preview, how far they are, what went wrong. */
export function Uploads({ id }: { id: string }) {
  const t = useWords();
  const list = useDesk((d) => d.uploads[id]);
  const [most, setMost] = useState(0);
  const some = !!list?.length;
  useEffect(() => void (some && fileLimits().then((l) => setMost(l.max_bytes), () => {})), [some]);
  if (!list?.length) return null;
  return (
    <div className="uploads">
      <ul aria-label={t("attachments")}>
        {list.map((u) => (
          <li key={u.key} className={`upload ${u.state}`}>
            {u.preview ? <img src={u.preview} alt="" /> : <Paperclip size={16} aria-hidden />}
            <span className="upload-name">{u.name}</span>
            <span className="upload-state" role="status">{u.state === "failed" ? t.or(`file.${u.error}`, "file.failed", { size: bytes(most) }) : u.state === "ready" ? bytes(u.size) : u.state === "checking" ? t("file.scanning") : `${Math.round(u.progress * 100)} %`}</span>
            {u.state === "sending" && <progress max={1} value={u.progress} aria-label={u.name} />}
            {u.state === "failed" && u.error !== "too_large" && u.error !== "type_refused" && <button type="button" className="icon-button" aria-label={t("again")} onClick={() => retryUpload(id, u.key)}><RotateCcw size={14} /></button>}
            <button type="button" className="icon-button" aria-label={t("file.remove", { name: u.name })} onClick={() => removeUpload(id, u.key)}><X size={14} /></button>
          </li>
        ))}
      </ul>
      {most > 0 && <p className="muted">{t("file.limits", { size: bytes(most) })}</p>}
    </div>
  );
}
