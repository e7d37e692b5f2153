import pytest

from servers.demo import scripted_desk


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Where is my REFUND?", "30 days"),
        ("is there a delivery today", "2 to 3 days"),
        ("Can I return a parcel?", "30 days"),  # the first topic of the table wins
        ("are you a robot", "scripted"),
        ("我要退款", "30 天"),
        ("几点营业？", "脚本"),
        ("What is the meaning of life?", "nothing on that"),
        ("人生的意义是什么？", "脚本里没有"),
        ("desk, are you there", "nothing on that"),
    ],
)
def test_a_keyword_or_a_question_is_answered_in_its_language(text: str, said: str) -> None:
    answer = scripted_desk.reply(text)
    assert answer is not None
    assert said in answer.text


@pytest.mark.parametrize("text", ["", "hello Bob", "the priceless opener", "我们聊聊吧", "🙂"])
def test_visitors_may_talk_without_it(text: str) -> None:
    assert scripted_desk.reply(text) is None


@pytest.mark.parametrize(
    ("text", "said"), [("hi", "scripted desk, no person"), ("你好", "不是真人")]
)
def test_it_greets_by_name_and_says_what_it_is_and_how_long_it_waits(text: str, said: str) -> None:
    greeting = scripted_desk.greeting("{Ada}", text)
    assert said in greeting.text
    assert "{Ada}" in greeting.text
    assert "0.6" in greeting.text
    assert "2.5" in greeting.text


def test_it_waits_by_the_length_of_its_answer_within_what_it_promises() -> None:
    answers = [scripted_desk.reply(topic.keywords[0]) for topic in scripted_desk.SCRIPT.topics]
    waits = [answer.wait_s for answer in answers if answer]
    assert len(waits) == len(scripted_desk.SCRIPT.topics)
    assert all(
        scripted_desk.FIRST_WAIT_S < wait_s <= scripted_desk.LONGEST_WAIT_S for wait_s in waits
    )
    thanks = scripted_desk.reply("thanks")
    assert thanks == ("You are welcome. Goodbye!", 0.85)  # 0.6 s, and 25 characters
