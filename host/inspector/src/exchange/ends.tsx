// The four ends of an exchange: what was sent and what was got, on both sides.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Attempt, Body, Header, Trace } from "../contract";
import { bytes, offset, plural, seconds } from "../format";
import { BodyView, DiffView } from "../rows/body";
import { Frames } from "./frames";
import { headerChanges } from "./stages";

export function ClientSent({ trace }: { trace: Trace }) {
  const { client } = trace;
  if (!client) return <NotKept level={undefined} text="The beginning of the log is lost." />;
  return (
    <Panel
      title="What the client sent"
      note={`${client.method} ${client.path} to ${client.host ?? "the proxy"}`}
    >
      <Headers headers={client.headers} />
      <Content body={client} label="the client's request" level={trace.summary.level} />
    </Panel>
  );
}

export function Upstream({ trace, attempt }: { trace: Trace; attempt: Attempt }) {
  const [against, setAgainst] = useState(false);
  const { sent } = attempt;
  if (!sent) {
    return (
      <Panel title="What went upstream" note={attempt.deployment}>
        <p class="hint">Nothing was sent{attempt.failed ? `: ${attempt.failed.error}` : " yet."}</p>
      </Panel>
    );
  }
  const { headers = [] } = sent;
  const changed = headerChanges(trace.client?.headers ?? [], headers);
  const comparable = sent.body != null && trace.client?.body != null;
  return (
    <Panel title="What went upstream" note={attempt.url ?? attempt.backend ?? attempt.deployment}>
      <Headers headers={headers} note={`${changed.length} not as the client sent them`} />
      {comparable && (
        <label class="check">
          <input
            type="checkbox"
            checked={against}
            onChange={(event) => setAgainst(event.currentTarget.checked)}
          />
          against what the client sent
        </label>
      )}
      {against && comparable ? (
        <DiffView before={trace.client?.body ?? ""} after={sent.body ?? ""} label="the request" />
      ) : (
        <Content body={sent} label="the request upstream" level={trace.summary.level} />
      )}
    </Panel>
  );
}

export function CameBack({ trace, attempt }: { trace: Trace; attempt: Attempt }) {
  const { head, received, events, failed } = attempt;
  const note = head ? `status ${head.status}, ${offset(head.at)}` : "no answer";
  return (
    <Panel title="What came back" note={`${attempt.deployment}: ${note}`}>
      {failed && (
        <p class="problem">
          {failed.error}
          {failed.next && <span class="faint"> Then: {failed.next}.</span>}
        </p>
      )}
      {head && <Headers headers={head.headers} />}
      {received ? (
        <Content body={received} label="the backend's answer" level={trace.summary.level} />
      ) : events.length > 0 ? (
        <Frames frames={events} label="Events of the backend" />
      ) : (
        <NotKept level={trace.summary.level} text="No events are in the log." />
      )}
    </Panel>
  );
}

export function ClientGot({ trace }: { trace: Trace }) {
  const { summary, delivered, out } = trace;
  const note = `status ${summary.status ?? "–"}, ${seconds(summary.total)}, ${bytes(summary.bytes_out)}`;
  return (
    <Panel title="What the client got" note={note}>
      {delivered ? (
        <Content body={delivered} label="the client's answer" level={summary.level} />
      ) : out.length > 0 ? (
        <Frames
          frames={out.map(({ at, raw, event }) => ({ at, raw, number: event ?? 0 }))}
          label="Frames that the client got"
        />
      ) : (
        <NotKept level={summary.level} text="The client got no events." />
      )}
    </Panel>
  );
}

interface PanelProps {
  title: string;
  note?: string;
  children: ComponentChildren;
}

export function Panel({ title, note, children }: PanelProps) {
  return (
    <div class="panel">
      <div class="panel-head">
        <h3>{title}</h3>
        {note && <span class="faint clip">{note}</span>}
      </div>
      {children}
    </div>
  );
}

export function Headers({ headers, note }: { headers: Header[]; note?: string }) {
  if (headers.length === 0) return null;
  return (
    <details class="headers">
      <summary>
        {plural(headers.length, "header")} {note && <span class="faint">{note}</span>}
      </summary>
      <dl>
        {headers.map(([name, value], number) => (
          <div key={number}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Content(props: { body: Body; label: string; level: string | undefined }) {
  const { body, label, level } = props;
  if (body.body == null) {
    return <NotKept level={level} text={`The body (${bytes(body.size)}) is not in the log.`} />;
  }
  return <BodyView text={body.body} label={label} />;
}

export function NotKept({ level, text }: { level: string | undefined; text: string }) {
  const why =
    level === "metadata"
      ? " This model is logged at level metadata, without bodies and events."
      : "";
  return <p class="hint">{text + why}</p>;
}
