#include "gui/models/corpus_words.h"

namespace lab::gui {
namespace {

QString text(const char* words) { return QString::fromUtf8(words); }

// " = 12.1 question + 0.69 answer"; "" for no parts.
template <class Parts>
QString partsText(const Parts& parts) {
  QStringList sums;
  for (const v1::EntropyPart& part : parts) {
    sums << number(part.nats()) + QLatin1Char(' ') + q(part.name());
  }
  return sums.isEmpty() ? QString() : text(" = ") + sums.join(text(" + "));
}

Fact stateFact(const v1::Corpus& corpus) {
  if (corpus.state() == "changed") {
    return {text("state"),
            text("changed since it was registered; jobs use it as it is now. Register it again to "
                 "say so."),
            Tone::kWarning};
  }
  if (corpus.state() == "missing") {
    return {text("state"), text("missing: no such file any more; put it back, or remove this."),
            Tone::kBad};
  }
  return {text("state"), q(corpus.state())};
}

}  // namespace

std::vector<Fact> corpusFacts(const v1::CorpusPreview& preview) {
  const v1::Corpus& corpus = preview.corpus();
  std::vector<Fact> facts = {
      {text("kind"), q(corpus.kind())},
      {text("title"), corpus.path().empty() ? q(corpus.title()) : QString()},
      {text("path"), q(corpus.path())},
      stateFact(corpus),
      {text("licence"), q(corpus.licence())},
      {text("documents"),
       corpus.document_count() > 0 ? grouped(corpus.document_count()) : text("not counted")},
      {text("size"), corpus.size_bytes() > 0 ? bytes(corpus.size_bytes()) : text("not made yet")},
  };
  if (preview.has_entropy()) {
    facts.push_back({text("seed"), QString::number(preview.seed())});
    facts.push_back({text("entropy"), number(preview.entropy()) + text(" nats a document") +
                                          partsText(preview.parts()) +
                                          text(", in closed form from its generator")});
  } else {
    facts.push_back({text("entropy"), text("unknown")});
  }
  facts.push_back({text("teaches"), q(preview.teaches())});
  facts.push_back({text("sha256"), q(corpus.sha256())});
  return facts;
}

QString documentsText(const v1::CorpusPreview& preview) {
  QString all;
  for (int i = 0; i < preview.documents_size(); ++i) {
    const v1::CorpusDocument& one = preview.documents(i);
    if (i > 0) all += text("\n\n");
    all += text("document %1 · %2 bytes · %3 characters")
               .arg(QString::number(i), grouped(one.size_bytes()), grouped(one.character_count()));
    if (one.has_nats()) all += text(" · −ln p ") + number(one.nats()) + partsText(one.parts());
    all += QLatin1Char('\n') + q(one.text());
    const int64_t rest = one.size_bytes() - static_cast<int64_t>(one.text().size());
    if (rest > 0) all += text("\n(and %1 bytes more)").arg(grouped(rest));
  }
  return all;
}

}  // namespace lab::gui
