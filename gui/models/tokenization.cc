#include "gui/models/tokenization.h"

#include "core/base/strings.h"
#include "proto/client/display.h"

namespace lab::gui {
namespace {

constexpr int kPauseMs = 200;

}  // namespace

Tokenization::Tokenization(LabSession* session, QObject* parent)
    : QObject(parent), session_(session) {
  due_.setSingleShot(true);
  due_.setInterval(kPauseMs);
  connect(&due_, &QTimer::timeout, this, &Tokenization::ask);
  connect(session, &LabSession::linked, this, [this] {
    if (!request_.tokenizer().empty()) due_.start();
  });
}

void Tokenization::set(const std::string& text, const std::string& tokenizer) {
  if (text == request_.text() && tokenizer == request_.tokenizer()) return;
  request_.set_text(text);
  request_.set_tokenizer(tokenizer);
  due_.start();
}

double Tokenization::bytesPerToken() const {
  if (answer_.tokens().empty()) return 0;
  return static_cast<double>(cut_bytes_) / static_cast<double>(answer_.tokens_size());
}

void Tokenization::ask() {
  if (asking_) return;  // the answer asks again if this is not what it was for
  if (request_.text().size() > kMostBytes) {
    status_ = absl::InvalidArgumentError(
        StrCat("the text has ", FormatGrouped(static_cast<int64_t>(request_.text().size())),
               " bytes; at most ", FormatGrouped(kMostBytes), " are cut here"));
    Q_EMIT changed();
    return;
  }
  asking_ = true;
  session_->ask(
      this, [request = request_](const LabClient& client) { return client.Tokenize(request); },
      [this, asked = request_](absl::StatusOr<v1::TokenizeResponse> answer) {
        asking_ = false;
        const bool stale =
            asked.text() != request_.text() || asked.tokenizer() != request_.tokenizer();
        if (stale) {
          if (!due_.isActive()) ask();
          return;
        }
        status_ = answer.status();
        if (answer.ok()) {
          answer_ = *std::move(answer);
          cut_bytes_ = asked.text().size();
          cells_.clear();
          for (const v1::TextToken& token : answer_.tokens()) {
            if (!token.special()) {
              cells_.add(token.text(), token.text());
            } else {
              cells_.add("", token.text().empty() ? "special" : token.text());
            }
          }
          cells_.finish();
        }
        Q_EMIT changed();
      });
}

}  // namespace lab::gui
