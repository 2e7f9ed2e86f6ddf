import { useState } from "preact/hooks";

interface Props {
  text(): string | Promise<string>;
  label: string;
  children?: string;
}

/** Puts a text into the clipboard, and says whether it is there. */
export function CopyButton({ text, label, children = "Copy" }: Props) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(await text());
      setSaid("Copied");
    } catch (error) {
      setSaid(
        error instanceof Error && error.name === "NotAllowedError" ? "Not allowed" : "Failed",
      );
    }
    setTimeout(() => setSaid(null), 1500);
  };
  return (
    <button class="quiet" aria-label={label} onClick={() => void copy()}>
      <span aria-live="polite">{said ?? children}</span>
    </button>
  );
}
