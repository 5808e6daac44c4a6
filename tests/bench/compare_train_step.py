"""Runs bench_train_step and a peer by turns, single steps alternating, and prints the median times
and the ratio. The peer is PyTorch in fp32, or ours in the other precision. On a machine that others
use, --processor-time with --threads 1 counts what a step took of a core instead of the clock.

    python tests/bench/compare_train_step.py BUILD/bin/bench_train_step [options]

Each program is stopped while the other one works, so that both see the same machine.
"""

import argparse
import os
import pathlib
import signal
import statistics
import subprocess
import sys


class Stepper:
    """A program that prints a line a step, stopped between steps."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)

    def step(self, processor_time):
        before = self.milliseconds()
        os.kill(self.process.pid, signal.SIGCONT)
        line = self.process.stdout.readline()
        os.kill(self.process.pid, signal.SIGSTOP)
        return self.milliseconds() - before if processor_time else float(line.split()[0])

    def milliseconds(self):
        """Processor time of the program so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.kill()
        self.process.wait()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("program")
    parser.add_argument("--steps", type=int, default=12, help="pairs that count")
    parser.add_argument("--threads", default="0", help="0: all cores")
    parser.add_argument("--batch", default="8,256,4096", help="rows, tokens, vocabulary")
    parser.add_argument("--shape", default="6,8,256", help="layers, heads, width; nano's by default")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--against", default="pytorch", choices=["pytorch", "fp32", "bf16"])
    parser.add_argument("--processor-time", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    rows, tokens, vocab = options.batch.split(",")
    common = [str(10 * options.steps + 20), options.threads, rows, tokens, vocab]

    def ours_in(precision):
        return Stepper(f"ours in {precision}",
                       [options.program, *common, precision, *options.shape.split(",")])

    if options.against == "pytorch":
        if options.shape != "6,8,256":
            sys.exit("the PyTorch peer has only nano's shape")
        peer = str(pathlib.Path(__file__).parent / "peer_train_step.py")
        theirs = Stepper("PyTorch", [sys.executable, peer, *common])
    else:
        theirs = ours_in(options.against)
    ours = ours_in(options.precision)
    try:
        times = [(ours.step(options.processor_time), theirs.step(options.processor_time))
                 for _ in range(options.steps + 2)][2:]  # two to warm up
    finally:
        ours.end()
        theirs.end()
    per_step = int(rows) * int(tokens)
    for i, program in enumerate((ours, theirs)):
        median = statistics.median(t[i] for t in times)
        print(f"{program.name} {median:.1f} ms, {per_step / median * 1e3:.0f} tokens/s")
    ratio = statistics.median(t[1] / t[0] for t in times)
    print(f"{ours.name} {ratio:.2f} × the speed of {theirs.name} (median of {options.steps} pairs)")


if __name__ == "__main__":
    main()
