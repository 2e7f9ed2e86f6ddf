// The head of the page: where one is, and how the proxy is.

import { connection } from "../list/store";
import { go, route } from "../route";
import { nextTheme, theme } from "../theme";
import { help } from "./keys";
import { status } from "./status";

export function Head() {
  const page = route.value.page;
  return (
    <header class="head">
      <h1>
        yallmp <small>inspector</small>
      </h1>
      <nav aria-label="Pages">
        <Page
          name="Exchanges"
          current={page === "exchanges"}
          open={() => go({ page: "exchanges", id: null })}
        />
        <Page
          name="Overview"
          current={page === "overview"}
          open={() => go({ page: "overview", id: null })}
        />
      </nav>
      <div class="push head-state">
        <Deployments />
        <LogState />
        <span class={`live ${connection.value}`} role="status">
          {connection.value === "on" ? "live" : "no connection"}
        </span>
        <button class="quiet" onClick={nextTheme} title="Colours: as the system, light, dark (d)">
          {{ system: "◐ system", light: "○ light", dark: "● dark" }[theme.value]}
        </button>
        <button class="quiet" aria-label="Keyboard help" onClick={() => (help.value = true)}>
          ?
        </button>
      </div>
    </header>
  );
}

function Page({ name, current, open }: { name: string; current: boolean; open(): void }) {
  return (
    <button class="page" aria-current={current ? "page" : undefined} onClick={open}>
      {name}
    </button>
  );
}

function Deployments() {
  const all = status.value?.deployments ?? [];
  const cooling = all.filter((one) => one.state !== "ok");
  if (cooling.length === 0) return null;
  return (
    <span class="tag warn" title={cooling.map((one) => one.id).join(", ")}>
      {cooling.length} of {all.length} cooling down
    </span>
  );
}

function LogState() {
  const log = status.value?.log;
  if (!log) return null;
  if (!log.enabled) return <span class="tag warn">log off</span>;
  if (log.dropped) return <span class="tag bad">{log.dropped} notes lost</span>;
  return null;
}
