"""Pydantic AI over both protocols."""
from check import *
from pydantic import BaseModel, Field
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

openai = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=BASE + "/v1", api_key=KEY))
anthropic = AnthropicModel(MODEL, provider=AnthropicProvider(base_url=BASE, api_key=KEY))
SETTINGS = {"temperature": 0, "max_tokens": 60}


class City(BaseModel):
    name: str = Field(max_length=12)


@feature
def chat():
    for model in (openai, anthropic):
        assert Agent(model, model_settings=SETTINGS).run_sync(QUESTION).output


@feature
def usage():
    assert Agent(openai, model_settings=SETTINGS).run_sync(QUESTION).usage.output_tokens > 0


@feature
def structured_output():
    answer = Agent(openai, output_type=NativeOutput(City), model_settings=SETTINGS).run_sync(QUESTION)
    assert isinstance(answer.output, City)


@feature
def tools():
    for model in (openai, anthropic):
        answer = Agent(model, output_type=City, model_settings=SETTINGS).run_sync(QUESTION)
        assert isinstance(answer.output, City)


done()
