#pragma once

// A text as one tokenizer cuts it, asked anew while the text is typed: one question at a time, and
// the newest wins. GUI thread.

#include <QObject>
#include <QTimer>
#include <string>
#include <vector>

#include "gui/models/token_cells.h"
#include "gui/session/lab_session.h"

namespace lab::gui {

class Tokenization : public QObject {
  Q_OBJECT
 public:
  static constexpr size_t kMostBytes = 65536;  // labd's limit for one text

  // `session` outlives this.
  explicit Tokenization(LabSession* session, QObject* parent = nullptr);

  // A text, and "byte", a model's reference, or a path. Asked when nothing more was typed for a
  // moment.
  void set(const std::string& text, const std::string& tokenizer);

  // True once the newest question is answered, however.
  bool settled() const { return !asking_ && !due_.isActive(); }
  const absl::Status& status() const { return status_; }
  const v1::TokenizeResponse& answer() const { return answer_; }
  const std::vector<TokenCell>& cells() const { return cells_.cells(); }
  // Bytes of the text that was cut, and how many of them a token has; 0 without a token.
  double bytesPerToken() const;

 Q_SIGNALS:
  void changed();

 private:
  void ask();

  LabSession* session_;
  QTimer due_;
  bool asking_ = false;
  v1::TokenizeRequest request_;
  size_t cut_bytes_ = 0;
  absl::Status status_;
  v1::TokenizeResponse answer_;
  TokenCells cells_;
};

}  // namespace lab::gui
