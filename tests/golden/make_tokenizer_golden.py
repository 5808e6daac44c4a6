#!/usr/bin/env python3
"""Makes tests/golden/tokenizer_golden.json with Hugging Face's tokenizers, or checks our files.

    make_tokenizer_golden.py                 writes the golden file beside this script
    make_tokenizer_golden.py --check FOLDER  opens FOLDER (our tokenizer.json and
                                             tokenizer_config.json) with AutoTokenizer and compares
                                             its ids with FOLDER/ids.json: [{"text", "ids"}...]

Needs tokenizers and transformers; the tests themselves need neither.
"""
import json
import pathlib
import random
import sys

END = "<|endoftext|>"
UNK = "<|unk|>"


def small_texts():
    """(name, documents, vocabulary size): texts that tell implementations apart."""
    rng = random.Random(7)
    letters = "ab"
    noise = "".join(rng.choice("abcd  \n'") for _ in range(1500))
    soup = "".join(rng.choice([
        "a", "é", "ß", "中", "文", "١", "Ⅷ", "😀", "👩‍👩‍👧", " ", "  ", "\n", "\t", "\u00a0",
        "\u180e", "\u3000", "\u0085", "\u200b", "'s", "'S", "!", "_", "0", "42", "ǆ", "ः", "\ufffd"
    ]) for _ in range(700))
    return [
        ("one letter", ["a"], 300),
        ("repeated letter", ["a" * 97], 280),
        ("repeated letters in words", ["aaa aaaa aaaaa aaaaaa aaaaaaa " * 3], 290),
        ("two letters", ["".join(rng.choice(letters) for _ in range(400))], 330),
        ("ties everywhere", ["ab cd ef gh ij kl mn op qr st uv wx yz"], 290),
        ("ties of equal words", ["abcd abcd bcda bcda cdab cdab dabc dabc"], 300),
        ("one token by two merges", ["aab aab aab abb abb ab ab aabb aabb aabbaabb"], 300),
        ("palindromes", ["abba baab abba baab aabbaa bbaabb " * 2], 300),
        ("contractions", ["I'm you're he's we've they'll I'd don't 'S 'T can''t ''s 'sting"], 330),
        ("capital contractions", ["I'M YOU'RE HE'S WE'VE THEY'LL I'D DON'T"], 300),
        ("spaces", ["a  b   c    d     e      f" + " " * 40 + "g"], 300),
        ("trailing spaces", ["word   ", "   word", "  word  word  ", " "], 280),
        ("line breaks", ["a\nb\n\nc\n\n\nd\r\ne\r\n\r\nf\t\tg \n h\n \ni"], 290),
        ("digits", ["1 12 123 1234 12345 1.5 1,000,000 3rd 2x4 v2.0 1e-5 ½ ² ١٢٣"], 300),
        ("punctuation", ["Hello, world!!! (what?) [x] {y} -- ... --- a/b a_b #tag @me <a> &c;"], 320),
        ("accents", ["café naïve façade Ångström e\u0301 n\u0303 ſ's ǆ İ ß straße STRASSE"], 330),
        ("scripts", ["中文字符 日本語テキスト русский язык ελληνικά עברית العربية हिन्दी ไทย 한국어"], 360),
        ("emoji", ["😀😃😄 👍🏽 👩‍👩‍👧‍👦 🇩🇪🇫🇷 ❤️ a😀b 1😀2"], 330),
        ("vowel separator", ["a\u180eb \u180e c\u180e\u180ed  \u180e  e \u180e"], 290),
        ("odd spaces", ["a\u00a0b\u00a0\u00a0c \u00a0d\u3000e\u2003f\u0085g\u2028h\u200bi\ufeffj"], 300),
        ("controls", ["a\u0000b\u0001c\u001fd\u007fe\u000bf\u000cg\u001ch\u001di"], 290),
        ("the special token as text", ["a <|endoftext|> b <|endoftext|><|endoftext|> <|end|>"] * 3, 320),
        ("many documents", ["the cat", " the cat", "the  cat", "", "the cat sat"] * 3, 300),
        ("case", ["The the THE tHe ThE theThe TheThe THEthe"], 300),
        ("a small vocabulary", ["the quick brown fox jumps over the lazy dog " * 4], 257),
        ("one merge", ["the quick brown fox jumps over the lazy dog " * 4], 258),
        ("noise", [noise], 600),
        ("noise again", [noise[i:i + 50] for i in range(0, 1000, 50)], 450),
        ("soup", [soup], 600),
        ("long words", ["antidisestablishmentarianism " * 3 + "pneumono" * 12 + " " + "xyz" * 40], 340),
        ("code", ["def f(x):\n    return x + 1\n\nclass A:\n    def g(self):\n        pass\n" * 2], 340),
        ("story", ["Once upon a time there was a little girl. She had a red ball. The ball was big. "
                   "One day the girl lost her ball. \"Where is my ball?\" she said. She was sad."], 420),
    ]


PROBES = [
    "", " ", "  ", "\n", "a", "hello", " hello world", "I'm sure they'll say it's 'fine'",
    "a  b   c\t\td\n\n e", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abababab babababa",
    "1234567890 3.14159 ½", "中文 русский 😀👩‍👩‍👧 e\u0301", "x\u180ey \u180e z\u00a0\u3000w ",
    f"a{END}b", f"{END}{END}", "<|endoftext|", f" {END} the cat {END}\n",
    "The quick brown fox. \"Where is my ball?\" she said.", "\u0000\u007f\u0085\u2028\ufeff",
]


def train(documents, size):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=0, special_tokens=[END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def char_case(name, documents):
    """One token a character, as Hugging Face reads the file that this lab should write."""
    from tokenizers import Tokenizer

    tokens = [END, UNK] + sorted(set("".join(documents)))
    added = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i, t in enumerate([END, UNK])]
    root = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[\\s\\S]"},
                          "behavior": "Isolated", "invert": False},
        "post_processor": None, "decoder": {"type": "Fuse"},
        "model": {"type": "BPE", "dropout": None, "unk_token": UNK,
                  "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {t: i for i, t in enumerate(tokens)}, "merges": []},
    }
    tokenizer = Tokenizer.from_str(json.dumps(root))
    probes = documents[:3] + PROBES + [f"a{UNK}b", f"{UNK}{END}", "<|unk"]
    encodings = [tokenizer.encode(text).ids for text in probes]
    return {"name": name, "documents": documents, "json": root, "probes": probes,
            "encodings": encodings, "decodings": [tokenizer.decode(ids) for ids in encodings],
            "resaved": json.loads(tokenizer.to_str())}


def make():
    from tokenizers import pre_tokenizers

    characters = [char_case(name, documents) for name, documents, _ in small_texts()
                  if name in ("one letter", "line breaks", "soup", "emoji", "controls", "story",
                              "the special token as text", "vowel separator")]
    cases = []
    for name, documents, size in small_texts():
        tokenizer = train(documents, size)
        model = json.loads(tokenizer.to_str())["model"]
        tokens = sorted(model["vocab"], key=model["vocab"].get)
        probes = documents[:3] + PROBES
        cases.append({
            "name": name,
            "documents": documents,
            "vocab_size": size,
            "tokens": tokens if name == "one letter" else tokens[257:],
            "merges": [" ".join(pair) for pair in model["merges"]],
            "encodings": [tokenizer.encode(text).ids for text in probes],
        })
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    words = []
    for _, documents, _ in small_texts():
        for text in documents[:3]:
            spans = [span for _, span in splitter.pre_tokenize_str(text)]
            words.append({"text": text, "words": [text[a:b] for a, b in spans]})
    golden = {"probes": PROBES, "cases": cases, "words": words, "characters": characters}
    path = pathlib.Path(__file__).with_name("tokenizer_golden.json")
    path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size} bytes, {len(cases)} cases")


def check(folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    ours = json.loads((pathlib.Path(folder) / "ids.json").read_text())
    wrong = 0
    for entry in ours:
        theirs = tokenizer(entry["text"])["input_ids"]
        back = tokenizer.decode(theirs, skip_special_tokens=True)
        expected = entry["text"].replace(END, "")
        if theirs != entry["ids"] or back != expected:
            wrong += 1
            print(f"differs: {entry['text']!r}: ours {entry['ids']}, theirs {theirs}, {back!r}")
    print(f"{type(tokenizer).__name__}: {len(ours)} texts, {wrong} differ; "
          f"bos {tokenizer.bos_token_id}, eos {tokenizer.eos_token_id}, size {len(tokenizer)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        check(sys.argv[2])
    elif len(sys.argv) == 1:
        make()
    else:
        sys.exit(__doc__)
