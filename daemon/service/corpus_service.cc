#include "daemon/service/corpus_service.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/base/places.h"
#include "core/base/strings.h"
#include "core/config/corpus_registry.h"
#include "daemon/catalog/catalog.h"
#include "daemon/service/catalog_service.h"
#include "daemon/service/reference.h"
#include "daemon/service/status_map.h"
#include "daemon/supervisor/supervisor.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr size_t kMostTextBytes = 65536;  // of a text as tokens: its ids fill a frame's header
constexpr int kMostDocuments = 100;
constexpr auto kReadTimeout = std::chrono::minutes(10);  // a text of many gigabytes

v1::Corpus ToProto(const RegisteredCorpus& corpus) {
  v1::Corpus proto;
  proto.set_name(corpus.name);
  proto.set_kind("local");
  proto.set_title(corpus.path);
  proto.set_licence("yours to know");
  proto.set_document_count(corpus.documents);
  proto.set_size_bytes(corpus.size_bytes);
  proto.set_path(corpus.path);
  proto.set_sha256(corpus.sha256);
  proto.set_state(CorpusStateName(StateOf(corpus)));
  proto.set_added_millis(corpus.added_millis);
  return proto;
}

absl::Status WrongAnswer() {
  return Failure(absl::StatusCode::kInternal, reason::kWorkerProtocol,
                 "the worker's answer about a text lacks something");
}

template <class Parts>
void TakeParts(const Json& from, Parts* to) {
  for (const Json& part : from) {
    auto& added = *to->Add();
    added.set_name(part.value("name", ""));
    added.set_nats(part.value("nats", 0.0));
  }
}

absl::StatusOr<v1::CorpusPreview> ParseLook(const Frame& answer) {
  const Json& header = answer.header;
  v1::CorpusPreview preview;
  auto text = [&](const char* key) { return header.at(key).get<std::string>(); };
  try {
    v1::Corpus& corpus = *preview.mutable_corpus();
    corpus.set_name(text("name"));
    corpus.set_kind(text("kind"));
    corpus.set_title(text("title"));
    corpus.set_licence(text("licence"));
    corpus.set_document_count(header.at("documents"));
    corpus.set_size_bytes(header.at("bytes"));
    corpus.set_sha256(text("sha256"));
    preview.set_teaches(text("teaches"));
    preview.set_seed(header.at("seed"));
    if (header.at("entropy").is_number()) {
      corpus.set_known_entropy(true);
      preview.set_entropy(header.at("entropy"));
    }
    TakeParts(header.at("parts"), preview.mutable_parts());
    size_t at = 0;
    for (const Json& one : header.at("shown")) {
      v1::CorpusDocument& document = *preview.add_documents();
      const size_t length = one.at("length");
      if (at + length > answer.payload.size()) return WrongAnswer();
      document.set_text(answer.payload.substr(at, length));
      document.set_size_bytes(one.at("bytes"));
      document.set_character_count(one.at("characters"));
      if (one.contains("nats")) document.set_nats(one.at("nats"));
      if (one.contains("parts")) TakeParts(one.at("parts"), document.mutable_parts());
      at += length;
    }
  } catch (const Json::exception&) {
    return WrongAnswer();
  }
  return preview;
}

absl::StatusOr<v1::TokenizeResponse> ParseTokens(const Frame& answer, const std::string& text) {
  v1::TokenizeResponse response;
  try {
    const auto ids = answer.header.at("ids").get<std::vector<int32_t>>();
    const auto lengths = answer.header.at("lengths").get<std::vector<size_t>>();
    const auto specials = answer.header.at("specials").get<std::vector<int32_t>>();
    response.set_vocabulary(answer.header.at("vocabulary"));
    size_t at = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (at + lengths.at(i) > text.size()) return WrongAnswer();
      v1::TextToken& token = *response.add_tokens();
      token.set_id(ids[i]);
      token.set_text(text.substr(at, lengths[i]));
      token.set_offset(static_cast<int64_t>(at));
      token.set_special(std::find(specials.begin(), specials.end(), ids[i]) != specials.end());
      at += lengths[i];
    }
  } catch (const std::exception&) {  // of nlohmann's, or a list that is too short
    return WrongAnswer();
  }
  return response;
}

absl::StatusOr<v1::CorpusPreview> Look(const ServiceContext& lab, const std::string& name,
                                       int documents) {
  ASSIGN_OR_RETURN(Frame answer,
                   lab.supervisor->Ask({{"type", "look"}, {"name", name}, {"documents", documents}},
                                       "", kReadTimeout));
  return ParseLook(answer);
}

// The file to register, under the name that it will have, without what only reading it can tell.
absl::StatusOr<RegisteredCorpus> Candidate(const v1::AddCorpusRequest& request) {
  RegisteredCorpus corpus;
  const fs::path path = fs::path(request.path()).lexically_normal();
  if (!path.is_absolute()) {
    return absl::InvalidArgumentError(
        Absl(StrCat("path must be absolute on labd's machine, is '", request.path(), "'")));
  }
  corpus.path = path.string();
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Failure(absl::StatusCode::kNotFound, reason::kCorpusMissing,
                   StrCat("no file ", corpus.path));
  }
  if (!fs::is_regular_file(path, error)) {
    return Failure(absl::StatusCode::kInvalidArgument, reason::kCorpusInvalid,
                   StrCat(corpus.path, " is not a file"));
  }
  corpus.name = request.name().empty() ? path.stem().string() : request.name();
  RETURN_IF_ERROR(CheckCorpusName(corpus.name));
  // Before it is read: what changes meanwhile shows later as changed.
  corpus.modified_nanos = ModifiedNanos(path).value_or(0);
  corpus.size_bytes = static_cast<int64_t>(fs::file_size(path, error));
  return corpus;
}

absl::Status InUse(const std::string& name, std::string_view by) {
  return absl::AlreadyExistsError(
      Absl(StrCat("the name '", name, "' is taken by ", by, "; give another with --name")));
}

absl::Status NoSuchCorpus(const std::string& name) {
  return Failure(absl::StatusCode::kNotFound, reason::kCorpusMissing,
                 StrCat("no corpus is registered as '", name, "'; labctl corpora lists them"));
}

bool IsBuiltIn(const v1::ListCorporaResponse& built_in, const std::string& name) {
  return std::any_of(built_in.corpora().begin(), built_in.corpora().end(),
                     [&](const v1::Corpus& corpus) { return corpus.name() == name; });
}

const RegisteredCorpus* Find(const std::vector<RegisteredCorpus>& list, const std::string& name) {
  auto found = std::find_if(list.begin(), list.end(),
                            [&](const RegisteredCorpus& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

absl::StatusOr<std::string> TokenizerPath(const ServiceContext& lab, const std::string& reference) {
  if (reference.empty()) return absl::InvalidArgumentError("tokenizer is missing");
  if (reference == "byte") return reference;
  if (reference.front() == '/') {
    std::error_code error;
    if (fs::exists(reference, error)) return reference;
    return absl::NotFoundError(Absl(StrCat("no file or folder ", reference)));
  }
  ASSIGN_OR_RETURN(ModelLocation model, ResolveReference(*lab.store, *lab.places, reference));
  return model.folder.string();
}

}  // namespace

grpc::Status CorpusService::ListCorpora(grpc::ServerContext* context,
                                        const v1::ListCorporaRequest* /*request*/,
                                        v1::ListCorporaResponse* response) {
  auto corpora = lab_.catalog->Corpora();
  if (!corpora.ok()) return ToGrpc(WithTrouble(corpora.status(), lab_), *context);
  auto registered = ReadCorpusRegistry(CorpusRegistryPath(*lab_.places));
  if (!registered.ok()) return ToGrpc(registered.status(), *context);
  *response = *std::move(corpora);
  for (const RegisteredCorpus& corpus : *registered) *response->add_corpora() = ToProto(corpus);
  return grpc::Status::OK;
}

grpc::Status CorpusService::AddCorpus(grpc::ServerContext* context,
                                      const v1::AddCorpusRequest* request, v1::Corpus* response) {
  auto add = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(RegisteredCorpus corpus, Candidate(*request));
    auto built_in = lab_.catalog->Corpora();
    if (!built_in.ok()) return WithTrouble(built_in.status(), lab_);
    if (IsBuiltIn(*built_in, corpus.name)) return InUse(corpus.name, "a built-in corpus");
    ASSIGN_OR_RETURN(v1::CorpusPreview read, Look(lab_, corpus.path, 0));
    corpus.sha256 = read.corpus().sha256();
    corpus.documents = read.corpus().document_count();
    corpus.added_millis = lab_.clock->UnixMillis();
    const fs::path file = CorpusRegistryPath(*lab_.places);
    std::lock_guard lock(registry_);
    ASSIGN_OR_RETURN(std::vector<RegisteredCorpus> list, ReadCorpusRegistry(file));
    if (const RegisteredCorpus* other = Find(list, corpus.name)) {
      return InUse(corpus.name, StrCat("the registered ", other->path));
    }
    list.push_back(corpus);
    RETURN_IF_ERROR(WriteCorpusRegistry(file, list));
    *response = ToProto(corpus);
    return absl::OkStatus();
  };
  return ToGrpc(add(), *context);
}

grpc::Status CorpusService::RemoveCorpus(grpc::ServerContext* context,
                                         const v1::RemoveCorpusRequest* request,
                                         v1::RemoveCorpusResponse* /*response*/) {
  auto remove = [&]() -> absl::Status {
    const fs::path file = CorpusRegistryPath(*lab_.places);
    std::lock_guard lock(registry_);
    ASSIGN_OR_RETURN(std::vector<RegisteredCorpus> list, ReadCorpusRegistry(file));
    if (std::erase_if(
            list, [&](const RegisteredCorpus& one) { return one.name == request->name(); }) > 0) {
      return WriteCorpusRegistry(file, list);
    }
    auto built_in = lab_.catalog->Corpora();
    if (built_in.ok() && IsBuiltIn(*built_in, request->name())) {
      return absl::FailedPreconditionError(
          Absl(StrCat("'", request->name(), "' is built in and cannot be removed")));
    }
    return NoSuchCorpus(request->name());
  };
  return ToGrpc(remove(), *context);
}

grpc::Status CorpusService::PreviewCorpus(grpc::ServerContext* context,
                                          const v1::PreviewCorpusRequest* request,
                                          v1::CorpusPreview* response) {
  auto look = [&]() -> absl::Status {
    if (request->document_count() < 0 || request->document_count() > kMostDocuments) {
      return absl::InvalidArgumentError(
          Absl(StrCat("document_count must be from 0 to ", kMostDocuments, ", is ",
                      request->document_count())));
    }
    ASSIGN_OR_RETURN(std::vector<RegisteredCorpus> list,
                     ReadCorpusRegistry(CorpusRegistryPath(*lab_.places)));
    const RegisteredCorpus* registered = Find(list, request->name());
    // Not any path: whoever may look must not read all of the machine's files.
    auto built_in = lab_.catalog->Corpora();
    if (!built_in.ok()) return WithTrouble(built_in.status(), lab_);
    if (registered == nullptr && !IsBuiltIn(*built_in, request->name())) {
      return NoSuchCorpus(request->name());
    }
    if (registered != nullptr && request->document_count() == 0) {  // all of it is recorded
      *response->mutable_corpus() = ToProto(*registered);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(*response, Look(lab_, request->name(), request->document_count()));
    if (registered != nullptr) *response->mutable_corpus() = ToProto(*registered);
    return absl::OkStatus();
  };
  return ToGrpc(look(), *context);
}

grpc::Status CorpusService::Tokenize(grpc::ServerContext* context,
                                     const v1::TokenizeRequest* request,
                                     v1::TokenizeResponse* response) {
  auto tokenize = [&]() -> absl::Status {
    if (request->text().size() > kMostTextBytes) {
      return absl::InvalidArgumentError(
          Absl(StrCat("text has ", request->text().size(), " bytes; at most ", kMostTextBytes,
                      " are shown as tokens (a job of type tokenize counts a whole corpus)")));
    }
    ASSIGN_OR_RETURN(std::string tokenizer, TokenizerPath(lab_, request->tokenizer()));
    ASSIGN_OR_RETURN(
        Frame answer,
        lab_.supervisor->Ask({{"type", "tokenise"}, {"tokenizer", tokenizer}}, request->text()));
    ASSIGN_OR_RETURN(*response, ParseTokens(answer, request->text()));
    return absl::OkStatus();
  };
  return ToGrpc(tokenize(), *context);
}

}  // namespace lab
