#!/usr/bin/env python3
"""Renders templates with jinja2 and with another engine and counts where they differ.

    differential.py product RENDERER...                  every pair of a value and an operation
    differential.py random SEED COUNT RENDERER...        random templates
    differential.py published DATA SEED COUNT RENDERER...  the templates of ../shared/data/chat-templates, each with a change or two

RENDERER is the command of a program that answers lines of JSON, such as TemplateRenderer or `node huggingface.mjs`.
"""
import collections
import copy
import json
import re
import signal
import subprocess
import sys

from environment import render
from generator import VARIABLES, products, published, randoms

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
SHOWN = 12
SECONDS = 10


def outcome(answer):
    """Engines differ in their messages; what counts is the text, or that there is none."""
    return ADDRESS.sub("", answer["text"]) if "text" in answer else (answer["kind"] == "Raised" and answer["error"] or None)


def too_long(*_):
    raise TimeoutError


def cases(mode, rest):
    """(kind, template, variables) and the renderer's command."""
    if mode == "product":
        return [(k, t, VARIABLES) for k, t in products()], rest
    if mode == "random":
        return [(k, t, VARIABLES) for k, t in randoms(int(rest[0]), int(rest[1]))], rest[2:]
    return list(published(rest[0], int(rest[1]), int(rest[2]))), rest[3:]


def main():
    all_cases, command = cases(sys.argv[1], sys.argv[2:])
    requests = "\n".join(json.dumps({"template": t, "variables": v}) for _, t, v in all_cases)
    answers = subprocess.run(command, input=requests, capture_output=True, text=True, check=True, encoding="utf-8").stdout.split("\n")
    counts = collections.defaultdict(collections.Counter)
    signal.signal(signal.SIGALRM, too_long)
    for (kind, template, variables), line in zip(all_cases, answers, strict=False):
        signal.alarm(SECONDS)
        theirs, ours = render(template, copy.deepcopy(variables)), json.loads(line)  # jinja2's indent changes a list
        signal.alarm(0)
        if theirs["error" if "error" in theirs else "text"] == ours.get("error"):
            ours["kind"] = theirs["kind"]  # an engine that does not tell what a template raises from what fails in it
        same = outcome(theirs) == outcome(ours)
        early = same and "text" not in theirs and (theirs["kind"] == "Syntax") != (ours["kind"] == "Syntax")
        result = "same text" if same and "text" in theirs else "found at another time" if early else "both fail" if same else "DIFFERENT"
        if theirs.get("error", "").startswith("TimeoutError"):
            result = "jinja2 takes too long"
        counts[kind][result] += 1
        if result in ("DIFFERENT", "found at another time") and counts[kind][result] <= SHOWN:
            print(f"--- {kind}: {result}\n{template}\n  jinja2: {theirs}\n  other:  {ours}")
    for kind, results in counts.items():
        print(f"{kind}: {dict(results)}")
    total = sum(counts.values(), collections.Counter())
    print(f"all: {dict(total)} of {len(all_cases)}")


main()
