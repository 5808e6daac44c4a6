"""The peer of bench_train_step: the same steps of the same model in stock PyTorch, in its strongest
eager setting (scaled_dot_product_attention, fused AdamW). Prints milliseconds and loss of each step.

    python tests/bench/peer_train_step.py [steps] [threads] [rows] [tokens] [vocab]
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

LAYERS, HEADS, WIDTH = 6, 8, 256


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.attn_proj = nn.Linear(WIDTH, WIDTH)
        self.c_fc, self.mlp_proj = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (part.view(B, T, HEADS, C // HEADS).transpose(1, 2)
                   for part in self.c_attn(self.ln_1(x)).split(C, dim=2))
        z = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(z.transpose(1, 2).reshape(B, T, C))
        return x + self.mlp_proj(functional.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, vocab, context):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, WIDTH), nn.Embedding(context, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(WIDTH)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        logits = functional.linear(self.ln_f(self.blocks(x)), self.wte.weight)
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def main():
    defaults = [10, 0, 8, 256, 4096]
    given = [int(a) for a in sys.argv[1:]]
    steps, threads, rows, tokens, vocab = given + defaults[len(given):]
    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = Gpt(vocab, tokens)
    matrices = [p for n, p in model.named_parameters() if p.dim() == 2 and ".w" not in n[:4]]
    others = [p for p in model.parameters() if not any(p is m for m in matrices)]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.95), fused=True)
    windows = torch.randint(vocab, (rows, tokens + 1))
    for _ in range(steps):
        begin = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model(windows[:, :-1], windows[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        print(f"{(time.perf_counter() - begin) * 1e3:.2f} {loss.item():.5f}", flush=True)


if __name__ == "__main__":
    main()
