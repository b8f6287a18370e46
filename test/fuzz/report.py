"""What a campaign found: disagreements in groups, the shortest files of each kept, as JSON and as Markdown."""

import json
from collections import Counter

from verdict import VERDICTS, general

#: Files kept of a group.
KEPT = 4


class Report:
    def __init__(self, folder, settings):
        self.folder, self.settings = folder, settings
        self.files, self.outcomes, self.groups, self.memory = Counter(), Counter(), {}, Counter()
        (folder / "kept").mkdir(parents=True, exist_ok=True)

    def count(self, kind, ours, theirs):
        self.files[kind] += 1
        names = {(True, True): "both read", (True, False): "ours reads", (False, True): "reference reads", (False, False): "both refuse"}
        read = names[ours["accepted"], theirs["accepted"]]
        self.outcomes[kind, read] += 1
        self.memory[kind] = max(self.memory[kind], ours.get("memory", 0))

    def add(self, case, verdict, said, content):
        """`case`: kind, number, seed, damage, bytes changed. Groups are of one kind, verdict and reason."""
        theirs, ours = general(said["theirs"]), general(said["ours"])
        key = (case["kind"], verdict, case["seed"] if verdict == "values" else theirs, ours if verdict in ("refused", "uncoded", "crash") else "")
        group = self.groups.setdefault(key, {"kind": case["kind"], "verdict": verdict, "count": 0, "seeds": Counter(), "examples": []})
        group["count"] += 1
        group["seeds"][case["seed"]] += 1
        examples = group["examples"]
        examples.append({**case, **said})
        examples.sort(key=lambda one: (one["changed"], one["bytes"]))
        path = self.path_of(case, verdict)
        path.write_bytes(content)
        for dropped in examples[KEPT:]:
            self.path_of(dropped, verdict).unlink(missing_ok=True)
        del examples[KEPT:]

    def path_of(self, case, verdict):
        return self.folder / "kept" / f"{case['kind']}-{verdict}-{case['number']}-{case['seed']}"

    def sorted_groups(self):
        order = list(VERDICTS)
        return sorted(self.groups.values(), key=lambda group: (order.index(group["verdict"]), group["kind"], -group["count"]))

    def write(self):
        groups = [{**group, "seeds": dict(group["seeds"].most_common())} for group in self.sorted_groups()]
        outcomes = {kind: {read: count for (one, read), count in sorted(self.outcomes.items()) if one == kind} for kind in self.files}
        summary = {**self.settings, "files": dict(self.files), "outcomes": outcomes, "most memory": dict(self.memory), "groups": groups}
        (self.folder / "summary.json").write_text(json.dumps(summary, indent=1, ensure_ascii=False, default=str))
        (self.folder / "report.md").write_text("\n".join(self.lines(outcomes)))

    def lines(self, outcomes):
        yield f"# Campaign of seed {self.settings['seed']}: {sum(self.files.values())} files\n"
        yield "| kind | files | both read | both refuse | reference alone reads | ours alone reads | most memory (MiB) |\n|---|---|---|---|---|---|---|"
        for kind, count in self.files.items():
            names = ["both read", "both refuse", "reference reads", "ours reads"]
            cells = [str(outcomes[kind].get(name, 0)) for name in names]
            yield f"| {kind} | {count} | {' | '.join(cells)} | {self.memory[kind] // 2**20} |"
        for verdict, meaning in VERDICTS.items():
            groups = [group for group in self.sorted_groups() if group["verdict"] == verdict]
            yield f"\n## {verdict}: {meaning} ({sum(group['count'] for group in groups)} files, {len(groups)} groups)\n"
            for group in groups:
                yield from self.group_lines(group)

    def group_lines(self, group):
        example = group["examples"][0]
        seeds = ", ".join(f"{seed} ({count})" for seed, count in group["seeds"].most_common(8))
        yield f"- **{group['kind']}**, {group['count']} files, of {seeds}"
        yield f"  - reference: {one_line(example['theirs'])}" if example["theirs"] else "  - both read it"
        yield f"  - ours: {one_line(example['ours'])}"
        name, damage = self.path_of(example, group["verdict"]).name, ", ".join(example["damage"]) or "nothing"
        yield f"  - example: `{name}`, {example['bytes']} bytes; {example['changed']} bytes changed by {damage}"


def one_line(text):
    return " ".join(text.split())[:300]
