#!/usr/bin/env python3
"""Agreement with the Bundles of other converters, and how much of the difference docs/conformance/peer-differences.tsv explains.

    scripts/v2-to-fhir-peers.py [--shared ../shared] [--program .build/release/headwall] [--list N] [--site] [SUITE ...]

Converts the pairs of the shared data, scores them with the shared tools, and prints a line a suite: recall over the clinically
key paths (micro, mean of the pairs), share of single-valued paths on both sides that differ, leaf coverage; then the same
without what the ledger says is not ours to follow. --list prints what stays unexplained. --site prints a second block, each
suite under the layer of its converter (Mappings/v2-to-fhir/sites), where there is one; a suite that holds a resource several
times under one id has a further line, "by id", in which each counts once. Needs the shared data beside the repository; says so
and ends with 0 without it."""
import argparse, collections, importlib.util, os, re, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITES = ["reportstream-mi", "reportstream-full", "microsoft", "google-wstl1", "google-wstl2"]
SITES = ROOT / "Mappings" / "v2-to-fhir" / "sites"
# Microsoft's ids come from what a resource says, so that equal ones are one resource; the other two write each mention.
LAYER_MENTIONS = {"microsoft": "shared"}
# Ids from what a resource says too, but equal ones are written again: the same resource for who stores them.
BY_ID = ["google-wstl2"]
# ReportStream names itself in every Bundle; --assembler is how a site of ours does.
ASSEMBLER = "CDC PRIME - Atlanta^2.16.840.1.114222.4.1.237821"


class Ledger:
    """Lines of peer-differences.tsv by suite and type."""

    def __init__(self, path):
        self.lines = []
        columns = None
        for text in path.read_text(encoding="utf-8").splitlines():
            if text.startswith("#") or not text:
                continue
            cells = text.split("\t")
            if columns is None:
                columns = {name: at for at, name in enumerate(cells)}
                continue
            pattern = re.compile(".*".join(re.escape(part) for part in cells[columns["peer"]].split("*")), re.DOTALL)
            self.lines.append(
                (cells[columns["suite"]], cells[columns["resource"]], cells[columns["path"]], pattern, cells[columns["class"]]))
        self.known = {}

    def explains(self, suite, name, resource, path, value):
        """The class of the first line that fits; None without one. `suite` of a line may name one message: `google/adt`."""
        key = (f"{suite}/{name}", resource, path, value)
        if key not in self.known:
            self.known[key] = next(
                (kind for s, r, p, v, kind in self.lines
                 if (s == "*" or key[0] == s or key[0].startswith(s) and "/" not in s) and r in ("*", resource) and p in ("*", path) and v.fullmatch(str(value))), None)
        return self.known[key]


def scorer(shared):
    """The shared scorer, with its conflicts kept one by one."""
    source = (shared / "tools" / "score.py").read_text()
    counted = "comp+=1; conf+= px[p]!=py[p]"
    assert counted in source, "the scorer counts conflicts elsewhere now"
    source = source.replace(counted, counted + "\n                    if px[p]!=py[p]: CONFLICTS.append((t,p,px[p][0],py[p][0]))")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("score", None))
    module.CONFLICTS = []
    exec(compile(source, "score.py", "exec"), module.__dict__)
    return module


def options():
    return argparse.Namespace(
        refs="align", ext="hl7", dates="exact", types=None, shared_types=False, key_only=False, casefold=False, diff=0)


def once(resources):
    """The first resource of each type and id."""
    return list({(one["resourceType"], one.get("id")): one for one in reversed(resources)}.values())[::-1]


def measure(score, ledger, suite, ours, expected, unexplained, by_id=False):
    key_found = key_expected = conflicts = compared = explained = explained_conflicts = 0
    recalls, adjusted = [], []
    produced = score.files(str(ours))
    for name, path in score.files(str(expected)).items():
        score.CONFLICTS.clear()
        candidate = score.load(produced[name]) if name in produced else []
        peer = once(score.load(path)) if by_id else score.load(path)
        result = score.score_pair(candidate, peer, options())
        found, all_ = result["key"].tp, result["key"].b
        missing = {entry: count for entry, count in result["miss"].items() if score.iskey(entry[0], entry[1])}
        known = 0
        for (resource, at, value), count in missing.items():
            if ledger.explains(suite, name, resource, at, value):
                known += count
            else:
                unexplained["missing"][(suite, resource, at)] += count
                unexplained["example"][("missing", suite, resource, at)] = (name, value)
        for resource, at, mine, theirs in score.CONFLICTS:
            if ledger.explains(suite, name, resource, at, theirs):
                explained_conflicts += 1
            else:
                unexplained["conflict"][(suite, resource, at)] += 1
                unexplained["example"][("conflict", suite, resource, at)] = (name, f"{mine} / {theirs}")
        key_found, key_expected, explained = key_found + found, key_expected + all_, explained + known
        conflicts, compared = conflicts + result["conf"], compared + result["comp"]
        recalls.append(found / all_ if all_ else 1)
        adjusted.append(found / (all_ - known) if all_ > known else 1)
    mean = lambda numbers: sum(numbers) / (len(numbers) or 1)
    share = lambda part, whole: part / whole if whole else 0
    return (
        len(recalls), share(key_found, key_expected), mean(recalls), share(conflicts, compared),
        share(key_found, key_expected - explained), mean(adjusted), share(conflicts - explained_conflicts, compared))


def coverage(shared, source, output):
    """Share of the leaves that are found in the Bundles."""
    text = subprocess.run(
        [sys.executable, str(shared / "tools" / "coverage.py"), str(source), str(output)], capture_output=True, text=True).stdout
    found = re.search(r"micro=([0-9.]+)", text)
    return float(found.group(1)) if found else float("nan")


def convert(program, source, output, mentions, *further):
    command = [
        str(program), "convert", str(source), "--out", str(output), "--zone", "+00:00", "--mentions", mentions, "--assembler",
        ASSEMBLER, *further]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)


def unexplained_counts():
    return {"missing": collections.Counter(), "conflict": collections.Counter(), "example": {}}


def layers(score, ledger, chosen, pairs, folder):
    """The second block: recall, mean, conflicts and coverage with the layer of the converter that wrote the suite."""
    print(f"\n{'pairs':20}{'messages':>9}{'recall':>9}{'mean':>8}{'conflict':>10}{'coverage':>10}  with the layer of that converter")
    for suite in chosen.suites:
        layer = suite.split("-")[0]
        if not (SITES / layer).is_dir():
            continue
        for by_id in [False, True] if suite in BY_ID else [False]:
            name = f"{suite}, by id" if by_id else suite
            out = Path(folder) / f"{name}-{layer}"
            mentions = "shared" if by_id else LAYER_MENTIONS.get(layer, "separate")
            convert(chosen.program, pairs / suite / "in", out, mentions, "--site", str(SITES / layer))
            n, recall, mean, conflict, *_ = measure(
                score, ledger, suite, out, pairs / suite / "expected", unexplained_counts(), by_id)
            found = coverage(chosen.shared, pairs / suite / "in", out)
            print(f"{name:20}{n:>9}{recall:>9.3f}{mean:>8.3f}{conflict:>10.3f}{found:>10.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", default=SUITES)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--program", type=Path, default=ROOT / ".build" / "release" / "headwall")
    parser.add_argument("--list", type=int, default=0, metavar="N")
    parser.add_argument("--site", action="store_true")
    chosen = parser.parse_args()
    pairs = chosen.shared / "data" / "hl7v2" / "pairs"
    if not pairs.is_dir():
        print(f"SKIPPED: no pairs in {pairs}")
        return
    score = scorer(chosen.shared)
    ledger = Ledger(ROOT / "docs" / "conformance" / "peer-differences.tsv")
    unexplained = unexplained_counts()
    print(f"{'pairs':20}{'messages':>9}{'recall':>9}{'mean':>8}{'conflict':>10}{'coverage':>10}  without what the ledger explains")
    with tempfile.TemporaryDirectory() as folder:
        for suite in chosen.suites:
            out = Path(folder) / suite
            convert(chosen.program, pairs / suite / "in", out, "separate")
            n, recall, mean, conflict, recall_known, mean_known, conflict_known = measure(
                score, ledger, suite, out, pairs / suite / "expected", unexplained)
            found = coverage(chosen.shared, pairs / suite / "in", out)
            print(f"{suite:20}{n:>9}{recall:>9.3f}{mean:>8.3f}{conflict:>10.3f}{found:>10.3f}"
                  f"  {recall_known:.3f} {mean_known:.3f} {conflict_known:.3f}", flush=True)
        if chosen.site:
            layers(score, ledger, chosen, pairs, folder)
    for kind in ("missing", "conflict"):
        for (suite, resource, at), count in unexplained[kind].most_common(chosen.list):
            name, value = unexplained["example"][(kind, suite, resource, at)]
            print(f"{kind}\t{count}\t{suite}\t{resource}\t{at}\t{name}\t{str(value)[:100]}")


if __name__ == "__main__":
    main()
