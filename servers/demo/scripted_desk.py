"""The support desk of the chat: a script (desk.json), which calls itself one.

It replies in the language of the question: Chinese where there is a Chinese character in it.
"""

import re
from importlib import resources
from typing import NamedTuple

import msgspec

NAME = "Desk"

# It takes its time, as someone who types would, so that the page has a wait to show.
FIRST_WAIT_S = 0.6
WAIT_PER_CHARACTER_S = 0.01
LONGEST_WAIT_S = 2.5

_CHINESE = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_QUESTION = re.compile(r"[?？]|\b(desk|help)\b|客服|帮", re.IGNORECASE)


class Reply(NamedTuple):
    """What the desk sends, and how long it waits before that."""

    text: str
    wait_s: float


class Words(msgspec.Struct, frozen=True):
    """What the desk says, in English and in Chinese."""

    en: str
    zh: str

    def for_who_wrote(self, text: str) -> str:
        return self.zh if _CHINESE.search(text) else self.en


class Topic(Words, frozen=True, kw_only=True):
    """keywords: English ones are whole words, Chinese ones may stand anywhere."""

    keywords: tuple[str, ...]


class Script(msgspec.Struct, frozen=True):
    """topics: the first of them that a text names is replied with."""

    greeting: Words
    unknown: Words
    topics: tuple[Topic, ...]


SCRIPT = msgspec.json.decode(
    resources.files("servers.demo").joinpath("desk.json").read_bytes(), type=Script
)


def greeting(name: str, text: str) -> Reply:
    """What somebody new gets, in the language of their first words."""
    words = SCRIPT.greeting.for_who_wrote(text)
    filled = words.format(name=name, first=FIRST_WAIT_S, longest=LONGEST_WAIT_S)
    return Reply(filled, FIRST_WAIT_S)  # before its first reply to a question


def reply(text: str) -> Reply | None:
    """The reply to `text`; None where it names no topic and asks nothing: visitors talk."""
    named = set(re.findall(r"[a-z]+", text.lower()))
    for topic in SCRIPT.topics:
        if any(word in named or (not word.isascii() and word in text) for word in topic.keywords):
            return _after_a_wait(topic.for_who_wrote(text))
    return _after_a_wait(SCRIPT.unknown.for_who_wrote(text)) if _QUESTION.search(text) else None


def _after_a_wait(text: str) -> Reply:
    wait_s = FIRST_WAIT_S + WAIT_PER_CHARACTER_S * len(text)
    return Reply(text, round(min(wait_s, LONGEST_WAIT_S), 3))
