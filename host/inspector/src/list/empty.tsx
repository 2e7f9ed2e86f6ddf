// What to do when there is nothing to see.

import { CopyButton } from "../shell/copy";
import { status } from "../shell/status";
import { route, setParams } from "../route";
import { failure } from "./store";
import { filterOf, FILTERS } from "./match";

export function NothingHere() {
  if (failure.value !== null) {
    return (
      <div class="empty" role="alert">
        <h2>The list cannot be had</h2>
        <p>{failure.value}</p>
      </div>
    );
  }
  if (Object.keys(filterOf(route.value.params)).length > 0) {
    return (
      <div class="empty">
        <h2>Nothing fits</h2>
        <p>No exchange has all that the filters ask for.</p>
        <button onClick={() => setParams(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
          Clear the filters
        </button>
      </div>
    );
  }
  if (status.value && !status.value.log.enabled) return <LogOff />;
  return (
    <div class="empty">
      <h2>No exchanges yet</h2>
      <p>Whatever goes through the proxy appears here at once. Send something:</p>
      <Command text={curl()} />
    </div>
  );
}

function LogOff() {
  return (
    <div class="empty">
      <h2>The request log is off</h2>
      <p>
        There is nothing to inspect without it. Switch it on in the configuration and start anew:
      </p>
      <Command text={"general_settings:\n  request_log:\n    enabled: true"} />
    </div>
  );
}

export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <pre>{text}</pre>
      <CopyButton text={() => text} label="Copy the command" />
    </div>
  );
}

function curl(): string {
  const body = {
    model: "leaky-tools",
    stream: true,
    messages: [{ role: "user", content: "What is the weather in Oslo?" }],
    tools: [{ type: "function", function: { name: "get_weather" } }],
  };
  return [
    `curl -N ${location.origin}/v1/chat/completions \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
