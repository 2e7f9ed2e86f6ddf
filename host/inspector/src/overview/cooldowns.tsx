// When deployments cooled down: a line for each, bars over time.

import type { Cooldown, Overview } from "../contract";
import { clock, seconds } from "../format";
import { byDeployment, place, stretch } from "./stretches";

export function Cooldowns({ overview }: { overview: Overview }) {
  const { cooldowns, since } = overview;
  const known = overview.cooldowns_known_since ?? since;
  const unknown = place({ since, until: known }, overview);
  return (
    <figure class="chart cooldowns">
      <figcaption>
        <b>Cool-downs</b>{" "}
        <span class="faint">
          {unknown
            ? `known since ${at(known)}, when this proxy started`
            : "after failures: the deployment is not asked"}
        </span>
      </figcaption>
      {cooldowns.length === 0 && <p class="hint">No deployment cooled down in this time.</p>}
      {byDeployment(cooldowns).map(([deployment, all]) => (
        <div class="cooldown-line" key={deployment}>
          <span class="cooldown-name" title={deployment}>
            {deployment}
          </span>
          <svg
            role="img"
            aria-label={`${deployment}: ${all.map((one) => words(one)).join("; ")}`}
            width="100%"
            height="18"
          >
            {unknown && <rect class="unknown" {...unknown} height="18" />}
            {all.map((one) => {
              const where = place(one, overview);
              return (
                where && (
                  <rect
                    key={one.since}
                    class={one.now ? "bar now" : "bar"}
                    {...where}
                    y="3"
                    height="12"
                    rx="2"
                  >
                    <title>{words(one)}</title>
                  </rect>
                )
              );
            })}
          </svg>
          <span class="cooldown-sum num">
            {all.some((one) => one.now) && <em class="tag warn">now</em>}{" "}
            {all.length > 1 && <span class="faint">{all.length} ×</span>}{" "}
            {seconds(stretch(all, overview))}
          </span>
        </div>
      ))}
    </figure>
  );
}

function words({ since, until, now }: Cooldown): string {
  const length = seconds(until - since);
  return now ? `${at(since)}, until ${at(until)} (${length})` : `${at(since)} for ${length}`;
}

function at(time: number): string {
  return clock(new Date(time * 1000).toISOString());
}
