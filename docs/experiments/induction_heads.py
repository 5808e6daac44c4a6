#!/usr/bin/env python3
"""Two layers form induction heads on the corpus `copy`; one layer cannot.

    docs/experiments/induction_heads.py [--labctl PROGRAM] [--group NAME] [--texts N]

Submits configs/experiments/induction_heads.yaml (two and one layer, three seeds each), waits, then
looks into every checkpoint of each run with `labctl inspect` and prints what it found as Markdown.
--group NAME looks at a group that has run already. Needs nothing but Python and the lab.

The texts that are looked at are new documents of the kind that `copy` has, drawn here with a seed
of their own. The repeated half of such a text is the letters after a word's first one in a word
that stood there before: whoever looks for the place where the last letter stood can read them off,
nobody else can.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import sys
from pathlib import Path

CONFIG = Path(__file__).parents[2] / "configs/experiments/induction_heads.yaml"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SCORES = ("heads/repeated_induction", "heads/shifted_induction")
MOST_SHIFT = 3  # of the lab's score of that name


class Text:
    """A document of random words that return, cut to a length, and where its repeated half is."""

    def __init__(self, seed, length):
        draw = random.Random(seed)
        letters = draw.sample(LETTERS, len(LETTERS))
        words, last, text, repeated = [], None, "", []
        while len(text) < length:
            if len(words) < 4 or (len(words) < 6 and draw.randrange(4) == 0):
                word = "".join(letters.pop() for _ in range(draw.randint(2, 6)))
                words.append(word)
                returns = False
            else:
                word = draw.choice([one for one in words if one != last])
                returns = True
            if returns:
                repeated += range(len(text) + 1, len(text) + len(word))
            text, last = text + word + " ", word
        self.text = text[:length]
        # A position whose letter is free to whoever knows what came after the one before it.
        self.repeated = [at for at in repeated if at < length]

    def source(self, at):
        """The place after the one where the letter before `at` last stood: there `at`'s letter is."""
        return self.text.rindex(self.text[at - 1], 0, at - 1) + 1


class Lab:
    def __init__(self, program):
        self.program = program

    def ask(self, *words):
        done = subprocess.run([self.program, "--json", *words], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.program} {' '.join(words[:3])} …: {done.stderr.strip()}")
        return json.loads(done.stdout)


def tensor(look, name):
    """A tensor of a look as nested lists."""
    one = next(t for t in look["tensors"] if t["name"] == name)
    data = [float(x) for x in one["data"]]
    for size in reversed(one["shape"][1:]):
        data = [data[i : i + size] for i in range(0, len(data), size)]
    return data


def mean(values):
    return statistics.fmean(values)


def spread(values):
    """Mean and standard error over the seeds."""
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{mean(values):.3f} ± {error:.3f}"


class Run:
    """What the looks into the checkpoints of one run say."""

    def __init__(self, lab, job, texts):
        self.lab, self.job, self.texts = lab, job, texts
        self.loss = {}  # of the repeated half, by step, mean over the texts
        for i, text in enumerate(texts):
            what = ["heads", "loss"] if i == 0 else ["loss"]
            over = lab.ask("inspect", str(job), *what, "--over-time", "--text", text.text)
            for look in over["looks"]:
                losses = tensor(look, "loss/next")
                step = look["model"]["step"]
                part = mean([losses[at - 1] for at in text.repeated])
                self.loss.setdefault(step, []).append(part)
            if i == 0:
                self.take_scores(over)
        self.loss = {step: mean(parts) for step, parts in sorted(self.loss.items())}
        self.check_attention()

    def take_scores(self, over):
        final = over["looks"][-1]
        scores = {
            (name, layer, head): score
            for name in SCORES
            for layer, heads in enumerate(tensor(final, name))
            for head, score in enumerate(heads)
        }
        self.score, *self.best = max(scores, key=scores.get)
        self.value = scores[self.score, *self.best]
        self.previous = max(max(heads) for heads in tensor(final, "heads/previous_token"))
        if self.score != SCORES[0]:  # the change of that score, then
            over = self.lab.ask("inspect", str(self.job), "heads", "--over-time", "--text",
                                self.texts[0].text, "--sort", self.score.split("/")[1])
        name = f"{self.score}/{self.best[0]}.{self.best[1]}"
        self.change = next((one for one in over["changes"] if one["name"] == name), None)

    def check_attention(self):
        """Of the best head: its attention, from the letters before the repeated half, to the place
        after their last one or, where it is larger there, some places further on; and what a head
        gets there that attends by distance alone, as this one does on average over all other
        queries. By the distance of that place, in quarters."""
        layer, head = self.best
        patterns = []
        for text in self.texts:
            look = self.lab.ask("inspect", str(self.job), "attention", "--text", text.text,
                                "--layers", str(layer), "--heads", str(head))
            patterns.append(tensor(look, f"blocks.{layer}.attn.hook_pattern")[0])
        by_shift = [self.measure(patterns, shift) for shift in range(MOST_SHIFT + 1)]
        self.shift = max(range(MOST_SHIFT + 1), key=lambda s: mean([a for _, a, _ in by_shift[s]]))
        found = sorted(by_shift[self.shift])
        self.places = len(found)
        self.attention = mean([attention for _, attention, _ in found])
        self.by_distance = mean([other for _, _, other in found])
        quarter = math.ceil(len(found) / 4)
        self.quarters = [
            (part[0][0], part[-1][0], mean([a for _, a, _ in part]), mean([o for _, _, o in part]))
            for part in (found[i : i + quarter] for i in range(0, len(found), quarter))
        ]

    def measure(self, patterns, shift):
        """(distance, attention, what distance alone gives) of every letter of the repeated half."""
        found = []
        for text, pattern in zip(self.texts, patterns):
            for at in text.repeated:
                query, key = at - 1, text.source(at) + shift
                distance = query - key
                others = [pattern[q][q - distance] for q in range(distance, len(pattern))
                          if q != query]
                found.append((distance, pattern[query][key], mean(others)))
        return found

    def fall(self):
        """The whole fall of the loss, and the share of it that lies in the marked interval alone
        and together with the checkpoint on either side."""
        steps = list(self.loss)
        whole = self.loss[steps[0]] - self.loss[steps[-1]]
        after, until = steps.index(self.change["after"]), steps.index(self.change["until"])
        inside = self.loss[steps[after]] - self.loss[steps[until]]
        first, last = max(0, after - 1), min(len(steps) - 1, until + 1)
        around = self.loss[steps[first]] - self.loss[steps[last]]
        return whole, inside / whole, around / whole


def report(layers, seeds, runs):
    print(f"\n### {layers} layer{'s' if layers > 1 else ''}\n")
    print("| seed | best head | its score | which | places further on | attention there"
          " | by distance alone | best previous-token head | loss of the repeated half |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for seed, run in zip(seeds, runs):
        print(f"| {seed} | {run.best[0]}.{run.best[1]} | {run.value:.3f} |"
              f" {run.score.split('/')[1]} | {run.shift} | {run.attention:.3f} | {run.by_distance:.3f} | {run.previous:.3f} |"
              f" {list(run.loss.values())[-1]:.3f} |")
    print(f"| mean ± s.e. | | {spread([r.value for r in runs])} | | |"
          f" {spread([r.attention for r in runs])} | {spread([r.by_distance for r in runs])} |"
          f" {spread([r.previous for r in runs])} |"
          f" {spread([list(r.loss.values())[-1] for r in runs])} |")


def report_change(seeds, runs):
    print("\n### When\n")
    print("| seed | the head changes after step | until | share, chance | loss before | behind |"
          " of the fall: in the interval | with one checkpoint either side |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for seed, run in zip(seeds, runs):
        change = run.change
        _, inside, around = run.fall()
        print(f"| {seed} | {change['after']} | {change['until']} | {change['share']:.2f},"
              f" {change['chance']:.3f} | {run.loss[change['after']]:.3f} |"
              f" {run.loss[change['until']]:.3f} | {100 * inside:.0f} % | {100 * around:.0f} % |")
    print("\n### At every distance\n")
    print("| seed | " + " | ".join(f"quarter {i + 1}" for i in range(4)) + " |")
    print("| --- | --- | --- | --- | --- |")
    for seed, run in zip(seeds, runs):
        cells = [f"{low}–{high}: {a:.3f} ({o:.3f})" for low, high, a, o in run.quarters]
        print(f"| {seed} | " + " | ".join(cells) + " |")
    print(f"\nPlaces looked at in each run: {runs[0].places}. In brackets: by distance alone.")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labctl", default="labctl")
    parser.add_argument("--group")
    parser.add_argument("--texts", type=int, default=8)
    given = parser.parse_args()
    lab = Lab(given.labctl)
    if given.group is None:
        print("six runs, about seven minutes on two cores; labctl list shows them", flush=True)
        ids = lab.ask("submit", str(CONFIG), "--wait")["jobs"]
    jobs = [job for job in lab.ask("list")["jobs"]
            if (job["id"] in ids if given.group is None else job["group"] == given.group)]
    jobs.sort(key=lambda job: job["id"])
    if not jobs:
        sys.exit(f"there is no group {given.group}")
    texts = [Text(1000 + i, 96) for i in range(given.texts)]
    for layers in (2, 1):
        chosen = [job for job in jobs if f"model.layers={layers} " in job["member"] + " "]
        runs = [Run(lab, job["id"], texts) for job in chosen]
        seeds = [job["seed"] for job in chosen]
        report(layers, seeds, runs)
        if layers == 2:
            report_change(seeds, runs)


if __name__ == "__main__":
    main()
