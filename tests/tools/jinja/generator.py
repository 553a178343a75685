"""Templates to compare engines with: every pair of a value and an operation, and random templates by seed."""
import json
import pathlib
import random
import re

VARIABLES = {
    "messages": [
        {"role": "system", "content": "Be brief.\n"},
        {"role": "user", "content": "  Hi <b>you</b> \U0001F600 "},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": 2.5}}}]},
        {"role": "tool", "content": "3.5", "tool_call_id": "c1"},
        {"role": "user", "content": [{"type": "text", "text": "Und\u00a0so?"}, {"type": "image"}]},
    ],
    "tools": [{"type": "function", "function": {"name": "add", "description": "Adds \"numbers\"", "parameters": {
        "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a"]}}}],
    "documents": None,
    "add_generation_prompt": True,
    "bos_token": "<s>",
    "items": ["b", "A", "c", "a", "B"],
    "mixed": [1, "1", 1.0, True, None, [], {}],
    "numbers": [3, -1, 2.5, 0, 10],
    "people": [{"name": "Zoe", "age": 3, "in": {"x": [1, 2]}}, {"name": "adam", "age": 30}, {"name": "Bob", "age": 3, "in": {"x": []}}],
    "tree": [{"v": 1, "c": [{"v": 2, "c": []}, {"v": 3, "c": [{"v": 4, "c": []}]}]}, {"v": 5, "c": []}],
    "table": {"b": 1, "A": "x", "c": None, "items": 7, "a": [1]},
    "empty": "",
    "text": "The quick\tbrown-fox\n\njumps, over  the\nLAZY dog's \u00e9t\u00e9",
    "odd": "\u00df\u0130\u03a3 \U0001F468\u200D\U0001F469 \u2028\u00a0\x1c\x85\x7f\ufb01",
}

VALUES = [
    "none", "true", "false", "undef", "0", "1", "-7", "3", "12345678901234567890", "2.5", "-0.0", "1e16", "1e-7", "0.1", "100.0",
    "''", "'a'", "'abc'", "'12'", "' 12.7x '", "'-1e3'", "'<a & \"b\">'", "'%s-%d'", "'a,b,,c'", "'Hello World'", "'{}|{0}'",
    "'<b>'|safe", "text", "odd", "[]", "[1, 2, 3]", "['b', 'A', 'a']", "[1, 'a', none]", "[[1, 2], [3, 4]]", "()", "(1,)", "('a', 'b')",
    "{}", "{'a': 1, 'B': 2}", "{1: 'x', 'y': {'z': [1.0]}}", "range(4)", "range(5, 0, -2)", "numbers", "mixed", "people", "table",
    "messages[1]", "messages[4].content", "items|map('upper')", "numbers|select('gt', 1)", "table.items()", "table.keys()", "table.values()",
    "namespace(a=1)", "ns", "joiner", "people|groupby('age')", "text.split", "undef2 is defined", "items|reverse",
]

FILTERS = [
    "abs", "attr('name')", "attr('upper')", "batch(2)|list", "batch(2, 'x')|list", "capitalize", "center(12)", "count", "d('z')",
    "default('z')", "default('z', true)", "default(boolean=true, default_value=3)", "dictsort", "dictsort(by='value')",
    "dictsort(true, reverse=true)", "e", "escape", "filesizeformat", "filesizeformat(true)", "first", "float", "float(7)", "forceescape",
    "format(1)", "format('x', 2)", "groupby('age')", "groupby('name')|list", "groupby('in.x.0', default=9)", "indent", "indent(2, true)",
    "indent('> ', first=true, blank=true)", "int", "int(5)", "int(base=16)", "int(0, 8)", "items|list", "join", "join(', ')",
    "join('-', attribute='name')", "last", "length", "list", "lower", "map('upper')|list", "map(attribute='age')|list",
    "map(attribute='in.x', default='-')|list", "map('default', 'q')|join('|')", "map('int')|list", "max", "max(attribute='age')", "min",
    "min(case_sensitive=true)", "pprint", "reject|list", "reject('none')|list", "rejectattr('in')|list", "rejectattr('age', 'eq', 3)|list",
    "replace('a', 'ZZ')", "replace('', '-')", "replace('a', 'b', 1)", "reverse", "reverse|list", "round", "round(1)", "round(-1)",
    "round(2, 'floor')", "round(method='ceil')", "safe", "select|list", "select('string')|list", "selectattr('in')|list",
    "selectattr('in', 'defined')|map(attribute='name')|join", "select('eq', 1)|list", "slice(2)|list", "slice(3, '-')|list", "sort",
    "sort(reverse=true)", "sort(case_sensitive=true)", "sort(attribute='age,name')", "sort(attribute='name', reverse=true)", "string",
    "striptags", "sum", "sum('age')", "sum(start=10)", "sum(start=[])", "title", "tojson", "tojson(indent=2)", "tojson(ensure_ascii=true)",
    "tojson(sort_keys=true)", "tojson(indent=0, separators=(',', ':'))", "tojson(separators=[';', '='])", "tojson(indent='\t')", "trim", "trim('ab ')",
    "truncate(5)", "truncate(9, true)", "truncate(10, leeway=0)", "truncate(7, false, '!')", "unique|list", "unique(true)|list",
    "unique(attribute='age')|list", "upper", "urlencode", "wordcount", "wordwrap(10)", "wordwrap(7, false)", "xmlattr", "xmlattr(false)",
    "length is odd", "nosuch", "map('nosuch')|list", "select('nosuch')|list", "map", "selectattr", "batch(0)|list", "string|length",
]

TESTS = [
    "boolean", "callable", "defined", "divisibleby 2", "divisibleby(0)", "eq 1", "equalto('a')", "==(1)", "escaped", "even", "false",
    "filter", "float", "ge 1", "gt(1)", "in [1, 'a', 2.5]", "in 'abc'", "in(table)", "integer", "iterable", "le 'b'", "lower", "lt 3",
    "mapping", "ne 1", "none", "number", "odd", "sameas none", "sameas(true)", "sequence", "string", "test", "true", "undefined", "upper",
    "not none", "not in [1]", "nosuch", "greaterthan 0", "lessthan 5",
]

OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]

STRING_METHODS = [
    "capitalize()", "casefold()", "center(9, '*')", "count('a')", "count('', 1)", "count('a', -2)", "endswith('c')", "endswith(('b', 'c'))",
    "endswith('b', 0, 2)", "expandtabs()", "expandtabs(3)", "find('b')", "find('z')", "find('b', 1, 2)", "find('', 9)", "format(1, a=2)",
    "index('a')", "index('zz')", "isalnum()", "isalpha()", "isascii()", "isdecimal()", "isdigit()", "isidentifier()", "islower()",
    "isnumeric()", "isprintable()", "isspace()", "istitle()", "isupper()", "join(['x', 'y'])", "join('xy')", "join([1])", "ljust(5)|string + '|'",
    "lower()", "lstrip()", "lstrip('aT<')", "partition(' ')", "partition('')", "removeprefix('a')", "removesuffix('c')", "replace('a', 'b')",
    "replace('a', 'b', 1)", "replace('', '.')", "replace('', '.', 2)", "rfind('a')", "rindex('o')", "rjust(5, '0')", "rpartition(' ')",
    "rsplit()", "rsplit(',')", "rsplit(' ', 1)", "rsplit(none, 2)", "rstrip()", "rstrip('c\\n')", "split()", "split(' ')", "split(',', 1)",
    "split(none, 1)", "split(maxsplit=2)", "split('')", "splitlines()", "splitlines(true)", "startswith('a')", "startswith(('', 'x'))",
    "startswith('b', 1)", "startswith(1)", "strip()", "strip('ac')", "strip(none)", "swapcase()", "title()", "upper()", "zfill(6)",
    "upper", "nosuch", "nosuch()", "__class__", "format_map({'a': 1})", "strip(1)", "split(1)", "index()", "upper(1)", "x.y",
]

OTHER_METHODS = [
    "get('a')", "get('q')", "get('q', 5)", "get([])", "get()", "keys()", "keys()|list", "values()|list", "items()", "items()|list", "copy()",
    "update({'a': 2})", "pop('a')", "append(1)", "sort()", "clear()", "setdefault('a')", "index('b')", "index(2)", "index(3, 1)", "count(1)",
    "insert", "0", "1", "a", "items", "name", "start", "real", "is_integer()", "bit_length()", "numerator", "__len__", "_x", "popitem()",
]

INDICES = ["0", "1", "-1", "5", "-9", "'a'", "'items'", "1:", ":-1", "::-1", "-2:", "::2", "3:0:-1", "1:1", "::0", "none", "true", "1.0", "[1]", "1, 2",
           "'upper'", "undef", "'0'", "99:", "-99:", ":99", "none:none"]

FORMATS = ["%s", "%d", "%5d|", "%-5s|", "%05.1f", "%.3f", "%e", "%.2e", "%g", "%G", "%x", "%#X", "%o", "%+d", "% d", "%c", "%r", "%%", "%.2s",
           "%*d", "%(a)s", "%5%", "%i", "%q", "%", "%.0f", "%#.3g", "%08.3f", "%+.1e", "%s %s", "%10.4s|", "%a"]

SPECS = ["", "5", "<5", ">5", "^5", "*^7", "=5", "05", "+", " ", "d", "x", "#x", "o", "b", "#b", "c", "e", ".2e", "f", ".2f", "g", ".3g", "n", "%",
         ".1%", "s", ".2", ",", "_", ",.2f", "010,", "+08.1f", ".0f", "10.3", "é^6", "#.0f", "E", "X", "q", "5s", ".3s", "-5", "x<", "012,d", ".3"]


def products():
    """(kind, template) for every pair of a value and an operation."""
    for value in VALUES:
        yield "print", "{{ %s }}" % value
        yield "print", "{{ [%s] }}|{{ (%s)|string }}|{{ (%s) ~ '' }}" % (value, value, value)
        yield "if", "{%% if %s %%}T{%% else %%}F{%% endif %%}{{ not %s }}{{ (%s) and 1 }}{{ (%s) or 2 }}" % (value, value, value, value)
        yield "unary", "{{ -(%s) }}" % value
        yield "unary", "{{ +(%s) }}" % value
        yield "for", "{%% for x in %s %%}[{{ loop.index }}/{{ loop.length }}:{{ x }}]{%% else %%}none{%% endfor %%}" % value
        yield "for", "{%% for a, b in %s %%}{{ a }}={{ b }};{%% endfor %%}" % value
        yield "call", "{{ (%s)() }}" % value
        yield "star", "{{ dict(**(%s)) }}" % value
        yield "star", "{%% macro m() %%}{{ varargs }}{%% endmacro %%}{{ m(*(%s)) }}" % value
        yield "key", "{{ {(%s): 1} }}" % value
        yield "json", "{{ [%s]|tojson }}" % value
        yield "namespace", "{%% set n = namespace(%s) %%}{{ n }}" % value
        yield "range", "{{ range(%s)|list|length }}" % value
        for name in FILTERS:
            yield "filter", "{{ (%s)|%s }}" % (value, name)
        for name in TESTS:
            yield "test", "{{ (%s) is %s }}" % (value, name)
        for name in OTHER_METHODS:
            yield "member", "{{ (%s).%s }}" % (value, name)
        for name in INDICES:
            yield "index", "{{ (%s)[%s] }}" % (value, name)
        for other in VALUES:
            for operator in OPERATORS:
                if operator == "**" and "1234567" in other:
                    continue  # Python would compute it
                yield "binary", "{{ (%s) %s (%s) }}" % (value, operator, other)
        for pattern in FORMATS:
            yield "percent", "{{ '%s' %% (%s) }}" % (pattern, value)
            yield "percent", "{{ '%s'|format(%s) }}" % (pattern, value)
        for spec in SPECS:
            yield "format", "{{ '[{:%s}]'.format(%s) }}" % (spec, value)
    for value in VALUES[15:29] + ["'a b c'", "'aXbXc'", "'\\n a\\r\\nb\\x0bc \\n'", "'Ab1 cD'", "'ab'|safe", "'\u4e2d\u6587'", "'+12'", "'\u01c5\u0661\u00b2'"]:
        for name in STRING_METHODS:
            yield "method", "{{ (%s).%s }}" % (value, name)


class Random:
    """Random templates. Most of what they do is sensible, so that they run for a while before something fails."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.names = ["messages", "items", "numbers", "people", "table", "text", "odd", "mixed", "bos_token", "undef", "ns", "x", "y"]

    def pick(self, *options):
        return self.r.choice(options)

    def expression(self, depth=3):
        r = self.r
        if depth == 0 or r.random() < 0.2:
            return r.choice(self.names + ["1", "2", "0", "-1", "2.5", "'a'", "'b c'", "''", "true", "none", "[]", "{}", "ns.x", "loop.index", "x.name"])
        e = lambda: self.expression(depth - 1)
        return r.choice([
            lambda: "%s %s %s" % (e(), r.choice(OPERATORS), e()),
            lambda: "(%s)" % e(),
            lambda: "%s|%s" % (e(), r.choice(FILTERS[:-6])),
            lambda: "%s is %s" % (e(), r.choice(TESTS)),
            lambda: "%s if %s else %s" % (e(), e(), e()),
            lambda: "%s if %s" % (e(), e()),
            lambda: "not %s" % e(),
            lambda: "-%s" % e(),
            lambda: "%s.%s" % (r.choice(self.names), r.choice(OTHER_METHODS)),
            lambda: "%s[%s]" % (r.choice(self.names), r.choice(INDICES)),
            lambda: "%s.%s" % (r.choice(["text", "odd", "bos_token", "x", "'a b'", "y"]), r.choice(STRING_METHODS)),
            lambda: "[%s, %s]" % (e(), e()),
            lambda: "(%s, %s)" % (e(), e()),
            lambda: "{'k': %s, %s: 1}" % (e(), e()),
            lambda: "m(%s, b=%s)" % (e(), e()),
            lambda: "m(%s)" % e(),
            lambda: "%s < %s <= %s" % (e(), e(), e()),
            lambda: "(%s)[%s]" % (e(), e()),
            lambda: "'%s' %% (%s)" % (r.choice(FORMATS), e()),
            lambda: "range(%s)" % e(),
            lambda: "loop.%s" % r.choice(["index", "index0", "first", "last", "length", "revindex", "revindex0", "previtem", "nextitem", "depth",
                                          "cycle('a', 'b')", "changed(x)"]),
        ])()

    def data(self):
        return self.r.choice(["", " ", "\n", "\n\n", "  \n", "text", "\n  ", " a\n  ", "\t", "{ x }", "%}", "é", "<|im_start|>", "'", "\r\n"])

    def tag(self, content):
        return "{%%%s%s%s%s%%}" % (self.pick("", "", "-", "+"), self.pick("", " ", "\n"), content, self.pick("", " ", " -", " -", " +"))

    def output(self):
        return "{{%s %s %s}}" % (self.pick("", "", "-"), self.expression(), self.pick("", "", "-"))

    def body(self, depth, loops=0):
        return "".join(self.data() + self.statement(depth, loops) for _ in range(self.r.randint(1, 3))) + self.data()

    def statement(self, depth, loops=0):
        r = self.r
        if depth == 0 or r.random() < 0.3:
            return self.output()
        e = self.expression
        b = lambda in_loop=loops: self.body(depth - 1, in_loop)
        t = self.tag
        choices = [
            lambda: t("if " + e()) + b() + t("endif"),
            lambda: t("if " + e()) + b() + t("elif " + e()) + b() + t("else") + b() + t("endif"),
            lambda: t("for x in " + e()) + b(1) + t("endfor"),
            lambda: t("for x in " + self.pick("items", "people", "numbers", "messages", "range(3)", "table")) + b(1) + t("endfor"),
            lambda: t("for x in %s if %s" % (self.pick("items", "people", "numbers", "mixed"), e())) + b(1) + t("else") + b() + t("endfor"),
            lambda: t("for x, y in %s" % self.pick("table.items()", "table|dictsort", "people|groupby('age')", "[(1, 2)]", "table|items")) + b(1) + t("endfor"),
            lambda: t("for x in tree recursive") + "[{{ x.v }}" + self.pick("{{ loop(x.c) }}", "{{ loop.depth }}{{ loop(x.c) }}") + b(1) + "]" + t("endfor"),
            lambda: t("set %s = %s" % (self.pick("x", "y", "ns.x", "tools", "x, y"), e())),
            lambda: t("set " + self.pick("x", "y", "ns.x", "x | upper", "y | trim | length")) + b() + t("endset"),
            lambda: t("macro m(a, b=%s)" % self.pick("1", "x", "a", "[]")) + b(0) + self.pick("{{ a }}{{ b }}", "{{ varargs }}{{ kwargs }}", "{{ caller() }}") + t("endmacro"),
            lambda: t("call m(%s)" % e()) + b(0) + t("endcall"),
            lambda: t("call(x) m(%s)" % e()) + b(0) + t("endcall"),
            lambda: t("filter " + self.pick("upper", "trim", "indent(2)", "replace('a', 'b') | length", "trim | title")) + b() + t("endfilter"),
            lambda: t("with %s = %s" % (self.pick("x", "y", "messages"), e())) + b() + t("endwith"),
            lambda: t("generation") + b(0) + t("endgeneration"),
            lambda: t("do " + e()),
            lambda: "{#" + self.pick("", "-", "+") + " note " + self.pick("", "-", "+") + "#}",
            lambda: self.tag("raw") + self.pick("{{ x }}", " {% y %}\n", "  ") + self.tag("endraw"),
        ]
        if loops:
            choices += [lambda: t("if " + e()) + t(self.pick("break", "continue")) + t("endif")] * 2
        return r.choice(choices)()

    def template(self):
        prelude = "{% set ns = namespace(x=0) %}" if self.r.random() < 0.8 else ""
        macro = "{% macro m(a, b=2) %}<{{ a }},{{ b }}>{% endmacro %}" if self.r.random() < 0.7 else ""
        return prelude + macro + self.body(3)


def randoms(seed, count):
    for i in range(count):
        yield "random", Random(seed * 1_000_003 + i).template()


def published(folder, seed, count):
    """Published templates with a change or two, and one of the inputs: (kind, template, variables)."""
    folder = pathlib.Path(folder)
    inputs = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))
    sources = [p.read_text(encoding="utf-8") for p in sorted((folder / "templates").glob("*.jinja"))]
    for i in range(count):
        r = random.Random(seed * 1_000_003 + i)
        template = r.choice(sources)
        for _ in range(r.randint(1, 2)):
            template = changed(template, r)
        given = inputs[r.choice(sorted(inputs))]
        variables = {"messages": given["messages"], "tools": given.get("tools"), "documents": given.get("documents"),
                     "add_generation_prompt": given["add_generation_prompt"], **given["kwargs"]}
        yield "published", template, variables


def changed(template, r):
    words = list(re.finditer(r"[A-Za-z_]+", template))
    word, other = r.choice(words), r.choice(words)
    tags = list(re.finditer(r"\{[%{]-?|-?[%}]\}", template))
    tag = r.choice(tags)
    sign = tag.group().replace("-", "") if "-" in tag.group() else (tag.group() + "-" if tag.group()[0] == "{" else "-" + tag.group())
    lines = template.split("\n")
    at = r.randrange(len(template))
    line = r.randrange(len(lines))
    return r.choice([
        lambda: template[:word.start()] + other.group() + template[word.end():],
        lambda: template[:word.start()] + other.group() + template[word.end():],
        lambda: template[:tag.start()] + sign + template[tag.end():],
        lambda: template[:tag.start()] + sign + template[tag.end():],
        lambda: template[:at] + template[at + r.randint(1, 3):],
        lambda: template[:at] + r.choice([" ", "\n", "\t", "not ", "- ", "| ", ".", "+ "]) + template[at:],
        lambda: "\n".join(lines[:line] + lines[line + 1:]),
        lambda: re.sub(r"\b%s\b" % re.escape(word.group()), other.group(), template),
    ])()
