"""Runs bench_train_step and its PyTorch peer by turns, single steps alternating, and prints the
median times and the ratio.

    python tests/bench/compare_train_step.py BUILD/bin/bench_train_step [steps] [threads rows tokens vocab]

Each program is stopped while the other one works, so that both see the same machine.
"""

import os
import pathlib
import signal
import statistics
import subprocess
import sys


class Stepper:
    """A program that prints a line a step, stopped between steps."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def step(self):
        os.kill(self.process.pid, signal.SIGCONT)
        line = self.process.stdout.readline()
        os.kill(self.process.pid, signal.SIGSTOP)
        return float(line.split()[0])

    def end(self):
        self.process.kill()
        self.process.wait()


def main():
    program, steps = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12
    threads = sys.argv[3] if len(sys.argv) > 3 else "0"  # 0: all cores
    shape = sys.argv[4:7] or ["8", "256", "4096"]
    peer = str(pathlib.Path(__file__).parent / "peer_train_step.py")
    arguments = [str(10 * steps + 20), threads, *shape]
    ours = Stepper([program, *arguments])
    theirs = Stepper([sys.executable, peer, *arguments])
    try:
        times = [(ours.step(), theirs.step()) for _ in range(steps + 2)][2:]  # two to warm up
    finally:
        ours.end()
        theirs.end()
    a, b = (statistics.median(t[i] for t in times) for i in (0, 1))
    ratio = statistics.median(t[1] / t[0] for t in times)
    tokens = int(shape[0]) * int(shape[1])
    print(f"ours {a:.1f} ms, {tokens / a * 1e3:.0f} tokens/s; PyTorch {b:.1f} ms, "
          f"{tokens / b * 1e3:.0f} tokens/s; ours / PyTorch {ratio:.2f} × (median of {steps} pairs)")


if __name__ == "__main__":
    main()
