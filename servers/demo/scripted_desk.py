"""The support desk of the chat: a script, which calls itself one. A text in, a reply out.

It replies in the language of the question: Chinese where there is a Chinese character in it.
"""

import re
from typing import NamedTuple

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


class Topic(NamedTuple):
    """keywords: English ones are whole words, Chinese ones may stand anywhere."""

    keywords: tuple[str, ...]
    english: str
    chinese: str

    def is_named_in(self, text: str) -> bool:
        words = set(re.findall(r"[a-z]+", text.lower()))
        return any(word in words or (not word.isascii() and word in text) for word in self.keywords)


# The first of them that a text names is replied with.
TOPICS = (
    Topic(
        ("refund", "refunds", "return", "returns", "退款", "退货"),
        "You can return a parcel for 30 days. The refund is with you within 5 working days.",
        "包裹在 30 天内可以退货，退款会在 5 个工作日内到账。",
    ),
    Topic(
        ("delivery", "deliver", "parcel", "shipping", "shipped", "order", "配送", "快递", "订单"),
        "Parcels leave on the day of the order and take 2 to 3 days.",
        "包裹在下单当天发出，2 到 3 天送达。",
    ),
    Topic(
        ("price", "prices", "cost", "costs", "pay", "payment", "invoice", "价格", "多少钱", "付款"),
        "Our prices include the tax. You can pay by card or by invoice.",
        "价格已含税，可以刷卡或凭发票付款。",
    ),
    Topic(
        ("open", "opening", "hours", "when", "时间", "几点", "营业"),
        "A script never closes: this desk answers at any hour.",
        "脚本从不打烊：随时都可以提问。",
    ),
    Topic(
        ("human", "person", "agent", "bot", "robot", "人工", "真人", "机器人"),
        "There is no person here: every answer of this desk is scripted.",
        "这里没有真人：本客服的每个回答都是预先写好的。",
    ),
    Topic(
        ("thanks", "thank", "bye", "谢谢", "再见"),
        "You are welcome. Goodbye!",
        "不客气，再见！",
    ),
)

_GREETING = {
    False: "Hello {name}, I am a scripted desk, no person. Ask me about refund, delivery, price or "
    "hours. Before each answer I wait {first:g} to {longest:g} s, on purpose.",
    True: "你好 {name}，我是预设脚本客服，不是真人。可以问我：退款、配送、价格、时间。"
    "每次回答前我会特意等待 {first:g} 到 {longest:g} 秒。",
}
_UNKNOWN = {
    False: "My script has nothing on that. It knows: refund, delivery, price, hours, human, bye.",
    True: "脚本里没有这个内容。它知道：退款、配送、价格、时间、人工、再见。",
}


def is_chinese(text: str) -> bool:
    return _CHINESE.search(text) is not None


def greeting(name: str, text: str) -> Reply:
    """What somebody new gets, in the language of their first words."""
    words = _GREETING[is_chinese(text)]
    filled = words.format(name=name, first=FIRST_WAIT_S, longest=LONGEST_WAIT_S)
    return Reply(filled, FIRST_WAIT_S)  # before its first reply to a question


def reply(text: str) -> Reply | None:
    """The reply to `text`; None where it names no topic and asks nothing: visitors talk."""
    chinese = is_chinese(text)
    for topic in TOPICS:
        if topic.is_named_in(text):
            return _after_a_wait(topic.chinese if chinese else topic.english)
    return _after_a_wait(_UNKNOWN[chinese]) if _QUESTION.search(text) else None


def _after_a_wait(text: str) -> Reply:
    wait_s = FIRST_WAIT_S + WAIT_PER_CHARACTER_S * len(text)
    return Reply(text, round(min(wait_s, LONGEST_WAIT_S), 3))
