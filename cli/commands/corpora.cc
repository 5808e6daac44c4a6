// corpora: the texts that have names. Without a word the list; add, remove, show, preview.

#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

struct Given {
  bool add = false, remove = false, show = false, preview = false;
  std::string path, name;
  int64_t documents = 3;
};

std::string SizeText(const v1::Corpus& corpus) {
  return corpus.size_bytes() > 0 ? FormatBytes(corpus.size_bytes()) : "not made yet";
}

absl::StatusOr<int> List(Context& context) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::ListCorporaResponse answer, client->ListCorpora());
  if (context.json()) {
    Json document = Document();
    document["corpora"] = Json::array();
    for (const v1::Corpus& one : answer.corpora()) document["corpora"].push_back(CorpusJson(one));
    context.PrintJson(document);
    return kOk;
  }
  Table table({{"CORPUS"},
               {"KIND"},
               {"DOCUMENTS", true, false, true},
               {"SIZE", true, false, true},
               {"ENTROPY", false, false, true},
               {"TITLE", false, true}});
  for (const v1::Corpus& one : answer.corpora()) {
    const bool sound = one.state().empty() || one.state() == "unchanged";
    table.Add({one.name(), one.kind(),
               one.document_count() > 0 ? FormatGrouped(one.document_count()) : "", SizeText(one),
               one.known_entropy() ? "known" : "unknown",
               sound ? one.title() : StrCat(one.state(), ": ", one.title())});
  }
  context.PrintTable(table);
  return kOk;
}

absl::StatusOr<int> Add(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  v1::AddCorpusRequest request;
  ASSIGN_OR_RETURN(*request.mutable_path(), context.PathForLabd(given.path));
  request.set_name(given.name);
  ASSIGN_OR_RETURN(v1::Corpus corpus, client->AddCorpus(request));
  if (context.json()) {
    Json document = Document();
    document["corpus"] = CorpusJson(corpus);
    context.PrintJson(document);
    return kOk;
  }
  context.Print(StrCat("corpus ", corpus.name(), " is ", corpus.path(), ": ",
                       FormatGrouped(corpus.document_count()),
                       corpus.document_count() == 1 ? " document, " : " documents, ",
                       FormatBytes(corpus.size_bytes()), "\n"));
  return kOk;
}

absl::StatusOr<int> Remove(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  RETURN_IF_ERROR(client->RemoveCorpus(given.name));
  if (context.json()) {
    Json document = Document();
    document["removed"] = given.name;
    context.PrintJson(document);
    return kOk;
  }
  context.Print(StrCat("corpus ", given.name, " is forgotten; its text stays where it is\n"));
  return kOk;
}

template <class Parts>
Json PartsJson(const Parts& parts) {
  Json object = Json::object();
  for (const v1::EntropyPart& part : parts) object[part.name()] = NumberJson(part.nats());
  return object;
}

Json PreviewJson(const v1::CorpusPreview& preview) {
  Json document = Document();
  Json& corpus = document["corpus"] = CorpusJson(preview.corpus());
  corpus["teaches"] = OrNull(preview.teaches());
  corpus["seed"] = preview.has_entropy() ? Json(preview.seed()) : Json();
  corpus["entropy_per_document"] = preview.has_entropy() ? NumberJson(preview.entropy()) : Json();
  corpus["entropy_parts"] = PartsJson(preview.parts());
  return document;
}

template <class Parts>
std::string PartsText(const Parts& parts) {
  std::string text;
  for (const v1::EntropyPart& part : parts) {
    text += StrCat(text.empty() ? "" : " + ", FormatNumber(part.nats()), " ", part.name());
  }
  return text.empty() ? "" : StrCat(" = ", text);
}

// What a corpus is, as lines.
std::string Description(const v1::CorpusPreview& preview) {
  const v1::Corpus& corpus = preview.corpus();
  std::string text = StrCat("corpus ", corpus.name(), "\n");
  auto line = [&](std::string_view what, const std::string& value) {
    if (!value.empty()) text += StrCat("  ", what, std::string(11 - what.size(), ' '), value, "\n");
  };
  line("kind", corpus.kind());
  if (corpus.path().empty()) line("title", corpus.title());
  line("path", corpus.path());
  if (corpus.state() == "changed") {
    line("state", "changed since it was registered; jobs use it as it is now (remove and add it)");
  } else if (corpus.state() == "missing") {
    line("state", "missing: no such file any more; put it back, or remove and add it");
  } else {
    line("state", corpus.state());
  }
  line("sha256", corpus.sha256());
  line("licence", corpus.licence());
  line("documents", FormatGrouped(corpus.document_count()));
  line("size", SizeText(corpus));
  if (preview.has_entropy()) {
    line("seed", StrCat(preview.seed()));
    line("entropy", StrCat(FormatNumber(preview.entropy()), " nats a document",
                           PartsText(preview.parts()), ", in closed form from its generator"));
  }
  line("teaches", preview.teaches());
  return text;
}

absl::StatusOr<v1::CorpusPreview> Look(Context& context, const Given& given, int64_t documents) {
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  v1::PreviewCorpusRequest request;
  request.set_name(given.name);
  request.set_document_count(static_cast<int32_t>(documents));
  return client->PreviewCorpus(request);
}

absl::StatusOr<int> Show(Context& context, const Given& given) {
  ASSIGN_OR_RETURN(v1::CorpusPreview preview, Look(context, given, 0));
  if (context.json()) {
    context.PrintJson(PreviewJson(preview));
  } else {
    context.Print(Description(preview));
  }
  return kOk;
}

absl::StatusOr<int> Preview(Context& context, const Given& given) {
  if (given.documents < 1 || given.documents > 100) {
    return UsageError("--documents must be from 1 to 100");
  }
  ASSIGN_OR_RETURN(v1::CorpusPreview preview, Look(context, given, given.documents));
  if (context.json()) {
    Json document = PreviewJson(preview);
    document["documents"] = Json::array();
    for (const v1::CorpusDocument& one : preview.documents()) {
      Json entry;
      PutText(entry, "text", one.text());
      entry["size_bytes"] = one.size_bytes();
      entry["characters"] = one.character_count();
      entry["cut"] = static_cast<int64_t>(one.text().size()) < one.size_bytes();
      entry["nats"] = one.has_nats() ? NumberJson(one.nats()) : Json();
      entry["parts"] = PartsJson(one.parts());
      document["documents"].push_back(std::move(entry));
    }
    context.PrintJson(document);
    return kOk;
  }
  std::string text = Description(preview);
  for (int i = 0; i < preview.documents_size(); ++i) {
    const v1::CorpusDocument& one = preview.documents(i);
    text += StrCat("\ndocument ", i, ": ", FormatGrouped(one.size_bytes()), " bytes, ",
                   FormatGrouped(one.character_count()), " characters");
    if (one.has_nats()) {
      text += StrCat(", -ln p ", FormatNumber(one.nats()), PartsText(one.parts()));
    }
    text += StrCat("\n", WithNewline(ForTerminal(one.text(), true)));
    if (static_cast<int64_t>(one.text().size()) < one.size_bytes()) {
      text +=
          StrCat("(and ", FormatGrouped(one.size_bytes() - one.text().size()), " bytes more)\n");
    }
  }
  context.Print(text);
  return kOk;
}

}  // namespace

Run ConfigureCorpora(Arguments& takes) {
  auto given = std::make_shared<Given>();
  Arguments add = takes.Subcommand("add", &given->add,
                                   "register a text file or .jsonl by name; it stays where it is");
  add.Word("path", &given->path, "the file, on labd's machine").Offers(OfferFiles());
  add.Option("--name", &given->name, "what to call it (the file's name without its ending)");
  Arguments remove =
      takes.Subcommand("remove", &given->remove, "forget a registered text; the file stays");
  remove.Word("name", &given->name, "what it was called").Offers(OfferOf(OfferKind::kOwnCorpora));
  Arguments show = takes.Subcommand("show", &given->show,
                                    "what a corpus is, its entropy, whether its file changed");
  show.Word("name", &given->name, "of a built-in or registered corpus")
      .Offers(OfferOf(OfferKind::kCorpora));
  Arguments preview =
      takes.Subcommand("preview", &given->preview, "the same and its first documents");
  preview.Word("name", &given->name, "of a built-in or registered corpus")
      .Offers(OfferOf(OfferKind::kCorpora));
  preview.Option("--documents", &given->documents, "how many, 1 to 100 (3)");
  takes.MayStandAlone();
  return [given](Context& context) -> absl::StatusOr<int> {
    if (given->add) return Add(context, *given);
    if (given->remove) return Remove(context, *given);
    if (given->show) return Show(context, *given);
    if (given->preview) return Preview(context, *given);
    return List(context);
  };
}

}  // namespace lab::cli
