#include "daemon/service/status_map.h"

#include <algorithm>
#include <string_view>

#include "core/base/strings.h"
#include "core/config/describe.h"

namespace lab {
namespace {

constexpr size_t kMaxMessageBytes = 1000;  // percent-encoding may triple it on the wire
constexpr size_t kMaxReportBytes = 5000;
constexpr int kMaxErrors = 20;
constexpr size_t kMaxFieldBytes = 600;

// At most `limit` bytes of well-formed UTF-8, cut between characters.
std::string Cut(std::string_view text, size_t limit) {
  std::string whole = ReplaceInvalidUtf8(text);
  if (whole.size() <= limit) return whole;
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(whole[end]) & 0xC0) == 0x80) --end;
  return whole.substr(0, end) + "…";
}

v1::FieldError Shortened(const v1::FieldError& error) {
  v1::FieldError shortened = error;
  shortened.set_file(Cut(error.file(), kMaxFieldBytes));
  shortened.set_field(Cut(error.field(), kMaxFieldBytes));
  shortened.set_message(Cut(error.message(), kMaxFieldBytes));
  shortened.set_suggestion(Cut(error.suggestion(), kMaxFieldBytes));
  return shortened;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContext& context) {
  if (status.ok()) return grpc::Status::OK;
  context.AddTrailingMetadata(kReasonTrailer, Cut(ReasonOf(status), 100));
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      Cut(MessageOf(status), kMaxMessageBytes));
}

v1::CheckReport FitForTrailer(const v1::CheckReport& report) {
  v1::CheckReport fit;
  fit.set_type(Cut(report.type(), 100));
  fit.set_member_count(report.member_count());
  size_t used = fit.ByteSizeLong() + 200;  // room for the last line
  for (const v1::FieldError& error : report.errors()) {
    v1::FieldError shortened = Shortened(error);
    used += shortened.ByteSizeLong() + 4;
    if (fit.errors_size() == kMaxErrors || used > kMaxReportBytes) break;
    *fit.add_errors() = std::move(shortened);
  }
  if (int more = report.errors_size() - fit.errors_size(); more > 0) {
    v1::FieldError& last = *fit.add_errors();
    last.set_message(StrCat(more, more == 1 ? " more error" : " more errors"));
    last.set_reason(std::string(reason::kConfigInvalid));
  }
  return fit;
}

grpc::Status RefusedConfig(const v1::CheckReport& report, grpc::ServerContext& context) {
  v1::CheckReport fit = FitForTrailer(report);
  context.AddTrailingMetadata(kErrorsTrailer, fit.SerializeAsString());
  const v1::FieldError& first = report.errors(0);
  std::string message = ToString(ConfigError{first.file(), first.line(), first.field(),
                                             first.message(), first.reason(), first.suggestion()});
  if (int more = report.errors_size() - 1; more > 0) {
    message += StrCat(" (and ", more, " more)");
  }
  std::string_view why = first.reason().empty() ? reason::kConfigInvalid : first.reason();
  return ToGrpc(Failure(absl::StatusCode::kInvalidArgument, why, message), context);
}

}  // namespace lab
