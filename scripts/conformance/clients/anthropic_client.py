"""The `anthropic` package as its users write with it."""
import anthropic
from check import *

client = anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0)
ASKED = [{"role": "user", "content": QUESTION}]
# This client has no argument for it any more.
PLAIN = {"temperature": 0}
TOOLS = [{"name": "weather", "description": "The weather.", "input_schema": WEATHER}]


@feature
def chat():
    answer = client.messages.create(
        model=MODEL, max_tokens=8, system="Be brief.", messages=ASKED, extra_body=PLAIN
    )
    assert answer.type == "message" and answer.content[0].text
    assert answer.stop_reason in ("end_turn", "max_tokens")
    assert len(answer.model_dump()["whence"]["receipt"]) == 64


@feature
def usage():
    answer = client.messages.create(model=MODEL, max_tokens=5, messages=ASKED, extra_body=PLAIN)
    assert 0 < answer.usage.output_tokens <= 5 < answer.usage.input_tokens
    counted = client.messages.count_tokens(model=MODEL, messages=ASKED)
    assert counted.input_tokens == answer.usage.input_tokens
    with client.messages.stream(model=MODEL, max_tokens=5, messages=ASKED, extra_body=PLAIN) as stream:
        first = next(event for event in stream if event.type == "message_start")
    assert first.message.usage.input_tokens == answer.usage.input_tokens


@feature
def stream():
    whole = client.messages.create(model=MODEL, max_tokens=12, messages=ASKED, extra_body=PLAIN)
    with client.messages.stream(model=MODEL, max_tokens=12, messages=ASKED, extra_body=PLAIN) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == whole.content[0].text == final.content[0].text
    assert final.stop_reason == whole.stop_reason
    assert final.usage.output_tokens == whole.usage.output_tokens


@feature
def tools():
    answer = client.messages.create(
        model=MODEL, max_tokens=60, messages=ASKED, tools=TOOLS, tool_choice={"type": "any"}, extra_body=PLAIN
    )
    call = next(block for block in answer.content if block.type == "tool_use")
    assert answer.stop_reason == "tool_use" and call.name == "weather" and "city" in call.input
    turn = ASKED + [
        {"role": "assistant", "content": answer.content},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}],
        },
    ]
    after = client.messages.create(model=MODEL, max_tokens=8, messages=turn, tools=TOOLS)
    assert after.content
    with client.messages.stream(
        model=MODEL, max_tokens=60, messages=ASKED, tools=TOOLS, tool_choice={"type": "any"}, extra_body=PLAIN
    ) as stream:
        final = stream.get_final_message()
    streamed = next(block for block in final.content if block.type == "tool_use")
    assert streamed.input == call.input


@feature
def errors():
    ask = client.messages.create
    missing = raises(
        anthropic.NotFoundError, lambda: ask(model="nothing", max_tokens=5, messages=ASKED)
    )
    assert missing.body["error"]["type"] == "not_found_error"
    assert missing.body["error"]["code"] == "model_not_found"
    raises(
        anthropic.BadRequestError,
        lambda: ask(
            model=MODEL, max_tokens=2000, messages=ASKED,
            thinking={"type": "enabled", "budget_tokens": 1024},
        ),
    )
    if os.environ["WAY"] == "key":
        stranger = anthropic.Anthropic(base_url=BASE, api_key="wk-unknown", max_retries=0)
        raises(
            anthropic.AuthenticationError,
            lambda: stranger.messages.create(model=MODEL, max_tokens=5, messages=ASKED),
        )


@feature
def cancellation():
    def begin():
        with client.messages.stream(
            model=MODEL, max_tokens=1000,
            messages=[{"role": "user", "content": "Count to a thousand."}],
        ) as stream:
            next(iter(stream.text_stream))

    check_gives_up(begin)


done()
