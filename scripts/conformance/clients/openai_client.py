"""The `openai` package as its users write with it."""
import openai
from check import *

client = openai.OpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0)
ASKED = [{"role": "user", "content": QUESTION}]
TOOLS = [
    {
        "type": "function",
        "function": {"name": "weather", "description": "The weather.", "parameters": WEATHER},
    }
]


@feature
def models():
    entries = {entry.id: entry for entry in client.models.list()}
    assert MODEL in entries and ENCODER in entries
    assert client.models.retrieve(MODEL).model_dump()["whence"]["rate_in"].isdigit()


@feature
def chat():
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=8, temperature=0)
    assert answer.choices[0].message.content and answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert len(answer.model_dump()["whence"]["receipt"]) == 64


@feature
def usage():
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=5, temperature=0)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert 0 < answer.usage.completion_tokens <= 5 < answer.usage.prompt_tokens


@feature
def stream():
    whole = client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=12, temperature=0)
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=ASKED, max_tokens=12, temperature=0, stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage and not chunks[-1].choices


@feature
def tools():
    answer = client.chat.completions.create(
        model=MODEL, messages=ASKED, max_tokens=60, tools=TOOLS, tool_choice="required", temperature=0
    )
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls" and call.function.name == "weather"
    assert "city" in json.loads(call.function.arguments)
    turn = ASKED + [
        answer.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
    ]
    after = client.chat.completions.create(model=MODEL, messages=turn, max_tokens=8, tools=TOOLS)
    assert after.choices[0].message.content is not None or after.choices[0].message.tool_calls


@feature
def structured_output():
    answer = client.chat.completions.create(
        model=MODEL, messages=ASKED, max_tokens=60, temperature=0,
        response_format={
            "type": "json_schema", "json_schema": {"name": "city", "schema": WEATHER, "strict": True}
        },
    )
    assert set(json.loads(answer.choices[0].message.content)) == {"city"}


@feature
def logprobs():
    answer = client.chat.completions.create(
        model=MODEL, messages=ASKED, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3
    )
    tokens = answer.choices[0].logprobs.content
    assert len(tokens) == answer.usage.completion_tokens
    assert all(len(token.top_logprobs) == 3 and token.logprob <= 0 for token in tokens)
    assert "".join(token.token for token in tokens) == answer.choices[0].message.content


@feature
def completions():
    answer = client.completions.create(model=MODEL, prompt="The acronym ARB", max_tokens=6, temperature=0)
    assert answer.object == "text_completion" and answer.choices[0].text
    chunks = client.completions.create(
        model=MODEL, prompt="The acronym ARB", max_tokens=6, temperature=0, stream=True
    )
    assert "".join(chunk.choices[0].text for chunk in chunks) == answer.choices[0].text


@feature
def responses():
    answer = client.responses.create(
        model=MODEL, input=QUESTION, instructions="Be brief.", max_output_tokens=200, temperature=0
    )
    assert answer.status in ("completed", "incomplete") and answer.output_text
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    with client.responses.stream(
        model=MODEL, input=QUESTION, instructions="Be brief.", max_output_tokens=200, temperature=0
    ) as stream:
        events = list(stream)
    assert events[0].type == "response.created"
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == answer.output_text
    assert [event.sequence_number for event in events] == list(range(len(events)))


@feature
def embeddings():
    answer = client.embeddings.create(model=ENCODER, input=["a cat", "a kitten", "a treaty"])
    floats = client.embeddings.create(model=ENCODER, input=["a cat"], encoding_format="float")
    one, other, third = (entry.embedding for entry in answer.data)
    assert len(one) == 384 and max(abs(a - b) for a, b in zip(one, floats.data[0].embedding)) < 1e-4
    alike = lambda a, b: sum(x * y for x, y in zip(a, b))
    assert alike(one, other) > alike(one, third)


@feature
def errors():
    ask = client.chat.completions.create
    missing = raises(openai.NotFoundError, lambda: ask(model="nothing", messages=ASKED))
    assert missing.code == "model_not_found"
    bad = raises(openai.BadRequestError, lambda: ask(model=MODEL, messages=ASKED, n=2))
    assert bad.param == "n" and bad.code == "unsupported_parameter"
    files = raises(openai.NotFoundError, lambda: client.files.list())
    assert files.code == "training_not_served"
    if os.environ["WAY"] == "key":
        stranger = openai.OpenAI(base_url=BASE + "/v1", api_key="wk-unknown", max_retries=0)
        raises(
            openai.AuthenticationError,
            lambda: stranger.chat.completions.create(model=MODEL, messages=ASKED),
        )


@feature
def cancellation():
    def begin():
        stream = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "Count to a thousand."}],
            max_tokens=1000, stream=True, logit_bias={"2": -100},
        )
        next(iter(stream))
        stream.close()

    check_gives_up(begin)


done()
