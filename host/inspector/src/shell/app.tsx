import { Exchange } from "../exchange/exchange";
import { Filters } from "../list/filters";
import { List } from "../list/list";
import { OverviewPage } from "../overview/overview";
import { route } from "../route";
import { Head } from "./head";
import { Help } from "./help";
import { Lock } from "./lock";

export function App() {
  const { page, id } = route.value;
  return (
    <>
      <Head />
      {page === "overview" ? (
        <OverviewPage />
      ) : (
        <main class={`exchanges ${id === null ? "" : "split"}`}>
          <section class="pane-list" aria-label="List of exchanges">
            <Filters />
            <List />
          </section>
          {id !== null && <Exchange key={id} id={id} />}
        </main>
      )}
      <Help />
      <Lock />
    </>
  );
}
