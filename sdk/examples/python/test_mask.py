"""Run with `python3 -m unittest`. Needs nothing installed."""

import unittest

from mask import Masker, is_empty


def chunk(content, finish=None):
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return {"id": "c", "choices": [choice]}


def stream(*pieces):
    masker, out = Masker("[e-mail]"), ""
    for piece in pieces:
        event = chunk(piece)
        masker.chunk(event)
        out += event["choices"][0]["delta"]["content"]
    rest = masker.rest()
    return out + (rest["choices"][0]["delta"]["content"] if rest else "")


class Mask(unittest.TestCase):
    TEXT = "Write to jo.doe+x@mail.example.org. Or @home, a@b, 50%!"
    MASKED = "Write to [e-mail]. Or @home, a@b, 50%!"

    def test_an_address_is_found_wherever_the_stream_is_cut(self):
        for at in range(len(self.TEXT)):
            self.assertEqual(stream(self.TEXT[:at], self.TEXT[at:]), self.MASKED, at)
        self.assertEqual(stream(*self.TEXT), self.MASKED)

    def test_the_last_chunk_holds_nothing_back(self):
        masker = Masker("-")
        masker.chunk(chunk("a@b.example"))
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        masker.chunk(end)
        self.assertEqual(end["choices"][0]["delta"], {"content": "-"})
        self.assertIsNone(masker.rest())

    def test_choices_are_kept_apart(self):
        masker = Masker("-")
        for index in (0, 1):
            event = chunk("name")
            event["choices"][0]["index"] = index
            masker.chunk(event)
        self.assertEqual(len(masker.rest()["choices"]), 2)

    def test_a_whole_answer(self):
        answer = {"choices": [{"message": {"content": self.TEXT}}]}
        self.assertTrue(Masker("[e-mail]").whole(answer))
        self.assertEqual(answer["choices"][0]["message"]["content"], self.MASKED)
        self.assertFalse(Masker("-").whole({"choices": [{"message": {"content": None}}]}))

    def test_usage_is_never_dropped(self):
        self.assertTrue(is_empty(chunk("")))
        self.assertFalse(is_empty({"choices": [], "usage": {"total_tokens": 1}}))


if __name__ == "__main__":
    unittest.main()
