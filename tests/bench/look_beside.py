#!/usr/bin/env python3
"""What looking inside costs outside of the worker: bytes on the wire beside the tensors' own, and a
training run's steps while clients look. Called by `scripts/bench beside`, with LAB_HOME an empty
home and labctl on the PATH. Wall time: leave the machine alone meanwhile."""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time

ALPHABET = "abcdefghijklmnopqrstuvwxyz ,."


def labctl(*words, host=None):
    command = ["labctl", "--json"] + (["--host", host] if host else []) + list(words)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command[:6])}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else {}


def text_of(length):
    return "".join(random.choice(ALPHABET) for _ in range(length))


class Relay:
    """Stands between labctl and labd on a Unix socket and counts what comes back."""

    def __init__(self, to):
        self.to, self.path, self.received = to, to + ".relay", 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            labd = socket.socket(socket.AF_UNIX)
            labd.connect(self.to)
            threading.Thread(target=self.pump, args=(client, labd, False), daemon=True).start()
            threading.Thread(target=self.pump, args=(labd, client, True), daemon=True).start()

    def pump(self, source, sink, counts):
        try:
            while data := source.recv(1 << 16):
                if counts:
                    self.received += len(data)
                sink.sendall(data)
        except OSError:
            pass
        sink.close()


def measure_wire(job):
    relay = Relay(os.environ["LAB_HOME"] + "/run/labd.sock")
    host, text = "unix:" + relay.path, text_of(256)
    labctl("inspect", job, "loss", "--text", "a", host=host)
    before = relay.received
    labctl("inspect", job, "heads", "--text", text, "--plan", host=host)
    plan = relay.received - before
    print(f"bytes on the wire, text of 256 tokens; opening and planning alone: {plan:,}")
    for what in ("heads", "residual", "lens", "attention", "hook_resid_post"):
        tensors = labctl("inspect", job, what, "--text", text, "--plan")["result_bytes"]
        before = relay.received
        labctl("inspect", job, what, "--text", text, "--out", f"{os.environ['LAB_HOME']}/look.npz",
               host=host)
        received = relay.received - before
        print(f"  {what}: {received:,} for tensors of {tensors:,}: {received / tensors:.4f} ×")


def last_step(job):
    return labctl("show", job)["job"]["progress"]["step"]


def step_times(job, since, until):
    found = labctl("metrics", job, "train/step_seconds", "--from", str(since), "--to", str(until))
    return [point[2] for point in found["series"][0]["points"]]


def period(job, clients, seconds):
    """Steps of the run in some seconds, while so many clients look at once; looks made."""
    stop, looks = time.monotonic() + seconds, []

    def look():
        while time.monotonic() < stop:
            # One program makes many looks: its own start is not what is measured.
            over = labctl("inspect", job, "heads", "--over-time", "--text", text_of(100))
            looks.append(len(over["looks"]))

    first = last_step(job)
    threads = [threading.Thread(target=look) for _ in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(max(0, stop - time.monotonic()))
    last = last_step(job)
    for thread in threads:
        thread.join()
    return statistics.median(step_times(job, first + 1, last)), sum(looks)


def measure_run(job, seconds):
    print(f"step time of a run while clients look at its checkpoints (medians, {seconds} s each, by"
          " turns)")
    for clients in (1, 4):
        ratios, looks = [], 0
        for _ in range(5):
            alone, _ = period(job, 0, seconds)
            beside, made = period(job, clients, seconds)
            ratios.append(beside / alone)
            looks += made
        print(f"  {clients} client{'s' if clients > 1 else ''}: {statistics.median(ratios):.3f} ×"
              f" ({min(ratios):.3f} to {max(ratios):.3f}), {looks / (5 * seconds):.1f} looks a second")


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    submit = ("submit", "first_run", "--set", "data.tokenizer=char", "--set", "evaluate.every=0",
              "--set", "sample.every=0", "--set", "checkpoint.every=0")
    wide = labctl(*submit, "--set", "train.steps=1", "--set", "model.preset=custom", "--set",
                  "model.layers=6", "--set", "model.heads=8", "--set", "model.width=256", "--set",
                  "model.context=256", "--wait")["jobs"][0]
    measure_wire(str(wide))
    job = str(labctl(*submit, "--set", "train.steps=1000000")["jobs"][0])
    while last_step(job) < 64:
        time.sleep(0.5)
    measure_run(job, seconds)
    labctl("cancel", job)


main()
