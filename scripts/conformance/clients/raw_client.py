"""No client at all: what goes over the wire."""
import http.client
import urllib.error
import urllib.parse

from check import *


def post(path, body, **headers):
    request = urllib.request.Request(
        BASE + path, json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer " + KEY} | headers,
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, dict(response.headers), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


ASKED = [{"role": "user", "content": QUESTION}]


@feature
def receipts():
    bodies = {
        "/v1/chat/completions": {"messages": ASKED, "max_tokens": 4},
        "/v1/completions": {"prompt": "ARB", "max_tokens": 4},
        "/v1/responses": {"input": QUESTION, "max_output_tokens": 4},
        "/v1/messages": {"messages": ASKED, "max_tokens": 4},
    }
    for path, body in bodies.items():
        status, headers, text = post(path, body | {"model": MODEL})
        assert status == 200, text
        extra = json.loads(text)["whence"]
        assert headers["Whence-Receipt"] == extra["receipt"] and int(extra["fee"]) > 0
        assert extra.get("signed_by") == ("server" if os.environ["WAY"] == "key" else None)
        _, headers, text = post(path, body | {"model": MODEL, "stream": True})
        assert headers["Whence-Receipt"] in text


@feature
def errors():
    status, headers, text = post("/v1/messages", {"model": MODEL})
    assert status == 400 and json.loads(text)["type"] == "error"
    status, _, text = post("/v1/responses", {"model": MODEL, "previous_response_id": "r", "input": "a"})
    assert status == 400 and json.loads(text)["error"]["param"] == "previous_response_id"


@feature
def cancellation():
    def begin():
        place = urllib.parse.urlparse(BASE)
        connection = http.client.HTTPConnection(place.hostname, place.port)
        body = {"model": MODEL, "messages": ASKED, "max_tokens": 1000, "stream": True}
        connection.request(
            "POST", "/v1/chat/completions", json.dumps(body | {"logit_bias": {"2": -100}}),
            {"Authorization": "Bearer " + KEY},
        )
        connection.getresponse().read(64)
        connection.sock.close()
        connection.close()

    check_gives_up(begin)


done()
