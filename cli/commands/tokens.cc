// tokens: a text as a tokenizer cuts it.

#include <iterator>
#include <memory>
#include <string>

#include "cli/arguments.h"
#include "cli/commands/commands.h"
#include "cli/context.h"
#include "cli/errors.h"
#include "core/base/strings.h"
#include "proto/client/display.h"
#include "proto/client/token_text.h"

namespace lab::cli {
namespace {

struct Given {
  std::string text;
  std::string tokenizer = "byte";
};

absl::StatusOr<std::string> Tokenizer(Context& context, const std::string& given) {
  if (given == "byte") return given;
  return given.ends_with(".json") ? context.PathForLabd(given) : context.ModelForLabd(given);
}

// So that a token stays on its line.
std::string Visible(std::string_view bytes) {
  return StrCat("\"", ForTerminal(VisibleText(bytes), false), "\"");
}

absl::StatusOr<int> Tokens(Context& context, const Given& given) {
  v1::TokenizeRequest request;
  request.set_text(given.text == "-"
                       ? std::string(std::istreambuf_iterator<char>(*context.terminal().in), {})
                       : given.text);
  ASSIGN_OR_RETURN(*request.mutable_tokenizer(), Tokenizer(context, given.tokenizer));
  ASSIGN_OR_RETURN(const LabClient* client, context.Client());
  ASSIGN_OR_RETURN(v1::TokenizeResponse answer, client->Tokenize(request));
  const int count = answer.tokens_size();
  const double per_token =
      count == 0 ? 0 : static_cast<double>(request.text().size()) / static_cast<double>(count);
  if (context.json()) {
    Json document = Document();
    document["tokenizer"] = given.tokenizer;
    document["vocabulary"] = answer.vocabulary();
    document["count"] = count;
    document["bytes"] = request.text().size();
    document["bytes_per_token"] = count == 0 ? Json() : NumberJson(per_token);
    document["tokens"] = Json::array();
    for (const v1::TextToken& token : answer.tokens()) {
      Json entry = {{"id", token.id()}};
      PutText(entry, "text", token.text());
      entry["offset"] = token.offset();
      entry["bytes"] = token.text().size();
      entry["special"] = token.special();
      document["tokens"].push_back(std::move(entry));
    }
    context.PrintJson(document);
    return kOk;
  }
  Table table({{"OFFSET", true}, {"ID", true}, {"BYTES", true}, {"TEXT", false, true}});
  for (const v1::TextToken& token : answer.tokens()) {
    table.Add({StrCat(token.offset()), StrCat(token.id()), StrCat(token.text().size()),
               StrCat(Visible(token.text()), token.special() ? "  special" : "")});
  }
  context.PrintTable(table);
  context.Say(
      StrCat(count, count == 1 ? " token, " : " tokens, ", request.text().size(),
             request.text().size() == 1 ? " byte" : " bytes",
             count == 0 ? std::string() : StrCat(", ", FormatNumber(per_token), " bytes per token"),
             "; the vocabulary has ", FormatGrouped(answer.vocabulary())));
  return kOk;
}

}  // namespace

Run ConfigureTokens(Arguments& takes) {
  auto given = std::make_shared<Given>();
  takes.Word("text", &given->text, "what to cut, at most 64 KiB; - reads standard input");
  takes
      .Option("--tokenizer", &given->tokenizer,
              "byte, a model's reference (12, 12@500), or a path to tokenizer.json or its folder "
              "(byte)")
      .Offers(OfferTokenizers());
  return [given](Context& context) { return Tokens(context, *given); };
}

}  // namespace lab::cli
