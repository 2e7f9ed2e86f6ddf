import { useEffect, useRef } from "preact/hooks";
import { hasKey, locked, setKey } from "../api";
import { reload } from "../list/store";

/** Asks for the master key while the proxy wants one. */
export function Lock() {
  const dialog = useRef<HTMLDialogElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (locked.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [locked.value]);
  return (
    <dialog
      ref={dialog}
      class="key"
      aria-labelledby="key-title"
      onCancel={(e) => e.preventDefault()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setKey(input.current?.value.trim() ?? "");
          if (input.current) input.current.value = "";
          void reload();
        }}
      >
        <h2 id="key-title">This proxy wants its key</h2>
        <p>
          It is the <code>master_key</code> of the configuration. This tab keeps it until it is
          closed.
        </p>
        {locked.value && hasKey() && (
          <p class="problem" role="alert">
            What was given is not its key.
          </p>
        )}
        <label>
          Key
          <input ref={input} type="password" name="key" autocomplete="off" required />
        </label>
        <button type="submit">Unlock</button>
      </form>
    </dialog>
  );
}
