"""The environment in which transformers renders chat templates, made again with jinja2 alone."""
import datetime
import json

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2026, 1, 15, 12, 0, 0)


class Raised(Exception):
    """What raise_exception throws."""


class Generation(jinja2.ext.Extension):
    """{% generation %}: outputs its body, in a scope of its own."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise Raised(message)


def environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols, jinja2.ext.do])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


ENVIRONMENT = environment()


def render(template, variables):
    """{"text": ...} or {"kind": ..., "error": ...}, as the tools for the other engines give it."""
    try:
        compiled = ENVIRONMENT.from_string(template)
    except (jinja2.TemplateSyntaxError, SyntaxError, RecursionError) as e:
        return {"kind": "Syntax", "error": f"{type(e).__name__}: {e}"}
    except Exception as e:  # the optimizer evaluates constants, and some of them fail
        return {"kind": "Failed", "error": f"{type(e).__name__}: {e}"}
    try:
        return {"text": compiled.render(**variables)}
    except Raised as e:
        return {"kind": "Raised", "error": str(e)}
    except Exception as e:
        return {"kind": "Failed", "error": f"{type(e).__name__}: {e}"}
