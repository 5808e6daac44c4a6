"""Makes inspect.safetensors: attention, residual stream, lenses and attributions of the model in
gpt2_untied.safetensors on a text with repetitions, computed with PyTorch and transformers, by loops
where ours multiplies matrices. Run where torch, transformers and safetensors are installed:

    python tests/golden/make_inspect_golden.py
"""

import json
import math
import pathlib

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

FOLDER = pathlib.Path(__file__).parent
TOP, POSITION = 5, 13


def load_model():
    with safe_open(FOLDER / "gpt2_untied.safetensors", "pt") as file:
        config = GPT2Config(**json.loads(file.metadata()["config"]), attn_implementation="eager")
        model = GPT2LMHeadModel(config).eval()
        weights = {k[len("weights/"):]: file.get_tensor(k) for k in file.keys()
                   if k.startswith("weights/")}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all("attn.bias" in name for name in missing), (missing, unexpected)
    return model


def record(model, tokens):
    """Every intermediate that is asked for below, by PyTorch's own hooks."""
    seen = {}
    blocks = model.transformer.h

    def keep(name, pick=lambda out: out):
        return lambda module, args, out: seen.__setitem__(name, pick(out).detach()[0])

    first = lambda out: out[0] if isinstance(out, tuple) else out
    handles = [model.transformer.wte.register_forward_hook(keep("embed")),
               model.transformer.wpe.register_forward_hook(keep("pos_embed")),
               model.transformer.ln_f.register_forward_hook(keep("normalized"))]
    for i, block in enumerate(blocks):
        handles += [
            block.register_forward_pre_hook(
                lambda module, args, i=i: seen.__setitem__(f"pre{i}", args[0].detach()[0])),
            block.ln_2.register_forward_pre_hook(
                lambda module, args, i=i: seen.__setitem__(f"mid{i}", args[0].detach()[0])),
            block.register_forward_hook(keep(f"post{i}", first)),
            block.attn.register_forward_hook(keep(f"attn_out{i}", first)),
            block.attn.c_attn.register_forward_hook(keep(f"qkv{i}")),
            block.attn.c_proj.register_forward_pre_hook(
                lambda module, args, i=i: seen.__setitem__(f"z{i}", args[0].detach()[0])),
            block.mlp.register_forward_hook(keep(f"mlp_out{i}")),
        ]
    out = model(tokens[None], output_attentions=True)
    for handle in handles:
        handle.remove()
    seen["logits"] = out.logits.detach()[0]
    for i, pattern in enumerate(out.attentions):
        seen[f"pattern{i}"] = pattern.detach()[0]
    return seen


def head_scores(pattern, tokens):
    """[T, T] → the six scores, query by query."""
    T = len(tokens)
    entropy = distance = sink = previous = duplicate = induction = 0.0
    for q in range(T):
        for k in range(q + 1):
            p = pattern[q, k].item()
            entropy -= p * math.log(p) if p > 0 else 0
            distance += p * (q - k)
            sink += p if k == 0 and q > 0 else 0
            previous += p if k == q - 1 else 0
            duplicate += p if k < q and tokens[k] == tokens[q] else 0
            induction += p if k > 0 and k - 1 < q and tokens[k - 1] == tokens[q] else 0
    return [entropy / T, distance / T, sink / (T - 1), previous / T, duplicate / T, induction / T]


def attribution(model, seen, position, target):
    """The logit of `target` taken apart, the norm's scale held."""
    norm, U = model.transformer.ln_f, model.lm_head.weight[target]
    end = seen[f"post{len(model.transformer.h) - 1}"][position]
    scale = torch.sqrt(end.var(unbiased=False) + norm.eps)
    share = lambda part: ((part - part.mean()) / scale * norm.weight) @ U
    parts = [share(seen["embed"][position]), share(seen["pos_embed"][position])]
    heads = []
    for i, block in enumerate(model.transformer.h):
        parts += [share(seen[f"attn_out{i}"][position]), share(seen[f"mlp_out{i}"][position])]
        H = model.config.n_head
        D = model.config.n_embd // H
        z, out = seen[f"z{i}"][position], block.attn.c_proj.weight
        heads.append(torch.stack(
            [share(z[h * D:(h + 1) * D] @ out[h * D:(h + 1) * D]) for h in range(H)]))
    parts.append(norm.bias @ U)
    return torch.stack(parts), torch.stack(heads)


def main():
    torch.manual_seed(5)
    model = load_model()
    L, H, V = model.config.n_layer, model.config.n_head, model.config.vocab_size
    phrase = torch.randint(V, (6,))
    tokens = torch.cat([phrase, torch.randint(V, (4,)), phrase, phrase[:4]])
    with torch.no_grad():
        seen = record(model, tokens)
        T = len(tokens)
        patterns = torch.stack([seen[f"pattern{i}"] for i in range(L)])
        points = [seen["pre0"]]
        for i in range(L):
            points += [seen[f"mid{i}"], seen[f"post{i}"]]
        stream = torch.stack(points)
        out = {"tokens": tokens, "patterns": patterns, "stream": stream, "logits": seen["logits"]}
        out["scores"] = torch.tensor([[head_scores(patterns[l, h], tokens.tolist())
                                       for h in range(H)] for l in range(L)]).permute(2, 0, 1)
        weighted = []
        for i in range(L):
            C = model.config.n_embd
            v = seen[f"qkv{i}"][:, 2 * C:].view(T, H, C // H)
            w = patterns[i] * torch.linalg.vector_norm(v, dim=-1).T[:, None, :]
            weighted.append(w / w.sum(-1, keepdim=True))
        out["value_weighted"] = torch.stack(weighted)
        out["stats"] = torch.stack([torch.stack(
            [x.mean(), x.std(unbiased=False), x.min(), x.max(), torch.linalg.vector_norm(x)])
            for point in points for x in point]).view(len(points), T, 5)
        centred = lambda x: x - x.mean(0)
        cosine = torch.nn.functional.cosine_similarity
        pairs = lambda x: torch.stack([cosine(x[i:i + 1], x, dim=-1) for i in range(len(x))])
        out["token_cosines"] = pairs(points[-1])
        out["token_cosines_centred"] = pairs(centred(points[-1]))
        out["point_cosines_centred"] = torch.stack(
            [pairs(torch.stack([centred(p)[t] for p in points])) for t in range(T)]).mean(0)
        covariance = centred(points[-1]).T.double() @ centred(points[-1]).double()
        values, vectors = torch.linalg.eigh(covariance)
        order = values.argsort(descending=True)[:3]
        out["pca_shares"] = (values[order] / values.sum()).float()
        axes = vectors[:, order]
        axes *= torch.sign(axes.gather(0, axes.abs().argmax(0)[None]))
        out["pca_places"] = (centred(points[-1]).double() @ axes).float().contiguous()

        logp = [torch.log_softmax(model.lm_head(model.transformer.ln_f(p)), -1) for p in points]
        assert torch.allclose(logp[-1], torch.log_softmax(seen["logits"], -1), atol=1e-6)
        out["lens_top_ids"] = torch.stack([x.topk(TOP).indices for x in logp])
        out["lens_top_probabilities"] = torch.stack([x.topk(TOP).values.exp() for x in logp])
        out["lens_kl"] = torch.stack([(logp[-1].exp() * (logp[-1] - x)).sum(-1) for x in logp])
        out["lens_entropy"] = torch.stack([-(x.exp() * x).sum(-1) for x in logp])
        out["lens_next_probability"] = torch.stack(
            [torch.stack([x[t, tokens[t + 1]].exp() for t in range(T - 1)]) for x in logp])
        out["lens_next_rank"] = torch.tensor(
            [[int((x[t] > x[t, tokens[t + 1]]).sum()) for t in range(T - 1)] for x in logp])
        target = int(tokens[POSITION + 1])
        out["shares"], out["head_shares"] = attribution(model, seen, POSITION, target)
        out["attributed"] = torch.tensor([POSITION, target])
    path = FOLDER / "inspect.safetensors"
    save_file({k: v.contiguous() for k, v in out.items()}, path)
    print(path.name, path.stat().st_size, "bytes; shares sum to", out["shares"].sum().item(),
          "logit", seen["logits"][POSITION, target].item())


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
