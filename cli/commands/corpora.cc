// corpora: the registered texts.

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::cli {
namespace {

absl::StatusOr<int> Corpora(Context& context) {
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
    table.Add({one.name(), one.kind(),
               one.document_count() > 0 ? FormatGrouped(one.document_count()) : "",
               one.size_bytes() > 0 ? FormatBytes(one.size_bytes()) : "not made yet",
               one.known_entropy() ? "known" : "unknown", one.title()});
  }
  context.PrintTable(table);
  return kOk;
}

}  // namespace

Run ConfigureCorpora(Arguments&) { return Corpora; }

}  // namespace lab::cli
