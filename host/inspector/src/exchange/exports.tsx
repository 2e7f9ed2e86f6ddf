// The exchange for use elsewhere: a command, a log, a fixture.

import { useRef, useState } from "preact/hooks";
import { exported, type ExportAs } from "../api";
import { CopyButton } from "../shell/copy";

const FORMS: [ExportAs, string][] = [
  ["log", "Log, as it is on disk"],
  ["fixture", "Test fixture"],
  ["har", "HAR"],
  ["jsonl", "JSON lines"],
  ["curl", "curl script"],
];

export function Exports({ id }: { id: string }) {
  const [failure, setFailure] = useState<string | null>(null);
  const menu = useRef<HTMLDetailsElement>(null);
  const save = async (as: ExportAs) => {
    if (menu.current) menu.current.open = false;
    try {
      const { blob, name } = await exported(id, as);
      download(blob, name);
      setFailure(null);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <span class="push exports">
      {failure !== null && (
        <span class="bad-text" role="alert">
          {failure}
        </span>
      )}
      <CopyButton label="Copy as curl" text={async () => (await exported(id, "curl")).blob.text()}>
        Copy as curl
      </CopyButton>
      <details ref={menu} class="menu">
        <summary>Download</summary>
        <div>
          {FORMS.map(([as, name]) => (
            <button key={as} onClick={() => void save(as)}>
              {name}
            </button>
          ))}
        </div>
      </details>
    </span>
  );
}

function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
