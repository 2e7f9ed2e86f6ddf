"""The plugin interface (`wit/patch.wit`) around `mask.Masker`."""

from typing import List

from wit_world import exports
from wit_world.imports import types

import mask

SCHEMA = """{
  "type": ["object", "null"],
  "properties": {
    "replacement": {"type": "string", "description": "What stands for an address"}
  },
  "additionalProperties": false
}"""

masker: mask.Masker


def new(value) -> types.Item:
    return types.Item_New(types.NewEvent(name=None, data=mask.to_text(value)))


class Plugin(exports.Plugin):
    def describe(self) -> types.Info:
        return types.Info(
            name="mask-emails",
            version="0.1.0",
            summary="Replaces e-mail addresses in answers",
            config_schema=SCHEMA,
        )

    def plan(self, config: str, deployment: types.Deployment) -> types.Wants:
        # While something is held back, every event comes, whatever is declared here.
        return types.Wants(
            request=types.Interest_None_(),
            response=types.Interest_AnyOf(['"content"']),
            errors=types.Interest_None_(),
        )

    def begin(self, config: str, exchange: types.Exchange) -> None:
        global masker
        settings = mask.parse(config) or {}
        masker = mask.Masker(settings.get("replacement", "[e-mail]"))

    def on_request(self) -> types.RequestOutcome:
        return types.RequestOutcome_Unchanged()

    def on_event(self, event: types.Event) -> types.Outcome:
        value = mask.parse(event.data)
        if event.kind == types.EventKind.WHOLE:
            if masker.whole(value):
                return types.Outcome_Emit(types.Emission([new(value)], 0, None))
            return types.Outcome_Unchanged()

        held = masker.rest() is not None
        changed = masker.chunk(value)
        rest = masker.rest()
        if not (held or changed or rest):
            return types.Outcome_Unchanged()
        # What is kept of this event goes out through the host should this plugin die.
        return types.Outcome_Emit(
            types.Emission(
                items=[] if mask.is_empty(value) else [new(value)],
                keep=1 if rest else 0,
                stand_in=mask.to_text(rest) if rest else None,
            )
        )

    def on_end(self, reason: types.EndReason) -> List[types.Item]:
        rest = masker.rest()
        return [new(rest)] if rest else []
