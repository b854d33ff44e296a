#!/usr/bin/env python3
"""Records what the reference renderer makes of chat templates: golden files of TemplateRenderingTests.

    python3 -m venv VENV && VENV/bin/pip install jinja2==3.1.6
    VENV/bin/python make_templates.py

The reference is PyPI's `jinja2` in its immutable sandbox, set up as `transformers` does for
`apply_chat_template`: both trimmings, loop controls, `generation` blocks, `raise_exception`,
`strftime_now`, and a `tojson` that is `json.dumps` without escapes for what is not ASCII.
"""
import json
from pathlib import Path

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

TESTS = Path(__file__).resolve().parents[2] / "Tests" / "TemplateRenderingTests"
TIMES = {"%Y-%m-%d": "2026-11-22", "%d %b %Y": "22 Nov 2026"}
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}

TOOLS = [
    {"type": "function", "function": {
        "name": "get_weather",
        "description": "Get the weather of a \"city\" <now> & later",
        "parameters": {"type": "object", "properties": {
            "city": {"type": "string", "description": "The city, e.g. Zürich"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
            "days": {"type": "integer", "default": 1},
            "items": {"type": "array", "items": {"type": "number"}}}, "required": ["city"]}}},
    {"type": "function", "function": {
        "name": "add", "description": "Add two numbers",
        "parameters": {"type": "object", "properties": {
            "a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]},
        "return": {"type": "number", "description": "The sum"}}},
]


def user(text): return {"role": "user", "content": text}
def system(text): return {"role": "system", "content": text}


def assistant(text, *calls):
    message = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = list(calls)
    return message


def call(id, name, arguments):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def tool(id, name, text):
    return {"role": "tool", "name": name, "tool_call_id": id, "content": text}


CONVERSATIONS = {
    "one turn": {"messages": [user("Hello")]},
    "system and turns": {"messages": [
        system("You are terse.\n"), user("  Hi there \n"), assistant("Hello!"),
        user("Grüezi, 你好 👩‍👩‍👧 \"quoted\" 'single' <|im_end|> {{ x }} {% if %}")]},
    "closed": {"messages": [user("2+2?"), assistant("4")], "opens_answer": False},
    "thinking": {
        "messages": [
            user("Why?"), assistant("<think>\nhmm\n</think>\n\nBecause."), user("Really?")],
        "variables": {"enable_thinking": False}},
    "tools offered": {
        "messages": [system("Use tools."), user("Weather in Bern?")], "tools": TOOLS},
    "tool round": {
        "messages": [
            system("Use tools."), user("Weather in Bern?"),
            assistant("", call("abcdef123", "get_weather", {
                "city": "Zürich", "days": 3, "unit": None, "deep": {"a": [1, 2.5, True]}})),
            tool("abcdef123", "get_weather", "{\"temperature\": 21.5}"),
            assistant("It is 21.5 °C."), user("Thanks")],
        "tools": TOOLS},
    "two calls": {
        "messages": [
            user("Add"),
            assistant(None, call("aaaaaaaa1", "add", {"a": 1, "b": 2}),
                      call("aaaaaaaa2", "add", {"a": 3, "b": 4})),
            tool("aaaaaaaa1", "add", "3"), tool("aaaaaaaa2", "add", "7")],
        "tools": TOOLS},
    "arguments as text": {
        "messages": [
            user("Add"), assistant("", call("aaaaaaaa1", "add", "{\"a\": 1, \"b\": 2}")),
            tool("aaaaaaaa1", "add", "3")],
        "tools": TOOLS},
    "content in parts": {"messages": [user([
        {"type": "text", "text": "Hello "}, {"type": "text", "text": "parts"}])]},
    "wrong order": {"messages": [user("a"), user("b"), system("late")]},
}

# One line each of what the language has, beside what the models' templates happen to use.
VARIABLES = {
    "words": ["beta", "Alpha", "gamma", "alpha"], "empty": [], "nothing": None, "yes": True,
    "n": 7, "text": "  Hello, Wörld \n", "map": {"b": 1, "a": {"items": [1, 2]}, "c": None},
    "people": [{"name": "Ann", "age": 31, "tags": ["x"]}, {"name": "bob", "age": 5},
               {"name": "Cy", "age": 31, "tags": []}],
    "rate": 2.50, "tiny": 1e-7, "large": 1e22, "big": 12345678901234567890, "html": "<a href='x'>&</a>",
    "lines": "one\ntwo\n\n  three\n", "quoted": "it's \"so\"\\\t\u0001é",
}
FEATURES = [
    # White space.
    "a\n  {% if yes %}\n  b\n  {% endif %}\nc\n", "a \n {%- if yes -%} \n b \n {%- endif -%} \n c",
    "  {{ n }}  \n  {# gone #}\n  x", "a {#- x -#} b", "  {%+ if yes %}\nx{%+ endif %}", "x\n\n",
    "{% if yes +%}\n x{% endif %}", "a\r\nb\rc{% if yes %}\r\nd{% endif %}", "{{ n -}} \n x",
    "{% raw %}\n {{ x }} {% if %}\n{% endraw %}\ny", " {%- raw -%} {{ a }} {%- endraw -%} z",
    "{{ '{{' }} {{ '}}' }} {{ \"%}\" }}", "a{# {{ x }} {% y %} #}b", "x {% set a = 1 %} y\n {% set b = 2 %}\nz",
    # Values as text.
    "{{ yes }} {{ nothing }} {{ n }} {{ rate }} {{ tiny }} {{ large }} {{ big }}",
    "{{ words }} {{ map }} {{ (1, 'a') }} {{ (1,) }} {{ () }} {{ {} }}", "{{ [quoted, html] }}",
    "{{ missing }}|{{ missing is defined }}|{{ map.zz is defined }}|{{ map['zz'] }}",
    "{{ 'a' 'b' }} {{ 'tab\\there \\u00e9 \\x41 \\' \\d' }}", "{{ 1_000 }} {{ 1.50 }} {{ -3 }} {{ - 2 }}",
    # Operators.
    "{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** 3 ** 2 }}",
    "{{ 'a' + 'b' }} {{ 'a' ~ 1 ~ none ~ yes }} {{ 'ab' * 3 }} {{ [1] * 2 + [3] }}", "{{ true + true }}",
    "{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 == true }} {{ 1 == 1.0 }}",
    "{{ 'a' in 'cat' }} {{ 'b' not in words }} {{ 'b' in map }} {{ 1 in [1] }} {{ not 1 in [1] }}",
    "{{ 1 if yes else 2 }} {{ 1 if not yes }}| {{ 'x' if nothing else 'y' if empty else 'z' }}",
    "{{ nothing or 'x' }} {{ yes and 'y' }} {{ empty or none }} {{ not yes }}", "{{ 1 ~ 2 * 3 }} {{ -1|abs }} {{ (1 + 2) ~ 3 }}",
    "{{ '%s is %d%%' % ('x', 5) }} {{ '%s' % n }} {{ '%s-%s'|format('a', 'b') }}", "{{ '{0} {1} {k} {{}}'.format('a', 'b', k=n) }} {{ '{}-{}'.format(1, 'x') }}",
    # Members and slices.
    "{{ map.a }} {{ map['a']['items'] }} {{ map.a['items'][1] }} {{ people.0.name }} {{ people[-1]['name'] }}",
    "{{ words[1:] }} {{ words[:-1] }} {{ words[::-1] }} {{ words[::2] }} {{ words[5:] }} {{ words[3:0:-2] }}",
    "{{ text[2:7] }} {{ text[9] }} {{ text[::-1] }} {{ 'Wörld'[1:3] }} {{ 'abc'[-2:] }} {{ 'abc'[9] is defined }}",
    "{{ map.items()|list }} {{ map.keys()|list }} {{ map.values()|list }} {{ map.get('q', 'd') }} {{ map.get('b') }}",
    # Statements.
    "{% for w in words %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }},{% endfor %}",
    "{% for w in words if w|length == 5 %}{{ loop.index }}{{ w }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}",
    "{% for x in empty %}x{% else %}none{% endfor %}{% for x in missing %}y{% endfor %}",
    "{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}{% for k in map %}{{ k }}{% endfor %}{% for c in 'héy' %}{{ c }}.{% endfor %}",
    "{% for w in words %}{% if loop.index == 2 %}{% continue %}{% endif %}{% if loop.index == 4 %}{% break %}{% endif %}{{ w }}{% endfor %}",
    "{% for a in [1, 2] %}{% for b in [3, 4] %}{{ loop.depth }}{{ loop.depth0 }}{{ a }}{{ b }} {% endfor %}{{ loop.index }}{% endfor %}",
    "{% for w in words %}{{ loop.cycle('o', 'e') }}{{ loop.changed(w|length) }} {% endfor %}",
    "{% set x = 1 %}{% for w in words %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}",
    "{% set ns = namespace(a=1, b='q') %}{% for w in words %}{% set ns.a = ns.a + 1 %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.zz is defined }}",
    "{% if nothing %}a{% elif n > 5 %}b{% else %}c{% endif %}{% if n == 1 %}x{% elif n == 2 %}y{% else %}z{% endif %}",
    "{% if yes %}{% set y = 5 %}{% endif %}{{ y }}{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set x %} in {{ n }} {% endset %}[{{ x }}]{% set y | trim | upper %} up {% endset %}[{{ y }}]",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% filter upper %}a{{ n }}b{% endfilter %}{% generation %}answer{% endgeneration %}",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}|{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c=4) }}{{ m()|trim }}",
    "{% macro m(d) %}{% if d > 0 %}{{ d }}{{ m(d - 1) }}{% endif %}{% endmacro %}{{ m(5) }}",
    "{% macro box(t) %}<{{ t }}>{{ caller() }}</{{ t }}>{% endmacro %}{% call box('b') %}in {{ n }}{% endcall %}",
    "{% macro item(w) %}{{ caller(w) }}{% endmacro %}{% call(v) item('z') %}v={{ v }}{% endcall %}",
    "{% macro late() %}{{ q }}{% endmacro %}{% set q = 'set later' %}{{ late() }}",
    "{{ range(3)|list }} {{ range(1, 7, 2)|list }} {{ range(3, 0, -1)|list }} {{ dict(a=1, b=2) }}", "{{ strftime_now('%Y-%m-%d') }}",
    "{% generation %}{% set g = 1 %}{{ g }}{% endgeneration %}{{ g is defined }}",
    "{{ range(0, 9, 9223372036854775807)|list }} {{ range(5, 0, -9223372036854775807)|list }} {{ [1, 2][::9223372036854775807] }}",
    "{{ [1, 2, 3][-9223372036854775807:9223372036854775807] }} {{ 'abc'[::-9223372036854775807] }} {{ [][::-1] }}",
    # Filters.
    "{{ words|sort }} {{ words|sort(reverse=true) }} {{ words|sort(case_sensitive=true) }} {{ people|sort(attribute='age')|map(attribute='name')|list }}",
    "{{ words|unique|list }} {{ words|first }} {{ words|last }} {{ words|length }} {{ words|count }} {{ words|reverse|list }} {{ 'abc'|reverse }}",
    "{{ words|join(', ') }} {{ people|join('+', attribute='name') }} {{ words|map('upper')|join }} {{ [1, none, 'x']|join('-') }}",
    "{{ people|map(attribute='tags', default='-')|list }} {{ people|selectattr('tags')|map(attribute='name')|list }}",
    "{{ people|selectattr('age', 'equalto', 31)|list|length }} {{ people|rejectattr('age', 'gt', 10)|map(attribute='name')|first }}",
    "{{ [1, 2, 3, 4]|select('odd')|list }} {{ [0, 1, none, 2]|select|list }} {{ [1, 2, 3]|reject('divisibleby', 2)|list }} {{ nothing|selectattr('x')|list }}",
    "{{ missing|default('d') }} {{ ''|default('d') }} {{ ''|default('d', true) }} {{ nothing|d('e', boolean=true) }}",
    "[{{ text|trim }}] {{ text|length }} {{ 'xxaxx'|trim('x') }} {{ text|upper }}{{ text|lower }}{{ 'hello wORLD'|capitalize }} {{ \"it's a-b big\"|title }}",
    "{{ lines|indent }}|{{ lines|indent(2, true) }}|{{ lines|indent(width=1, blank=true) }}|{{ lines|indent('> ') }}",
    "{{ 'aXbXc'|replace('X', '-') }} {{ 'aaa'|replace('a', 'b', 2) }} {{ 'ab'|replace('', '.') }}",
    "{{ '42'|int }} {{ ' 7 '|int }} {{ 'x'|int }} {{ 'x'|int(9) }} {{ '3.9'|int }} {{ 5|float }} {{ 5|string ~ 'x' }} {{ 7|round }}",
    "{{ [3, 1, 2]|max }} {{ [3, 1, 2]|min }} {{ [3, 1, 2]|sum }} {{ people|sum(attribute='age') }} {{ map|dictsort }} {{ map|items|list|length }}",
    "{{ map|tojson }} {{ words|tojson(indent=2) }} {{ map|tojson(indent=4) }} {{ quoted|tojson }} {{ 'é'|tojson(ensure_ascii=true) }} {{ '😀'|tojson(ensure_ascii=true) }}",
    "{{ map|tojson(sort_keys=true) }} {{ map|tojson(separators=(',', ':')) }} {{ [rate, tiny, large, big]|tojson }} {{ {}|tojson(indent=1) }}{{ [[]]|tojson(indent=1) }}",
    "{{ html|e }} {{ html|escape|upper }} {{ '<b>'|safe + '<i>' }} {{ '<b>'|safe ~ '<i>' }} {{ ['<b>'|safe, '<i>']|join }}", "{{ people|attr('x') is defined }}",
    # Tests.
    "{{ n is odd }} {{ n is even }} {{ n is divisibleby 7 }} {{ n is divisibleby(2) }} {{ n is not odd }}",
    "{{ nothing is none }} {{ n is number }} {{ n is integer }} {{ rate is float }} {{ yes is boolean }} {{ yes is number }} {{ yes is integer }} {{ text is string }}",
    "{{ map is mapping }} {{ words is sequence }} {{ words is iterable }} {{ text is iterable }} {{ n is iterable }} {{ map is sequence }} {{ text is mapping }}",
    "{{ yes is true }} {{ yes is false }} {{ n is eq 7 }} {{ n is equalto(7) }} {{ n is gt 5 }} {{ n is lt(5) }} {{ 'beta' is in words }} {{ n is sameas 7 }} {{ 'a' is lower }} {{ 'a' is upper }}",
    "{{ range is callable }} {{ missing is undefined }} {{ missing is none }} {{ map.b is defined and map.b == 1 }}",
    # Methods.
    "{{ text.strip() }}|{{ text.lstrip() }}|{{ text.rstrip() }}|{{ 'xax'.strip('x') }}|{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a b c'.split(None, 1) }}",
    "{{ 'a-b-c'.split('-', 1) }} {{ 'a-b-c'.rsplit('-', 1) }} {{ ' a b c '.rsplit(None, 1) }} {{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ '</think>x'.split('</think>')[-1] }}",
    "{{ 'hello'.startswith('he') }} {{ 'hello'.endswith(('x', 'lo')) }} {{ 'hello'.find('l') }} {{ 'hello'.rfind('l') }} {{ 'hello'.find('z') }} {{ 'hello'.count('l') }} {{ 'héllo'.find('l') }}",
    "{{ 'pre-x'.removeprefix('pre-') }} {{ 'x.py'.removesuffix('.py') }} {{ ', '.join(words) }} {{ 'a'.upper() }} {{ 'Ab'.lower() }} {{ 'ab cd'.title() }} {{ 'ab'.capitalize() }} {{ 'aXa'.replace('X', 'y') }}",
    "{{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' '.isspace() }} {{ 'AB'.isupper() }} {{ 'ab'.islower() }} {{ words.index('gamma') }} {{ words.count('beta') }}",
    # Refused by both.
    "{{ missing.x }}", "{{ missing() }}", "{{ 'a' + 1 }}", "{{ nothing + 'a' }}", "{{ words.append(1) }}", "{{ raise_exception('no') }}",
    "{% if %}", "{{ 1 + }}", "{% for x in %}{% endfor %}", "{% endif %}", "{{ 'open", "{% if yes %}", "{# open", "{{ (1 }}", "{{ 1 2 }}",
    "{{ x|nofilter }}", "{{ x is notest }}", "{% unknown %}", "{{ missing|tojson }}", "{{ n|length }}", "{{ [1] < 'a' }}", "{{ 1 // 0 }}", "{{ 'x'|join(1, 2, 3) }}",
    "{{ range(1000000)|length }}", "{{ nothing|length }}", "{{ words.index('zz') }}", "{% break %}", "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% set map.b = 2 %}",
]


class Generation(Extension):
    """`{% generation %}`, which only marks what it holds."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                          sort_keys=sort_keys)

    result = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    result.filters["tojson"] = tojson
    result.globals["raise_exception"] = raise_exception
    result.globals["strftime_now"] = lambda form: TIMES.get(form, "now")
    return result


def rendered(source, variables):
    """The text, or null if the reference refuses."""
    try:
        return environment().from_string(source).render(**variables)
    except Exception:  # whatever Python raises, from a syntax error to a division by zero
        return None


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main():
    golden = TESTS / "Golden"
    expected = {}
    for path in sorted((TESTS / "ThirdParty").glob("*.jinja")):
        source = path.read_bytes().decode()
        expected[path.stem] = {
            name: rendered(source, {
                "messages": each["messages"], "tools": each.get("tools"), "documents": None,
                "add_generation_prompt": each.get("opens_answer", True),
                **SPECIAL, **each.get("variables", {})})
            for name, each in CONVERSATIONS.items()}
    write(golden / "conversations.json", CONVERSATIONS)
    write(golden / "renderings.json", expected)
    write(golden / "features.json", {
        "variables": VARIABLES,
        "cases": [{"source": each, "text": rendered(each, VARIABLES)} for each in FEATURES]})


if __name__ == "__main__":
    main()
