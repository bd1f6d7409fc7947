#!/usr/bin/env python3
"""Validates converted Bundles with two independent R4 validators.

usage: v2-to-fhir-validate.py DIR...        every .json below the folders is a Bundle

Makes a virtual environment beside itself on first use (fhir.resources for R4B models, fhirkit-rs for R4), prints each
finding once with its count, and exits 1 when there is any.
"""
import collections
import json
import os
import re
import subprocess
import sys

INDEX = re.compile(r"\[[0-9]+\]")
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.environ.get("V2_TO_FHIR_VENV", os.path.join(HERE, ".venv-validate"))


def in_environment():
    """Runs this script again in the virtual environment, made when missing."""
    python = os.path.join(VENV, "bin", "python")
    if os.path.abspath(sys.prefix) == os.path.abspath(VENV):
        return
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "fhir.resources>=8,<9", "fhirkit-rs"], check=True)
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


def resources(path):
    with open(path, encoding="utf-8") as file:
        bundle = json.load(file)
    yield bundle
    for entry in bundle.get("entry", []):
        yield entry["resource"]


def r4b(resource):
    """fhir.resources, R4B models."""
    from fhir.resources.R4B import get_fhir_model_class

    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except Exception as error:  # pydantic reports many kinds
        details = error.errors() if hasattr(error, "errors") else [{"loc": ("?",), "msg": str(error)}]
        for detail in details:
            place = ".".join(str(part) for part in detail["loc"] if not isinstance(part, int))
            yield f"R4B {resource['resourceType']}.{place}: {detail['msg'][:120]}"


def main():
    in_environment()
    import fhirkit

    found = collections.Counter()
    example = {}
    count = 0
    for folder in sys.argv[1:]:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                if not name.endswith(".json"):
                    continue
                for resource in resources(os.path.join(root, name)):
                    count += 1
                    for finding in [*r4b(resource), *r4(fhirkit, resource)]:
                        found[finding] += 1
                        example.setdefault(finding, name)
    for finding, number in found.most_common():
        print(number, finding, f"({example[finding]})")
    print(f"{count} resources, {sum(found.values())} findings")
    sys.exit(1 if found else 0)


def r4(fhirkit, resource):
    """fhirkit-rs, R4."""
    try:
        issues = fhirkit.validate(json.dumps(resource))
    except fhirkit.ParseError as error:
        return [f"R4 {resource['resourceType']}: {str(error)[:160]}"]
    return [
        f"R4 {INDEX.sub('', issue.path)}: {issue.message[:120]}" for issue in issues if issue.severity == "error"
    ]


if __name__ == "__main__":
    main()
