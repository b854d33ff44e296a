"""OpenAI's `openai-agents`, whose runs speak of responses or of chats."""
import agents
from check import *
from openai import AsyncOpenAI

agents.set_tracing_disabled(True)
client = AsyncOpenAI(base_url=BASE + "/v1", api_key=KEY, max_retries=0)
settings = agents.ModelSettings(temperature=0, max_tokens=40)


def agent(kind, **more):
    return agents.Agent(
        name="whence", instructions="Be brief.", model=kind(model=MODEL, openai_client=client),
        **({"model_settings": settings} | more),
    )


@feature
def chat():
    assert agents.Runner.run_sync(agent(agents.OpenAIChatCompletionsModel), QUESTION).final_output


@feature
def responses():
    assert agents.Runner.run_sync(agent(agents.OpenAIResponsesModel), QUESTION).final_output


@feature
def tools():
    asked = []

    @agents.function_tool
    def weather(city: str) -> str:
        """The weather."""
        asked.append(city)
        return "sunny"

    for kind in (agents.OpenAIChatCompletionsModel, agents.OpenAIResponsesModel):
        asked.clear()
        agents.Runner.run_sync(
            agent(
                kind, tools=[weather], tool_use_behavior="stop_on_first_tool",
                model_settings=agents.ModelSettings(
                    temperature=0, max_tokens=60, tool_choice="required"
                ),
            ),
            QUESTION,
        )
        assert asked


done()
