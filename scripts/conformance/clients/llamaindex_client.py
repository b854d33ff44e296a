"""LlamaIndex with its packages for servers that speak OpenAI's protocol."""
from typing import Literal

from check import *
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

model = OpenAILike(
    model=MODEL, api_base=BASE + "/v1", api_key=KEY, is_chat_model=True, max_retries=0,
    is_function_calling_model=True, temperature=0, max_tokens=40, context_window=2048,
)
ASKED = [ChatMessage(role="user", content=QUESTION)]


@feature
def chat():
    assert model.chat(ASKED).message.content


@feature
def stream():
    assert "".join(part.delta for part in model.stream_chat(ASKED)) == model.chat(ASKED).message.content


@feature
def tools():
    def weather(city: Literal["Ulm", "Bonn"]) -> str:
        """The weather."""
        return "sunny"

    answer = model.chat_with_tools(
        [FunctionTool.from_defaults(weather)], user_msg=QUESTION, tool_required=True
    )
    assert model.get_tool_calls_from_response(answer)[0].tool_name == "weather"


@feature
def completions():
    text = OpenAILike(
        model=MODEL, api_base=BASE + "/v1", api_key=KEY, is_chat_model=False, max_retries=0,
        temperature=0, max_tokens=8, context_window=2048,
    )
    assert text.complete("The acronym ARB").text


@feature
def embeddings():
    encoder = OpenAILikeEmbedding(model_name=ENCODER, api_base=BASE + "/v1", api_key=KEY)
    assert len(encoder.get_text_embedding("a")) == 384


done()
