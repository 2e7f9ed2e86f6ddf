"""Hides e-mail addresses in a chat completion. Knows nothing of the plugin interface."""

import json
import re
from typing import Any, Dict, Optional

ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")

# The end of a text that may be the start of an address which the next piece completes.
UNFINISHED = re.compile(r"[A-Za-z0-9._%+@-]{1,320}\Z")


def parse(text: str) -> Any:
    return json.loads(text)


def to_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Masker:
    """The text of one answer, piece by piece, choice by choice."""

    def __init__(self, replacement: str):
        self.replacement = replacement
        # What was not passed on yet, by the index of its choice.
        self.tails: Dict[int, str] = {}
        # The members around `choices` of the newest chunk.
        self.frame: Dict[str, Any] = {}

    def mask(self, text: str) -> str:
        return ADDRESS.sub(lambda _: self.replacement, text)

    def _push(self, index: int, text: str, last: bool) -> str:
        text = self.tails.pop(index, "") + text
        unfinished = None if last else UNFINISHED.search(text)
        if unfinished:
            text, self.tails[index] = text[: unfinished.start()], unfinished.group()
        return self.mask(text)

    def chunk(self, chunk: Any) -> bool:
        """Mask a chunk in place. False: there was nothing to do."""
        if not isinstance(chunk, dict) or not isinstance(chunk.get("choices"), list):
            return False
        self.frame = {key: chunk[key] for key in chunk if key not in ("choices", "usage")}
        changed = False
        for choice in chunk["choices"]:
            delta, index = choice.get("delta") or {}, choice.get("index", 0)
            text, last = delta.get("content"), choice.get("finish_reason") is not None
            if not text and not (last and self.tails.get(index)):
                continue
            masked = self._push(index, text or "", last)
            if masked != text:
                choice["delta"] = {**delta, "content": masked}
                changed = True
        return changed

    def rest(self) -> Optional[Any]:
        """A chunk of what was not passed on yet, with addresses masked."""
        if not self.tails:
            return None
        choices = [
            {"index": index, "delta": {"content": self.mask(tail)}, "finish_reason": None}
            for index, tail in sorted(self.tails.items())
        ]
        return {**self.frame, "choices": choices}

    def whole(self, answer: Any) -> bool:
        """Mask an answer that is not a stream, in place. False: there was nothing to do."""
        changed = False
        for choice in answer.get("choices") or []:
            message = choice.get("message") or {}
            text = message.get("content")
            if isinstance(text, str) and self.mask(text) != text:
                message["content"] = self.mask(text)
                changed = True
        return changed


def is_empty(chunk: Any) -> bool:
    """Nobody would miss this chunk."""
    return not chunk.get("usage") and all(
        choice.get("finish_reason") is None and choice.get("delta") == {"content": ""}
        for choice in chunk["choices"]
    )
