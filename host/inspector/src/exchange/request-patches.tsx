// What each plugin changed in the request.

import type { Trace } from "../contract";
import { offset } from "../format";
import { DiffView } from "../rows/body";
import { useState } from "preact/hooks";
import { NotKept, Panel } from "./ends";
import { Remarks } from "./remarks";
import type { AttemptStages } from "./stages";

export function RequestPatches({ trace, stages }: { trace: Trace; stages: AttemptStages }) {
  const { requestPatches: patches, attempt } = stages;
  const [chosen, setChosen] = useState(0);
  const patch = patches[Math.min(chosen, patches.length - 1)];
  return (
    <Panel title="What plugins changed in the request" note={`for ${attempt.deployment}`}>
      {patches.length > 1 && (
        <div class="picker" role="group" aria-label="Plugins">
          {patches.map((one, index) => (
            <button key={index} aria-pressed={one === patch} onClick={() => setChosen(index)}>
              {one.plugin} <small>{offset(one.at)}</small>
            </button>
          ))}
        </div>
      )}
      {!patch && (
        <p class="hint">No plugin changed the request. It went upstream as the client sent it.</p>
      )}
      {patch && patch.headers.length > 0 && (
        <ul class="header-changes">
          {patch.headers.map((header) => (
            <li key={header} class={header.startsWith("-") ? "removed" : "added"}>
              <code>{header.startsWith("-") ? header : `+${header}`}</code>
            </li>
          ))}
        </ul>
      )}
      {patch &&
        (patch.before != null && patch.after != null ? (
          <DiffView before={patch.before} after={patch.after} label="the request after the plugin">
            <b>{patch.plugin}</b>
          </DiffView>
        ) : (
          <NotKept level={trace.summary.level} text="What it changed is not in the log." />
        ))}
      <Remarks trace={trace} attempt={attempt} hooks="request" />
    </Panel>
  );
}
