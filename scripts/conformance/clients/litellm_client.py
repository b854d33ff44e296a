"""LiteLLM, which programs use to speak to many providers alike."""
import litellm
from check import *

ASKED = [{"role": "user", "content": QUESTION}]


def ask(**more):
    options = {"max_tokens": 20, "temperature": 0, "num_retries": 0} | more
    return litellm.completion(
        model="openai/" + MODEL, api_base=BASE + "/v1", api_key=KEY, messages=ASKED, **options
    )


@feature
def chat():
    assert ask().choices[0].message.content


@feature
def usage():
    assert 0 < ask(max_tokens=5).usage.completion_tokens <= 5


@feature
def stream():
    text = "".join(chunk.choices[0].delta.content or "" for chunk in ask(stream=True))
    assert text == ask().choices[0].message.content


@feature
def tools():
    weather = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
    answer = ask(tools=[weather], tool_choice="required", max_tokens=60)
    assert answer.choices[0].message.tool_calls[0].function.name == "weather"


@feature
def embeddings():
    answer = litellm.embedding(
        model="openai/" + ENCODER, api_base=BASE + "/v1", api_key=KEY, input=["a", "b"],
        encoding_format="float",
    )
    assert len(answer.data) == 2 and len(answer.data[0]["embedding"]) == 384


@feature
def errors():
    raises(
        litellm.NotFoundError,
        lambda: litellm.completion(
            model="openai/nothing", api_base=BASE + "/v1", api_key=KEY, messages=ASKED, num_retries=0
        ),
    )


done()
