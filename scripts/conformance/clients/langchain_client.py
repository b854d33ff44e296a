"""LangChain's `langchain-openai`."""
from check import *
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

model = ChatOpenAI(
    model=MODEL, base_url=BASE + "/v1", api_key=KEY, max_retries=0, temperature=0, max_tokens=60
)


@feature
def chat():
    answer = model.invoke(QUESTION)
    assert answer.content and answer.usage_metadata["output_tokens"] > 0


@feature
def stream():
    assert "".join(chunk.content for chunk in model.stream(QUESTION)) == model.invoke(QUESTION).content


@feature
def tools():
    weather = {
        "type": "function",
        "function": {"name": "weather", "description": "The weather.", "parameters": WEATHER},
    }
    answer = model.bind_tools([weather], tool_choice="weather").invoke(QUESTION)
    assert answer.tool_calls[0]["name"] == "weather" and "city" in answer.tool_calls[0]["args"]


@feature
def structured_output():
    schema = dict(WEATHER, title="city", description="A city.")
    answer = model.with_structured_output(schema, method="json_schema").invoke(QUESTION)
    assert set(answer) == {"city"}


@feature
def responses():
    model = ChatOpenAI(
        model=MODEL, base_url=BASE + "/v1", api_key=KEY, max_retries=0, temperature=0,
        max_tokens=60, use_responses_api=True,
    )
    assert model.invoke(QUESTION).text
    assert "".join(chunk.text for chunk in model.stream(QUESTION))


@feature
def embeddings():
    encoder = OpenAIEmbeddings(
        model=ENCODER, base_url=BASE + "/v1", api_key=KEY, check_embedding_ctx_length=False
    )
    assert len(encoder.embed_documents(["a", "b"])) == 2 and len(encoder.embed_query("a")) == 384


done()
