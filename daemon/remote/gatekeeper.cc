#include "daemon/remote/gatekeeper.h"

#include <string>

#include <spdlog/spdlog.h>

#include "core/base/strings.h"

namespace lab {
namespace {

constexpr char kAuthorization[] = "authorization";
constexpr char kPath[] = ":path";
constexpr std::string_view kBearer = "Bearer ";
constexpr double kNoteSeconds = 60;

std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// The secret of an authorization header; "" if it is of another kind.
std::string_view SecretOf(std::string_view authorization) {
  if (authorization.substr(0, kBearer.size()) != kBearer) return "";
  return authorization.substr(kBearer.size());
}

}  // namespace

absl::Status Gatekeeper::Admit(std::string_view authorization, std::string_view path) {
  std::optional<Token> token = tokens_.Find(SecretOf(authorization));
  if (!token) {
    NoteRefusal();
    return absl::UnauthenticatedError(authorization.empty() ? "a token is needed"
                                                            : "the token is not valid");
  }
  std::optional<Scope> needed = RequiredScope(path);
  if (!needed) {
    return absl::PermissionDeniedError(Absl(StrCat(path, " is not open to other machines")));
  }
  if (token->scope < *needed) {
    return absl::PermissionDeniedError(
        Absl(StrCat("this needs a token of scope ", ScopeWord(*needed), "; \"", token->name,
                    "\" has ", ScopeWord(token->scope))));
  }
  return absl::OkStatus();
}

bool Gatekeeper::StillAdmits(const grpc::ServerContext& context) {
  // gRPC has let no call over TCP in without this header.
  const auto& metadata = context.client_metadata();
  auto found = metadata.find(kAuthorization);
  if (found == metadata.end()) return true;
  return tokens_.Find(SecretOf(View(found->second))).has_value();
}

void Gatekeeper::NoteRefusal() {
  std::lock_guard lock(mutex_);
  ++refused_;
  double now = clock_->MonotonicSeconds();
  if (noted_seconds_ >= 0 && now - noted_seconds_ < kNoteSeconds) return;
  spdlog::warn("refused {} call{} from other machines that brought no valid token", refused_,
               refused_ == 1 ? "" : "s");
  noted_seconds_ = now;
  refused_ = 0;
}

grpc::Status GatekeeperProcessor::Process(const InputMetadata& metadata,
                                          grpc::AuthContext* /*context*/,
                                          OutputMetadata* /*consumed*/,
                                          OutputMetadata* /*response*/) {
  auto authorization = metadata.find(kAuthorization);
  auto path = metadata.find(kPath);
  // Two of them: which one would count is nobody's guess.
  if (metadata.count(kAuthorization) > 1 || path == metadata.end()) {
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the token is not valid");
  }
  absl::Status status = gatekeeper_.Admit(
      authorization == metadata.end() ? "" : View(authorization->second), View(path->second));
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(MessageOf(status)));
}

}  // namespace lab
